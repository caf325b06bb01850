"""What a loader or a network gives, taken apart and put together again."""

import pytest
import torch

from jrtune.errors import StudyError
from jrtune.integrations.parts import put_together, take_apart

A, B, C = torch.ones(2), torch.zeros(2, 3), torch.arange(2)


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (A, ["tensor"]),
        ((A, B), ["0", "1"]),
        ((A,), ["0"]),
        ({"image": A, "edge": B}, ["image", "edge"]),
        ((A, {"digit": C, "edge": (B, A)}), ["0", "1.digit", "1.edge.0", "1.edge.1"]),
        (tuple([A] * 12), [str(k) for k in range(12)]),
    ],
)
def test_there_and_back(value, names):
    parts = take_apart(value, "the batch")
    assert list(parts) == names
    assert_same(put_together(parts), value)


def assert_same(one, other):
    assert type(one) is type(other)
    if isinstance(one, torch.Tensor):
        assert one is other
        return
    assert len(one) == len(other)
    for key in one if isinstance(one, dict) else range(len(one)):
        assert_same(one[key], other[key])


def test_a_list_comes_back_as_a_tuple():
    assert put_together(take_apart([A, B], "the batch")) == (A, B)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((A, "cat"), r"in the batch\[1\], or dicts, tuples and lists of them, got str: encode it"),
        ((A, []), r"in the batch\[1\].* got none"),
        (None, "in the batch.* got NoneType"),
        ({"x.y": A}, "got 'x.y': rename it"),
        ({"0": A}, "got '0': rename it"),
        ({3: A}, "got 3: rename it"),
        ({"tensor": A}, "got 'tensor': rename it"),
    ],
)
def test_what_cannot_be_taken_apart_is_named(value, message):
    with pytest.raises(StudyError, match=message):
        take_apart(value, "the batch")
