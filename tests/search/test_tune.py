"""The driver: totals, resuming, statuses, bounds, what Optuna sees."""

import optuna
import pytest
import sqlalchemy as sa
from toy import essence, run_toy, write_toy

from jrtune.analysis.front import front
from jrtune.errors import InputError, StorageError
from jrtune.search.ask import subsampled as subsampled
from jrtune.search.ask.samplers import FACTORIES
from jrtune.search.run.run_config import SAMPLERS as SAMPLER_NAMES
from jrtune.search.run.run_config import Budget
from jrtune.spec import TrialStatus
from jrtune.spec.seeds import derive
from jrtune.store import study_store as ledger_module

SOON = ["tpe", "front"]
LATE = [pytest.param(name, marks=pytest.mark.slow) for name in ("nsga2", "random", "qmc", "gp")]


def test_baselines_come_first_and_the_total_counts_them(tmp_path):
    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(6))
    assert [t.source for t in results.trials] == [
        "equal weights",
        "single y",
        "single z",
        "front",
        "front",
        "front",
    ]
    assert [dict(t.candidate.weights) for t in results.trials[:3]] == [
        {"y": 0.5, "z": 0.5},
        {"y": 1.0, "z": 0.0},
        {"y": 0.0, "z": 1.0},
    ]


@pytest.mark.parametrize("sampler", [*SOON, *LATE])
def test_a_run_in_pieces_equals_a_run_in_one(tmp_path, sampler):
    study = write_toy(tmp_path)
    total = 14 if sampler == "gp" else 26
    whole = run_toy(study, f"{tmp_path}/whole.db", Budget(total, sampler))
    for trials in (1, 5, 12, total):
        parts = run_toy(study, f"{tmp_path}/parts.db", Budget(trials, sampler))
    assert essence(parts) == essence(whole)


@pytest.mark.slow
def test_gp_is_shown_a_part_of_many_trials_and_resumes_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(subsampled, "GP_SEES", 11)
    shown = []
    original = optuna.Study.add_trials
    monkeypatch.setattr(optuna.Study, "add_trials", lambda s, t: (shown.append(len(t)), original(s, t)))
    study = write_toy(tmp_path)
    whole = run_toy(study, f"{tmp_path}/whole.db", Budget(14, "gp", rungs=False))
    assert shown == [11, 11]
    run_toy(study, f"{tmp_path}/parts.db", Budget(13, "gp", rungs=False))
    assert essence(run_toy(study, f"{tmp_path}/parts.db", Budget(14, "gp", rungs=False))) == essence(whole)


def test_the_seed_decides(tmp_path):
    study = write_toy(tmp_path)
    one, two = (run_toy(study, f"{tmp_path}/{seed}.db", Budget(5), seed=seed) for seed in (1, 2))
    assert essence(one) != essence(two)


@pytest.mark.parametrize("sampler", [*SOON, *LATE[:-1]])
def test_cohorts_resume_in_the_same_groups(tmp_path, sampler):
    study = write_toy(tmp_path)
    whole = run_toy(study, f"{tmp_path}/whole.db", Budget(15, sampler, cohort=4))
    for trials in (3, 7, 15):  # after the baselines, and after cohorts
        parts = run_toy(study, f"{tmp_path}/parts.db", Budget(trials, sampler, cohort=4))
    assert essence(parts) == essence(whole)


def test_a_result_of_which_an_earlier_version_did_not_tell_optuna_is_told_and_not_trained_again(tmp_path):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    whole = run_toy(study, url, Budget(5))
    before, told = finished_times(url), optuna_trials(url)
    engine = sa.create_engine(f"sqlite:///{url}")
    with engine.begin() as connection:
        for statement in (
            "UPDATE trials SET state = 'RUNNING' WHERE number >= 3",
            "DELETE FROM trial_values WHERE trial_id IN (SELECT trial_id FROM trials WHERE number >= 3)",
            "UPDATE jrtune_cohorts SET finished = 0, coordinator = NULL WHERE first >= 3",
        ):
            connection.execute(sa.text(statement))
    engine.dispose()
    assert optuna_trials(url) != told
    assert essence(run_toy(study, url, Budget(5))) == essence(whole)
    assert finished_times(url) == before
    assert optuna_trials(url) == told


def optuna_trials(url):
    study = optuna.load_study(study_name="toy", storage=f"sqlite:///{url}")
    return [(t.state, t.values, t.params, t.constraints) for t in study.trials]


def finished_times(url):
    engine = sa.create_engine(f"sqlite:///{url}")
    with engine.connect() as connection:
        return list(connection.scalars(sa.text("SELECT finished FROM jrtune_results ORDER BY number")))


def test_optuna_opens_the_study_and_sees_the_weights(tmp_path):
    run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(5))
    study = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/x.db")
    assert [t.state.name for t in study.trials] == ["COMPLETE"] * 5
    assert [d.name for d in study.directions] == ["MINIMIZE"] * 2
    assert study.metric_names == ["error_y", "error_z"]
    for trial in study.trials:
        assert trial.user_attrs["weight_y"] + trial.user_attrs["weight_z"] == pytest.approx(1)
    assert study.trials[1].user_attrs["source"] == "single y"


def test_a_trial_that_diverges_is_stored_and_the_study_goes_on(tmp_path):
    results = run_toy(write_toy(tmp_path, lr="1e35"), f"{tmp_path}/x.db", Budget(14, "random"))
    statuses = {t.status for t in results.trials}
    assert statuses == {TrialStatus.COMPLETE, TrialStatus.DIVERGED}
    broken = next(t for t in results.trials if t.status is TrialStatus.DIVERGED)
    assert "term" in broken.message or "objective" in broken.message
    assert not broken.values
    study = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/x.db")
    assert study.trials[broken.number].state.name == "FAIL"
    assert study.trials[broken.number].user_attrs["status"].startswith("diverged: ")


def test_a_bound_is_a_constraint_for_optuna_and_keeps_trials_off_the_front(tmp_path):
    free = run_toy(write_toy(tmp_path), f"{tmp_path}/free.db", Budget(12, "random", rungs=False))
    bound = sorted(t.values["error_z"] for t in free.trials)[5]
    study = write_toy(tmp_path, bound=f", at_most={bound}")
    results = run_toy(study, f"{tmp_path}/x.db", Budget(12, "random", rungs=False))
    assert essence(results) == essence(free)
    assert front(results)
    assert all(t.values["error_z"] <= bound for t in front(results))
    trials = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/x.db").best_trials
    assert {t.number for t in trials} == {t.number for t in front(results)}


def test_a_limit_on_a_loss_is_a_constraint_for_optuna_and_keeps_trials_off_the_front(tmp_path):
    path, limit = write_toy(tmp_path), 3.0
    path.write_text(path.read_text().replace("epochs=2,", f"epochs=2, constraints={{'z': {limit}}},"))
    results = run_toy(path, f"{tmp_path}/x.db", Budget(12, "random", rungs=False))
    complete = {t.number: t.losses["z"] - limit for t in results.trials if t.status is TrialStatus.COMPLETE}
    assert min(complete.values()) <= 0 < max(complete.values())
    study = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/x.db")
    assert all(study.trials[n].constraints == {"loss z": beyond} for n, beyond in complete.items())
    assert {t.number for t in study.best_trials} == {t.number for t in front(results)}
    assert all(complete[t.number] <= 0 for t in front(results))


def test_models_are_kept_of_the_front_and_the_baselines_only(tmp_path):
    from jrtune.store.database import open_database

    results = run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(15, "random"))
    kept = ledger_module.StudyStore(open_database(f"{tmp_path}/x.db", create=False), "toy").models()
    assert kept == {t.number for t in front(results)} | {0, 1, 2}
    assert len(kept) < 15


def test_the_reference_is_fixed_by_the_baselines_and_stays(tmp_path):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    assert run_toy(study, url, Budget(2)).study.reference is None
    first = run_toy(study, url, Budget(3)).study.reference
    assert first is not None
    assert run_toy(study, url, Budget(9)).study.reference == first


def test_a_mistake_in_the_study_stops_the_run_and_leaves_nothing_running(tmp_path, monkeypatch):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    monkeypatch.setenv("TOY_BUG", "1")
    with pytest.raises(KeyError, match="a mistake in the study"):
        run_toy(study, url, Budget(4))
    assert [t.state.name for t in optuna.load_study(study_name="toy", storage=f"sqlite:///{url}").trials] == [
        "WAITING"
    ]
    monkeypatch.delenv("TOY_BUG")
    assert len(run_toy(study, url, Budget(4)).trials) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"trials": 0}, "--trials expects an integer from 1, got 0"),
        ({"cohort": 0}, "--cohort expects auto or an integer from 1, got 0"),
        ({"time_limit": -1.0}, "--time-limit expects seconds above 0, got -1.0"),
        ({"sampler": "cmaes"}, "--sampler expects one of front, tpe, gp, nsga2, random, qmc, got 'cmaes'"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        Budget(**change)


def test_another_study_of_that_name_is_refused_and_left_alone(tmp_path):
    study, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    before = essence(run_toy(study, url, Budget(3)))
    with pytest.raises(StorageError, match="started with seed 0, got 1"):
        run_toy(study, url, Budget(3), seed=1)
    changed = study.read_text().replace('"error_z": jr.minimize', '"error_z": jr.maximize')
    study.write_text(changed)
    with pytest.raises(StorageError, match="started with objectives"):
        run_toy(study, url, Budget(5))
    study.write_text(changed.replace('"z": lambda', '"w": lambda').replace('term="z"', "term=None"))
    with pytest.raises(StorageError, match="started with losses"):
        run_toy(study, url, Budget(5))
    write_toy(tmp_path)
    assert essence(run_toy(study, url, Budget(3))) == before


def test_a_foreign_optuna_study_of_that_name_is_refused(tmp_path):
    url = f"{tmp_path}/x.db"
    optuna.create_study(study_name="toy", storage=f"sqlite:///{url}", directions=["minimize"] * 2)
    with pytest.raises(InputError, match="jrtune did not make"):
        run_toy(write_toy(tmp_path), url, Budget(3))


def test_every_named_sampler_can_be_made():
    assert set(FACTORIES) == set(SAMPLER_NAMES)


def test_seeds_of_trainings_depend_on_the_trial_alone():
    assert len({derive(0, number, "train") for number in range(1000)}) == 1000
