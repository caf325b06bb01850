"""The stamp of a report, by which to know, without matplotlib, if the folder holds all of these results."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import jrtune

if TYPE_CHECKING:
    from jrtune.analysis.analysis import Analysis

STAMP = ".jrtune-report.json"
CODE = {".py", ".js", ".css", ".j2"}


def is_current(analysis: Analysis, out: str | Path, storage: str | None = None) -> bool:
    """True where every file of the report is there, and was made of this analysis by this jrtune.

    ``storage`` stands in the page's commands, so a database that was moved makes the report outdated.
    """
    folder = Path(out)
    try:
        stamp = json.loads((folder / STAMP).read_text())
        whole = all((folder / name).is_file() for name in stamp["files"])
        return whole and bool(stamp["digest"] == digest(analysis, storage))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def stamp_text(analysis: Analysis, files: Iterable[str], storage: str | None = None) -> str:
    """The text of the stamp for these files."""
    return json.dumps({"digest": digest(analysis, storage), "files": list(files)})


def digest(analysis: Analysis, storage: str | None = None) -> str:
    """Changes whenever what is shown, its place, or the code that renders it, does."""
    shown = [jrtune.__version__, _code(), storage, analysis.results, analysis.comparison]
    text = json.dumps(shown, default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def _code() -> str:
    """Digest of the report's own code: a figure that was added is missing in a report of before."""
    files = (path for path in Path(__file__).parent.rglob("*") if path.suffix in CODE)
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def _plain(thing: object) -> object:
    if is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    if isinstance(thing, Mapping):
        return dict(thing)
    assert isinstance(thing, Iterable), thing
    return list(thing)
