"""Adding a figure is one object in the list: page, PNG, document and script go by it."""

import pytest
from build_results import make_results
from pages import Visit, html_of, parts_of, visit
from report_cases import ink

from jrtune.analysis.analysis import Analysis
from jrtune.report.figures import registry, style
from jrtune.report.figures.figure import PageFigure
from jrtune.report.figures.style import canvas, tidy
from jrtune.report.tables import importance
from jrtune.report.write import write_report

WHOLE = make_results(trials=8, seeds=0)
SCRIPT = """// Seconds of each trial.

import { drawing, shape } from "./svg.js";
import { ring } from "./scatter.js";
import { selectable } from "./data.js";

export const figure = {
  draw(model, width) {
    const node = drawing(width, 60, "seconds");
    const [first] = model.members;
    const point = (value, i) => shape("circle", 20 + 30 * i, 30, value, { class: "toy" });
    node.append(...model.seconds.map(point));
    node.append(selectable(model, first, {}, ring(20, 30), shape("circle", 20, 30, 4, {})));
    return [node];
  },
};
"""


def draw_seconds(context):
    figure = canvas(4, 3, "Seconds")
    axes = figure.add_subplot()
    tidy(axes)
    axes.plot([trial.seconds for trial in context.trials], "o")
    return figure


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """Few pixels and few trees."""
    monkeypatch.setattr(style, "DPI", 40)
    monkeypatch.setattr(importance, "TREES", 2)


@pytest.fixture
def add(monkeypatch, tmp_path):
    """Adds the toy figure to the list, changed as asked."""
    script = tmp_path / "seconds.js"
    script.write_text(SCRIPT)

    def add(**changes):
        toy = {"name": "seconds", "title": "Seconds of trials", "caption": "A point is a <trial>."}
        toy |= {"draw": draw_seconds, "data": lambda context: [t.seconds for t in context.trials]}
        figure = PageFigure(**{**toy, "script": script, **changes})
        monkeypatch.setattr(registry, "FIGURES", [*registry.FIGURES, figure])

    return add


def test_its_png_is_written_and_shown_where_scripts_do_not_run(add, tmp_path):
    add()
    files = {path.name: path for path in write_report(Analysis(WHOLE), {}, tmp_path / "report")}
    assert ink(files["seconds.png"].read_bytes()) > 0.005
    fallback = files["report.html"].read_text().split("<noscript>")[1].split("</noscript>")[0]
    assert "<figcaption>A point is a &lt;trial&gt;.</figcaption>" in fallback


def test_its_data_lie_in_the_document(add):
    add()
    _, _, data = parts_of(WHOLE)
    assert data["seconds"] == [t.seconds for t in WHOLE.trials]
    assert data["shown"][-1] == "seconds"


def test_its_script_draws_and_follows_the_choice(add, browser, tmp_path):
    add()
    found = visit(browser, tmp_path / "x.html", html_of(WHOLE))
    assert found.text("#seconds h2") == "Seconds of trials"
    assert found.page.locator("#seconds .toy").count() == len(WHOLE.trials)
    number = int(found.page.locator("#seconds [data-trial]").get_attribute("data-trial"))
    found.point("seconds", number).click(force=True)
    assert found.chosen() == number
    assert found.page.locator("#seconds .chosen").count() == 1
    assert found.complaints == []
    assert len(found.requested) == 1


def test_one_that_is_not_shown_is_nowhere_to_be_seen(add, browser, tmp_path):
    add(shown=lambda context: len(context.study.terms) > 5)
    _, _, data = parts_of(WHOLE)
    assert "seconds" not in {*data, *data["shown"]}
    assert "seconds.png" not in {path.name for path in write_report(Analysis(WHOLE), {}, tmp_path / "report")}
    found = visit(browser, tmp_path / "x.html", html_of(WHOLE))
    assert not found.page.locator("#seconds").is_visible()
    assert found.complaints == []


def test_without_a_script_the_page_shows_its_png(add, browser, tmp_path):
    add(script=None)
    (page, *_) = write_report(Analysis(WHOLE), {}, tmp_path / "report")
    found = Visit(browser.new_page())
    found.page.goto(page.as_uri())
    assert found.page.get_by_role("img", name="A point is a <trial>.").is_visible()


def test_its_data_cannot_take_the_place_of_others(add):
    add(name="trials")
    with pytest.raises(ValueError, match="another name for the figure's data than trials"):
        parts_of(WHOLE)


def test_its_script_cannot_take_the_place_of_others(add, tmp_path):
    other = tmp_path / "svg.js"
    other.write_text(SCRIPT)
    add(script=other)
    with pytest.raises(ValueError, match=r"another name for the script than svg\.js"):
        html_of(WHOLE)
