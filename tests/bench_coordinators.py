"""What claiming, adding and writing a trial costs on PostgreSQL: coordinators without torch, toy outcomes.

python tests/bench_coordinators.py [--trials 1000] [--coordinators 4] [--cohort 1] [--before 0] [--fsync]

It starts a server of its own. ``--before`` puts so many trials into the study first.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

import optuna
from postgres import SETTINGS, running_server

from jrtune.search.ask.optuna_records import optuna_storage
from jrtune.spec import Candidate, EpochRecord, Outcome, StudySpec, TrialStatus
from jrtune.store.claims import Claims
from jrtune.store.coordinators import coordinating
from jrtune.store.database import open_database
from jrtune.store.optuna_tables import OptunaTrial, add_trials, end_trials
from jrtune.store.records import StudyRecord, TrialRecord
from jrtune.store.study_store import StudyStore, now

NAME = "toy"
STUDY = StudyRecord(NAME, StudySpec(("a", "b"), {}), 0, "/x.py", {}, "d", None, {}, "now")
CANDIDATE = Candidate({"a": 0.25, "b": 0.75}, {"width": 16, "lr": 0.01})
FLOAT = '{"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 1.0, "log": false}}'
CURVE = [EpochRecord(e, {"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5}, {"x": 0.5, "y": 0.5}) for e in range(21)]


def asked(number: int) -> OptunaTrial:
    params = {name: (0.5, FLOAT) for name in ("stick_0", "width", "lr")}
    user = {"source": "tpe", "weight_a": 0.25, "weight_b": 0.75, "jrtune:candidate": CANDIDATE.to_json()}
    return OptunaTrial(number, "RUNNING", params, user_attrs=user, system_attrs={"jrtune:study_attrs": {}})


def trained(number: int) -> tuple[TrialRecord, Outcome]:
    values = {"x": 0.5, "y": 1 / (1 + number)}
    record = TrialRecord(
        number, "tpe", CANDIDATE, TrialStatus.COMPLETE, 20, values, values, values, 1.0, "", now()
    )
    return record, Outcome(TrialStatus.COMPLETE, values=values, curve=CURVE)


def work(url: str, trials: int, cohort: int) -> tuple[list[float], float]:
    """Claims, adds and writes until there are so many trials; returns ms of each, and CPU seconds."""
    database = open_database(url, create=True)
    spent = []
    with coordinating(database) as me:
        store = StudyStore(database, NAME)
        claims = Claims(store.id, me)
        _, cursor = store.results_since()
        cpu = time.process_time()
        while True:
            start = time.perf_counter()
            with claims.asking() as asking:
                if asking.next_number >= trials:
                    return spent, time.process_time() - cpu
                claim = asking.claim(cohort)
                add_trials(asking.connection, NAME, [asked(number) for number in claim.numbers])
            _, cursor = store.results_since(cursor)
            for number in claim.numbers:
                ended = [
                    OptunaTrial(number, "COMPLETE", values=[0.5, 1.0], system_attrs={"constraints:x": 0.0})
                ]
                assert store.save_trials(
                    [trained(number)],
                    cohort=claim,
                    finish=number == claim.numbers[-1],
                    also=lambda connection, ended=ended: end_trials(connection, NAME, ended),
                )
            spent.append(1000 * (time.perf_counter() - start) / cohort)


def begin(url: str, before: int) -> None:
    """Makes the study, with so many trials in one cohort."""
    database = open_database(url, create=True)
    with coordinating(database) as me:
        storage = optuna_storage(database)
        optuna.create_study(storage=storage, study_name=NAME, directions=["maximize", "minimize"])
        store = StudyStore.start(database, STUDY)
        claims = Claims(store.id, me)
        if before:
            with claims.asking() as asking:
                claim = asking.claim(before)
                add_trials(asking.connection, NAME, [asked(number) for number in claim.numbers])
            ended = [OptunaTrial(number, "COMPLETE", values=[0.5, 1.0]) for number in claim.numbers]
            store.save_trials(
                [trained(number) for number in claim.numbers],
                cohort=claim,
                finish=True,
                also=lambda connection: end_trials(connection, NAME, ended),
            )
        storage.remove_session()
        storage.engine.dispose()
    database.engine.dispose()


def measure(url: str, trials: int, coordinators: int, cohort: int, before: int) -> None:
    begin(url, before)
    words = [
        sys.executable,
        __file__,
        "--url",
        url,
        "--trials",
        str(before + trials),
        "--cohort",
        str(cohort),
    ]
    start = time.perf_counter()
    processes = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(coordinators)]
    answers = [[float(word) for word in process.communicate()[0].split()] for process in processes]
    spent = sorted(ms for _, *each in answers for ms in each)
    cpu = sum(answer[0] for answer in answers)
    wall = time.perf_counter() - start
    assert not any(process.returncode for process in processes)
    database = open_database(url, create=False)
    store = StudyStore(database, NAME)
    began = time.perf_counter()
    numbers = [trial.number for trial in store.results().trials]
    read = time.perf_counter() - began
    assert numbers == list(range(before + trials))
    states = {
        t.state.name for t in optuna.load_study(study_name=NAME, storage=optuna_storage(database)).trials
    }
    assert states == {"COMPLETE"}
    database.engine.dispose()
    print(
        f"{trials} trials after {before}, {coordinators} coordinators, cohorts of {cohort}: "
        f"a trial {sum(spent) / len(spent):.1f} ms (median {spent[len(spent) // 2]:.1f}, "
        f"p95 {spent[int(0.95 * len(spent))]:.1f}), CPU of coordinators "
        f"{1000 * cpu / trials:.1f} ms a trial, "
        f"{trials / wall:.0f} trials/s; reading all of them {read:.2f} s"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--coordinators", type=int, default=4)
    parser.add_argument("--cohort", type=int, default=1)
    parser.add_argument("--before", type=int, default=0)
    parser.add_argument("--fsync", action="store_true", help="as on a server that is to be relied on")
    parser.add_argument("--url", help="of a study that is there: work on it")
    options = parser.parse_args()
    if options.url:
        spent, cpu = work(options.url, options.trials, options.cohort)
        print(cpu, *spent)
        return
    if options.fsync:
        SETTINGS.update(fsync="on", full_page_writes="on")
    with running_server() as server:
        url = server.new_database()
        before = sum(os.times()[2:4])
        measure(url, options.trials, options.coordinators, options.cohort, options.before)
        both = sum(os.times()[2:4]) - before
        server.stop()
        ms = 1000 * (sum(os.times()[2:4]) - before - both) / options.trials
        print(f"CPU of the server: {ms:.1f} ms a trial")


if __name__ == "__main__":
    main()
