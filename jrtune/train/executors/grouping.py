"""Groups of candidates that can be trained as one program."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Sequence

import torch

from jrtune.spec import TRAINING_NAMES, Job
from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.member import Member, Randomness, make_member, metrics_draw, randomness_of
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.group import Group
from jrtune.train.vmapped.signature import signature


class Grouping:
    """Sorts jobs into groups; builds each architecture once to see what it is.

    Args:
        problem: the study's.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.known: dict[Hashable, tuple[str, Randomness]] = {}

    def group_of(self, job: Job) -> Group:
        """The job's group. Draws from torch's generator."""
        candidate = job.candidate
        training = self.problem.study.training.vary(candidate.choices)
        others = TRAINING_NAMES - {"batch_size"}
        built_from = {name: value for name, value in candidate.choices.items() if name not in others}
        known_by = (json.dumps(built_from, sort_keys=True), candidate.balancing)
        if known_by not in self.known:
            member = make_member(self.problem, job)
            digest = hashlib.sha256(signature(member.model).encode()).hexdigest()
            self.known[known_by] = digest, self._randomness_of(member)
        architecture, randomness = self.known[known_by]
        fixed = candidate.balancing == "fixed"
        return Group(
            architecture,
            training.batch_size,
            training.optimizer,
            candidate.balancing,
            training.scalarisation if fixed else "sum",
            randomness,
        )

    def _randomness_of(self, member: Member) -> Randomness:
        try:
            found = randomness_of(self.problem, member)
            return Randomness.FOREIGN if metrics_draw(self.problem, member) else found
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            return Randomness.UNKNOWN

    def groups_of(self, jobs: Sequence[Job]) -> dict[Group, list[int]]:
        """Group -> the indices of its jobs, in their order."""
        groups: dict[Group, list[int]] = {}
        with torch.random.fork_rng(devices=[]):
            for index, job in enumerate(jobs):
                groups.setdefault(self.group_of(job), []).append(index)
        return groups
