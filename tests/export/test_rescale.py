"""Weights on another scale: what must come out the same, and what cannot be carried over."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_weights_laws import as_weights
from torch import nn
from torch.utils.data import DataLoader

import jrtune as jr
from jrtune.errors import InputError
from jrtune.train.loop.optimizers import SGD, AdamW, ParameterGroup

WEIGHTS = {"a": 0.2, "b": 0.5, "c": 0.3}
LOSSES = {"a": 2.0, "b": 0.1, "c": 30.0}
NORMS = {"a": 1.0, "b": 4.0, "c": 0.5}


def weights_of(values=WEIGHTS, **changes):
    return as_weights(values, **{"loss_scale": LOSSES, "gradient_scale": NORMS, **changes})


sizes = st.fixed_dictionaries(dict.fromkeys("abc", st.floats(1e-6, 1e6)))


@given(there=sizes, here=sizes, losses=sizes, by=st.sampled_from(["losses", "gradients"]))
def test_the_objective_is_that_of_before_in_every_unit(there, here, losses, by):
    weights = weights_of(loss_scale=there, gradient_scale=there)
    new = weights.rescale(here, by=by)
    assert sum(new.values()) == pytest.approx(1, abs=1e-12)
    elsewhere = {term: losses[term] * here[term] / there[term] for term in losses}
    assert new(elsewhere) == pytest.approx(weights(losses), rel=1e-12)


def test_there_and_back_is_where_it_was():
    there = weights_of().rescale({"a": 1.0, "b": 2.0, "c": 3.0})
    back = there.rescale(LOSSES)
    assert dict(back) == pytest.approx(WEIGHTS, rel=1e-12)
    assert back.factor == pytest.approx(1, rel=1e-12)


def test_a_plain_object_has_a_factor_of_one_and_is_left_unchanged():
    weights = weights_of()
    weights.rescale({"a": 1.0, "b": 2.0, "c": 3.0})
    assert (weights.factor, dict(weights), weights.loss_scale) == (1.0, WEIGHTS, LOSSES)


def test_the_new_scale_is_known_and_the_other_forgotten():
    new = weights_of().rescale({"a": torch.tensor(1.0), "b": 2.0, "c": 3.0})
    assert new.loss_scale == {"a": 1.0, "b": 2.0, "c": 3.0}
    assert isinstance(new.loss_scale["a"], float)
    with pytest.raises(InputError, match="expected gradients where they were tuned as finite"):
        new.rescale(NORMS, by="gradients")


def test_twice_is_as_once():
    once = weights_of().rescale(NORMS)
    twice = weights_of().rescale({"a": 9.0, "b": 0.3, "c": 5.0}).rescale(NORMS)
    assert dict(twice) == pytest.approx(dict(once), rel=1e-12)
    assert twice.factor == pytest.approx(once.factor, rel=1e-12)


def test_shares_of_gradients():
    assert weights_of().gradient_shares == pytest.approx({"a": 0.2 / 2.35, "b": 2 / 2.35, "c": 0.15 / 2.35})
    assert sum(weights_of().gradient_shares.values()) == pytest.approx(1)


def test_shares_stay_when_rescaled_by_gradients():
    new = weights_of().rescale({"a": 7.0, "b": 0.01, "c": 3.0}, by="gradients")
    assert new.gradient_shares == pytest.approx(weights_of().gradient_shares)


def test_a_term_of_weight_zero_needs_no_size():
    weights = weights_of({"a": 1.0, "b": 0.0, "c": 0.0}, loss_scale={"a": 2.0, "b": None, "c": 0.0})
    new = weights.rescale({"a": 4.0, "b": math.nan})
    assert dict(new) == {"a": 1.0, "b": 0.0, "c": 0.0}
    assert new.factor == 0.5
    assert new.loss_scale == {"a": 4.0, "b": None, "c": None}
    by_gradients = weights.rescale(jr.Scale(gradients={"a": 2.0, "b": None, "c": 0.0}), by="gradients")
    assert (dict(by_gradients), by_gradients.factor) == (dict(new), 0.5)
    assert weights.gradient_shares == {"a": 1.0, "b": 0.0, "c": 0.0}


@pytest.mark.parametrize("bad", [None, 0.0, -1.0, math.nan, math.inf, "much"])
def test_sizes_that_cannot_be_divided_by_are_refused(bad):
    message = f"expected losses {{}} as finite numbers above 0, got {bad} for term 'b': measure them by"
    with pytest.raises(InputError, match=message.format("here")):
        weights_of().rescale({**LOSSES, "b": bad})
    with pytest.raises(InputError, match=message.format("where they were tuned")):
        weights_of(loss_scale={**LOSSES, "b": bad}).rescale(LOSSES)


def test_missing_and_unknown_terms_and_words_are_refused():
    with pytest.raises(InputError, match="got None for term 'b'"):
        weights_of().rescale({"a": 1.0, "c": 2.0})
    with pytest.raises(InputError, match="expected losses of a, b, c, got unknown d: give one a term"):
        weights_of().rescale({**LOSSES, "d": 2.0})
    with pytest.raises(InputError, match="expected by='losses' or by='gradients', got 'norms'"):
        weights_of().rescale(jr.Scale(LOSSES, NORMS), by="norms")
    with pytest.raises(InputError, match=r"got None for term 'a': measure .* or rescale by='losses'"):
        weights_of(gradient_scale={}).gradient_shares  # noqa: B018


@pytest.mark.parametrize("bad", [None, 3, [1.0], jr.Scale(losses=3)])
def test_what_is_no_scale_is_refused(bad):
    with pytest.raises(InputError, match=r"expected losses here by term, got .*: give a dict, or what"):
        weights_of().rescale(bad)


@pytest.mark.parametrize(
    "here", [{"a": 1e-320, "b": 1.0}, {"a": 1e308, "b": 1e-308}, {"a": 1e-320, "b": 1e-320}]
)
def test_sizes_too_far_apart_lose_no_weight_without_a_word(here):
    weights = as_weights({"a": 0.5, "b": 0.5}, loss_scale={"a": 1.0, "b": 1.0})
    near = weights.rescale({"a": 1e-150, "b": 1e100})
    assert min(near.values()) > 0
    with pytest.raises(InputError, match="expected sizes that weights can be carried over by, got parts"):
        weights.rescale(here)


def test_a_notebook_shows_the_factor_where_there_is_one():
    assert "times" not in weights_of()._repr_html_()
    assert (
        "their sum times 0.5<"
        in weights_of().rescale({term: 2 * size for term, size in LOSSES.items()})._repr_html_()
    )


# --- measuring it ----------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5))
        self.heads = nn.ModuleDict({name: nn.Linear(4, 1) for name in "abc"})

    def forward(self, batch):
        shared = self.trunk(batch["x"])
        return {name: head(shared) for name, head in self.heads.items()}


LOSS = {name: lambda out, batch, name=name: (out[name] - batch["y"]).square().mean() for name in "abc"}


def batches(count=3):
    generator = torch.Generator().manual_seed(0)
    return [
        {"x": torch.randn(5, 3, generator=generator), "y": torch.randn(5, 1, generator=generator)}
        for _ in range(count)
    ]


def sample_of(k):
    return {"x": torch.full((3,), k / 4), "y": torch.ones(1)}


def test_calibration_measures_and_leaves_all_as_it_was():
    torch.manual_seed(0)
    model = Net()
    model.heads.eval()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    state = torch.get_rng_state()
    scale = jr.calibrate(model, batches(), LOSS)
    jr.calibrate(model, DataLoader([sample_of(k) for k in range(12)], 4, shuffle=True), LOSS)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert (model.training, model.trunk.training, model.heads.training) == (True, True, False)
    assert all(p.grad is None for p in model.parameters())
    model.eval()
    means = {n: sum(LOSS[n](model(b), b).item() for b in batches()) / 3 for n in LOSS}
    assert scale.losses == pytest.approx(means)
    assert all(norm > 0 for norm in scale.gradients.values())


def test_calibration_follows_the_units():
    torch.manual_seed(0)
    model = Net()
    other = {**LOSS, "b": lambda out, batch: 100 * LOSS["b"](out, batch)}
    one, hundred = (jr.calibrate(model, batches(), losses) for losses in (LOSS, other))
    for was, now in ((one.losses, hundred.losses), (one.gradients, hundred.gradients)):
        assert now == pytest.approx({**was, "b": 100 * was["b"]}, rel=1e-5)
    by_losses = as_weights(WEIGHTS, loss_scale=one.losses).rescale(hundred)
    assert by_losses["b"] / by_losses["a"] == pytest.approx(0.01 * WEIGHTS["b"] / WEIGHTS["a"], rel=1e-5)


class Counting(nn.Module):
    """Takes x, not the batch, and puts a new buffer in the place of the old one."""

    def __init__(self):
        super().__init__()
        self.net = Net()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        self.seen = self.seen + len(x)
        return self.net({"x": x})


def test_calibration_calls_the_model_as_the_project_does_and_keeps_buffers_that_are_replaced():
    torch.manual_seed(0)
    model = Counting()
    seen = model.seen
    scale = jr.calibrate(model, batches(), LOSS, call=lambda model, batch: model(batch["x"]))
    assert model.seen is seen
    assert seen == 0
    assert scale == jr.calibrate(model.net, batches(), LOSS)


def test_calibration_takes_a_few_batches_of_many():
    def endless():
        while True:
            yield from batches()

    torch.manual_seed(0)
    model = Net()
    assert jr.calibrate(model, endless(), LOSS, count=3) == jr.calibrate(model, batches(), LOSS)


@pytest.mark.parametrize(
    ("model", "data", "losses", "message"),
    [
        (Net(), [], LOSS, "expected at least one batch, got none"),
        (Net(), batches()[0], LOSS, r"expected batches, got one dict: give a loader, or \[batch\]"),
        (Net(), batches(), {}, "expected losses by the names of the weights, got none"),
        (nn.ReLU(), batches(), LOSS, "expected a model with parameters that require gradients"),
        (
            Net(),
            batches(),
            {"a": lambda out, batch: out["a"]},
            r"scalar tensor of loss 'a', got shape \(5, 1\)",
        ),
        (Net(), batches(), {"a": lambda out, batch: 1.0}, "scalar tensor of loss 'a', got float"),
        (Net(), batches(), [*LOSS.values()], r"losses by the names of the weights, got \[<function"),
        (Net(), batches(), {"a": 3}, "losses by the names of the weights, got {'a': 3}: give a function"),
        (Net(), None, LOSS, "expected batches, got None: give a loader, or a list of batches"),
        (None, batches(), LOSS, "expected a model that is an nn.Module, got None"),
        (lambda batch: batch, batches(), LOSS, "expected a model that is an nn.Module, got <function"),
    ],
)
def test_what_cannot_be_measured_is_refused(model, data, losses, message):
    with pytest.raises(InputError, match=message):
        jr.calibrate(model, data, losses)


def test_how_to_measure_is_looked_at_too():
    with pytest.raises(InputError, match="count must be an integer from 1, got -1"):
        jr.calibrate(Net(), batches(), LOSS, count=-1)
    with pytest.raises(InputError, match=r"call must be a function \(module, batch\) -> outputs, got 3"):
        jr.calibrate(Net(), batches(), LOSS, call=3)
    with torch.inference_mode(), pytest.raises(InputError, match=r"got torch.inference_mode\(\): call"):
        jr.calibrate(Net(), batches(), LOSS)


@pytest.mark.parametrize("kind", [tuple, list])
def test_a_model_is_called_with_the_first_of_a_tuple_or_list(kind):
    torch.manual_seed(0)
    model = Net()
    losses = {name: lambda out, batch, name=name: LOSS[name](out, batch[0]) for name in LOSS}
    assert jr.calibrate(model, [kind([batch, 0]) for batch in batches()], losses) == jr.calibrate(
        model, batches(), LOSS
    )


# --- the same training -----------------------------------------------------------------------


def trained(weights, losses, optimizer, clip):
    """The parameters of a small net after a few steps in double precision."""
    torch.manual_seed(0)
    model = Net().double().eval()  # without dropout's draws
    group = [ParameterGroup(list(model.parameters()), 0.01)]
    chosen = AdamW(group) if optimizer == "adamw" else SGD(group, 0.9)
    for batch in batches(8):
        double = {name: tensor.double() for name, tensor in batch.items()}
        outputs = model(double)
        chosen.zero_grad()
        weights({name: loss(outputs, double) for name, loss in losses.items()}).backward()
        if clip:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        chosen.step(0.05)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def summed(name):
    return lambda out, batch: (out[name] - batch["y"]).square().sum()


ELSEWHERE = {
    "units": {**LOSS, "b": lambda out, batch: 100 * LOSS["b"](out, batch)},
    "sums": {name: summed(name) for name in LOSS},
    "one sum": {**LOSS, "c": summed("c")},
}


@pytest.mark.parametrize(("optimizer", "clip"), [("adamw", 0), ("sgd", 0), ("sgd", 0.1), ("adamw", 0.1)])
@pytest.mark.parametrize("case", ELSEWHERE)
def test_the_same_parameters_by_losses_in_other_units(case, optimizer, clip):
    torch.manual_seed(0)
    model = Net().double().eval()
    batch = {name: tensor.double() for name, tensor in batches(1)[0].items()}
    here, there = (
        {name: loss(model(batch), batch).item() for name, loss in losses.items()}
        for losses in (LOSS, ELSEWHERE[case])
    )
    weights = as_weights(WEIGHTS, loss_scale=here)
    expected = trained(weights, LOSS, optimizer, clip)
    carried = trained(weights.rescale(there), ELSEWHERE[case], optimizer, clip)
    assert (carried - expected).abs().max() < 1e-10
    if case != "sums" or optimizer == "sgd":  # AdamW without clipping takes no notice of a common factor
        plain = trained(weights, ELSEWHERE[case], optimizer, clip)
        assert clip or not (plain - expected).abs().max() < 1e-4
