"""Objectives and watched metrics of many members at once."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

import torch

from jrtune.spec import Resource
from jrtune.train.loop.problem import Problem
from jrtune.train.vmapped.vmap_or_loop import Tensors, VmapOrLoop

_MEASURING = threading.Lock()  # a metric may be an object that counts


class Metrics:
    """The study's metrics of every member's outputs; resources, which depend on the model, are passed in.

    Args:
        problem: the study's.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.functions = {
            name: VmapOrLoop(measure)
            for name, measure in problem.study.measures.items()
            if not isinstance(measure, Resource)
        }

    def __call__(
        self, outputs: Tensors, split: str, resources: Sequence[Mapping[str, float]]
    ) -> list[dict[str, float]]:
        """Name -> value of each member, objectives, then watched metrics, in the study's order.

        Args:
            outputs: name -> K x n x ..., of the whole split.
            split: its name.
            resources: name -> value, of each of the K members' models.
        """
        batch, device = self.problem.splits[split].tensors, self.problem.device
        with _MEASURING:
            found = [
                function(outputs, batch, in_dims=(0, None)).to(device, torch.float64)
                for function in self.functions.values()
            ]
        table = torch.stack(found, dim=1).tolist() if found else [[]] * len(resources)
        return [
            self._ordered({**dict(zip(self.functions, row, strict=True)), **resource})
            for row, resource in zip(table, resources, strict=True)
        ]

    def _ordered(self, values: Mapping[str, float]) -> dict[str, float]:
        return {name: values[name] for name in self.problem.study.measures}
