"""A problem of the benchmark: a study file with its options, ready in any process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from jrtune.spec import Candidate, Job, Study
from jrtune.spec.seeds import derive
from jrtune.spec.study_file import load_study, parse_options
from jrtune.train import Problem, prepare
from jrtune.train.loop.device import pick_device

TESTS = Path(__file__).parents[1]
STUDIES = {
    "digits": TESTS.parent / "studies" / "image_edges.py",
    "overlaid": TESTS.parent / "studies" / "overlaid_images.py",
    "convex": TESTS / "problems" / "convex.py",
    "concave": TESTS / "problems" / "concave.py",
}


@dataclass(frozen=True)
class Spec:
    """Which problem, on what data and device; small enough to be sent to another process.

    Attributes:
        name: one of ``STUDIES``.
        settings: ``NAME=VALUE`` options of the study's ``load``.
        device: "auto", "cpu" or "cuda".
        epochs: in place of the study's own; None leaves them.
    """

    name: str
    settings: tuple[str, ...] = ()
    device: str = "auto"
    epochs: int | None = None

    @property
    def path(self) -> Path:
        return STUDIES[self.name]

    def study(self) -> Study:
        """The study as it is trained."""
        study = load_study(self.path)
        return replace(study, epochs=self.epochs or study.epochs)

    def prepare(self) -> Problem:
        """The study with its data on the device."""
        study = self.study()
        return prepare(study, study.data(**parse_options(study, self.settings)), pick_device(self.device))


def job_of(candidate: Candidate, seed: int, number: int) -> Job:
    """The training of a run's candidate, measured on test too; seeds as jrtune derives them."""
    return Job(candidate, derive(seed, number, "train"), order_seed=seed, test=True)
