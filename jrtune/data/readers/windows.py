"""Windows of signals: cut from long series, or read as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jrtune.data.readers.arrays import SUFFIXES, read_arrays
from jrtune.data.readers.cells import read_cells
from jrtune.data.readers.files import files_under
from jrtune.data.readers.images import LABEL_KEYS
from jrtune.data.readers.tables import MISSING, column_values, numbers, read_matrix
from jrtune.errors import DataError

WINDOW_KEYS = {"x", "window", "windows", "data", "signal", "signals"}


class Windows(NamedTuple):
    """Labelled windows.

    Examples:
        >>> values, labels = np.zeros((2, 1, 64), np.float32), np.array([0.0, 1.0])
        >>> windows = jr.data.Windows(values, labels, classes=("ok", "worn"), groups=np.array([0, 0]))
        >>> [windows.classes[int(label)] for label in windows.labels]
        ['ok', 'worn']
    """

    values: NDArray[np.float32]
    """n x channels x length."""
    labels: NDArray[np.float64]
    """n, indices into ``classes``; NaN where the label is missing."""
    classes: tuple[str, ...]
    groups: NDArray[np.int64]
    """n, the file that each was cut from, or the window's own number: for ``group_split``."""


def cut_windows(
    series: ArrayLike, length: int, step: int = 0, groups: ArrayLike | None = None
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Windows of a series, none of them across two groups.

    Args:
        series: rows x channels, or rows, in the order of time.
        length: of a window, in rows.
        step: from one window to the next; 0 for ``length``, so that none overlap.
        groups: rows, a value for each, such as the engine of a run; a new window starts where it changes.

    Returns:
        windows: n x channels x length.
        last: n, the row in which each ends, so that ``label[last]`` are the windows' labels.

    Raises:
        DataError: a length or step that is none, groups of another length, or no group with ``length`` rows.

    Examples:
        >>> windows, last = jr.data.cut_windows(np.arange(7), length=3, step=2)
        >>> windows[:, 0].tolist(), last.tolist()
        ([[0, 1, 2], [2, 3, 4], [4, 5, 6]], [2, 4, 6])
    """
    rows = np.asarray(series)
    rows = rows[:, None] if rows.ndim == 1 else rows
    if length < 1 or step < 0:
        raise DataError(f"expected a length above 0 and a step of 0 or more, got {length} and {step}")
    marks = np.zeros(len(rows)) if groups is None else np.asarray(groups)
    if len(marks) != len(rows):
        raise DataError(f"expected a group for each of {len(rows)} rows, got {len(marks)}: give one each")
    ends = np.append(np.flatnonzero(marks[1:] != marks[:-1]) + 1, len(rows))
    starts = np.concatenate(
        [np.arange(a, b - length + 1, step or length) for a, b in zip([0, *ends], ends, strict=False)]
    ).astype(np.int64)
    if not len(starts):
        raise DataError(
            f"expected a run of {length} rows or more, got {len(rows)} rows in {len(ends)} runs"
            ": shorten length"
        )
    return rows[starts[:, None] + np.arange(length)].swapaxes(1, 2), starts + length - 1


def read_windows(path: str | Path, length: int = 0, step: int = 0, key: str = "") -> Windows:
    """Labelled windows of signals.

    Args:
        path: one of

            - a ``.npz`` or ``.mat`` with windows (``x``, ``windows``, ``data`` or ``signals``: n x length or
              n x channels x length) and their labels (``y``, ``labels`` or ``targets``);
            - a ``.csv`` with a column ``label`` (or ``y``, ``target``) whose other columns, in their order,
              are the numbers of a window; an empty label is missing;
            - a folder of ``.csv`` (rows x channels, with a header), ``.npz`` or ``.mat`` files, each a long
              series to be cut; its class is the name of its folder, or its own name at the top.
        length: of the windows that long series are cut into.
        step: from one such window to the next; 0 for ``length``.
        key: the array to take where a file holds several: its name, in a folder a part of it (``DE_time``);
            without one the longest.

    Returns:
        The windows; of a folder, in the order of the files' names.

    Raises:
        DataError: nothing is there, or a file is corrupt, holds no such array, is of another size than the
            others, or has a value that is no finite number.

    Examples:
        >>> np.savez("windows.npz", x=np.zeros((3, 64)), y=[0, 1, 1])
        >>> windows = jr.data.read_windows("windows.npz")
        >>> windows.values.shape, windows.labels.tolist()
        ((3, 1, 64), [0.0, 1.0, 1.0])
    """
    path = Path(path)
    if path.is_dir():
        return _from_folder(path, length, step, key)
    values, labels = _from_csv(path) if path.suffix.lower() == ".csv" else _from_arrays(path, key)
    return Windows(values, *_numbered(labels), np.arange(len(values)))


def _numbered(labels: NDArray[np.generic]) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Indices into the list of classes, NaN where a label is NaN or empty, and that list."""
    known = labels != "" if labels.dtype.kind == "O" else labels == labels
    classes, numbers = np.unique(labels[known], return_inverse=True)
    numbered = np.full(len(labels), np.nan)
    numbered[known] = numbers
    return numbered, tuple(c if isinstance(c, str) else f"{float(c):g}" for c in classes)


def _from_csv(path: Path) -> tuple[NDArray[np.float32], NDArray[np.generic]]:
    frame = read_cells(path)
    named = [name for name in map(str, frame) if name.lower() in LABEL_KEYS]
    if len(named) != 1 or frame.shape[1] < 2:
        raise DataError(
            f"expected a column 'label' beside numbers, got {', '.join(map(str, frame))} in {path}: "
            "name it so"
        )
    found = column_values(f"column {named[0]!r} of {path}", frame[named[0]], "text", True)
    labels = np.array(["" if name.lower() in MISSING else name for name in found], object)
    return numbers(path, frame.drop(columns=named)).astype(np.float32)[:, None], labels


def _from_arrays(path: Path, key: str) -> tuple[NDArray[np.float32], NDArray[np.generic]]:
    found = read_arrays(path)
    values = _one(path, found, WINDOW_KEYS if not key else {key.lower()})
    labels = _one(path, found, LABEL_KEYS).squeeze()
    values = values[:, None] if values.ndim == 2 else values
    if values.ndim != 3 or labels.shape != values.shape[:1]:
        raise DataError(
            f"expected windows as n x length or n x channels x length with a label each, got {values.shape} "
            f"and {labels.shape} in {path}: reshape them"
        )
    return _finite(path, values), labels


def _one(path: Path, found: Mapping[str, NDArray[np.generic]], keys: set[str]) -> NDArray[np.generic]:
    names = [name for name in found if name.lower() in keys]
    if len(names) != 1:
        raise DataError(
            f"expected one array named {' or '.join(sorted(keys))}, got {', '.join(found)} in {path}: "
            "rename it"
        )
    return found[names[0]]


def _finite(path: Path, values: NDArray[np.generic]) -> NDArray[np.float32]:
    if not np.isfinite(values).all():
        position = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise DataError(
            f"expected finite numbers, got {values[position]} at {position} in {path}: fix or drop it"
        )
    return values.astype(np.float32)


# --- folders of long series ----------------------------------------------------------------


def _from_folder(path: Path, length: int, step: int, key: str) -> Windows:
    if length < 1:
        raise DataError(f"expected a length to cut the series in {path} into, got {length}: give one")
    files = files_under(path, {".csv", *SUFFIXES}, "csv, npz or mat files")
    parts = [cut_windows(_series(file, key, length), length, step)[0] for file in files]
    for file, part in zip(files, parts, strict=True):
        if part.shape[1] != parts[0].shape[1]:
            raise DataError(
                f"expected as many channels in each file, got {parts[0].shape[1]} in {files[0]} and "
                f"{part.shape[1]} in {file}: leave some out"
            )
    names = np.array([f.stem if f.parent == path else f.parent.name for f in files], object)
    groups = np.repeat(np.arange(len(files)), [len(part) for part in parts])
    return Windows(np.concatenate(parts), *_numbered(names[groups]), groups)


def _series(path: Path, key: str, length: int) -> NDArray[np.float32]:
    """rows x channels; the longer side is taken for time."""
    if path.suffix.lower() == ".csv":
        rows = read_matrix(path, separator=",", header=True).astype(np.float32)
    else:
        found = {
            name: a for name, a in read_arrays(path).items() if key.lower() in name.lower() and a.ndim < 3
        }
        if not found:
            raise DataError(
                f"expected an array with {key!r} in its name, got none in {path}: give another key"
            )
        series = np.atleast_2d(found[max(found, key=lambda name: max(found[name].shape, default=0))])
        rows = _finite(path, series.T if series.shape[0] < series.shape[1] else series)
    if len(rows) < length:
        raise DataError(f"expected {length} rows or more, got {len(rows)} in {path}: shorten length")
    return rows
