"""What notebooks show: the database's numbers, escaped names, the point that the command line picks."""

import json
import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from build_results import confirmed_front, make_results, trial
from stored import store

import jrtune as jr
from jrtune.cli import main
from jrtune.store.records import Results

WHOLE = make_results(trials=14, seeds=3)
EVIL = "<script>alert('x')</script>&\"quoted\""


class Reader(HTMLParser):
    """The cells of all tables, the other words, and the tags."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.rows, self.words, self.pictures = [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            self.pictures.append(dict(attributes))

    def handle_data(self, data):
        if self.tags[-1] in ("td", "th"):
            self.rows[-1][-1] += data
        else:
            self.words.append(data)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return store(tmp_path_factory.mktemp("stored") / "x.db", WHOLE)


@pytest.fixture(scope="module")
def loaded(database):
    return jr.load_front(database)


def test_the_table_is_what_the_command_line_says(loaded, database, capsys):
    assert main(["front", "--json", "--storage", database]) == 0
    rows = json.loads(capsys.readouterr().out)["front"]
    assert len(loaded) == len(loaded.table) == len(rows)
    for mine, its in zip(loaded.table.to_dict("records"), rows, strict=True):
        assert {name: mine[name] for name in its} == its


def test_a_front_shows_its_members_and_pictures(loaded):
    shown = Reader(loaded._repr_html_())
    numbers = [row[0] for row in shown.rows[1:]]
    assert numbers == [str(number) for number in loaded.table["trial"]][: len(numbers)]
    assert shown.rows[1][shown.rows[0].index("accuracy val")] == f"{loaded.table['val_accuracy'][0]:.4g}"
    assert [picture["src"][:22] for picture in shown.pictures] == ["data:image/png;base64,"] * 2
    assert all(picture["alt"] for picture in shown.pictures)
    assert repr(loaded).startswith("study synthetic: front of")


def test_verdicts_are_those_of_the_confirmations(loaded):
    assert [verdict.objective for verdict in loaded.verdicts] == WHOLE.study.objectives
    assert loaded.verdicts[0].sentence in Reader(loaded.verdicts._repr_html_()).words


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ({}, []),
        ({"knee": True}, ["--knee"]),
        ({"prefer": {"accuracy": 0.9, "edge_f1": 0.1}}, ["--prefer", "accuracy=0.9,edge_f1=0.1"]),
        ({"topsis": True}, ["--topsis", "equal"]),
        ({"topsis": "equal"}, ["--topsis", "equal"]),
        ({"reference": {"accuracy": 0.7, "edge_f1": 0.9}}, ["--reference", "accuracy=0.7,edge_f1=0.9"]),
        (
            {"at_least": {"accuracy": 0.8}, "best": "edge_f1"},
            ["--at-least", "accuracy=0.8", "--best", "edge_f1"],
        ),
        ({"robust": True}, ["--robust"]),
        ({"trial": 5}, ["--trial", "5"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_it_picks_what_the_command_line_picks(loaded, database, capsys, rule, options):
    assert main(["pick", *options, "--json", "--storage", database]) == 0
    picked = json.loads(capsys.readouterr().out)
    point = loaded.pick(**rule)
    assert (point.trial, point.reason) == (picked["trial"], picked["reason"])
    assert dict(point.weights) == picked["weights"]


def test_several_rules_are_refused(loaded):
    with pytest.raises(jr.InputError, match="expected one rule of choice, got --knee and --robust"):
        loaded.pick(knee=True, robust=True)


def test_a_trial_is_picked_by_its_number_in_the_table(loaded):
    number = loaded.table["trial"][0]
    assert loaded.pick(trial=number).trial == number


def test_a_rule_without_its_name_is_refused(loaded):
    with pytest.raises(
        jr.InputError, match=r"pick expects a rule by its name, got 'knee': write .*knee=True"
    ):
        loaded.pick("knee")


def test_a_point_shows_why_and_what_its_neighbours_have(loaded):
    point = loaded.pick()
    shown = Reader(point._repr_html_())
    head, mine, *others = shown.rows
    assert point.reason in shown.words
    assert mine[head.index("trial")] == str(point.trial)
    assert [row[0] for row in others] == [str(t.number) for t in point.choice.beside]
    gap = float(re.search(r"\((.+)\)", others[0][head.index("accuracy val")]).group(1))
    values = {t.number: t.values["accuracy"] for t in WHOLE.trials if t.values}
    assert gap == pytest.approx(values[point.trial] - values[int(others[0][0])], rel=0.01)


def test_its_weights_are_those_of_the_export(loaded, database, tmp_path):
    bundle = str(tmp_path / "bundle")
    assert main(["export", "--knee", "--storage", database, "--out", bundle]) == 0
    exported, point = jr.load_weights(bundle), loaded.pick(knee=True).weights
    assert replace(point, path=Path()) == replace(exported, path=Path())
    assert point({"digit": 1.0, "edge": 1.0}) == pytest.approx(1)


def test_names_are_escaped(tmp_path):
    terms = {f"digit{EVIL}": 0.5, "edge": 0.5}
    study = replace(WHOLE.study, name=EVIL, spec=replace(WHOLE.study.spec, losses=tuple(terms)))
    values = {"accuracy": 0.8, "edge_f1": 0.7}
    trials = (
        trial(0, values, terms, EVIL, choices={EVIL: EVIL}),
        trial(1, values | {"accuracy": 0.7}, terms),
    )
    found = jr.load_front(store(tmp_path / "x.db", Results(study, trials)))
    for shown in (found, found.pick(), found.pick().weights, found.verdicts):
        html = shown._repr_html_()
        assert "script" not in Reader(html).tags
        assert "<script" not in html
    assert any(EVIL in cell for row in Reader(found._repr_html_()).rows for cell in row)


def test_a_study_without_a_front_is_shown(tmp_path):
    found = jr.load_front(tmp_path / Path(store(tmp_path / "x.db", Results(WHOLE.study, ()))).name)
    assert "no front yet" in found._repr_html_()
    assert len(found) == len(found.table) == 0


def test_a_comparison_is_shown_or_says_what_to_run(tmp_path):
    tuned = confirmed_front(WHOLE)
    with pytest.raises(jr.InputError, match="run jrtune compare STUDY"):
        jr.load_comparison(store(tmp_path / "none.db", tuned))
    other = confirmed_front(make_results(trials=14, seeds=0, seed=1), "synthetic--equal-weights")
    comparison = jr.load_comparison(store(tmp_path / "x.db", tuned, other))
    assert comparison.table["method"].tolist() == ["tuned weights", "equal weights"]
    assert math.copysign(1, comparison.table["behind"][0]) == 1  # 0, where it was -0
    shown = Reader(comparison._repr_html_())
    assert [row[0] for row in shown.rows[1:]] == comparison.table["method"].tolist()
    assert set(comparison.verdicts) <= set(shown.words)
    assert f"{comparison.table['behind'][1]:.4g}" in shown.rows[2][-1]
