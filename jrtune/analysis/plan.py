"""Plan of the confirmation: the front, the baselines, and single-task controls of the front's best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jrtune.errors import InputError
from jrtune.space.simplex import Simplex
from jrtune.spec import SINGLE, Candidate
from jrtune.store.records import Results, TrialRecord


@dataclass(frozen=True)
class Wanted:
    """A candidate that is to be confirmed; the fields are those of a confirmation."""

    label: str
    number: int | None
    role: Literal["front", "baseline", "control"]
    candidate: Candidate


def to_confirm(results: Results, members: Sequence[TrialRecord]) -> list[Wanted]:
    """Front members, baselines, and controls of the joint front members that are best at a task.

    A baseline has the default choices; a control is a single-task model with the choices that the search
    found, so that what joint training gains is not mixed up with what a better architecture gains.

    Args:
        results: the study.
        members: its front.

    Raises:
        InputError: where there is no front.
    """
    if not members:
        raise InputError(
            f"study {results.study.name!r} has no front to confirm: no trial is complete and feasible; "
            "run more trials, or relax the bounds of its objectives"
        )
    wanted = [Wanted(f"trial {t.number}", t.number, "front", t.candidate) for t in members]
    wanted += [Wanted(t.source, t.number, "baseline", t.candidate) for t in results.trials if t.is_baseline]
    return [*wanted, *_controls(results, members)]


def missing(results: Results, wanted: Sequence[Wanted], seeds: int) -> list[tuple[Wanted, int]]:
    """(candidate, number of the seed) that are not confirmed yet, seed by seed."""
    done = {(c.label, c.seed) for c in results.confirmations}
    return [(item, seed) for seed in range(seeds) for item in wanted if (item.label, seed) not in done]


def stale_labels(results: Results, members: Sequence[TrialRecord]) -> set[str]:
    """Labels that were confirmed for a front that has moved on since.

    They have seen fewer seeds than what stands there now, and their trial is no longer on the front.
    """
    if not members:
        return set()
    wanted = {item.label for item in to_confirm(results, members)}
    moved = {c.label for c in results.confirmations if c.role != "baseline" and c.label not in wanted}
    known = {f"trial {trial.number}" for trial in results.trials}
    return {label for label in moved if label.rpartition("choices of ")[2] in known}


def trainings_of(results: Results) -> dict[tuple[str, int], float]:
    """(candidate as JSON, seed) -> seconds of each training behind the confirmations.

    A baseline that is on the front is trained once and confirms both.
    """
    return {(c.candidate.to_json(), c.seed): c.seconds for c in results.confirmations}


def _controls(results: Results, members: Sequence[TrialRecord]) -> Iterator[Wanted]:
    study = results.study
    groups = Simplex(study.terms, study.spec.weights)
    joint = [t for t in members if len(groups.trained(t.candidate.weights)) > 1]
    seen = set()
    for name, objective in study.spec.objectives.items():
        if objective.resource or not joint:
            continue
        best = min(joint, key=lambda t: study.signs[name] * t.values[name])
        # without a term, any of the single-task models may be the one that is best at it
        for group in groups.groups:
            label = f"{SINGLE}{'+'.join(group)}, choices of trial {best.number}"
            if objective.term in (None, *group) and label not in seen:
                seen.add(label)
                yield Wanted(label, None, "control", Candidate(groups.corner(group), best.candidate.choices))
