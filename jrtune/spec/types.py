"""The types of what a study's functions take and give; torch is here for type checkers alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

Value = str | int | float | bool | None
"""What a choice of the space may be: JSON's scalars, which Optuna stores as they are."""

Json = Value | Sequence["Json"] | Mapping[str, "Json"]
"""Any JSON value."""

if TYPE_CHECKING:
    from torch import Tensor

    Batch = Mapping[str, Tensor]
    Outputs = Mapping[str, Tensor]
    LossTerm = Callable[[Outputs, Batch], Tensor]
    Metric = Callable[[Outputs, Batch], Tensor | float]
