"""The page on screens of every size, on paper, without scripts, live, and with hostile or awkward data."""

import json
from dataclasses import replace

import pytest
from build_results import make_results
from pages import html_of, json_of, opened, parts_of, visit
from report_cases import cases, curves_of, figures_of, grouped, several, single_objective

from jrtune.analysis.front import front
from jrtune.report.page.document import page_data, to_script
from jrtune.report.tables.curves import EPOCHS
from jrtune.spec import Candidate, TrialStatus

PHONE = {"viewport": {"width": 360, "height": 740}}
LOOKS = """() => {
    const { model } = modules.state.page;
    return model.marks.filter(t => t.baseline).map(t => model.look(t));
}"""
LONG = "a_name_that_is_much_longer_than_any_name_should_ever_be_in_a_study_of_this_kind"


@pytest.fixture(scope="module")
def desk(browser):
    """A page on a screen of usual size, for one test after another."""
    return opened(browser)


@pytest.fixture(scope="module")
def phone(browser):
    """A page on a phone, for one test after another."""
    return opened(browser, **PHONE)


def renamed(results, name):
    """The same study with a long name, origin and message."""
    first = replace(results.trials[0], message=name)
    return replace(results, study=replace(results.study, name=name), trials=(first, *results.trials[1:]))


@pytest.mark.parametrize(
    "results",
    [
        single_objective(),
        renamed(make_results(trials=12), LONG),
        make_results(objectives=3, trials=12, seeds=2),
        several(5, trials=12, terms=12),
    ],
    ids=["one", "two", "three", "five"],
)
def test_a_phone_needs_no_scrolling_to_the_side(phone, tmp_path, results):
    found = phone.go(tmp_path / "x.html", html_of(results, curves_of(results, first=0)))
    assert found.page.evaluate("document.documentElement.scrollWidth") == 360
    outside = """() => [...document.querySelectorAll('#look svg, #look button, #look code')]
        .filter(node => node.getBoundingClientRect().right > 360.5).length"""
    assert found.page.evaluate(outside) == 0
    for rule in ("prefer", "atLeast"):
        found.choose(rule)
        assert found.page.evaluate("document.documentElement.scrollWidth") == 360
    assert found.complaints == []


@pytest.mark.parametrize("name", cases())
def test_results_of_any_shape_are_drawn_without_a_complaint(desk, tmp_path, name):
    results = cases()[name]
    found = desk.go(tmp_path / "x.html", html_of(results, curves_of(results)))
    assert found.complaints == []
    assert found.page.locator("#look").is_visible() == any(t.values for t in results.trials)
    assert found.page.locator("#rule").is_visible() == bool(front(results))
    assert not {"NaN", "undefined", "null"} & set(found.page.inner_text("body").split())


def test_on_paper_controls_are_gone_and_all_figures_there(browser, tmp_path):
    found = visit(browser, tmp_path / "x.html", html_of(make_results(trials=12)))
    found.page.emulate_media(media="print")
    assert found.page.locator("#front svg").first.is_visible()
    assert not found.page.locator("#rules select").is_visible()
    assert not found.page.locator("[data-command=export] button").is_visible()
    assert found.page.locator("[data-command=export] code").is_visible()
    assert found.page.pdf(format="A4").startswith(b"%PDF")


def test_motion_stops_where_it_is_not_wanted(desk, tmp_path):
    desk.go(tmp_path / "x.html", html_of(make_results(trials=8, seeds=0)))
    style = "getComputedStyle(document.querySelector('.ring')).transitionDuration"
    assert desk.page.evaluate(style) == "0.15s, 0.15s"
    desk.page.emulate_media(reduced_motion="reduce")
    assert desk.page.evaluate(style) == "0s"
    desk.page.emulate_media(reduced_motion="no-preference")


def test_without_scripts_figures_and_tables_are_there(browser, tmp_path):
    html = html_of(make_results(trials=8), figures={"front": b"\x89PNG", "weights": b"\x89PNG"})
    found = visit(browser, tmp_path / "x.html", html, java_script_enabled=False)
    assert found.page.locator("noscript img").count() == 2
    assert not found.page.locator("#look").is_visible()
    assert found.page.locator("details[data-table=front] td").first.is_visible()


def test_hostile_text_stays_text(desk, tmp_path):
    hostile = (
        "</script><script>document.title = 'broken'</script><img src=x onerror=\"document.title = 'b'\"> $'"
    )
    results = make_results(trials=8, seeds=2)
    trials = [
        replace(
            t,
            message=hostile,
            source=t.source if t.is_baseline else hostile,
            candidate=Candidate(t.candidate.weights, {hostile: hostile}),
        )
        for t in results.trials
    ]
    study = replace(results.study, name=hostile)
    found = desk.go(tmp_path / "x.html", html_of(replace(results, study=study, trials=tuple(trials))))
    found.point("weights", front(results)[1].number).click(force=True)
    assert found.page.title().startswith(hostile.split(" $")[0][:20])
    assert found.page.locator("script").count() == 2
    assert found.page.locator("#detail img").count() == 0
    assert hostile.split(">")[0] in found.text("#detail")
    assert found.complaints == []


def test_a_trial_that_did_not_complete_offers_no_command(desk, tmp_path):
    results = make_results(trials=8, seeds=0)
    last = replace(results.trials[-1], status=TrialStatus.PRUNED, values={})
    found = desk.go(tmp_path / "x.html", html_of(replace(results, trials=(*results.trials[:-1], last))))
    found.page.locator("details[data-table=trials] summary").click()
    found.page.locator(f"details[data-table=trials] [data-show='{last.number}']").click()
    assert found.chosen() == last.number
    assert "pruned" in found.text("#detail .note")
    assert found.page.locator("#chosen [data-command]").count() == 0


def test_single_task_models_of_groups_look_different(desk, tmp_path):
    found = desk.go(tmp_path / "x.html", html_of(grouped()))
    kinds = found.page.evaluate(LOOKS)
    assert len({kind["kind"] for kind in kinds}) == len({kind["colour"] for kind in kinds}) == 3


def test_nearer_looks_at_the_front_alone(desk, tmp_path):
    results = make_results()  # single-task models dwarf its front
    found = desk.go(tmp_path / "x.html", html_of(results))
    first, last = front(results)[0].number, front(results)[-1].number
    across = f"""() => Math.abs(...[{first}, {last}].map(n => document.querySelector(
        `#front [data-trial='${{n}}'] .ring`).getBoundingClientRect().left).reduce((a, b) => [a - b]))"""
    near = found.page.evaluate(across)
    found.page.uncheck("#near")
    assert found.page.evaluate(across) < 0.6 * near


def test_a_large_study_opens_soon_and_is_small(browser, tmp_path):
    results = make_results(objectives=3, trials=300, seeds=3, confirmed=10)
    figures = dict.fromkeys(figures_of(results), bytes(250_000))
    html = html_of(results, curves_of(results, epochs=EPOCHS + 30, first=0), figures)
    assert len(html.encode()) < 6e6
    found = visit(browser, tmp_path / "x.html", "<!doctype html>")
    session = found.page.context.new_cdp_session(found.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # of its own thread: others may be busy
    (tmp_path / "y.html").write_text(html)
    found.page.goto((tmp_path / "y.html").as_uri())
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    assert metrics["TaskDuration"] < 2
    assert [url for url in found.requested if not url.startswith("file:")] == []
    assert found.complaints == []


# --- live ------------------------------------------------------------------------------------


def test_a_live_page_draws_news_and_keeps_what_was_chosen(browser, tmp_path):
    before, after = make_results(trials=10, seeds=0), make_results(trials=16, seeds=0)
    address = "http://127.0.0.1:9/"
    page = opened(browser)
    requested = []

    def answer(route):
        requested.append(route.request.url)
        if route.request.url == address:
            return route.fulfill(content_type="text/html", body=html_of(before, live=True))
        return route.fulfill(content_type="application/json", headers={"ETag": '"2"'}, body=json_of(after))

    page.page.route("**/*", answer)
    page.page.clock.install()
    page.page.goto(address)
    kept = front(before)[1].number
    page.point("weights", kept).click(force=True)
    assert "10 trials" in page.text("#summary")
    page.page.clock.run_for(3500)
    # not wait_for_function, whose second look is an eval, which the page's policy refuses
    page.page.locator("#summary", has_text="16 trials").wait_for()
    assert page.chosen() == kept
    marks = page.page.locator("#weights [data-trial]")
    assert marks.count() == len(front(after))
    assert set(requested) == {address, f"{address}data.json"}
    assert page.complaints == []


def test_a_page_from_a_file_asks_for_nothing(browser, tmp_path):
    found = visit(browser, tmp_path / "x.html", html_of(make_results(trials=8, seeds=0), live=True))
    found.page.clock.install()
    found.page.reload()
    found.page.clock.run_for(10_000)
    assert len(found.requested) == 2  # the page, twice


# --- data ------------------------------------------------------------------------------------


def test_data_are_json_that_ends_no_script():
    data = parts_of(make_results(trials=8))[2]
    text = to_script({**data, "hostile": "</script><!--\u2028", "nan": float("nan")})
    assert "<" not in text
    assert json.loads(text)["hostile"] == "</script><!--\u2028"
    assert json.loads(text)["nan"] is None


def test_figures_in_the_data_are_exact_and_curves_thinned():
    results = make_results(trials=8)
    context = parts_of(results, curves_of(results, epochs=200, first=0))[0]
    data = json.loads(to_script(page_data(context)))
    by_number = {t["number"]: t for t in data["trials"]}
    for trial in context.front:
        assert by_number[trial.number]["values"] == list(trial.values.values())
        assert by_number[trial.number]["weights"] == list(trial.candidate.weights.values())
    curve = data["curves"][str(context.front[0].number)]
    assert len(curve["epochs"]) == EPOCHS
    assert (curve["epochs"][0], curve["epochs"][-1]) == (0, 199)
    assert data["options"] == "--name synthetic"
