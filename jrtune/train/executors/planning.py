"""Plans: the jobs that form a program or a cohort; nothing is trained here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from jrtune.spec import Job, Outcome
from jrtune.train.loop.member import Randomness
from jrtune.train.loop.plain import PlainProgram
from jrtune.train.loop.problem import Problem
from jrtune.train.loop.program import Program
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

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

LONGEST = 200
"""Characters of a reason: torch's go on for paragraphs."""


@dataclass(frozen=True)
class CohortSpec:
    """A program before it is built.

    Attributes:
        indices: of its jobs among all that are trained.
        jobs: in the order of its members.
        group: that of all of them; None where a job is trained alone.
    """

    indices: tuple[int, ...]
    jobs: tuple[Job, ...]
    group: Group | None

    def build(self, problem: Problem) -> Program[Outcome]:
        """The program."""
        if self.group is None:
            return PlainProgram(problem, self.jobs)
        return Cohort(problem, self.jobs, self.group)

    def members(self, indices: Collection[int]) -> list[int]:
        """Members whose jobs are among these indices."""
        return [member for member, index in enumerate(self.indices) if index in indices]

    def part(self, members: Sequence[int]) -> CohortSpec:
        """These members alone."""
        return replace(
            self,
            indices=tuple(self.indices[member] for member in members),
            jobs=tuple(self.jobs[member] for member in members),
        )

    def without(self, done: Collection[int]) -> CohortSpec:
        """The cohort without the jobs of these indices."""
        return self.part([member for member, index in enumerate(self.indices) if index not in done])

    def halves(self) -> list[CohortSpec]:
        """The cohort as two, the first of which is no smaller."""
        members = range(len(self.indices))
        half = -(-len(members) // 2)
        return [self.part(members[:half]), self.part(members[half:])]


def alone(index: int, job: Job) -> CohortSpec:
    """A job that is trained by itself, as the plain trainer does it."""
    return CohortSpec((index,), (job,), None)


class Planner:
    """Cuts groups into cohorts; remembers how large they may be, and groups that are trained one by one.

    Args:
        size: most members of a cohort; None as long as nobody has measured it.
        log: takes a line on what is not stacked, and why.
    """

    def __init__(self, size: int | None, log: Callable[[str], None]) -> None:
        self.size, self.log = size, log
        self.refused: set[Group | None] = set()
        self.logged: set[str] = set()

    def cohorts(
        self,
        jobs: Sequence[Job],
        groups: Mapping[Group, Sequence[int]],
        done: Collection[int],
    ) -> list[CohortSpec]:
        """As :func:`cohorts_of`, of what can be stacked; single jobs are left out."""
        stacked = {group: indices for group, indices in groups.items() if self.stackable(group)}
        return worthwhile(cohorts_of(jobs, stacked, self.size or 1, done))

    def stackable(self, group: Group) -> bool:
        """Returns True where jobs of the group can be trained together, as far as is known."""
        if group.randomness in ALONE:
            self.refuse(group, ALONE[group.randomness])
        return group not in self.refused

    def refuse(self, group: Group | None, reason: str) -> None:
        """Has this group trained one by one from here on."""
        if group not in self.refused:
            self.refused.add(group)
            line = f"trained one by one, because it cannot be stacked: {' '.join(reason.split())[:LONGEST]}"
            if line not in self.logged:  # by another architecture of the same study
                self.logged.add(line)
                self.log(line)

    def halve(self, spec: CohortSpec) -> list[CohortSpec]:
        """Cohorts in place of one for which memory ran out."""
        halves = spec.halves()
        half = len(halves[0].indices)
        self.size = min(self.size or half, half)
        self.log(f"memory ran out with {len(spec.indices)} together: going on with {half}")
        return worthwhile(halves)


def worthwhile(cohorts: Sequence[CohortSpec]) -> list[CohortSpec]:
    """Cohorts of more than one member; a single job is trained alone."""
    return [cohort for cohort in cohorts if len(cohort.indices) > 1]


def cohorts_of(
    jobs: Sequence[Job],
    groups: Mapping[Group, Sequence[int]],
    size: int,
    done: Collection[int] = (),
) -> list[CohortSpec]:
    """Cohorts in the order in which they are to start.

    Args:
        jobs: all.
        groups: group -> indices of its jobs.
        size: most members of a cohort.
        done: indices of jobs that count where groups are cut, but are not trained.
    """
    group_of = {index: group for group, indices in groups.items() for index in indices}
    cohorts = []
    for part in parts_of(list(groups.values()), size, workers=1):
        left = tuple(index for index in part if index not in done)
        own = tuple(jobs[index] for index in left)
        cohorts.append(CohortSpec(left, own, group_of[part[0]]))
    return cohorts


def parts_of(groups: Sequence[Sequence[int]], size: int, workers: int) -> list[list[int]]:
    """The groups cut into cohorts of at most ``size``, of even sizes, the longest first.

    A group large enough is cut for every worker: what a member costs differs between groups, and so would
    what the workers have to do. Where there are fewer cohorts than workers, the largest are halved, down
    to 3 members: a worker without one would idle.

    >>> parts_of([range(5), range(5, 8)], 4, 1)
    [[2, 3, 4], [5, 6, 7], [0, 1]]
    >>> parts_of([range(6)], 8, 2)
    [[0, 1, 2], [3, 4, 5]]
    """
    parts = [part for group in groups for part in _even(list(group), _cuts(len(group), size, workers))]
    while len(parts) < workers and len(largest := max(parts, key=len, default=[])) >= 2 * FEWEST:
        index = parts.index(largest)
        parts[index : index + 1] = _even(largest, 2)
    return sorted(parts, key=len, reverse=True)


def _cuts(members: int, size: int, workers: int) -> int:
    needed = -(-members // size)
    shared = -(-needed // workers) * workers
    return shared if members >= shared * EFFICIENT else needed


def _even(items: list[int], count: int) -> list[list[int]]:
    edges = [round(i * len(items) / count) for i in range(count + 1)]
    return [items[a:b] for a, b in itertools.pairwise(edges)]
