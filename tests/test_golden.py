"""First losses of each study, changed only on purpose.

The tolerance of 1e-3 leaves room for other versions of torch and other processors, which differ from
the sixth digit on, and none for another initialisation, order of minibatches, loss or optimiser.
After a change on purpose: run this file, and put in the figures that its failures show.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from jrtune.spec import Candidate, Job
from jrtune.studyfile import load_study
from jrtune.train import PlainTrainer, prepare

STUDIES = Path(__file__).parent.parent / "studies"
GOLDEN = {
    "few_shot.py": [{"one": 1.54667, "five": 1.54549}, {"one": 1.14949, "five": 1.09454}],
    "image_edges.py": [{"digit": 2.31163, "edge": 0.726930}, {"digit": 2.29434, "edge": 0.668107}],
    "objectives.py": [{"f1": 0.496257, "f2": 3.58165}, {"f1": 0.987446, "f2": 0.281986}],
    "overlaid_images.py": [{"left": 2.31384, "right": 2.3529}, {"left": 2.22442, "right": 2.23927}],
}
"""Study file -> validation losses of the untrained model and after one epoch, at equal weights."""


def first_losses(path: Path) -> list[dict[str, float]]:
    """Validation losses before and after a training of one epoch with the study's defaults."""
    study = replace(load_study(path), epochs=1)
    problem = prepare(study, study.data(), torch.device("cpu"))
    choices = {name: entry.default for name, entry in study.space.items() if not entry.when}
    weights = {term: 1 / len(study.losses) for term in study.losses}
    [[(_, outcome)]] = PlainTrainer(problem).train([Job(Candidate(weights, choices), seed=0, order_seed=0)])
    return [row["val"] for row in outcome.curve]


def test_every_study_has_its_golden_losses():
    assert {path.name for path in STUDIES.glob("*.py")} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_first_losses_of_a_study_have_not_changed(name):
    for epoch, (now, golden) in enumerate(zip(first_losses(STUDIES / name), GOLDEN[name], strict=True)):
        assert now == pytest.approx(golden, rel=1e-3), f"epoch {epoch}"
