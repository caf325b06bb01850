"""Finding the files of a data set, and saying so where there are none."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path, PurePath

from jrtune.errors import DataError


def is_hidden(path: PurePath) -> bool:
    """True for a dot file or a file that macOS leaves in folders and zips under the names of the real."""
    return any(part.startswith((".", "__MACOSX")) for part in path.parts)


def existing_file(path: str | Path, what: str) -> Path:
    """``path``, or DataError where no file is there; ``what`` says what was expected, with its article."""
    path = Path(path)
    if not path.is_file():
        got = "a folder" if path.is_dir() else "nothing"
        raise DataError(f"expected {what}, got {got} at {path}: check the path")
    return path


def files_under(folder: str | Path, suffixes: Collection[str], what: str) -> list[Path]:
    """Files below ``folder`` with one of the suffixes (lower case), at any depth, by name.

    Raises:
        DataError: no folder is there, or no such file in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        got = "a file" if folder.is_file() else "nothing"
        raise DataError(f"expected a folder with {what}, got {got} at {folder}: check the path")
    found = (p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    if not (files := sorted(p for p in found if not is_hidden(p.relative_to(folder)))):
        raise DataError(f"expected {what}, got none in {folder}: check the path")
    return files


def named_files(folder: str | Path, names: Sequence[str], suffixes: Collection[str], what: str) -> list[Path]:
    """A file for each name: a path from ``folder``, or the only file of that name at any depth below it.

    Raises:
        DataError: as :func:`files_under`; a name that no file has, or that several have.
    """
    below: dict[str, list[Path]] = {}
    for file in files_under(folder, suffixes, what):
        below.setdefault(file.name, []).append(file)
    files = []
    for name in names:
        path = Path(folder) / name
        found = [path] if path.is_file() else below.get(path.name, [])
        if len(found) != 1:
            raise DataError(
                f"expected one file {name!r} below {folder}, got {len(found)}: name it by its path from there"
            )
        files += found
    return files
