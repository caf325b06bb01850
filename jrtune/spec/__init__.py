"""The contract that studies, search and trainers share; they import this and never each other.

A :class:`Study` says what is learnt together. The space entries say what may vary. A
:class:`Candidate` is one point of the space, an :class:`Outcome` what training it gave.
Nothing here imports torch: listing a front must not wait for it.
"""

from typing import TYPE_CHECKING

from jrtune.spec.candidate import EQUAL, SINGLE, Candidate, Job, Outcome, TrialStatus
from jrtune.spec.checks import MOST_EPOCHS, NAME
from jrtune.spec.entries import Entry, SimplexEntry, choice, integer, number, simplex
from jrtune.spec.epoch_record import EpochRecord
from jrtune.spec.objectives import Objective, Resource, maximize, minimize
from jrtune.spec.study import Study, choices_for
from jrtune.spec.study_spec import ObjectiveSpec, StudySpec
from jrtune.spec.training import SCALARISATIONS, TRAINING_NAMES, Training, program_choices
from jrtune.spec.types import Value

if TYPE_CHECKING:
    from jrtune.spec.types import Batch as Batch
    from jrtune.spec.types import LossTerm as LossTerm
    from jrtune.spec.types import Metric as Metric
    from jrtune.spec.types import Outputs as Outputs

__all__ = [
    "EQUAL",
    "MOST_EPOCHS",
    "NAME",
    "SCALARISATIONS",
    "SINGLE",
    "TRAINING_NAMES",
    "Candidate",
    "Entry",
    "EpochRecord",
    "Job",
    "Objective",
    "ObjectiveSpec",
    "Outcome",
    "Resource",
    "SimplexEntry",
    "Study",
    "StudySpec",
    "Training",
    "TrialStatus",
    "Value",
    "choice",
    "choices_for",
    "integer",
    "maximize",
    "minimize",
    "number",
    "program_choices",
    "simplex",
]
