"""Pictures by the names of their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jrtune.data.readers.class_folders import decode
from jrtune.data.readers.files import existing_file
from jrtune.errors import DataError


def read_pictures(
    folder: str | Path, names: Sequence[str], size: int = 0, grey: bool = False
) -> NDArray[np.uint8]:
    """The named pictures, for tables that say which picture belongs to a row.

    Args:
        folder: the folder in which they lie.
        names: n, relative to the folder.
        size: height and width that all are brought to, whatever their shape; 0 leaves them as they are.
        grey: True makes colours grey (luma of ITU-R BT.601).

    Returns:
        n x h x w x 3, or n x h x w where ``grey``; what is transparent stands on white.

    Raises:
        DataError: no names, a file that is absent or no whole picture, or pictures of two sizes.

    Examples:
        >>> from PIL import Image
        >>> Image.new("RGB", (8, 6), "white").save("room.png")
        >>> jr.data.read_pictures(".", ["room.png"], size=4, grey=True).shape
        (1, 4, 4)
    """
    if not len(names):
        raise DataError(f"expected names of pictures in {folder}, got none: check the table")
    pictures = []
    for name in names:
        file = existing_file(Path(folder) / name, "a picture")
        picture = Image.fromarray(decode(str(file), file.read_bytes)).convert("L" if grey else "RGB")
        pictures.append(np.asarray(picture.resize((size, size)) if size else picture, np.uint8))
        if pictures[-1].shape != pictures[0].shape:
            one, other = (f"{p.shape[0]}x{p.shape[1]}" for p in (pictures[0], pictures[-1]))
            raise DataError(
                f"expected pictures of one size, got {one} ({names[0]}) and {other} ({name}) in {folder}: "
                "give the size to bring all to"
            )
    return np.stack(pictures)
