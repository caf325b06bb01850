"""A whole study against a front that is known exactly."""

import pytest
from oracle import GAP, oracle_study, true_hypervolume, true_values
from toy import inline

from jrtune.analysis.front import front, hypervolume_of
from jrtune.data import fingerprint
from jrtune.search.run.progress import Progress
from jrtune.search.run.run_config import Budget
from jrtune.search.run.session import Loaded, held
from jrtune.search.run.signals import Stop
from jrtune.search.run.tune import tune
from jrtune.train.executors.dispatcher import Dispatcher
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.device import pick_device


def test_a_study_finds_the_true_front(tmp_path):
    study = oracle_study()
    data = study.data()
    loaded = Loaded(study, study.name, named(tmp_path), {}, data, fingerprint(data), pick_device("cpu"))
    with held(loaded, f"{tmp_path}/x.db", 0) as session, Progress(quiet=True) as progress:
        dispatcher = Dispatcher(inline(loaded), Saved(None))
        results = tune(session, dispatcher, Budget(13, "qmc", cohort=1), Stop(), progress)
    for trial in results.trials:
        expected = true_values(trial.candidate.weights["f1"])
        assert tuple(trial.values.values()) == pytest.approx(expected, abs=1e-3)
    assert results.study.reference == {"f1": GAP, "f2": GAP}
    # every weighting of a convex front is on it
    assert len(front(results)) == 13
    share = hypervolume_of(results.trials, results.study) / true_hypervolume((GAP, GAP))
    assert 0.9 < share < 1


def named(folder):
    """A file to name as the study's."""
    path = folder / "oracle.py"
    path.touch()
    return path
