"""The arrays that the rest of this package takes, checked in one place.

moocore answers NaN, infinities and wrong shapes with a plausible number more often than with an
error, so every array passes through here before it gets there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def points(costs: ArrayLike, what: str = "costs") -> Floats:
    """The points as an n x m array of finite floats; an empty list is 0 x 0.

    Raises:
        ValueError: where the array is not n x m with m >= 1, not numeric, or not finite.

    >>> points([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    array = _floats(costs, what)
    if array.ndim == 1 and array.size == 0:
        return array.reshape(0, 0)
    if array.ndim != 2 or (array.shape[1] == 0 and len(array)):
        raise ValueError(f"{what} must be an n x m array, got shape {array.shape}: one row a point")
    return _finite(array, what)


def vector(values: ArrayLike, what: str, length: int | None = None) -> Floats:
    """The values as a vector of finite floats.

    Raises:
        ValueError: where it is not a vector of that length, not numeric, or not finite.
    """
    array = _floats(values, what)
    if array.ndim != 1:
        raise ValueError(f"{what} must be a vector, got shape {array.shape}: give one number an objective")
    if length is not None and len(array) != length:
        raise ValueError(f"{what} must have {length} entries, got {len(array)}: give one an objective")
    return _finite(array, what)


def _floats(values: ArrayLike, what: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        reason = str(error).split(". ")[0]
        raise ValueError(f"{what} must be an array of numbers ({reason}): give rows of one length") from None


def _finite(array: Floats, what: str) -> Floats:
    if not np.isfinite(array).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        value = float(array[index])
        where = index[0] if len(index) == 1 else index
        raise ValueError(f"{what} must be finite, got {value} at index {where}: leave such points out")
    return array
