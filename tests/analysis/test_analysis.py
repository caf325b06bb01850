"""One analysis works each part out once, whoever reads it and however often."""

import math
import sys
from collections import Counter
from functools import cached_property

import pytest
from build_results import confirmed_front, make_results
from stored import store

import jrtune.report.write  # noqa: F401
from jrtune.analysis import confirmed, front
from jrtune.analysis.analysis import Analysis
from jrtune.analysis.comparison import compare_methods, part_name
from jrtune.analysis.gains import gain_table
from jrtune.analysis.members import TUNED
from jrtune.analysis.plan import trainings_of
from jrtune.analysis.select.selection_rules import Knee, Robust
from jrtune.analysis.stability import stability_of
from jrtune.analysis.summary import summarise_confirmations
from jrtune.cli.commands import run_export, run_front, run_pick, run_report
from jrtune.cli.text import front_text
from jrtune.report.tables.tables import all_tables

WHOLE = make_results()
PARTS = (front.front, confirmed.confirmed, summarise_confirmations, stability_of, gain_table)
INDICATORS = (front.hypervolume_of, front.hypervolume_trace, front.baselines_igd_plus, trainings_of)
PROPERTIES = {name for name, part in vars(Analysis).items() if isinstance(part, cached_property)}


@pytest.fixture
def calls(monkeypatch):
    """Counts (function, name of the study) of every computation."""
    counts = Counter()

    def counted(function):
        def count(first, *more):
            study = first.study.name if hasattr(first, "study") else WHOLE.study.name
            counts[function.__name__, study] += 1
            return function(first, *more)

        return count

    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "jrtune"]
    for function in (*PARTS, *INDICATORS):
        replacement = counted(function)
        for module in modules:
            if getattr(module, function.__name__, None) is function:
                monkeypatch.setattr(module, function.__name__, replacement)
    return counts


def test_a_report_works_each_part_out_once(tmp_path, calls):
    path = store(tmp_path / "x.db", WHOLE)
    run_report(tmp_path / "report", path, None)
    assert (tmp_path / "report" / "report.html").is_file()
    assert {name for name, _ in calls} >= {function.__name__ for function in PARTS}
    assert set(calls.values()) == {1}


def test_beside_other_methods_it_works_out_their_fronts_alone(tmp_path, calls):
    tuned, other = (
        confirmed_front(WHOLE),
        confirmed_front(WHOLE, part_name(WHOLE.study.name, "equal weights")),
    )
    path = store(tmp_path / "x.db", tuned, other)
    run_report(tmp_path / "report", path, WHOLE.study.name)
    assert (tmp_path / "report" / "comparison.csv").is_file()
    assert {name for name, study in calls if study == other.study.name} == {"front"}
    assert set(calls.values()) == {1}


@pytest.mark.parametrize(
    "command",
    [
        lambda path, folder: run_front(path, None, as_csv=True),
        lambda path, folder: run_pick(Robust(), path, None),
        lambda path, folder: run_export(Knee(), (), folder, path, None),
    ],
    ids=["front", "pick", "export"],
)
def test_other_commands_work_each_part_out_once(tmp_path, calls, command):
    command(store(tmp_path / "x.db", WHOLE), tmp_path / "export")
    assert calls["front", WHOLE.study.name] == 1
    assert all(calls[function.__name__, WHOLE.study.name] <= 1 for function in PARTS)


def test_what_is_read_again_is_the_same_object():
    assert {"front", "summary", "stability", "gains", "comparison"} < PROPERTIES
    analysis = Analysis(WHOLE, lambda mine: [mine])
    for name in PROPERTIES:
        assert getattr(analysis, name) is getattr(analysis, name)
    assert analysis.comparison == [analysis]


def test_the_comparison_is_not_read_before_it_is_shown():
    def fails(analysis):
        raise AssertionError("nothing asked for it")

    analysis = Analysis(WHOLE, fails)
    assert front_text(analysis)
    with pytest.raises(AssertionError):
        all_tables(analysis)


def test_a_comparison_may_be_there_already():
    rows = compare_methods(Analysis(confirmed_front(WHOLE)), {})
    assert [row.method for row in Analysis(WHOLE, rows).comparison] == [TUNED]


def test_without_confirmations_there_is_a_front_and_no_summary():
    analysis = Analysis(make_results(seeds=0))
    assert analysis.front
    assert analysis.summary is None
    assert analysis.confirmed == []
    assert analysis.trainings == analysis.confirmed_front == analysis.tested == {}
    assert analysis.stability.remedy == "run jrtune confirm --seeds 5"
    assert any(analysis.gains.gains)
    assert not analysis.gains.confirmed
    assert list(analysis.comparison) == []


def test_without_a_front_every_part_says_so():
    analysis = Analysis(make_results(trials=7, seeds=0, bounds={"accuracy": 0.999}))
    assert analysis.front == []
    assert analysis.costs.shape == (0, 2)
    assert analysis.span is None
    assert analysis.gains.gains == analysis.stability.shares == ()
    assert math.isnan(analysis.best_single_point)
    assert front_text(analysis).startswith("study synthetic: no front yet")


def test_a_member_that_is_a_baseline_too_is_tested_as_a_member():
    analysis = Analysis(confirmed_front(WHOLE))
    assert list(analysis.confirmed_front) == [trial.number for trial in analysis.front]
    assert all(analysis.tested[number].role == "front" for number in analysis.confirmed_front)
