"""Labelled images as studies of grey pictures want them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.images import read_images
from jrtune.errors import DataError


def read_grey(
    path: str | Path, classes: int = 0, smallest: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Images as :func:`jrtune.data.read_images` reads them, grey, from 0 to 1, with numbers of classes.

    Args:
        path: as of ``read_images``.
        classes: the most classes that can be used; 0 for any number.
        smallest: the least height and width that can be used.

    Returns:
        images: n x h x w in [0, 1], colours averaged; floating pixels are stretched over that range.
        labels: n, in the order of the classes' values.

    Raises:
        DataError: as of ``read_images``; or too many classes, too small images, or one value everywhere.

    Examples:
        >>> np.savez("tiny.npz", images=np.full((2, 4, 4), 255, np.uint8), labels=[3, 7])
        >>> images, labels = jr.data.read_grey("tiny.npz")
        >>> images.shape, float(images.max()), labels.tolist()
        ((2, 4, 4), 1.0, [0, 1])
    """
    images, labels = read_images(path)
    found, numbered = np.unique(labels, return_inverse=True)
    if classes and len(found) > classes:
        raise DataError(f"expected at most {classes} classes, got {len(found)} in {path}: choose other data")
    if min(images.shape[1:3]) < smallest:
        raise DataError(
            f"expected images of {smallest} x {smallest} or more, got {images.shape[1:3]} in {path}: "
            "choose other data"
        )
    low, high = (0, 255) if images.dtype == np.uint8 else (images.min(), images.max())
    if not low < high:
        raise DataError(f"expected images, got the value {low} at every pixel in {path}: check the file")
    grey = images.mean(axis=3) if images.ndim == 4 else images
    return (grey - low) / (high - low), numbered.astype(np.int64)
