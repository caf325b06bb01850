"""The driver: ask, train, keep, tell, until there are as many trials as were wanted."""

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
                    run.keep([(batch[index], outcome) for index, outcome in group])
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
        """Tells what was kept and not told, and takes up what was asked and not trained."""
        kept = {trial.number: trial for trial in self.results.trials}
        self.trials.take_up()
        for pending in self.trials.unfinished():
            if trial := kept.get(pending.number):
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
        """How many candidates to ask for together: as given, as stored, or as many as the trainer takes."""
        if not self._left():
            return
        if self.budget.cohort is not None:
            self.store.note_cohort(cohort=self.budget.cohort)
        given = self.budget.cohort or self.results.study.cohort
        if given is None:
            first = self.job(PendingTrial(0, *self.trials.baselines[0]))
            given = min(trainer.capacity(first), math.ceil(self.budget.trials / ROUNDS))
        self.cohort = given

    def _left(self) -> bool:
        return bool(self.trials.open) or len(self.trials) < self.budget.trials

    def batches(self) -> Iterator[list[PendingTrial]]:
        """What to train next, a cohort at a time; asked for whole before any of it is trained.

        A batch that was interrupted comes whole again, with those of it that have ended.
        """
        while self._left() and not self.late():
            while len(self.trials) < self.budget.trials and self._room():
                with self.stop.shield():
                    self.trials.ask()
            start = min(self.trials.open)
            while not self._begins(start):
                start -= 1
            ended = [
                PendingTrial(t.number, t.source, t.candidate)
                for t in self.results.trials
                if t.number >= start
            ]
            yield sorted([*ended, *self.trials.unfinished()], key=lambda pending: pending.number)

    def _room(self) -> bool:
        return not self.trials.open or not self._begins(len(self.trials))

    def _begins(self, number: int) -> bool:
        """Whether a batch begins with this trial.

        Cohorts begin at multiples of their size, so that a resumed run asks in the same groups. The first one
        is divided after a prior: that is known before the others, and the sampler learns of it.
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
        """Who drops the batch's pruned trials: by what ended before the batch, and by the batch itself."""
        if not self.budget.rungs:
            return None
        before = [self.curves[number] for number in sorted(self.curves)]
        kept = [i for i, pending in enumerate(batch) if pending.number < len(self.trials.baselines)]
        signs = {name: objective.sign for name, objective in self.study.objectives.items()}
        return RungPruner(signs, self.study.epochs, before, kept, self.progress.log)

    def keep(self, group: Sequence[tuple[PendingTrial, Outcome]]) -> None:
        """Writes trials that ended together, then tells them."""
        kept = [(_record(pending, outcome), outcome) for pending, outcome in group]
        ended = {trial.number: trial for trial, _ in kept}
        trials = {trial.number: trial for trial in self.results.trials} | ended
        self.results = Results(self.results.study, tuple(trials[number] for number in sorted(trials)))
        self.models |= {trial.number for trial, outcome in kept if outcome.model is not None}
        unwanted = self.models - self._wanted_models()
        self.models -= unwanted
        self.store.save_trials(kept, drop_models=unwanted)
        self.curves |= {trial.number: outcome.curve for trial, outcome in kept}
        for trial, outcome in kept:
            self.trials.tell(trial.number, outcome)
        self._fix_reference()
        self.progress.trials(list(ended.values()), self.results.trials, self.results.study)

    def _wanted_models(self) -> set[int]:
        """Parameters are kept of the front and of the baselines only."""
        return {member.number for member in front(self.results)} | set(range(len(self.trials.baselines)))

    def _fix_reference(self) -> None:
        """From the baselines, once all ended; from the first trial that is complete, if none of them is."""
        count = len(self.trials.baselines)
        ended = [t for t in self.results.trials if t.number < count]
        complete = [t for t in self.results.trials if t.status is TrialStatus.COMPLETE]
        if self.results.study.reference is not None or len(ended) < count or not complete:
            return
        basis = [t.number for t in complete if t.number < count] or [complete[0].number]
        if min(self.trials.open, default=basis[0]) < basis[0]:
            return  # of a cohort, a later one may end first
        self.store.set_reference(reference_point(self.study, self.store.curves(basis)))
        self.results = self.store.results()


def _record(pending: PendingTrial, outcome: Outcome) -> TrialRecord:
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
