"""The idx format, in which MNIST and its kin are handed round, plain or gzipped."""

from __future__ import annotations

import gzip
import math
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.files import existing_file
from jrtune.errors import DataError

DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
"""Type byte -> big-endian numpy dtype (LeCun, "The MNIST database", file formats)."""


def read_idx(path: str | Path) -> NDArray[Any]:
    """The array in an idx file; one whose name ends in ``.gz`` is decompressed.

    Args:
        path: the file.

    Returns:
        An array of the shape in the file's header, in the machine's byte order.

    Raises:
        DataError: the file is absent, no idx file, corrupt, or longer or shorter than its header says.

    Examples:
        >>> np.array([0, 0, 8, 1, 0, 0, 0, 2, 7, 9], np.uint8).tofile("labels-idx1-ubyte")  # type, size
        >>> jr.data.read_idx("labels-idx1-ubyte").tolist()
        [7, 9]
    """
    path = existing_file(path, "an idx file")
    body = _read(path)
    if len(body) < 4 or body[:2] != b"\0\0" or body[2] not in DTYPES:
        raise DataError(
            f"expected an idx file (magic 0, 0, type, dimensions), got {body[:4]!r} in {path}: check it"
        )
    dtype, dimensions = np.dtype(DTYPES[body[2]]), body[3]
    start = 4 + 4 * dimensions
    if len(body) < start:
        raise DataError(
            f"expected {start} bytes of idx header, got {len(body)} in {path}: fetch the file again"
        )
    shape = tuple(int(n) for n in np.frombuffer(body, ">u4", dimensions, 4))
    # math.prod: sizes of a corrupt header may overflow numpy's integers
    expected = start + math.prod(shape) * dtype.itemsize
    if len(body) != expected:
        raise DataError(
            f"expected {expected} bytes for shape {shape} of {dtype.name}, got {len(body)} in {path}: "
            "fetch the file again"
        )
    return np.frombuffer(body, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


def _read(path: Path) -> bytes:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"expected a readable idx file, got {error.strerror or error}: {path}: check who may read it"
        ) from error
    if path.suffix != ".gz":
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"expected a whole gzip file, got {error} in {path}: fetch the file again") from error
