"""Labelled images from the layouts in which they are handed round."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.arrays import opened_npz
from jrtune.data.readers.class_folders import read_folder, read_zip
from jrtune.data.readers.idx import read_idx
from jrtune.errors import DataError

LAYOUTS = (
    "*images-idx3-ubyte[.gz] beside *labels-idx1-ubyte[.gz], a .npz, a .zip of class folders or class folders"
)
IMAGE_KEYS = {"x", "image", "images", "data"}
LABEL_KEYS = {"y", "label", "labels", "target", "targets"}

Pair = tuple[NDArray[np.generic], NDArray[np.generic]]


def read_images(path: str | Path) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """All labelled images at ``path``; parts such as train and test are put one after another.

    Args:
        path: one of

            - a folder with idx pairs as MNIST's (``*images-idx3-ubyte`` and ``*labels-idx1-ubyte``, each
              plain or ``.gz``), the beginning of the names of such a pair, or its images file;
            - a ``.npz`` with arrays such as ``x_train`` and ``y_train``, ``train_images`` and
              ``train_labels``, ``images`` and ``labels``, or ``X`` and ``y``;
            - a ``.zip`` of class folders with png or jpg files, or such folders, at any depth: the last
              folder names the class, classes are numbered in the order of their names;
            - a folder with nothing but one such file.

    Returns:
        images: n x h x w (grey) or n x h x w x 3, uint8 (0 to 255) or floating as stored.
        labels: n, int64.

    Raises:
        DataError: nothing is there, the layout is unknown, a file is corrupt or empty, images and labels
            differ in number or images in size, or a value is not finite.

    Examples:
        >>> np.savez("tiny.npz", x_train=np.zeros((3, 4, 4), np.uint8), y_train=[0, 1, 2])
        >>> images, labels = jr.data.read_images("tiny.npz")
        >>> images.shape, labels.tolist()
        ((3, 4, 4), [0, 1, 2])
    """
    path = Path(path)
    pairs = [_shaped(path, *pair) for pair in _pairs(path)]
    if len(shapes := sorted({images.shape[1:] for images, _ in pairs})) > 1:
        raise DataError(
            f"expected images of one size, got {shapes[0]} and {shapes[1]} in {path}: read one part alone"
        )
    return np.concatenate([images for images, _ in pairs]), np.concatenate([labels for _, labels in pairs])


def _pairs(path: Path) -> list[Pair]:
    if path.is_dir():
        return _in_folder(path)
    if path.is_file():
        return _in_file(path)
    if path.name and (files := _images_files(path.parent, path.name)):
        return [_idx_pair(file) for file in files]
    raise DataError(f"expected images, got nothing at {path}: check the path")


def _in_folder(path: Path) -> list[Pair]:
    if files := _images_files(path):
        return [_idx_pair(file) for file in files]
    entries = [p for p in sorted(path.iterdir()) if not p.name.startswith(".")]
    if not entries:
        raise DataError(f"expected images, got an empty folder: {path}")
    if len(entries) == 1 and entries[0].is_file():
        return _in_file(entries[0])
    if not any(p.is_dir() for p in entries):
        raise DataError(
            f"expected {LAYOUTS}, got a folder with {entries[0].name}: convert {path} to one of them"
        )
    return [read_folder(path)]


def _in_file(path: Path) -> list[Pair]:
    if path.suffix == ".npz":
        return _npz_pairs(path)
    if path.suffix == ".zip":
        return [read_zip(path)]
    if _is_images_file(path.name):
        return [_idx_pair(path)]
    raise DataError(f"expected {LAYOUTS}, got {path}: convert it to one of them")


# --- idx pairs -----------------------------------------------------------------------------


def _is_images_file(name: str) -> bool:
    stem = name.removesuffix(".gz")
    return stem.endswith(("images-idx3-ubyte", "images.idx3-ubyte"))


def _images_files(folder: Path, prefix: str = "") -> list[Path]:
    """Images files in ``folder`` whose names begin with ``prefix``; a plain file goes before its .gz."""
    found = folder.glob("*") if folder.is_dir() else ()
    files = sorted(p for p in found if p.name.startswith(prefix) and _is_images_file(p.name))
    plain = {p.name for p in files}
    return [p for p in files if p.suffix != ".gz" or p.name.removesuffix(".gz") not in plain]


def _idx_pair(images: Path) -> Pair:
    stem = images.name.removesuffix(".gz")
    head, separator = stem[: -len("images-idx3-ubyte")], stem[-len("-idx3-ubyte")]
    plain = images.with_name(f"{head}labels{separator}idx1-ubyte")
    zipped = plain.with_name(f"{plain.name}.gz")
    return read_idx(images), read_idx(zipped if zipped.is_file() and not plain.is_file() else plain)


# --- npz -----------------------------------------------------------------------------------


def _npz_pairs(path: Path) -> list[Pair]:
    with opened_npz(path) as archive:
        named = _npz_keys(path, archive.files)
        return [(archive[images], archive[labels]) for images, labels in named]


def _npz_keys(path: Path, keys: Sequence[str]) -> list[tuple[str, str]]:
    """Names of images and of labels that belong together: those that differ only in what they hold."""
    images, labels = (_by_part(keys, words) for words in (IMAGE_KEYS, LABEL_KEYS))
    if not images:
        raise DataError(
            f"expected arrays such as x_train and y_train, got {', '.join(keys) or 'none'} in {path}"
        )
    if alone := [key for part, key in images.items() if part not in labels]:
        raise DataError(f"expected labels for {alone[0]!r}, got only {', '.join(keys)} in {path}: add them")
    return [(key, labels[part]) for part, key in images.items()]


def _by_part(keys: Sequence[str], words: set[str]) -> dict[tuple[str, ...], str]:
    """Key without the word in ``words`` -> key, as ("train",) -> "x_train"."""
    split = {key: key.lower().split("_") for key in keys}
    return {
        tuple(word for word in parts if word not in words): key
        for key, parts in split.items()
        if sum(word in words for word in parts) == 1
    }


# --- shapes and types ----------------------------------------------------------------------


def _shaped(
    path: Path, images: NDArray[np.generic], labels: NDArray[np.generic]
) -> tuple[NDArray[np.generic], NDArray[np.int64]]:
    if len(images) != len(labels):
        raise DataError(
            f"expected a label for each image, got {len(images)} images and {len(labels)} labels in {path}: "
            "fetch both again"
        )
    if not len(images):
        raise DataError(f"expected images, got none in {path}")
    return _pixels(path, _channels_last(path, images)), _whole(path, labels)


def _channels_last(path: Path, images: NDArray[np.generic]) -> NDArray[np.generic]:
    if images.ndim == 4 and images.shape[1] in (1, 3) and images.shape[3] not in (1, 3):
        images = images.transpose(0, 2, 3, 1)
    if images.ndim == 4 and images.shape[3] == 1:
        images = images[..., 0]
    if images.ndim != 3 and (images.ndim != 4 or images.shape[3] != 3):
        raise DataError(
            f"expected images as n x h x w or n x h x w x 3, got {images.shape} in {path}: reshape them"
        )
    return images


def _pixels(path: Path, images: NDArray[np.generic]) -> NDArray[np.generic]:
    if images.dtype.kind == "f":
        if bad := images.size - int(np.count_nonzero(np.isfinite(images))):
            raise DataError(
                f"expected finite images, got {bad} NaN or infinite values in {path}: drop those images"
            )
        return images
    if images.dtype.kind not in "biu" or images.min() < 0 or images.max() > 255:
        raise DataError(
            f"expected pixels from 0 to 255 or floats, got {images.dtype} in {path}: rescale them"
        )
    return images.astype(np.uint8)


def _whole(path: Path, labels: NDArray[np.generic]) -> NDArray[np.int64]:
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1 or labels.dtype.kind not in "biuf":
        raise DataError(
            f"expected one number as label of each image, got {labels.dtype} {labels.shape} in {path}: "
            "number the classes"
        )
    floats = labels.astype(np.float64)
    if (odd := labels[~(floats == np.round(floats)) | np.isinf(floats)]).size:
        raise DataError(f"expected integers as labels, got {odd[0]} in {path}: drop or number those samples")
    return labels.astype(np.int64)
