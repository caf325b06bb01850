"""Cohorts as the search sees them: asked for together, kept whole, the same ones when a study goes on."""

import dataclasses
import itertools
import random
import sqlite3
from types import SimpleNamespace

import optuna
import pytest
from toy import essence, run_toy, write_toy

from jrtune.search.ask import subsampled as subsampled
from jrtune.search.ask import trials as trials_module
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget, RunConfig
from jrtune.search.run.session import Loaded, held, load
from jrtune.spec import TrialStatus
from jrtune.train import PlainTrainer, prepare

pytestmark = pytest.mark.usefixtures("two_threads")


class Grouped:
    """Trains groups of at most ``size`` that share a kind; stops as if cut off after ``until`` of them.

    As in float32, though not as little, figures depend on who was in the group.
    """

    def __init__(self, loaded, size=3, until=None):
        self.plain = PlainTrainer(prepare(loaded.study, loaded.data, loaded.device))
        self.size, self.left = size, until
        self.pending, self.groups = [], []

    def capacity(self, job):
        return 2 * self.size

    def train(self, jobs, done=(), pruner=None):
        self.pending.append(len(jobs) - len(done))
        by_kind = sorted(range(len(jobs)), key=lambda index: (jobs[index].candidate.choices["kind"], index))
        for _, kind in itertools.groupby(by_kind, key=lambda index: jobs[index].candidate.choices["kind"]):
            members = list(kind)
            # shuffled, so that those left over after a cut would be grouped in another way by themselves
            random.Random(len(members)).shuffle(members)
            for start in range(0, len(members), self.size):
                if part := [index for index in members[start : start + self.size] if index not in done]:
                    yield self.together(jobs, part)

    def together(self, jobs, part):
        if self.left == 0:
            raise PowerCutError
        self.left = None if self.left is None else self.left - 1
        self.groups.append(len(part))
        [*outcomes] = (outcome for [(_, outcome)] in self.plain.train([jobs[index] for index in part]))
        company = 1 + 1e-3 * sum(job.seed % 97 for job in (jobs[index] for index in part))
        return [
            (index, dataclasses.replace(o, values={n: v * company for n, v in o.values.items()}))
            for index, o in zip(part, outcomes, strict=True)
        ]


class PowerCutError(Exception):
    pass


class Makes:
    """Makes the trainer of a run, and keeps it for the test to look at."""

    def __init__(self, **options):
        self.options = options

    def __call__(self, loaded):
        self.trainer = Grouped(loaded, **self.options)
        return self.trainer


def rows_of(url, query):
    connection = sqlite3.connect(url)
    found = connection.execute(query).fetchall()
    connection.close()
    return found


# --- asked for together ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cohort", "size", "pending"),
    [
        (None, 50, [4, 4, 4]),  # three rounds
        (None, 1, [2] * 6),  # as many as the trainer takes
        (5, 50, [5, 5, 2]),
        (1, 50, [1] * 12),
    ],
)
def test_candidates_are_asked_for_a_cohort_at_a_time(tmp_path, cohort, size, pending):
    makes = Makes(size=size)
    run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(12, "random", cohort), make=makes)
    assert makes.trainer.pending == pending


def test_a_run_with_nothing_left_measures_nothing(tmp_path, monkeypatch):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    run_toy(study, url, Budget(3), make=Makes())
    monkeypatch.setattr(Grouped, "capacity", lambda *_: pytest.fail("measured"))
    assert len(run_toy(study, url, Budget(3), make=Makes()).trials) == 3


def test_gp_sees_what_was_asked_for_in_the_same_cohort(tmp_path, monkeypatch):
    monkeypatch.setattr(subsampled, "GP_SEES", 11)
    shown = []
    original = optuna.Study.add_trials
    monkeypatch.setattr(optuna.Study, "add_trials", lambda s, t: (shown.append(len(t)), original(s, t)))
    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(15, "gp", cohort=3), make=Makes())
    assert shown == [11, 12, 13]
    assert len({t.candidate.to_json() for t in results.trials[12:]}) == 3


# --- kept whole, and the same when it goes on ------------------------------------------------


@pytest.mark.parametrize(
    "cuts", [*(pytest.param(c, marks=pytest.mark.slow) for c in ([0], [2, 1])), [1, 0, 1]]
)
def test_a_run_that_was_cut_off_between_groups_equals_one_that_was_not(tmp_path, cuts):
    study, budget = write_toy(tmp_path), Budget(20, "tpe", cohort=10)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=Makes(), seeds=2)
    url, kept = f"{tmp_path}/cut.db", 0
    for until in cuts:
        makes = Makes(until=until)
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget, make=makes, seeds=2)
        kept += sum(makes.trainer.groups)
        assert len(rows_of(url, "SELECT number FROM jrtune_results")) == kept
        assert ("RUNNING",) not in rows_of(url, "SELECT state FROM trials")
    results = run_toy(study, url, budget, make=Makes(), seeds=2)
    assert essence(results) == essence(whole)
    assert confirmed(results) == confirmed(whole)


def test_confirmations_are_kept_group_by_group_and_go_on_in_the_same_groups(tmp_path):
    study, budget = write_toy(tmp_path), Budget(6, "random", cohort=3)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=Makes(), seeds=3)
    url = f"{tmp_path}/cut.db"
    run_toy(study, url, budget, make=Makes())
    makes = Makes(until=2)
    with pytest.raises(PowerCutError):
        run_toy(study, url, budget, make=makes, seeds=3)
    kept = rows_of(url, "SELECT DISTINCT candidate, seed FROM jrtune_confirmations")
    assert len(kept) == sum(makes.trainer.groups)
    makes = Makes()
    results = run_toy(study, url, budget, make=makes, seeds=3)
    assert confirmed(results) == confirmed(whole)
    assert makes.trainer.pending == [len(confirmed(whole)) - len(kept)]


def confirmed(results):
    # a baseline that is on the front is one training and stands there twice
    return {(c.candidate.to_json(), c.seed): (dict(c.val), dict(c.test)) for c in results.confirmations}


def test_a_group_is_kept_before_any_of_it_is_told(tmp_path, monkeypatch):
    study, url, budget = write_toy(tmp_path), f"{tmp_path}/x.db", Budget(8, "random", cohort=4)
    whole = run_toy(study, f"{tmp_path}/whole.db", budget, make=Makes())
    context = []
    original = trials_module.Trials.tell

    def tell(self, number, outcome):
        if context:
            raise PowerCutError
        context.append(number)
        original(self, number, outcome)

    with monkeypatch.context() as patched:
        patched.setattr(trials_module.Trials, "tell", tell)
        with pytest.raises(PowerCutError):
            run_toy(study, url, budget, make=Makes())
    kept = rows_of(url, "SELECT finished FROM jrtune_results")
    assert len(kept) > 1
    assert essence(run_toy(study, url, budget, make=Makes())) == essence(whole)
    assert rows_of(url, "SELECT finished FROM jrtune_results")[: len(kept)] == kept


@pytest.mark.parametrize("order", [(3, 4, 5, 6, 7), (7, 5, 6, 3, 4)])
def test_the_reference_does_not_depend_on_who_ended_first(tmp_path, monkeypatch, order):
    class OneByOne(Grouped):
        def train(self, jobs, done=(), pruner=None):
            for index in (0, 1, 2, *order):
                [(_, outcome)] = self.together(jobs, [index])
                status = TrialStatus.DIVERGED if index < 4 else TrialStatus.COMPLETE
                yield [(index, dataclasses.replace(outcome, status=status))]

    basis = []
    monkeypatch.setattr(
        "jrtune.search.run.tune.reference_point", lambda _, curves: basis.extend(curves) or {}
    )
    run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(8, "random", cohort=8), make=OneByOne)
    assert basis == [4]


def test_a_time_limit_ends_the_run_between_groups(tmp_path, monkeypatch):
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("jrtune.search.run.tune.time", clock)

    class TenSecondsEach(Grouped):
        def together(self, jobs, part):
            clock.now += 10
            return super().together(jobs, part)

    url, budget = f"{tmp_path}/x.db", Budget(40, "random", cohort=20, time_limit=15)
    results = run_toy(write_toy(tmp_path), url, budget, make=TenSecondsEach)
    assert clock.now == 20
    assert 0 < len(results.trials) <= 6
    states = [state for (state,) in rows_of(url, "SELECT state FROM trials")]
    assert states.count("COMPLETE") == len(results.trials)
    assert states.count("WAITING") == 20 - len(results.trials)


# --- what goes with the study ----------------------------------------------------------------


def sizes_of_runs(tmp_path, monkeypatch, *runs, between=lambda url: None):
    """Runs the study with these totals and cohorts; returns the sizes its trainers were made with."""
    study, url, sizes = write_toy(tmp_path), f"{tmp_path}/x.db", []

    def trainer(self, size=None, log=None):
        sizes.append(size)
        return Grouped(self, size or 7)  # 7 stands for what the clock said

    monkeypatch.setattr(Loaded, "trainer", trainer)
    for trials, cohort in runs:
        with held(loaded := load(RunConfig(study, [], url, device="cpu")), url, 0) as session:
            made = session.trainer(cohort, print)
        run_toy(study, url, Budget(trials, "random", cohort), make=lambda _, made=made: made)
        between(url)
    with held(loaded, url, 0) as session:
        return sizes, session.store.results().study


def test_what_was_measured_is_used_again(tmp_path, monkeypatch):
    sizes, study = sizes_of_runs(tmp_path, monkeypatch, (3, None), (6, None), (9, None))
    assert sizes == [None, 7, 7]
    assert (study.cohort, study.stack) == (None, 7)


def test_a_cohort_that_is_given_stays_until_another_is(tmp_path, monkeypatch):
    sizes, study = sizes_of_runs(tmp_path, monkeypatch, (3, None), (6, 2), (9, None), (12, 5), (15, None))
    assert sizes == [None, 2, 2, 5, 5]
    assert study.cohort == 5


def test_what_one_device_takes_says_nothing_of_another(tmp_path, monkeypatch):
    def elsewhere(url):
        connection = sqlite3.connect(url)
        connection.execute("UPDATE jrtune_studies SET versions = json_set(versions, '$.device', 'other')")
        connection.commit()
        connection.close()

    sizes, _ = sizes_of_runs(tmp_path, monkeypatch, (3, None), (6, None), between=elsewhere)
    assert sizes == [None, None]
    sizes, _ = sizes_of_runs(tmp_path, monkeypatch, (9, 4), (12, None), between=elsewhere)
    assert sizes == [4, 4]


# --- what is shown ---------------------------------------------------------------------------


def test_a_cohort_is_shown_in_few_lines_with_what_went_wrong(tmp_path, capsys):
    study, url = write_toy(tmp_path, lr="1e35"), f"{tmp_path}/x.db"
    results = run_toy(study, url, Budget(20, "random", cohort=20))
    broken = [t for t in results.trials if t.status is TrialStatus.DIVERGED]
    assert len(broken) > 2
    capsys.readouterr()
    with Progress() as progress:
        progress.begin(40)
        progress.trials(results.trials, results.trials, results.study)
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
