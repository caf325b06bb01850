"""Which candidates can be trained as one program."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import torch

from jrtune.spec import TRAINING_NAMES, Job
from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.member import Member, Randomness, make_member, metrics_draw, randomness_of
from jrtune.train.loop.problem import Problem
from jrtune.train.vmapped.signature import signature


@dataclass(frozen=True)
class Group:
    """What the members of a cohort have in common.

    Attributes:
        architecture: digest of the signature (:mod:`jrtune.train.vmapped.signature`).
        batch_size, optimizer, balancing: those of every member.
        scalarisation: that of every member; "sum" of an adaptive method, which does not use it.
        randomness: whether and how a step draws random numbers.
    """

    architecture: str
    batch_size: int
    optimizer: str
    balancing: str
    scalarisation: str
    randomness: Randomness


ALONE = {
    Randomness.FOREIGN: "it draws random numbers by a function that cannot give each member its own",
    Randomness.UNKNOWN: "memory does not take a step of one",
}
"""Randomness of what is trained alone -> why."""

FEWEST = 3
"""Members of a cohort that is halved: less is hardly faster than one by one."""

EFFICIENT = 6
"""Members from which a stack costs hardly more a member: 1.2 times what one of 32 does on the digits study,
while 3 members cost 1.8 and 1 costs 3.6 times as much."""


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


def parts_of(groups: Sequence[Sequence[int]], size: int, workers: int) -> list[list[int]]:
    """The groups cut into cohorts of at most ``size``, of even sizes, the longest first.

    A group large enough is cut for every worker: what a member costs differs between groups, and so would
    what the workers have to do. Where there are fewer cohorts than workers, the largest are halved, down
    to 3 members: a worker without one would idle.

    >>> parts_of([range(5), range(5, 8)], 4, 1)
    [[0, 1, 2], [5, 6, 7], [3, 4]]
    >>> parts_of([range(6)], 8, 2)
    [[0, 1, 2], [3, 4, 5]]
    """
    parts = [part for group in groups for part in _even(list(group), _cuts(len(group), size, workers))]
    while len(parts) < workers and len(largest := max(parts, key=len, default=[])) >= 2 * FEWEST:
        place = parts.index(largest)
        parts[place : place + 1] = _even(largest, 2)
    return sorted(parts, key=len, reverse=True)


def _cuts(members: int, size: int, workers: int) -> int:
    needed = -(-members // size)
    shared = -(-needed // workers) * workers
    return shared if members >= shared * EFFICIENT else needed


def _even(items: list[int], count: int) -> list[list[int]]:
    edges = [round(i * len(items) / count) for i in range(count + 1)]
    return [items[a:b] for a, b in itertools.pairwise(edges)]
