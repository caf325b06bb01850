"""Whether a report's folder holds the whole report of the results as they are; quick, without matplotlib."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jrtune
from jrtune.store.records import Results

if TYPE_CHECKING:
    from jrtune.analysis.comparison import MethodRow

STAMP = ".jrtune-report.json"


def is_current(
    results: Results, out: str | Path, storage: str | None = None, comparison: Sequence[MethodRow] = ()
) -> bool:
    """Whether every file of the report is there, and was made of these results by this jrtune.

    ``storage`` stands in the page's commands, so a database that was moved makes the report outdated.
    """
    folder = Path(out)
    try:
        stamp = json.loads((folder / STAMP).read_text())
        whole = all((folder / name).is_file() for name in stamp["files"])
        return whole and bool(stamp["digest"] == digest(results, storage, comparison))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def stamp_text(
    results: Results,
    files: Iterable[str],
    storage: str | None = None,
    comparison: Sequence[MethodRow] = (),
) -> str:
    """What the stamp says of these files."""
    return json.dumps({"digest": digest(results, storage, comparison), "files": list(files)})


def digest(results: Results, storage: str | None = None, comparison: Sequence[MethodRow] = ()) -> str:
    """Changes whenever what is shown, its place, or the version of jrtune that renders it, does."""
    text = json.dumps([jrtune.__version__, storage, results, comparison], default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(thing: Any) -> Any:
    if is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    return dict(thing) if isinstance(thing, Mapping) else list(thing)
