"""Dispatching: cohorts to workers, and what follows where a worker crashes, hangs or is taken away."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn, Self

from jrtune.spec import EpochRecord, Job, Outcome, TrialStatus
from jrtune.train.executors.executor import (
    CohortTask,
    Done,
    Executor,
    Lost,
    Raised,
    RemoteTraceback,
    Report,
    SizeTask,
    TaskId,
    Update,
)
from jrtune.train.executors.saved import Saved
from jrtune.train.loop.trainer import Pruner

TRIES = 2
"""Workers that may be taken from a cohort from outside, between two reports that it came further."""

PATIENCE = 30
"""Times the longest silence so far that a worker may be silent before it counts as hanging."""

LEAST_PATIENCE, FIRST_PATIENCE = 60.0, 3600.0
"""Seconds: the least, and what holds before anything is known."""

TICK = 0.5
"""Seconds between two looks at the clock."""


@dataclass(frozen=True)
class FinishedTraining:
    """A training that ended.

    Attributes:
        key: of its cohort.
        index: of its job in the cohort.
        outcome: of it.
    """

    key: str
    index: int
    outcome: Outcome


@dataclass
class _Part:
    """A cohort, or a part of one after a crash, that a worker has.

    Attributes:
        key: of the cohort.
        task: what the worker is given.
        left: indices of jobs without an outcome.
        source: name under which was saved from where it goes on; its own replaces it.
        losses: workers lost since it came further.
        started, heard: the clock when a worker began, and when it was last heard of; None before.
    """

    key: str
    task: CohortTask
    left: set[int]
    source: str
    losses: int = 0
    started: float | None = None
    heard: float | None = None

    @property
    def name(self) -> str:
        """Name under which it is saved: the cohort's own while it is whole."""
        wanted = self.task.wanted
        whole = len(wanted) == len(self.task.jobs)
        return self.key if whole else f"{self.key}.{min(wanted)}-{max(wanted)}"

    def describe(self) -> str:
        """Words for how many it is."""
        return f"{len(self.left)} candidates" if len(self.left) > 1 else "1 candidate"


@dataclass
class Dispatcher:
    """Has cohorts trained by an executor's workers, whatever becomes of the workers.

    A cohort whose worker dies goes on from where it was saved: whole where the worker may have been taken
    away from outside, else halved until the candidate that is to blame is alone, which ends as crashed. One
    that is silent for too long is ended and its candidates trained one by one; the one that hangs alone too
    ends as timed out.

    Attributes:
        executor: entered with this context.
        saved: where cohorts are saved.
        timeout: seconds in which a training must come further; None takes many times the slowest so far.
        every: seconds after which a training that comes to no rung is saved.
        log: takes a line on what went wrong, and what cannot be stacked.
    """

    executor: Executor
    saved: Saved
    timeout: float | None = None
    every: float = 300.0
    log: Callable[[str], None] = lambda line: None
    parts: dict[TaskId, _Part] = field(default_factory=dict)
    logged: set[str] = field(default_factory=set)
    slowest: float = 0.0
    fresh: list[FinishedTraining] = field(default_factory=list)
    running: bool = False
    listened: float = 0.0

    def __enter__(self) -> Self:
        """Starts no worker before one is needed."""
        self.listened = time.monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        """Ends the workers, and what they do."""
        if self.running:
            self.executor.__exit__(*error)
        self.running = False
        self.parts.clear()

    def _send(self, task: CohortTask | SizeTask) -> TaskId:
        if not self.running:
            self.executor.__enter__()
            self.running = True
        return self.executor.start(task)

    @property
    def workers(self) -> int:
        """Number of cohorts that are trained at once."""
        return self.executor.workers

    def size_of(self, job: Job) -> int:
        """Number of candidates like this one to be trained as one program, as a worker measures it.

        1 where a worker crashes or hangs over it.
        """
        answer = self._measured(SizeTask(job))
        for _ in range(TRIES):
            if isinstance(answer, Lost) and answer.outside:
                answer = self._measured(SizeTask(job))
        self.listened = time.monotonic()
        if isinstance(answer, Done):
            return answer.size
        self.log(f"a worker was lost while it tried how to train ({answer.cause}): one by one")
        return 1

    def _measured(self, question: SizeTask) -> Done | Lost:
        """The end of a measurement; reports on others are taken meanwhile."""
        task, begun = self._send(question), None
        while True:
            report = self.executor.wait(TICK)
            if report is None or report.task != task:
                self._take(report)
            elif isinstance(report, Raised):
                raise_from(report)
            elif isinstance(report, Done | Lost):
                return report
            elif isinstance(report, Update):
                self._log_once(report.line)
            else:
                begun = time.monotonic()
            if begun is not None and time.monotonic() - begun > self.patience:
                self.executor.end(task)
                return Lost(task, f"no answer in {self.patience:.0f} s", outside=False)

    def submit(
        self,
        key: str,
        jobs: Sequence[Job],
        size: int,
        done: Collection[int] = (),
        pruner: Pruner | None = None,
        curves: Mapping[int, Sequence[EpochRecord]] | None = None,
        company: Collection[int] = (),
    ) -> None:
        """Queues a cohort, which goes on from where it was saved.

        Args:
            key: a name of its own, under which it is saved.
            jobs: its members.
            size: most members of a program; 1 trains them one by one.
            done: indices of jobs that have an outcome already.
            pruner: drops jobs at its rungs; None for none.
            curves: index of a job in ``done`` -> its curve, for the pruner to judge as it did before.
            company: those of ``done`` that are to be in the programs of the others as they were before.
        """
        wanted = frozenset(range(len(jobs))) - set(done)
        task = CohortTask(
            tuple(jobs),
            wanted,
            size,
            pruner,
            every=self.every,
            company=frozenset(company),
            curves=dict(curves or {}),
        )
        self._start(_Part(key, task, set(wanted), key))

    def wait(self, seconds: float = TICK) -> list[FinishedTraining]:
        """Trainings that ended since the last call.

        Args:
            seconds: the longest wait for one, or half a second.
        """
        if not self.fresh and self.parts:
            self._forgive(time.monotonic() - self.listened)
            self._take(self.executor.wait(min(seconds, TICK)))
            self._check_clock()
        self.listened = time.monotonic()
        fresh, self.fresh = self.fresh, []
        return fresh

    def end(self, key: str) -> None:
        """Ends a cohort that is in hand: somebody else has it."""
        for task in [task for task, part in self.parts.items() if part.key == key]:
            self.executor.end(task)
            del self.parts[task]
        self.fresh = [one for one in self.fresh if one.key != key]
        self.saved.remove(key)

    def clear(self) -> None:
        """Ends all that is in hand; it can be submitted again, and goes on from where it was saved."""
        for task in list(self.parts):
            self.executor.end(task)
        self.parts.clear()
        self.fresh.clear()

    # --- parts -------------------------------------------------------------------------------------

    def _start(self, part: _Part) -> None:
        part.started = part.heard = None
        task = replace(part.task, wanted=frozenset(part.left), resume=self.saved.load(part.source))
        self.parts[self._send(task)] = part

    def _take(self, report: Report | None) -> None:
        part = self.parts.get(report.task) if report is not None else None
        if report is None or part is None:  # on what was ended meanwhile
            return
        now = time.monotonic()
        if part.heard is not None:
            self.slowest = max(self.slowest, now - part.heard)
        part.started, part.heard = part.started or now, now
        match report:
            case Update():
                self._note(part, report)
            case Done():
                self._finish(self.parts.pop(report.task))
            case Raised():
                raise_from(report)
            case Lost():
                self._recover(self.parts.pop(report.task), report)

    def _note(self, part: _Part, report: Update) -> None:
        self._log_once(report.line)
        if report.outcomes or report.resume:
            part.losses = 0
        if report.resume is not None:
            part.source = part.name
            self.saved.save(part.name, report.resume)
        self._end(part, report.outcomes)
        if not part.left:
            self._finish(self.parts.pop(report.task))

    def _end(self, part: _Part, outcomes: Mapping[int, Outcome]) -> None:
        part.left -= set(outcomes)
        known = {**part.task.curves, **{index: outcome.curve for index, outcome in outcomes.items()}}
        again = {index for index, outcome in outcomes.items() if not outcome.status.is_fault}
        part.task = replace(part.task, curves=known, company=part.task.company | again)
        self.fresh += [FinishedTraining(part.key, index, outcome) for index, outcome in outcomes.items()]

    def _finish(self, part: _Part) -> None:
        if all(other.key != part.key for other in self.parts.values()):
            self.saved.remove(part.key)

    def _recover(self, part: _Part, lost: Lost) -> None:
        """Has what a lost worker was to train trained by others."""
        part.losses += 1
        if not part.left:
            self._finish(part)
        elif lost.outside and part.losses <= TRIES:
            self.log(f"a worker was lost ({lost.cause}): another goes on with its {part.describe()}")
            self._start(part)
        elif len(part.left) > 1:
            self.log(f"a worker was lost ({lost.cause}) with {part.describe()}: going on with half at a time")
            left = sorted(part.left)
            self._split(part, [left[: len(left) // 2], left[len(left) // 2 :]])
        else:
            status = TrialStatus.OUT_OF_MEMORY if lost.memory else TrialStatus.CRASHED
            self._give_up(part, Outcome(status, message=f"its worker ended: {lost.cause}"))

    def _forgive(self, seconds: float) -> None:
        """Does not count as silence that nobody has listened for so long."""
        for part in self.parts.values():
            if part.started is not None and part.heard is not None:
                part.started, part.heard = part.started + seconds, part.heard + seconds

    def _check_clock(self) -> None:
        """Ends what is silent or trains for too long."""
        now = time.monotonic()
        for task, part in list(self.parts.items()):
            if part.started is not None and part.heard is not None:
                silent, trained = now - part.heard, now - part.started
                if silent > self.patience or (
                    self.timeout and trained > self.timeout * len(part.task.wanted)
                ):
                    self.executor.end(task)
                    self._time_out(self.parts.pop(task), silent, trained)

    @property
    def patience(self) -> float:
        """Seconds that a worker may be silent."""
        if self.timeout is not None:
            return self.timeout
        return max(LEAST_PATIENCE, PATIENCE * self.slowest) if self.slowest else FIRST_PATIENCE

    def _time_out(self, part: _Part, silent: float, trained: float) -> None:
        said = (
            f"no sign of life for {silent:.0f} s" if silent > self.patience else f"no end in {trained:.0f} s"
        )
        if len(part.left) > 1:
            self.log(f"{said} from {part.describe()}: going on with one at a time")
            self._split(part, [[index] for index in sorted(part.left)])
        elif part.left:
            self._give_up(part, Outcome(TrialStatus.TIMED_OUT, message=f"{said}: see --training-timeout"))
        else:
            self._finish(part)

    def _split(self, part: _Part, groups: Sequence[Sequence[int]]) -> None:
        """Has groups of what is left trained each by itself, from where all of them were saved."""
        for group in groups:
            task = replace(part.task, wanted=frozenset(group), apart=True, company=frozenset())
            self._start(_Part(part.key, task, set(group), part.source))

    def _give_up(self, part: _Part, outcome: Outcome) -> None:
        """Gives a training that is to blame its outcome, with what is known of it."""
        self._end(part, {index: outcome for index in part.left})
        self._finish(part)

    def _log_once(self, line: str) -> None:
        """Workers find out the same, each for itself."""
        if line and line not in self.logged:
            self.logged.add(line)
            self.log(line)


def raise_from(report: Raised) -> NoReturn:
    """Raises the error of a worker, with its traceback there as the cause."""
    raise report.error from (RemoteTraceback(report.trace) if report.trace else None)
