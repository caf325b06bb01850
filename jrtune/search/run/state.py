"""The state of a search in memory: trials, front and cohorts, and what sampler and pruner have learnt."""

from __future__ import annotations

from collections.abc import Sequence

from jrtune.analysis.front import front
from jrtune.search.ask.enqueued import Plan
from jrtune.search.ask.optuna_records import PendingTrial
from jrtune.search.ask.trials import Trials
from jrtune.search.run.order import CohortState, Order, lag_of
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Session
from jrtune.search.schedule.rungs import RungHistory, RungPruner, at_rungs
from jrtune.spec import EpochRecord, Outcome
from jrtune.store.coordinators import living
from jrtune.store.optuna_tables import OptunaTrial
from jrtune.store.records import CohortRecord, Results, TrialRecord


class State:
    """The study's trials as they stand in the database, and as far as this coordinator has learnt of them.

    Args:
        session: of the study.
        plan: what is searched.
        budget: of the search.
        workers: of this coordinator.

    Attributes:
        records: number -> trial that ended.
        members: those on the front.
        trials: asked for; order: their cohorts.
    """

    def __init__(self, session: Session, plan: Plan, budget: Budget, workers: int) -> None:
        self.study, self.store, self.rungs = session.loaded.study, session.store, budget.rungs
        trials, self.cursor = self.store.results_since()
        results = Results(self.store.record(), tuple(trials))
        self.record, self.records = results.study, {trial.number: trial for trial in results.trials}
        self.members = {trial.number: trial for trial in front(results)}
        self.models = self.store.models()
        # others may ask meanwhile: each is read after what it has to hold, results, cohorts, trials
        cohorts = session.claims.cohorts()
        self.trials = Trials(session.storage, self.study.name, self.study, budget.sampler, session.seed, plan)
        signs = {name: objective.sign for name, objective in self.study.objectives.items()}
        self.history = RungHistory(signs, self.study.epochs)
        self.curves: dict[int, Sequence[EpochRecord]] = {}  # that are to be learnt
        self.order = Order(lag_of(workers))
        others = living(self.store.database.engine) - {session.claims.coordinator.id}
        for record in cohorts:
            self.add(record, mine=record.coordinator not in others)

    def add(self, record: CohortRecord, mine: bool = True) -> CohortState:
        """Adds a cohort that was asked for."""
        running = [number for number in record.numbers if number not in self.records]
        return self.order.add(record, running, mine)

    def pending(self, record: CohortRecord) -> list[PendingTrial]:
        """The trials of a cohort."""
        return self.trials.by_number[record.first : record.first + record.size]

    def end(self, trial: TrialRecord, outcome: Outcome) -> OptunaTrial:
        """Takes in that a trial has ended; returns it as Optuna is to have it."""
        self.records[trial.number] = trial
        known = self.members | {trial.number: trial}
        # who was dominated before is so still
        reduced = Results(self.record, tuple(known[number] for number in sorted(known)))
        self.members = {member.number: member for member in front(reduced)}
        self.order.end(trial.number)
        if outcome.model is not None:
            self.models.add(trial.number)
        if outcome.curve:
            self.curves[trial.number] = outcome.curve
        return self.trials.end(trial.number, outcome)

    def unwanted_models(self) -> set[int]:
        """Takes out the trials whose parameters are no longer wanted: those of front and baselines are."""
        unwanted = self.models - set(self.members) - set(range(len(self.trials.baselines)))
        self.models -= unwanted
        return unwanted

    def learn(self, index: int) -> None:
        """Shows sampler and pruner what the cohort of this index may know."""
        numbers = list(self.order.learn(index))
        missing = [number for number in numbers if number not in self.curves] if self.rungs else []
        curves = self.curves | (self.store.curves(missing) if missing else {})
        for number in numbers:
            curve = curves.get(number, ()) if self.rungs else ()
            self.history.learn(curve)
            self.trials.learn(number, at_rungs(curve, self.study.objectives, self.study.epochs))
            self.curves.pop(number, None)

    def pruner(self, record: CohortRecord) -> RungPruner | None:
        """The pruner of a cohort; None where none is wanted. Baselines are never dropped."""
        if not self.rungs:
            return None
        count = len(self.trials.baselines)
        return self.history.pruner([i for i, number in enumerate(record.numbers) if number < count])

    def curves_of(self, record: CohortRecord) -> dict[int, Sequence[EpochRecord]]:
        """Index in a cohort -> curve, of its trials that have ended."""
        curves = self.store.curves([number for number in record.numbers if number in self.records])
        return {number - record.first: curve for number, curve in curves.items()}

    # --- other coordinators ------------------------------------------------------------------------

    def look(self, session: Session) -> None:
        """Takes in what other coordinators have asked for and found since the last look."""
        trials, self.cursor = self.store.results_since(self.cursor)
        # read after the results, so that none is of a cohort that is not known
        for record in session.claims.cohorts(start=len(self.order.cohorts)):
            for number in record.numbers[max(0, len(self.trials) - record.first) :]:
                self.trials.add_stored(number)
            self.add(record, mine=False)
        for trial in trials:
            if trial.number not in self.records:
                self.end(trial, outcome_as_stored(trial))


def outcome_as_stored(trial: TrialRecord) -> Outcome:
    """The outcome of a trial, as far as it was stored with the trial."""
    return Outcome(trial.status, values=trial.values, losses=trial.losses, message=trial.message)
