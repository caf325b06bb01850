"""Training candidates, one by one or many as one program. It knows no Optuna and no study by name."""

from jrtune.train.plain import PlainTrainer
from jrtune.train.problem import Problem, prepare
from jrtune.train.stacked.trainer import CohortTrainer
from jrtune.train.trainer import Trainer

__all__ = ["CohortTrainer", "PlainTrainer", "Problem", "Trainer", "prepare"]
