"""What the methods of a comparison cost, beside a study that has more trials than were asked for."""

from toy import run_toy, write_toy

from jrtune.analysis.comparison import SINGLE_TASK
from jrtune.analysis.members import TUNED
from jrtune.search.run import compare as comparing
from jrtune.search.run.run_config import Budget, RunConfig, WorkerConfig
from jrtune.search.run.session import load
from jrtune.search.run.signals import Stop


def test_every_method_gets_as_many_trainings_as_the_tuned_weights_have_had(tmp_path, monkeypatch):
    path, url = write_toy(tmp_path), f"{tmp_path}/x.db"
    run_toy(path, url, Budget(6, "random", rungs=False))
    weighted = [m for m in comparing.methods(load(RunConfig(path, [], url, device="cpu")).study)][:3]
    monkeypatch.setattr(comparing, "methods", lambda study: iter(weighted))  # without the adaptive ones
    config, inline = RunConfig(path, [], url, device="cpu"), WorkerConfig("inline", workers=1)
    rows = comparing.compare(load(config), config, inline, Budget(4, "random", 1, rungs=False), 1, Stop())
    assert {row.method: row.trainings for row in rows} == {TUNED: 6, "equal weights": 6, SINGLE_TASK: 6}
