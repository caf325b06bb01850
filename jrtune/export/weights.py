"""Load tuned weights and use them in any training loop.

::

    weights = jrtune.load_weights("bundle")
    loss = weights({"digit": digit_loss, "edge": edge_loss})
    loss.backward()

Imports neither torch nor Optuna: the weighted sum needs only ``*`` and ``+``.
"""

from __future__ import annotations

import html
import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from jrtune.errors import InputError
from jrtune.export.scale import By, Scale, finite, shares_of
from jrtune.export.weighted_sum import Loss, weighted_sum
from jrtune.spec import SCALARISATIONS, Value

if TYPE_CHECKING:
    from jrtune.export.schema import WeightsFile

WEIGHTED_SUM = "weighted sum"


class OnTest(TypedDict):
    """An objective on test: its mean over seeds and its 95 % interval, None of one seed."""

    mean: float
    low: float | None
    high: float | None
    seeds: int


class ObjectiveEntry(TypedDict):
    """An objective of the trial: its direction, its value on validation, and on test where confirmed."""

    direction: str
    val: float
    test: OnTest | None


class CandidateEntry(TypedDict):
    """A candidate beside its weights: name -> choice, and its adaptive method or "fixed"."""

    choices: Mapping[str, Value]
    balancing: str


class FrontEntry(TypedDict):
    """Another point of the front, with its objectives on validation."""

    trial: int
    weights: Mapping[str, float]
    candidate: CandidateEntry
    val: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Weights(Mapping[str, float]):
    """Weights of loss terms: a mapping of numbers, and a function from losses to their weighted sum.

    Attributes:
        weights: loss term -> weight; not negative, summing to one.
        study, trial: their source.
        loss_scale: loss term -> its mean on validation before the first step; None where not finite.
        scalarisation: the form that makes losses one number: "weighted sum", which calling needs, a
            Chebyshev form of ``jrtune.losses.Scalarised``, or an adaptive method.
        gradient_scale: loss term -> norm of its gradient over the parameters that terms share, before the
            first step; empty where it was not measured, None where not finite.
        factor: a number by which the weighted sum is multiplied: 1, but where :meth:`rescale` set another.
        objectives: name -> {"direction", "val", "test": {"mean", "low", "high", "seeds"} or None}.
        candidate: {"choices", "balancing"}.
        training: the training they were tuned under: reduction, optimizer, learning rate, clipping, ....
        provenance: versions, device, seed, fingerprint of the data, time.
        front: a few other points of the front, each {"trial", "weights", "candidate", "val"}; none rescaled.
        path: the file they were read from.

    Examples:
        >>> weights = jr.load_weights("out/my-study/export")
        >>> isinstance(weights, jr.Weights), list(weights), round(sum(weights.values()), 6)
        (True, ['kind', 'amount'], 1.0)
        >>> round(weights({"kind": 2.0, "amount": 2.0}), 6)  # of losses that are equal, their value
        2.0
    """

    weights: Mapping[str, float]
    study: str
    trial: int
    loss_scale: Mapping[str, float | None]
    scalarisation: str
    objectives: Mapping[str, ObjectiveEntry]
    candidate: CandidateEntry
    training: Mapping[str, Value | Mapping[str, float]]
    provenance: Mapping[str, str | int]
    path: Path
    gradient_scale: Mapping[str, float | None] = field(default_factory=dict)
    factor: float = 1.0
    front: Sequence[FrontEntry] = ()

    def __getitem__(self, term: str) -> float:
        return self.weights[term]

    def __iter__(self) -> Iterator[str]:
        return iter(self.weights)

    def __len__(self) -> int:
        return len(self.weights)

    def __call__(self, losses: Mapping[str, Loss]) -> Loss:
        """The weighted sum of ``losses`` (tensors, arrays or numbers), differentiable where they are.

        It is multiplied by ``factor``, where that is not 1.

        A term of weight 0 is left out, not multiplied, so that its NaN or infinity cannot spoil the sum.

        Raises:
            InputError: where the terms are not those of the weights, a loss is no number, or the weights are
                not of a weighted sum.
        """
        if self.scalarisation != WEIGHTED_SUM:
            raise InputError(
                f"expected weights of a {WEIGHTED_SUM}, these are of {self.scalarisation!r}: "
                "the README.md beside weights.json shows how to train with it"
            )
        total = weighted_sum(self.weights, losses)
        if self.factor == 1:
            return total
        product: Loss = operator.mul(self.factor, total)
        return product

    @property
    def gradient_shares(self) -> dict[str, float]:
        """Loss term -> its share in what pulled at shared parameters at the start, summing to 1.

        ``w_i ||g_i|| / sum_j w_j ||g_j||``: what the weights mean whatever the units of the losses.

        Raises:
            InputError: where a norm that counts is not known or not above 0, or an adaptive method trained.
        """
        self._check_used()
        scale = Scale(self.loss_scale, self.gradient_scale)
        norms = scale.sizes(self.weights, "gradients", "where they were tuned")
        shares, _ = shares_of({term: self.weights[term] * norm for term, norm in norms.items()})
        return {term: shares.get(term, 0.0) for term in self.weights}

    def rescale(self, scale: Mapping[str, float] | Scale, by: By = "losses") -> Weights:
        """Weights that mean in another project what these mean where they were tuned.

        With s_i the term's size there and s'_i here, the weights are w'_i proportional to w_i s_i / s'_i,
        and the factor is such that ``factor * sum_i w'_i L'_i`` is at the start what the sum was there. With
        the losses' own sizes, losses in other units or summed rather than averaged give the very gradients
        of before, under any optimizer and clipping. With gradients' norms each term pulls at shared
        parameters as it did, which is for other losses of the same tasks. Limits of loss terms, where
        training held any, stay in the old units.

        Args:
            scale: loss term -> its size here at the start: its mean on data that the untrained model does
                not learn from, or the norm of its gradient, as ``by`` says; or what :func:`jrtune.calibrate`
                measured.
            by: the meaning of "size".

        Raises:
            InputError: where the terms differ, a size that counts is not a finite number above 0, sizes lie
                too far apart, or an adaptive method trained.
        """
        self._check_used()
        there = Scale(self.loss_scale, self.gradient_scale).sizes(self.weights, by, "where they were tuned")
        new = scale if isinstance(scale, Scale) else Scale(**{by: scale})
        here = new.sizes(self.weights, by, "here")
        parts = {term: self.weights[term] * there[term] / here[term] for term in here}
        shares, total = shares_of(parts, self.factor)
        return replace(
            self,
            weights={term: shares.get(term, 0.0) for term in self.weights},
            factor=total,
            loss_scale={term: finite(new.losses.get(term)) for term in self.weights},
            gradient_scale={term: finite(new.gradients.get(term)) for term in self.weights},
            front=(),  # it is of the old scale
        )

    def _check_used(self) -> None:
        """Raises where an adaptive method trained, which took no notice of these weights."""
        if is_adaptive(self.scalarisation):
            raise InputError(
                f"expected tuned weights, got those beside the adaptive method {self.scalarisation!r}, which "
                "did not use them: the README.md beside weights.json shows how to train with it"
            )

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{html.escape(term)}</td><td>{weight:.4g}</td><td>{size(self.loss_scale[term])}</td></tr>"
            for term, weight in self.weights.items()
        )
        factor = "" if self.factor == 1 else f"; their sum times {self.factor:.4g}"
        caption = f"{html.escape(self.study)}, trial {self.trial}{factor}"
        head = "<tr><th>loss term</th><th>weight</th><th>loss at the start</th></tr>"
        return f"<table><caption>{caption}</caption>{head}{rows}</table>"


def load_weights(path: str | PathLike[str]) -> Weights:
    """Read weights.json, or the one in a folder that ``jrtune export`` wrote.

    Raises:
        InputError: where there is none, or it is not valid.

    Examples:
        >>> weights = jr.load_weights("out/my-study/export")
        >>> loss = weights({"kind": torch.tensor(0.7), "amount": torch.tensor(2.0)})  # ready for backward()
        >>> loss.shape
        torch.Size([])
    """
    from jrtune.export.schema import parse  # pydantic: only whoever reads a file waits for it

    if not isinstance(path, str | PathLike):
        raise InputError(
            f"expected the path of a weights file, got {path!r}: give what `jrtune export` wrote"
        )
    file = Path(path)
    try:
        if file.is_dir():
            file = file / "weights.json"
        text = file.read_bytes()
    except (OSError, ValueError) as error:  # the name of a file holds no null
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(
            f"expected a weights file at {file}, got '{reason}': give what `jrtune export` wrote"
        ) from None
    return weights_of(parse(text, file), file)


def weights_of(file: WeightsFile, path: Path) -> Weights:
    """The content of a weights file, ready for use; ``path`` is where it was read from."""
    body = file.model_dump()
    return Weights(path=path, **{name: body[name] for name in body if name not in ("format", "version")})


def is_adaptive(scalarisation: str) -> bool:
    """True for the name of a method that sets weights by itself."""
    return scalarisation not in (WEIGHTED_SUM, *SCALARISATIONS)


def size(loss: float | None) -> str:
    """A loss at the start in words."""
    return "not finite" if loss is None else f"{loss:.4g}"
