"""A trial's network once more: it is the one that was measured, and what stands in the way is named."""

from dataclasses import replace

import pytest
import torch
from toy import run_toy, write_toy

from jrtune.cli import main
from jrtune.errors import InputError, StudyError
from jrtune.export.bundle import load_bundle
from jrtune.search.run.load_network import load_network
from jrtune.search.run.run_config import Budget
from jrtune.store.database import open_database
from jrtune.store.study_store import StudyStore


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rebuild")
    path, url = write_toy(folder), str(folder / "x.db")
    results = run_toy(path, url, Budget(4, "random"))
    database = open_database(url, create=False)
    yield path, url, results, StudyStore(database, "toy")
    database.engine.dispose()


def test_it_is_the_network_that_was_measured(searched):
    _, _, results, store = searched
    trial = results.trials[0]
    model, batch = load_network(results.study, trial, store.model(0))
    with torch.no_grad():
        error = (model(batch)["y"] - batch["y"]).abs().mean().item()
    assert not model.training
    assert error == pytest.approx(trial.values["error_y"], rel=1e-5)  # 30 samples: all of validation


def test_the_gradients_at_the_start_are_kept_with_the_trial(searched):
    _, _, _, store = searched
    assert set(store.gradient_scale(0)) == {"y", "z"}
    assert all(norm > 0 for norm in store.gradient_scale(0).values())
    assert store.gradient_scale(99) == {}


def test_what_stands_in_the_way_is_named(searched, tmp_path):
    path, _, results, store = searched
    study, trial, stored = results.study, results.trials[0], store.model(0)
    with pytest.raises(InputError, match="expected the parameters of trial 0, got none"):
        load_network(study, trial, None)
    with pytest.raises(StudyError, match="which is gone: put it back"):
        load_network(replace(study, path=str(tmp_path / "toy.py")), trial, stored)
    (tmp_path / "toy.py").write_text(path.read_text() + "\n")
    with pytest.raises(StudyError, match="as the study was last run with, got a changed file"):
        load_network(replace(study, path=str(tmp_path / "toy.py")), trial, stored)
    wider = replace(trial.candidate, choices={**trial.candidate.choices, "width": 3})
    with pytest.raises(
        StudyError, match=r"expected 'heads\.weight' of shape .* the study builds another network"
    ):
        load_network(study, replace(trial, candidate=wider), stored)


def test_the_command_line_exports_it_and_the_weights_say_how_strongly_terms_pull(searched, tmp_path):
    _, url, _, store = searched
    assert main(["export", "--trial", "0", "--pt2", "--out", str(tmp_path / "b"), "--storage", url]) == 0
    weights, _, _ = load_bundle(tmp_path / "b")
    assert weights.gradient_scale == store.gradient_scale(0)
    assert sum(weights.gradient_shares.values()) == pytest.approx(1)
    extra = {"weights.json": ""}
    torch.export.load(tmp_path / "b" / "model.pt2", extra_files=extra)
    text = extra["weights.json"]
    assert (text if isinstance(text, bytes) else text.encode()) == (
        tmp_path / "b" / "weights.json"
    ).read_bytes()
    assert "torch.export.load" in (tmp_path / "b" / "README.md").read_text()
