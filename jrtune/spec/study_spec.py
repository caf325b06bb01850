"""The declaration of a study as it is stored: what must not change while the study runs; no functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from jrtune.spec.entries import Entry, SimplexEntry, simplex
from jrtune.spec.training import Training
from jrtune.spec.types import Json


@dataclass(frozen=True)
class ObjectiveSpec:
    """An objective without its function.

    Attributes:
        direction: "maximize" or "minimize".
        bound: the least (maximize) or greatest (minimize) value that is feasible, or None.
        worst: the reference point's coordinate; None takes it from the baselines.
        term: the loss term that trains for it; None takes the single-task model that is best at it.
        resource: whether it is measured on the model itself.
    """

    direction: Literal["maximize", "minimize"]
    bound: float | None = None
    worst: float | None = None
    term: str | None = None
    resource: bool = False

    @property
    def sign(self) -> int:
        """The factor that turns a value into a cost: -1 where it is maximised, else 1."""
        return -1 if self.direction == "maximize" else 1


@dataclass(frozen=True)
class StudySpec:
    """The declaration of a study: terms, objectives, space, budget and training.

    Attributes:
        losses: names of the loss terms.
        objectives: name -> objective.
        space: name -> entry.
        epochs: full budget of one training.
        training: the choices that the space leaves fixed.
        weights: the simplex as it is searched.
        constraints: loss term -> the greatest mean that is feasible.
        watched: names of what is measured and decides nothing.
        model: names of the choices that the model's builder takes; None where an earlier version did not
            write them.
    """

    losses: tuple[str, ...]
    objectives: Mapping[str, ObjectiveSpec]
    space: Mapping[str, Entry] = field(default_factory=dict)
    epochs: int = 20
    training: Training = field(default_factory=Training)
    weights: SimplexEntry = field(default_factory=SimplexEntry)
    constraints: Mapping[str, float] = field(default_factory=dict)
    watched: tuple[str, ...] = ()
    model: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Json]:
        """The same as JSON values."""
        body = {name: value for name, value in asdict(self).items() if name != "model" or value is not None}
        plain: dict[str, Json] = json.loads(json.dumps(body))  # as it comes back: lists for tuples
        return plain

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> StudySpec:
        """A declaration from its JSON values.

        Parts and choices that came in later versions take their defaults, as they had none before.
        """
        model = body.get("model")
        return cls(
            losses=tuple(body["losses"]),
            objectives={name: ObjectiveSpec(**objective) for name, objective in body["objectives"].items()},
            space={name: _entry(entry) for name, entry in body["space"].items()},
            epochs=body["epochs"],
            training=Training(**body["training"]),
            weights=simplex(**body["weights"]),
            constraints=dict(body.get("constraints", {})),
            watched=tuple(body.get("watched", ())),
            model=None if model is None else tuple(model),
        )


def _entry(body: Mapping[str, Any]) -> Entry:
    when = {name: tuple(values) for name, values in body["when"].items()}
    return Entry(**{**body, "options": tuple(body["options"]), "when": when})
