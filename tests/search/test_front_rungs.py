"""Who is dropped at a rung, and what a search with rungs leaves behind."""

import pickle

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy import run_toy, write_toy

from jrtune.pareto.dominance import non_dominated
from jrtune.search.run.run_config import Budget
from jrtune.search.schedule.rungs import RungHistory, at_rungs, near_front, rank_by_contribution, rungs_of
from jrtune.spec import EpochRecord, TrialStatus
from jrtune.train.loop.trainer import show_curves

SIGNS = {"accuracy": -1, "error": 1}


def rows(accuracies, errors):
    pairs = zip(accuracies, errors, strict=True)
    return [EpochRecord(k, objectives={"accuracy": a, "error": e}) for k, (a, e) in enumerate(pairs)]


def figures(*pairs):
    return {i: {"accuracy": a, "error": e} for i, (a, e) in enumerate(pairs)}


def pruner(epochs, curves=(), exempt=()):
    """The pruner of a cohort that knows these trainings."""
    history = RungHistory(SIGNS, epochs)
    for curve in curves:
        history.learn(curve)
    return history.pruner(exempt)


@pytest.mark.parametrize(
    ("epochs", "rungs"), [(1, []), (2, [1]), (5, [1, 2]), (15, [1, 3, 7]), (80, [10, 20, 40])]
)
def test_rungs_halve_the_epochs_three_times(epochs, rungs):
    assert rungs_of(epochs) == rungs == pruner(epochs).rungs


def test_the_worst_by_rank_and_contribution_are_dropped():
    # three on the front, its middle crowded; three behind it
    shown = figures((0.9, 0.9), (0.5, 0.3), (0.1, 0.1), (0.4, 0.4), (0.05, 0.5), (0.0, 0.9))
    assert pruner(4).pruned(1, shown) == [3, 4, 5]


def test_the_ends_of_the_front_stay_however_little_they_add():
    middle = [(0.5 + k / 100, 0.4 + k / 100) for k in range(6)]
    shown = figures((0.999, 0.99), *middle, (0.01, 0.39))
    lost = pruner(4).pruned(2, shown)
    assert 0 not in lost
    assert len(middle) + 1 not in lost


def test_baselines_stay_and_count():
    shown = figures((0.1, 0.9), (0.9, 0.1), (0.8, 0.2), (0.7, 0.3))
    assert pruner(4, exempt=[0]).pruned(1, shown) == [3]
    assert pruner(4).pruned(1, shown) == [0, 3]


def test_what_came_to_the_rung_before_counts():
    strong = [rows([0, 0.9 + k / 100, 0.9], [1, 0.1 - k / 100, 0.1]) for k in range(4)]
    weak = [rows([0, 0.1, 0.1], [1, 0.9, 0.9])] * 4
    shown = figures((0.5, 0.5), (0.4, 0.6))
    assert pruner(2, strong).pruned(1, shown) == [0, 1]
    assert pruner(2, weak).pruned(1, shown) == []


def test_a_member_shown_again_counts_once():
    rungs = pruner(4)
    first = rungs.pruned(1, figures((0.9, 0.1), (0.5, 0.5), (0.4, 0.6)))
    assert rungs.pruned(1, figures((0.9, 0.1), (0.5, 0.5), (0.4, 0.6))) == first == [2]


def test_what_lies_within_the_noise_of_the_front_stays():
    rng = np.random.default_rng(0)
    noisy = [rows(0.5 + rng.normal(0, 0.02, 13), np.full(13, 0.5)) for _ in range(20)]
    quiet = [rows(np.full(13, 0.5), np.full(13, 0.5)) for _ in range(20)]
    rungs = pruner(12, noisy)
    assert rungs.noise == pytest.approx([0.02, 0], rel=0.25)
    # each dominates the next; of 20 and 40 the best 30 go on
    shown = figures(*[(0.9 - k / 2000, 0.1) for k in range(40)])
    assert rungs.pruned(1, shown) == []
    assert pruner(12, quiet).pruned(1, shown) == list(range(30, 40))


def test_noise_is_unknown_until_a_training_came_to_its_end():
    assert pruner(4, [rows([0.1, 0.2], [0.3, 0.4])]).noise.tolist() == [0, 0]


def test_figures_that_are_not_finite_are_no_yardstick():
    broken = [rows([0, float("inf")], [1, 0.0]), rows([0, float("nan")], [1, 0.0])]
    assert pruner(2, broken).pruned(1, figures((0.9, 0.1))) == []


def test_what_a_trial_was_judged_by():
    curve = rows([0.0, 0.1, 0.2, 0.3], [1.0, 0.9, 0.8, 0.7])
    assert at_rungs(curve, ["error", "accuracy"], 8) == [[1, [0.9, 0.1]], [2, [0.8, 0.2]]]


points = st.lists(st.tuples(*[st.floats(0, 1, allow_subnormal=False)] * 3), min_size=1, max_size=12)


def test_a_pruner_can_be_sent_and_knows_nothing_of_what_was_learnt_later():
    history = RungHistory(SIGNS, 2)
    history.learn(rows([0, 0.1, 0.1], [1, 0.9, 0.9]))
    earlier, shown = history.pruner([1]), figures((0.5, 0.5), (0.4, 0.6), (0.3, 0.7))
    for _ in range(4):
        history.learn(rows([0, 0.9, 0.9], [1, 0.1, 0.1]))
    assert history.pruner().pruned(1, shown) == [0, 1, 2]
    sent = pickle.loads(pickle.dumps(earlier))
    assert sent.pruned(1, shown) == earlier.pruned(1, shown) == [2]


def test_those_that_go_on_are_judged_beside_those_that_ended():
    shown = figures((0.9, 0.1), (0.5, 0.5), (0.4, 0.6), (0.1, 0.9))
    assert pruner(4).pruned(1, shown) == [2, 3]
    later = pruner(4)
    curves = {n: rows([0, shown[n]["accuracy"]], [1, shown[n]["error"]]) for n in (2, 3)}
    show_curves(later, curves)
    left = {member: shown[member] for member in (0, 1)}
    assert later.pruned(1, left) == []
    assert pruner(4).pruned(1, left) == [1]  # as if there had been nobody else


@given(points)
def test_places_are_a_permutation_that_respects_dominance(costs):
    array = np.array(costs)
    place = rank_by_contribution(array)
    assert sorted(place) == list(range(len(array)))
    for i, j in np.ndindex(len(array), len(array)):
        if (array[i] <= array[j]).all() and (array[i] < array[j]).any():
            assert place[i] < place[j]


@given(points)
def test_without_noise_only_the_front_is_near_it(costs):
    array = np.array(costs)
    assert near_front(array, np.zeros(3)).tolist() == non_dominated(array).tolist()


@pytest.mark.parametrize(("cohort", "sampler"), [(1, "front"), (6, "tpe")])
def test_a_search_drops_losers_keeps_baselines_and_goes_on_the_same(tmp_path, cohort, sampler):
    study = write_toy(tmp_path)
    budget = Budget(20, sampler, cohort=cohort)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget)
    dropped = [t for t in whole.trials if t.status is TrialStatus.PRUNED]
    assert dropped
    assert all(t.values == {} and not t.is_baseline for t in dropped)
    assert all(t.status is TrialStatus.COMPLETE for t in whole.trials if t.is_baseline)
    for trials in (7, 20):
        parts = run_toy(study, f"{tmp_path}/parts.db", Budget(trials, sampler, cohort=cohort))
    if cohort == 1:  # a cohort that is cut short by --trials is another cohort
        assert [(t.status, dict(t.values)) for t in parts.trials] == [
            (t.status, dict(t.values)) for t in whole.trials
        ]


@pytest.mark.parametrize("sampler", ["tpe", pytest.param("gp", marks=pytest.mark.slow), "nsga2", "front"])
def test_samplers_live_with_dropped_trials_and_optuna_reads_them(tmp_path, sampler):
    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(18, sampler, cohort=6))
    stored = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/x.db")
    states = [t.state.name for t in stored.trials]
    assert states == [{"complete": "COMPLETE", "pruned": "PRUNED"}[t.status.value] for t in results.trials]
    assert "PRUNED" in states
    assert all(
        t.values is None and not t.intermediate_values for t in stored.trials if t.state.name == "PRUNED"
    )
    assert len(stored.best_trials) > 0


def test_without_rungs_all_come_to_the_end(tmp_path):
    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(12, "random", cohort=6, rungs=False))
    assert {t.status for t in results.trials} == {TrialStatus.COMPLETE}
