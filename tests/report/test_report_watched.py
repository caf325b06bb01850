"""What is watched has its columns in every table, text and document, where it is known."""

import json
import math
from dataclasses import replace

import pytest
from build_results import make_results

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.document import front_records, study_document
from jrtune.cli.text import csv_text, front_text
from jrtune.export.weights_file import weights_file
from jrtune.report.tables.tables import all_tables, to_csv
from jrtune.store.records import Results

BARE = make_results(trials=8, seeds=3)


def watched(bare, known=lambda seed: True):
    """The same results with a figure "share", in confirmations at the seeds at which it is known."""
    study = replace(bare.study, spec=replace(bare.study.spec, watched=("share",)))
    trials = tuple(replace(t, values={**t.values, "share": 0.25}) if t.values else t for t in bare.trials)
    confirmations = tuple(
        replace(c, test={**c.test, "share": 0.1 * (1 + c.seed)}) if known(c.seed) else c
        for c in bare.confirmations
    )
    return Results(study, trials, confirmations)


WHOLE = watched(BARE)


def test_rows_and_tables_are_the_others_and_its_columns():
    ours = ["val_share", "test_share", "test_share_low", "test_share_high"]
    bare, whole = (
        all_tables(Analysis(BARE)),
        all_tables(Analysis(WHOLE)),
    )
    for name, table in whole.items():
        mine = [column for column in table.columns if "share" in column]
        assert mine == {"trials": ours[:1], "confirmations": ours[:2]}.get(name, ours)
        assert to_csv(table.drop(columns=mine)) == to_csv(bare[name])
    assert whole["front"]["val_share"].eq(0.25).all()
    assert list(whole["front"].columns) == list(
        all_tables(Analysis(Results(WHOLE.study, WHOLE.trials)))["front"]
    )


def test_confirmations_give_a_mean_and_its_interval():
    body = study_document(Analysis(WHOLE))
    assert body["watched"] == ["share"]
    assert list(body["objectives"]) == BARE.study.objectives
    for row in [r for r in body["front"] if "test_share" in r] + body["test"]["members"]:
        assert row["test_share"] == pytest.approx(0.2)
        assert row["test_share_high"] - row["test_share"] == pytest.approx(0.248, abs=1e-3)  # 4.303 / sqrt(3)
    assert not any(name.startswith("gain_share") for row in body["front"] for name in row)


def test_text_and_csv_show_it_and_say_that_it_decides_nothing():
    text = front_text(Analysis(WHOLE))
    assert "watched, not optimised: share" in text
    assert "share val" in text
    assert "0.2 [-0.04841, 0.4484]" in text
    assert "watched" not in front_text(Analysis(BARE))
    header = csv_text(front_records(Analysis(WHOLE))).splitlines()[0]
    assert ",val_share,test_accuracy," in header
    assert ",test_share,test_share_low,test_share_high,stability," in header


def test_where_it_is_not_known_it_is_left_out():
    some, none = (watched(BARE, known) for known in (lambda seed: seed == 1, lambda seed: False))
    for member in Analysis(some).summary.members:
        share = member.test["share"]
        assert (share.mean, share.seeds, math.isnan(share.low)) == (0.2, 1, True)
    assert all("share" not in member.test for member in Analysis(none).summary.members)
    assert all_tables(Analysis(none))["front"]["test_share"].isna().all()


def test_an_export_is_of_the_objectives():
    body = json.loads(weights_file(WHOLE.trials[0], Analysis(WHOLE)).to_text())
    assert list(body["objectives"]) == BARE.study.objectives
