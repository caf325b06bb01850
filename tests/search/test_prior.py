"""Priors: what is taken of an earlier study, how it is fitted, when it is asked, what a wrong one does."""

from dataclasses import replace

import pytest
from build_results import make_results
from fake_executors import Cut, PowerCutError
from toy import cohorts_of, essence, inline, run_toy, write_toy

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front, hypervolume_of
from jrtune.analysis.select.subset import MOST, select_subset
from jrtune.errors import StorageError, StudyError
from jrtune.search.ask.prior import fit, from_database
from jrtune.search.run.driver import search
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.spec import Candidate, Outcome, simplex
from jrtune.spec.study_file import load_study
from jrtune.store.database import open_database
from jrtune.store.study_store import StudyStore

INLINE = WorkerConfig("inline", workers=1)

EARLIER = (
    Candidate({"y": 0.75, "z": 0.25}, {"kind": "leaky", "slope": 0.2, "width": 3, "lr": 0.01}),
    Candidate({"y": 0.1, "z": 0.9}, {"kind": "relu", "width": 1, "lr": 0.1}),
)


@pytest.fixture
def toy(tmp_path):
    return load_study(write_toy(tmp_path))


def run(path, url, trials, prior=(), sampler="random", cohort=None, make=inline):
    """The toy study with a prior, as `jrtune tune` runs it."""
    return run_toy(path, url, Budget(trials, sampler, cohort), make=make, prior=prior)


# --- fitting -----------------------------------------------------------------------------------


def test_what_lies_in_the_space_is_left_as_it_is(toy):
    for candidate in EARLIER:
        assert fit(candidate, toy) == candidate


def test_choices_go_to_the_nearest_or_to_their_defaults(toy):
    far = Candidate({"y": 0.5, "z": 0.5}, {"kind": "tanh", "width": 9, "lr": 1e-9, "depth": 4})
    assert fit(far, toy).choices == {"kind": "relu", "width": 3, "lr": 1e-3}
    assert fit(Candidate({"y": 1, "z": 0}, {"kind": "leaky", "width": True}), toy).choices == {
        "kind": "leaky",
        "slope": toy.space["slope"].default,
        "width": 2,
        "lr": toy.space["lr"].default,
    }


def test_weights_go_to_the_nearest_that_floor_and_groups_allow(toy):
    floored = replace(toy, weights=simplex(floor=0.2))
    assert fit(EARLIER[1], floored).weights == pytest.approx({"y": 0.2, "z": 0.8})
    grouped = replace(toy, weights=simplex(groups={"both": ("y", "z")}))
    assert fit(EARLIER[1], grouped).weights == pytest.approx({"y": 0.5, "z": 0.5})


def test_other_terms_and_adaptive_methods_are_refused(toy):
    with pytest.raises(StudyError, match="expects weights of the terms y, z, got y, x"):
        fit(Candidate({"y": 0.5, "x": 0.5}), toy)
    with pytest.raises(StudyError, match=r"expects fixed weights, got .* 'dwa'"):
        fit(Candidate({"y": 0.5, "z": 0.5}, balancing="dwa"), toy)


# --- asking ------------------------------------------------------------------------------------


def test_the_prior_comes_right_after_the_baselines_and_the_sampler_goes_on(tmp_path):
    results = run(write_toy(tmp_path), f"{tmp_path}/x.db", 7, EARLIER)
    assert [t.source for t in results.trials] == [
        *["equal weights", "single y", "single z"],
        *["prior", "prior", "random", "random"],
    ]
    assert tuple(t.candidate for t in results.trials[3:5]) == EARLIER


def test_a_run_in_pieces_equals_a_run_in_one(tmp_path):
    path = write_toy(tmp_path)
    whole = run(path, f"{tmp_path}/whole.db", 7, EARLIER, "qmc")
    for trials in (4, 7):
        parts = run(path, f"{tmp_path}/parts.db", trials, EARLIER, "qmc")
    assert essence(parts) == essence(whole)


def test_a_later_run_may_bring_another_prior_or_none(tmp_path):
    path, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    run(path, url, 5, EARLIER[:1])
    run(path, url, 6)
    results = run(path, url, 9, EARLIER)
    assert [t.source for t in results.trials[3:]] == [
        "prior",
        "random",
        "random",
        "prior",
        "random",
        "random",
    ]
    assert results.trials[6].candidate == EARLIER[1]


def test_what_the_baselines_are_already_is_not_tried_again(tmp_path, toy):
    baseline = fit(Candidate({"y": 0.5, "z": 0.5}), toy)
    results = run(write_toy(tmp_path), f"{tmp_path}/x.db", 5, [baseline, EARLIER[0], EARLIER[0]])
    assert [t.source for t in results.trials[3:]] == ["prior", "random"]


def test_a_prior_that_is_known_already_says_so(tmp_path, capsys):
    path, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    for word in ("first: 1\n", "first: 0, all of it is known\n"):
        search(
            RunConfig(path, [], url, device="cpu"),
            Budget(4, "random"),
            prior=lambda name: EARLIER[:1],
            workers=INLINE,
        )
        assert f"from the prior, to be tried {word}" in capsys.readouterr().err
    search(RunConfig(path, [], url, device="cpu"), Budget(4, "random"), prior=lambda name: [], workers=INLINE)
    assert "tried first: 0, for its front is of baselines alone\n" in capsys.readouterr().err


def test_a_prior_that_cannot_be_trained_costs_its_trial_only(tmp_path):
    wild = Candidate({"y": 0.5, "z": 0.5}, {"kind": "relu", "width": 2, "lr": 1e35})
    results = run(write_toy(tmp_path, lr="1e36"), f"{tmp_path}/x.db", 5, [wild])
    assert [t.status.value for t in results.trials[3:4]] == ["diverged"]
    assert len(results.trials) == 5


@pytest.mark.parametrize(
    ("cohort", "expected"),
    [(8, [[0], [1, 2], [3, 4], [5], [6, 7]]), (1, [[0], [1, 2], *([n] for n in range(3, 8))])],
)
def test_candidates_of_the_prior_form_cohorts_by_their_architecture(tmp_path, cohort, expected):
    alike = replace(EARLIER[0], choices={**EARLIER[0].choices, "lr": 0.02})
    run(write_toy(tmp_path), f"{tmp_path}/x.db", 8, [EARLIER[0], alike, EARLIER[1]], cohort=cohort)
    assert cohorts_of(f"{tmp_path}/x.db") == expected


@pytest.mark.parametrize("after", [4, 6, 8])  # within the prior's cohort, and after it
def test_a_run_that_was_cut_off_with_a_prior_equals_one_that_was_not(tmp_path, after):
    path, url = write_toy(tmp_path), f"{tmp_path}/cut.db"
    whole = run(path, f"{tmp_path}/whole.db", 10, EARLIER, "random", 4)
    with pytest.raises(PowerCutError):
        run(path, url, 10, EARLIER, "random", 4, lambda loaded: Cut(inline(loaded), after))
    assert essence(run(path, url, 10, EARLIER, "random", 4)) == essence(whole)


# --- an earlier study's database ---------------------------------------------------------------


def keep(url, name, results):
    """Writes results as a study of that name."""
    database = open_database(url, create=True)
    try:
        database.make_tables()
        store = StudyStore.start(database, replace(results.study, name=name))
        store.save_trials([(trial, Outcome(trial.status)) for trial in results.trials])
    finally:
        database.engine.dispose()


def test_a_database_gives_a_few_of_its_front_but_no_baselines(tmp_path, toy):
    url, results = f"{tmp_path}/earlier.db", make_results(trials=60)
    keep(url, "earlier", results)
    members = {t.number: t.candidate for t in front(results) if not t.is_baseline}
    given = from_database(url, f"{tmp_path}/x.db")(toy.name)
    assert len(given) == MOST < len(members)
    assert all(candidate in members.values() for candidate in given)


def test_what_is_taken_of_a_front_adds_more_than_any_other_at_each_step():
    results = make_results(trials=60)
    baselines = [t for t in results.trials if t.is_baseline]
    others = [t for t in front(results) if not t.is_baseline]
    found = select_subset(Analysis(results))
    for count, chosen in enumerate(found):
        known = [*baselines, *found[:count]]
        worth = hypervolume_of([*known, chosen], results.study)
        assert all(worth >= hypervolume_of([*known, other], results.study) for other in others)


def test_an_earlier_study_without_a_front_gives_nothing(tmp_path, toy):
    keep(f"{tmp_path}/x.db", "earlier", replace(make_results(), trials=()))
    assert from_database(f"{tmp_path}/x.db", "y.db")(toy.name) == []


def test_only_one_study_can_be_meant_and_not_the_new_one(tmp_path, toy):
    url, elsewhere = f"{tmp_path}/x.db", f"{tmp_path}/y.db"
    keep(url, toy.name, make_results())
    assert from_database(url, elsewhere)(toy.name)
    with pytest.raises(StorageError, match="holds none"):
        from_database(url, f"sqlite:///{url}")(toy.name)
    for name in ("a", "a--equal-weights"):
        keep(url, name, make_results())
    assert from_database(url, url)(toy.name)
    keep(url, "b", make_results())
    with pytest.raises(StorageError, match=r"holds a, b: give a weights\.json"):
        from_database(url, url)(toy.name)
    with pytest.raises(StorageError, match=r"^--prior: .* there is no file"):
        from_database(f"{tmp_path}/gone.db", url)(toy.name)
