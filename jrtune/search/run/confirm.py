"""Confirmation: the front and the baselines again, from other seeds, at full budget, measured on test."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import partial
from itertools import product

from jrtune.analysis.front import front
from jrtune.analysis.plan import Wanted, missing, to_confirm
from jrtune.search.run.progress import Progress
from jrtune.search.run.session import Session
from jrtune.search.run.signals import Stop
from jrtune.spec import Job, Outcome, program_choices
from jrtune.spec.seeds import derive
from jrtune.store.claims import Pair
from jrtune.store.reconnect import with_reconnect
from jrtune.store.records import ConfirmationRecord, Results
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.planning import parts_of

LOOK_SECONDS = 1.0
"""Seconds between two looks at what other coordinators have confirmed."""


def confirm(
    session: Session,
    dispatcher: Dispatcher,
    seeds: int,
    stop: Stop,
    progress: Progress,
    *,
    front_only: bool = False,
) -> Results:
    """Trains what is not confirmed yet; with ``front_only`` of the front alone.

    Other coordinators of the study take a part of it.

    Raises:
        InputError: where there is no front.
        Interrupted: by a signal; what was finished is saved.
    """
    while True:
        results = session.store.results()
        wanted = to_confirm(results, front(results))
        if front_only:
            wanted = [item for item in wanted if item.role == "front"]
        left = {(item.label, seed) for item, seed in missing(results, wanted, seeds)}
        mine = session.claims.confirm(left)
        _confirm(session, dispatcher, wanted, seeds, mine, stop, progress)
        if mine == left:
            return session.store.results()
        stop.pause(LOOK_SECONDS)  # others are at the rest of it


def _confirm(
    session: Session,
    dispatcher: Dispatcher,
    wanted: Sequence[Wanted],
    seeds: int,
    left: Collection[Pair],
    stop: Stop,
    progress: Progress,
) -> None:
    """Trains what is left, in the same cohorts as what is not."""
    # a baseline that is on the front is trained once and saved for both
    shared: dict[tuple[str, int], list[Wanted]] = {}
    for seed, item in product(range(seeds), wanted):
        shared.setdefault((item.candidate.to_json(), seed), []).append(item)
    trainings = [(items, seed) for (_, seed), items in shared.items()]
    jobs = [_job(session.seed, items[0], seed) for items, seed in trainings]
    new = [[item for item in items if (item.label, seed) in left] for items, seed in trainings]
    done = {index for index, items in enumerate(new) if not items}
    progress.begin(len(jobs), len(done))
    parts = _submit(session, dispatcher, jobs, done)
    while len(done) < len(jobs):
        finished = [(parts[one.key][one.index], one.outcome) for one in dispatcher.wait()]
        records = [
            _confirmation_record(item, trainings[index][1], outcome)
            for index, outcome in finished
            for item in new[index]
        ]
        with stop.shield():
            with_reconnect(partial(session.store.save_confirmations, records), progress.log, pause=stop.pause)
        done |= {index for index, _ in finished}
        what = [f"{new[index][0].label}, seed {trainings[index][1]}" for index, _ in finished]
        if what:
            progress.confirmations(what, len(done))


def _submit(
    session: Session, dispatcher: Dispatcher, jobs: Sequence[Job], done: Collection[int]
) -> dict[str, list[int]]:
    """Queues the jobs that are not done, in the same cohorts as those that were; key -> indices of each."""
    if len(done) == len(jobs):
        return {}
    size = session.stack(dispatcher, jobs[0])
    alike: dict[str, list[int]] = {}
    for index, job in enumerate(jobs):
        shared = program_choices(job.candidate.choices)
        alike.setdefault(json.dumps([shared, job.candidate.balancing], sort_keys=True), []).append(index)
    parts = {}
    for part in parts_of(list(alike.values()), size, dispatcher.workers):
        if not set(part) <= set(done):
            own = [jobs[index] for index in part]
            key = session.key("confirm", own)
            parts[key] = part
            dispatcher.submit(key, own, size, [i for i, index in enumerate(part) if index in done])
    return parts


def _job(study_seed: int, item: Wanted, seed: int) -> Job:
    # paired: the same seed number is the same initialisation and order for every label
    own = derive(study_seed, "confirm", seed)
    return Job(item.candidate, own, order_seed=derive(study_seed, "confirm order", seed), test=True)


def _confirmation_record(item: Wanted, seed: int, outcome: Outcome) -> ConfirmationRecord:
    return ConfirmationRecord(
        label=item.label,
        number=item.number,
        role=item.role,
        candidate=item.candidate,
        seed=seed,
        status=outcome.status,
        val=outcome.values,
        test=outcome.test,
        seconds=outcome.seconds,
    )
