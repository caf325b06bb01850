"""One trial is chosen, and the sentence says why and what was given up, in the objectives' units."""

import re
from dataclasses import replace

import pytest
from build_results import confirmations, make_results, study_record, trial

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.analysis.select import pick as picking
from jrtune.analysis.select import selection_rules as rules
from jrtune.analysis.select.reasons import against
from jrtune.errors import InputError
from jrtune.store.records import Results

ACCURACY_AND_ERROR = {"accuracy": "maximize", "error": "minimize"}
CORNERS = {"digit": {"digit": 1.0, "edge": 0.0}, "edge": {"digit": 0.0, "edge": 1.0}}


def study_of(
    *figures,
    directions=ACCURACY_AND_ERROR,
    singles=(0.9, 0.1),
    confirmed=None,
    tested=None,
    failed=None,
    resources=(),
):
    """Two single-task models, then a joint trial for each pair of figures.

    ``confirmed``: trial -> (accuracy, error) of each seed; those of the single-task models are their
    validation figures at every seed. ``tested``: the same on test, where it differs. ``failed``: trial -> the
    seeds at which it diverged.
    """
    term_of = {"accuracy": "digit", "error": "edge"}
    study = study_record(directions, term_of=term_of, resources=resources)
    plan = [
        ({"accuracy": singles[0], "error": 0.95}, "digit"),
        ({"accuracy": 0.05, "error": singles[1]}, "edge"),
    ]
    trials = [trial(i, values, CORNERS[t], f"single {t}") for i, (values, t) in enumerate(plan)]
    trials += [trial(2 + i, dict(zip(directions, f, strict=True))) for i, f in enumerate(figures)]
    records = []
    for number, seeds in (confirmed or {}).items():
        val, test = (
            {name: [figure[k] for figure in split] for k, name in enumerate(directions)}
            for split in (seeds, (tested or confirmed)[number])
        )
        weights, lost = trials[number].candidate.weights, (failed or {}).get(number, ())
        records += confirmations(f"trial {number}", "front", weights, val, test, number, failed=lost)
    for single in trials[:2] if confirmed else ():
        test = {name: [v] * len(seeds) for name, v in single.values.items()}
        records += confirmations(
            single.source, "baseline", single.candidate.weights, test, test, single.number
        )
    return Results(study, tuple(trials), tuple(records))


def pick(results, rule):
    return picking.pick(Analysis(results), rule)


ARC = ((0.92, 0.4), (0.8, 0.2), (0.5, 0.08))  # trials 2, 3, 4


# --- what was given up -----------------------------------------------------------------------


def test_the_neighbours_along_the_front_are_named_with_what_is_better_and_worse():
    reason = pick(study_of(*ARC), rules.Knee()).reason
    assert reason == (
        "trial 3, one of 3 on the front: the knee of the front: gaining in one objective costs most in the "
        "others from here on. Against trial 2 next to it: accuracy 0.12 worse, error 0.2 better; against "
        "trial 4 next to it: accuracy 0.3 better, error 0.12 worse (validation)"
    )


def test_test_figures_are_given_where_all_three_are_confirmed():
    tested = {2: [(0.93, 0.5), (0.93, 0.5)], 3: [(0.8, 0.1), (0.82, 0.3)], 4: [(0.4, 0.1), (0.4, 0.1)]}
    whole = pick(study_of(*ARC, confirmed=tested), rules.Knee()).reason
    assert "Against trial 2 next to it: accuracy 0.12 worse, error 0.3 better; against trial 4" in whole
    assert whole.endswith("accuracy 0.41 better, error 0.1 worse (test)")
    del tested[4]
    assert pick(study_of(*ARC, confirmed=tested), rules.Knee()).reason.endswith("(validation)")


def test_with_three_objectives_the_nearest_two_are_named():
    results = make_results(objectives=3, seeds=0)
    reason = pick(results, rules.Knee()).reason
    assert (
        len(re.findall(r"trial \d+ next to it: accuracy \S+ \w+, edge_f1 \S+ \w+, depth_error", reason)) == 2
    )


def test_who_stands_alone_is_said():
    results = study_of((0.99, 0.01), (0.5, 0.5))
    assert pick(results, rules.Knee()).reason.endswith("No other point of the front differs from it")


def test_a_named_trial_says_whether_it_is_on_the_front():
    results = study_of(*ARC, (0.1, 0.9))
    assert pick(results, 5).reason == "trial 5, named by the user; it is not on the front"
    assert pick(results, 2).reason == (
        "trial 2, named by the user. Against trial 3 next to it: accuracy 0.12 better, error 0.2 worse "
        "(validation)"
    )


def test_equal_figures_are_said_to_be_the_same():
    mine, other = (
        {"accuracy": 0.9, "error": 0.1, "size": 3.0},
        {"accuracy": 0.9, "error": 0.2, "size": 3000.0},
    )
    logged = against(mine, other, {"accuracy": -1, "error": 1, "size": 1}, "trial 1")
    assert logged == "against trial 1: accuracy the same, error 0.1 better, size 2997 better"


def test_a_choice_holds_what_was_confirmed_of_it_and_of_those_beside_it():
    tested = {2: [(0.93, 0.5)] * 2, 3: [(0.8, 0.1)] * 2}
    results = study_of(*ARC, (0.1, 0.9), confirmed=tested)
    choice = pick(results, 3)
    assert [t.number for t in choice.beside] == [2, 4]
    assert {number: m.test["accuracy"].mean for number, m in choice.tested.items()} == {2: 0.93, 3: 0.8}
    single = pick(results, 0)  # off the front, but confirmed as a baseline
    assert (single.beside, single.tested[0].role) == ((), "baseline")
    assert not pick(results, 5).tested


# --- the rules, in the objectives' units ------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "number", "words"),
    [
        (rules.Prefer({"accuracy": 1}), 2, "under the preference accuracy 1 (augmented Chebyshev)"),
        (rules.Topsis(), 3, "all objectives counting alike (TOPSIS)"),
        (rules.Topsis({"error": 0.9, "accuracy": 0.1}), 4, "weighted error 0.9, accuracy 0.1 (TOPSIS)"),
        (rules.Topsis({"accuracy": 2}), 2, "weighted accuracy 2 (TOPSIS)"),
        (rules.Reference({"error": 0.05, "accuracy": 0.5}), 4, "reference point error 0.05, accuracy 0.5"),
        (rules.Reference({"accuracy": 0.9, "error": 0.4}), 2, "reference point accuracy 0.9, error 0.4"),
        (rules.EpsilonConstraint({"accuracy": 0.6}), 3, "the best error with at least 0.6 accuracy"),
        (rules.EpsilonConstraint({"error": 0.3}, "error"), 4, "the best error with at most 0.3 error"),
    ],
)
def test_each_rule_chooses_and_says_why(rule, number, words):
    choice = pick(study_of(*ARC), rule)
    assert choice.trial.number == number
    assert words in choice.reason
    assert "next to it" in choice.reason


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (rules.Prefer({"f1": 1}), "--prefer does not know the objective 'f1'; it knows accuracy, error"),
        (rules.Topsis({"f1": 1}), "--topsis does not know the objective 'f1'"),
        (rules.Topsis({"error": -1}), "--topsis expects weights >= 0, not all 0, got error=-1: give what"),
        (rules.Prefer({"error": 0}), "--prefer expects weights >= 0, not all 0, got error=0: give what"),
        (rules.Prefer({}), "--prefer expects weights >= 0, not all 0, got none: give what"),
        (rules.Reference({"f1": 1}), "--reference does not know the objective 'f1'"),
        (
            rules.Reference({"error": 1}),
            "a value of every objective, got none of accuracy: add accuracy=VALUE",
        ),
        (
            rules.EpsilonConstraint({"accuracy": 0.95}),
            "the nearest, trial 2, has accuracy 0.92: relax the limit",
        ),
        (rules.EpsilonConstraint({"accuracy": 0.9}, "f1"), "--best does not know the objective 'f1'"),
        (
            rules.EpsilonConstraint({}),
            "--at-least expects a limit or more, got none: add --at-least NAME=VALUE",
        ),
        (rules.EpsilonConstraint({}, "error"), "--at-least expects a limit or more, got none"),
        (rules.Robust(), "--robust expects two seeds or more .* got 0: run jrtune confirm --seeds 5"),
        (
            7,
            "--trial 7 expects a complete trial, but there is none; complete are 0, 1, 2, 3, 4: give one",
        ),
    ],
)
def test_what_cannot_be_chosen_says_the_way_out(rule, message):
    with pytest.raises(InputError, match=message):
        pick(study_of(*ARC), rule)


def test_without_a_front_nothing_is_chosen():
    results = make_results(trials=7, seeds=0, bounds={"accuracy": 0.999})
    for rule in (rules.Knee(), rules.BeatsSingle(), rules.Robust()):
        with pytest.raises(InputError, match="has no front yet"):
            pick(results, rule)


# --- beats every single-task model -------------------------------------------------------------


def test_on_validation_the_greatest_least_gain_wins_and_says_that_it_is_one_seed():
    # single-task: accuracy .9, error .1; extent of the front: accuracy .04, error .08
    choice = pick(study_of((0.95, 0.09), (0.92, 0.05), (0.91, 0.01)), rules.BeatsSingle())
    assert choice.trial.number == 3  # by .5 and .6 of the front; the others by .125 and .25
    assert (
        "the farthest ahead of every single-task model (accuracy, error) so far; least in accuracy, by 0.02 "
        "on validation, one seed, against single-task models at default choices: run jrtune confirm. Against"
    ) in choice.reason


def test_confirmed_from_one_seed_nothing_is_to_be_confirmed_first():
    results = study_of((0.95, 0.05), (0.92, 0.03), confirmed={2: [(0.95, 0.05)], 3: [(0.92, 0.03)]})
    reason = pick(results, rules.BeatsSingle()).reason
    assert "the most certain to be at least as good" in reason
    assert "by 0.05 on validation, 1 seed. Against" in reason
    assert "run jrtune confirm" not in reason


def test_confirmed_the_lower_end_of_the_interval_decides():
    sure = [(0.92, 0.05), (0.92, 0.05), (0.921, 0.051)]
    lucky = [(0.99, 0.03), (0.90, 0.09), (0.97, 0.01)]
    results = study_of((0.95, 0.05), (0.92, 0.03), confirmed={2: lucky, 3: sure})
    choice = pick(results, rules.BeatsSingle())
    assert choice.trial.number == 3
    assert re.search(
        r"least ahead in \w+, by 0\.\d+ \[0\.\d+, 0\.\d+\] on validation, 3 seeds", choice.reason
    )


def test_gains_on_validation_decide_and_what_was_given_up_is_on_test():
    good, poor = [(0.95, 0.05)] * 3, [(0.91, 0.09)] * 3
    results = study_of(
        (0.95, 0.05), (0.92, 0.03), confirmed={2: poor, 3: good}, tested={2: good, 3: [(0.8, 0.2)] * 3}
    )
    choice = pick(results, rules.BeatsSingle())
    assert choice.trial.number == 3
    assert "by 0.05 [0.05, 0.05] on validation, 3 seeds. Against trial 2" in choice.reason
    assert choice.reason.endswith("accuracy 0.15 worse, error 0.15 worse (test)")


def test_who_is_not_confirmed_is_passed_over_once_others_are():
    sure = [(0.91, 0.05), (0.91, 0.05)]
    results = study_of((0.99, 0.05), (0.92, 0.03), confirmed={3: sure})
    assert pick(results, rules.BeatsSingle()).trial.number == 3


def test_where_none_beats_them_all_the_nearest_and_its_shortfall_are_said():
    message = (
        r"as good as every single-task model \(accuracy, error\); the nearest, trial 3, is 0.1 behind in "
        r"error on validation: run more trials, or take it by --trial 3"
    )
    with pytest.raises(InputError, match=message):
        pick(study_of((0.99, 0.9), (0.85, 0.2), (0.3, 0.15)), rules.BeatsSingle())


def test_single_task_models_and_resources_have_no_say():
    results = study_of((0.92, 0.3), (0.91, 0.2), resources=["error"])
    assert pick(results, rules.BeatsSingle()).trial.number == 2
    alone = Results(results.study, results.trials[:2])
    assert front(alone)
    with pytest.raises(InputError, match="--beats-single expects joint models on the front"):
        pick(alone, rules.BeatsSingle())


# --- robust --------------------------------------------------------------------------------------


def test_the_most_stable_member_of_the_front_is_taken():
    shaky = [(0.99, 0.5), (0.7, 0.5), (0.7, 0.5), (0.7, 0.5)]
    tested = {2: shaky, 3: [(0.8, 0.2)] * 4, 4: [(0.5, 0.3), (0.5, 0.1), (0.5, 0.3), (0.5, 0.3)]}
    choice = pick(study_of(*ARC, confirmed=tested), rules.Robust())
    assert choice.trial.number == 3
    words = "on validation it stays non-dominated in 100 % of resamplings of 4 seeds. Against"
    assert words in choice.reason


def test_a_place_on_validation_decides_although_test_says_otherwise():
    sure, beaten = [(0.92, 0.1)] * 2, [(0.5, 0.5)] * 2
    results = study_of(*ARC[:2], confirmed={2: sure, 3: beaten}, tested={2: beaten, 3: sure})
    assert pick(results, rules.Robust()).trial.number == 2


def test_the_seeds_are_those_that_all_members_completed():
    steady = {n: [f] * 5 for n, f in zip((2, 3, 4), ARC, strict=True)}
    some = study_of(*ARC, confirmed=steady, failed={4: (0, 3)})
    assert "100 % of resamplings of 3 seeds" in pick(some, rules.Robust()).reason
    alone = study_of(*ARC, confirmed=steady, failed={4: (0, 1, 2, 3)})
    message = (
        "--robust expects two seeds or more that all confirmed front members completed, got 1: run jrtune "
        "confirm --seeds 10"
    )
    with pytest.raises(InputError, match=message):
        pick(alone, rules.Robust())


def test_equal_places_are_told_apart_by_the_knee():
    tested = {n: [f] * 2 for n, f in zip((2, 3, 4), ARC, strict=True)}
    results = study_of(*ARC, confirmed=tested)
    assert pick(results, rules.Robust()).trial.number == pick(results, rules.Knee()).trial.number


def test_watched_figures_take_no_part():
    results = study_of(*ARC)
    watched = tuple(replace(t, values={**t.values, "share": 0.5}) for t in results.trials)
    for rule in (rules.Knee(), rules.BeatsSingle()):
        given = [Results(results.study, trials) for trials in (results.trials, watched)]
        found = []
        for each in given:
            try:
                found.append(pick(each, rule).reason)
            except InputError as error:
                found.append(str(error))
        assert found[0] == found[1]
