"""What is made ready of a job, and the keys that its draws come from."""

import dataclasses

import pytest
import torch
import zoo
from laws import job_of, problem_of, run
from torch import nn

from jrtune.errors import StudyError
from jrtune.spec import TrialStatus
from jrtune.train.loop.evaluate import CHUNK
from jrtune.train.loop.member import Keys, Randomness, control, make_member, randomness_of

CPU = torch.device("cpu")


def problem_with(model):
    return problem_of(dataclasses.replace(zoo.zoo_study("mlp"), model=model))


class Mlp(zoo.TwoHeads):
    """The zoo's first network, to be changed."""

    def __init__(self) -> None:
        super().__init__("x", nn.Sequential(nn.Linear(6, 8), nn.ReLU()), 8)


class Shuffled(Mlp):
    def forward(self, batch):
        return super().forward({**batch, "x": batch["x"][:, torch.randperm(6)]})


@pytest.mark.parametrize(
    ("network", "balancing", "expected"),
    [
        (Mlp, "fixed", Randomness.NONE),
        (zoo.NETWORKS["dropout"], "fixed", Randomness.KEYED),
        (Mlp, "random-weights", Randomness.KEYED),
        (Shuffled, "fixed", Randomness.FOREIGN),
    ],
)
def test_randomness(network, balancing, expected):
    problem = problem_with(network)
    member = make_member(problem, job_of(balancing=balancing))
    state, generator = {n: t.clone() for n, t in member.model.state_dict().items()}, torch.get_rng_state()
    assert randomness_of(problem, member) is expected
    assert torch.equal(generator, torch.get_rng_state())
    assert all(torch.equal(t, state[n]) for n, t in member.model.state_dict().items())


def test_a_builder_is_given_what_it_asks_for_training_choices_too():
    pending = {}

    def build(width, momentum=0.5, **more):
        pending.update(more, width=width, momentum=momentum)
        return Mlp()

    make_member(problem_with(build), job_of(width=3, depth=2, momentum=0.9, lr=0.1))
    assert pending == {"width": 3, "momentum": 0.9, "depth": 2}


def test_a_loss_that_draws_is_seen():
    losses = {**zoo.LOSSES, "b": lambda out, batch: (out["b"] + torch.randn_like(out["b"])).square().mean()}
    problem = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), losses=losses))
    assert randomness_of(problem, make_member(problem, job_of())) is Randomness.KEYED


def test_a_twin_has_the_same_parameters_and_shares_none():
    problem = problem_with(Mlp)
    member, generator = make_member(problem, job_of()), torch.get_rng_state()
    other = control(problem, member)
    for one, two in zip(member.model.parameters(), other.model.parameters(), strict=True):
        assert torch.equal(one, two)
        assert one.data_ptr() != two.data_ptr()
    assert torch.equal(generator, torch.get_rng_state())


@pytest.mark.filterwarnings("ignore:.*weight_norm.* is deprecated")
def test_a_model_that_cannot_be_copied_is_trained():
    def build():
        model = Mlp()
        nn.utils.weight_norm(model.body[0])  # keeps a tensor with a history: deepcopy raises
        return model

    [outcome] = run(problem_with(build), job_of())
    assert outcome.status is TrialStatus.COMPLETE


@pytest.mark.parametrize(
    ("model", "message"),
    [(lambda: 1, "must return an nn.Module, got int"), (lambda: nn.ReLU(), "requires gradients, got none")],
)
def test_what_is_no_model_is_refused(model, message):
    with pytest.raises(StudyError, match=message):
        make_member(problem_with(model), job_of())


def test_keys_of_a_member_depend_on_its_seed_and_the_place_alone():
    keys = Keys([3, 4, 5], Randomness.KEYED, CPU)
    drawn = keys.of("step", 2, count=6)
    assert drawn.shape == (6, 3, 3)
    assert drawn.unique().numel() == drawn.numel()
    assert torch.equal(drawn[..., 1:2], Keys([4], Randomness.KEYED, CPU).of("step", 2, count=6))
    assert torch.equal(drawn[..., [0, 2]], keys.select([0, 2]).of("step", 2, count=6))
    assert torch.equal(drawn[:4], keys.of("step", 2, count=4))
    assert not torch.equal(drawn, keys.of("step", 3, count=6))


def test_an_evaluation_has_a_key_for_each_chunk_and_one_for_the_whole():
    keys = Keys([3, 4], Randomness.KEYED, CPU)
    shapes = [tuple(keys.evaluation("val", 1, n).shape) for n in (1, CHUNK, CHUNK + 1)]
    assert shapes == [(2, 2), (2, 2), (3, 2)]


def test_without_randomness_nothing_is_watched():
    keys = Keys([3], Randomness.NONE, CPU)
    assert not keys.of("step", 1, count=2).any()
    before = torch.get_rng_state()
    with torch.random.fork_rng(devices=[]), keys.drawing(torch.tensor(1)):
        torch.rand(3)
        assert not torch.equal(before, torch.get_rng_state())
