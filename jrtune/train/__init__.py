"""Training candidates, one by one or many as one program. It knows no Optuna and no study by name."""

from jrtune.train.executors.trainer import CohortTrainer
from jrtune.train.loop.plain import PlainTrainer
from jrtune.train.loop.problem import Problem, prepare
from jrtune.train.loop.trainer import Trainer

__all__ = ["CohortTrainer", "PlainTrainer", "Problem", "Trainer", "prepare"]
