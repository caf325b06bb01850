"""The front of a study: who is on it, in which order, and what it is worth."""

import math
from dataclasses import replace

import numpy as np
import pytest
from build_results import make_results, study_record, trial

from jrtune.analysis.front import costs, front, hypervolume_of, hypervolume_trace
from jrtune.spec import TrialStatus
from jrtune.store.records import Results

TWO = {"accuracy": "maximize", "error": "minimize"}
REFERENCE = {"accuracy": 0.0, "error": 1.0}


def results_of(*figures, **study):
    trials = [trial(i, {"accuracy": a, "error": e}) for i, (a, e) in enumerate(figures)]
    return Results(study_record(TWO, **study), tuple(trials))


def numbers(results):
    return [t.number for t in front(results)]


def test_directions_are_respected_and_the_best_in_the_first_objective_comes_first():
    assert numbers(results_of((0.5, 0.1), (0.9, 0.5), (0.7, 0.2), (0.7, 0.3))) == [1, 2, 0]


def test_where_the_first_objective_is_minimised_the_least_comes_first():
    study = study_record({"error": "minimize", "accuracy": "maximize"})
    trials = (trial(0, {"error": 0.5, "accuracy": 0.9}), trial(1, {"error": 0.1, "accuracy": 0.5}))
    assert numbers(Results(study, trials)) == [1, 0]


def test_equal_trials_are_all_kept_by_number():
    assert numbers(results_of((0.9, 0.5), (0.5, 0.1), (0.9, 0.5))) == [0, 2, 1]


def test_infeasible_trials_are_out_and_the_bound_itself_is_in():
    results = results_of((0.9, 0.5), (0.8, 0.4), (0.7, 0.3), bounds={"accuracy": 0.8, "error": 0.4})
    assert numbers(results) == [1]


def test_trials_beyond_the_limit_of_a_loss_are_out_and_the_limit_itself_is_in():
    results = results_of((0.9, 0.5), (0.8, 0.4), (0.7, 0.3))
    losses = ({"digit": 0.3, "edge": 0.5}, {"digit": 0.9, "edge": 0.4}, {"digit": 0.9, "edge": 0.1})
    trials = tuple(replace(t, losses=mine) for t, mine in zip(results.trials, losses, strict=True))
    study = replace(results.study, spec=replace(results.study.spec, constraints={"edge": 0.4}))
    assert numbers(Results(study, trials)) == [1, 2]


def test_no_feasible_trial_is_an_empty_front():
    assert numbers(results_of((0.9, 0.5), bounds={"accuracy": 0.95})) == []
    assert numbers(results_of()) == []


@pytest.mark.parametrize("status", [e for e in TrialStatus if e is not TrialStatus.COMPLETE])
def test_trials_that_did_not_complete_are_out(status):
    trials = (
        trial(0, {"accuracy": 1.0, "error": 0.0}, status=status),
        trial(1, {"accuracy": 0.5, "error": 0.5}),
    )
    assert numbers(Results(study_record(TWO), trials)) == [1]


def test_a_figure_that_is_not_finite_keeps_a_trial_out():
    assert numbers(results_of((math.nan, 0.0), (0.5, 0.5), (math.inf, 0.0))) == [1]


def test_costs_flip_what_is_maximised_and_keep_the_order_of_objectives():
    values = [{"error": 0.25, "accuracy": 0.75}, {"accuracy": 0.5, "error": 0.0}]
    np.testing.assert_array_equal(costs(values, study_record(TWO)), [[-0.75, 0.25], [-0.5, 0.0]])
    assert costs([], study_record(TWO)).shape == (0, 2)


def test_hypervolume_is_measured_from_the_stored_reference():
    results = results_of((0.9, 0.5), (0.5, 0.1), reference=REFERENCE)
    assert hypervolume_of(front(results), results.study) == pytest.approx(0.9 * 0.5 + 0.5 * 0.4)
    assert hypervolume_of([], results.study) == 0
    assert math.isnan(hypervolume_of(front(results), study_record(TWO)))


def test_the_trace_never_falls_and_ends_at_the_front():
    results = make_results(trials=30)
    trace = hypervolume_trace(results)
    volumes = [point.hypervolume for point in trace]
    assert volumes == sorted(volumes)
    assert volumes[-1] == pytest.approx(hypervolume_of(front(results), results.study))
    assert len(trace) == sum(t.status is TrialStatus.COMPLETE for t in results.trials)


def test_the_trace_counts_the_time_of_trials_that_failed():
    trials = (
        trial(0, {"accuracy": 0.5, "error": 0.5}, seconds=1.0),
        trial(1, {}, status=TrialStatus.DIVERGED, seconds=2.0),
        trial(2, {"accuracy": 0.4, "error": 0.9}, seconds=4.0),
    )
    trace = hypervolume_trace(Results(study_record(TWO, reference=REFERENCE), trials))
    assert [(p.number, p.seconds, p.hypervolume) for p in trace] == [(0, 1.0, 0.25), (2, 7.0, 0.25)]
    assert trace[0].finished == trials[0].finished


def test_the_trace_goes_by_the_time_of_finishing():
    slow, quick = (trial(n, {"accuracy": 0.5, "error": 0.5}) for n in (0, 7))
    slow = replace(slow, finished="2026-01-03T00:00:00+00:00")
    trace = hypervolume_trace(Results(study_record(TWO), (slow, quick)))
    assert [p.number for p in trace] == [7, 0]
    assert all(math.isnan(p.hypervolume) for p in trace)


def test_a_built_study_has_a_trade_off_and_all_endings():
    for objectives in (2, 3):
        results = make_results(objectives=objectives)
        assert len(front(results)) >= 3
        assert {t.status for t in results.trials} == {
            TrialStatus.COMPLETE,
            TrialStatus.PRUNED,
            TrialStatus.DIVERGED,
        }
        assert {c.role for c in results.confirmations} == {"front", "baseline", "control"}
