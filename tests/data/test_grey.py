"""Grey labelled images: their scale, their classes' numbers, and what cannot be used."""

import numpy as np
import pytest

from jrtune import DataError
from jrtune.data import read_grey


def write(path, images, labels):
    np.savez(path, x=images, y=labels)
    return path


def test_bytes_are_scaled_and_classes_numbered(tmp_path):
    images = np.array([[[0, 51], [255, 102]]] * 3, np.uint8)
    got, labels = read_grey(write(tmp_path / "a.npz", images, np.array([7, 3, 7])))
    np.testing.assert_allclose(got[0], [[0, 0.2], [1, 0.4]])
    assert labels.tolist() == [1, 0, 1]
    assert labels.dtype == np.int64


def test_colours_are_averaged_and_floats_stretched(tmp_path):
    images = np.zeros((2, 2, 2, 3))
    images[0, 0, 0], images[1] = (3, 0, 0), -1
    got, _ = read_grey(write(tmp_path / "a.npz", images, np.array([0, 1])))
    assert got[0, 0, 0] == pytest.approx((1 + 1) / 4)  # mean 1 of a range from -1 to 3
    assert (got[1] == 0).all()


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (np.eye(3)[None].repeat(4, 0), [0, 1, 2, 3], r"expected at most 3 classes, got 4 in .*a\.npz"),
        (np.zeros((2, 1, 5)), [0, 1], r"expected images of 2 x 2 or more, got \(1, 5\) in .*a\.npz"),
        (np.full((2, 3, 3), 0.5), [0, 1], r"got the value 0\.5 at every pixel in .*a\.npz"),
    ],
)
def test_unusable(tmp_path, images, labels, message):
    with pytest.raises(DataError, match=message):
        read_grey(write(tmp_path / "a.npz", images, np.array(labels)), classes=3, smallest=2)
