"""Counts of missing values where some may be: NaN, or in integers any that is negative."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def describe_missing(splits: Mapping[str, Mapping[str, object]], missing: Sequence[str]) -> str:
    """One line on the samples with a missing value; empty where there are none.

    Args:
        splits: split -> entry -> array or CPU tensor, n x ....
        missing: the entries in which values may be missing.

    Returns:
        Such as ``"missing values: fused in 12 of 500 of train, 3 of 100 of val; text in ..."``.

    Examples:
        >>> train = {"text": np.array([1.0, np.nan, 3.0])}
        >>> jr.data.describe_missing({"train": train, "val": {"text": np.ones(2)}}, ["text"])
        'missing values: text in 1 of 3 of train'
    """
    parts = []
    for name in missing:
        counts = [(split, *_count(batch[name])) for split, batch in splits.items() if name in batch]
        if counted := [f"{gone} of {n} of {split}" for split, gone, n in counts if gone]:
            parts.append(f"{name} in {', '.join(counted)}")
    return f"missing values: {'; '.join(parts)}" if parts else ""


def _count(values: object) -> tuple[int, int]:
    """Samples that lack a value, and all of them."""
    array = np.asarray(values)
    lacks = np.isnan(array) if array.dtype.kind == "f" else array < 0
    return int(lacks.reshape(len(array), -1).any(axis=1).sum()), len(array)
