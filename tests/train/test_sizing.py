"""How many members a cohort should have is measured, within bounds, and changes no outcome."""

import math

import pytest
import torch
import zoo
from laws import assert_same, group_of, job_of, problem_of, run

from jrtune.train.executors import sizing
from jrtune.train.executors.sizing import LARGEST, SMALLEST, measure_size

PROBLEM = problem_of(zoo.zoo_study("mlp"))


def measured(workers=1):
    return measure_size(PROBLEM, job_of(), group_of(PROBLEM, [job_of()]), workers)


def rates(monkeypatch, rate, each=1.0):
    """Member-steps a second and bytes a member are given instead of measured; the sizes that were tried."""
    tried = []

    def attempt(problem, job, group, size):
        tried.append(size)
        return rate(size), each

    monkeypatch.setattr(sizing, "_try", attempt)
    return tried


def test_it_lies_within_its_bounds_and_leaves_no_trace():
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    assert SMALLEST <= measured() <= LARGEST
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize(
    ("rate", "size"),
    [(lambda n: n, 256), (lambda n: 1.0, 4), (lambda n: min(n, 32), 32), (lambda n: n**0.1, 4)],
)
def test_it_doubles_while_that_pays(monkeypatch, rate, size):
    rates(monkeypatch, rate)
    assert measured() == size


@pytest.mark.parametrize(("free", "workers", "size"), [(0, 1, 4), (128, 1, 64), (128, 4, 16), (1e9, 1, 256)])
def test_it_keeps_to_half_of_the_free_memory(monkeypatch, free, workers, size):
    rates(monkeypatch, lambda n: n)
    monkeypatch.setattr(sizing, "free_memory", lambda device: free)
    assert measured(workers) == size


def test_it_stops_where_memory_runs_out(monkeypatch):
    def rate(n):
        if n > 16:
            raise RuntimeError("out of memory")
        return n

    tried = rates(monkeypatch, rate)
    assert (measured(), tried) == (16, [4, 8, 16, 32])


def test_another_error_is_raised(monkeypatch):
    rates(monkeypatch, lambda n: [][n])
    with pytest.raises(IndexError):
        measured()


def test_it_changes_no_outcome():
    [before] = run(PROBLEM, job_of(keep=True))
    measured()
    [after] = run(PROBLEM, job_of(keep=True))
    assert_same(before, after)


@pytest.mark.parametrize(
    ("limit", "taken", "free"),
    [("max", "5", math.inf), ("12", "5", 7.0), ("5", "12", 0.0), (None, "5", math.inf)],
)
def test_a_container_has_what_its_limit_leaves(tmp_path, limit, taken, free):
    if limit is not None:
        (tmp_path / "memory.max").write_text(f"{limit}\n")
    (tmp_path / "memory.current").write_text(f"{taken}\n")
    assert sizing.container_memory(tmp_path) == free


def test_free_memory_is_bounded_by_the_container(monkeypatch):
    monkeypatch.setattr(sizing, "container_memory", lambda group: 3.0)
    assert sizing.free_memory(torch.device("cpu")) == 3.0
