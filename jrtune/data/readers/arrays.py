"""Named arrays of numbers in .npz and MATLAB files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from jrtune.data.readers.files import existing_file
from jrtune.errors import DataError

SUFFIXES = {".npz", ".mat"}


def read_arrays(path: str | Path) -> dict[str, NDArray[Any]]:
    """The arrays of numbers in a ``.npz``, or in a ``.mat`` of version 4 to 7.2; others are left out.

    Args:
        path: the file.

    Returns:
        name -> array of the shape in which it is stored.

    Raises:
        DataError: the file is absent, corrupt, of another format or without arrays of numbers.

    Examples:
        >>> np.savez("signals.npz", force=np.zeros((2, 5)), name=np.array("press"))
        >>> {name: array.shape for name, array in jr.data.read_arrays("signals.npz").items()}
        {'force': (2, 5)}
    """
    path = existing_file(path, "a .npz or .mat file")
    if path.suffix.lower() not in SUFFIXES:
        raise DataError(f"expected a .npz or .mat file, got {path}: convert it")
    arrays = _npz(path) if path.suffix.lower() == ".npz" else _mat(path)
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in "biuf" and array.size}
    if not numbers:
        raise DataError(f"expected arrays of numbers, got {', '.join(arrays) or 'none'} in {path}: save some")
    return numbers


def _npz(path: Path) -> dict[str, NDArray[np.generic]]:
    with opened_npz(path) as archive:
        return {name: archive[name] for name in archive.files}


@contextmanager
def opened_npz(path: Path) -> Iterator[NpzFile]:
    """A ``.npz``, whose arrays are read where they are asked for.

    Raises:
        DataError: it is corrupt, another file under this name, or an array asked for is; from inside, too.
    """
    try:
        archive = np.load(path, allow_pickle=False)
        if not isinstance(archive, NpzFile):
            raise DataError(f"expected a .npz of named arrays, got a single array in {path}: use np.savez")
        with archive:
            yield archive
    except DataError:
        raise
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"expected a whole .npz of plain arrays, got {error}: fetch {path} again") from error


def _mat(path: Path) -> dict[str, NDArray[np.generic]]:
    from scipy.io import loadmat  # at first use: it takes a while to import

    try:
        found = loadmat(path)
    except NotImplementedError as error:  # HDF5
        raise DataError(f"expected a .mat up to version 7.2, got 7.3: {path}: save it with -v7") from error
    except Exception as error:  # of a corrupt file scipy raises whatever its bytes lead to
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"expected a whole .mat file, got {reason!r}: fetch {path} again") from error
    return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}
