"""The size of cohorts: as many members as memory takes, or as make training faster."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from jrtune.spec import Job
from jrtune.train.loop.device import is_out_of_memory
from jrtune.train.loop.problem import Problem
from jrtune.train.stacked.cohort import Cohort
from jrtune.train.stacked.group import Group

SMALLEST, LARGEST = 4, 256
"""Between these a size is sought, by doubling. 256 members are more than a study asks for at once."""

GAIN = 1.1
"""Twice the members must give at least this many times the member-steps a second."""

SHARE = 0.5
"""Share of the free memory to use; the rest is for evaluation, and for architectures that are wider."""

STEPS = 3

MATRICES = 7
"""K x N numbers: parameters, those of the best epoch, gradients, two moments, the step, and scratch."""


def measure_size(problem: Problem, job: Job, group: Group, workers: int) -> int:
    """The size from which cohorts of this job's architecture get hardly faster, or that memory allows.

    Measured by the clock, so it differs between runs: pass the number to repeat a run.
    """
    best, fastest, size = SMALLEST, 0.0, SMALLEST
    member_bytes = 0.0
    while size <= LARGEST and size * member_bytes <= SHARE * free_memory(problem.device) / workers:
        try:
            rate, member_bytes = _try(problem, job, group, size)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            break
        if rate < GAIN * fastest:
            break
        best, fastest, size = size, rate, 2 * size
    return best


def _try(problem: Problem, job: Job, group: Group, size: int) -> tuple[float, float]:
    """Member-steps a second, and bytes a member, of so many members."""
    jobs = [replace(job, seed=job.seed + k) for k in range(size)]
    threads = torch.get_num_threads()
    torch.set_num_threads(1 if problem.device.type == "cpu" else threads)
    try:
        cohort = Cohort(problem, jobs, group)
        taken = bytes_of_a_step(cohort)
        seconds = min(_time_step(cohort) for _ in range(STEPS))
    finally:
        torch.set_num_threads(threads)
    return size / seconds, taken / size


def _time_step(cohort: Cohort) -> float:
    start = time.perf_counter()
    cohort.try_step()
    if cohort.problem.device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


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
