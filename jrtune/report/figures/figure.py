"""A figure as one object: all that report and page need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from jrtune.analysis.analysis import Analysis
from jrtune.report.tables.curves import Curves
from jrtune.report.tables.importance import Importance
from jrtune.store.records import StudyRecord, TrialRecord

SCRIPTS = Path(__file__).parents[1] / "page"


@dataclass(frozen=True)
class PageContext:
    """All that figures and page are made from.

    Attributes:
        analysis: the study's.
        curves: trial number -> learning curve.
        importance: that of weights and choices; None with too few trials.
    """

    analysis: Analysis
    curves: Curves
    importance: Importance | None

    @property
    def study(self) -> StudyRecord:
        """The study that is shown."""
        return self.analysis.study

    @property
    def trials(self) -> Sequence[TrialRecord]:
        """All trials that ended."""
        return self.analysis.trials

    @property
    def front(self) -> Sequence[TrialRecord]:
        """The members of the front."""
        return self.analysis.front


@dataclass(frozen=True)
class PageFigure:
    """One figure of the report: a PNG, and where it has a script, a drawing on the page.

    Attributes:
        name: the name of the PNG, of the section on the page, and of the data in the page's document.
        title: heading on the page.
        caption: below the PNG.
        draw: the figure that becomes the PNG.
        shown: says for a report if the figure is part of it at all.
        data: for the script, as JSON takes it; None where the script needs nothing of its own.
        script: an ES module that exports ``figure``, see page/draw.js; without one the page shows the PNG.
        drawn_caption: below the script's drawing, where that is not the PNG's caption.
        leads: says for a report if the figure stands at the page's head, beside the chosen trial.
    """

    name: str
    title: str
    caption: str
    draw: Callable[[PageContext], Figure]
    shown: Callable[[PageContext], bool] = lambda context: True
    data: Callable[[PageContext], object] | None = None
    script: Path | None = None
    drawn_caption: str = ""
    leads: Callable[[PageContext], bool] = lambda context: False


def data_of(figures: Sequence[PageFigure], context: PageContext) -> Mapping[str, object]:
    """The figures' part of the page's document: the names of those shown, and each one's data by its name."""
    shown = [figure for figure in figures if figure.shown(context)]
    return {figure.name: figure.data(context) for figure in shown if figure.data} | {
        "shown": [figure.name for figure in shown]
    }
