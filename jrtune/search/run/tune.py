"""The driver: ask, train, save, tell, until there are as many trials as were wanted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence

from jrtune.analysis.front import front
from jrtune.search.ask.enqueued import Plan
from jrtune.search.ask.optuna_records import PendingTrial
from jrtune.search.ask.trials import Trials
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Session
from jrtune.search.run.signals import Stop
from jrtune.search.schedule.reference import reference_point
from jrtune.search.schedule.rungs import RungPruner
from jrtune.spec import EpochRecord, Job, Outcome, TrialStatus
from jrtune.spec.seeds import derive
from jrtune.store.records import Results, TrialRecord
from jrtune.store.study_store import now
from jrtune.train import Trainer

ROUNDS = 3
"""Rounds of asking that there are at least: the sampler learns nothing within a round."""


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
        run.settle_cohort(trainer)
        session.note_stack(trainer)
        progress.begin(budget.trials, len(run.results.trials))
        for batch in run.batches():
            jobs = [run.job(pending) for pending in batch]
            done = {i for i, pending in enumerate(batch) if pending.number not in run.trials.open}
            for group in trainer.train(jobs, done, run.pruner(batch)):
                with stop.shield():
                    run.save([(batch[index], outcome) for index, outcome in group])
                    session.note_stack(trainer)
                if run.late():
                    break
    finally:
        # also where a study's own function failed: nothing may be left marked as running
        run.trials.hand_back()
    return session.store.results()


class _Run:
    """The state of one call of :func:`tune`: the study's rows as they stand, and the clock."""

    def __init__(
        self, session: Session, budget: Budget, stop: Stop, progress: Progress, plan: Plan | None
    ) -> None:
        self.study, self.store, self.seed = session.loaded.study, session.store, session.seed
        self.budget, self.stop, self.progress = budget, stop, progress
        self.start = time.monotonic()
        self.results = session.store.results()
        # only rungs look at them
        self.curves: dict[int, Sequence[EpochRecord]] = dict(session.store.curves()) if budget.rungs else {}
        self.trials = Trials(
            session.storage,
            self.study.name,
            self.study,
            budget.sampler,
            session.seed,
            plan,
            self.curves if budget.rungs else None,
        )
        self.models = session.store.models()
        self.cohort = 1

    def late(self) -> bool:
        limit = self.budget.time_limit
        return limit is not None and time.monotonic() - self.start >= limit

    def catch_up(self) -> None:
        """Tells Optuna of the trials saved but not told, and takes up those asked for but not trained."""
        saved = {trial.number: trial for trial in self.results.trials}
        self.trials.take_up()
        for pending in self.trials.unfinished():
            if trial := saved.get(pending.number):
                self.trials.tell(
                    trial.number,
                    Outcome(trial.status, values=trial.values, losses=trial.losses, message=trial.message),
                )
        self._fix_reference()
        if left := self.trials.unfinished():
            numbers = ", ".join(str(pending.number) for pending in left)
            self.progress.log(f"taking up what was interrupted: trial {numbers}")
        if self.trials.plan.prior:
            known = "" if self.trials.prior else ", all of it is known"
            self.progress.log(f"from the prior, to be tried first: {len(self.trials.prior)}{known}")

    def settle_cohort(self, trainer: Trainer) -> None:
        """Sets how many candidates are asked for together: as given, as stored, or what the trainer takes."""
        if not self._left():
            return
        if self.budget.cohort is not None:
            self.store.note_cohort(cohort=self.budget.cohort)
        cohort = self.budget.cohort or self.results.study.cohort
        if cohort is None:
            first = self.job(PendingTrial(0, *self.trials.baselines[0]))
            cohort = min(trainer.capacity(first), math.ceil(self.budget.trials / ROUNDS))
        self.cohort = cohort

    def _left(self) -> bool:
        return bool(self.trials.open) or len(self.trials) < self.budget.trials

    def batches(self) -> Iterator[list[PendingTrial]]:
        """Yields the trials to train next, a cohort at a time, all asked for before any of it is trained.

        A batch that was interrupted comes whole again, with those of its trials that are finished.
        """
        while self._left() and not self.late():
            while len(self.trials) < self.budget.trials and self._room():
                with self.stop.shield():
                    self.trials.ask()
            start = min(self.trials.open)
            while not self._begins(start):
                start -= 1
            finished = [
                PendingTrial(t.number, t.source, t.candidate)
                for t in self.results.trials
                if t.number >= start
            ]
            yield sorted([*finished, *self.trials.unfinished()], key=lambda pending: pending.number)

    def _room(self) -> bool:
        return not self.trials.open or not self._begins(len(self.trials))

    def _begins(self, number: int) -> bool:
        """Returns True where a batch begins with this trial.

        Cohorts begin at multiples of their size, so that a resumed run asks in the same groups. The first one
        is divided after a prior, whose results then inform the sampler before it is asked for the others.
        """
        return number % self.cohort == 0 or self.trials.after_prior(number)

    def job(self, pending: PendingTrial) -> Job:
        return Job(
            pending.candidate,
            derive(self.seed, pending.number, "train"),
            order_seed=self.seed,
            save_model=True,
        )

    def pruner(self, batch: Sequence[PendingTrial]) -> RungPruner | None:
        """Returns the pruner of a batch, which compares it with earlier trials and with itself."""
        if not self.budget.rungs:
            return None
        before = [self.curves[number] for number in sorted(self.curves)]
        exempt = [i for i, pending in enumerate(batch) if pending.number < len(self.trials.baselines)]
        signs = {name: objective.sign for name, objective in self.study.objectives.items()}
        return RungPruner(signs, self.study.epochs, before, exempt, self.progress.log)

    def save(self, group: Sequence[tuple[PendingTrial, Outcome]]) -> None:
        """Writes trials that ended together, then tells them."""
        saved = [(_trial_record(pending, outcome), outcome) for pending, outcome in group]
        finished = {trial.number: trial for trial, _ in saved}
        trials = {trial.number: trial for trial in self.results.trials} | finished
        self.results = Results(self.results.study, tuple(trials[number] for number in sorted(trials)))
        self.models |= {trial.number for trial, outcome in saved if outcome.model is not None}
        unwanted = self.models - self._wanted_models()
        self.models -= unwanted
        self.store.save_trials(saved, drop_models=unwanted)
        self.curves |= {trial.number: outcome.curve for trial, outcome in saved}
        for trial, outcome in saved:
            self.trials.tell(trial.number, outcome)
        self._fix_reference()
        self.progress.trials(list(finished.values()), self.results.trials, self.results.study)

    def _wanted_models(self) -> set[int]:
        """Parameters are saved of the front and of the baselines only."""
        return {member.number for member in front(self.results)} | set(range(len(self.trials.baselines)))

    def _fix_reference(self) -> None:
        """From the baselines, once all ended; from the first trial that is complete, if none of them is."""
        count = len(self.trials.baselines)
        finished = [t for t in self.results.trials if t.number < count]
        complete = [t for t in self.results.trials if t.status is TrialStatus.COMPLETE]
        if self.results.study.reference is not None or len(finished) < count or not complete:
            return
        basis = [t.number for t in complete if t.number < count] or [complete[0].number]
        if min(self.trials.open, default=basis[0]) < basis[0]:
            return  # of a cohort, a later one may end first
        self.store.set_reference(reference_point(self.study, self.store.curves(basis)))
        self.results = self.store.results()


def _trial_record(pending: PendingTrial, outcome: Outcome) -> TrialRecord:
    return TrialRecord(
        number=pending.number,
        source=pending.source,
        candidate=pending.candidate,
        status=outcome.status,
        epoch=outcome.epoch,
        values=outcome.values,
        losses=outcome.losses,
        loss_scale=outcome.loss_scale,
        seconds=outcome.seconds,
        message=outcome.message,
        finished=now(),
    )
