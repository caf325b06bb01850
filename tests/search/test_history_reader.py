"""What the front sampler reads from ask to ask is what it would read if it began anew."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import optuna
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from jrtune.search.front.axes import Floats
from jrtune.search.front.choose import _farthest
from jrtune.search.front.history import HUGE, RUNGS, History, violation
from jrtune.search.front.improvement import ray_distances
from jrtune.search.front.reader import HistoryReader, reader_of, signs_of
from jrtune.search.front.sampler import FrontSampler

SIGNS = np.array([1.0, -1.0])


def plain_read(trials: Sequence[FrozenTrial], signs: Floats, present: int) -> History:
    """All trials sorted at once: the definition."""
    complete = [t for t in trials if t.state is TrialState.COMPLETE]
    finite = [t for t in complete if all(map(math.isfinite, t.values))]
    pruned = [t for t in trials if t.state is TrialState.PRUNED]
    stopped = [t for t in pruned if t.user_attrs.get(RUNGS)]
    failed = [t for t in trials if t.state is TrialState.FAIL or (t in pruned and t not in stopped)]
    values = np.array([t.values for t in finite], dtype=np.float64).reshape(-1, len(signs))
    return History(
        complete=finite,
        costs=np.clip(values * signs, -HUGE, HUGE),
        violations=np.array([violation(t) for t in finite]),
        pending=[t for t in trials if t.state is TrialState.RUNNING and t.number != present and t.params],
        stopped=stopped,
        bad=failed + [t for t in complete if t not in finite],
    )


def plain_space(trials: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    """The latest distribution of every parameter: the definition."""
    space: dict[str, BaseDistribution] = {}
    for trial in trials:
        space.update(trial.distributions)
    return {name: space[name] for name in sorted(space) if not space[name].single()}


def end_somehow(study: Study, number: int, rng: np.random.Generator) -> None:
    """Ends a trial in one of the ways that there are."""
    way, trial_id = int(rng.integers(6)), study.get_trials(deepcopy=False)[number]._trial_id
    if way == 0:
        study._storage.set_trial_user_attr(trial_id, RUNGS, [[1, [0.1, 0.2]]])
        study.tell(number, state=TrialState.PRUNED)
    elif way == 1:
        study.tell(number, state=[TrialState.PRUNED, TrialState.FAIL][int(rng.integers(2))])
    elif way == 2:
        study.tell(number, [math.inf, 1.0])
    else:
        if way == 3:
            optuna.trial.Trial(study, trial_id).set_constraint("c", float(rng.normal()))
        study.tell(number, (rng.normal(size=2) * 10.0 ** float(rng.choice([0, 40]))).tolist())


def assert_same(found: History, wanted: History) -> None:
    for name in ("complete", "pending", "stopped", "bad"):
        assert [t.number for t in getattr(found, name)] == [t.number for t in getattr(wanted, name)], name
    np.testing.assert_array_equal(found.costs, wanted.costs)
    np.testing.assert_array_equal(found.violations, wanted.violations)


@pytest.mark.parametrize("seed", range(4))
def test_reading_on_gives_what_reading_anew_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    study = optuna.create_study(directions=["minimize", "maximize"])
    reader, open_numbers = HistoryReader(signs_of(study)), []
    for step in range(120):
        trial = study.ask()
        trial.suggest_float("x", 0, 1 + step // 50)
        if rng.random() < 0.3:
            trial.suggest_int(str(rng.choice(["a", "b"])), 0, int(rng.integers(0, 2)))
        open_numbers.append(trial.number)
        while open_numbers and rng.random() < 0.5:  # in any order
            end_somehow(study, open_numbers.pop(int(rng.integers(len(open_numbers)))), rng)
        if rng.random() < 0.4:
            trials = study.get_trials(deepcopy=False)
            assert_same(reader.read(trials, step), plain_read(trials, signs_of(study), step))
            assert reader.space(trials) == plain_space(trials)


def test_what_was_handed_out_does_not_change() -> None:
    study = optuna.create_study(directions=["minimize", "maximize"])
    reader = reader_of(study)
    rng = np.random.default_rng(0)
    for number in range(100):
        study.ask().suggest_float("x", 0, 1)
        study.tell(number, rng.normal(size=2).tolist())
        if number == 40:
            early = reader.read(study.get_trials(), -1)
            costs = early.costs.copy()
    assert len(reader.read(study.get_trials(), -1).complete) == 100
    assert len(early.complete) == 41
    np.testing.assert_array_equal(early.costs, costs)


def test_other_trials_are_read_anew() -> None:
    def study_of(values: list[float]) -> list[FrozenTrial]:
        study = optuna.create_study()
        for value in values:
            study.tell(study.ask(), value)
        return study.get_trials()

    reader = HistoryReader(np.array([1.0]))
    assert len(reader.read(study_of([1.0, 2.0, 3.0]), -1).complete) == 3
    assert reader.read(study_of([4.0, 5.0]), -1).costs.tolist() == [[4.0], [5.0]]


def test_each_study_has_a_reader_of_its_own() -> None:
    one, two = optuna.create_study(), optuna.create_study()
    assert reader_of(one) is reader_of(one)
    assert reader_of(one) is not reader_of(two)


class CountingTrial(FrozenTrial):
    """A trial that counts how often its values are read."""

    reads = 0

    @property
    def values(self) -> list[float] | None:
        """Its values."""
        CountingTrial.reads += 1
        return super().values

    @values.setter
    def values(self, values: list[float] | None) -> None:
        FrozenTrial.values.fset(self, values)


def test_a_finished_trial_is_read_once() -> None:
    study = optuna.create_study()
    for value in (1.0, 2.0, 3.0):
        study.tell(study.ask(), value)
    trials = study.get_trials()
    for trial in trials:
        trial.__class__ = CountingTrial
    reader = HistoryReader(np.array([1.0]))
    CountingTrial.reads = 0
    for _ in range(10):
        assert len(reader.read(trials, -1).complete) == 3
    assert CountingTrial.reads == 3


def test_the_farthest_are_the_same_at_once_and_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    costs, rays = rng.integers(0, 4, size=(1000, 3)) / 4.0, np.abs(rng.normal(size=(32, 3))) + 0.1
    monkeypatch.setattr("jrtune.search.front.choose._AT_ONCE", 7)
    np.testing.assert_array_equal(_farthest(costs, rays), np.argmax(ray_distances(costs, rays), axis=0))


def test_asks_of_a_study_that_goes_on_are_those_of_one_that_is_loaded_anew() -> None:
    """What is kept between asks must not show in the trials."""
    distributions = {"x": FloatDistribution(0, 1), "c": CategoricalDistribution(("a", "b"))}

    def ask(study: Study) -> dict[str, object]:
        study.sampler = FrontSampler(seed=len(study.get_trials(deepcopy=False)))
        return study.ask(distributions).params

    study = optuna.create_study(directions=["minimize", "minimize"])
    for number in range(30):
        anew = optuna.create_study(directions=["minimize", "minimize"])
        anew.add_trials(study.get_trials())
        params = ask(study)
        assert params == ask(anew)
        x = float(str(params["x"]))
        study.tell(number, [x, (1 - x) ** 2 + (params["c"] == "a")])
