"""Write a folder so that a reader sees the whole old one or the whole new one.

The files go to a folder beside it and to disk, then two renames swap the folders. Between the two
renames the folder is absent for a moment (POSIX has no exchange of folders): a reader in that moment
is told that there is none, never files of both. A process that is killed right there leaves the old
folder as ``.NAME.previous``, which the next write puts back before it begins.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def replace_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """Make ``out`` a folder of exactly ``files``; where an error is raised, it is whole nevertheless."""
    out.parent.mkdir(parents=True, exist_ok=True)
    recover(out)
    new = Path(tempfile.mkdtemp(prefix=f".{out.name}.new-", dir=out.parent))
    try:
        new.chmod(0o755)  # mkdtemp makes it private; a bundle is there to be read
        for name, content in files.items():
            _write(new / name, content)
        _sync(new)
        _swap(new, out)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def recover(out: Path) -> None:
    """Finish what a killed write left: put the old folder back where there is no new one, and tidy up."""
    previous = _previous(out)
    if previous.exists() and not out.exists():
        os.rename(previous, out)
    for beside in out.parent.iterdir():
        if beside == previous or beside.name.startswith(f".{out.name}.new-"):
            shutil.rmtree(beside, ignore_errors=True)


def _swap(new: Path, out: Path) -> None:
    previous = _previous(out)
    if out.exists():
        os.rename(out, previous)
    try:
        os.rename(new, out)
    except BaseException:
        if previous.exists() and not out.exists():
            os.rename(previous, out)
        raise
    _sync(out.parent)
    shutil.rmtree(previous, ignore_errors=True)


def _previous(out: Path) -> Path:
    return out.with_name(f".{out.name}.previous")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """A rename is on disk only once the folder that holds the name is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
