"""Loaded weights are a plain mapping, and a function equal to the loop one would write."""

import json
import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from build_results import make_results
from hypothesis import given
from hypothesis import strategies as st

import jrtune
from jrtune.analysis.analysis import Analysis
from jrtune.errors import InputError
from jrtune.export.weights import Weights, load_weights
from jrtune.export.weights_file import weights_file


def as_weights(values, tmp_path=None, **changes):
    """Weights with these values, beside plausible rest."""
    results = make_results(seeds=0)
    body = weights_file(results.trials[0], Analysis(results)).model_dump()
    body |= {"weights": values, "loss_scale": dict.fromkeys(values, 1.0)} | changes
    return Weights(path=tmp_path, **{k: v for k, v in body.items() if k not in ("format", "version")})


simplexes = st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda v: sum(v) > 1e-3)


@given(raw=simplexes, losses=st.lists(st.floats(-10, 10), min_size=6, max_size=6))
def test_sum_equals_the_plain_loop(raw, losses):
    values = {f"t{i}": v / sum(raw) for i, v in enumerate(raw)}
    terms = dict(zip(values, losses, strict=False))
    expected = math.fsum(values[t] * terms[t] for t in terms)
    weights = as_weights(values)
    assert weights(terms) == pytest.approx(expected, rel=0, abs=1e-12)
    assert float(weights({t: np.float64(v) for t, v in terms.items()})) == weights(terms)


def test_gradient_equals_the_plain_loops():
    weights = as_weights({"a": 0.7, "b": 0.0, "c": 0.3})
    x = torch.tensor([0.3, -1.2], dtype=torch.float64, requires_grad=True)

    def losses():
        return {"a": (x**2).sum(), "b": x.sum(), "c": torch.sin(x).sum()}

    total = weights(losses())
    (mine,) = torch.autograd.grad(total, x)
    found = losses()
    (plain,) = torch.autograd.grad(sum(weights[t] * found[t] for t in weights), x)
    assert torch.allclose(mine, plain, rtol=0, atol=1e-12)
    assert plain.abs().min() > 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_term_of_weight_zero_cannot_spoil_the_sum_or_the_gradient(bad):
    weights = as_weights({"a": 1.0, "b": 0.0})
    x = torch.tensor(2.0, requires_grad=True)
    total = weights({"a": x * 3, "b": x * bad})
    total.backward()
    assert total.item() == 6
    assert x.grad.item() == 3


def test_a_bad_loss_with_weight_does_show():
    assert math.isnan(as_weights({"a": 0.5, "b": 0.5})({"a": math.nan, "b": 1.0}))


@pytest.mark.parametrize(
    ("losses", "message"),
    [
        ({"a": 1.0}, "expected losses of a, b, got missing b: pass one loss a term"),
        ({"a": 1.0, "b": 1.0, "c": 1.0}, "got unknown c"),
        ({"a": 1.0, "c": 1.0}, "got missing b and unknown c"),
    ],
)
def test_wrong_terms_are_named(losses, message):
    with pytest.raises(ValueError, match=message):
        as_weights({"a": 0.5, "b": 0.5})(losses)


def test_weights_of_an_adaptive_method_are_not_summed():
    with pytest.raises(InputError, match="expected weights of a weighted sum, these are of 'dwa'"):
        as_weights({"a": 1.0}, scalarisation="dwa")({"a": 1.0})


def test_it_is_a_plain_mapping(tmp_path):
    results = make_results(seeds=0)
    choice = results.trials[4]
    file = tmp_path / "weights.json"
    file.write_text(weights_file(choice, Analysis(results)).to_text())
    weights = load_weights(tmp_path)
    assert dict(weights) == dict(choice.candidate.weights)  # bit for bit
    assert json.loads(json.dumps(dict(weights))) == weights
    assert (lambda **terms: terms)(**weights) == dict(weights)
    assert list(weights) == ["digit", "edge"]
    assert weights.path == file
    assert load_weights(str(file)) == weights
    assert isinstance(weights, jrtune.Weights)
    assert json.loads(file.read_text())["weights"] == dict(weights)  # without jrtune


def test_html_is_escaped():
    text = as_weights({"<b>": 1.0}, study="<script>")._repr_html_()
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    assert "<script>" not in text


def test_importing_waits_for_nothing_heavy():
    code = (
        "import jrtune.export.weights, sys; "
        "print([m for m in ('torch', 'optuna', 'pydantic', 'numpy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
