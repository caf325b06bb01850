"""Sources of problems, from which a worker in another process makes its study and data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from jrtune.spec import Study, Value
from jrtune.spec.study_file import configured
from jrtune.train.executors.shared_data import SharedData
from jrtune.train.loop.problem import Problem, prepare


@dataclass(frozen=True)
class StudySource:
    """A study as data that can be sent to another process.

    Attributes:
        path: the study's file.
        options: what its data take, by name.
        name, epochs: of the study, as it runs.
        dtype: of parameters and of floating-point data.
        data: its splits; None loads them anew.
    """

    path: Path
    options: Mapping[str, Value]
    name: str
    epochs: int
    dtype: torch.dtype = torch.float32
    data: SharedData | None = None

    def load(
        self,
        device: str,
        data: Mapping[str, Mapping[str, Tensor]] | None = None,
        declared: Study | None = None,
    ) -> Problem:
        """The problem, its data not checked again.

        Args:
            device: where to train, as torch names it.
            data: its splits; None takes the source's.
            declared: the study of the file with these options; None reads the file.

        Raises:
            StudyError: where the file or the options cannot be used.
        """
        declared = declared or configured(self.path, self.options)[0]
        study = replace(declared, name=self.name, epochs=self.epochs)
        if data is None and self.data is not None:
            data = self.data.open()
        return prepare(study, study.data() if data is None else data, torch.device(device), self.dtype)
