"""Random numbers from keys: their distribution, and that they depend on nothing but the key and the call."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats
from torch import nn
from torch.func import functional_call, vmap
from torch.fx.experimental.proxy_tensor import make_fx
from torch.overrides import TorchFunctionMode

from jrtune.train.random.counter_based import CounterGenerator
from jrtune.train.random.keyed_rng import KeyedRNG, draws_numbers, key_of, keys
from jrtune.train.vmapped.recurrent import RECURRENT

CPU = torch.device("cpu")
K = 5
KEYS = keys(range(K), "test", count=1)[0]
DOUBLE = {"dtype": torch.float64}
GOLDEN = [4088779, 316843, 2973939]


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)


def drawn(run, key=KEYS[0]):
    """What ``run()`` gives while draws are on."""
    with KeyedRNG(key):
        return run()


# --- keys ------------------------------------------------------------------------------------


def test_keys_depend_on_seed_and_place_alone():
    many = keys([3, 1, 3], "epoch", 2, count=4)
    assert (many.shape, many.dtype) == ((4, 3), torch.int64)
    assert torch.equal(many[:, 0], many[:, 2])
    assert torch.equal(many[:2, 1], keys([1], "epoch", 2, count=2)[:, 0])
    others = [keys([1], "epoch", 3, count=4), keys([2], "epoch", 2, count=4), many]
    assert len(torch.cat([t.flatten() for t in others]).unique()) == 16


def test_a_key_has_64_bits():
    found = [key_of(seed, "test") for seed in range(50)]
    assert all(-(2**63) <= key < 2**63 for key in found)
    assert min(found) < -(2**61) < 2**61 < max(found)
    assert len({key & 0xFFFFFFFF for key in found}) == len({key >> 32 for key in found}) == 50


# --- the distribution ------------------------------------------------------------------------


def many_bits(count, size):
    """Bits of ``count`` keys, count x size, as fractions in [0, 1)."""
    bits = vmap(lambda key: CounterGenerator(key).bits((size,), CPU))(keys([8], "many", count=count)[:, 0])
    return (bits.double().numpy() + 2**31) / 2**32


@pytest.mark.parametrize("keyed", [keys([1], "x", count=200)[:, 0], torch.arange(200)], ids=["keys", "0, 1"])
def test_neither_elements_nor_keys_nor_calls_are_correlated(keyed):
    def two_calls(key):
        generator = CounterGenerator(key)
        return torch.cat([generator.bits((500,), CPU), generator.bits((500,), CPU)])

    fractions = (vmap(two_calls)(keyed).double().numpy() + 2**31) / 2**32
    for masks in (fractions, fractions < 0.3):
        for rows in (masks, masks.T):
            each = np.corrcoef(rows)[np.triu_indices(len(rows), 1)] * math.sqrt(rows.shape[1])
            assert each.std() == pytest.approx(1, abs=0.02)  # as of independent numbers
            assert abs(each).max() < 6


def test_bits_are_uniform():
    fractions = many_bits(200, 1000)
    assert stats.kstest(fractions.ravel(), "uniform").pvalue > 0.01
    for rows in (fractions, fractions.T):  # p-values of what is right are themselves uniform
        each = [stats.kstest(row, "uniform").pvalue for row in rows]
        assert stats.kstest(each, "uniform").pvalue > 0.01


def test_neighbours_are_independent():
    cells = np.floor(many_bits(100, 3000) * 16).astype(int).reshape(-1, 3) @ [256, 16, 1]
    assert stats.chisquare(np.bincount(cells, minlength=16**3)).pvalue > 0.01


@pytest.mark.parametrize("p", [0.001, 0.3, 0.9])
def test_dropout_keeps_with_its_probability(p):
    x = torch.ones(200_000, **DOUBLE)
    result = drawn(lambda: F.dropout(x, p))
    kept = (result != 0).sum().item()
    assert stats.binomtest(kept, len(x), 1 - p).pvalue > 0.01
    torch.testing.assert_close(result[result != 0], torch.full((kept,), 1 / (1 - p), **DOUBLE))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_rand_and_randn_have_their_distributions(dtype):
    rand, randn = drawn(lambda: (torch.rand(40_000, dtype=dtype), torch.randn(200, 200, dtype=dtype)))
    assert rand.dtype == randn.dtype == dtype
    assert 0 <= rand.min() < rand.max() < 1
    coarse = 2**-8 if dtype is torch.bfloat16 else 0  # numbers of 8 bits lie on a grid
    assert stats.kstest(rand.double(), "uniform").statistic < 0.01 + coarse
    assert stats.kstest(randn.double().flatten(), "norm").statistic < 0.01 + coarse
    assert randn.abs().max() > 3.5


def test_other_distributions():
    n = 20_000
    with KeyedRNG(KEYS[0]):
        whole = torch.randint(-2, 3, (n,))
        mean = torch.linspace(0, 1, n, **DOUBLE)
        shifted = (torch.normal(mean, 2.0) - mean) / 2
        sized = torch.normal(1.0, 3.0, (n,))
        coins = torch.bernoulli(torch.tensor([0.2, 0.7, 0.0, 1.0]).repeat(n, 1))
        chosen = F.gumbel_softmax(torch.tensor([0.5, 0.2, 0.3]).log().repeat(n, 1), hard=True)
    assert whole.dtype is torch.int64
    assert stats.chisquare(torch.bincount(whole + 2, minlength=5)).pvalue > 0.01
    assert stats.kstest(shifted, "norm").pvalue > 0.01
    assert stats.kstest((sized - 1) / 3, "norm").pvalue > 0.01
    assert coins.mean(0).tolist() == pytest.approx([0.2, 0.7, 0, 1], abs=0.01)
    assert chosen.sum(-1).unique().tolist() == [1]
    assert stats.chisquare(chosen.sum(0), n * np.array([0.5, 0.2, 0.3])).pvalue > 0.01


# --- each function ---------------------------------------------------------------------------

X, SQUARE = torch.randn(4, 6, 8, **DOUBLE), torch.rand(4, 6, 8, **DOUBLE)
PIXELS = torch.randn(3, 4, 5, 6, **DOUBLE)

CALLS = {
    "dropout": lambda: F.dropout(X, 0.3),
    "torch.dropout": lambda: torch.dropout(X, 0.3, train=True),
    "dropout1d": lambda: F.dropout1d(X, 0.3),
    "dropout2d": lambda: F.dropout2d(PIXELS, 0.3),
    "dropout3d": lambda: F.dropout3d(PIXELS, 0.3),
    "feature": lambda: torch.feature_dropout(PIXELS, 0.3, True),
    "alpha": lambda: F.alpha_dropout(X, 0.3, training=True),
    "feature alpha": lambda: F.feature_alpha_dropout(PIXELS, 0.3, training=True),
    "torch.alpha": lambda: torch.alpha_dropout(X, 0.3, True),
    "rand": lambda: torch.rand(size=(4, 3), device="cpu"),
    "randn": lambda: torch.randn((4, 3), **DOUBLE),
    "rand_like": lambda: torch.rand_like(X, layout=torch.strided, memory_format=torch.preserve_format),
    "randn_like": lambda: torch.randn_like(X, dtype=torch.float32),
    "randint": lambda: torch.randint(high=10**9, size=(4, 3)),
    "randint low": lambda: torch.randint(-5, 2**20, (4,), dtype=torch.int32),
    "randint_like": lambda: torch.randint_like(X, 10**6),
    "bernoulli": lambda: torch.bernoulli(SQUARE),
    "bernoulli p": lambda: X.bernoulli(p=0.3),
    "normal": lambda: torch.normal(X, SQUARE),
    "normal size": lambda: torch.normal(0.0, 1.0, size=(4, 5)),
    "gumbel": lambda: F.gumbel_softmax(X, 0.5),
    "attention": lambda: F.scaled_dot_product_attention(X, X, X, dropout_p=0.3),
    "multi head": lambda: MULTI(X, X, X)[0],
    "encoder": lambda: ENCODER(X),
    "gru": lambda: GRU(X)[0],
    "lstm": lambda: LSTM(X)[0],
}
MULTI = nn.MultiheadAttention(8, 2, dropout=0.3, **DOUBLE)
ENCODER = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.3, **DOUBLE)
GRU = nn.GRU(8, 5, 2, dropout=0.3, **DOUBLE)
LSTM = nn.LSTM(8, 5, 3, dropout=0.3, bidirectional=True, **DOUBLE)
VARYING = [name for name in CALLS if name not in ("encoder", "gru", "lstm", "multi head", "attention")]


@pytest.fixture(params=CALLS)
def call(request):
    return CALLS[request.param]


def test_a_key_gives_what_it_gave_and_another_something_else(call):
    assert torch.equal(drawn(call), drawn(call))
    assert not torch.equal(drawn(call), drawn(call, KEYS[1]))
    assert not torch.equal(*drawn(lambda: (call(), call())))
    assert draws_numbers(call, CPU)
    assert not draws_numbers(lambda: drawn(call), CPU)


def test_what_comes_is_shaped_and_typed_as_torchs(call):
    ours, torchs = drawn(call), call()
    assert (ours.shape, ours.dtype) == (torchs.shape, torchs.dtype)


@pytest.mark.parametrize("name", CALLS)
def test_members_draw_stacked_what_they_draw_alone(name):
    stacked = vmap(lambda key: drawn(CALLS[name], key))(KEYS)
    alone = torch.stack([drawn(CALLS[name], key) for key in KEYS])
    if name in VARYING:
        assert torch.equal(stacked, alone)  # bit for bit
    else:  # matrix products
        torch.testing.assert_close(stacked, alone, rtol=0, atol=1e-12)


def test_a_traced_function_takes_new_keys(call):
    def run(key):
        return drawn(call, key)

    traced = make_fx(vmap(run))(KEYS)
    others = keys(range(K), "other", count=1)[0]
    torch.testing.assert_close(traced(others), vmap(run)(others), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["dropout1d", "dropout2d", "dropout3d", "feature", "feature alpha"])
def test_channels_are_dropped_whole(name):
    kind = {"dropout1d": F.dropout1d, "dropout2d": F.dropout2d, "dropout3d": F.dropout3d}.get(name)
    shapes = {"dropout1d": [(9, 4), (7, 9, 4)], "dropout3d": [(9, 2, 2, 2), (7, 9, 2, 2, 2)]}
    kind = kind or {"feature": torch.feature_dropout, "feature alpha": F.feature_alpha_dropout}[name]
    for shape in shapes.get(name, [(7, 9, 4), (7, 9, 2, 2)]):
        result = drawn(lambda shape=shape: kind(torch.ones(shape), 0.5, True))
        channels = result.flatten(1 if len(shape) in (2, 4) and name in shapes else 2)
        assert (channels == channels[..., :1]).all()
        assert len(channels[..., 0].unique()) == 2


@pytest.mark.parametrize("dropout", [F.alpha_dropout, F.feature_alpha_dropout])
def test_alpha_dropout_keeps_mean_and_variance_and_torchs_two_values(dropout):
    x = torch.randn(300, 300, 2, **DOUBLE)
    result = drawn(lambda: dropout(x, 0.4, training=True))
    assert result.mean().item() == pytest.approx(0, abs=0.02)
    assert result.var().item() == pytest.approx(1, abs=0.02)
    ones = torch.ones(100, 20, 2, **DOUBLE)
    ours, torchs = drawn(lambda: dropout(ones, 0.4, training=True)), dropout(ones, 0.4, training=True)
    torch.testing.assert_close(ours.sort(0)[0][[0, -1]].unique(), torchs.unique(), rtol=1e-6, atol=0)


def test_dtypes_have_the_same_masks():
    single = drawn(lambda: (F.dropout(X.float(), 0.3), torch.rand(50), torch.bernoulli(SQUARE.float() * 0.5)))
    double = drawn(
        lambda: (F.dropout(X, 0.3), torch.rand(50, **DOUBLE), torch.bernoulli(SQUARE.float().double() * 0.5))
    )
    assert torch.equal(single[0] == 0, double[0] == 0)
    assert torch.equal(single[1].double(), double[1])
    assert torch.equal(single[2].double(), double[2])


def test_gradients_flow_where_kept():
    x = X.clone().requires_grad_()
    result = drawn(lambda: F.dropout(x, 0.3))
    (grad,) = torch.autograd.grad(result.sum(), x)
    torch.testing.assert_close(grad, (result != 0).double() / 0.7)


def test_dropout_in_place_writes_in_place():
    x = X.clone()
    result = drawn(lambda: F.dropout(x, 0.3, inplace=True))
    assert result is x
    assert torch.equal(x, drawn(CALLS["dropout"]))


def test_dropout_at_its_ends():
    assert drawn(lambda: F.dropout(X, 1.0)).count_nonzero() == 0
    assert torch.equal(drawn(lambda: F.dropout(X, 1e-12)), X * (1 / (1 - 1e-12)))
    with pytest.raises(ValueError, match="dropout probability has to be between 0 and 1"):
        drawn(lambda: F.dropout(X, 1.5))


def test_a_dropout_that_is_off_is_no_call():
    def off_then_on():
        assert torch.equal(F.dropout(X, 0.3, training=False), X)
        assert torch.equal(F.dropout(X, 0.0), X)
        F.scaled_dot_product_attention(X, X, X)
        nn.GRU(8, 5, 2, dropout=0.3, **DOUBLE).eval()(X)
        return F.dropout(X, 0.3)

    assert torch.equal(drawn(off_then_on), drawn(CALLS["dropout"]))


def test_numbers_of_one_key_do_not_change():
    """They are stored nowhere, but a resumed study relies on them."""
    found = drawn(lambda: torch.rand(3, **DOUBLE) * 2**24, torch.tensor(key_of(0, "golden")))
    assert found.tolist() == GOLDEN


# --- attention and recurrent layers ----------------------------------------------------------

SEES = torch.rand(6, 6) > 0.4
SEES[2] = False  # sees nothing
MASKS = {
    "none": {},
    "causal": {"is_causal": True},
    "bool": {"attn_mask": SEES},
    "added": {"attn_mask": torch.randn(6, 6, **DOUBLE).masked_fill(~SEES, -math.inf)},
    "scale": {"scale": 0.2},
    "groups": {"enable_gqa": True},
}


@pytest.mark.parametrize("options", MASKS.values(), ids=MASKS)
def test_attention_is_torchs_but_for_dropout(options):
    heads = 1 if "enable_gqa" in options else 2
    query, key, value = (torch.randn(3, n, 6, 4, **DOUBLE, requires_grad=True) for n in (2, heads, heads))

    def run(dropout_p):
        result = F.scaled_dot_product_attention(query, key, value, dropout_p=dropout_p, **options)
        return result, *torch.autograd.grad(result.sin().sum(), (query, key, value))

    for ours, torchs in zip(drawn(lambda: run(1e-12)), run(0.0), strict=True):
        torch.testing.assert_close(ours, torchs, rtol=0, atol=1e-10)


def test_attention_drops_weights():
    eye = torch.eye(8, **DOUBLE)
    weights = drawn(lambda: F.scaled_dot_product_attention(0 * eye, eye, eye, dropout_p=0.5))
    assert set(weights.unique().tolist()) == {0, 0.25}


@pytest.mark.parametrize("need_weights", [True, False])
def test_multi_head_attention_drops_weights(need_weights):
    network = nn.MultiheadAttention(8, 2, dropout=0.5, **DOUBLE)
    run = lambda: network(X, X, X, need_weights=need_weights)[0]  # noqa: E731
    assert not torch.equal(drawn(run), drawn(run, KEYS[1]))
    network.eval()
    torch.testing.assert_close(drawn(run), run())


def test_under_another_mode_nothing_escapes():
    """The trainer's own mode may lie below or above."""

    class Through(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):
            return RECURRENT.get(func, func)(*args, **(kwargs or {}))

    for name in ("encoder", "gru", "multi head"):
        alone = drawn(CALLS[name])
        with Through():
            torch.testing.assert_close(drawn(CALLS[name]), alone)
        with KeyedRNG(KEYS[0]), Through():
            torch.testing.assert_close(CALLS[name](), alone)


def test_a_network_is_stacked_with_its_dropout():
    networks = [nn.Sequential(nn.Linear(8, 8), nn.Dropout(0.3), nn.Linear(8, 2)).double() for _ in range(K)]
    params, _ = torch.func.stack_module_state(networks)
    x = torch.randn(6, 8, **DOUBLE)

    def loss(params, key):
        return drawn(lambda: functional_call(networks[0], params, (x,)).square().sum(), key)

    stacked = vmap(torch.func.grad(loss))(params, KEYS)
    for k, network in enumerate(networks):
        drawn(lambda network=network: network(x).square().sum(), KEYS[k]).backward()
        torch.testing.assert_close(stacked["0.weight"][k], network[0].weight.grad, rtol=0, atol=1e-12)


# --- what is left alone ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.empty(3).uniform_(),
        lambda: torch.randperm(9),
        lambda: torch.rand(3, requires_grad=True),
        lambda: torch.rand(3, out=torch.empty(3)),
        lambda: torch.bernoulli(SQUARE, out=torch.empty_like(SQUARE)),
        lambda: torch.randint(0, 2**40, (3,)),
    ],
)
def test_other_random_functions_draw_from_torch_or_raise_under_vmap(call):
    assert draws_numbers(lambda: drawn(call), CPU)
    with pytest.raises(RuntimeError, match="random"):
        vmap(lambda key: drawn(call, key) + 0 * key)(KEYS)


def test_a_call_with_its_own_generator_is_left_alone():
    own = [torch.Generator().manual_seed(1) for _ in range(2)]
    assert torch.equal(drawn(lambda: torch.rand(3, generator=own[0])), torch.rand(3, generator=own[1]))


def test_asking_whether_numbers_are_drawn_draws_none():
    before = torch.get_rng_state()
    assert draws_numbers(lambda: torch.empty(3).normal_(), CPU)
    assert torch.equal(torch.get_rng_state(), before)
    assert not draws_numbers(lambda: torch.ones(3).sum(), CPU)


# --- the device ------------------------------------------------------------------------------

needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


@pytest.mark.cuda
@needs_cuda
def test_cuda_draws_what_the_cpu_draws():
    cuda = torch.device("cuda")
    alone = [drawn(lambda: (F.dropout(X, 0.3), torch.rand(9), torch.randn(9)), key) for key in KEYS]

    def run(key):
        x = X.to(cuda)
        return drawn(
            lambda: (F.dropout(x, 0.3), torch.rand(9, device=cuda), torch.randn(9, device=cuda)), key
        )

    for k, results in enumerate(zip(*vmap(run)(KEYS.to(cuda)), strict=True)):
        for ours, cpus in zip(results, alone[k], strict=True):
            torch.testing.assert_close(ours.cpu(), cpus)
    assert draws_numbers(lambda: torch.rand(3, device=cuda), cuda)
    assert not draws_numbers(lambda: run(KEYS[0].to(cuda)), cuda)
