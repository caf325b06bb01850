"""How many members a cohort should have is measured, within bounds, and changes no outcome."""

import math
import time
from types import SimpleNamespace

import pytest
import torch
import zoo
from laws import assert_same, group_of, job_of, problem_of, run

from jrtune.train.executors import planning, sizing, timed_steps, trainer
from jrtune.train.executors.sizing import LARGEST, best_size, measure_size, power_below
from jrtune.train.executors.timed_steps import CohortSteps, PlainSteps, time_beside

PROBLEM = problem_of(zoo.zoo_study("mlp"))


def measured(workers=1):
    return measure_size(PROBLEM, job_of(), group_of(PROBLEM, [job_of()]), workers)


def line(start, each):
    """Seconds of a step of n members, which start together; one alone takes what it takes them."""
    return lambda n: start + each * n


@pytest.fixture
def clock(monkeypatch):
    """Times are given instead of measured: called with seconds(members) and bytes a member; sizes tried."""

    def use(seconds, each=1.0, alone=1e-3, epochs=1):
        tried = []

        def contender(size):
            tried.append(size)
            taken = alone if size == 1 else alone * seconds(size)
            return SimpleNamespace(size=size, step_seconds=taken, epoch_seconds=epochs * taken, cohort=size)

        monkeypatch.setattr(sizing, "PlainSteps", lambda problem, job, group: contender(1))
        monkeypatch.setattr(sizing, "CohortSteps", lambda problem, job, group, size: contender(size))
        monkeypatch.setattr(sizing, "time_beside", lambda contenders: None)
        monkeypatch.setattr(sizing, "bytes_of_a_step", lambda size: size * each)
        return tried

    return use


def test_it_lies_within_its_bounds_and_leaves_no_trace():
    before, threads = torch.get_rng_state(), torch.get_num_threads()
    size = measured()
    assert 1 <= size <= LARGEST
    assert size == power_below(size)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.get_num_threads() == threads


# --- the decision ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "size"),
    [
        ({1: 1.0}, 1),
        ({1: 1.0, 4: 3.9}, 1),  # hardly faster than alone
        ({1: 1.0, 4: 2.0}, 4),
        ({1: 1.0, 4: 4.4, 8: 8.6}, 1),
        ({1: 1.0, 4: 3.2, 8: 6.4}, 2),  # half of the members would take half of the time
        ({1: 1.0, 4: 2.27, 8: 3.59}, 8),  # image_edges, hard
        ({1: 1.0, 4: 2.35, 8: 3.70, 16: 7.44}, 8),  # and cross-stitch
        ({1: 1.0, 4: 2.08, 8: 2.96, 16: 4.60}, 16),  # city, ple
        ({1: 1.0, 4: 1.0, 8: 1.0}, 32),  # the device is hardly used: beyond the last, which asks for more
        ({1: 1.0, 4: 4.2, 8: 4.8}, 32),  # what is not traced begins dear
    ],
)
def test_the_size_is_the_one_that_pays(times, size):
    assert best_size(times) == size


@pytest.mark.parametrize("noise", [0.95, 1.05])
@pytest.mark.parametrize(("seconds", "size"), [((1, 2.27, 3.6, 6.7), 8), ((1, 1.9, 2.5, 3.8), 16)])
def test_noise_in_one_time_does_not_move_it(seconds, size, noise):
    """As small convolutional nets and as linear layers have them."""
    for disturbed in range(4):
        noisy = [taken * (noise if n == disturbed else 1) for n, taken in enumerate(seconds)]
        assert best_size(dict(zip((1, 4, 8, 16), noisy, strict=True))) == size


# --- the sizes that are tried ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "size", "tried"),
    [
        (line(1, 1e-9), 256, [1, 4, 8, 32, 128, 256]),
        (line(0, 1), 1, [1, 4, 8]),
        (line(0.8, 0.4), 8, [1, 4, 8]),
        (line(1, 0.01), 64, [1, 4, 8, 32, 64]),
    ],
)
def test_larger_sizes_are_tried_while_they_pay(clock, seconds, size, tried):
    found = clock(seconds)
    assert (measured(), found) == (size, tried)


def test_a_size_that_seems_not_to_pay_is_timed_again(clock, monkeypatch):
    """Load while 8 members were timed is gone at the second time."""
    clock(line(0.8, 0.4))
    contenders = []

    def disturbed(timed):
        contenders.append([c.size for c in timed])
        if timed[-1].size == 8:
            timed[-1].epoch_seconds = 1e-3 * (6 if len(contenders) == 3 else 4)

    monkeypatch.setattr(sizing, "time_beside", disturbed)
    assert measured() == 8
    assert contenders == [[1], [1, 4], [1, 4, 8], [1, 4, 8]]


def test_a_long_step_is_not_stacked(clock):
    assert (clock(line(1, 0), alone=0.6), measured()) == ([1], 1)


@pytest.mark.parametrize(("epochs", "tried"), [(1, [1, 4]), (100, [1, 4, 8])])
def test_trying_takes_no_more_than_its_share(clock, epochs, tried):
    """Ten steps of 0.15 s for 4 members leave no time of 1.5 s for 8, but some of 0.3 of 37 s."""
    found = clock(line(0, 0.9), alone=0.15 / 4, epochs=10 * epochs)
    measured()
    assert found == tried


@pytest.mark.parametrize(
    ("free", "workers", "size"), [(0, 1, 1), (6, 1, 2), (128, 1, 64), (128, 4, 16), (1e9, 1, 256)]
)
def test_it_keeps_to_half_of_the_free_memory(clock, monkeypatch, free, workers, size):
    clock(line(1, 0))
    monkeypatch.setattr(sizing, "free_memory", lambda device: free)
    assert measured(workers) == size


@pytest.mark.parametrize(
    ("most", "size", "tried"), [(16, 16, [1, 4, 8, 32, 16]), (2, 2, [1, 4, 2]), (1, 1, [1, 4, 2])]
)
def test_where_memory_runs_out_fewer_are_tried(clock, most, size, tried):
    def seconds(n):
        if n > most:
            raise RuntimeError("out of memory")
        return 1.0

    found = clock(seconds)
    assert (measured(), found) == (size, tried)


def test_another_error_is_raised(clock):
    clock(lambda n: [][n])
    with pytest.raises(IndexError):
        measured()


def test_a_size_of_one_trains_one_by_one(monkeypatch):
    monkeypatch.setattr(trainer, "measure_size", lambda *_: 1)
    one_by_one = trainer.CohortTrainer(PROBLEM)
    assert one_by_one.capacity(job_of()) == 1
    monkeypatch.setattr(planning, "Cohort", lambda *_: pytest.fail("stacked"))
    assert [len(group) for group in one_by_one.train([job_of(seed=k) for k in range(3)])] == [1, 1, 1]


# --- the steps that are timed ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mlp", "dropout", "batch norm"])
def test_a_step_alone_is_that_of_the_plain_loop(name):
    problem = problem_of(zoo.zoo_study(name))
    steps = PlainSteps(problem, job_of(), group_of(problem, [job_of()]))
    before = [p.detach().clone() for p in steps.model.parameters()]
    time_beside([steps])
    assert 0 < steps.step_seconds < steps.epoch_seconds < math.inf
    assert all(not torch.equal(one, p) for one, p in zip(before, steps.model.parameters(), strict=True))


@pytest.mark.parametrize(("epochs", "traced"), [(1, False), (40, True)])
def test_steps_of_a_cohort_are_traced_where_training_is(epochs, traced):
    problem = problem_of(zoo.zoo_study("mlp", epochs=epochs))
    steps = CohortSteps(problem, job_of(), group_of(problem, [job_of()]), 4)
    assert bool(steps.cohort.context.graphs) == traced
    steps.time_step()
    steps.time_evaluation()
    assert 0 < steps.evaluation_seconds < steps.epoch_seconds < math.inf


def test_time_in_which_others_have_the_core_does_not_count():
    steps = PlainSteps(PROBLEM, job_of(), group_of(PROBLEM, [job_of()]))
    steps.step = lambda: time.sleep(0.05)
    steps.time_step()
    assert steps.step_seconds < 0.02


class Counted(timed_steps.TimedSteps):
    """Steps and evaluations of given lengths."""

    def __init__(self, step, evaluation):
        super().__init__(PROBLEM, PROBLEM.study.training, 1)
        self.seconds, self.counts = {"step": step, "evaluate": evaluation}, {"step": 0, "evaluate": 0}

    def step(self):
        self.counts["step"] += 1

    def evaluate(self):
        self.counts["evaluate"] += 1

    def _time(self, run):
        run()
        return self.seconds[run.__name__]


@pytest.mark.parametrize(("step", "count"), [(1e-3, 7), (0.04, 5), (1.0, 3)])
def test_a_long_step_is_timed_less_often(step, count):
    contenders = [Counted(step, step), Counted(step / 2, step)]
    time_beside(contenders)
    assert [c.counts["step"] for c in contenders] == [count, count]


@pytest.mark.parametrize(("evaluation", "count"), [(1e-5, 0), (1e-2, 2)])
def test_evaluation_is_timed_where_it_matters(evaluation, count):
    contenders = [Counted(1e-3, evaluation), Counted(1e-3, 1.0)]
    time_beside(contenders)
    assert contenders[1].counts["evaluate"] == count


# --- memory ------------------------------------------------------------------------------------


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
