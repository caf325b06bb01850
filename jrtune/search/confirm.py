"""Confirmation: the front and the baselines again, from other seeds, at full budget, measured on test."""

from __future__ import annotations

from jrtune.evidence.plan import Wanted, missing
from jrtune.search.progress import Progress
from jrtune.search.session import Session
from jrtune.search.signals import Stop
from jrtune.seeds import derive
from jrtune.spec import Job, Outcome
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
        Interrupted: by a signal; what was finished is kept.
    """
    # a baseline that is on the front is trained once and kept for both
    shared: dict[tuple[str, int], list[Wanted]] = {}
    for item, seed in missing(session.ledger.results(), seeds):
        if front_only and item.role != "front":
            continue
        shared.setdefault((item.candidate.to_json(), seed), []).append(item)
    wanted = [(items, seed) for (_, seed), items in shared.items()]
    jobs = [_job(session.seed, items[0], seed) for items, seed in wanted]
    seconds: list[float] = []
    progress.total = len(jobs)
    for index, outcome in trainer.train(jobs):
        items, seed = wanted[index]
        with stop.shield():
            session.ledger.keep_confirmations([_record(item, seed, outcome) for item in items])
        seconds.append(outcome.seconds)
        progress.confirmation(items[0].label, seed, seconds)
    return session.ledger.results()


def _job(study_seed: int, item: Wanted, seed: int) -> Job:
    # paired: the same seed number is the same initialisation and order for every label
    own = derive(study_seed, "confirm", seed)
    return Job(item.candidate, own, order_seed=derive(study_seed, "confirm order", seed), test=True)


def _record(item: Wanted, seed: int, outcome: Outcome) -> ConfirmationRecord:
    return ConfirmationRecord(
        label=item.label,
        number=item.number,
        role=item.role,
        candidate=item.candidate,
        seed=seed,
        ending=outcome.ending,
        val=outcome.values,
        test=outcome.test,
        seconds=outcome.seconds,
    )
