"""Tables hold every figure, and come back from CSV and JSON as they went."""

import csv
import io
import json
import math

import pandas as pd
import pytest
from build_results import make_results
from report_cases import cases

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.report.tables.tables import all_tables, to_csv, to_json
from jrtune.store.records import Results

WHOLE = make_results()
TABLES = all_tables(Analysis(WHOLE))


@pytest.mark.parametrize("name", cases())
def test_every_table_comes_back_as_it_went(name):
    results = cases()[name]
    for table in all_tables(Analysis(results)).values():
        from_csv = list(csv.DictReader(io.StringIO(to_csv(table))))
        from_json = json.loads(to_json(table))
        assert len(from_csv) == len(from_json) == len(table)
        assert to_csv(table).partition("\n")[0] == ",".join(table.columns)
        for (_, here), text, row in zip(table.iterrows(), from_csv, from_json, strict=True):
            for column, value in here.items():
                if pd.isna(value):
                    assert (text[column], row[column]) == ("", None)
                else:
                    assert type(row[column])(text[column]) == value == row[column]


def test_front_has_the_columns_and_the_order():
    table, members = TABLES["front"], front(WHOLE)
    assert list(table["trial"]) == [m.number for m in members]
    assert list(table.columns) == [
        "trial", "source", "weight_digit", "weight_edge", "width", "sharing", "val_accuracy", "val_edge_f1",
        "test_accuracy", "test_accuracy_low", "test_accuracy_high", "test_edge_f1", "test_edge_f1_low",
        "test_edge_f1_high", "stability", "gain_accuracy", "gain_accuracy_low", "gain_accuracy_high",
        "gain_edge_f1", "gain_edge_f1_low", "gain_edge_f1_high", "seconds",
    ]  # fmt: skip
    confirmed = {c.number for c in WHOLE.confirmations if c.role == "front"}
    assert set(table.loc[table["test_accuracy"].notna(), "trial"]) == confirmed


def test_columns_do_not_depend_on_confirmation():
    bare = Results(WHOLE.study, WHOLE.trials)
    assert list(all_tables(Analysis(bare))["front"].columns) == list(TABLES["front"].columns)


def test_trials_tell_how_they_ended_and_what_to_do():
    table = TABLES["trials"].set_index("status")
    assert len(table) == len(WHOLE.trials)
    assert "lower the learning rate" in table.loc["diverged", "advice"]
    assert table.loc["diverged", "message"] == "diverged at epoch 3"
    assert math.isnan(table.loc["diverged", "val_accuracy"])


def test_trial_numbers_stay_whole_where_some_have_none():
    assert "8.0" not in to_csv(TABLES["confirmations"][["trial"]])
    assert TABLES["confirmations"]["trial"].isna().any()
    assert (
        to_json(TABLES["confirmations"]).count('"trial": null')
        == TABLES["confirmations"]["trial"].isna().sum()
    )


def test_baselines_have_validation_and_test():
    table = TABLES["baselines"].set_index("label")
    assert table.loc["equal weights", "val_accuracy"] == WHOLE.trials[0].values["accuracy"]
    runs = [c.test["accuracy"] for c in WHOLE.confirmations if c.label == "equal weights"]
    assert table.loc["equal weights", "test_accuracy"] == pytest.approx(sum(runs) / len(runs))
    assert {"single digit", "single edge"} <= set(table.index)
