"""The page chooses the same point as the command line: every rule on 50 random fronts, in Chromium."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import jrtune.report
from jrtune.analysis.select import reasons
from jrtune.errors import InputError
from jrtune.pareto.choose import knee, prefer, reference, topsis
from jrtune.pareto.epsilon_constraint import OutOfReachError, at_least
from jrtune.pareto.neighbours import neighbours
from jrtune.pareto.robustness import beats_single, robust
from jrtune.report.page.join import join

SOURCE = Path(jrtune.report.__file__).with_name("page") / "choose.js"
PYTHON = {
    "knee": knee,
    "prefer": prefer,
    "topsis": topsis,
    "reference": reference,
    "atLeast": at_least,
    "beatsSingle": beats_single,
    "robust": robust,
    "neighbours": neighbours,
}
RUN = """cases => cases.map(([rule, args]) => {
  try { return choose[rule](...args) }
  catch (error) { if (!(error instanceof choose.Refusal)) throw error; return { refused: error.nearest } }
})"""


def front_of(number):
    """Ties, duplicates, dominated points, objectives without extent or of huge extent, single points."""
    rng = np.random.default_rng(number)
    n, m = int(rng.integers(1, 30)), 2 + number % 4
    costs = rng.random((n, m))
    if number % 3 == 0:
        costs = np.round(costs * 4)  # ties
    if number % 3 == 1:
        costs /= np.linalg.norm(costs, axis=1, keepdims=True)  # all of them on the front
    if number % 5 == 0:
        costs = np.vstack([costs, costs[: n // 2 + 1]])  # duplicates
    if number % 7 == 0:
        costs[:, -1] = 0.1  # no extent
    if number % 11 == 0:
        costs = costs[:1]
    units = [1.0, -1e6, 3e-7, 1e290, 0.1][:m]
    return np.where(rng.random(m) < 0.5, units, 1.0) * costs, rng


def calls(number):
    """Every rule with arguments that fit the front."""
    costs, rng = front_of(number)
    n, m = costs.shape
    low, high = costs.min(axis=0), costs.max(axis=0)
    weights = rng.integers(0, 4, m) + np.eye(m)[number % m] * rng.random()
    point = low + (high - low) * rng.uniform(-1, 2, m)
    limits = [
        None if rng.random() < 0.4 else value for value in (low + (high - low) * rng.random(m)).tolist()
    ]
    gains = [
        [] if rng.random() < 0.2 else [(g, g - rng.random() if number % 2 else math.nan) for g in row]
        for row in np.round(rng.normal(0.3, 0.5, (n, m)), 1).tolist()
    ]
    shares = [math.nan if rng.random() < 0.3 else round(rng.random(), 1) for _ in range(n)]
    yield "knee", [costs.tolist()]
    for given in (weights, np.ones(m), np.eye(m)[0]):
        yield "prefer", [costs.tolist(), given.tolist()]
        yield "topsis", [costs.tolist(), given.tolist()]
    for given in (point, low, high, high + 1e12 * (high - low), np.full(m, 1e308)):
        yield "reference", [costs.tolist(), given.tolist()]
    for best in range(m):
        yield "atLeast", [costs.tolist(), limits, best]
    yield "beatsSingle", [gains]
    yield "robust", [shares, costs.tolist()]
    yield from (("neighbours", [costs.tolist(), index]) for index in range(n))


def answer(rule, arguments):
    if rule == "atLeast":
        costs, limits, best = arguments
        arguments = [costs, [math.nan if limit is None else limit for limit in limits], best]
    try:
        return PYTHON[rule](*arguments)
    except OutOfReachError as error:
        return {"refused": error.nearest}
    except InputError:
        return {"refused": None}


@pytest.fixture(scope="module")
def page(browser):
    page = browser.new_page()
    page.set_content("<title>choose</title>")
    script = join({"choose": SOURCE.read_text()}, "choose")
    page.add_script_tag(content=f"{script}\nconst {{ choose }} = modules.choose;")
    yield page
    page.close()


def without_nan(value):
    if isinstance(value, list | tuple):
        return [without_nan(v) for v in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def test_every_rule_chooses_the_same_point_on_fifty_fronts(page):
    cases = [call for number in range(50) for call in calls(number)]
    # as text, as the page gets its data
    found = page.evaluate(f"text => ({RUN})(JSON.parse(text))", json.dumps(without_nan(cases)))
    for (rule, arguments), index in zip(cases, found, strict=True):
        assert index == answer(rule, arguments), (rule, arguments)
    refused = {rule for (rule, _), index in zip(cases, found, strict=True) if isinstance(index, dict)}
    assert refused >= {"atLeast", "beatsSingle", "robust"}
    assert {rule for (rule, _), index in zip(cases, found, strict=True) if index not in (0, [])} == set(
        PYTHON
    )


SAID = """([pairs, rows]) => {
  const objectives = pairs.map(([name], k) => ({ name, sign: k ? 1 : -1 }));
  const { knee, prefer, topsis, reference } = choose.reasons;
  return [
    knee, prefer(pairs), topsis(pairs), topsis(null), reference(pairs),
    ...rows.map(([mine, other]) => choose.against(mine, other, objectives, "trial 3 next to it")),
  ];
}"""


def test_the_reasons_are_the_command_lines(page):
    pending = {"accuracy": 0.7, "error": 1.0, "size": 25}
    rows = [
        [[0.9, 0.1, 20], [0.91, 0.1, 29000]],
        [[1, -2.5, 3.14159], [0.99996, 3, 0]],
        [[0, 999.7, -999.4], [0, 0, 0]],
        [[3e-7, 0.00012, -1e-5], [1e-7, 0, 0]],
    ]
    found = page.evaluate(SAID, [list(pending.items()), rows])
    signs = {"accuracy": -1, "error": 1, "size": 1}
    figures = [[dict(zip(pending, figures, strict=True)) for figures in row] for row in rows]
    assert found == [
        reasons.KNEE,
        reasons.prefer(pending),
        reasons.topsis(pending),
        reasons.topsis(None),
        reasons.reference(pending),
        *(reasons.against(mine, other, signs, "trial 3 next to it") for mine, other in figures),
    ]
