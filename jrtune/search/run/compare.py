"""Other ways of weighting, each searched with as many trainings as the tuned weights were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.comparison import MethodRow, compare_methods, part_name, single_name
from jrtune.analysis.front import front
from jrtune.losses import ADAPTIVE
from jrtune.search.ask.enqueued import Plan
from jrtune.search.run.confirm import confirm
from jrtune.search.run.executors import dispatcher_of
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import Loaded, Session, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.space.space import Space
from jrtune.spec import EQUAL, Study
from jrtune.store.records import Results, StudyRecord
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.processes import Processes


@dataclass(frozen=True)
class Method:
    """A way of weighting that is not searched; architecture and training choices are, as ever.

    Attributes:
        name: for people.
        plan: the weights, or the adaptive method.
        share: of the tuned study's trials; single-task models share them, for they are needed all together.
    """

    name: str
    plan: Plan
    share: float = 1.0


def methods(study: Study) -> Iterator[Method]:
    """Equal weights, each single-task model, each adaptive method."""
    simplex = Space(study).simplex
    yield Method(EQUAL, Plan(simplex.equal()))
    if len(simplex.groups) > 1:
        for group in simplex.groups:
            yield Method(single_name(group), Plan(simplex.corner(group)), 1 / len(simplex.groups))
    for name in ADAPTIVE:
        yield Method(name, Plan(simplex.equal(), name))


def compare(
    loaded: Loaded,
    config: RunConfig,
    workers: WorkerConfig,
    budget: Budget,
    seeds: int,
    stop: Stop,
    processes: Processes | None = None,
) -> list[MethodRow]:
    """Runs every method as a study of its own, named STUDY--METHOD, and compares the confirmed fronts.

    Raises:
        InputError: where the database cannot be used.
        Interrupted: by a signal; everything finished is saved.
    """
    with Progress() as progress:
        url = config.url
        with (
            held(loaded, url, config.seed) as session,
            dispatcher_of(session, workers, progress.log, processes) as first,
        ):
            tuned = _run(session, first, budget, seeds, stop, progress, None)
        found = {}
        for method in methods(loaded.study):
            name = part_name(loaded.study.name, method.name)
            part = replace(loaded, study=replace(loaded.study, name=name))
            # of what it has, not of what was asked for: there may have been more before, or too little time
            share = replace(budget, trials=max(1, round(len(tuned.trials) * method.share)))
            with (
                held(part, url, tuned.study.seed) as session,
                dispatcher_of(session, workers, progress.log, processes) as own,
            ):
                # every method has cohorts of the same size
                session.store.note_cohort(**sizes_of(tuned.study))
                found[method.name] = _run(session, own, share, seeds, stop, progress, method.plan)
    analyses = {method: Analysis(results) for method, results in found.items()}
    return compare_methods(Analysis(tuned), analyses)


def _run(
    session: Session,
    dispatcher: Dispatcher,
    budget: Budget,
    seeds: int,
    stop: Stop,
    progress: Progress,
    plan: Plan | None,
) -> Results:
    name = session.loaded.study.name
    progress.log(f"study {name}: {budget.trials} trials")
    results = tune(session, dispatcher, budget, stop, progress, plan)
    if not front(results):  # a single-task model may miss a bound on the other task
        progress.log(f"study {name}: no trial is complete and feasible, nothing to confirm")
        return results
    return confirm(session, dispatcher, seeds, stop, progress, front_only=plan is not None)


def sizes_of(study: StudyRecord) -> dict[str, int]:
    """Those sizes of cohorts that are stored with a study."""
    sizes = {"cohort": study.cohort, "stack": study.stack}
    return {name: size for name, size in sizes.items() if size is not None}
