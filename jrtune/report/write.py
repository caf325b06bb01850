"""Write the report: PNG figures, CSV and JSON tables, and report.html, into one folder.

Each file is replaced by a rename, so a reader never sees half of one, and whatever else lies in the
folder stays. A stamp, removed first and written last, tells that all files are of the same results.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jrtune
from jrtune.errors import InputError
from jrtune.store.records import Results

if TYPE_CHECKING:
    from jrtune.report.figures.curves import Curves

STAMP = ".jrtune-report.json"


def write_report(results: Results, curves: Curves, out: str | Path) -> list[Path]:
    """Write every figure, table and the page to the folder ``out``.

    Args:
        results: what the study has found.
        curves: trial number -> rows {"epoch", "train", "val", "objectives"}; those of
            :func:`wanted_curves` are drawn, where they are there.
        out: the folder; made where it is absent.

    Returns:
        The files, report.html first.

    Raises:
        InputError: where the folder cannot be written.
    """
    files = _render(results, curves)
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, files, digest(results))
    except OSError as error:
        raise InputError(
            f"expected to write a report to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def wanted_curves(results: Results) -> list[int]:
    """Numbers of the trials whose curves the report draws."""
    from jrtune.evidence.front import front
    from jrtune.report.figures.curves import chosen

    return [trial.number for trial in chosen(front(results), results.trials)]


def is_current(results: Results, out: str | Path) -> bool:
    """Whether ``out`` holds the whole report of these results; without importing matplotlib."""
    folder = Path(out)
    try:
        stamp = json.loads((folder / STAMP).read_text())
        whole = all((folder / name).is_file() for name in stamp["files"])
        return whole and bool(stamp["digest"] == digest(results))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def digest(results: Results) -> str:
    """Changes whenever the results or the version of jrtune that renders them do."""
    text = json.dumps([jrtune.__version__, results], default=_plain, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(thing: Any) -> Any:
    if is_dataclass(thing):
        return {field.name: getattr(thing, field.name) for field in fields(thing)}
    return dict(thing) if isinstance(thing, Mapping) else list(thing)


def _render(results: Results, curves: Curves) -> dict[str, bytes]:
    """File name -> content. The imports are here so that :func:`is_current` stays quick."""
    from jrtune.evidence.front import front
    from jrtune.evidence.weigh import weigh
    from jrtune.report.page import render
    from jrtune.report.tables import all_tables, to_csv, to_json

    members, evidence = front(results), weigh(results)
    figures = _figures(results, members, evidence, curves)
    tables = all_tables(results, evidence)
    files = {"report.html": render(results, members, evidence, figures, tables).encode()}
    files |= {f"{name}.png": png for name, png in figures.items()}
    for name, table in tables.items():
        files |= {f"{name}.csv": to_csv(table).encode(), f"{name}.json": to_json(table).encode()}
    return files


def _figures(results: Results, members: Any, evidence: Any, curves: Curves) -> dict[str, bytes]:
    from jrtune.evidence.front import hypervolume_trace
    from jrtune.report.figures.curves import chosen, draw_curves
    from jrtune.report.figures.front import draw_front
    from jrtune.report.figures.hypervolume import draw_hypervolume
    from jrtune.report.figures.importance import draw_importance
    from jrtune.report.figures.style import to_png
    from jrtune.report.figures.weights import draw_weights
    from jrtune.report.importance import importance_of

    study, trials = results.study, results.trials
    return {
        "front": to_png(draw_front(study, trials, members, evidence)),
        "weights": to_png(draw_weights(study, members)),
        "curves": to_png(draw_curves(study, chosen(members, trials), curves)),
        "importance": to_png(draw_importance(importance_of(study, trials))),
        "hypervolume": to_png(draw_hypervolume(trials, hypervolume_trace(results))),
    }


def _replace_all(folder: Path, files: Mapping[str, bytes], now: str) -> None:
    stamp = folder / STAMP
    stamp.unlink(missing_ok=True)
    for name, content in files.items():
        _replace(folder / name, content)
    _replace(stamp, json.dumps({"digest": now, "files": list(files)}).encode())


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(temporary, 0o644)  # mkstemp makes it private
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
