"""The order of decisions: what each cohort knows does not depend on which worker was faster, nor on kills."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jrtune.search.run.order import Order, lag_of
from jrtune.store.records import CohortRecord

ME = 1


class Simulation:
    """A search of cohorts of these sizes, whose trials end as the tests say.

    Attributes:
        records: the cohorts that were asked for, as a database has them.
        ended: numbers of the trials that ended.
        knew: index of a cohort -> numbers that had been learnt when it was asked for.
        relearnt: the same, when a later run took it up.
    """

    def __init__(self, sizes):
        self.sizes, self.records, self.ended = sizes, [], set()
        self.knew, self.relearnt = {}, {}

    def begin(self, lag):
        """A run, after a kill or for the first time, which trains first what is left."""
        self.order, self.learnt = Order(lag), []
        for record in self.records:
            self.order.add(record, set(record.numbers) - self.ended)
        for cohort in self.order.unfinished():
            self.learn(cohort.record.index)
            self.relearnt[cohort.record.index] = list(self.learnt)

    def learn(self, index):
        self.learnt += self.order.learn(index)
        assert len(self.learnt) == len(set(self.learnt))

    def ask(self, most=None):
        """Asks for what may be asked for, at most so many cohorts."""
        while len(self.records) < len(self.sizes) and self.order.may_ask():
            if most is not None and most <= 0:
                return
            most = None if most is None else most - 1
            self.add(ME)

    def add(self, coordinator):
        index = len(self.records)
        self.learn(index)
        self.knew[index] = list(self.learnt)
        record = CohortRecord(index, sum(self.sizes[:index]), self.sizes[index], coordinator)
        self.records.append(record)
        self.order.add(record, record.numbers, coordinator == ME)

    def running(self):
        return sorted(number for cohort in self.order.unfinished() for number in cohort.running)

    def end(self, number):
        self.ended.add(number)
        self.order.end(number)


def numbers_of(sizes, end):
    """Numbers of the trials of the first cohorts."""
    return list(range(sum(sizes[: max(0, end)])))


SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=12)
RNG = st.builds(random.Random, st.integers(0, 2**32))


@given(SIZES, st.integers(1, 6), RNG)
def test_a_cohort_knows_what_its_logical_past_gave_and_nothing_else(sizes, lag, rng):
    run = Simulation(sizes)
    run.begin(lag)
    run.ask()
    while running := run.running():
        run.end(rng.choice(running))
        run.ask()
    assert len(run.ended) == sum(sizes)
    assert run.knew == {index: numbers_of(sizes, index + 1 - lag) for index in range(len(sizes))}


@given(SIZES, st.integers(1, 6), RNG)
def test_the_same_after_any_interruption(sizes, lag, rng):
    run = Simulation(sizes)
    run.begin(lag)
    while len(run.ended) < sum(sizes):
        run.ask(rng.choice([None, 0, 1, 2, 3]))
        if rng.random() < 0.5:
            run.begin(lag)
        if running := run.running():
            run.end(rng.choice(running))
    assert run.knew == {index: numbers_of(sizes, index + 1 - lag) for index in range(len(sizes))}
    assert run.relearnt.items() <= run.knew.items()


@given(SIZES, st.lists(st.integers(1, 6), min_size=2, max_size=5), RNG)
def test_another_number_of_workers_loses_nothing(sizes, lags, rng):
    run = Simulation(sizes)
    for lag in lags:
        run.begin(lag)
        run.ask()
        for _ in range(rng.randrange(5)):
            if running := run.running():
                run.end(rng.choice(running))
                run.ask()
    while len(run.ended) < sum(sizes):
        run.ask()
        run.end(rng.choice(run.running()))
    assert [number for record in run.records for number in record.numbers] == numbers_of(sizes, len(sizes))
    for index, known in run.knew.items():  # all of some of the cohorts before it
        before = run.records[:index]
        assert sorted(known) == [n for record in before if record.first in known for n in record.numbers]


@given(SIZES, st.integers(1, 6), RNG)
def test_beside_others_all_that_is_over_is_known_and_few_cohorts_are_in_hand(sizes, lag, rng):
    run = Simulation([1, *sizes])
    run.begin(lag)
    run.add(coordinator=2)
    assert not run.order.alone
    while len(run.records) < len(run.sizes) or run.running():
        if len(run.records) < len(run.sizes) and rng.random() < 0.5:
            run.add(coordinator=2)
        run.ask(rng.randrange(4))
        assert sum(cohort.mine for cohort in run.order.unfinished()) <= lag
        for number in [number for number in run.running() if rng.random() < 0.3]:
            run.end(number)
        over = {n for r in run.records if run.ended.issuperset(r.numbers) for n in r.numbers}
        run.learn(len(run.records))
        assert set(run.learnt) == over  # each once, as learn() checks
    assert sorted(run.learnt) == numbers_of(run.sizes, len(run.sizes))


def test_what_others_have_in_hand_keeps_nobody_from_asking():
    run = Simulation([2] * 9)
    run.begin(1)
    for _ in range(4):
        run.add(coordinator=2)
    run.ask()
    assert [cohort.mine for cohort in run.order.unfinished()] == [False] * 4 + [True]
    run.end(8)
    assert not run.order.may_ask()
    run.end(9)
    assert run.order.may_ask()


@pytest.mark.parametrize(("workers", "lag"), [(1, 1), (2, 4), (5, 10)])
def test_several_workers_have_two_cohorts_each_in_hand(workers, lag):
    assert lag_of(workers) == lag
    run = Simulation([1] * 20)
    run.begin(lag)
    run.ask()
    assert len(run.records) == lag


def test_an_end_that_is_noted_twice_counts_once():
    run = Simulation([2, 1])
    run.begin(1)
    run.ask()
    for _ in range(2):
        run.end(0)
    assert run.running() == [1]
