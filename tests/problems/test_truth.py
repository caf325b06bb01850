"""The problems of known truth: their truth against fine fronts, and training against their truth."""

from pathlib import Path

import concave
import convex
import moocore
import numpy as np
import pytest
import torch
import truth
from toy import inline

from jrtune.analysis.front import front
from jrtune.data import check_splits, fingerprint
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.spec import Candidate, Job, TrialStatus
from jrtune.spec.study_file import load_study
from jrtune.train import CohortTrainer, prepare
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import pick_device

SHARE = 0.97
"""Of the true hypervolume that 40 trials must reach; 40 points of the front that lie best reach 0.980."""

# --- truth -----------------------------------------------------------------------------------


def grid(terms, steps):
    """Weightings on a grid, n x T."""
    cells = np.indices([steps + 1] * terms).reshape(terms, -1).T
    return cells[cells.sum(axis=1) == steps] / steps


@pytest.mark.parametrize("worst", [1.0, 1.1, 2.0])
def test_the_concave_hypervolume_is_that_of_a_fine_front(worst):
    fine = moocore.hypervolume(truth.concave_front(5001), ref=[worst] * 2)
    assert fine < truth.concave_hypervolume(worst) < fine * 1.001


def test_the_concave_front_is_where_the_losses_say():
    batch = concave.load()["val"]
    ends = torch.full((concave.DIMENSION,), concave.DIMENSION**-0.5)
    for values, u in zip(truth.concave_front(5), (1, 0.75, 0.5, 0.25, 0), strict=True):
        outputs = {"x": ((2 * u - 1) * ends)[None]}
        found = [loss(outputs, batch).item() for loss in concave.study.losses.values()]
        assert found == pytest.approx(values.tolist(), abs=1e-6)


def test_a_reference_point_before_the_ends_is_refused():
    with pytest.raises(ValueError, match=r"must not lie before the front's ends at 0\.98"):
        truth.concave_hypervolume(0.9)


@pytest.mark.parametrize(("terms", "steps", "gap"), [(2, 2000, 0.001), (3, 60, 0.02), (4, 12, 0.2)])
def test_the_convex_hypervolume_is_that_of_a_fine_front(terms, steps, gap):
    fine = moocore.hypervolume(truth.convex_values(grid(terms, steps)), ref=[1.1] * terms)
    assert fine < truth.convex_hypervolume(terms, 1.1) < fine * (1 + gap)


def test_two_terms_by_points_are_two_terms_exactly(monkeypatch):
    points = truth.qmc.Sobol(2, seed=1).random(truth.SAMPLES) * 1.1
    by_points = truth.convex_dominates(points).mean() * 1.1**2
    assert by_points == pytest.approx(truth.convex_hypervolume(2, 1.1), abs=2e-4)


def test_a_front_dominates_itself_and_nothing_before_it():
    on_it = truth.convex_values(grid(4, 10))
    assert truth.convex_dominates(on_it + 1e-9).all()
    assert not truth.convex_dominates(on_it - 1e-6).any()


# --- training --------------------------------------------------------------------------------


def trained(study, weightings):
    """The objectives after training at these weightings, n x m."""
    terms = list(study.losses)
    jobs = [
        Job(Candidate(dict(zip(terms, w, strict=True))), seed=k, order_seed=1)
        for k, w in enumerate(weightings)
    ]
    problem = prepare(study, study.data(), torch.device("cpu"))
    ended = dict(pair for group in CohortTrainer(problem, len(jobs)).train(jobs) for pair in group)
    assert {outcome.status for outcome in ended.values()} == {TrialStatus.COMPLETE}
    return np.array([list(ended[k].values.values()) for k in range(len(jobs))])


@pytest.mark.parametrize("terms", [2, 3, 5])
def test_a_training_of_the_convex_problem_ends_at_its_minimiser(terms):
    weightings = [
        *np.eye(terms),
        np.full(terms, 1 / terms),
        np.arange(1, terms + 1) / (terms * (terms + 1) / 2),
    ]
    found = trained(convex.make_study(terms), weightings)
    assert found == pytest.approx(truth.convex_values(np.array(weightings)), abs=2e-3)


def test_a_chebyshev_training_of_the_concave_problem_ends_where_its_ray_meets_the_front():
    shares = [0.0, 0.05, 0.2, 0.5, 0.7, 0.9, 1.0]
    found = trained(concave.make_study("chebyshev"), [(w, 1 - w) for w in shares])
    fine = truth.concave_front(100_001)
    expected = [fine[(fine * [w, 1 - w]).max(axis=1).argmin()] for w in shares]
    assert found == pytest.approx(np.array(expected), abs=5e-3)


# --- a whole study ---------------------------------------------------------------------------


def test_they_are_study_files():
    for module in (concave, convex):
        study = load_study(Path(module.__file__))
        assert study.name in ("concave", "convex-2")
        check_splits(study.data(), study.missing)


def share_found(study, folder, trials=40):
    """Share of the concave front's true hypervolume that a search finds, every trial trained to the end."""
    data = study.data()
    path = Path(concave.__file__)
    loaded = Loaded(study, study.name, path, {}, data, fingerprint(data), pick_device("cpu"))
    with held(loaded, f"{folder}/x.db", 0) as session, Progress(quiet=True) as progress:
        budget = Budget(trials, "tpe", cohort=8, rungs=False)
        results = tune(session, Dispatcher(inline(loaded), Saved(None)), budget, Stop(), progress)
    assert results.study.reference == dict.fromkeys(study.objectives, concave.WORST)
    found = np.array([list(trial.values.values()) for trial in front(results)])
    volume = moocore.hypervolume(found, ref=[concave.WORST] * 2)
    return volume / truth.concave_hypervolume(concave.WORST)


@pytest.mark.slow
@pytest.mark.parametrize("scalarisation", ["chebyshev", "smooth-chebyshev"])
def test_a_search_by_chebyshev_finds_the_concave_front(scalarisation, tmp_path):
    assert share_found(concave.make_study(scalarisation), tmp_path) >= SHARE


@pytest.mark.slow
def test_a_search_by_weighted_sums_finds_little_more_than_its_ends(tmp_path):
    ends = moocore.hypervolume(truth.concave_front(2), ref=[concave.WORST] * 2)
    share = share_found(concave.make_study("sum"), tmp_path)
    assert 0 < share - ends / truth.concave_hypervolume(concave.WORST) < 0.03
