"""Whether a report's folder holds the whole report of the results as they are; quick, without matplotlib."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jrtune

if TYPE_CHECKING:
    from jrtune.analysis.analysis import Analysis

STAMP = ".jrtune-report.json"


def is_current(analysis: Analysis, out: str | Path, storage: str | None = None) -> bool:
    """Whether every file of the report is there, and was made of this analysis by this jrtune.

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
    """What the stamp says of these files."""
    return json.dumps({"digest": digest(analysis, storage), "files": list(files)})


def digest(analysis: Analysis, storage: str | None = None) -> str:
    """Changes whenever what is shown, its place, or the version of jrtune that renders it, does."""
    shown = [jrtune.__version__, storage, analysis.results, analysis.comparison]
    text = json.dumps(shown, default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(thing: Any) -> Any:
    if is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    return dict(thing) if isinstance(thing, Mapping) else list(thing)
