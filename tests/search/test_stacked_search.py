"""Searches with the trainer of cohorts, through the command line."""

import json

import pytest
from toy import write_toy

from jrtune.cli import main
from jrtune.search.run.run_config import RunConfig
from jrtune.search.run.session import held, load
from jrtune.spec import Job
from jrtune.spec.seeds import derive
from jrtune.train import PlainTrainer, prepare

INLINE = ["--engine", "inline", "--workers", "1"]

pytestmark = pytest.mark.usefixtures("two_threads")


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_toy(tmp_path)


def tuned(capsys, *words):
    """The front as JSON, and the lines of progress; what rungs drop would depend on the cohort's size."""
    assert main(["tune", "toy.py", "--sampler", "random", "--no-rungs", "--json", *INLINE, *words]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err.splitlines()


def test_a_cohort_finds_what_one_by_one_finds(study, capsys):
    together, lines = tuned(capsys, "--trials", "12", "--storage", "together.db", "--cohort", "12")
    _, lines_alone = tuned(capsys, "--trials", "12", "--storage", "alone.db", "--cohort", "1")
    assert len(lines) < len(lines_alone) == 12
    loaded = load(RunConfig(study, [], "together.db", device="cpu"))
    plain = PlainTrainer(prepare(loaded.study, loaded.data, loaded.device))
    with held(loaded, "together.db", 0) as session:
        trials = {trial.number: trial for trial in session.store.results().trials}
    for row in together["front"]:
        trial = trials[row["trial"]]
        job = Job(trial.candidate, derive(0, trial.number, "train"), order_seed=0)
        [[(_, alone)]] = plain.train([job])
        assert dict(trial.values) == pytest.approx(alone.values, rel=1e-4)


def test_what_cannot_be_stacked_is_said_in_a_line_and_trained_one_by_one(study, capsys):
    text = study.read_text()
    # what a forward pass asks a tensor for can be one number only, not one for each member
    asking = "if self.trunk.weight.sum().item() > 99: return {}\n        out = self.heads("
    study.write_text(
        text.replace("out = self.heads(", asking).replace("jr.integer(1, 3)", "jr.integer(1, 2)")
    )
    _, lines = tuned(capsys, "--trials", "9", "--seeds", "2", "--finish")
    logged = [line for line in lines if "cannot be stacked" in line]
    assert sum(line.startswith("trial ") for line in lines) == 9
    assert len(logged) == 1
