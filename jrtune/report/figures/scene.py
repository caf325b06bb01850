"""The content of the front's figure: trials behind, front members and baselines before them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.members import Estimate
from jrtune.report.figures.palette import BLACK
from jrtune.report.figures.style import MARKERS, colour
from jrtune.spec import EQUAL, SINGLE, TrialStatus
from jrtune.store.records import StudyRecord, TrialRecord


@dataclass(frozen=True)
class Mark:
    """One thing on the figure.

    Attributes:
        name: its name in the legend.
        text: its trial number, where it is on the front.
        colour, marker: its look.
        val: values on validation; empty where it was no trial.
        test: estimates on test; empty before confirmation.
    """

    name: str
    text: str
    colour: str
    marker: str
    val: Mapping[str, float]
    test: Mapping[str, Estimate]

    def at(self, objective: str) -> float:
        """The position at which it is drawn: the mean on test, else the value on validation."""
        return self.test[objective].mean if objective in self.test else self.val.get(objective, math.nan)


@dataclass(frozen=True)
class Scene:
    """Everything on the figure: grey trials behind, marks before them."""

    study: StudyRecord
    dominated: tuple[TrialRecord, ...]
    infeasible: tuple[TrialRecord, ...]
    marks: tuple[Mark, ...]


def scene_of(analysis: Analysis) -> Scene:
    """Everything on the figure; baselines are marked as such also where they are on the front."""
    study, trials, summary = analysis.study, analysis.trials, analysis.summary
    members = summary.members if summary else ()
    on_front = {trial.number for trial in analysis.front}
    baselines = {trial.source: trial for trial in trials if trial.is_baseline and is_drawable(trial, study)}
    tested = {number: m.test for number, m in analysis.confirmed_front.items()}
    confirmed = {m.label: m.test for m in members if m.role == "baseline"}
    marks = [
        Mark("front", str(t.number), colour(0), "o", t.values, tested.get(t.number, {}))
        for t in analysis.front
        if not t.is_baseline
    ]
    found = dict.fromkeys([*baselines, *confirmed])
    for source in sorted(found, key=lambda name: name != EQUAL):  # equal weights first, the others as trained
        trial = baselines.get(source)
        text = str(trial.number) if trial and trial.number in on_front else ""
        test = confirmed.get(source) or (tested.get(trial.number, {}) if trial else {})
        marks.append(Mark(source, text, *_look(source, study.terms), trial.values if trial else {}, test))
    others = [t for t in trials if is_drawable(t, study) and t.number not in on_front and not t.is_baseline]
    return Scene(
        study,
        dominated=tuple(t for t in others if t.number in analysis.feasible),
        infeasible=tuple(t for t in others if t.number not in analysis.feasible),
        marks=tuple(marks),
    )


def is_drawable(trial: TrialRecord, study: StudyRecord) -> bool:
    """True where the trial is complete with a finite value of every objective."""
    values = [trial.values.get(name, math.nan) for name in study.objectives]
    return trial.status is TrialStatus.COMPLETE and all(map(math.isfinite, values))


def _look(source: str, terms: Sequence[str]) -> tuple[str, str]:
    if source == EQUAL:
        return BLACK, "s"
    first = source.removeprefix(SINGLE).split("+")[0]  # of a group of terms
    index = terms.index(first) if first in terms else 0
    return colour(index + 1), MARKERS[index % len(MARKERS)]
