"""A search that watches figures is, to the last digit, the one that does not, and shows them."""

from dataclasses import replace

import optuna
import pytest
from toy import run_toy, write_toy

from jrtune.analysis.analysis import Analysis
from jrtune.analysis.front import front
from jrtune.search.run.run_config import Budget

WATCHED = """    watched={"share": lambda o, b: o["y"].abs().mean() / (o["y"].abs() + o["z"].abs()).mean(),
             "unknown": lambda o, b: float("nan")},
    epochs=2,
"""


def searched(folder, watch):
    folder.mkdir()
    path = write_toy(folder, bound=", at_most=2.0")
    if watch:
        path.write_text(path.read_text().replace("    epochs=2,\n", WATCHED))
    return run_toy(path, f"{folder}/x.db", Budget(7), seeds=2)


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The results without and with watched figures, and where the second lie."""
    folder = tmp_path_factory.mktemp("watched")
    return [searched(folder / str(watch), watch) for watch in (False, True)], folder / "True" / "x.db"


def essential(figures):
    return {name: figure for name, figure in figures.items() if name != "share"}


def test_trials_front_and_reference_are_the_same(both):
    (bare, watched), _ = both
    for one, other in zip(bare.trials, watched.trials, strict=True):
        expected = replace(one, seconds=0, finished="")
        assert replace(other, seconds=0, finished="", values=essential(other.values)) == expected
    assert watched.study.reference == bare.study.reference
    assert [t.number for t in front(watched)] == [t.number for t in front(bare)]
    assert all(0 < t.values["share"] < 1 for t in front(watched))


def test_the_summary_is_the_same_and_has_an_interval_of_it(both):
    bare, watched = (Analysis(results).summary for results in both[0])
    assert (watched.verdicts, watched.hypervolume) == (bare.verdicts, bare.hypervolume)
    assert watched.best_single == bare.best_single
    for one, other in zip(bare.members, watched.members, strict=True):
        assert replace(other, test=essential(other.test)) == one
        share = other.test["share"]
        assert share.seeds == 2
        assert share.low < share.mean < share.high


def test_optuna_is_told_the_objectives_alone(both):
    study = optuna.load_study(study_name="toy", storage=f"sqlite:///{both[1]}")
    assert len(study.directions) == 2
    assert study.metric_names == ["error_y", "error_z"]
    for trial in study.get_trials(states=(optuna.trial.TrialState.COMPLETE,)):
        assert len(trial.values) == 2
