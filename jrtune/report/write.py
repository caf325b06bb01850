"""Write the report: PNG figures, CSV and JSON tables, and report.html, into one folder.

Each file is replaced by a rename, so a reader never sees half of one, and whatever else lies in the
folder stays. The stamp is removed first and written last (see :mod:`jrtune.report.stamp`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jrtune.analysis.front import front, hypervolume_trace
from jrtune.analysis.summary import summarise_confirmations
from jrtune.errors import InputError
from jrtune.report.figures.curves import chosen, draw_curves
from jrtune.report.figures.front import draw_front
from jrtune.report.figures.hypervolume import draw_hypervolume
from jrtune.report.figures.importance import draw_importance
from jrtune.report.figures.parallel import draw_parallel
from jrtune.report.figures.style import to_png
from jrtune.report.figures.ternary import draw_ternary
from jrtune.report.figures.weights import draw_weights
from jrtune.report.page.document import page_data
from jrtune.report.page.render import Context, render
from jrtune.report.stamp import STAMP, stamp_text
from jrtune.report.tables.curves import Curves
from jrtune.report.tables.importance import Importance, importance_of
from jrtune.report.tables.tables import all_tables, to_csv, to_json
from jrtune.store.records import Results

if TYPE_CHECKING:
    from jrtune.analysis.comparison import MethodRow


def write_report(
    results: Results,
    curves: Curves,
    out: str | Path,
    storage: str | None = None,
    comparison: Sequence[MethodRow] = (),
    models: Collection[int] | None = None,
) -> list[Path]:
    """Write every figure, table and the page to the folder ``out``.

    Args:
        results: what the study has found.
        curves: trial number -> rows {"epoch", "train", "val", "objectives"}, of the trials that have any.
        out: the folder; made where it is absent.
        storage: the database's URL without its password, for the commands that the page offers.
        comparison: what :func:`jrtune.analysis.comparison.read_comparison` gives.
        models: numbers of the trials whose parameters are kept; None where that is not known.

    Returns:
        The files, report.html first.

    Raises:
        InputError: where the folder cannot be written.
    """
    files = _render(results, curves, storage, comparison, models)
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _replace_all(folder, files, stamp_text(results, files, storage, comparison))
    except OSError as error:
        raise InputError(
            f"expected to write a report to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def _render(
    results: Results,
    curves: Curves,
    storage: str | None,
    comparison: Sequence[MethodRow],
    models: Collection[int] | None,
) -> dict[str, bytes]:
    """File name -> content."""
    context = results, front(results), summarise_confirmations(results)
    importance = importance_of(results.study, results.trials)
    figures = _figures(context, curves, importance)
    tables = all_tables(results, context[2], comparison)
    data = page_data(*context, curves, importance, storage, models)
    files = {"report.html": render(context, figures, tables, data).encode()}
    files |= {f"{name}.png": png for name, png in figures.items()}
    for name, table in tables.items():
        files |= {f"{name}.csv": to_csv(table).encode(), f"{name}.json": to_json(table).encode()}
    return files


def _figures(context: Context, curves: Curves, importance: Importance | None) -> dict[str, bytes]:
    """Name -> PNG, in the order of the page; some only for the objectives or terms they are made for."""
    results, members, evidence = context
    study, trials = results.study, results.trials
    figures = {"front": draw_front(study, trials, members, evidence)}
    if len(study.objectives) > 3:
        figures["parallel"] = draw_parallel(study, trials, members)
    figures["weights"] = draw_weights(study, members)
    if len(study.terms) == 3:
        figures["ternary"] = draw_ternary(study, trials, members)
    figures["curves"] = draw_curves(study, chosen(members, trials), curves)
    figures["importance"] = draw_importance(importance)
    figures["hypervolume"] = draw_hypervolume(trials, hypervolume_trace(results))
    return {name: to_png(figure) for name, figure in figures.items()}


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
