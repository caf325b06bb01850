"""weights.json: what is written is what is read, and what breaks the schema is refused in one line."""

import json
import math
from dataclasses import replace

import pytest
from build_results import make_results

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.select.subset import select_subset
from jrtune.errors import InputError
from jrtune.export.card import card
from jrtune.export.weights import load_weights
from jrtune.export.weights_file import weights_file

RESULTS = make_results()
CONFIRMED = next(c.number for c in RESULTS.confirmations if c.role == "front")
BODY = json.loads(weights_file(RESULTS.trials[CONFIRMED], Analysis(RESULTS)).to_text())


def load(tmp_path, body):
    file = tmp_path / "weights.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body))
    return load_weights(file)


def test_has_what_the_design_says():
    assert (BODY["format"], BODY["version"]) == ("jrtune-weights", 1)
    assert set(BODY) == {
        "format", "version", "study", "trial", "weights", "loss_scale", "gradient_scale", "scalarisation",
        "objectives", "candidate", "training", "provenance", "front",
    }  # fmt: skip
    assert set(BODY["objectives"]["accuracy"]["test"]) == {"mean", "low", "high", "seeds"}
    assert BODY["objectives"]["accuracy"]["test"]["seeds"] == 5
    trial = RESULTS.trials[CONFIRMED]
    assert BODY["objectives"]["accuracy"]["val"] == trial.values["accuracy"]
    assert BODY["candidate"] == {"choices": dict(trial.candidate.choices), "balancing": "fixed"}
    assert BODY["training"] == {
        "normalisation": "sums to 1", "reduction": "mean", "optimiser": "AdamW", "lr": 0.001,
        "momentum": None, "weight_decay": 0.01, "clip": 1.0, "batch_size": 64, "schedule": "cosine",
        "warmup": 0.05, "frozen": "", "frozen_for": 0.0, "frozen_rate": 1.0, "epochs": 20, "constraints": {},
    }  # fmt: skip
    assert BODY["provenance"] == {
        **RESULTS.study.versions, "seed": 0, "data": RESULTS.study.data, "created": trial.finished
    }  # fmt: skip


def test_it_carries_a_few_others_of_the_front(tmp_path):
    others = [trial for trial in select_subset(Analysis(RESULTS)) if trial.number != CONFIRMED]
    points = load(tmp_path, BODY).front
    assert [point["trial"] for point in points] == [trial.number for trial in others]
    for point, trial in zip(points, others, strict=True):
        assert point["weights"] == pytest.approx(dict(trial.candidate.weights))
        assert point["candidate"]["choices"] == dict(trial.candidate.choices)
        assert point["val"] == {name: trial.values[name] for name in RESULTS.study.objectives}
    assert load(tmp_path, {name: v for name, v in BODY.items() if name != "front"}).front == []


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"digit": 0.5, "edge": 0.4}, "sum to 0.9"),
        ({"digit": 0.5, "other": 0.5}, "front must have the terms"),
    ],
)
def test_a_front_of_other_terms_or_sums_is_refused(tmp_path, weights, message):
    body = json.loads(json.dumps(BODY))
    body["front"][0]["weights"] = weights
    with pytest.raises(InputError, match=message):
        load(tmp_path, body)


def test_a_trial_by_sgd_says_so_with_its_momentum(tmp_path):
    trial = RESULTS.trials[CONFIRMED]
    choices = {**trial.candidate.choices, "optimizer": "sgd", "momentum": 0.5}
    choice = replace(trial, candidate=replace(trial.candidate, choices=choices))
    training = load(tmp_path, weights_file(choice, Analysis(RESULTS)).to_text()).training
    assert (training["optimiser"], training["momentum"]) == ("SGD", 0.5)


@pytest.mark.parametrize("name", ["chebyshev", "smooth-chebyshev", "augmented-chebyshev"])
def test_a_trial_by_another_scalarisation_says_so(tmp_path, name):
    trial = RESULTS.trials[CONFIRMED]
    choices = {**trial.candidate.choices, "scalarisation": name}
    choice = replace(trial, candidate=replace(trial.candidate, choices=choices))
    weights = load(tmp_path, weights_file(choice, Analysis(RESULTS)).to_text())
    assert weights.scalarisation == name
    with pytest.raises(InputError, match=f"expected weights of a weighted sum, these are of '{name}'"):
        weights(dict.fromkeys(weights, 1.0))
    text = card(weights_file(choice, Analysis(RESULTS)), "for a test", {})
    assert f"for training with `{name}`" in text
    assert "sum(weight" not in text


def test_weights_that_an_adaptive_method_set_are_not_called_tuned(tmp_path):
    trial = RESULTS.trials[CONFIRMED]
    choice = replace(trial, candidate=replace(trial.candidate, balancing="uncertainty"))
    text = card(weights_file(choice, Analysis(RESULTS)), "for a test", {})
    loaded = load(
        tmp_path, weights_file(choice, Analysis(RESULTS), dict.fromkeys(BODY["weights"], 1.0)).to_text()
    )
    for use in (lambda: loaded.rescale(loaded.loss_scale), lambda: loaded.gradient_shares):
        with pytest.raises(InputError, match="beside the adaptive method 'uncertainty', which did not use"):
            use()
    assert "No weights were tuned: the adaptive method `uncertainty` set them" in text
    assert "load_weights" not in text
    with pytest.raises(InputError, match="these are of 'uncertainty': the README"):
        load(tmp_path, weights_file(choice, Analysis(RESULTS)).to_text())(dict.fromkeys(BODY["weights"], 1.0))


def test_the_constraints_are_told(tmp_path):
    study = replace(RESULTS.study, spec=replace(RESULTS.study.spec, constraints={"edge": 0.4}))
    body = weights_file(RESULTS.trials[CONFIRMED], Analysis(replace(RESULTS, study=study)))
    assert load(tmp_path, body.to_text()).training["constraints"] == {"edge": 0.4}
    assert "held loss terms to limits" in card(body, "for a test", {})
    assert "edge at most 0.4." in card(body, "for a test", {})
    assert "limits" not in card(weights_file(RESULTS.trials[CONFIRMED], Analysis(RESULTS)), "for a test", {})


def test_a_file_from_before_there_was_momentum_is_read(tmp_path):
    later = ("momentum", "constraints", "frozen", "frozen_for", "frozen_rate")
    training = {name: value for name, value in BODY["training"].items() if name not in later}
    assert load(tmp_path, change(training=training)).training == BODY["training"]
    assert load(tmp_path, {n: v for n, v in BODY.items() if n != "gradient_scale"}).gradient_scale == {}


def test_norms_of_gradients_are_told_and_what_is_not_finite_is_null(tmp_path):
    norms = {"digit": 0.5, "edge": math.nan}
    body = weights_file(RESULTS.trials[CONFIRMED], Analysis(RESULTS), norms)
    assert load(tmp_path, body.to_text()).gradient_scale == {"digit": 0.5, "edge": None}
    assert "| 0.5 |" in card(body, "for a test", {})


def test_unconfirmed_trial_has_null_for_test():
    results = make_results(seeds=0)
    body = json.loads(weights_file(results.trials[0], Analysis(results)).to_text())
    assert body["objectives"]["accuracy"]["test"] is None


def test_a_loss_that_was_not_finite_at_the_start_is_null(tmp_path):
    choice = replace(RESULTS.trials[1], loss_scale={"digit": 2.3, "edge": math.inf})  # "single digit"
    weights = load(tmp_path, weights_file(choice, Analysis(RESULTS)).to_text())
    assert weights.loss_scale == {"digit": 2.3, "edge": None}
    assert "not finite" in weights._repr_html_()


def test_one_seed_has_null_for_the_interval():
    results = make_results(seeds=1)
    number = next(c.number for c in results.confirmations if c.role == "front")
    text = weights_file(results.trials[number], Analysis(results)).to_text()
    test = json.loads(text)["objectives"]["accuracy"]["test"]
    assert (test["low"], test["high"], test["seeds"]) == (None, None, 1)
    assert math.isfinite(test["mean"])
    assert "NaN" not in text


def test_a_baseline_gets_its_own_test_figures():
    figures = weights_file(RESULTS.trials[0], Analysis(RESULTS)).objectives["accuracy"].test
    runs = [c.test["accuracy"] for c in RESULTS.confirmations if c.label == "equal weights"]
    assert figures.mean == pytest.approx(sum(runs) / len(runs))


def change(**changes):
    return {**BODY, **changes}


FIRST = next(iter(BODY["weights"]))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "expected JSON in .*weights.json, got other text"),
        ("[" * 200_000, "expected JSON in .*weights.json, got other text .maximum recursion depth"),
        (change(version=True), "got format 'jrtune-weights' version True in .*: give a weights.json"),
        (change(trial=-4), r"got trial \(-4\): .*greater than or equal to 0"),
        (change(training={**BODY["training"], "lr": -0.1}), r"training.lr \(-0.1\): .*greater than 0"),
        (change(weights={"": 1.0}), "weights.* should have at least 1 character"),
        ([], "format jrtune-weights version 1, got format None version None .*: give a weights.json"),
        (change(format="other"), "got format 'other' version 1 in .*: give a weights.json"),
        (change(version=2), "got format 'jrtune-weights' version 2 in .*: install a newer jrtune"),
        (change(version="1"), "got format 'jrtune-weights' version '1' in .*: give a weights.json"),
        (change(weights={"a": 0.5, "b": 0.4}), "weights must sum to 1, they sum to 0.9"),
        (change(weights={"a": 1.5, "b": -0.5}), r"weights.b \(-0.5\): .*greater than or equal to 0"),
        (change(weights={"a": math.nan}), r"weights.a \(nan\): .*finite number"),
        (change(weights={"a": math.inf}), r"weights.a \(inf\): .*finite number"),
        (change(weights={"a": "1"}), r"weights.a \('1'\): .*valid number"),
        (change(weights={}), "weights .*at least 1"),
        (change(loss_scale={FIRST: 1.0}), "loss_scale must have the terms of weights"),
        (change(gradient_scale={FIRST: 1.0}), "gradient_scale must have the terms of weights"),
        (change(surprise=1), "surprise .*: install a newer jrtune"),
        ({k: v for k, v in BODY.items() if k != "provenance"}, "provenance: Field required"),
    ],
)  # fmt: skip
def test_refused_in_one_line(tmp_path, body, message):
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, body)
    assert "\n" not in str(caught.value)
    assert "expected" in str(caught.value)


def test_the_sum_may_be_off_by_rounding(tmp_path):
    terms = {"t0": 0.1 + 1e-9} | {f"t{i}": 0.1 for i in range(1, 10)}
    assert sum(terms.values()) != 1
    assert load(tmp_path, change(weights=terms, loss_scale=terms, front=[])) == terms


def test_a_mark_before_the_text_is_passed_over(tmp_path):
    (tmp_path / "weights.json").write_text(json.dumps(BODY), encoding="utf-8-sig")
    assert load_weights(tmp_path) == BODY["weights"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a\0b", "expected a weights file at a.b, got 'embedded null byte': give"),
        ("x" * 5000, "expected a weights file at x+, got 'File name too long': give"),
        (None, "expected the path of a weights file, got None: give what"),
        (3, "expected the path of a weights file, got 3: give what"),
    ],
)
def test_what_names_no_file_is_refused(path, message):
    with pytest.raises(InputError, match=message):
        load_weights(path)


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_missing_file_is_named(tmp_path, name):
    with pytest.raises(InputError, match=r"expected a weights file at .*json, got 'No such file"):
        load_weights(tmp_path / name)
