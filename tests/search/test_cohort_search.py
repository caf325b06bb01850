"""Cohorts as the search sees them: of one architecture, stored one by one, the same when a study goes on."""

import dataclasses
import itertools
import sqlite3
from types import SimpleNamespace

import optuna
import pytest
from fake_executors import Cut, PowerCutError, Wrapped
from toy import cohorts_of, essence, inline, run_toy, write_toy

from jrtune.analysis.front import front
from jrtune.search.ask import subsampled as subsampled
from jrtune.search.run import tune as tune_module
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig
from jrtune.search.run.session import held, load
from jrtune.spec import TrialStatus, program_choices
from jrtune.train.executors.executor import Done, SizeTask
from jrtune.train.executors.executor import Update as Step

pytestmark = pytest.mark.usefixtures("two_threads")


class Measured(Wrapped):
    """Answers at once what size of a program pays."""

    def __init__(self, executor, size):
        super().__init__(executor)
        self.size, self.asked, self.answers = size, 0, []

    def start(self, task):
        if not isinstance(task, SizeTask):
            return self.executor.start(task)
        self.asked += 1
        self.answers.append(Done(-self.asked, self.size))
        return -self.asked

    def wait(self, seconds):
        return self.answers.pop() if self.answers else self.executor.wait(seconds)


def rows_of(url, query):
    connection = sqlite3.connect(url)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


# --- asked for together ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cohort", "workers", "sizes"),
    [
        (5, 1, [1, 2, 5, 4]),
        (1, 1, [1, 2, *[1] * 9]),
        (2, 2, [1, 2, 2, 2, 2, 2, 1]),
    ],
)
def test_baselines_come_first_and_the_rest_a_cohort_at_a_time(tmp_path, cohort, workers, sizes):
    url = f"{tmp_path}/x.db"
    run_toy(
        write_toy(tmp_path), url, Budget(12, "random", cohort), make=lambda loaded: inline(loaded, workers)
    )
    assert [len(cohort) for cohort in cohorts_of(url)] == sizes
    assert list(itertools.chain(*cohorts_of(url))) == list(range(12))


@pytest.mark.parametrize(
    ("size", "workers", "largest"),
    [
        (50, 1, 6),  # eight cohorts
        (2, 1, 4),  # twice as many as pay: half are gone at the first rung
        (50, 3, 4),  # two rounds of six that do not know of each other
    ],
)
def test_cohorts_are_as_large_as_pays_but_never_the_whole_search(tmp_path, size, workers, largest):
    made = []

    def make(loaded):
        made.append(Measured(inline(loaded, workers), size))
        return made[0]

    url = f"{tmp_path}/x.db"
    run_toy(write_toy(tmp_path), url, Budget(48, "random"), make=make, sized=True)
    assert max(len(cohort) for cohort in cohorts_of(url)[2:]) == largest
    assert made[0].asked == 1


@pytest.mark.parametrize(
    "sampler", ["random", "tpe", "front", "nsga2", "qmc", pytest.param("gp", marks=pytest.mark.slow)]
)
def test_a_cohort_shares_its_architecture_and_differs_in_the_rest(tmp_path, sampler):
    url = f"{tmp_path}/x.db"
    results = run_toy(write_toy(tmp_path), url, Budget(19, sampler, cohort=4, rungs=False))
    found = []
    for cohort in cohorts_of(url)[2:]:
        candidates = [results.trials[number].candidate for number in cohort]
        found.append(program_choices(candidates[0].choices))
        assert all(program_choices(candidate.choices) == found[-1] for candidate in candidates)
        assert len({candidate.to_json() for candidate in candidates}) == 4
    assert any(shared != found[0] for shared in found)


def test_a_run_with_nothing_left_measures_nothing(tmp_path):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    run_toy(study, url, Budget(3))
    results = run_toy(study, url, Budget(3), make=lambda loaded: SimpleNamespace(workers=1), sized=True)
    assert len(results.trials) == 3


def test_gp_sees_what_was_asked_for_in_the_same_cohort(tmp_path, monkeypatch):
    monkeypatch.setattr(subsampled, "GP_SEES", 11)
    shown = []
    original = optuna.Study.add_trials
    monkeypatch.setattr(optuna.Study, "add_trials", lambda s, t: (shown.append(len(t)), original(s, t)))
    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(15, "gp", cohort=3, rungs=False))
    assert shown == [11, 12, 13]
    assert len({t.candidate.to_json() for t in results.trials[12:]}) == 3


# --- stored one by one, and the same when it goes on ----------------------------------------


@pytest.mark.parametrize(
    "cuts", [*(pytest.param(c, marks=pytest.mark.slow) for c in ([0, 1], [4, 2, 8])), [1, 6]]
)
@pytest.mark.parametrize("workers", [1, 3])
def test_a_run_that_was_cut_off_between_trainings_equals_one_that_was_not(tmp_path, cuts, workers):
    study, budget = write_toy(tmp_path), Budget(20, "tpe", cohort=4)

    def logical(loaded):
        return inline(loaded, workers)

    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=logical, seeds=2)
    url, kept = f"{tmp_path}/cut.db", 0
    for after in cuts:
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget, make=lambda loaded, n=after: Cut(logical(loaded), n), seeds=2)
        count = len(rows_of(url, "SELECT number FROM jrtune_results"))
        assert count >= kept + after
        kept = count
        assert ("RUNNING",) not in rows_of(url, "SELECT state FROM trials")
    results = run_toy(study, url, budget, make=logical, seeds=2)
    assert essence(results) == essence(whole)
    assert confirmed(results) == confirmed(whole)
    assert cohorts_of(url) == cohorts_of(f"{tmp_path}/whole.db")


def test_confirmations_are_kept_and_go_on_in_the_same_programs(tmp_path):
    study, budget = write_toy(tmp_path), Budget(7, "random", cohort=4)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, seeds=3)
    url = f"{tmp_path}/cut.db"
    run_toy(study, url, budget)
    with pytest.raises(PowerCutError):
        run_toy(study, url, budget, make=lambda loaded: Cut(inline(loaded), 4), seeds=3)
    kept = rows_of(url, "SELECT DISTINCT candidate, seed FROM jrtune_confirmations")
    assert 4 <= len(kept) < len(confirmed(whole))
    made = []

    class Counted(Wrapped):
        def wait(self, seconds):
            report = self.executor.wait(seconds)
            made.extend(report.outcomes if isinstance(report, Step) else ())
            return report

    results = run_toy(study, url, budget, make=lambda loaded: Counted(inline(loaded)), seeds=3)
    assert confirmed(results) == confirmed(whole)
    assert len(made) == len(confirmed(whole)) - len(kept)


def confirmed(results):
    # a baseline that is on the front is one training and stands there twice
    return {(c.candidate.to_json(), c.seed): (dict(c.val), dict(c.test)) for c in results.confirmations}


def test_results_and_what_optuna_has_of_them_are_written_together_or_not_at_all(tmp_path, monkeypatch):
    study, url, budget = write_toy(tmp_path), f"{tmp_path}/x.db", Budget(7, "random", cohort=4)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget)
    ended, original = [], tune_module.end_trials

    def end(connection, name, trials):
        original(connection, name, trials)
        if len(ended) == 2:
            raise PowerCutError
        ended.append([trial.number for trial in trials])

    with monkeypatch.context() as patched:
        patched.setattr(tune_module, "end_trials", end)
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget)
    written = rows_of(url, "SELECT number FROM jrtune_results ORDER BY number")
    assert written == rows_of(url, "SELECT number FROM trials WHERE state != 'WAITING' ORDER BY number")
    assert written == [(number,) for number in sorted(itertools.chain(*ended))]
    assert essence(run_toy(study, url, budget)) == essence(whole)


class Reordered(Wrapped):
    """Ends the cohorts that are in hand in another order; those of these numbers diverge."""

    def __init__(self, executor, rank, broken=()):
        super().__init__(executor)
        self.rank, self.broken, self.tasks, self.reports = rank, broken, {}, []

    def start(self, task):
        number = self.executor.start(task)
        self.tasks[number] = len(self.tasks)
        return number

    def wait(self, seconds):
        while (report := self.executor.wait(0)) is not None:
            self.reports.append(report)
        self.reports.sort(key=lambda report: (self.rank(self.tasks[report.task]), report.task))
        if not self.reports:
            return None
        report = self.reports.pop(0)
        if isinstance(report, Step) and self.tasks[report.task] in self.broken:
            wrong = {
                i: dataclasses.replace(o, status=TrialStatus.DIVERGED) for i, o in report.outcomes.items()
            }
            return dataclasses.replace(report, outcomes=wrong)
        return report


@pytest.mark.parametrize("rank", [lambda task: task, lambda task: -task])
def test_the_reference_does_not_depend_on_who_ended_first(tmp_path, monkeypatch, rank):
    basis = []
    monkeypatch.setattr(
        "jrtune.search.run.tune.reference_point", lambda _, curves: basis.extend(curves) or {}
    )
    run_toy(
        write_toy(tmp_path),
        f"{tmp_path}/x.db",
        Budget(8, "random", rungs=False),
        make=lambda loaded: Reordered(inline(loaded, 4), rank, broken={0, 1, 2}),
    )
    assert basis == [4]


@pytest.mark.parametrize("sampler", ["tpe", "front", "qmc"])
def test_trials_do_not_depend_on_which_worker_was_faster(tmp_path, sampler):
    study = write_toy(tmp_path)
    found = [
        essence(
            run_toy(
                study,
                f"{tmp_path}/{index}.db",
                Budget(21, sampler, cohort=2),
                make=lambda loaded, rank=rank: Reordered(inline(loaded, 2), rank),
            )
        )
        for index, rank in enumerate([lambda task: task, lambda task: -task, lambda task: task * 7 % 5])
    ]
    assert found[0] == found[1] == found[2]


def test_a_time_limit_ends_the_run_in_the_middle_of_cohorts(tmp_path, monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("jrtune.search.run.run_config.time", clock)

    class TenSeconds(Wrapped):
        def wait(self, seconds):
            report = self.executor.wait(seconds)
            clock.now += 10 * len(report.outcomes) if isinstance(report, Step) else 0
            return report

    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    budget = Budget(30, "random", cohort=20, time_limit=45)
    results = run_toy(study, url, budget, make=lambda loaded: TenSeconds(inline(loaded)))
    assert 45 <= clock.now <= 250  # to the next report
    assert 3 <= len(results.trials) <= 23
    states = [state for (state,) in rows_of(url, "SELECT state FROM trials")]
    assert "RUNNING" not in states
    assert states.count("WAITING") == len(states) - len(results.trials)
    whole = run_toy(study, f"{tmp_path}/whole.db", Budget(30, "random", cohort=20))
    assert essence(run_toy(study, url, Budget(30, "random", cohort=20))) == essence(whole)


# --- what goes with the study ----------------------------------------------------------------


def measured(tmp_path, *runs, between=lambda url: None):
    """Runs the study with these totals and cohorts; how often a size was measured in each, and the record."""
    study, url, asked = write_toy(tmp_path), f"{tmp_path}/x.db", []
    for trials, cohort in runs:
        made = []

        def make(loaded, made=made):
            made.append(Measured(inline(loaded), 7))
            return made[0]

        run_toy(study, url, Budget(trials, "random", cohort), make=make, sized=True)
        asked.append(made[0].asked)
        between(url)
    with held(load(RunConfig(study, [], url, device="cpu")), url, 0) as session:
        return asked, session.store.results().study


def test_what_was_measured_is_used_again(tmp_path):
    asked, study = measured(tmp_path, (3, None), (6, None), (9, None))
    assert asked == [0, 1, 0]  # baselines need none
    assert (study.cohort, study.stack) == (None, 7)


def test_a_cohort_that_is_given_stays_until_another_is(tmp_path):
    asked, study = measured(tmp_path, (4, None), (6, 2), (9, None), (12, 5), (15, None))
    assert asked == [1, 0, 0, 0, 0]
    assert study.cohort == 5
    assert [len(cohort) for cohort in cohorts_of(f"{tmp_path}/x.db")] == [1, 2, 1, 2, 2, 1, 3, 3]


def test_what_one_device_takes_says_nothing_of_another(tmp_path):
    def elsewhere(url):
        connection = sqlite3.connect(url)
        connection.execute("UPDATE jrtune_studies SET versions = json_set(versions, '$.device', 'other')")
        connection.commit()
        connection.close()

    assert measured(tmp_path, (4, None), (6, None), between=elsewhere)[0] == [1, 1]
    assert measured(tmp_path, (9, 4), (12, None), between=elsewhere)[0] == [0, 0]


# --- what is shown ---------------------------------------------------------------------------


def test_a_cohort_is_shown_in_few_lines_with_what_went_wrong(tmp_path, capsys):
    study, url = write_toy(tmp_path, lr="1e35"), f"{tmp_path}/x.db"
    results = run_toy(study, url, Budget(20, "random", cohort=20, rungs=False))
    broken = [t for t in results.trials if t.status is TrialStatus.DIVERGED]
    assert len(broken) > 2
    capsys.readouterr()
    with Progress() as progress:
        progress.begin(40)
        progress.trials(results.trials, len(results.trials), front(results), results.study)
        progress.confirmations(["trial 3, seed 0", "trial 4, seed 0", "trial 7, seed 1"], 3)
    wrong, trials, confirmations = capsys.readouterr().err.splitlines()
    assert "lower the learning rate" in wrong
    assert str(broken[0].number) in wrong
    assert trials.startswith(f"trials 0-19: {20 - len(broken)} of 20 complete | ")
    assert "20 of 40 trials" in trials
    assert confirmations.startswith("confirmed 3 trainings, trial 3, seed 0 to trial 7, seed 1 | 3 of 40")


def test_time_left_is_by_the_wall_clock_of_this_run(monkeypatch, capsys):
    clock = iter([100.0, 130.0])
    monkeypatch.setattr("jrtune.search.run.progress.time.monotonic", lambda: next(clock))
    with Progress() as progress:
        progress.begin(50, 10)
        progress.confirmations(["a", "b"], 30)
    assert "30 of 50 trainings | 30 s left" in capsys.readouterr().err
