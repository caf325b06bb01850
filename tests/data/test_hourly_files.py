"""A folder of tables with times, read by the hour."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import read_hourly

HIRE = "id,dteday,hr,cars\n1,1/2/2020,0,5\n2,1/2/2020,1,\n3,1/2/2020,2,7\n"
LOAD = "Datetime,MW\n2020-01-02 01:00,10\n2020-01-02 01:30,30\n2020-01-02 02:00,40\n2020-01-02 03:00,50\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "hire.csv").write_text(HIRE)
    (tmp_path / "load.csv").write_text(LOAD)
    (tmp_path / "other.csv").write_text("of,no\nuse,here\n")
    return tmp_path


def test_dates_with_hours_and_times_are_joined_in_the_order_asked_for(folder):
    hours = read_hourly(folder, ["MW", "cars"])
    assert [str(time) for time in hours.time] == ["2020-01-02T01", "2020-01-02T02"]
    assert list(hours.columns) == ["MW", "cars"]
    np.testing.assert_array_equal(hours.columns["MW"], [20, 40])
    np.testing.assert_array_equal(hours.columns["cars"], [np.nan, 7])
    assert hours.doubled == 2


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("hire.csv", HIRE.replace("cars", "bikes"), r"'cars' once, got it 0 times in .*MW, bikes"),
        ("more.csv", LOAD.replace("MW", "cars"), "'cars' once, got it 2 times"),
        (
            "hire.csv",
            HIRE.replace("dteday", "day"),
            r"one column of times .*, got id, day, hr, cars in .*hire",
        ),
        ("hire.csv", HIRE.replace("id,", "date,"), r"one column of times .*, got date, dteday"),
        (
            "hire.csv",
            HIRE.replace("7", "many"),
            r"a finite number, got 'many' in line 4, column 'cars' of .*hire",
        ),
        ("hire.csv", HIRE.replace(",2,7", ",,7"), r"a value in every row, got '' in line 4 .*'hr' of .*hire"),
        ("hire.csv", HIRE.replace("1/2/2020", "1/2/1990"), "tables with hours in common"),
    ],
)
def test_unusable(folder, file, text, message):
    (folder / file).write_text(text)
    with pytest.raises(DataError, match=message):
        read_hourly(folder, ["cars", "MW"])


def test_no_folder(tmp_path):
    with pytest.raises(DataError, match="expected a folder with csv files, got nothing"):
        read_hourly(tmp_path / "none", ["cars"])
