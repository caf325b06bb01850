"""The simulator of many workers: laws that hold whatever the costs are."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench_workers.command import line
from bench_workers.costs import Costs, Line, Site
from bench_workers.instant import run
from bench_workers.picture import draw
from bench_workers.simulate import simulate

from jrtune.search.run.order import Order, lag_of
from jrtune.spec import TrialStatus
from jrtune.store.records import CohortRecord


@pytest.mark.parametrize("workers", [1, 2, 8, 64])
def test_without_costs_workers_give_as_many_times_the_throughput(workers: int) -> None:
    site = Site(workers, 40 * workers, training=10.0, cohort=1, latency=0.0)
    result = simulate(Costs(), site)
    assert result.trials == site.trials
    assert result.rate == pytest.approx(workers / 10.0)
    assert result.use == pytest.approx(1.0)


def test_a_coordinator_that_needs_a_second_a_trial_gives_one_a_second() -> None:
    result = simulate(Costs(ask=Line(1.0)), Site(1000, 20_000, training=10.0, cohort=4))
    assert 0.95 < result.rate <= 1.0
    assert result.limit == "ask"
    assert result.load > 0.95
    assert result.use < 0.02


def test_what_grows_with_the_trials_slows_the_run_down() -> None:
    site = Site(16, 4000, training=1.0, cohort=1)
    flat, growing = (simulate(Costs(ask=line), site).seconds for line in (Line(0.01), Line(0.01, 1e-4)))
    assert growing > 3 * flat


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_cohorts_know_what_the_real_order_lets_them_know(workers: int) -> None:
    shares = (0.1, 0.5, 1.0)
    result = simulate(Costs(ask=Line(0.01)), Site(workers, 300, training=2.0, cohort=1, shares=shares))
    assert result.order == [max(-1, index - lag_of(workers)) for index in range(300)]


def test_a_cohort_of_one_member_stands_for_one_of_many() -> None:
    """The real order with all members gives leave to ask at the same time as that with one for all."""
    small, whole = Order(4), Order(4)
    for index in range(12):
        assert small.may_ask() == whole.may_ask()
        small.add(CohortRecord(index, index, 1, 0), [index])
        members = range(3 * index, 3 * index + 3)
        whole.add(CohortRecord(index, 3 * index, 3, 0), members)
        if index % 3:
            small.end(index)
            for member in members:
                whole.end(member)
        list(small.learn(index + 1)), list(whole.learn(index + 1))
        assert small.known == whole.known


def test_two_coordinators_give_twice_what_one_does_until_the_server_is_busy() -> None:
    site = Site(200, 4000, training=1.0, cohort=1, lanes=100)
    costs = Costs(store_ask=Line(0.02), server=1.0)
    one = simulate(costs, site)
    two = simulate(costs, Site(200, 4000, training=1.0, cohort=1, lanes=100, coordinators=2))
    busy = simulate(costs, Site(200, 4000, training=1.0, cohort=1, lanes=1, coordinators=2))
    assert two.rate == pytest.approx(2 * one.rate, rel=0.1)
    assert busy.rate == pytest.approx(one.rate, rel=0.1)


def test_fewer_workers_than_coordinators_are_refused() -> None:
    with pytest.raises(ValueError, match="a worker and a trial for each of 2 coordinators"):
        simulate(Costs(), Site(1, 10, coordinators=2))


def test_a_line_does_not_fall() -> None:
    assert Line.through([1, 10, 100], [3.0, 2.0, 1.0]).slope == 0.0
    rising = Line.through([0, 10, 100], [1.0, 2.0, 11.0])
    assert (rising.start, rising.slope) == pytest.approx((1.0, 0.1))


def test_the_table_and_the_picture_show_each_run() -> None:
    result = simulate(Costs(ask=Line(1.0)), Site(10, 1000, training=10.0))
    assert "ask" in line("10 s", result)
    assert draw({"one coordinator": {"10 s": [result]}}, "Use").startswith(b"\x89PNG")


def test_a_real_coordinator_writes_what_instant_workers_answer(tmp_path: Path) -> None:
    results = run(f"{tmp_path}/x.db", 12, "random", workers=2, cohort=4)
    assert [trial.number for trial in results.trials] == list(range(12))
    assert all(trial.status is TrialStatus.COMPLETE for trial in results.trials)
