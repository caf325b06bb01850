"""The search: ask, train, save, until there are as many trials as were wanted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Literal, TypeVar

from threadpoolctl import threadpool_limits

from jrtune.search.ask.enqueued import Plan
from jrtune.search.ask.optuna_records import PendingTrial
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Session
from jrtune.search.run.signals import Stop
from jrtune.search.run.state import State, outcome_as_stored
from jrtune.search.schedule.reference import reference_point
from jrtune.spec import Job, Outcome, TrialStatus, program_choices
from jrtune.spec.seeds import derive
from jrtune.store.claims import Also
from jrtune.store.optuna_tables import add_trials, end_trials, set_state
from jrtune.store.reconnect import lost, with_reconnect
from jrtune.store.records import CohortRecord, Results, TrialRecord
from jrtune.store.server import is_postgres
from jrtune.store.study_store import now
from jrtune.train.executors.dispatcher import Dispatcher, FinishedTraining

T = TypeVar("T")

ROUNDS, LEAST = 2, 8
"""Rounds of asking that there are at least, each of as many cohorts as do not know of each other; and least
cohorts, for of two large ones the sampler has learnt for the second alone."""

SMALLEST = 2
"""Trials of a cohort that is made smaller so that all workers end at once."""

LOOK_SECONDS = 1.0
"""Seconds between two looks at what other coordinators have done."""


def tune(
    session: Session,
    dispatcher: Dispatcher,
    budget: Budget,
    stop: Stop,
    progress: Progress,
    plan: Plan | None = None,
) -> Results:
    """Runs the study until it has ``budget.trials`` trials; those there are already count.

    Raises:
        Interrupted: by a signal; what was not finished is handed back and taken up by the next run.
    """
    run = _Run(session, dispatcher, budget, stop, progress, plan or Plan())
    try:
        run.go()
    finally:
        # also where a study's own function failed: nothing may be left marked as running
        run.hand_back()
    return session.store.results()


class _Run:
    """One call of :func:`tune`."""

    def __init__(
        self,
        session: Session,
        dispatcher: Dispatcher,
        budget: Budget,
        stop: Stop,
        progress: Progress,
        plan: Plan,
    ) -> None:
        self.session, self.dispatcher, self.budget = session, dispatcher, budget
        self.stop, self.progress, self.plan = stop, progress, plan
        self.study, self.store, self.claims = session.loaded.study, session.store, session.claims
        self.cohorts: dict[str, CohortRecord] = {}  # in hand, by key
        self.stack: int | None = None
        self.stale = False  # the state, where a connection was lost while something was asked for
        self.state = self._again(self._load)

    def _load(self) -> State:
        return State(self.session, self.plan, self.budget, self.dispatcher.workers)

    # --- the whole ---------------------------------------------------------------------------------

    def go(self) -> None:
        """Asks and trains until there is enough, or time is up."""
        self.progress.begin(self.budget.trials, len(self.state.records))
        if self.state.trials.plan.prior:
            known = "" if self.state.trials.prior else ", all of it is known"
            self.progress.log(f"from the prior, to be tried first: {len(self.state.trials.prior)}{known}")
        self._fix_reference()
        # the sampler's matrices are small: threads would only wait for workers
        with threadpool_limits(1, "blas"):
            self._search()
        self.dispatcher.clear()

    def _search(self) -> None:
        self.take_over()
        while not self.budget.late():
            self.ask()
            if self.cohorts:
                self.save(self.dispatcher.wait(self.budget.left()))
            elif self.wanted() <= 0 and not self.state.order.unfinished():
                return
            else:
                self.stop.pause(min(LOOK_SECONDS, self.budget.left()))
                self.look()

    def wanted(self) -> int:
        """Number of trials that are still to be asked for."""
        return self.budget.trials - len(self.state.trials)

    def hand_back(self) -> None:
        """Lets others, or the next run, have what was not finished."""
        self._again(lambda: self.claims.hand_back(self._marking("WAITING")))

    # --- taking over and asking ----------------------------------------------------------------------

    def take_over(self) -> None:
        """Trains what an earlier run, or a coordinator that is dead, has left."""
        count = max(1, len(self.state.order.cohorts))
        self._again(lambda: self.claims.take_over(count, self._marking("RUNNING")))
        if is_postgres(self.store.database.engine):  # after the claim: what others wrote is there now
            self._again(lambda: self.state.look(self.session))
        in_hand = {record.index for record in self.cohorts.values()}
        mine = [record for record in self._again(self.claims.mine) if record.index not in in_hand]
        self._finish_in_optuna(mine)
        left = [record for record in mine if self.state.order.cohorts[record.index].running]
        if left:
            numbers = [str(n) for record in left for n in record.numbers if n not in self.state.records]
            self.progress.log(f"taking up what was interrupted: trial {', '.join(numbers)}")
        for record in left:
            self.state.order.cohorts[record.index].mine = True
            self.state.learn(record.index)
            self.submit(record)

    def _marking(self, state: Literal["RUNNING", "WAITING"]) -> Also:
        """Has Optuna hold the trials of a claim for running, or for waiting."""
        return lambda connection, numbers: set_state(connection, self.study.name, numbers, state)

    def _finish_in_optuna(self, cohorts: Sequence[CohortRecord]) -> None:
        """Tells Optuna of trials that an earlier jrtune saved without doing so; finishes their cohorts."""
        for record in cohorts:
            saved = [self.state.records[n] for n in record.numbers if n in self.state.records]
            finals = [self.state.trials.end(trial.number, outcome_as_stored(trial)) for trial in saved]
            with self.store.database.engine.begin() as connection:
                end_trials(connection, self.study.name, finals)
            if len(saved) == record.size:
                self.claims.finish(record)

    def look(self) -> None:
        """Looks at what other coordinators have done, and takes over from those that are dead."""
        if is_postgres(self.store.database.engine):
            self.take_over()

    def ask(self) -> None:
        """Asks for the cohorts that may be asked for by now, and queues them."""
        while self.wanted() > 0 and self.state.order.may_ask() and not self.budget.late():
            if self.stack is None and not self._baselines_left():
                self.stack = self._stack()
            record = self._again(self._turn)
            if record is not None:
                self.submit(record)
            elif self.stale:  # it may have been asked for all the same
                self.stale = False
                self.take_over()

    def _turn(self) -> CohortRecord | None:
        """Asks for the next cohort, where that may still be; None where not, or where all is to be read anew.

        What is asked for comes to be in the database with the claim on it, in one transaction.
        """
        if self.stale:
            self.state = self._load()
            return None
        try:
            with self.claims.asking() as asking:
                if is_postgres(self.store.database.engine):
                    self.state.look(self.session)
                index = len(self.state.order.cohorts)
                unknown = self.stack is None and not self._baselines_left()
                if self.wanted() <= 0 or not self.state.order.may_ask() or unknown:
                    return None
                self.state.learn(index)
                for like in self._alike(self.size_of()):
                    self.state.trials.ask(like)
                new = self.state.trials.take_new()
                record = asking.claim(len(new))
                add_trials(asking.connection, self.study.name, new)
        except Exception as error:
            self.stale = lost(error) is not None  # nobody knows what is there now
            raise
        self.state.add(record)
        return record

    def _alike(self, size: int) -> Iterator[PendingTrial | None]:
        """None for the first trial of a cohort, then for each other one the first, which it is like."""
        yield None
        first = self.state.trials.by_number[-1]
        yield from itertools.repeat(first, size - 1)

    def size_of(self) -> int:
        """Number of trials of the next cohort."""
        if left := self._baselines_left():  # the first alone, so that there is a result soon
            return min(self.wanted(), left if len(self.state.trials) else 1)
        most = self.cohort
        shared = [program_choices(candidate.choices) for candidate in self.state.trials.prior[:most]]
        alike = sum(1 for _ in takewhile(lambda choices: choices == shared[0], shared))
        # the last ones are of even sizes, so that no worker waits long for another
        even = -(-self.wanted() // self.dispatcher.workers)
        return min(self.wanted(), alike or most, max(even, SMALLEST))

    def _baselines_left(self) -> int:
        """Number of baselines that are still to be asked for."""
        return max(0, len(self.state.trials.baselines) - len(self.state.trials))

    def _stack(self) -> int:
        """Most members of a program."""
        if self.budget.cohort is not None:
            self.store.note_cohort(cohort=self.budget.cohort)
        _, default = self.state.trials.baselines[0]
        return self.session.stack(self.dispatcher, self.job(PendingTrial(0, "", default)))

    @property
    def cohort(self) -> int:
        """Most trials that are asked for together."""
        stack = self.stack or 1
        if stack == 1 or self.budget.cohort or self.state.record.cohort:
            return stack  # as it was given
        # half of a cohort is gone at its first rung: then it has the size that pays
        most = 2 * stack if self.budget.rungs else stack
        return max(1, min(most, self.budget.trials // max(LEAST, ROUNDS * self.state.order.lag)))

    def submit(self, record: CohortRecord) -> None:
        """Queues a cohort."""
        jobs = [self.job(pending) for pending in self.state.pending(record)]
        key = self.session.key(str(record.index), jobs)
        self.cohorts[key] = record
        done = [index for index, number in enumerate(record.numbers) if number in self.state.records]
        alone = 1 in (self.stack, self.budget.cohort, self.state.record.cohort)
        size = 1 if alone else len(jobs)
        pruner = self.state.pruner(record)
        curves = self._again(lambda: self.state.curves_of(record)) if done and pruner else {}
        again = [i for i in done if not self.state.records[record.first + i].status.is_fault]
        self.dispatcher.submit(key, jobs, size, done, pruner, curves, again)

    def job(self, pending: PendingTrial) -> Job:
        seed = derive(self.session.seed, pending.number, "train")
        return Job(pending.candidate, seed, order_seed=self.session.seed, save_model=True)

    # --- saving ------------------------------------------------------------------------------------

    def save(self, finished: Sequence[FinishedTraining]) -> None:
        """Writes trials that ended, cohort by cohort."""
        groups: dict[str, list[FinishedTraining]] = {}
        for one in finished:
            groups.setdefault(one.key, []).append(one)
        for key, group in groups.items():
            with self.stop.shield():
                self._save(key, group)

    def _save(self, key: str, group: Sequence[FinishedTraining]) -> None:
        record = self.cohorts[key]
        pending = self.state.pending(record)
        saved = [(_trial_record(pending[one.index], one.outcome), one.outcome) for one in group]
        finals = [self.state.end(trial, outcome) for trial, outcome in saved]
        over = not self.state.order.cohorts[record.index].running
        unwanted = self.state.unwanted_models()
        written = self._again(
            lambda: self.store.save_trials(
                saved,
                unwanted,
                record,
                finish=over,
                also=lambda c: end_trials(c, self.study.name, finals),
            )
        )
        if not written:
            self.progress.log(f"another coordinator has taken over trials {record.first} and following")
            self.state.order.cohorts[record.index].mine = False
            self.dispatcher.end(key)
        if over or not written:
            del self.cohorts[key]
        self._fix_reference()
        trials = [trial for trial, _ in saved]
        members = [self.state.members[number] for number in sorted(self.state.members)]
        self.progress.trials(trials, len(self.state.records), members, self.state.record)

    def _fix_reference(self) -> None:
        """From the baselines, once all ended; from the first trial that is complete, if none of them is."""
        state = self.state
        if state.record.reference is not None:
            return
        baselines = range(len(state.trials.baselines))
        complete = [n for n, trial in state.records.items() if trial.status is TrialStatus.COMPLETE]
        if not complete or any(number not in state.records for number in baselines):
            return
        basis = [number for number in baselines if number in complete] or [min(complete)]
        running = (number for cohort in state.order.unfinished() for number in cohort.running)
        if min(running, default=basis[0]) < basis[0]:
            return  # a later one may end first
        self._again(lambda: self.store.set_reference(reference_point(self.study, self.store.curves(basis))))
        state.record = self._again(self.store.record)

    def _again(self, action: Callable[[], T]) -> T:
        """Does what may be done again, until a server that is away has come back."""
        return with_reconnect(action, self.progress.log, pause=self.stop.pause)


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
