"""Priors: what an earlier study found, tried first in a new one.

A prior costs the trials that try it and nothing else: they are ordinary trials, trained with the baselines
before the rest of the first cohort is asked for, and the sampler goes on from whatever they gave. Rungs drop
of them as of others. So a wrong prior is forgotten as soon as it is measured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.select.subset import select_subset
from jrtune.errors import StorageError, StudyError
from jrtune.space.space import Space
from jrtune.spec import Candidate, Entry, Study, Value
from jrtune.store.database import open_database, sqlite_path
from jrtune.store.studies import study_names, whole_studies
from jrtune.store.study_store import StudyStore

Prior = Callable[[str], Sequence[Candidate]]
"""Gives, for the study of that name, what is to be tried first, as it was in the earlier one."""


def from_database(url: str, target: str) -> Prior:
    """The best of the one earlier study in a database (:func:`jrtune.analysis.select.subset.select_subset`).

    Args:
        url: the database.
        target: where the new study is kept; in the same database it is no prior of its own.
    """

    def candidates(study: str) -> list[Candidate]:
        try:
            database = open_database(url, create=False)
        except StorageError as error:
            raise StorageError(f"--prior: {error}") from None
        try:
            own = study if _place(url) == _place(target) else None
            names = [name for name in whole_studies(study_names(database)) if name != own]
            if len(names) != 1:
                raise StorageError(
                    f"--prior expects a database with one earlier study, {database.shown!r} holds "
                    f"{', '.join(names) or 'none'}: give a weights.json that `jrtune export` wrote"
                )
            analysis = Analysis(StudyStore(database, names[0]).results())
        finally:
            database.engine.dispose()
        return [trial.candidate for trial in select_subset(analysis)]

    return candidates


def fit(candidate: Candidate, study: Study) -> Candidate:
    """The candidate of the study's space that is nearest to another study's.

    The weighting is floored, averaged in groups and normalised where the space asks for it. Choices that
    do not exist here are dropped, numbers outside their bounds go to the nearest bound, and what is missing
    or no option here takes its default.

    Raises:
        StudyError: where it weighs other terms, or its weights were no fixed ones.
    """
    check_fits(candidate, study.losses)

    def pick(name: str, entry: Entry) -> Value:
        return _nearest(entry, candidate.choices.get(name))

    space = Space(study)
    return space.build(pick, space.simplex.nearest(candidate.weights))


def check_fits(candidate: Candidate, terms: Collection[str]) -> None:
    """Lets pass what a study with these terms can try.

    Raises:
        StudyError: where it weighs other terms, or its weights were no fixed ones.
    """
    if set(candidate.weights) != set(terms):
        raise StudyError(
            f"--prior expects weights of the terms {', '.join(terms)}, "
            f"got {', '.join(candidate.weights)}: give one of a study with these terms"
        )
    if candidate.balancing != "fixed":
        raise StudyError(
            f"--prior expects fixed weights, got those of the adaptive method {candidate.balancing!r}: "
            "give a study that searched them"
        )


def _place(url: str) -> Path | str:
    path = sqlite_path(url)
    return url if path is None else path.resolve()


def _nearest(entry: Entry, value: Value) -> Value:
    if entry.kind != "choice" and isinstance(value, int | float) and not isinstance(value, bool):
        bounded = min(max(value, entry.low), entry.high)
        value = round(bounded) if entry.kind == "integer" else float(bounded)
    return value if entry.contains(value) else entry.default
