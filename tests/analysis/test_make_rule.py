"""A rule asked for by name, as a notebook and the command line ask: what is no rule is refused in words."""

import numpy as np
import pandas as pd
import pytest

from jrtune.analysis.select.make_rule import make_rule
from jrtune.analysis.select.selection_rules import Knee, Prefer, Topsis
from jrtune.errors import InputError


@pytest.mark.parametrize("number", [6, np.int64(6), pd.Series([6])[0]])
def test_a_trial_is_named_as_a_table_holds_it(number):
    found = make_rule(trial=number)
    assert (found, type(found)) == (6, int)


@pytest.mark.parametrize("number", ["6", 6.0, True, [6]])
def test_what_is_no_trial_number_is_refused(number):
    with pytest.raises(InputError, match=r"--trial expects an integer, got .*: give a trial's"):
        make_rule(trial=number)


@pytest.mark.parametrize("alike", ["equal", True])
def test_topsis_counts_all_alike_in_either_form(alike):
    assert make_rule(topsis=alike) == Topsis()


@pytest.mark.parametrize("none", [None, False])
def test_topsis_that_is_not_asked_for_is_no_rule(none):
    assert make_rule(topsis=none) == Knee()


def test_numbers_may_be_numpys():
    assert make_rule(prefer={"accuracy": np.float32(0.5), "error": 1}) == Prefer(
        {"accuracy": 0.5, "error": 1.0}
    )


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"topsis": "alike"}, "--topsis expects equal or a number by objective, got 'alike': give"),
        ({"prefer": "accuracy"}, "--prefer expects a number by objective, got 'accuracy': give for example"),
        ({"reference": True}, "--reference expects a number by objective, got True"),
        ({"at_least": [0.9]}, r"--at-least expects a number by objective, got \[0.9\]"),
        ({"prefer": {"accuracy": "x"}}, "--prefer expects finite numbers, got accuracy='x': give another"),
        ({"topsis": {"accuracy": 1, "error": None}}, "--topsis expects finite numbers, got error=None"),
        ({"at_least": {"accuracy": float("nan")}}, "--at-least expects finite numbers, got accuracy=nan"),
        ({"reference": {"accuracy": True}}, "--reference expects finite numbers, got accuracy=True"),
    ],
)
def test_what_is_no_number_by_objective_is_refused(rule, message):
    with pytest.raises(InputError, match=message):
        make_rule(**rule)
