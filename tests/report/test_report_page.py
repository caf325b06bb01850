"""The page tells the story, alone and unharmed by what it is told."""

import base64
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from build_results import confirmed_front, make_results
from pages import PNG, html_of

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.comparison import compare_methods
from jrtune.analysis.front import front, hypervolume_of
from jrtune.report.tables.tables import all_tables
from jrtune.spec import Candidate

WHOLE = make_results()
HOSTILE = "<script>alert(1)</script><img src='https://evil.example/x' onerror='alert(2)'>\"{{ 7 * 7 }}"


class Reader(HTMLParser):
    """Collects tags, attributes and the text that is shown."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


def page_of(results, figures=None):
    return Reader(html_of(results, figures=figures))


def test_tells_verdicts_cost_hypervolume_and_provenance():
    page, summary = page_of(WHOLE), Analysis(WHOLE).summary
    assert summary.verdicts
    assert all(verdict.sentence in page.text for verdict in summary.verdicts)
    trials, runs = len(WHOLE.trials), len(WHOLE.confirmations)
    assert f"{trials + runs} trainings: {trials} trials and {runs} confirmations" in page.text
    assert f"{summary.hypervolume:.4g}" in page.text
    assert f"{summary.best_single:.4g} ({summary.best_single / summary.hypervolume:.1%}" in page.text
    for value in (WHOLE.study.data, *WHOLE.study.versions.values()):
        assert value in page.text
    members = [t.values["accuracy"] for t in front(WHOLE)]
    assert f"{min(members):.4g} to {max(members):.4g} along the front" in page.text


def test_one_training_under_two_labels_counts_once():
    shared = next(c for c in WHOLE.confirmations if c.role == "baseline")
    again = replace(shared, label=f"trial {shared.number}", role="front")
    page = page_of(replace(WHOLE, confirmations=(*WHOLE.confirmations, again)))
    trials, runs = len(WHOLE.trials), len(WHOLE.confirmations)
    assert f"{trials + runs} trainings: {trials} trials and {runs} confirmations" in page.text


def test_before_confirmation_it_says_so():
    results = make_results(seeds=0)
    page = page_of(results)
    assert "Nothing is confirmed yet" in page.text
    assert f"{hypervolume_of(front(results), results.study):.4g}" in page.text


def test_the_comparison_is_told_in_short_where_there_is_one():
    tuned = confirmed_front(WHOLE)
    other = confirmed_front(make_results(seeds=0, seed=1))
    rows = compare_methods(Analysis(tuned), {"equal weights": Analysis(other)})
    page = html_of(tuned, comparison=rows)
    short, tables = page.split("<h2>In short</h2>")[1].split("<h2>Tables</h2>")
    assert f"<li>{rows[1].sentence}</li>" in short
    assert rows[0].sentence not in short  # tuned weights, with which the others are compared
    assert rows[0].sentence in tables
    assert "<td>-0</td>" not in tables
    assert "other ways of weighting" not in html_of(tuned)


def test_a_sampler_is_called_one_where_people_read():
    page = html_of(WHOLE)
    assert "<td>tpe sampler</td>" in page
    assert "<td>equal weights</td>" in page
    assert "<td>tpe</td>" not in page
    assert set(all_tables(Analysis(WHOLE))["front"]["source"]) >= {"tpe"}  # files keep what is stored


def test_no_trade_off_is_said():
    best = replace(WHOLE.trials[0], values={"accuracy": 0.99, "edge_f1": 0.99})
    page = page_of(replace(WHOLE, trials=(best, *WHOLE.trials[1:]), confirmations=()))
    assert "(100.0% of the front's: hardly any trade-off)" in page.text


def test_endings_come_with_advice():
    page = page_of(WHOLE)
    assert "1 diverged: lower the learning rate" in page.text
    assert "1 pruned" in page.text


def test_hostile_text_is_text():
    first = WHOLE.trials[0]
    candidate = Candidate(first.candidate.weights, {**first.candidate.choices, "sharing": HOSTILE})
    trials = (replace(first, message=HOSTILE, source=HOSTILE, candidate=candidate), *WHOLE.trials[1:])
    study = replace(
        WHOLE.study, name=HOSTILE, path=f"/{HOSTILE}", options={"x": HOSTILE}, versions={"torch": HOSTILE}
    )
    page = page_of(replace(WHOLE, trials=trials, study=study))
    assert page.tags.count("script") == 2  # the data and the page's own
    assert page.tags.count("img") == 1
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count(HOSTILE) >= 5


def test_loads_nothing():
    page = page_of(WHOLE, {"front": PNG, "weights": PNG})
    links = [value for name, value in page.attributes if name in ("src", "href", "srcset", "action", "data")]
    assert links == ["data:image/png;base64," + base64.b64encode(PNG).decode()] * 2
    assert not {"link", "iframe", "object", "form"} & set(page.tags)
    policy = next(v for n, v in page.attributes if n == "content" and "src" in v)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "connect-src" not in policy


def test_fits_a_phone():
    assert ("name", "viewport") in page_of(WHOLE).attributes


def test_an_unknown_figure_is_our_mistake():
    with pytest.raises(KeyError):
        page_of(WHOLE, {"surprise": PNG})
