"""What is refused before training, by split and entry, and what a fingerprint depends on."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from jrtune import DataError
from jrtune.data import check_splits, fingerprint


def splits(**changes):
    """Usable splits without labels; changes are named split_entry, None takes the entry away."""
    data = {
        name: {"x": np.arange(n * 2, dtype=np.float32).reshape(n, 2), "k": np.arange(n)}
        for name, n in (("train", 6), ("val", 3), ("test", 2))
    }
    for place, value in changes.items():
        split, entry = place.split("_")
        data[split][entry] = value
        if value is None:
            del data[split][entry]
    return data


def with_tensors(data):
    return {s: {k: torch.as_tensor(v) for k, v in batch.items()} for s, batch in data.items()}


@pytest.mark.parametrize("convert", [lambda data: data, with_tensors])
def test_usable(convert):
    check_splits(convert(splits()))


def test_further_splits_are_let_be():
    check_splits({**splits(), "unlabelled": {}})


def test_width_of_a_dtype_may_differ():
    check_splits(splits(val_x=np.zeros((3, 2))))


NAN = np.full((3, 2), np.nan, np.float32)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            splits(val_x=np.zeros((4, 2))),
            "one length in split 'val', got 4 of 'x' and 3 of 'k': give one row",
        ),
        (splits(val_x=np.zeros((3, 5))), r"val\['x'\] to be n x \(2,\) as in train, got n x \(5,\)"),
        (splits(test_k=np.zeros(2)), r"test\['k'\] to be int64 as in train, got float64: convert it"),
        (splits(val_x=NAN), r"finite values in val\['x'\], got 6 NaN: drop them or name it in missing"),
        (splits(val_x=NAN + np.inf), r"finite values in val\['x'\], got 6 NaN"),
        (
            splits(test_x=np.full((2, 2), -np.inf)),
            r"finite values in test\['x'\], got 4 infinite: clip or drop",
        ),
        (splits(val_k=None), "the same entries in all splits, got 'k' in train and not in val"),
        (splits(test_z=np.zeros(2)), "the same entries in all splits, got 'z' in test and not in train"),
        (
            splits(test_x=np.zeros((0, 2)), test_k=np.zeros(0, int)),
            "expected samples in split 'test', got none",
        ),
        (splits(val_k=np.array(list("abc"))), r"expected numbers in val\['k'\], got dtype <U1: encode it"),
        (splits(val_k=np.array(3)), r"val\['k'\] to be n x \.\.\., got a single number"),
        (splits(val_k=[[1], [2, 3]]), r"expected an array or CPU tensor in val\['k'\], got "),
        (
            splits(val_x=torch.zeros(3, 2, requires_grad=True)),
            r"expected an array or CPU tensor in val\['x'\], got Can't call numpy\(\)",
        ),
        (
            {"train": {}, "val": {}},
            "expected the splits train, val and test, got train, val: return all three",
        ),
        ({}, "expected the splits train, val and test, got none"),
        ([1], "expected the splits train, val and test, got list"),
        ({**splits(), "val": {}}, "expected split 'val' to be a dict of arrays, got no entries"),
        ({**splits(), "val": np.zeros(3)}, "expected split 'val' to be a dict of arrays, got ndarray"),
    ],
)
def test_refused(data, message):
    with pytest.raises(DataError, match=message):
        check_splits(data)


def test_nan_stands_for_missing_where_said():
    check_splits(splits(val_x=NAN), missing=("x",))
    with pytest.raises(DataError, match=r"test\['x'\], got 4 infinite"):
        check_splits(splits(test_x=np.full((2, 2), np.inf)), missing=("x",))


@given(st.randoms(use_true_random=False), st.booleans())
def test_fingerprint_knows_content_only(random, tensors):
    data = splits()
    shuffled = {}
    for split in random.sample(sorted(data), 3):
        shuffled[split] = {k: data[split][k] for k in random.sample(sorted(data[split]), 2)}
    assert fingerprint(with_tensors(shuffled) if tensors else shuffled) == fingerprint(data)


def test_fingerprint_looks_through_strides_and_byte_order():
    x = splits()["val"]["x"]
    for same in (np.asfortranarray(x), x.astype(">f4")):
        assert fingerprint(splits(val_x=same)) == fingerprint(splits())


def test_fingerprint_is_pinned():
    data = {"train": {"x": np.array([1, 2], np.int32)}}
    # printf "'train' 'x' <i4 (2,)\n\1\0\0\0\2\0\0\0" | sha256sum
    assert fingerprint(data) == "sha256:399c38eb45f1ea3cb725b8630ceaf519e1e06e10ca6b10e66b4f06d25491ccd5"


X = splits()["val"]["x"]


@pytest.mark.parametrize(
    "change",
    [
        {"val_x": X.astype(np.float64)},
        {"val_x": X.T},
        {"val_x": X + np.eye(3, 2, dtype=np.float32)},
        {"val_k": None},
        {"val_z": np.zeros(3)},
        {"val_x": np.frombuffer(X.tobytes(), np.int32).reshape(3, 2)},
    ],
)
def test_fingerprint_sees_each_change(change):
    assert fingerprint(splits(**change)) != fingerprint(splits())
