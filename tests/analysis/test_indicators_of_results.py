"""Span of a front, and how far the baselines lie behind it."""

import math
from dataclasses import replace

import pytest
from build_results import make_results

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front, span_of


def test_span_is_the_distance_of_the_ends():
    results = make_results()
    members = front(results)
    for name, extent in span_of(members, results.study).items():
        values = [member.values[name] for member in members]
        assert extent == pytest.approx(max(values) - min(values))


def test_baselines_that_are_the_front_are_not_behind():
    results = make_results()
    kept = tuple(t for t in results.trials if t.is_baseline)
    assert kept
    assert Analysis(replace(results, trials=kept)).igd_plus == 0


def test_infeasible_baselines_are_no_yardstick():
    results = make_results()
    worse = min(t.values["accuracy"] for t in results.trials if t.is_baseline)
    bounded = make_results(bounds={"accuracy": worse + 1e-9})  # all but that one are feasible
    left = tuple(t for t in results.trials if not t.is_baseline or t.values["accuracy"] > worse)
    assert len(left) == len(results.trials) - 1
    assert Analysis(bounded).igd_plus == pytest.approx(Analysis(replace(bounded, trials=left)).igd_plus)
    none = make_results(bounds={"accuracy": 0.92})
    assert front(none)
    assert math.isnan(Analysis(none).igd_plus)


def test_units_do_not_matter():
    results = make_results()
    name = results.study.objectives[0]

    def scaled(values):
        return {n: v * 1000 if n == name else v for n, v in values.items()}

    trials = tuple(replace(t, values=scaled(t.values)) for t in results.trials)
    study = replace(results.study, reference=scaled(results.study.reference))
    other = replace(results, trials=trials, study=study)
    assert Analysis(other).igd_plus == pytest.approx(Analysis(results).igd_plus)
    assert Analysis(results).igd_plus > 0


def test_without_a_reference_it_is_not_known():
    assert math.isnan(Analysis(make_results(reference=False)).igd_plus)
