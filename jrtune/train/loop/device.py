"""The device to train on, its description, and the number of CPU threads that a training is worth."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from jrtune.errors import InputError

if TYPE_CHECKING:
    from jrtune.spec import Batch

WORTH_SHARING = 2e9
"""Floating-point operations of a step, below which a second CPU thread is not used: about 40 ms of one core.

Threads wait for each other at every operation. On two cores that nobody else used, the second made small
steps 1.3 times faster; on two that others used too, it made them 7 to 150 times slower.
"""


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
TRIM_THRESHOLD = MMAP_THRESHOLD = 2**31 - 1
"""malloc.h's names for what may be set, and the largest int."""

MEMORY_WORDS = ("out of memory", "can't allocate memory", "not enough memory", "alloc_failed", "bad_alloc")
"""Parts of the messages of CUDA, the CPU's allocator (on Linux, on Windows), cuDNN and C++."""


def pick_device(name: str) -> torch.device:
    """The device called "auto", "cpu" or "cuda"; auto is CUDA where there is one.

    Raises:
        InputError: for another name, or CUDA where there is none.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise InputError(f"--device expects auto, cpu or cuda, got {name!r}")
    if name == "cuda" and not torch.cuda.is_available():
        raise InputError("--device cuda needs a CUDA device that torch can use, got none: use --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def describe_device(device: torch.device) -> str:
    """The device's name, for provenance."""
    if device.type == "cuda":
        return f"cuda: {torch.cuda.get_device_name(device)}"
    return f"cpu: {platform.machine()}, {torch.get_num_threads()} threads"


def is_out_of_memory(error: BaseException) -> bool:
    """Returns True where an error says that memory ran out, on whatever device."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(logged in words for logged in MEMORY_WORDS)


def is_spoilt(error: Exception) -> bool:
    """Returns True for an error after which no call of CUDA works in this process.

    An illegal address, a failed assertion or a timeout on the device stays with its context; memory that ran
    out does not.
    """
    text = str(error).lower()
    return isinstance(error, RuntimeError) and "cuda error" in text and "out of memory" not in text


def hold_freed_memory(device: torch.device) -> None:
    """Asks the C library of Linux to hold freed memory for the next step, not to return it each time.

    Tensors of more than 32 MiB, and the top of the heap, go back to the system when they are freed, and
    come again page by page, zeroed. A stack's tensors are large: without this a step of 32 small MLPs took
    2.4 times as long (2 cores, glibc 2.36).
    """
    if device.type == "cpu" and sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            libc = ctypes.CDLL(None)
            libc.mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD)
            libc.mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD)


def threads_for(model: nn.Module, sample: Batch, batch_size: int, device: torch.device) -> int:
    """Number of CPU threads to train with: one where a step is too small to share, else torch's number.

    It depends on the candidate alone and on no clock, because results depend on the number of threads
    in their last digits. Whoever sets OMP_NUM_THREADS decides instead.

    Args:
        model: what is trained.
        sample: a batch of one sample.
        batch_size: samples of a step.
        device: where training happens; on another than the CPU, threads do not matter.
    """
    threads = torch.get_num_threads()
    if threads == 1 or device.type != "cpu" or "OMP_NUM_THREADS" in os.environ:
        return threads
    return threads if step_work(model, sample, batch_size) >= WORTH_SHARING else 1


@torch.no_grad()
def step_work(model: nn.Module, sample: Batch, batch_size: int) -> float:
    """Rough number of floating-point operations of a training step.

    Each weight matrix or filter is used once per position of what its module gives: a multiplication
    and an addition a number. Backward costs two forwards. Torch's own counter imports its compiler.
    """
    work = 0.0

    def count(module: nn.Module, _: object, output: object) -> None:
        nonlocal work
        first = output[0] if isinstance(output, tuple | list) else output
        if isinstance(first, Tensor):
            work += sum(first.numel() * p[0].numel() for p in module.parameters(recurse=False) if p.dim() > 1)

    model.eval()
    handles = [module.register_forward_hook(count) for module in model.modules()]
    model(sample)
    for handle in handles:
        handle.remove()
    return 3 * 2 * batch_size * work
