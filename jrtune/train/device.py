"""Which device to train on, and how to say which it was."""

import platform

import torch

from jrtune.errors import InputError


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
