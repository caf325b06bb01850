"""Stacked functions against each member alone: values, gradients, running statistics, and no copies."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.fx.experimental.proxy_tensor import make_fx

from jrtune.train.vmapped.vmap_rules import VmapRules

K, B = 3, 4
CLOSE = {"rtol": 1e-12, "atol": 1e-12}
cuda = pytest.param(
    "cuda",
    marks=[
        pytest.mark.cuda,
        pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
    ],
)

# name -> function of one member's tensors, shape of its input, shapes of its parameters
CASES = {
    "linear": (F.linear, (B, 5), [(2, 5), (2,)]),
    "linear, no bias": (F.linear, (B, 5), [(2, 5)]),
    "linear, sequence": (F.linear, (B, 3, 5), [(2, 5), (2,)]),
    "linear, sequences": (F.linear, (B, 2, 3, 5), [(2, 5)]),
    "linear, no batch": (F.linear, (5,), [(2, 5), (2,)]),
    "linear, vector": (F.linear, (B, 5), [(5,)]),
    "linear, twice": (lambda x, w, v: F.linear(F.linear(x, w).relu(), v), (B, 5), [(6, 5), (2, 6)]),
    "conv1d": (lambda x, w, b: F.conv1d(x, w, b, 2, 1), (B, 4, 9), [(6, 4, 3), (6,)]),
    "conv2d": (F.conv2d, (B, 4, 7, 6), [(6, 4, 3, 3), (6,)]),
    "conv2d, one channel": (F.conv2d, (B, 1, 7, 6), [(6, 1, 3, 3), (6,)]),
    "conv2d, one of each": (F.conv2d, (B, 1, 7, 6), [(1, 1, 3, 3), (1,)]),
    "conv2d, no bias": (lambda x, w: F.conv2d(x, w, padding=1), (B, 4, 7, 6), [(6, 4, 3, 3)]),
    "conv2d, options": (
        lambda x, w, b: F.conv2d(x, w, bias=b, stride=(2, 1), padding=(1, 2), dilation=(2, 1)),
        (B, 4, 7, 6),
        [(6, 4, 3, 3), (6,)],
    ),
    "conv2d, groups": (lambda x, w, b: F.conv2d(x, w, b, groups=2), (B, 4, 7, 6), [(6, 2, 3, 3), (6,)]),
    "conv2d, depthwise": (lambda x, w: F.conv2d(x, w, groups=4), (B, 4, 7, 6), [(4, 1, 3, 3)]),
    "conv2d, same": (lambda x, w: F.conv2d(x, w, padding="same"), (B, 4, 7, 6), [(6, 4, 3, 3)]),
    "conv2d, no batch": (F.conv2d, (4, 7, 6), [(6, 4, 3, 3), (6,)]),
    "conv2d, channels last": (
        lambda x, w: F.conv2d(x.movedim(-1, 1), w),
        (B, 7, 6, 4),
        [(6, 4, 3, 3)],
    ),
    "conv3d": (F.conv3d, (B, 2, 4, 3, 5), [(3, 2, 2, 2, 2), (3,)]),
    "conv_transpose1d": (F.conv_transpose1d, (B, 4, 5), [(4, 2, 3), (2,)]),
    "conv_transpose2d": (
        lambda x, w, b: F.conv_transpose2d(x, w, b, 2, 1, 1, groups=2, dilation=2),
        (B, 4, 5, 6),
        [(4, 3, 3, 3), (6,)],
    ),
    "batch_norm, features": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True), (B, 4), [(4,), (4,)]),
    "batch_norm, pictures": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True, eps=0.1),
        (B, 4, 3, 5),
        [(4,), (4,)],
    ),
    "batch_norm, no affine": (lambda x: F.batch_norm(x, None, None, training=True), (B, 4, 6), []),
    "instance_norm": (lambda x, w, b: F.instance_norm(x, weight=w, bias=b), (B, 4, 3, 5), [(4,), (4,)]),
    "group_norm": (lambda x, w, b: F.group_norm(x, 2, w, b, 0.1), (B, 4, 3, 5), [(4,), (4,)]),
    "group_norm, features": (lambda x, w, b: F.group_norm(x, 2, w, b), (B, 4), [(4,), (4,)]),
    "group_norm, no affine": (lambda x: F.group_norm(x, 2), (B, 4, 5), []),
    "max_pool1d": (lambda x: F.max_pool1d(x, 2), (B, 4, 7), []),
    "max_pool2d": (lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True), (B, 4, 7, 6), []),
    "max_pool2d, indices": (lambda x: F.max_pool2d(x, 2, return_indices=True)[0], (B, 4, 7, 6), []),
    "max_pool2d, no batch": (lambda x: F.max_pool2d(x, 2), (4, 7, 6), []),
    "avg_pool1d": (lambda x: F.avg_pool1d(x, 2), (B, 4, 7), []),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False), (B, 4, 7, 6), []),
    "adaptive_avg_pool1d": (lambda x: F.adaptive_avg_pool1d(x, 2), (B, 4, 7), []),
    "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), (B, 4, 7, 6), []),
    "adaptive_max_pool2d": (lambda x: F.adaptive_max_pool2d(x, 2), (B, 4, 7, 6), []),
    "interpolate": (lambda x: F.interpolate(x, scale_factor=2, mode="bilinear"), (B, 4, 3, 5), []),
    "interpolate, sequence": (lambda x: F.interpolate(x, 9), (B, 4, 5), []),
}


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def leaves(case, shared):
    """The members' input and parameters, and vmap's dimensions of them."""
    _, entry, parameters = CASES[case]
    dims = [None if shared == "input" else 0, *(None if shared == "parameters" else 0 for _ in parameters)]
    shapes = [entry, *parameters]
    tensors = [draw(*([] if d is None else [K]), *s) for s, d in zip(shapes, dims, strict=True)]
    return [t.requires_grad_() for t in tensors], tuple(dims)


def stacked(call, dims):
    """tensors -> (values K x ..., gradients of their weighted sum), by vmap under the rules."""

    def run(*tensors):
        with VmapRules():
            values = vmap(call, in_dims=dims)(*tensors)
        return values, *torch.autograd.grad(summarise_confirmations(values), tensors)

    return run


def alone(call, dims):
    """The same by a loop over members."""

    def run(*tensors):
        members = [
            call(*(t if d is None else t[k] for t, d in zip(tensors, dims, strict=True))) for k in range(K)
        ]
        values = torch.stack(members)
        return values, *torch.autograd.grad(summarise_confirmations(values), tensors)

    return run


def summarise_confirmations(values):
    """A sum in which each number has a weight of its own."""
    weights = torch.arange(values.numel(), dtype=values.dtype, device=values.device).sin()
    return (weights.view(values.shape) * values).sum()


VARIANTS = [
    pytest.param(case, shared, id=f"{case}; {shared} shared")
    for case, (_, _, parameters) in CASES.items()
    for shared in (("nothing", "input", "parameters") if parameters else ("nothing",))
]


# --- values and gradients --------------------------------------------------------------------


@pytest.mark.parametrize("device", ["cpu", cuda])
@pytest.mark.parametrize(("case", "shared"), VARIANTS)
def test_stacked_members_have_the_values_and_gradients_of_each_alone(case, shared, device):
    torch.manual_seed(0)
    tensors, dims = leaves(case, shared)
    tensors = [t.detach().to(device).requires_grad_() for t in tensors]
    call = CASES[case][0]
    torch.testing.assert_close(stacked(call, dims)(*tensors), alone(call, dims)(*tensors), **CLOSE)


@pytest.mark.parametrize(("case", "shared"), VARIANTS)
def test_what_was_traced_has_the_values_and_gradients_of_each_alone(case, shared):
    torch.manual_seed(0)
    call = CASES[case][0]
    tensors, dims = leaves(case, shared)
    traced = make_fx(stacked(call, dims))(*tensors)
    others, _ = leaves(case, shared)
    with torch.no_grad():
        found = traced(*others)
    torch.testing.assert_close(found, alone(call, dims)(*others), **CLOSE)


@pytest.mark.parametrize("dim", [1, 2, -1])
def test_members_may_lie_in_any_dimension(dim):
    x, w, b = draw(B, 4, 7, 6, K), draw(K, 6, 4, 3, 3), draw(6, K)
    with VmapRules():
        found = vmap(F.conv2d, in_dims=(-1, dim, 1))(x, w.movedim(0, dim), b)
    expected = [F.conv2d(x[..., k], w[k], b[:, k]) for k in range(K)]
    torch.testing.assert_close(found, torch.stack(expected), **CLOSE)


@pytest.mark.parametrize("case", CASES)
def test_outside_vmap_the_function_is_torchs_own(case):
    call, entry, parameters = CASES[case]
    tensors = [draw(*shape).requires_grad_() for shape in (entry, *parameters)]
    expected = call(*tensors)
    with VmapRules():
        found = call(*tensors)
    assert torch.equal(found, expected)
    for a, b in zip(
        *(torch.autograd.grad(summarise_confirmations(v), tensors) for v in (found, expected)), strict=True
    ):
        assert torch.equal(a, b)


@pytest.mark.parametrize("case", ["linear", "conv2d", "group_norm"])
def test_gradients_may_be_taken_inside_and_outside_of_vmap(case):
    tensors, dims = leaves(case, "nothing")
    call = CASES[case][0]
    expected = alone(call, dims)(*tensors)[2]

    def of_weight(function):
        return grad(lambda w, x, b: summarise_confirmations(function(x, w, b)))

    x, w, b = (t.detach() for t in tensors)
    with VmapRules():
        outside = of_weight(vmap(call))(w, x, b)
        inside = vmap(of_weight(call))(w, x, b)
    torch.testing.assert_close(outside, expected, **CLOSE)
    same = torch.stack([of_weight(call)(w[k], x[k], b[k]) for k in range(K)])
    torch.testing.assert_close(inside, same, **CLOSE)


def test_vmap_may_stand_inside_vmap():
    x, w = draw(K, 2, B, 5), draw(K, 2, 3, 5)
    with VmapRules():
        found = vmap(vmap(F.linear))(x, w)
    torch.testing.assert_close(found, torch.einsum("klbi,kloi->klbo", x, w), **CLOSE)


@pytest.mark.parametrize("mode", ["reflect", "circular", "replicate"])
def test_convolutions_may_pad_with_what_is_there(mode):
    layer = nn.Conv2d(4, 6, 3, padding=1, padding_mode=mode).double()
    x, w = draw(K, B, 4, 7, 6), draw(K, 6, 4, 3, 3)
    with VmapRules():
        found = vmap(lambda w, x: functional_call(layer, {"weight": w}, (x,)))(w, x)
    expected = [functional_call(layer, {"weight": w[k]}, (x[k],)) for k in range(K)]
    torch.testing.assert_close(found, torch.stack(expected), **CLOSE)


# --- running statistics ----------------------------------------------------------------------


def normalise(layer, x, state, dims):
    with VmapRules():
        return vmap(lambda x, s: functional_call(layer, s, (x,)), in_dims=dims)(x, state)


def states(layer):
    return {name: draw(K, *t.shape).abs() if t.dim() else t.expand(K).clone() for name, t in named(layer)}


def named(layer):
    return [*layer.named_parameters(), *layer.named_buffers()]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("lies", ["in a row", "across", "apart"])
@pytest.mark.parametrize("shared", [True, False], ids=["shared input", "own input"])
@pytest.mark.parametrize(
    ("layer", "entry"),
    [
        (nn.BatchNorm1d(4, momentum=0.3), (B, 4)),
        (nn.BatchNorm2d(4), (B, 4, 3, 5)),
        (nn.BatchNorm3d(4, affine=False), (B, 4, 2, 3, 2)),
        (nn.InstanceNorm2d(4, affine=True, track_running_stats=True), (B, 4, 3, 5)),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_running_statistics_are_those_of_each_alone(layer, entry, shared, lies, training):
    layer = layer.double().train(training)
    x, state = draw(*([] if shared else [K]), *entry), states(layer)
    ours = {name: t.clone() for name, t in state.items()}
    if lies == "across":
        ours = {n: torch.zeros(*t.shape[1:], K, dtype=t.dtype).movedim(-1, 0) for n, t in state.items()}
    if lies == "apart":
        ours = {n: torch.zeros(*t.shape, 2, dtype=t.dtype)[..., 0] for n, t in state.items()}
    for name, tensor in state.items():
        ours[name].copy_(tensor)
    found = normalise(layer, x, ours, (None if shared else 0, 0))
    members = []
    for k in range(K):
        member = {name: t[k].clone() for name, t in state.items()}
        members.append(functional_call(layer, member, (x if shared else x[k],)))
        for name, tensor in member.items():
            torch.testing.assert_close(ours[name][k], tensor, **CLOSE)
    torch.testing.assert_close(found, torch.stack(members), **CLOSE)


def test_a_traced_step_updates_running_statistics_each_time_it_runs():
    layer = nn.BatchNorm2d(4).double()
    x, state = draw(B, 4, 3, 5), states(layer)
    traced = make_fx(lambda x, s: normalise(layer, x, s, (None, 0)))(
        x, {n: t.clone() for n, t in state.items()}
    )
    ours = {name: t.clone() for name, t in state.items()}
    for _ in range(2):
        traced(x, ours)
    for k in range(K):
        member = {name: t[k].clone() for name, t in state.items()}
        for _ in range(2):
            functional_call(layer, member, (x,))
        for name, tensor in member.items():
            torch.testing.assert_close(ours[name][k], tensor, **CLOSE)


def test_a_cumulative_average_is_refused_by_vmap():
    layer = nn.BatchNorm2d(4, momentum=None).double()
    with pytest.raises(RuntimeError, match=r"\.item\(\)"):
        normalise(layer, draw(B, 4, 3, 5), states(layer), (None, 0))


def test_shared_statistics_are_read_but_not_updated():
    x, mean, var = draw(K, B, 4), draw(4), draw(4).abs()
    with VmapRules():
        found = vmap(lambda x: F.batch_norm(x, mean, var))(x)
    torch.testing.assert_close(found, (x - mean) / (var + 1e-5).sqrt(), **CLOSE)
    with VmapRules(), pytest.raises(RuntimeError, match="vmap"):
        vmap(lambda x: F.batch_norm(x, mean, var, training=True))(x)


# --- a whole network -------------------------------------------------------------------------


def network(norm):
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1),
        norm,
        nn.ReLU(),
        nn.Conv2d(4, 6, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 2, 1),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(8, 3),
    )


def losses_and_gradients(model):
    """(parameters, buffers, x) -> (losses K, gradients), of a model's members."""

    def run(parameters, buffers, x):
        with VmapRules():
            outputs = vmap(lambda p, b, x: functional_call(model, {**p, **b}, (x,)), in_dims=(0, 0, None))(
                parameters, buffers, x
            )
        losses = outputs.square().mean((1, 2))
        return losses, *torch.autograd.grad(losses.sum(), list(parameters.values()))

    return run


def members_of(model):
    parameters = {
        n: torch.randn(K, *p.shape, dtype=p.dtype).requires_grad_() for n, p in model.named_parameters()
    }
    return parameters, {n: b.expand(K, *b.shape).clone() for n, b in model.named_buffers()}


@pytest.mark.parametrize("norm", [nn.BatchNorm2d(4), nn.GroupNorm(2, 4)], ids=["batch norm", "group norm"])
def test_a_member_that_is_not_finite_changes_no_bit_of_the_others(norm):
    model = network(norm)
    parameters, buffers = members_of(model)
    x, run = torch.randn(B, 1, 8, 8), losses_and_gradients(model)
    spoilt = {name: p.detach().clone() for name, p in parameters.items()}
    for p in spoilt.values():
        p[1] = torch.nan
        p.requires_grad_()
    before = run(parameters, {n: b.clone() for n, b in buffers.items()}, x)
    after = run(spoilt, buffers, x)
    assert after[0][1].isnan()
    for a, b in zip(before, after, strict=True):
        assert torch.equal(a[[0, 2]], b[[0, 2]])


@pytest.mark.parametrize("norm", [nn.BatchNorm2d(4), nn.GroupNorm(2, 4)], ids=["batch norm", "group norm"])
def test_no_feature_map_is_copied(norm):
    model, batch = network(norm), 7
    graph = make_fx(losses_and_gradients(model))(*members_of(model), torch.randn(batch, 1, 8, 8)).graph
    convolutions = [n for n in graph.nodes if n.target is torch.ops.aten.convolution.default]
    assert [n.args[-1] for n in convolutions] == [1, K, K]
    clones = [n.meta["tensor_meta"] for n in graph.nodes if n.target is torch.ops.aten.clone.default]
    maps = {meta.shape[-2:] for meta in clones if batch in meta.shape and len(meta.shape) > 3}
    assert maps <= {(2, 2)}  # between pooling and the linear layer, where the maps are no more
