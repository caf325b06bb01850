"""The page in Chromium: clicks, keys and rules choose trials, and what is shown of them is right."""

import shlex
from dataclasses import replace

import pytest
from build_results import beaten_singles, make_results
from pages import STORAGE, html_of, visit
from report_cases import curves_of, drawn_figures_of, several

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.analysis.select.pick import pick
from jrtune.cli.choice import parse_rule
from jrtune.errors import InputError
from jrtune.spec import TrialStatus


def one_lost(results):
    """The same, but the first confirmation of all, of a front member, diverged: one common seed fewer."""
    first, *others = results.confirmations
    assert first.role == "front"
    return replace(results, confirmations=(replace(first, status=TrialStatus.DIVERGED), *others))


def weak_singles(results):
    """The same, but single-task models are far worse on validation; both objectives are maximised."""
    trials = tuple(
        replace(t, values={n: v - 0.2 for n, v in t.values.items()}) if t.source.startswith("single") else t
        for t in results.trials
    )
    return replace(results, trials=trials)


STUDIES = {
    "two": one_lost(beaten_singles(make_results(trials=24))),
    "three": make_results(objectives=3, trials=16, seeds=2),
    "five": several(5, trials=30, terms=4),
    "unconfirmed": weak_singles(make_results(trials=24, seeds=0)),
}
MODELS = {t.number for t in front(STUDIES["two"])}


@pytest.fixture(scope="module")
def visits(browser, tmp_path_factory):
    """Name -> the page of that study, kept open."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {}
    for name, results in STUDIES.items():
        html = html_of(results, curves_of(results, first=0), models=MODELS)
        pages[name] = visit(browser, folder / f"{name}.html", html)
    return pages


@pytest.fixture
def two(visits):
    """The study of two objectives, chosen by the knee."""
    visits["two"].choose("prefer")
    visits["two"].choose("knee")
    return visits["two"]


def test_clicking_a_point_shows_its_weights_figures_candidate_and_export(two):
    results = STUDIES["two"]
    member = next(m for m in Analysis(results).summary.members if m.role == "front")
    trial = next(t for t in results.trials if t.number == member.number)
    two.point("front", trial.number).click(force=True)
    assert two.chosen() == trial.number
    shown = two.text("#detail")
    for term, weight in trial.candidate.weights.items():
        assert f"{term} {weight:.4g}" in shown
    for name, estimate in member.test.items():
        figures = f"validation {trial.values[name]:.4g} test {estimate.mean:.4g} [{estimate.low:.4g}, "
        assert f"{name} {figures}{estimate.high:.4g}]" in shown
    assert "gain on test" in shown
    assert "of the 4 seeds that all its members completed" in shown
    assert f"sharing {trial.candidate.choices['sharing']}" in shown
    words = shlex.split(two.text("[data-command=export] code"))
    assert words == [
        *("jrtune", "export", "--trial", str(trial.number)),
        *("--storage", STORAGE, "--name", results.study.name),
    ]
    assert f"trial {trial.number}" in two.text("#curves .legend")
    assert "source: tpe sampler; on the front;" in shown
    assert "Weights only" not in shown


def test_a_trial_without_its_parameters_says_weights_only(two):
    lost = next(t for t in STUDIES["two"].trials if t.values and t.number not in MODELS)
    two.page.locator("details[data-table=trials] summary").click()
    two.page.locator(f"details[data-table=trials] [data-show='{lost.number}']").click()
    assert two.chosen() == lost.number
    shown = two.text("#detail")
    assert "Copy Weights only: its parameters are not saved." in shown
    two.page.locator("details[data-table=trials] summary").click()


def test_the_chosen_point_is_ringed_in_every_figure(two):
    number = front(STUDIES["two"])[-1].number
    two.point("weights", number).click(force=True)
    for figure in ("front", "weights"):
        ringed = two.page.locator(f"#{figure} .chosen")
        assert [ringed.nth(i).get_attribute("data-trial") for i in range(ringed.count())] == [str(number)]


def test_arrow_keys_go_along_the_front(two):
    order = [t.number for t in front(STUDIES["two"])]
    baselines = [t.number for t in STUDIES["two"].trials if t.is_baseline and t.number not in order]
    press = two.page.keyboard.press
    two.point("front", order[0]).focus()
    seen = []
    for key in ("Enter", "ArrowRight", "ArrowDown", "ArrowLeft", "Home", "ArrowLeft", "End"):
        press(key)
        seen.append(two.chosen())
        assert two.page.evaluate("document.activeElement.dataset.trial") == str(seen[-1])
    assert seen == [order[0], order[1], order[2], order[1], order[0], order[0], [*order, *baselines][-1]]
    assert two.page.evaluate(
        "getComputedStyle(document.querySelector('.ring:hover, :focus .ring')).stroke"
    ) != ("none")


def test_each_figure_is_one_stop_of_the_tab_key(two):
    for figure in ("front", "weights"):
        assert two.page.locator(f"#{figure} [data-trial][tabindex='0']").count() == 1


def test_a_row_of_a_table_shows_its_trial(two):
    number = front(STUDIES["two"])[2].number
    two.page.locator(f"details[data-table=front] [data-show='{number}']").click()
    assert two.chosen() == number


def test_curves_are_kept_to_compare(two):
    first, second = (t.number for t in front(STUDIES["two"])[:2])
    two.point("front", first).click(force=True)
    two.page.get_by_role("button", name="Select its curves").click()
    two.point("weights", second).click(force=True)
    assert f"trial {second} trial {first}" in two.text("#curves .legend")
    two.point("weights", first).click(force=True)
    two.page.get_by_role("button", name="Drop its curves").click()
    two.point("weights", second).click(force=True)
    assert f"trial {first}" not in two.text("#curves .legend")


def test_copying_gives_the_command(two):
    two.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    two.page.locator("[data-command=export] button").click()
    two.page.locator("[data-command=export] button", has_text="Copied").wait_for()
    assert two.page.evaluate("navigator.clipboard.readText()") == two.text("[data-command=export] code")


# --- rules -----------------------------------------------------------------------------------

ASKED = {
    "knee": [None],
    "prefer": [["0.5", "0.5", "0.5"], ["1", "0", "0.1"], ["0.03", "0.71", "0.4"]],
    "topsis": [["0.5", "0.5", "0.5"], ["0.9", "0.2", "0.35"]],
    "atLeast": [["", "0.75", ""], ["0.8", "", "0.3"], [None, None, None]],
    "reference": [[None, None, None], ["0.8", "0.8", "0.2"]],
    "beatsSingle": [None],
    "robust": [None],
}
CASES = [
    (study, rule, pending) for rule, each in ASKED.items() for pending in each for study in ("two", "three")
]


@pytest.mark.parametrize(("study", "rule", "pending"), CASES)
def test_page_and_command_line_choose_the_same_point(visits, study, rule, pending):
    found = visits[study]
    found.choose(rule)
    for place, words in enumerate((pending or [])[: len(STUDIES[study].study.objectives)]):
        if words is not None:  # what the form asks for at first
            found.page.locator(f"#ask-{place}").fill(words)
    reason = found.text("#because")
    if reason.startswith("No choice"):
        assert found.page.locator("[data-command=pick]").count() == 0
        assert (study, rule) == ("three", "beatsSingle")  # joint training hurts one task there
        with pytest.raises(InputError, match=reason.split("nearest is ")[1].rstrip(".")):
            pick(Analysis(STUDIES[study]), parse_rule(beats_single=True))
        return
    chosen = pick(Analysis(STUDIES[study]), make_rule(found.text("[data-command=pick] code")))
    assert found.chosen() == chosen.trial.number
    assert reason.lower().rstrip(".") == chosen.reason.lower().rstrip(".")


def test_before_confirmation_beating_single_task_models_is_said_to_be_of_one_seed(visits):
    found = visits["unconfirmed"]
    found.choose("beatsSingle")
    reason = found.text("#because")
    assert "one seed, against single-task models at default choices: run jrtune confirm." in reason
    chosen = pick(Analysis(STUDIES["unconfirmed"]), parse_rule(beats_single=True))
    assert found.chosen() == chosen.trial.number
    assert reason.lower().rstrip(".") == chosen.reason.lower().rstrip(".")


def make_rule(command):
    """The rule that jrtune pick would take from this line."""
    words = shlex.split(command)
    assert words[:2] == ["jrtune", "pick"]
    assert words[-4:] == ["--storage", STORAGE, "--name", "synthetic"]
    options, left = {}, words[2:-4]
    while left:
        name = left.pop(0).removeprefix("--").replace("-", "_")
        options[name] = left.pop(0) if left and not left[0].startswith("--") else True
    return parse_rule(**options)


def test_limits_out_of_reach_say_so(two):
    two.choose("atLeast")
    two.page.locator("#ask-0").fill("0.9999")
    assert two.text("#because").startswith("No choice: no front member is within the limits")
    assert two.page.locator("[data-command=pick]").count() == 0
    two.page.locator("#ask-0").fill("")
    assert "give at least one limit" in two.text("#because")


def test_choosing_by_hand_gives_its_command_line(two):
    number = front(STUDIES["two"])[3].number
    two.point("weights", number).click(force=True)
    assert f"jrtune pick --trial {number} " in two.text("[data-command=pick] code")


def test_rules_without_what_they_need_cannot_be_used(visits):
    option = visits["five"].page.locator("#rule option[value=robust]")
    assert option.is_disabled()
    assert "run jrtune confirm --seeds 5" in option.inner_text()


# --- figures ---------------------------------------------------------------------------------


@pytest.mark.parametrize("study", ["two", "three", "five"])
def test_figures_are_drawn_and_show_every_member_of_the_front(visits, study):
    page = visits[study].page
    drawn = {f.get_attribute("id") for f in page.locator("#look figure").all() if f.is_visible()}
    assert drawn == set(drawn_figures_of(STUDIES[study]))
    for figure in drawn & {"front", "parallel", "weights", "ternary"}:  # others choose whom they draw
        marks = page.locator(f"#{figure} svg").first.locator("[data-trial]")
        numbers = set(marks.evaluate_all("nodes => nodes.map(node => Number(node.dataset.trial))"))
        assert {t.number for t in front(STUDIES[study])} <= numbers


def test_every_pair_of_objectives_has_a_panel(visits):
    for study, pairs in (("two", 1), ("three", 3), ("five", 10)):
        assert visits[study].page.locator("#front svg[role=group]").count() == pairs


def test_intervals_lie_where_the_confirmations_say(two):
    member = next(m for m in Analysis(STUDIES["two"]).summary.members if m.role == "front")
    low, mean, high = two.page.evaluate(
        """number => {
          const box = (node) => node.getBoundingClientRect();
          const mark = document.querySelector(`#front [data-trial='${number}']`);
          const bar = box(mark.querySelector('.interval')), dot = box([...mark.children].at(-1));
          return [bar.left, dot.left + dot.width / 2, bar.right];
        }""",
        member.number,
    )
    estimate = member.test["accuracy"]
    expected = (estimate.mean - estimate.low) / (estimate.high - estimate.low)
    assert (mean - low) / (high - low) == pytest.approx(expected, abs=0.1)


def test_nothing_is_asked_for_and_nothing_complained_about(visits):
    for name, found in visits.items():
        assert found.complaints == []
        assert len(found.requested) == 1, name
