"""README.md of a bundle: what it is, how good it is, how to load it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from jrtune.export import snippets
from jrtune.export.schema import ObjectiveValues, WeightsFile
from jrtune.export.weights import is_adaptive, size
from jrtune.spec import SCALARISATIONS


def card(body: WeightsFile, reason: str, sums: Mapping[str, str]) -> str:
    """The card's Markdown.

    Args:
        body: the content of weights.json.
        reason: why this trial was chosen.
        sums: file name -> SHA-256 of the other files.
    """
    losses = "{" + ", ".join(f'"{term}": {term.replace("-", "_")}_loss' for term in body.weights) + "}"
    sections = [
        f"# {cell(body.study)}, trial {body.trial}\n",
        _what(body),
        f"**Why this trial:** {cell(reason)}\n",
        "## Weights\n",
        _weights(body),
        "## Figures\n",
        _objectives(body.objectives),
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
        snippets.MODEL if "model.safetensors" in files else snippets.NO_MODEL,
        snippets.PT2 if "model.pt2" in files else "",
        snippets.ONNX if "model.onnx" in files else "",
    ]
    return "".join(forms)


def _what(body: WeightsFile) -> str:
    if is_adaptive(body.scalarisation):
        method = f"the adaptive method `{body.scalarisation}` set them while training"
        return f"No weights were tuned: {method}, and those below were not used.\n"
    formula = body.scalarisation if body.scalarisation in SCALARISATIONS else "sum(weight * loss)"
    return f"Weights of loss terms that were tuned by jrtune, for training with `{formula}`.\n"


def _loading(body: WeightsFile) -> str:
    limits = ", ".join(f"{cell(term)} at most {limit:g}" for term, limit in body.training.constraints.items())
    held = snippets.LIMITS.replace("{limits}", limits) if limits else ""
    if is_adaptive(body.scalarisation):
        how = snippets.ADAPTIVE
    else:
        chebyshev = body.scalarisation in SCALARISATIONS
        how = (snippets.CHEBYSHEV if chebyshev else snippets.LOADING) + snippets.ELSEWHERE
    return how.replace("{scalarisation}", body.scalarisation) + held


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


def _objectives(objectives: Mapping[str, ObjectiveValues]) -> str:
    rows = [
        (cell(name), value.direction, f"{value.val:.4g}", *_test(value)) for name, value in objectives.items()
    ]
    return _table(("objective", "direction", "validation", "test, mean (95 % interval)", "seeds"), rows)


def _test(value: ObjectiveValues) -> tuple[str, str]:
    if value.test is None:
        return "not confirmed", "0"
    test = value.test
    interval = (
        "no interval" if test.low is None or test.high is None else f"{test.low:.4g} to {test.high:.4g}"
    )
    return f"{test.mean:.4g} ({interval})", str(test.seeds)


def _pairs(values: Mapping[str, object]) -> str:
    return _table(("name", "value"), [(cell(name), cell(value)) for name, value in values.items()])


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
