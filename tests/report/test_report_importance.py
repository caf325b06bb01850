"""Importance finds what was planted."""

import numpy as np
import pytest
from build_results import study_record, trial

from jrtune.report.tables.importance import encode, importance_of
from jrtune.spec import Candidate, TrialStatus

DIRECTIONS = {"a": "maximize", "b": "maximize", "flat": "minimize"}


def planted(count=40, flip=1.0, seed=0):
    """a depends on the first weight, b on the sharing; noise has no effect."""
    rng = np.random.default_rng(seed)
    trials = []
    for number in range(count):
        weights = dict(zip("xyz", rng.dirichlet(np.ones(3)).tolist(), strict=True))
        choices = {"sharing": str(rng.choice(["hard", "soft", "none"])), "noise": float(rng.random())}
        values = {"a": flip * weights["x"], "b": flip * float(choices["sharing"] == "soft"), "flat": 0.5}
        trials.append(trial(number, values, weights, choices=choices))
    return trials


STUDY = study_record(DIRECTIONS, "xyz")


@pytest.fixture(scope="module")
def found():
    return importance_of(STUDY, planted())


def test_finds_what_was_planted_and_sums_to_one(found):
    a, b = (dict(zip(found.parameters, found.shares[name], strict=True)) for name in "ab")
    assert a["weight x"] > 0.9
    assert b["sharing"] > 0.9
    assert sum(a.values()) == pytest.approx(1)
    assert sum(b.values()) == pytest.approx(1)
    assert found.explained["a"] > 0.7
    assert set(found.parameters[:2]) == {"weight x", "sharing"}


def test_an_objective_that_never_changes_has_no_importance(found):
    assert set(found.shares["flat"]) == {0.0}
    assert found.explained["flat"] == 0


def test_direction_does_not_matter(found):
    down = importance_of(STUDY, planted(flip=-1.0))
    assert found.parameters[:2] == down.parameters[:2]
    assert found.shares["a"] == pytest.approx(down.shares["a"], abs=0.02)


def test_same_trials_same_answer(found):
    assert importance_of(STUDY, planted()) == found


def test_pure_noise_is_called_so():
    rng = np.random.default_rng(3)
    trials = [trial(t.number, {n: rng.random() for n in DIRECTIONS}, t.candidate.weights) for t in planted()]
    assert max(importance_of(STUDY, trials).explained.values()) < 0.2


def test_too_few_or_never_varying_trials_give_none():
    assert importance_of(STUDY, planted(7)) is None
    assert importance_of(STUDY, planted(8)) is not None
    broken = [trial(t.number, {}, status=TrialStatus.DIVERGED) for t in planted(5)]
    assert importance_of(STUDY, planted(7) + broken) is None
    assert (
        importance_of(
            STUDY,
            [
                trial(i, dict.fromkeys("ab", i) | {"flat": 1}, {"x": 1.0, "y": 0.0, "z": 0.0})
                for i in range(9)
            ],
        )
        is None
    )


def test_two_terms_are_one_parameter():
    candidates = [Candidate({"x": w, "y": 1 - w}) for w in (0.1, 0.5)]
    columns = encode(["x", "y"], candidates)
    assert list(columns) == ["weights x : y"]
    assert columns["weights x : y"].tolist() == [[0.1], [0.5]]


def test_conditional_choices_have_a_column_that_says_whether_they_exist():
    candidates = [Candidate({"x": 1.0}, c) for c in ({"rank": 4}, {}, {"rank": 8})]
    assert encode(["x"], candidates)["rank"].tolist() == [[4, 0], [0, 1], [8, 0]]


def test_options_of_one_look_are_told_apart():
    candidates = [Candidate({"x": 1.0}, {"o": value}) for value in (1, "1", True, None)]
    column = encode(["x"], candidates)["o"]
    assert len({tuple(row) for row in column.tolist()}) == 4


def test_what_never_varies_is_left_out():
    candidates = [Candidate({"x": 0.2, "y": 0.3, "z": 0.5}, {"o": "same"})] * 3
    assert encode(["x", "y", "z"], candidates) == {}
