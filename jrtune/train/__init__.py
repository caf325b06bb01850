"""Training candidates: the loop, one candidate at a time. It knows no Optuna and no study by name."""

from jrtune.train.plain import PlainTrainer
from jrtune.train.problem import Problem, prepare
from jrtune.train.trainer import Trainer

__all__ = ["PlainTrainer", "Problem", "Trainer", "prepare"]
