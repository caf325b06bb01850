"""The contract: entries, what a study refuses, candidates as JSON, objectives."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import FINITE, TERMS, a_study, studies, weightings

import jrtune as jr
from jrtune.errors import StudyError
from jrtune.spec import Candidate, Entry, Resource, StudySpec, TrialStatus, choices_for

HALF = jr.choice(0.5)

# --- entries ---------------------------------------------------------------------------------


def test_defaults_are_the_first_option_and_the_middle_of_the_scale():
    assert jr.choice("hard", "soft").default == "hard"
    assert jr.choice("hard", "soft", default="soft").default == "soft"
    assert jr.integer(0, 10).default == 5
    assert jr.integer(16, 64, log=True).default == 32
    assert jr.number(1, 3).default == 2.0
    assert jr.number(1e-4, 1e-2, log=True).default == pytest.approx(1e-3)
    assert isinstance(jr.number(0, 4, default=1).default, float)


@given(st.lists(FINITE, min_size=2, max_size=2, unique=True).map(sorted), st.booleans())
def test_every_default_of_a_number_lies_within(bounds, log):
    low, high = bounds
    if log and low <= 0:
        with pytest.raises(StudyError, match="0 < low < high on a log scale"):
            jr.number(low, high, log=True)
    else:
        assert low <= jr.number(low, high, log=log).default <= high


@given(st.lists(st.integers(1, 2**53), min_size=2, max_size=2, unique=True).map(sorted), st.booleans())
def test_every_default_of_an_integer_is_a_whole_number_within(bounds, log):
    entry = jr.integer(*bounds, log=log)
    assert type(entry.default) is int
    assert bounds[0] <= entry.default <= bounds[1]


@pytest.mark.parametrize(
    ("entry", "inside", "outside"),
    [
        (jr.choice(1, 2), [1, 2], [True, 1.0, "1", 3, None]),
        (jr.choice(True, False), [True, False], [1, 0, "True", None]),
        (jr.choice("a", None), ["a", None], ["b", ""]),
        (jr.integer(1, 3), [1, 3], [0, 4, 2.0, True, "2", None]),
        (jr.number(0, 1), [0, 1, 0.5], [-0.1, 1.1, math.nan, math.inf, True, "0.5", None]),
    ],
    ids=lambda value: value.kind if isinstance(value, Entry) else "",
)
def test_an_entry_contains_its_own_values_by_type(entry, inside, outside):
    assert all(entry.contains(value) for value in inside)
    assert not any(entry.contains(value) for value in outside)


def test_an_entry_exists_where_all_its_conditions_hold():
    entry = jr.integer(1, 4, when={"sharing": ["soft", "gated"], "deep": True})
    assert entry.active({"sharing": "gated", "deep": True})
    assert not entry.active({"sharing": "hard", "deep": True})
    assert not entry.active({"sharing": "soft", "deep": False})
    assert not entry.active({"deep": True})  # its parent does not exist itself


def test_conditions_given_as_a_set_have_one_order():
    names = {f"option{k}" for k in range(20)}
    assert jr.integer(1, 2, when={"x": names}).when["x"] == tuple(sorted(names, key=repr))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: jr.choice(), r"at least one option, got none: write choice\('a', 'b'\)"),
        (lambda: jr.choice("a", object), "takes str, int, float, bool or None, got <class 'object'>"),
        (lambda: jr.choice("a", ("b",)), r"got \('b',\): name it by a string"),
        (lambda: jr.choice(1.0, math.inf), "needs finite numbers, got inf"),
        (lambda: jr.choice(math.nan), "needs finite numbers, got nan"),
        (lambda: jr.choice("a", "b", "a"), "options that differ, got 'a' again"),
        (lambda: jr.choice(1, True), "options that differ, got True again"),
        (lambda: jr.choice("a", default="b"), r"the default 'b' is not among \('a',\)"),
        (lambda: jr.integer(4, 4), "low < high, got low=4, high=4"),
        (lambda: jr.integer(1.5, 3), "needs whole bounds, got low=1.5, high=3"),
        (lambda: jr.integer(1.5, 3, default=2), "needs whole bounds, got low=1.5, high=3"),
        (lambda: jr.integer(0, 4, log=True), "0 < low < high on a log scale, got low=0, high=4"),
        (lambda: jr.integer(1, 4, default=9), "the default 9 is not among 1 to 4"),
        (lambda: jr.integer(1, 4, default=2.0), "the default 2.0 is not among 1 to 4"),
        (lambda: jr.number(0, math.inf), "finite bounds with low < high, got low=0, high=inf"),
        (lambda: jr.number(math.nan, 1), "finite bounds with low < high, got low=nan, high=1"),
        (lambda: jr.number(3, 1, default=2), "low < high, got low=3, high=1"),
        (lambda: jr.number("0", 1), "finite bounds with low < high, got low='0', high=1"),
        (lambda: jr.number(0, 1, default="x"), "the default 'x' is not among 0 to 1"),
        (lambda: jr.maximize(0.5), r"maximize\(\) needs a function \(outputs, batch\) -> number, got 0.5"),
        (lambda: jr.maximize(len, at_least=math.nan), r"maximize\(\) needs finite bounds, got nan"),
        (lambda: jr.minimize(len, worst=math.inf), r"minimize\(\) needs finite bounds, got inf"),
        (lambda: jr.minimize(len, at_most="1"), r"minimize\(\) needs finite bounds, got '1'"),
    ],
)
def test_entries_and_objectives_refuse_what_has_no_meaning(make, message):
    with pytest.raises(StudyError, match=message):
        make()


# --- the study -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, r"name must match \[A-Za-z\]\[A-Za-z0-9_-\]\*, got ''"),
        ({"name": "a b"}, "name must match .*, got 'a b'"),
        ({"name": "a\n"}, r"name must match .*, got 'a\\n'"),
        ({"name": 5}, "name must match .*, got 5"),
        ({"losses": {"a b": len}}, "names in losses must match .*, got 'a b': rename it"),
        ({"losses": {5: len}}, "names in losses must match .*, got 5: rename it"),
        ({"objectives": {"1st": jr.maximize(len)}}, "names in objectives must match .*, got '1st'"),
        ({"space": {"é": jr.choice(1)}}, "names in space must match .*, got 'é'"),
        ({"losses": {}}, "at least one loss and one objective"),
        ({"objectives": {}}, "at least one loss and one objective"),
        (
            {"objectives": {"score": len}},
            r"objective 'score' must be jr.maximize\(f\) or jr.minimize\(f\), got <",
        ),
        ({"objectives": {"score": jr.maximize(len, term="z")}}, "'score' names term 'z'; known: a, b"),
        ({"data": {}}, r"data must be a function, got \{\}"),
        ({"data": lambda path: {}}, "parameter 'path' of data needs a default, got none: write path="),
        ({"model": None}, "model must be a function, got None"),
        ({"losses": {"a": 1}}, r"losses\['a'\] must be a function, got 1"),
        ({"space": {"width": 3}}, r"space\['width'\] must be jr.choice, jr.integer or jr.number, got 3"),
        ({"space": {"stick_0": jr.number(0, 1)}}, "'stick_0' is taken by the weights: rename the entry"),
        (
            {"space": {"x": jr.integer(1, 2, when={"y": 1})}},
            r"space\['x'\] depends on 'y', which must be declared",
        ),
        (
            {"space": {"x": jr.integer(1, 2, when={"x": 1})}},
            r"space\['x'\] depends on 'x', which must be declared",
        ),
        (
            {"space": {"x": jr.choice("a", "b"), "y": jr.choice(1, when={"x": "c"})}},
            r"space\['y'\] waits for x='c', which is none of 'a', 'b'",
        ),
        (
            {"model": lambda width: None, "space": {"depth": jr.integer(1, 2)}},
            r"space\['depth'\] is taken by neither the model nor the training; known: .*lr.*width",
        ),
        (
            {"weights": jr.simplex(groups={"g": ["z"]})},
            "groups of weights name 'z', which is no loss; known: a, b",
        ),
        (
            {"weights": jr.simplex(groups={"g": ["a"], "h": ["a", "b"]})},
            "of weights must not overlap",
        ),
        ({"weights": jr.simplex(floor=0.5)}, r"floor of weights must be in \[0, 1/2\), got 0.5"),
        ({"weights": jr.simplex(floor=math.nan)}, r"floor of weights must be in \[0, 1/2\), got nan"),
        ({"weights": jr.simplex(floor=-0.1)}, r"floor of weights must be in \[0, 1/2\), got -0.1"),
        ({"epochs": 0}, r"epochs must be an integer from 1 to 100000, .* got 0"),
        ({"epochs": 1.5}, r"epochs must be an integer from 1 to 100000, .* got 1.5"),
        ({"epochs": 100_001}, r"from 1 to 100000, for a row of each is stored, got 100001"),
        ({"losses": [1]}, r"losses must be a dict by name, got \[1\]: name each"),
        ({"constraints": [1]}, r"constraints must be a dict by name, got \[1\]: name each"),
        ({"training": {"lr": 1}}, r"training must be a jr.Training\(...\), got {'lr': 1}: write it so"),
        ({"weights": 3}, r"weights must be a jr.simplex\(...\), got 3: write it so"),
    ],
)
def test_a_study_refuses_what_contradicts_itself(changes, message):
    with pytest.raises(StudyError, match=message) as caught:
        a_study(**changes)
    assert "\n" not in str(caught.value)


def test_training_choices_may_vary_without_the_model_taking_them():
    study = a_study(model=lambda width: None, space={"width": jr.integer(1, 2), "lr": jr.number(0.1, 1)})
    varied = study.training.vary({"width": 2, "lr": 0.5})
    assert (varied.lr, varied.batch_size) == (0.5, study.training.batch_size)


def test_options_are_the_parameters_of_data():
    assert list(a_study(data=lambda size=8, noisy=False: {}).options()) == ["size", "noisy"]


@given(studies())
def test_a_description_is_what_json_gives_back(study):
    described = study.describe()
    stored = described.to_json()
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored
    assert StudySpec.from_json(stored) == described


def test_a_description_tells_what_must_not_change():
    parts = [
        {"losses": {"a": len, "c": len}},
        {"objectives": {"score": jr.minimize(len)}},
        {"objectives": {"score": jr.maximize(len, at_least=0.5)}},
        {"objectives": {"score": jr.maximize(len, worst=0.0)}},
        {"objectives": {"score": jr.maximize(len, term="a")}},
        {"objectives": {"score": jr.maximize(Resource("size", lambda model, batch: 0.0))}},
        {"space": {"lr": jr.number(0.1, 1)}},
        {"space": {"lr": jr.number(0.1, 1, log=True)}},
        {"epochs": 7},
        {"training": jr.Training(clip=0.0)},
        {"training": jr.Training(optimizer="sgd")},
        {"training": jr.Training(momentum=0.5)},
        {"training": jr.Training(scalarisation="chebyshev")},
        {"training": jr.Training(frozen="body")},
        {"training": jr.Training(frozen_for=0.5)},
        {"training": jr.Training(frozen_rate=0.1)},
        {"weights": jr.simplex(log=True)},
        {"constraints": {"a": 0.5}},
        {"constraints": {"a": 0.25}},
        {"watched": {"share": len}},
    ]
    texts = [json.dumps(a_study(**part).describe().to_json()) for part in [{}, *parts]]
    assert len(set(texts)) == len(texts)
    assert a_study(name="other").describe() == a_study().describe()


# --- candidates and objectives ---------------------------------------------------------------

CHOICES = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers() | FINITE | st.text(st.characters()), max_size=5
)


@given(st.integers(1, 6).flatmap(lambda t: weightings(TERMS[:t])), CHOICES, st.text())
def test_a_candidate_comes_back_from_json_as_it_was(weights, choices, balancing):
    candidate = Candidate(weights, choices, balancing)
    text = candidate.to_json()
    again = Candidate.from_json(text)
    assert again == candidate
    assert again.to_json() == text  # also where 0.0 == -0.0 and True == 1, and the order of keys
    assert [type(v) for v in again.choices.values()] == [type(v) for v in choices.values()]


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_candidate_that_json_cannot_hold_is_refused(value):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Candidate({"a": value}).to_json()


@given(FINITE, FINITE)
def test_violation_is_positive_where_the_bound_is_broken(value, bound):
    assert (jr.maximize(len, at_least=bound).violation(value) > 0) == (value < bound)
    assert (jr.minimize(len, at_most=bound).violation(value) > 0) == (value > bound)


def test_signs_turn_figures_into_costs():
    assert jr.maximize(len).sign == -1
    assert jr.minimize(len).sign == 1
    assert jr.maximize(len).violation(3.0) is None
    assert jr.maximize(len, at_least=2.0).violation(2.0) == 0
    assert jr.minimize(len, at_most=2.0).violation(3.5) == 1.5


def test_every_ending_but_complete_has_its_advice():
    assert {status for status in TrialStatus if not status.advice} == {TrialStatus.COMPLETE}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"training": jr.Training(batch_size=0)}, "batch_size must be an integer from 1, got 0"),
        ({"training": jr.Training(lr=0.0)}, "lr must be above 0"),
        ({"training": jr.Training(warmup=2.0)}, "warmup must be from 0 to 1"),
        ({"training": jr.Training(optimizer="adam")}, "optimizer must be 'adamw' or 'sgd', got 'adam'"),
        ({"space": {"optimizer": jr.choice("sgd", "SGD")}}, "optimizer must be 'adamw' or 'sgd', got 'SGD'"),
        ({"training": jr.Training(momentum=1.0)}, r"momentum must be from 0 to below 1, got 1\.0"),
        ({"training": jr.Training(momentum=-0.1)}, "momentum must be from 0 to below 1, got -0.1"),
        ({"space": {"momentum": jr.number(0.5, 1)}}, "momentum must be from 0 to below 1, got 1"),
        ({"space": {"batch_size": jr.integer(0, 8)}}, "batch_size must be an integer from 1, got 0"),
        (
            {"space": {"schedule": jr.choice("cosine", "linear")}},
            "schedule must be 'cosine' or 'constant', got 'linear'",
        ),
        ({"space": {"frozen_for": jr.number(0, 2)}}, "frozen_for must be from 0 to 1, got 2"),
        ({"training": jr.Training(frozen_rate=-1.0)}, "frozen_rate must be from 0, got -1.0"),
        ({"space": {"frozen": jr.choice("", 3)}}, "frozen must be names of parts .* got 3"),
        (
            {"training": jr.Training(scalarisation="max")},
            "scalarisation must be one of sum, chebyshev, .*'max'",
        ),
        ({"space": {"scalarisation": jr.number(0, 1)}}, "scalarisation must be one of sum, .* got 0"),
        (
            {
                "training": jr.Training(clip=-1.0),
                "space": {
                    "schedule": jr.choice("cosine", "constant"),
                    "clip": jr.choice(1.0, when={"schedule": "cosine"}),
                },
            },
            "clip must be from 0, got -1.0",
        ),
        ({"constraints": {"c": 0.1}}, "constraints name 'c', which is no loss; known: a"),
        ({"constraints": {"a": 0.0}}, "limit of loss 'a' must be a finite number above 0, got 0.0"),
        ({"constraints": {"a": math.inf}}, "limit of loss 'a' .* got inf"),
        ({"constraints": {"a": "0.4"}}, "limit of loss 'a' .* got '0.4'"),
        ({"constraints": {"a": True}}, "limit of loss 'a' .* got True"),
        ({"space": {"seconds": jr.number(0, 1)}}, "would be taken for a column"),
        *(
            ({"space": {name: jr.number(0, 1)}}, rf"space\['{name}'\] would be taken for a column")
            for name in (
                *("trial", "source", "label", "role", "seed", "status", "balancing", "epoch", "stability"),
                *("finished", "message", "advice", "loss_a", "loss_scale_a", "weight_a", "val_f"),
            )
        ),
        ({"watched": {"f": len}}, r"watched\['f'\] would be taken for an objective"),
        ({"watched": {"seconds": len}}, r"watched\['seconds'\] would be taken .* a column"),
        ({"watched": {"f_low": len}}, r"watched\['f_low'\] would be taken"),
        ({"watched": {"g": len, "g_high": len}}, r"watched\['g_high'\] would be taken"),
        ({"watched": {"a b": len}}, "names in watched must match"),
        ({"watched": {"g": jr.maximize(len)}}, r"watched\['g'\] must be a function .* leave out jr.maximize"),
    ],
)
def test_training_choices_that_cannot_be_are_refused_before_anything_is_trained(change, message):
    study = {
        "name": "x",
        "data": lambda: {},
        "model": lambda seconds=0: None,
        "losses": {"a": lambda o, b: None},
        "objectives": {"f": jr.minimize(lambda o, b: 0.0)},
    }
    with pytest.raises(jr.StudyError, match=message):
        jr.Study(**(study | change))


def test_a_choice_of_a_loss_is_no_column_unless_it_is_a_terms():
    assert a_study(model=lambda loss_kind, loss_c: None, space=dict.fromkeys(["loss_kind", "loss_c"], HALF))


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (lambda width: None, ["width"]),
        (lambda width, lr=0.1: None, ["width", "lr"]),  # a project's class may ask for it
        (lambda **choices: None, ["width"]),
        (lambda momentum=0.5, **choices: None, ["width", "momentum"]),
    ],
)
def test_what_the_builder_is_given_is_written_down(model, expected):
    study = a_study(model=model, space=dict.fromkeys(["width", "lr", "momentum"], HALF))
    assert list(study.describe().model) == choices_for(model, study.space) == expected


def test_the_optimiser_and_its_momentum_may_vary():
    momentum = jr.number(0.5, 0.99, when={"optimizer": "sgd"})
    study = a_study(model=lambda: None, space={"optimizer": jr.choice("adamw", "sgd"), "momentum": momentum})
    training = study.training.vary({"optimizer": "sgd", "momentum": 0.7})
    assert (training.optimizer, training.momentum) == ("sgd", 0.7)
    assert study.training.vary({"optimizer": "adamw"}) == jr.Training()
