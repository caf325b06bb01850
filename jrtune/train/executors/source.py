"""Sources of problems, from which a worker in another process loads its study and data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from jrtune.spec import Value
from jrtune.spec.study_file import configured
from jrtune.train.loop.problem import Problem, prepare


@dataclass(frozen=True)
class StudySource:
    """A study as data that can be sent to another process.

    Attributes:
        path: the study's file.
        options: what its data take, by name.
        name, epochs: of the study, as it runs.
        device: where to train, as torch names it.
        dtype: of parameters and of floating-point data.
    """

    path: Path
    options: Mapping[str, Value]
    name: str
    epochs: int
    device: str
    dtype: torch.dtype = torch.float32

    def load(self) -> Problem:
        """The problem, its data not checked again.

        Raises:
            StudyError: where the file or the options cannot be used.
        """
        declared, _ = configured(self.path, self.options)
        study = replace(declared, name=self.name, epochs=self.epochs)
        return prepare(study, study.data(), torch.device(self.device), self.dtype)
