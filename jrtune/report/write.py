"""Write the report: PNG figures, CSV and JSON tables, and report.html, into one folder.

Each file is replaced by a rename, so a reader never sees half of one, and whatever else lies in the
folder stays. The stamp is removed first and written last (see :mod:`jrtune.report.stamp`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from jrtune.analysis.analysis import Analysis
from jrtune.errors import InputError
from jrtune.report.figures import registry
from jrtune.report.figures.figure import PageContext
from jrtune.report.figures.style import to_png
from jrtune.report.page.document import page_data
from jrtune.report.page.render import render
from jrtune.report.stamp import STAMP, stamp_text
from jrtune.report.tables.curves import Curves
from jrtune.report.tables.importance import importance_of
from jrtune.report.tables.tables import all_tables, to_csv, to_json


def write_report(
    analysis: Analysis,
    curves: Curves,
    out: str | Path,
    storage: str | None = None,
    models: Collection[int] | None = None,
) -> list[Path]:
    """Write every figure, table and the page to the folder ``out``.

    Args:
        analysis: the study's.
        curves: trial number -> epochs {"epoch", "train", "val", "objectives"}, of the trials that have any.
        out: the folder; made where it is absent.
        storage: the database's URL without its password, for the commands that the page offers.
        models: numbers of the trials whose parameters are saved; None where that is not known.

    Returns:
        The files, report.html first.

    Raises:
        InputError: where the folder cannot be written.
    """
    files = _render(analysis, curves, storage, models)
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, files, stamp_text(analysis, files, storage))
    except OSError as error:
        raise InputError(
            f"expected to write a report to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def _render(
    analysis: Analysis,
    curves: Curves,
    storage: str | None,
    models: Collection[int] | None,
) -> dict[str, bytes]:
    """File name -> content."""
    context = PageContext(analysis, curves, importance_of(analysis.study, analysis.trials))
    figures = _figures(context)
    tables = all_tables(analysis)
    data = page_data(context, storage, models)
    files = {"report.html": render(context, figures, tables, data).encode()}
    files |= {f"{name}.png": png for name, png in figures.items()}
    for name, table in tables.items():
        files |= {f"{name}.csv": to_csv(table).encode(), f"{name}.json": to_json(table).encode()}
    return files


def _figures(context: PageContext) -> dict[str, bytes]:
    """Name -> PNG, in the order of the page."""
    shown = [figure for figure in registry.FIGURES if figure.shown(context)]
    return {figure.name: to_png(figure.draw(context)) for figure in shown}


def _replace_all(folder: Path, files: Mapping[str, bytes], stamp: str) -> None:
    (folder / STAMP).unlink(missing_ok=True)
    for name, content in files.items():
        _replace(folder / name, content)
    _replace(folder / STAMP, stamp.encode())


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
