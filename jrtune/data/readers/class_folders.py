"""Pictures in folders, or in a zip of folders, named as their classes."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jrtune.data.readers.files import is_hidden
from jrtune.errors import DataError

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp"}
BROKEN_ZIP = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""Errors that zipfile raises on a corrupt, encrypted or unsupported member."""


def read_folder(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures under ``path``; see :func:`jrtune.data.readers.images.read_images`."""
    names = [p.relative_to(path).as_posix() for p in path.rglob("*") if p.is_file()]
    return _read(path, names, lambda name: (path / name).read_bytes())


def read_zip(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pictures in the zip at ``path``; see :func:`jrtune.data.readers.images.read_images`."""
    try:
        archive = zipfile.ZipFile(path)
    except BROKEN_ZIP as error:
        raise DataError(f"expected a whole zip file, got {error}: fetch {path} again") from error
    with archive:
        return _read(path, archive.namelist(), archive.read)


def _read(
    source: Path, names: Sequence[str], load: Callable[[str], bytes]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    names = sorted(name for name in names if _is_picture(PurePosixPath(name)))
    if not names:
        raise DataError(f"expected folders named as classes with png or jpg files, got none in {source}")
    folders = [PurePosixPath(name).parent.name for name in names]
    if "" in folders:
        raise DataError(
            f"expected each picture in a folder named as its class, got {names[folders.index('')]!r} "
            f"at the top of {source}: move it into one"
        )
    number = {folder: k for k, folder in enumerate(sorted(set(folders)))}
    pictures = [decode(f"{name} in {source}", lambda name=name: load(name)) for name in names]  # type: ignore[misc]
    for name, picture in zip(names, pictures, strict=True):
        if picture.shape[:2] != pictures[0].shape[:2]:
            one, other = (f"{p.shape[0]}x{p.shape[1]}" for p in (pictures[0], picture))
            raise DataError(
                f"expected pictures of one size, got {one} and {other} ({name} in {source}): resize them"
            )
    return _stack(pictures), np.array([number[folder] for folder in folders], np.int64)


def _is_picture(name: PurePosixPath) -> bool:
    return name.suffix.lower() in SUFFIXES and not is_hidden(name)


def decode(where: str, load: Callable[[], bytes]) -> NDArray[np.uint8]:
    """The picture as h x w where it is grey, else h x w x 3; what is transparent stands on white."""
    try:
        with Image.open(io.BytesIO(load())) as picture:
            if picture.mode[0] in "IF":
                raise DataError(f"expected 8-bit pictures, got mode {picture.mode} in {where}: convert it")
            mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
            if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
                seen = picture.convert("RGBA")
                return np.asarray(
                    Image.alpha_composite(Image.new("RGBA", seen.size, "white"), seen).convert(mode)
                )
            return np.asarray(picture.convert(mode), np.uint8)
    except (*BROKEN_ZIP, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(
            f"expected a whole picture, got {type(error).__name__} from {where}: fetch it again"
        ) from error


def _stack(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """n x h x w where all are grey, else n x h x w x 3."""
    if all(p.ndim == 2 for p in pictures):
        return np.stack(pictures)
    return np.stack([p if p.ndim == 3 else np.repeat(p[..., None], 3, axis=2) for p in pictures])
