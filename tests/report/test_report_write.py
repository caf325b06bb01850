"""The folder: whole for results of any shape, replaced file by file, and known to be current or not."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
from report_cases import cases, curves_of, figures_of, ink

import jrtune
from jrtune.analysis.analysis import Analysis
from jrtune.errors import InputError
from jrtune.report.figures import style
from jrtune.report.stamp import STAMP, is_current
from jrtune.report.tables import importance
from jrtune.report.write import write_report

CASES = cases()
TABLES = ("front", "trials", "confirmations", "baselines")
SMALL = CASES["one trial"]  # quick to render
# one file more or less than others have, or nothing to draw; the rest differ in what is drawn
QUICK = ("two objectives", "four objectives", "one objective", "no trial", "none feasible", "all diverged")
EACH = [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CASES]


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Figures of few pixels and forests of few trees: here it matters that they are written."""
    monkeypatch.setattr(style, "DPI", 40)
    monkeypatch.setattr(importance, "TREES", 2)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A report of the small study."""
    folder = tmp_path_factory.mktemp("drawn")
    write_report(Analysis(SMALL), {}, folder)
    return folder


@pytest.fixture
def written(drawn, tmp_path):
    """A copy of it that a test may change."""
    return shutil.copytree(drawn, tmp_path, dirs_exist_ok=True)


@pytest.mark.parametrize("name", EACH)
def test_report_of_any_results_is_whole(tmp_path, name):
    results = CASES[name]
    written = write_report(Analysis(results), curves_of(results), tmp_path / "new" / "report")
    figures = figures_of(results)
    expected = {"report.html", *(f"{f}.png" for f in figures)}
    expected |= {f"{t}.{kind}" for t in TABLES for kind in ("csv", "json")}
    assert {path.name for path in written} == expected
    assert written[0].name == "report.html"
    assert all(ink((tmp_path / "new" / "report" / f"{f}.png").read_bytes()) > 0.005 for f in figures)
    assert written[0].read_text().count("data:image/png;base64,") == len(figures)
    assert len(pd.read_csv(tmp_path / "new" / "report" / "trials.csv")) == len(results.trials)
    assert is_current(Analysis(results), tmp_path / "new" / "report")


def test_triangle_and_parallel_coordinates_are_in_reports_that_they_suit():
    further = {name: {"ternary", "parallel"} & set(figures_of(results)) for name, results in CASES.items()}
    assert {name: found for name, found in further.items() if found} == {
        "three objectives": {"ternary"},
        "four objectives": {"ternary", "parallel"},
    }


def test_a_new_trial_or_confirmation_makes_it_outdated(drawn):
    whole = CASES["two objectives"]
    assert is_current(Analysis(SMALL), drawn)
    assert not is_current(Analysis(replace(SMALL, trials=whole.trials[:2])), drawn)
    assert not is_current(Analysis(replace(SMALL, confirmations=whole.confirmations[:1])), drawn)
    assert not is_current(Analysis(replace(SMALL, study=replace(SMALL.study, seed=1))), drawn)


def test_a_database_that_was_moved_makes_it_outdated(tmp_path):
    write_report(Analysis(SMALL), {}, tmp_path, "sqlite:///x.db")
    assert "--storage sqlite:///x.db --name synthetic" in (tmp_path / "report.html").read_text()
    assert is_current(Analysis(SMALL), tmp_path, "sqlite:///x.db")
    assert not is_current(Analysis(SMALL), tmp_path, "sqlite:///y.db")


def test_another_version_makes_it_outdated(drawn, monkeypatch):
    monkeypatch.setattr(jrtune, "__version__", "99")
    assert not is_current(Analysis(SMALL), drawn)


def test_other_code_of_the_report_makes_it_outdated(drawn, monkeypatch):
    assert is_current(Analysis(SMALL), drawn)
    monkeypatch.setattr("jrtune.report.stamp._code", lambda: "another figure")
    assert not is_current(Analysis(SMALL), drawn)


@pytest.mark.parametrize("name", ["front.png", "report.html", "trials.csv", STAMP])
def test_a_missing_file_makes_it_outdated(written, name):
    (written / name).unlink()
    assert not is_current(Analysis(SMALL), written)


@pytest.mark.parametrize("text", ["", "[]", '{"digest": 1}', "\x00"])
def test_a_broken_stamp_is_outdated(tmp_path, text):
    (tmp_path / STAMP).write_text(text)
    assert not is_current(Analysis(SMALL), tmp_path)


def test_other_files_stay_and_the_same_results_give_the_same_bytes(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    first = {path: path.read_bytes() for path in write_report(Analysis(SMALL), {}, tmp_path)}
    second = {path: path.read_bytes() for path in write_report(Analysis(SMALL), {}, tmp_path)}
    assert first == second
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert len(os.listdir(tmp_path)) == len(first) + 2  # the notes and the stamp; nothing left lying about


def test_a_full_disk_leaves_whole_files_and_no_stamp(written, monkeypatch):
    before = {path.name: path.read_bytes() for path in written.iterdir()}
    real, calls = os.replace, []

    def full(source, target):
        calls.append(target)
        if len(calls) == 3:
            raise OSError("No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    other = CASES["no trial"]
    with pytest.raises(InputError, match=r"write a report to .*No space left .*choose another --out"):
        write_report(Analysis(other), {}, written)
    assert not is_current(Analysis(other), written)
    assert not is_current(Analysis(SMALL), written)
    after = {path.name: path.read_bytes() for path in written.iterdir()}
    assert set(after) == set(before) - {STAMP}
    changed = {name for name in after if after[name] != before[name]}
    assert changed <= {os.path.basename(target) for target in calls[:2]}
    assert changed


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "report").write_text("mine")
    with pytest.raises(InputError, match=r"expected to write a report to .*report, got"):
        write_report(Analysis(SMALL), {}, tmp_path / "report")


def test_stamp_names_the_files(drawn):
    named = json.loads((drawn / STAMP).read_text())["files"]
    assert {*named, STAMP} == {path.name for path in drawn.iterdir()}


def test_imports_are_no_more_than_needed():
    code = (
        "import sys, jrtune.report.stamp; heavy = ('matplotlib', 'pandas', 'numpy', 'torch'); "
        "print([m for m in heavy if m in sys.modules]); import jrtune.report.write; "
        "heavy = ('matplotlib.pyplot', 'torch', 'optuna', 'sqlalchemy', 'sklearn'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["[]", "[]"]
