"""A coordinator without any training, as a process: claims cohorts, writes toy results, takes over.

python coordinate.py URL COHORTS SIZE GRACE SECONDS: until all cohorts are finished; a trial takes SECONDS.
"""

from __future__ import annotations

import random
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial

from sqlalchemy.exc import DBAPIError

from jrtune.errors import StorageError
from jrtune.spec import Candidate, Outcome, StudySpec, TrialStatus
from jrtune.store import coordinators
from jrtune.store.claims import Claims
from jrtune.store.coordinators import coordinating
from jrtune.store.database import Database, open_database
from jrtune.store.optuna_tables import OptunaTrial, add_trials, end_trials
from jrtune.store.reconnect import with_reconnect
from jrtune.store.records import CohortRecord, StudyRecord, TrialRecord
from jrtune.store.server import setting_up
from jrtune.store.studies import read_study
from jrtune.store.study_store import StudyStore, now

FLOAT = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}'
STUDY = StudyRecord("toy", StudySpec(("a",), {}), 0, "/x.py", {}, "d", None, {}, "now")


def joined(database: Database) -> StudyStore:
    """The study, started where it is not there."""
    with setting_up(database.engine):
        if read_study(database, STUDY.name) is None:
            return StudyStore.start(database, STUDY)
    return StudyStore(database, STUDY.name)


def join_optuna(database: Database) -> None:
    """Makes Optuna's study where it is not there."""
    import optuna

    from jrtune.search.ask.optuna_records import optuna_storage

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna_storage(database)
    optuna.create_study(storage=storage, study_name=STUDY.name, load_if_exists=True)
    storage.engine.dispose()


def result(number: int, message: str) -> tuple[TrialRecord, Outcome]:
    candidate = Candidate({"a": 1.0})
    record = TrialRecord(
        number, "toy", candidate, TrialStatus.COMPLETE, 0, {"s": number / 7}, {}, {}, 0.0, message, now()
    )
    return record, Outcome(TrialStatus.COMPLETE)


def log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


class Toy:
    """A coordinator that trains nothing."""

    def __init__(self, url: str, me: coordinators.Coordinator, cohorts: int, size: int, seconds: float):
        database = open_database(url, create=True)
        self.store = joined(database)
        join_optuna(database)
        self.claims = Claims(self.store.id, me)
        self.me, self.cohorts, self.size, self.seconds = me, cohorts, size, seconds

    def run(self) -> None:
        while True:
            if cohort := with_reconnect(self.next_cohort, log):
                self.train(cohort)
            elif not with_reconnect(self.claims.unfinished, log):
                return
            else:
                time.sleep(0.05)

    def next_cohort(self) -> CohortRecord | None:
        if mine := self.claims.mine():  # also one that was claimed when the answer was lost
            return mine[0]
        with self.claims.asking() as asking:
            if asking.next_index < self.cohorts:
                time.sleep(random.uniform(0, self.seconds / 4))  # of the sampler
                cohort = asking.claim(self.size)
                trials = [OptunaTrial(number, "RUNNING", {"x": (0.5, FLOAT)}) for number in cohort.numbers]
                add_trials(asking.connection, STUDY.name, trials)
                return cohort
        return next(iter(self.claims.take_over()), None)

    def train(self, cohort: CohortRecord) -> None:
        done = with_reconnect(self.written, log)
        left = [number for number in cohort.numbers if number not in done]
        for number in left or cohort.numbers[-1:]:  # all are there, and the cohort is not finished
            time.sleep(random.uniform(0, 2 * self.seconds))
            if not with_reconnect(partial(self.save, cohort, number), log):
                log(f"cohort {cohort.index} was taken over")
                return

    def written(self) -> set[int]:
        return {trial.number for trial in self.store.results().trials}

    def save(self, cohort: CohortRecord, number: int) -> bool:
        saved, last = [result(number, str(self.me.id))], number == cohort.numbers[-1]
        ended = [OptunaTrial(number, "COMPLETE", values=[number / 7])]
        return self.store.save_trials(
            saved, cohort=cohort, finish=last, also=lambda c: end_trials(c, STUDY.name, ended)
        )


def main(url: str, cohorts: int, size: int, grace: float, seconds: float) -> None:
    coordinators.LOOK_SECONDS = coordinators.RETRY_SECONDS = 0.05
    with ExitStack() as stack:
        for _ in range(200):  # the server may be away when this process is started
            with suppress(StorageError, DBAPIError):
                me = stack.enter_context(coordinating(open_database(url, create=True), grace))
                toy = Toy(url, me, cohorts, size, seconds)
                break
            stack.close()
            time.sleep(0.1)
        toy.run()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
