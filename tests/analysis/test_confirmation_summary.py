"""Verdicts on constructed confirmations: what joint training did must be what is said."""

import math
import re

import pytest
from build_results import candidate, confirmations, make_results, study_record, trial

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.analysis.verdicts import describe
from jrtune.pareto.stability import paired_gain
from jrtune.spec import TrialStatus
from jrtune.store.records import Results

TWO = {"accuracy": "maximize", "error": "minimize"}
JOINT, DIGIT, EDGE = {"digit": 0.71, "edge": 0.29}, {"digit": 1.0, "edge": 0.0}, {"digit": 0.0, "edge": 1.0}
NOISE = [0.001, -0.001, 0.002, -0.002, 0.0]


def around(mean, shift=0.0, noise=NOISE):
    """Five figures about a mean; the shift alternates, so that pairs differ too."""
    return [mean + e + shift * (-1) ** i for i, e in enumerate(noise)]


def one_objective(joint, single, direction="maximize", joint_val=None, single_val=None, **study):
    """One joint member and one single-task model with these test figures a seed."""
    records = confirmations(
        "trial 12", "front", JOINT, {"accuracy": joint_val or joint}, {"accuracy": joint}, 12
    )
    records += confirmations(
        "single digit", "baseline", DIGIT, {"accuracy": single_val or single}, {"accuracy": single}, 1
    )
    trials = (
        trial(12, {"accuracy": single[0]}, JOINT),  # equal in the search, so that both are on the front
        trial(1, {"accuracy": single[0]}, DIGIT, "single digit"),
    )
    return Results(study_record({"accuracy": direction}, **study), trials, tuple(records))


def only_verdict(results):
    (verdict,) = Analysis(results).summary.verdicts
    return verdict


# --- the three verdicts ----------------------------------------------------------------------


def test_joint_training_helped_is_said_with_names_and_figures():
    verdict = only_verdict(one_objective(around(0.957, 0.001), around(0.945)))
    assert verdict.outcome == "helped"
    assert verdict.gain.mean == pytest.approx(0.0122)
    assert verdict.gain.low > 0
    assert verdict.gain.seeds == 5
    assert verdict.sentence == (
        "accuracy: joint training helped: trial 12 (digit 0.71, edge 0.29) reaches 0.957 on test, "
        "0.012 [0.011, 0.014] better than the single-task model (single digit) at 0.945, 5 seeds."
    )


def test_joint_training_hurt_is_said_with_a_positive_size():
    verdict = only_verdict(one_objective(around(0.930, 0.001), around(0.945)))
    assert verdict.outcome == "hurt"
    assert verdict.gain.high < 0
    assert "joint training hurt: trial 12" in verdict.sentence
    assert "0.015 [0.013, 0.016] worse than the single-task model" in verdict.sentence


def test_a_difference_within_the_noise_cannot_be_told():
    verdict = only_verdict(one_objective(around(0.947, 0.01), around(0.945)))
    assert verdict.outcome == "cannot be told"
    assert verdict.gain.low < 0 < verdict.gain.high
    assert verdict.sentence.startswith("accuracy: cannot be told: trial 12")
    assert "0.004 [-0.010, 0.018] better than the single-task model" in verdict.sentence
    assert verdict.sentence.endswith("may be chance, 5 seeds.")


def test_worse_is_said_whatever_the_direction():
    for joint, direction in ((0.945, "minimize"), (0.941, "maximize")):
        verdict = only_verdict(one_objective(around(joint, 0.01), around(0.945), direction))
        assert (verdict.outcome, verdict.gain.mean < 0) == ("cannot be told", True)
        assert re.search(r"0\.00\d \[-0\.\d+, 0\.\d+\] worse than", verdict.sentence), verdict.sentence


def test_the_same_figures_are_helped_or_hurt_by_direction():
    figures = around(0.957, 0.001), around(0.945)
    up, down = (only_verdict(one_objective(*figures, direction=d)) for d in ("maximize", "minimize"))
    assert (up.outcome, down.outcome) == ("helped", "hurt")
    assert up.gain.mean == -down.gain.mean
    assert (up.gain.low, up.gain.high) == (-down.gain.high, -down.gain.low)


def test_one_seed_tells_nothing_however_large_the_difference():
    verdict = only_verdict(one_objective([0.99], [0.10]))
    assert verdict.outcome == "cannot be told"
    assert verdict.gain.mean == pytest.approx(0.89)
    assert math.isnan(verdict.gain.low)
    assert verdict.sentence.endswith("may be chance, 1 seed.")
    assert "nan" not in verdict.sentence


def test_no_change_at_all_cannot_be_told():
    verdict = only_verdict(one_objective([0.9] * 5, [0.9] * 5))
    assert verdict.outcome == "cannot be told"
    assert (verdict.gain.low, verdict.gain.high) == (0, 0)
    assert "the same as the single-task model" in verdict.sentence


def test_pairing_tells_what_unpaired_intervals_do_not():
    swings = [0.1, -0.1, 0.2, -0.2, 0.0]
    results = one_objective(around(0.71, 0.001, swings), around(0.70, 0.0, swings))
    summary = Analysis(results).summary
    joint, single = (member.test["accuracy"] for member in summary.members)
    assert joint.low < single.high  # the intervals overlap widely
    assert summary.verdicts[0].outcome == "helped"


# --- who is compared ---------------------------------------------------------------------------


def test_selection_is_on_validation_although_test_says_otherwise():
    records = []
    for label, role, weights, val, test in (
        ("trial 3", "front", {"digit": 0.6, "edge": 0.4}, 0.95, 0.90),
        ("trial 4", "front", {"digit": 0.4, "edge": 0.6}, 0.94, 0.99),
        ("single digit", "baseline", DIGIT, 0.93, 0.80),
        ("single digit, choices of trial 3", "control", DIGIT, 0.92, 0.97),
    ):
        figures = {"accuracy": around(val)}, {"accuracy": around(test)}
        records += confirmations(label, role, weights, *figures)
    verdict = only_verdict(Results(study_record({"accuracy": "maximize"}), (), tuple(records)))
    assert "trial 3 (digit 0.60, edge 0.40)" in verdict.sentence
    assert "(single digit) at 0.800" in verdict.sentence
    assert verdict.gain.mean == pytest.approx(0.10)


def test_a_twin_that_is_best_on_validation_is_the_single_task_model():
    results = one_objective(around(0.95), around(0.90))
    control = {"accuracy": around(0.96)}
    more = confirmations("single digit, choices of trial 12", "control", DIGIT, control, control)
    verdict = only_verdict(Results(results.study, results.trials, results.confirmations + tuple(more)))
    assert verdict.outcome == "hurt"
    assert "single digit, choices of trial 12" in verdict.sentence


def test_the_term_says_which_single_task_model_counts():
    lucky = {"accuracy": around(0.99)}
    more = tuple(confirmations("single edge", "baseline", EDGE, lucky, lucky))
    free = one_objective(around(0.95), around(0.90))
    bound = one_objective(around(0.95), around(0.90), term_of={"accuracy": "digit"})
    outcomes = [
        only_verdict(Results(r.study, r.trials, r.confirmations + more)).outcome for r in (free, bound)
    ]
    assert outcomes == ["hurt", "helped"]


def test_an_objective_without_its_single_task_model_is_left_out():
    results = one_objective(around(0.95), around(0.90), term_of={"accuracy": "edge"})
    summary = Analysis(results).summary
    assert summary.verdicts == ()
    assert all(member.gains == {} for member in summary.members)


def test_a_tiny_weight_is_joint_training():
    results = one_objective(around(0.95), around(0.90))
    nearly = {"accuracy": around(0.99)}
    more = confirmations("trial 5", "front", {"digit": 1 - 1e-9, "edge": 1e-9}, nearly, nearly, 5)
    verdict = only_verdict(Results(results.study, results.trials, results.confirmations + tuple(more)))
    assert "trial 5 (digit 1.00, edge 1e-09)" in verdict.sentence


def test_equal_weights_may_be_the_joint_member():
    results = one_objective(around(0.95), around(0.90))
    equal = {"accuracy": around(0.97)}
    more = confirmations("equal weights", "baseline", {"digit": 0.5, "edge": 0.5}, equal, equal, 0)
    verdict = only_verdict(Results(results.study, results.trials, results.confirmations + tuple(more)))
    assert "equal weights (digit 0.50, edge 0.50) reaches 0.970" in verdict.sentence


def test_without_a_joint_member_there_is_no_verdict():
    figures = {"accuracy": around(0.9)}
    records = tuple(confirmations("single digit", "baseline", DIGIT, figures, figures))
    summary = Analysis(Results(study_record({"accuracy": "maximize"}), (), records)).summary
    assert summary.verdicts == ()
    assert math.isnan(summary.hypervolume)


def test_a_resource_gets_gains_and_no_verdict():
    results = one_objective(around(0.95), around(0.90), resources=["accuracy"])
    summary = Analysis(results).summary
    assert summary.verdicts == ()
    assert summary.members[0].gains["accuracy"].mean == pytest.approx(0.05)


# --- seeds -----------------------------------------------------------------------------------


def test_comparisons_use_the_seeds_that_both_completed():
    study = study_record({"accuracy": "maximize"})
    a, b = [0.9, 0.8, 0.7, 0.6, 0.5], [0.1, 0.3, 0.5, 0.55, 0.6]
    records = confirmations("trial 1", "front", JOINT, {"accuracy": a}, {"accuracy": a}, 1, failed=(0,))
    records += confirmations("single digit", "baseline", DIGIT, {"accuracy": b}, {"accuracy": b}, failed=(4,))
    summary = Analysis(Results(study, (), tuple(records))).summary
    joint = summary.members[0]
    assert joint.test["accuracy"].seeds == 4
    assert joint.gains["accuracy"].seeds == 3
    expected = paired_gain(a[1:4], b[1:4], -1)
    gain = joint.gains["accuracy"]
    assert (gain.mean, gain.low, gain.high) == expected
    assert "reaches 0.700 on test" in summary.verdicts[0].sentence  # over the three common seeds


def test_members_without_a_common_seed_cannot_be_told():
    study = study_record({"accuracy": "maximize"})
    figures = {"accuracy": [0.9, 0.8]}
    records = confirmations("trial 1", "front", JOINT, figures, figures, 1, failed=(0,))
    records += confirmations("single digit", "baseline", DIGIT, figures, figures, failed=(1,))
    summary = Analysis(Results(study, (), tuple(records))).summary
    assert summary.members[0].gains == {}
    assert summary.verdicts[0].outcome == "cannot be told"
    assert summary.verdicts[0].sentence == (
        "accuracy: cannot be told: trial 1 and single digit completed at no common seed."
    )


def test_a_member_that_completed_nowhere_is_no_member():
    results = one_objective(around(0.95), around(0.90))
    lost = confirmations(
        "trial 9",
        "front",
        {"digit": 0.6, "edge": 0.4},
        {"accuracy": [1.0]},
        {"accuracy": [1.0]},
        9,
        failed=(0,),
    )
    summary = Analysis(Results(results.study, results.trials, results.confirmations + tuple(lost))).summary
    assert [member.label for member in summary.members] == ["trial 12", "single digit"]
    assert summary.members[0].stability == 1
    assert summary.trainings == (2, 11)


def test_nothing_confirmed_has_no_summary():
    study = study_record({"accuracy": "maximize"})
    lost = confirmations("trial 9", "front", JOINT, {"accuracy": [1.0]}, {"accuracy": [1.0]}, 9, failed=(0,))
    assert Analysis(Results(study, (), ())).summary is None
    assert Analysis(Results(study, (), tuple(lost))).summary is None


def test_a_figure_that_is_not_finite_does_not_count():
    figures = {"accuracy": [0.9, math.nan, 0.8]}
    records = tuple(confirmations("trial 1", "front", JOINT, figures, figures, 1))
    member = Analysis(Results(study_record({"accuracy": "maximize"}), (), records)).summary.members[0]
    assert member.test["accuracy"].seeds == 2


# --- members, hypervolume --------------------------------------------------------------------


@pytest.mark.parametrize("objectives", [2, 3])
def test_members_stand_in_the_order_of_the_front_then_baselines_then_twins(objectives):
    results = make_results(objectives=objectives)
    summary = Analysis(results).summary
    roles = [member.role for member in summary.members]
    assert roles == sorted(roles, key=("front", "baseline", "control").index)
    place = {t.number: i for i, t in enumerate(front(results))}
    confirmed = [place[member.number] for member in summary.members if member.role == "front"]
    assert confirmed == sorted(confirmed)
    assert len(confirmed) == 3


def test_the_order_does_not_hang_on_the_order_of_the_records():
    results = make_results()
    backwards = Results(results.study, results.trials, results.confirmations[::-1])
    labels = [
        [m.label for m in Analysis(r).summary.members if m.role == "front"] for r in (results, backwards)
    ]
    assert labels[0] == labels[1]


def test_agreement_is_for_front_members_and_a_beaten_one_has_none():
    good, bad = (
        {"accuracy": around(0.9), "error": around(0.1)},
        {"accuracy": around(0.5), "error": around(0.5)},
    )
    records = confirmations("trial 1", "front", JOINT, good, good, 1)
    records += confirmations("trial 2", "front", JOINT, bad, bad, 2)
    records += confirmations("single digit", "baseline", DIGIT, good, good)
    shares = [m.stability for m in Analysis(Results(study_record(TWO), (), tuple(records))).summary.members]
    assert shares == [1, 0, None]


def test_one_common_seed_says_nothing_of_places():
    steady = {"accuracy": [0.9, 0.9], "error": [0.1, 0.1]}
    records = confirmations("trial 1", "front", JOINT, steady, steady, 1)
    records += confirmations("trial 2", "front", JOINT, steady, steady, 2, failed=(0,))
    summary = Analysis(Results(study_record(TWO), (), tuple(records))).summary
    assert [m.stability for m in summary.members] == [None, None]
    assert list(summary.front) == [1, 2]


def test_joint_members_have_gains_and_single_task_models_none():
    summary = Analysis(make_results(objectives=3)).summary
    for member in summary.members:
        joint = sum(weight > 0 for weight in member.candidate.weights.values()) > 1
        assert set(member.gains) == ({"accuracy", "edge_f1", "depth_error"} if joint else set())


def test_hypervolume_of_the_front_and_of_its_best_member():
    a, b = {"accuracy": [0.9], "error": [0.5]}, {"accuracy": [0.6], "error": [0.1]}
    records = confirmations("trial 1", "front", JOINT, a, a, 1)
    records += confirmations("trial 2", "front", JOINT, b, b, 2)
    records += confirmations("equal weights", "baseline", JOINT, *([{"accuracy": [1.0], "error": [0.0]}] * 2))
    reference = {"accuracy": 0.5, "error": 1.0}
    summary = Analysis(Results(study_record(TWO, reference=reference), (), tuple(records))).summary
    # 0.4 x 0.5 and 0.1 x 0.9, of which 0.1 x 0.5 is common
    assert summary.hypervolume == pytest.approx(0.2 + 0.09 - 0.05)
    assert summary.best_single == pytest.approx(0.2)
    unknown = Analysis(Results(study_record(TWO), (), tuple(records))).summary
    assert math.isnan(unknown.hypervolume)
    assert math.isnan(unknown.best_single)


def test_the_cost_counts_what_failed():
    results = make_results(trials=9, seeds=2)
    assert any(t.status is not TrialStatus.COMPLETE for t in results.trials)
    assert Analysis(results).summary.trainings == (9, len(results.confirmations))


def test_a_description_shows_only_the_terms_that_were_trained():
    assert describe(candidate(DIGIT)) == "digit 1.00"
    assert describe(candidate({"a": 0.2, "b": 0.0, "c": 0.8})) == "a 0.20, c 0.80"


def test_large_and_small_figures_stay_readable():
    big = only_verdict(one_objective(around(51234.0, 3.0), around(48234.0), "minimize")).sentence
    assert "reaches 51235 on test, 3001 [2997, 3005] worse" in big
    small = only_verdict(one_objective(around(2e-4, 0, [0] * 5), around(1e-4, 0, [0] * 5))).sentence
    assert "reaches 0.0002 on test, 0.0001 [0.0001, 0.0001] better" in small


def test_what_has_left_the_front_is_not_counted():
    results = one_objective(around(0.930), around(0.945))
    better = trial(20, {"accuracy": 0.99}, {"digit": 0.5, "edge": 0.5})
    moved = Results(results.study, (*results.trials, better), results.confirmations)
    assert [member.label for member in Analysis(moved).summary.members] == ["single digit"]
    assert Analysis(moved).summary.verdicts == ()
