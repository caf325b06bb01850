"""First losses of each study, changed only on purpose.

The tolerance of 1e-3 leaves room for other versions of torch and other processors, which differ from
the sixth digit on, and none for another initialisation, order of minibatches, loss or optimizer.
After a change on purpose: put in the losses that the failures show.
"""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from jrtune.spec import Candidate, Job
from jrtune.spec.study_file import load_study
from jrtune.train import PlainTrainer, prepare

STUDIES = Path(__file__).parent.parent / "studies"
GOLDEN = {
    "anomaly.py": [
        {"first": 1.01405, "second": 1.00833, "agreement": 4.92435},
        {"first": 0.908898, "second": 0.950557, "agreement": 4.79962},
    ],
    "city.py": [
        {"traffic": 0.345024, "environment": 0.53019, "energy": 0.678187},
        {"traffic": 0.335839, "environment": 0.429012, "energy": 0.515481},
    ],
    "fault_transfer.py": [
        {"source": 1.39147, "target": 1.38938, "alignment": 0.695276},
        {"source": 1.38824, "target": 1.38895, "alignment": 0.693595},
    ],
    "few_shot.py": [{"one": 1.55019, "five": 1.54856}, {"one": 1.24123, "five": 1.20205}],
    "generation.py": [
        {"image": 3.64483, "text": 0.876605, "latent": 6.25898},
        {"image": 1.07448, "text": 0.6248, "latent": 5.7375},
    ],
    "image_edges.py": [{"digit": 2.31163, "edge": 0.726930}, {"digit": 2.29434, "edge": 0.668107}],
    "medical_fusion.py": [
        {"image": 0.666764, "report": 0.800784, "profile": 0.685887, "diagnosis": 0.723109},
        {"image": 0.681331, "report": 0.69737, "profile": 0.651324, "diagnosis": 0.665009},
    ],
    "modal_transfer.py": [
        {"teacher": 2.32141, "student": 2.33816, "transfer": 9.20679},
        {"teacher": 2.2094, "student": 2.32707, "transfer": 9.2184},
    ],
    "image_text.py": [
        {"image": 2.30741, "text": 2.36897, "alignment": 6.04489},
        {"image": 2.30192, "text": 2.28173, "alignment": 5.89065},
    ],
    "objectives.py": [{"f1": 0.496257, "f2": 3.58165}, {"f1": 0.987446, "f2": 0.281986}],
    "overlaid_images.py": [{"left": 2.31384, "right": 2.3529}, {"left": 2.22442, "right": 2.23927}],
    "recommender.py": [
        {"interest": 0.723135, "click": 0.776237, "purchase": 0.515813},
        {"interest": 0.682817, "click": 0.618698, "purchase": 0.427546},
    ],
    "related_targets.py": [
        {"a1": 1.30821, "a2": 0.877065, "b1": 1.1524, "b2": 1.06436, "relation": 0.318448},
        {"a1": 1.11477, "a2": 0.731377, "b1": 0.964284, "b2": 0.903496, "relation": 0.244697},
    ],
    "retrieval.py": [
        {"image_to_text": 6.09871, "text_to_image": 5.88105},
        {"image_to_text": 5.85264, "text_to_image": 5.84298},
    ],
    "speech_text_sentiment.py": [
        {"speech": 2.16658, "text": 1.11128, "fused": 2.17831},
        {"speech": 1.53405, "text": 1.09233, "fused": 1.64482},
    ],
}
"""Study file -> validation losses of the untrained model and after one epoch, at equal weights."""


def first_losses(path: Path) -> list[dict[str, float]]:
    """Validation losses before and after a training of one epoch with the study's defaults."""
    study = replace(load_study(path), epochs=1)
    problem = prepare(study, study.data(), torch.device("cpu"))
    choices = {name: entry.default for name, entry in study.space.items() if not entry.when}
    weights = {term: 1 / len(study.losses) for term in study.losses}
    [[(_, outcome)]] = PlainTrainer(problem).train([Job(Candidate(weights, choices), seed=0, order_seed=0)])
    return [row.val for row in outcome.curve]


def test_every_study_has_its_golden_losses():
    assert {path.name for path in STUDIES.glob("*.py")} == set(GOLDEN)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_first_losses_of_a_study_have_not_changed(name):
    found = first_losses(STUDIES / name)
    same = len(found) == len(GOLDEN[name]) and all(
        now == pytest.approx(golden, rel=1e-3) for now, golden in zip(found, GOLDEN[name], strict=True)
    )
    shown = [{term: float(f"{loss:.6g}") for term, loss in epoch.items()} for epoch in found]
    assert same, f"found {shown}"
