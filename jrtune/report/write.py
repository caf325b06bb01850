"""Write the report: PNG figures, CSV and JSON tables, and report.html, into one folder.

Each file is replaced by a rename, so a reader never sees half of one, and whatever else lies in the
folder stays. The stamp is removed first and written last (see :mod:`jrtune.report.stamp`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from jrtune.errors import InputError
from jrtune.evidence.front import front, hypervolume_trace
from jrtune.evidence.members import Evidence
from jrtune.evidence.weigh import weigh
from jrtune.report.figures.curves import Curves, chosen, draw_curves
from jrtune.report.figures.front import draw_front
from jrtune.report.figures.hypervolume import draw_hypervolume
from jrtune.report.figures.importance import draw_importance
from jrtune.report.figures.style import to_png
from jrtune.report.figures.weights import draw_weights
from jrtune.report.importance import importance_of
from jrtune.report.page import render
from jrtune.report.stamp import STAMP, stamp_text
from jrtune.report.tables import all_tables, to_csv, to_json
from jrtune.store.records import Results, TrialRecord


def write_report(results: Results, curves: Curves, out: str | Path) -> list[Path]:
    """Write every figure, table and the page to the folder ``out``.

    Args:
        results: what the study has found.
        curves: trial number -> rows {"epoch", "train", "val", "objectives"}; those of some front
            members and of equal weights are drawn, where they are there.
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
        _replace_all(folder, files, results)
    except OSError as error:
        raise InputError(
            f"expected to write a report to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def _render(results: Results, curves: Curves) -> dict[str, bytes]:
    """File name -> content."""
    members, evidence = front(results), weigh(results)
    figures = _figures(results, members, evidence, curves)
    tables = all_tables(results, evidence)
    files = {"report.html": render(results, members, evidence, figures, tables).encode()}
    files |= {f"{name}.png": png for name, png in figures.items()}
    for name, table in tables.items():
        files |= {f"{name}.csv": to_csv(table).encode(), f"{name}.json": to_json(table).encode()}
    return files


def _figures(
    results: Results, members: Sequence[TrialRecord], evidence: Evidence | None, curves: Curves
) -> dict[str, bytes]:
    study, trials = results.study, results.trials
    return {
        "front": to_png(draw_front(study, trials, members, evidence)),
        "weights": to_png(draw_weights(study, members)),
        "curves": to_png(draw_curves(study, chosen(members, trials), curves)),
        "importance": to_png(draw_importance(importance_of(study, trials))),
        "hypervolume": to_png(draw_hypervolume(trials, hypervolume_trace(results))),
    }


def _replace_all(folder: Path, files: Mapping[str, bytes], results: Results) -> None:
    stamp = folder / STAMP
    stamp.unlink(missing_ok=True)
    for name, content in files.items():
        _replace(folder / name, content)
    _replace(stamp, stamp_text(results, files).encode())


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
