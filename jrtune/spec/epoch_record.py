"""An epoch of a learning curve."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jrtune.spec.types import Json

PARTS = ("train", "val", "objectives")
LATER_PARTS = ("watched", "gradients")
"""Parts that are written only where there is something in them."""


@dataclass(frozen=True)
class EpochRecord:
    """An epoch as it was measured.

    Attributes:
        epoch: its number; 0 is the untrained model.
        train: loss term -> mean on the training split; empty for the untrained model.
        val: loss term -> mean on the validation split.
        objectives: objective -> value on the validation split.
        watched: name -> value of what is watched there.
        gradients: loss term -> norm of its gradient over shared parameters before the first step; of the
            untrained model, where there are such parameters.
    """

    epoch: int
    train: Mapping[str, float] = field(default_factory=dict)
    val: Mapping[str, float] = field(default_factory=dict)
    objectives: Mapping[str, float] = field(default_factory=dict)
    watched: Mapping[str, float] = field(default_factory=dict)
    gradients: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        """The same as JSON values, None for what is not finite."""
        parts = [*PARTS, *(part for part in LATER_PARTS if getattr(self, part))]
        body: dict[str, Json] = {part: _to_nulls(getattr(self, part)) for part in parts}
        return {"epoch": self.epoch} | body

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> EpochRecord:
        """An epoch from its JSON values; what is None there is NaN."""
        parts = {part: _from_nulls(body.get(part, {})) for part in (*PARTS, *LATER_PARTS)}
        return cls(epoch=body["epoch"], **parts)


def _to_nulls(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _from_nulls(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: math.nan if value is None else value for name, value in values.items()}
