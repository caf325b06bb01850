"""A whole run: load, hold the database, search, confirm, and let go."""

from __future__ import annotations

from pathlib import Path

from jrtune.analysis.comparison import MethodRow
from jrtune.errors import StudyError
from jrtune.search.ask.enqueued import Plan
from jrtune.search.ask.prior import Prior, fit
from jrtune.search.run.compare import compare
from jrtune.search.run.confirm import confirm
from jrtune.search.run.executors import begun, dispatcher_of
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import held, load
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.store.records import Results, StudyRecord


def search(
    config: RunConfig,
    budget: Budget,
    seeds: int = 0,
    prior: Prior | None = None,
    workers: WorkerConfig | None = None,
) -> Results:
    """Searches, and confirms the front with that many seeds where ``seeds`` is not 0.

    What ``prior`` gives is tried right after the baselines.

    Raises:
        InputError: where anything given cannot be used; nothing was written then.
        Interrupted: by a signal; everything finished is saved.
    """
    stop, workers = Stop(), workers or WorkerConfig()
    with stop.listen(), begun(config, workers) as processes:
        loaded = load(config)
        name = loaded.study.name
        earlier = [fit(candidate, loaded.study) for candidate in prior(name)] if prior else []
        with (
            held(loaded, config.url, config.seed) as session,
            Progress() as progress,
            dispatcher_of(session, workers, progress.log, processes) as dispatcher,
        ):
            if prior and not earlier:
                progress.log("from the prior, to be tried first: 0, for its front is of baselines alone")
            results = tune(session, dispatcher, budget, stop, progress, Plan(prior=earlier))
            return confirm(session, dispatcher, seeds, stop, progress) if seeds else results


def confirm_again(
    study: StudyRecord, device: str, url: str, seeds: int, workers: WorkerConfig | None = None
) -> Results:
    """Confirms a study that was started before, from its file and options as they were stored.

    Raises:
        InputError: where the file or data are no longer what they were.
        Interrupted: by a signal; everything finished is saved.
    """
    path = Path(study.path)
    if not path.is_file():
        raise StudyError(f"study {study.name!r} was started from {study.path!r}, which is gone: put it back")
    config = RunConfig(path, study.options, url, study.name, study.spec.epochs, study.seed, device)
    stop, workers = Stop(), workers or WorkerConfig()
    with stop.listen(), begun(config, workers) as processes:
        loaded = load(config)
        with (
            held(loaded, url, study.seed) as session,
            Progress() as progress,
            dispatcher_of(session, workers, progress.log, processes) as dispatcher,
        ):
            return confirm(session, dispatcher, seeds, stop, progress)


def compare_all(
    config: RunConfig, budget: Budget, seeds: int, workers: WorkerConfig | None = None
) -> list[MethodRow]:
    """Searches with tuned weights and with every other way of weighting, at equal cost, and compares.

    Raises:
        InputError: where anything given cannot be used.
        Interrupted: by a signal; everything finished is saved.
    """
    stop, workers = Stop(), workers or WorkerConfig()
    with stop.listen(), begun(config, workers) as processes:
        return compare(load(config), config, workers, budget, seeds, stop, processes)
