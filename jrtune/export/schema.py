"""weights.json: format "jrtune-weights", version 1.

The file says everything that its weights depend on: under SGD the sum of the weights acts as a learning
rate, and under AdamW it matters where gradient clipping binds, so the ``training`` block states the
normalisation, the reduction of the losses, the optimizer, its rate and the clipping.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from jrtune.errors import InputError

FORMAT = "jrtune-weights"
VERSION = 1

Term = Annotated[str, Field(min_length=1)]
NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
UpToOne = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1)]
Number = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    """No coercion, no unknown fields, and no NaN or infinity, which JSON does not have."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


class ConfirmedValue(_Strict):
    """A value on the test split over the seeds of confirmation; one seed has no interval."""

    mean: float
    low: float | None
    high: float | None
    seeds: Count


class ObjectiveValues(_Strict):
    """An objective of the exported trial: on validation, and on test where it was confirmed."""

    direction: Literal["maximize", "minimize"]
    val: float
    test: ConfirmedValue | None


class CandidateChoices(_Strict):
    """The trained candidate, beside its weights."""

    choices: dict[str, str | int | float | bool | None]
    balancing: str


class FrontPoint(_Strict):
    """Another point of the front: its trial, weights, candidate, and objectives on validation."""

    trial: Number
    weights: dict[Term, NotNegative]
    candidate: CandidateChoices
    val: dict[str, float]


class TrainingBlock(_Strict):
    """The training under which the weights mean the same thing.

    ``momentum`` is SGD's, null under AdamW; ``constraints`` are the greatest means that loss terms were held
    to by an augmented Lagrangian beside the weights; ``frozen``, ``frozen_for`` and ``frozen_rate`` are
    parts of the model that stood still for a share of the steps and had a rate of their own after that.
    """

    normalisation: Literal["sums to 1"] = "sums to 1"
    reduction: Literal["mean"] = "mean"
    optimiser: Literal["AdamW", "SGD"] = "AdamW"
    lr: Positive
    momentum: Annotated[float, Field(ge=0, lt=1)] | None = None
    weight_decay: NotNegative
    clip: NotNegative
    batch_size: Count
    schedule: str
    warmup: UpToOne
    frozen: str = ""
    frozen_for: UpToOne = 0.0
    frozen_rate: NotNegative = 1.0
    epochs: Count
    constraints: dict[Term, Positive] = {}


class Provenance(_Strict):
    """The source of the weights; ``created`` is when the trial finished, so that exports are repeatable."""

    jrtune: str
    torch: str
    optuna: str
    python: str
    device: str
    seed: int
    data: str
    created: str


class WeightsFile(_Strict):
    """The whole file. Weights are not negative and sum to one; a scale that was not finite is null.

    ``loss_scale`` is each term's mean on validation before the first step, ``gradient_scale`` the norm of its
    gradient over the parameters that terms share in the first minibatch
    (jrtune/train/loop/gradient_norms.py); it is empty where that was not measured. ``front`` is a few other
    points of the front, for another study to try first.
    """

    format: Literal["jrtune-weights"] = "jrtune-weights"
    version: Literal[1] = 1
    study: str
    trial: Number
    weights: dict[Term, NotNegative] = Field(min_length=1)
    loss_scale: dict[str, float | None]
    gradient_scale: dict[str, float | None] = {}
    scalarisation: str
    objectives: dict[str, ObjectiveValues]
    candidate: CandidateChoices
    training: TrainingBlock
    provenance: Provenance
    front: list[FrontPoint] = []

    @model_validator(mode="after")
    def _consistent(self) -> WeightsFile:
        for weights in (self.weights, *(point.weights for point in self.front)):
            total = sum(weights.values())
            if abs(total - 1) > 1e-6:
                raise ValueError(f"weights must sum to 1, they sum to {total:.8g}")
        named: list[tuple[str, Collection[str]]] = [
            ("loss_scale", self.loss_scale),
            ("gradient_scale", self.gradient_scale or self.weights),
            *(("front", point.weights) for point in self.front),
        ]
        for name, found in named:
            if set(found) != set(self.weights):
                raise ValueError(
                    f"{name} must have the terms of weights ({', '.join(self.weights)}), "
                    f"got {', '.join(found) or 'none'}"
                )
        return self

    def to_text(self) -> str:
        """The file's text; the same values give the same bytes."""
        return self.model_dump_json(indent=2) + "\n"


def parse(text: str | bytes, path: Path) -> WeightsFile:
    """Read the text of a weights file; ``path`` is for messages.

    Raises:
        InputError: where it is not JSON, of another format or version, or breaks the schema.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")  # some editors put a mark before the text
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"expected JSON in {path}, got other text ({error}): export it again") from None
    _check_version(body, path)
    try:
        return WeightsFile.model_validate_json(text)
    except ValidationError as error:
        newer = error.errors()[0]["type"] == "extra_forbidden"  # keys with defaults are added to a version
        do = "install a newer jrtune, or export it again" if newer else "export it again"
        raise InputError(f"expected valid weights in {path}, got {_first(error)}: {do}") from None


def _check_version(body: object, path: Path) -> None:
    kind, version = (body.get("format"), body.get("version")) if isinstance(body, dict) else (None, None)
    if (kind, version) == (FORMAT, VERSION) and not isinstance(version, bool):  # to Python, true is 1
        return
    newer = kind == FORMAT and isinstance(version, int) and version > VERSION
    do = "install a newer jrtune" if newer else "give a weights.json that `jrtune export` wrote"
    raise InputError(
        f"expected format {FORMAT} version {VERSION}, got format {kind!r} version {version!r} in {path}: {do}"
    )


def _first(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    value = f" ({first['input']!r})" if where and first["type"] != "missing" else ""
    return f"{where}{value}: {message}" if where else message
