"""README.md of a bundle: what it is, how good it is, how to load it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from jrtune.export.schema import ObjectiveFigures, WeightsFile
from jrtune.export.weights import size
from jrtune.spec import SCALARISATIONS

LOADING = """\
With jrtune, in any training loop:

```python
import jrtune

weights = jrtune.load_weights("weights.json")
loss = weights({losses})   # the weighted sum, differentiable
```

With JSON alone:

```python
import json

weights = json.load(open("weights.json"))["weights"]
loss = sum(weights[term] * losses[term] for term in weights if weights[term] > 0)
```
"""

CHEBYSHEV = """\
They scalarise the losses as `{scalarisation}`, not as a sum. With jrtune, in any training loop:

```python
import jrtune
from jrtune.losses import Scalarised

weights = jrtune.load_weights("weights.json")
losses = {losses}
scalarise = Scalarised(list(weights.values()), weights.scalarisation)
loss = scalarise([losses[term] for term in weights])
```
"""

ELSEWHERE = """
With losses of another size (other units, summed rather than averaged, another network or other data) the
same numbers mean something else. A few batches of the new project say what they are there:

```python
import jrtune

# functions: loss term -> (outputs, batch) -> scalar
scale = jrtune.calibrate(model, batches, functions)
weights = jrtune.load_weights("weights.json").rescale(scale, by="{by}")
```
"""

MODEL = """
The trained model in plain PyTorch, where `build` is the study's model function:

```python
import json
from safetensors.torch import load_model

config = json.load(open("config.json"))
model = build(**config["model"])
load_model(model, "model.safetensors")
```
"""

PT2 = """
The trained model without its source, by torch alone:

```python
import torch

program = torch.export.load("model.pt2", extra_files={"weights.json": ""})
outputs = program.module()(batch)   # a dict of tensors, as the study's model takes and gives
```
"""

ONNX = """
The trained model in ONNX Runtime:

```python
import onnxruntime

session = onnxruntime.InferenceSession("model.onnx")
names = [output.name for output in session.get_outputs()]
outputs = dict(zip(names, session.run(names, arrays)))   # arrays: name of an input -> numpy array
```
"""

LIMITS = """
Training held loss terms to limits besides, by the penalty of `jrtune.losses.Constrained`: {limits}.
"""

NO_MODEL = "\nThere is no model.safetensors here: the parameters of this trial were not at hand at export.\n"


def card(body: WeightsFile, reason: str, sums: Mapping[str, str]) -> str:
    """The card's Markdown.

    Args:
        body: what weights.json says.
        reason: why this trial was chosen.
        sums: file name -> SHA-256 of the other files.
    """
    losses = "{" + ", ".join(f'"{term}": {term.replace("-", "_")}_loss' for term in body.weights) + "}"
    sections = [
        f"# {cell(body.study)}, trial {body.trial}\n",
        f"Weights of loss terms that were tuned by jrtune, for training with `{_formula(body)}`.\n",
        f"**Why this trial:** {cell(reason)}\n",
        "## Weights\n",
        _weights(body),
        "## Figures\n",
        _figures(body.objectives),
        "## Loading\n",
        _loading(body).replace("{losses}", losses) + _model(sums),
        "## Candidate and training\n",
        _pairs(
            body.candidate.choices
            | {"balancing": body.candidate.balancing}
            | body.training.model_dump(exclude_none=True, exclude={"constraints"})
        ),
        "## Provenance\n",
        _pairs(body.provenance.model_dump()),
        "## Checksums\n",
        "`sha256sum -c SHA256SUMS` checks them.\n",
        _table(("file", "SHA-256"), [(name, f"`{value}`") for name, value in sums.items()]),
    ]
    return "\n".join(sections)


def _model(files: Collection[str]) -> str:
    forms = [
        MODEL if "model.safetensors" in files else NO_MODEL,
        PT2 if "model.pt2" in files else "",
        ONNX if "model.onnx" in files else "",
    ]
    return "".join(forms)


def _formula(body: WeightsFile) -> str:
    return body.scalarisation if body.scalarisation in SCALARISATIONS else "sum(weight * loss)"


def _loading(body: WeightsFile) -> str:
    limits = ", ".join(f"{cell(term)} at most {limit:g}" for term, limit in body.training.constraints.items())
    held = LIMITS.replace("{limits}", limits) if limits else ""
    elsewhere = ELSEWHERE.replace("{by}", "gradients" if body.gradient_scale else "losses")
    if body.scalarisation not in SCALARISATIONS:
        return LOADING + elsewhere + held
    return CHEBYSHEV.replace("{scalarisation}", body.scalarisation) + elsewhere + held


def cell(text: object) -> str:
    """Text that stays inside its table cell and starts no markup."""
    plain = " ".join(str(text).split())
    for mark in "\\`*_<>[]|":
        plain = plain.replace(mark, "\\" + mark)
    return plain


def _weights(body: WeightsFile) -> str:
    rows = [
        (cell(term), f"{weight:.6g}", size(body.loss_scale[term]), _norm(body, term))
        for term, weight in body.weights.items()
    ]
    note = "What the weights act on: the loss at the start (mean on validation, untrained), and the norm of\n"
    note += "its gradient over the parameters that terms share, in the first minibatch.\n"
    return _table(("loss term", "weight", "loss at the start", "gradient at the start"), rows) + "\n" + note


def _norm(body: WeightsFile, term: str) -> str:
    return size(body.gradient_scale[term]) if body.gradient_scale else "not measured"


def _figures(objectives: Mapping[str, ObjectiveFigures]) -> str:
    rows = [
        (cell(name), figure.direction, f"{figure.val:.4g}", *_test(figure))
        for name, figure in objectives.items()
    ]
    return _table(("objective", "direction", "validation", "test, mean (95 % interval)", "seeds"), rows)


def _test(figure: ObjectiveFigures) -> tuple[str, str]:
    if figure.test is None:
        return "not confirmed", "0"
    test = figure.test
    interval = (
        "no interval" if test.low is None or test.high is None else f"{test.low:.4g} to {test.high:.4g}"
    )
    return f"{test.mean:.4g} ({interval})", str(test.seeds)


def _pairs(values: Mapping[str, object]) -> str:
    return _table(("name", "value"), [(cell(name), cell(value)) for name, value in values.items()])


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
