"""Reading idx files: what is read is what was written, and what is broken says so."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jrtune import DataError
from jrtune.data import read_idx

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array, code=None):
    """An idx file's bytes, written from the format's description alone."""
    code = CODES[array.dtype.str[1:]] if code is None else code
    head = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


shapes = hnp.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=4)


@given(st.data())
def test_reads_what_was_written(tmp_path_factory, data):
    dtype = data.draw(st.sampled_from(sorted(CODES)))
    array = data.draw(hnp.arrays(np.dtype(dtype), shapes))
    folder = tmp_path_factory.mktemp("idx")
    (folder / "plain").write_bytes(idx_bytes(array))
    (folder / "zipped.gz").write_bytes(gzip.compress(idx_bytes(array)))
    for name in ("plain", "zipped.gz"):
        got = read_idx(folder / name)
        assert got.dtype == array.dtype
        assert got.dtype.isnative
        np.testing.assert_array_equal(got, array)


GOOD = idx_bytes(np.arange(6, dtype="i4").reshape(2, 3))
# The header carries no time of writing: workers must all collect tests of the same name.
ZIPPED = gzip.compress(GOOD, mtime=0)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("a", b"", r"expected an idx file .*, got b'' in .*a: check it"),
        ("a", b"\x89PNG....", "expected an idx file .* got b'.x89PNG' in"),
        ("a", b"\0\0\x07\1\0\0\0\0", "expected an idx file"),
        ("a", GOOD[:9], "expected 12 bytes of idx header, got 9 in .*a: fetch"),
        ("a", GOOD[:-1], r"expected 36 bytes for shape \(2, 3\) of int32, got 35 in .*a: fetch"),
        ("a", GOOD + b"x", "expected 36 bytes .*, got 37 in"),
        ("a", b"\0\0\x08\3" + b"\xff" * 12, "expected 79228162458924105385300197391 bytes"),
        ("a.gz", GOOD, "expected a whole gzip file, got .* in .*a.gz"),
        ("a.gz", ZIPPED[:-9], "expected a whole gzip file, got .* in .*a.gz"),
        (
            "a.gz",
            ZIPPED[:12] + b"xxxxxxxx" + ZIPPED[20:],
            "expected a whole gzip file",
        ),
    ],
)
def test_broken_file(tmp_path, name, body, message):
    (tmp_path / name).write_bytes(body)
    with pytest.raises(DataError, match=message):
        read_idx(tmp_path / name)


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match=r"expected an idx file, got nothing at .*none: check the path"):
        read_idx(tmp_path / "none")
