"""Which candidates go together, and how groups are cut into cohorts."""

import dataclasses

import pytest
import torch
import zoo
from hypothesis import given
from hypothesis import strategies as st
from laws import job_of, problem_of
from torch import nn

from jrtune.train.executors.grouping import Grouping
from jrtune.train.executors.planning import FEWEST, parts_of
from jrtune.train.loop.member import Randomness


def build(width: int = 4, slope: float = 0.1, p: float = 0.0, spread: float = 1.0):
    """A network of which ``spread`` decides nothing but initial values."""
    body = nn.Sequential(nn.Linear(6, width), nn.Dropout(p), nn.LeakyReLU(slope))
    nn.init.normal_(body[0].weight, std=spread)
    return zoo.TwoHeads("x", body, width)


PROBLEM = problem_of(dataclasses.replace(zoo.zoo_study("mlp"), model=build))


def together(*jobs):
    """Whether the jobs are one group."""
    return len(Grouping(PROBLEM).groups_of(jobs)) == 1


@pytest.mark.parametrize(
    "choices",
    [
        {"lr": 1e-4},
        {"weight_decay": 0.5},
        {"clip": 0.0},
        {"schedule": "constant"},
        {"warmup": 0.5},
        {"momentum": 0.1},
        {"seed": 99},
        {"a": 1.0},
        {"test": True, "keep": True},
        {"spread": 3.0},
        {"width": 4},
    ],
)
def test_what_members_may_differ_in(choices):
    assert together(job_of(), job_of(**choices))


@pytest.mark.parametrize(
    "choices",
    [
        {"width": 5},
        {"slope": 0.2},
        {"p": 0.5},
        {"batch_size": 4},
        {"optimizer": "sgd"},
        {"balancing": "uncertainty"},
    ],
)
def test_what_members_may_not_differ_in(choices):
    assert not together(job_of(), job_of(**choices))


def test_every_architecture_is_looked_at_once():
    built = []

    def counted(width: int = 4):
        built.append(width)
        return build(width)

    grouping = Grouping(problem_of(dataclasses.replace(zoo.zoo_study("mlp"), model=counted)))
    jobs = [job_of(seed=k, lr=10.0**-k, width=4 + k % 2) for k in range(6)]
    assert [len(indices) for indices in grouping.groups_of(jobs).values()] == [3, 3]
    first = list(built)
    assert first == sorted(first)
    grouping.groups_of(jobs)
    assert built == first


def test_groups_hold_each_job_once_in_their_order():
    jobs = [job_of(width=width) for width in (4, 5, 4, 6, 5, 4)]
    assert list(Grouping(PROBLEM).groups_of(jobs).values()) == [[0, 2, 5], [1, 4], [3]]


def test_the_generator_is_left_as_it_was():
    before = torch.get_rng_state()
    Grouping(PROBLEM).groups_of([job_of(p=0.5)])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_randomness_is_seen(name):
    [group] = Grouping(problem_of(zoo.zoo_study(name))).groups_of([job_of()])
    assert group.randomness is (Randomness.KEYED if name in zoo.RANDOM else Randomness.NONE)


# --- cohorts ---------------------------------------------------------------------------------


@given(st.lists(st.integers(1, 40), max_size=5), st.integers(1, 20), st.integers(1, 8))
def test_laws_of_parts(lengths, size, workers):
    starts = [sum(lengths[:i]) for i in range(len(lengths))]
    groups = [range(start, start + n) for start, n in zip(starts, lengths, strict=True)]
    parts = parts_of(groups, size, workers)

    assert sorted(i for part in parts for i in part) == list(range(sum(lengths)))
    assert all(0 < len(part) <= size for part in parts)
    # no worker idles where a cohort could be halved
    assert len(parts) >= workers or all(len(part) < 2 * FEWEST for part in parts)
    assert [len(p) for p in parts] == sorted((len(p) for p in parts), reverse=True)
    of = {i: g for g, group in enumerate(groups) for i in group}
    assert all(len({of[i] for i in part}) == 1 for part in parts)  # nobody meets another architecture
    if workers == 1:  # nothing was halved
        for g in range(len(groups)):
            own = [len(part) for part in parts if of[part[0]] == g]
            assert max(own) - min(own) <= 1
            assert len(own) == -(-lengths[g] // size)
