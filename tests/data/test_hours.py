"""Tables joined by the hour."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import join_hourly


def table(times, **columns):
    return {"time": np.array(times, "M8[s]"), **{name: np.array(c, float) for name, c in columns.items()}}


def test_doubled_hours_are_averaged_and_gaps_counted():
    one = table(["2020-01-01T05", "2020-01-01T02:10", "2020-01-01T02:50", "2020-01-01T03"], a=[5, 1, 3, 7])
    two = table([f"2020-01-01T{h:02}" for h in (1, 2, 4, 5, 6)], b=[1, 2, 4, 5, 6])
    got = join_hourly([one, two])
    assert got.time.tolist() == [np.datetime64(f"2020-01-01T{h:02}", "h").item() for h in (2, 3, 4, 5)]
    np.testing.assert_array_equal(got.columns["a"], [2, 7, np.nan, 5])
    np.testing.assert_array_equal(got.columns["b"], [2, np.nan, 4, 5])
    assert (got.doubled, got.gaps) == (2, 2)


def test_missing_values_stay_missing():
    got = join_hourly([table(["2020-01-01T00", "2020-01-01T01"], a=[np.nan, 1])])
    np.testing.assert_array_equal(got.columns["a"], [np.nan, 1])
    assert got.gaps == 0


ONE = table(["2020-01-01T00", "2020-01-01T01"], a=[0, 1])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([], "expected tables to join, got none"),
        ([ONE, ONE], "expected other names in each table, got 'a' in two"),
        ([ONE, {"b": np.zeros(2)}], "expected times as 'time' in table 2, got none"),
        ([ONE, {"time": np.zeros(2), "b": np.zeros(2)}], "got 2 of float64: read that column as kind 'time'"),
        ([table([], a=[])], "in table 1, got 0 of"),
        ([table(["2020-01-01", "NaT"], a=[0, 1])], "each of 2 rows of table 1, got 1 rows without a time"),
        ([{**ONE, "a": np.zeros(3)}], "each of 2 rows of table 1, got 0 rows .* or columns of other lengths"),
        ([ONE, table(["2021-01-01"], b=[0])], "expected tables with hours in common, got 2020-01-01T00 to"),
    ],
)
def test_unusable(tables, message):
    with pytest.raises(DataError, match=message):
        join_hourly(tables)
