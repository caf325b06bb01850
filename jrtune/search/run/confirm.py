"""Confirmation: the front and the baselines again, from other seeds, at full budget, measured on test."""

from __future__ import annotations

from itertools import product

from jrtune.analysis.front import front
from jrtune.analysis.plan import Wanted, missing, to_confirm
from jrtune.search.run.progress import Progress
from jrtune.search.run.session import Session
from jrtune.search.run.signals import Stop
from jrtune.spec import Job, Outcome
from jrtune.spec.seeds import derive
from jrtune.store.records import ConfirmationRecord, Results
from jrtune.train import Trainer


def confirm(
    session: Session,
    trainer: Trainer,
    seeds: int,
    stop: Stop,
    progress: Progress,
    *,
    front_only: bool = False,
) -> Results:
    """Trains what is not confirmed yet; with ``front_only`` of the front alone.

    Raises:
        InputError: where there is no front.
        Interrupted: by a signal; what was finished is saved.
    """
    results = session.store.results()
    wanted = to_confirm(results, front(results))
    left = {(item.label, seed) for item, seed in missing(results, wanted, seeds)}
    # a baseline that is on the front is trained once and saved for both
    shared: dict[tuple[str, int], list[Wanted]] = {}
    for seed, item in product(range(seeds), wanted):
        if item.role == "front" or not front_only:
            shared.setdefault((item.candidate.to_json(), seed), []).append(item)
    trainings = [(items, seed) for (_, seed), items in shared.items()]
    jobs = [_job(session.seed, items[0], seed) for items, seed in trainings]
    new = [[item for item in items if (item.label, seed) in left] for items, seed in trainings]
    done = {index for index, items in enumerate(new) if not items}
    count = len(done)
    progress.begin(len(jobs), count)
    for group in trainer.train(jobs, done):
        records = [
            _confirmation_record(item, trainings[index][1], outcome)
            for index, outcome in group
            for item in new[index]
        ]
        with stop.shield():
            session.store.save_confirmations(records)
            session.note_stack(trainer)
        count += len(group)
        progress.confirmations(
            [f"{new[index][0].label}, seed {trainings[index][1]}" for index, _ in group], count
        )
    return session.store.results()


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
