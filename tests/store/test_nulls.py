"""What is not known is null in JSON, however deep it stands."""

import math

from jrtune.store.nulls import json_values


def test_only_what_is_not_finite_becomes_none():
    figures = {"epoch": 1, "val": {"a": math.nan, "b": -math.inf, "c": 0.5, "d": None, "e": True}}
    assert json_values(figures) == {"epoch": 1, "val": {"a": None, "b": None, "c": 0.5, "d": None, "e": True}}
    assert math.isnan(figures["val"]["a"])


def test_lists_are_gone_through():
    assert json_values([{"a": (1.5, math.nan)}, "nan", [[math.inf]]]) == [{"a": [1.5, None]}, "nan", [[None]]]
