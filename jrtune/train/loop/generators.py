"""States of torch's generators of random numbers, which everything in a process shares."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

CPU, CUDA = "generator of cpu", "generator of cuda"


def cuda_devices(device: torch.device) -> list[torch.device]:
    """The device where it is a CUDA device, for :func:`torch.random.fork_rng`."""
    return [device] if device.type == "cuda" else []


def generators(device: torch.device) -> dict[str, Tensor]:
    """Name -> state of the CPU's generator, and of a CUDA device's."""
    states = {CPU: torch.get_rng_state()}
    if device.type == "cuda":
        states[CUDA] = torch.cuda.get_rng_state(device)
    return states


def set_generators(states: Mapping[str, Tensor], device: torch.device) -> None:
    """Sets the states that :func:`generators` gave; what is not among them stays."""
    if CPU in states:
        torch.set_rng_state(states[CPU])
    if CUDA in states:
        torch.cuda.set_rng_state(states[CUDA], device)
