"""The driver: ask, train, keep, tell, until there are as many trials as were wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator

from jrtune.evidence.front import front
from jrtune.search.progress import Progress
from jrtune.search.reference import reference_point
from jrtune.search.request import Budget
from jrtune.search.session import Session
from jrtune.search.signals import Stop
from jrtune.search.trials import Asked, Plan, Trials
from jrtune.seeds import derive
from jrtune.spec import Ending, Job, Outcome
from jrtune.store.ledger import now
from jrtune.store.records import Results, TrialRecord
from jrtune.train import Trainer


def tune(
    session: Session,
    trainer: Trainer,
    budget: Budget,
    stop: Stop,
    progress: Progress,
    plan: Plan | None = None,
) -> Results:
    """Runs the study until it has ``budget.trials`` trials; those there are already count.

    Raises:
        Interrupted: by a signal; what was not finished is handed back and taken up by the next run.
    """
    run = _Run(session, budget, stop, progress, plan)
    try:
        with stop.shield():
            run.catch_up()
        for batch in run.batches():
            jobs = [run.job(asked) for asked in batch]
            for index, outcome in trainer.train(jobs):
                with stop.shield():
                    run.keep(batch[index], outcome)
                if run.late():
                    break
    finally:
        # also where a study's own function failed: nothing may be left marked as running
        run.trials.hand_back()
    return session.ledger.results()


class _Run:
    """The state of one call of :func:`tune`: the study's rows as they stand, and the clock."""

    def __init__(
        self, session: Session, budget: Budget, stop: Stop, progress: Progress, plan: Plan | None
    ) -> None:
        self.study, self.ledger, self.seed = session.loaded.study, session.ledger, session.seed
        self.budget, self.stop, self.progress = budget, stop, progress
        self.start = time.monotonic()
        self.trials = Trials(session.storage, self.study.name, self.study, budget.sampler, session.seed, plan)
        self.results = session.ledger.results()
        self.models = session.ledger.models()

    def late(self) -> bool:
        limit = self.budget.time_limit
        return limit is not None and time.monotonic() - self.start >= limit

    def catch_up(self) -> None:
        """Tells what was kept and not told, and takes up what was asked and not trained."""
        kept = {trial.number: trial for trial in self.results.trials}
        self.trials.take_up()
        for asked in self.trials.unfinished():
            if trial := kept.get(asked.number):
                self.trials.tell(
                    trial.number, Outcome(trial.ending, values=trial.values, message=trial.message)
                )
        self._fix_reference()
        if left := self.trials.unfinished():
            numbers = ", ".join(str(asked.number) for asked in left)
            self.progress.say(f"taking up what was interrupted: trial {numbers}")

    def batches(self) -> Iterator[list[Asked]]:
        """What to train next, a cohort at a time; asked for whole before any of it is trained."""
        while not self.late():
            batch = self.trials.unfinished()
            while len(self.trials) < self.budget.trials and self._room(batch):
                with self.stop.shield():
                    batch.append(self.trials.ask())
            if not batch:
                return
            yield batch

    def _room(self, batch: list[Asked]) -> bool:
        # cohorts begin at multiples of their size, so that a resumed run asks in the same groups
        return not batch or len(self.trials) % self.budget.cohort != 0

    def job(self, asked: Asked) -> Job:
        return Job(
            asked.candidate, derive(self.seed, asked.number, "train"), order_seed=self.seed, keep_model=True
        )

    def keep(self, asked: Asked, outcome: Outcome) -> None:
        """Writes a finished trial, then tells it."""
        trial = TrialRecord(
            number=asked.number,
            origin=asked.origin,
            candidate=asked.candidate,
            ending=outcome.ending,
            epoch=outcome.epoch,
            values=outcome.values,
            losses=outcome.losses,
            loss_scale=outcome.loss_scale,
            seconds=outcome.seconds,
            message=outcome.message,
            finished=now(),
        )
        kept = [t for t in self.results.trials if t.number != trial.number] + [trial]
        self.results = Results(self.results.study, tuple(sorted(kept, key=lambda t: t.number)))
        self.ledger.keep_trial(trial, outcome, drop_models=self._unwanted_models(trial, outcome))
        self.trials.tell(trial.number, outcome)
        self._fix_reference()
        self.progress.trial(trial, self.results.trials, self.results.study)

    def _unwanted_models(self, trial: TrialRecord, outcome: Outcome) -> set[int]:
        """Parameters are kept of the front and of the baselines only."""
        if outcome.model is not None:
            self.models.add(trial.number)
        wanted = {member.number for member in front(self.results)} | set(range(len(self.trials.baselines)))
        unwanted = self.models - wanted
        self.models &= wanted
        return unwanted

    def _fix_reference(self) -> None:
        """From the baselines, once all ended; from the first trial that completes, if none of them did."""
        count = len(self.trials.baselines)
        ended = [t for t in self.results.trials if t.number < count]
        complete = [t for t in self.results.trials if t.ending is Ending.COMPLETE]
        if self.results.study.reference is not None or len(ended) < count or not complete:
            return
        basis = [t.number for t in complete if t.number < count] or [complete[0].number]
        self.ledger.set_reference(reference_point(self.study, self.ledger.curves(basis)))
        self.results = self.ledger.results()
