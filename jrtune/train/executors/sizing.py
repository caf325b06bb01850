"""The size of cohorts: as many members as make training faster, one where stacking does not."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, pairwise, takewhile
from pathlib import Path

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from jrtune.spec import Job
from jrtune.train.executors.timed_steps import CohortSteps, PlainSteps, TimedSteps, time_beside
from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

FIRST, LARGEST = (4, 8), 256
"""Sizes that are timed in any case, and the largest: more than a study asks for at once."""

FARTHEST = 4
"""Times the largest size that was timed, up to which its line is drawn on to find the next one."""

PATIENCE = 40
"""Members of a cohort in which a member's time counts twice: the sampler learns nothing until all have ended.

A step takes a + b K with K members, so that the best size is sqrt(PATIENCE a / b), which hardly moves when
the times do.
"""

GAIN = 0.95
"""Share of the time alone that a member of a cohort must not exceed, or candidates are trained one by one."""

LONG = 0.5
"""Seconds of a step alone from which stacking, which saves the cost of starting operations, gains nothing."""

SECONDS, SHARE_OF_A_TRAINING = 1.5, 0.3
"""Longest time to measure, and as a share of one training, if that is more."""

COST = 10
"""Steps that it takes to make ready and time those of one size: it is built, traced, tried and repeated."""

SHARE = 0.5
"""Share of the free memory to use; the rest is for evaluation, and for architectures that are wider."""

MATRICES = 7
"""K x N numbers: parameters, those of the best epoch, gradients, two moments, the step, and scratch."""


def measure_size(problem: Problem, job: Job, group: Group, workers: int) -> int:
    """The size of cohorts of this job's architecture that pays best, or that memory allows; 1 for alone.

    Measured by the clock, so it may differ between runs: pass the number to repeat a run.

    Args:
        problem: the study's.
        job: an example; its training, of one member and of several, is timed on one thread of a CPU.
        group: the job's.
        workers: number of cohorts that are trained at once and share the memory.
    """
    devices = [problem.device] if problem.device.type == "cuda" else []
    with _one_thread(problem.device), torch.random.fork_rng(devices=devices):
        contest = _Contest(problem, job, group, workers)
        contest.run()
        return contest.size


class _Contest:
    """Times of one alone and of cohorts of growing size, within bounds of time and memory."""

    def __init__(self, problem: Problem, job: Job, group: Group, workers: int) -> None:
        self.problem, self.job, self.group, self.workers = problem, job, group, workers
        self.contenders: list[TimedSteps] = []
        self.most: float = LARGEST  # members, for which there is memory

    @property
    def times(self) -> dict[int, float]:
        """Members -> seconds of an epoch."""
        return {contender.size: contender.epoch_seconds for contender in self.contenders}

    @property
    def size(self) -> int:
        """The best size that memory takes."""
        measured = max(contender.size for contender in self.contenders)
        return min(best_size(self.times), measured, power_below(self.most))

    def run(self) -> None:
        """Times sizes until larger ones would not pay, or cost too much to try."""
        alone = PlainSteps(self.problem, self.job, self.group)
        self.contenders = [alone]
        time_beside(self.contenders)
        if alone.step_seconds > LONG:
            return
        left = max(SECONDS, SHARE_OF_A_TRAINING * self.problem.study.epochs * alone.epoch_seconds)
        size = FIRST[0]
        while size > (last := self.contenders[-1]).size:
            cost = COST * last.step_seconds / last.size  # of a member; that of more members is no higher
            size = min(size, power_below(min(left / cost, self.most)))
            if not self._add(size):
                return
            left -= size * cost
            size = FIRST[1] if size == FIRST[0] else self._next()

    def _next(self) -> int:
        """The best size; where it is below the last, that is timed once more: load may have come between."""
        if best_size(self.times) < self.contenders[-1].size:
            time_beside(self.contenders)
        return best_size(self.times)

    def _add(self, size: int) -> bool:
        """Times cohorts of this size, or of fewer if memory takes no more; False where it takes none."""
        while size > self.contenders[-1].size:
            try:
                contender = CohortSteps(self.problem, self.job, self.group, size)
                member_bytes = bytes_of_a_step(contender.cohort) / size
                time_beside([*self.contenders, contender])
            except (MemoryError, RuntimeError) as error:
                if not is_out_of_memory(error):
                    raise
                size //= 2
                self.most = size
            else:
                self.contenders.append(contender)
                free = SHARE * free_memory(self.problem.device) / self.workers
                self.most = min(self.most, free / member_bytes)
                return True
        return False


def best_size(times: Mapping[int, float]) -> int:
    """The power of two at which a member is cheapest, its delay included; 1 where a cohort gains nothing.

    Args:
        times: members -> seconds for all of them, of 1 and of others in ascending order. Between two sizes,
            below and beyond them time grows evenly; up to ``FARTHEST`` times the last is looked at.

    >>> best_size({1: 1.0, 4: 2.3, 8: 3.6}), best_size({1: 1.0, 4: 3.9, 8: 7.7})
    (8, 1)
    """
    stacked = {size: seconds for size, seconds in times.items() if size > 1}
    if len(stacked) > 1:
        powers = takewhile(lambda size: size <= FARTHEST * max(times), (2**n for n in count(1)))
        stacked = {size: _seconds(size, stacked) for size in powers}
    costs = {size: seconds / size for size, seconds in {1: times[1], **stacked}.items()}
    best = min(costs, key=lambda size: costs[size] * (1 + size / PATIENCE))
    return best if costs[best] <= GAIN * times[1] else 1


def _seconds(size: int, times: Mapping[int, float]) -> float:
    """Time of a size on the line through the two nearest that were timed."""
    pairs = list(pairwise(times.items()))
    (low, early), (high, late) = next((p for p in pairs if size <= p[1][0]), pairs[-1])
    found = early + (late - early) * (size - low) / (high - low)
    # half of the members never take less than half of the time, twice as many never less time
    return max(found, early * size / low) if size < low else max(found, late) if size > high else found


def power_below(number: float) -> int:
    """The greatest power of two that is no greater, at least 1.

    >>> power_below(9.5), power_below(0)
    (8, 1)
    """
    return 1 << max(int(number).bit_length() - 1, 0)


@contextlib.contextmanager
def _one_thread(device: torch.device) -> Iterator[None]:
    """Has a CPU use one thread, as workers do."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if device.type == "cpu" else threads)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def bytes_of_a_step(cohort: Cohort) -> float:
    """Memory that a training step of a cohort takes at its peak.

    On CUDA as the allocator counts it. On a CPU it is counted what autograd holds for the way back, which
    grows with the minibatch, and the matrices of parameters, gradients and optimizer state.
    """
    if cohort.problem.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        cohort.try_step()
        return float(torch.cuda.max_memory_allocated()) - data_bytes(cohort.problem)
    held: dict[int, int] = {}

    def count(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        held[storage.data_ptr()] = storage.nbytes()
        return tensor

    try:
        with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
            cohort.try_step()
    except RuntimeError as error:  # a model that takes gradients itself, by torch.func, allows no hooks
        if "saved tensor hooks" not in str(error):
            raise
        with _Outputs(count):
            cohort.try_step()
    parameters = cohort.stack.parameters
    single = cohort.stack.weights.shape[1] if cohort.balancings[0].needs_gradients else 0  # of the Jacobian
    return sum(held.values()) + (MATRICES + single) * parameters.numel() * parameters.element_size()


class _Outputs(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Shows every result of a step to a function; counted so, memory is never underestimated."""

    def __init__(self, show: Callable[[Tensor], object]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.show = show


def _show(
    self: _Outputs,
    func: Callable[..., object],
    types: object,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
) -> object:
    result = func(*args, **(kwargs or {}))
    for tensor in tree_leaves(result):
        if isinstance(tensor, Tensor):
            self.show(tensor)
    return result


# set afterwards: of a mode that defines it in its body, torch wraps it in what imports the compiler
_Outputs.__torch_dispatch__ = _show  # type: ignore[method-assign, assignment]


def data_bytes(problem: Problem) -> float:
    """Bytes that the data take on the device."""
    tensors = [t for split in problem.splits.values() if split.resident for t in split.tensors.values()]
    return float(sum(t.numel() * t.element_size() for t in tensors))


def free_memory(device: torch.device) -> float:
    """Bytes that can still be allocated."""
    if device.type == "cuda":
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return float(torch.cuda.mem_get_info(device)[0] + cached)
    try:
        machine = float(os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # not every system tells
        machine = 4e9
    return min(machine, container_memory(Path("/sys/fs/cgroup")))


def container_memory(group: Path) -> float:
    """Bytes that a container of Linux may still take (cgroup v2); no limit where there is none.

    Beyond its limit a container's process is killed, which no trainer can catch.
    """
    try:
        limit, taken = ((group / name).read_text().strip() for name in ("memory.max", "memory.current"))
    except OSError:
        return math.inf
    return math.inf if limit == "max" else max(0.0, float(limit) - float(taken))
