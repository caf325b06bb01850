"""Load tuned weights and use them in any training loop.

::

    weights = jrtune.load_weights("bundle")
    loss = weights({"digit": digit_loss, "edge": edge_loss})
    loss.backward()

Imports neither torch nor Optuna: the weighted sum needs only ``*`` and ``+``.
"""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jrtune.errors import InputError

WEIGHTED_SUM = "weighted sum"


@dataclass(frozen=True, eq=False)
class Weights(Mapping[str, float]):
    """Weights of loss terms: a mapping of numbers, and a function from losses to their weighted sum.

    Attributes:
        weights: loss term -> weight; not negative, summing to one.
        study, trial: where they come from.
        loss_scale: loss term -> its mean on validation before the first step; None where not finite.
        scalarisation: how losses become one number: "weighted sum", which calling needs, a Chebyshev form
            of ``jrtune.losses.Scalarised``, or an adaptive method.
        objectives: name -> {"direction", "val", "test": {"mean", "low", "high", "seeds"} or None}.
        candidate: {"choices", "balancing"}.
        training: what they were tuned under: reduction, optimiser, learning rate, clipping, ....
        provenance: versions, device, seed, fingerprint of the data, time.
        path: the file they were read from.
    """

    weights: Mapping[str, float]
    study: str
    trial: int
    loss_scale: Mapping[str, float | None]
    scalarisation: str
    objectives: Mapping[str, Any]
    candidate: Mapping[str, Any]
    training: Mapping[str, Any]
    provenance: Mapping[str, Any]
    path: Path

    def __getitem__(self, term: str) -> float:
        return self.weights[term]

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def __call__(self, losses: Mapping[str, Any]) -> Any:
        """The weighted sum of ``losses`` (tensors, arrays or numbers), differentiable where they are.

        A term of weight 0 is left out, not multiplied, so that its NaN or infinity cannot spoil the sum.

        Raises:
            InputError: where the terms are not those of the weights.
        """
        if set(losses) != set(self.weights):
            raise InputError(_wrong_terms(self.weights, losses))
        if self.scalarisation != WEIGHTED_SUM:
            raise InputError(
                f"expected weights of a {WEIGHTED_SUM}, these are of {self.scalarisation!r}: "
                "use dict(weights) in that scalarisation"
            )
        total = None
        for term, weight in self.weights.items():
            if weight > 0:
                part = weight * losses[term]
                total = part if total is None else total + part
        return total

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(term)}</td><td>{weight:.4g}</td><td>{size(self.loss_scale[term])}</td></tr>"
            for term, weight in self.weights.items()
        )
        caption = f"{html.escape(self.study)}, trial {self.trial}"
        head = "<tr><th>loss term</th><th>weight</th><th>loss at the start</th></tr>"
        return f"<table><caption>{caption}</caption>{head}{rows}</table>"


def load_weights(path: str | Path) -> Weights:
    """Read weights.json, or the one in a folder that ``jrtune export`` wrote.

    Raises:
        InputError: where there is none, or it is not valid.
    """
    from jrtune.export.schema import parse  # pydantic: only whoever reads a file waits for it

    file = Path(path)
    if file.is_dir():
        file = file / "weights.json"
    try:
        text = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"expected a weights file at {file}, got '{error.strerror}': give what `jrtune export` wrote"
        ) from None
    body = parse(text, file).model_dump()
    return Weights(path=file, **{name: body[name] for name in body if name not in ("format", "version")})


def size(loss: float | None) -> str:
    """A loss at the start in words."""
    return "not finite" if loss is None else f"{loss:.4g}"


def _wrong_terms(weights: Mapping[str, float], losses: Mapping[str, Any]) -> str:
    missing = [term for term in weights if term not in losses]
    extra = [term for term in losses if term not in weights]
    found = [f"missing {', '.join(missing)}"] if missing else []
    found += [f"unknown {', '.join(map(str, extra))}"] if extra else []
    return f"expected losses of {', '.join(weights)}, got {' and '.join(found)}: pass one loss a term"
