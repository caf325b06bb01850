"""Pictures with texts, from the layouts in which they are handed round."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jrtune.data.readers.cells import read_cells
from jrtune.data.readers.class_folders import SUFFIXES
from jrtune.data.readers.files import existing_file, files_under
from jrtune.data.readers.pictures import read_pictures
from jrtune.errors import DataError

IMAGE_KEYS = ("image", "file", "file_name", "filename", "unicode")
TEXT_KEYS = ("captions", "caption", "texts", "text", "sentence", "description", "name")
CLASS_KEYS = ("category", "class", "label")
FORMATS = "a .json, a .csv with columns image and caption, or a text file with lines 'image.jpg#0<TAB>text'"


class Captions(NamedTuple):
    """Pictures and what is written about each.

    Examples:
        >>> images = np.zeros((1, 8, 8, 3), np.uint8)
        >>> jr.data.Captions(images, (("a dog", "it runs"),), ("animal",), ("dog.jpg",), ()).texts[0]
        ('a dog', 'it runs')
    """

    images: NDArray[np.uint8]
    """n x h x w x 3."""
    texts: tuple[tuple[str, ...], ...]
    """n, one or more of each picture."""
    classes: tuple[str, ...]
    """n names; empty strings where the file has none."""
    names: tuple[str, ...]
    """n, the pictures' files, without their folders."""
    absent: tuple[str, ...]
    """Pictures that have a text and no file, where such are left out."""


class _Entry(NamedTuple):
    image: str
    texts: tuple[str, ...]
    kind: str


def read_captions(
    folder: str | Path, captions: str | Path = "", size: int = 0, skip: bool = False
) -> Captions:
    """Pictures below a folder, and their texts.

    Args:
        folder: the folder of the pictures (png, jpg, bmp), at any depth, no two of one name.
        captions: the file of texts, by default the only .json, .csv or .txt at the top of the folder:

            - ``.json``: records, in a list or by name, each with ``image`` (or ``file``, ``unicode``: the
              picture's name, with or without its suffix), ``caption`` (or ``captions``, ``text``,
              ``name``), to which ``keywords`` are appended, and perhaps ``category``: emojione's emoji.json;
            - ``.csv``, or text whose first line has no tab: columns of those names;
            - text: ``image.jpg#0<TAB>text``, as Flickr8k's.
        size: height and width that all pictures are brought to; 0 where they are of one size.
        skip: leaves texts without a picture out, rather than refuse them.

    Returns:
        The pictures with text, in the order of the file, the texts of each together.

    Raises:
        DataError: a file is absent, broken, or of none of these formats; a record has no picture or no text;
            pictures are of two sizes or of one name.

    Examples:
        >>> from PIL import Image
        >>> Image.new("RGB", (8, 8)).save("dog.png")
        >>> np.savetxt("captions.csv", ["image,caption", "dog.png,a dog", "dog.png,it runs"], fmt="%s")
        >>> captions = jr.data.read_captions(".")
        >>> captions.images.shape, captions.texts
        ((1, 8, 8, 3), (('a dog', 'it runs'),))
    """
    folder = Path(folder)
    files = _by_name(folder)
    path = existing_file(captions, "a file of captions") if captions else _only_captions(folder)
    entries: dict[str, _Entry] = {}
    for entry in _entries(path):
        known = entries.get(entry.image)
        entries[entry.image] = known._replace(texts=known.texts + entry.texts) if known else entry
    absent = [name for name in entries if name not in files]
    if absent and (not skip or len(absent) == len(entries)):
        raise DataError(
            f"expected a picture for each text, got none of {absent[0]!r} (and {len(absent) - 1} more) of "
            f"{path} in {folder}: add it, or take that text out"
        )
    found_entries = [entry for name, entry in entries.items() if name in files]
    names = [str(files[entry.image].relative_to(folder)) for entry in found_entries]
    return Captions(
        read_pictures(folder, names, size),
        tuple(entry.texts for entry in found_entries),
        tuple(entry.kind for entry in found_entries),
        tuple(Path(name).name for name in names),
        tuple(absent),
    )


def _by_name(folder: Path) -> dict[str, Path]:
    """Pictures by file name, and by that without its suffix."""
    files = files_under(folder, SUFFIXES, "png, jpg or bmp files")
    found = {file.name: file for file in files}
    if len(found) < len(files):
        twice = next(file for file in files if found[file.name] != file)
        raise DataError(f"expected each name once below {folder}, got {twice.name!r} twice: rename one")
    return {**{file.stem: file for file in files}, **found}


def _only_captions(folder: Path) -> Path:
    kinds = {".json", ".csv", ".txt"}
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in kinds and p.is_file())
    if len(found) != 1:
        names = ", ".join(p.name for p in found) or "none"
        raise DataError(f"expected {FORMATS}, got {names} in {folder}: name the file of captions")
    return found[0]


def _entries(path: Path) -> list[_Entry]:
    if path.suffix.lower() == ".json":
        return _from_json(path)
    text = _text(path)
    if "\t" not in text.partition("\n")[0]:
        return _from_csv(path)
    lines = [(k, line) for k, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [_from_line(f"line {k} of {path}", line) for k, line in lines]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")  # which may begin with a mark that is no part of the first name
    except (UnicodeDecodeError, OSError) as error:
        raise DataError(f"expected utf-8 text, got {error} in {path}: convert it") from error


def _from_line(where: str, line: str) -> _Entry:
    image, tab, text = line.partition("\t")
    if not tab or not text.strip() or not image:
        raise DataError(f"expected 'image.jpg#0<TAB>text', got {line!r} in {where}: fix the line")
    return _Entry(image.rpartition("#")[0] or image, (text.strip(),), "")


def _from_csv(path: Path) -> list[_Entry]:
    frame = read_cells(path)
    names = [str(name).lower() for name in frame]
    rows = zip(frame.index, frame.to_numpy(), strict=True)
    return [_entry(f"line {line} of {path}", dict(zip(names, row, strict=True))) for line, row in rows]


def _from_json(path: Path) -> list[_Entry]:
    try:
        found = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise DataError(f"expected json, got {error} in {path}: fix it or fetch it again") from error
    records: object = list(found.values()) if isinstance(found, dict) else found
    if not isinstance(records, list) or not records:
        raise DataError(
            f"expected records in a list or by name, got {type(found).__name__} in {path}: {FORMATS}"
        )
    return [_entry(f"record {k + 1} of {path}", record) for k, record in enumerate(records)]


def _entry(where: str, record: object) -> _Entry:
    if not isinstance(record, Mapping):
        raise DataError(
            f"expected a record with image and caption, got {type(record).__name__} in {where}: fix it"
        )
    image, text, kind = (_first(record, keys) for keys in (IMAGE_KEYS, TEXT_KEYS, CLASS_KEYS))
    written = text if isinstance(text, list) else [text]
    if odd := [value for value in (image, kind, *written) if isinstance(value, (list, dict))]:
        raise DataError(f"expected text or a number, got {odd[0]!r} in {where}: write it as text")
    texts = [str(t).strip() for t in written]
    if keywords := record.get("keywords"):
        words = " ".join(map(str, keywords)) if isinstance(keywords, list) else str(keywords)
        texts = [f"{t} {words}".strip() for t in texts]
    if not image or not all(texts):
        lacks = "text" if image else "image"
        raise DataError(f"expected an image and a text, got no {lacks} in {where}: add it, or take it out")
    return _Entry(str(image), tuple(texts), str(kind))


def _first(record: Mapping[str, object], keys: Sequence[str]) -> object:
    return next((record[key] for key in keys if record.get(key)), "")
