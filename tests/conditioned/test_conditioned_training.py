"""Training one network for every weighting: what it learns, that it repeats, and what it refuses."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

import jrtune as jr
from jrtune.conditioned.training import weightings
from jrtune.errors import InputError, StudyError

RNG = np.random.default_rng(0)
TARGETS = {"low": 0.0, "high": 1.0}
DATA = {split: {"x": RNG.normal(size=(48, 2)).astype(np.float32)} for split in ("train", "val", "test")}


class Constant(nn.Module):
    """One number, whatever comes: two targets for it are a trade-off whose front is known."""

    def __init__(self, norm: bool = False):
        super().__init__()
        self.value = nn.Parameter(torch.tensor([0.3]))
        self.norm = nn.BatchNorm1d(2) if norm else nn.Identity()

    def forward(self, batch):
        return {"value": self.value + 0 * self.norm(batch["x"]).sum(dim=1)}


def off(target):
    return lambda out, batch: F.mse_loss(out["value"], torch.full_like(out["value"], target))


def make_study(**changes):
    settings = dict(
        name="constant",
        data=lambda: DATA,
        model=Constant,
        losses={name: off(target) for name, target in TARGETS.items()},
        objectives={name: jr.minimize(off(target)) for name, target in TARGETS.items()},
        space={"norm": jr.choice(False, True)},
        epochs=60,
        training=jr.Training(lr=0.05, batch_size=16, weight_decay=0.0),
    )
    return jr.Study(**(settings | changes))


def train(study=None, **options):
    return jr.train_conditioned(study or make_study(), DATA, device="cpu", **options)


def test_it_learns_the_whole_of_a_known_front():
    """The best value at weights w is sum_t w_t target_t; between the ends it lies on a line."""
    net = train(epochs=120)
    for high in (0.0, 0.25, 0.5, 1.0):
        network = net.at({"low": 1 - high, "high": high})
        assert network.value.item() == pytest.approx(high, abs=0.03)
        figures = jr.measure(network, make_study(), DATA, device="cpu")
        assert figures == pytest.approx({"low": high**2, "high": (1 - high) ** 2}, abs=0.06)


def test_the_seed_decides_and_torchs_own_generator_is_left_alone():
    before = torch.get_rng_state()
    one, again, other = (train(epochs=2, seed=seed).state_dict() for seed in (0, 0, 1))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["endpoints"], other["endpoints"])


def test_training_choices_are_taken():
    slow = make_study(space={"lr": jr.number(1e-6, 0.1, log=True)})
    still = train(slow, choices={"lr": 1e-6}, epochs=1)
    assert still.endpoints.flatten().tolist() == pytest.approx([0.3, 0.3], abs=1e-4)
    moved = train(slow, choices={"lr": 0.1}, epochs=10)
    assert abs(moved.endpoints[0, 0].item() - 0.3) > 0.05


@pytest.mark.parametrize("terms", [1, 2, 5])
def test_weightings_are_uniform_on_the_simplex(terms):
    drawn = weightings(3, 0, 512, terms)
    torch.testing.assert_close(drawn.sum(dim=1), torch.ones(512, dtype=torch.float64))
    assert (drawn >= 0).all()
    # each weight is Beta(1, T - 1): P(w > x) = (1 - x)^(T - 1)
    assert ((drawn > 0.3).double().mean(dim=0) - 0.7 ** (terms - 1)).abs().max() < 0.02


def test_few_weightings_leave_no_holes():
    gaps = weightings(3, 0, 64, 2)[:, 0].sort().values.diff()
    assert gaps.max() < 2.5 / 64  # of independent draws it is about 5 / 64


def test_what_cannot_be_conditioned_says_why():
    with pytest.raises(StudyError, match=r"changes 'norm\.running_mean'.*group norm"):
        train(choices={"norm": True}, epochs=1)
    broken = make_study(losses={n: lambda out, batch: out["value"].mean() * torch.nan for n in TARGETS})
    with pytest.raises(StudyError, match="not finite in epoch 1"):
        train(broken, epochs=1)
    with pytest.raises(StudyError, match="expected a choice norm"):
        train(choices={"norm": "yes"})
    with pytest.raises(StudyError, match="no choice width"):
        train(choices={"width": 3})
    with pytest.raises(StudyError, match="without constraints, got one of low"):
        train(make_study(constraints={"low": 0.5}))
    with pytest.raises(InputError, match="integer from 1, got 0"):
        train(epochs=0)
    with pytest.raises(InputError, match="cuda"):
        jr.train_conditioned(make_study(), DATA, device="tpu")
    with pytest.raises(InputError, match="one of train, val, test, got 'dev'"):
        jr.measure(Constant(), make_study(), DATA, "dev", device="cpu")


def test_a_loss_that_is_minus_infinite_in_one_minibatch_is_noticed():
    calls = iter(range(100))

    def once(out, batch):
        return out["value"].mean() - (torch.inf if next(calls) == 8 else 0)  # the last of three epochs

    with pytest.raises(StudyError, match="not finite in epoch 3"):
        train(
            make_study(losses={"low": off(0.0), "high": once}, objectives=make_study().objectives), epochs=3
        )


def test_it_is_scalarised_as_a_training_is():
    """Where the greatest of (1-w) v^2 and w (1-v)^2 is least, v lies nearer to the middle than w."""
    study = make_study(space={"scalarisation": jr.choice("sum", "chebyshev")})
    net = train(study, choices={"scalarisation": "chebyshev"}, epochs=60)
    assert 0.28 < net.at({"low": 0.75, "high": 0.25}).value.item() < 0.4  # 0.25 by the sum
