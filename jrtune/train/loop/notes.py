"""Notes of a training in a checkpoint: outcomes, curves and modules' own attributes as plain data."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from jrtune.spec import EpochRecord, Outcome, TrialStatus
from jrtune.train.loop.checkpoint import on_host

NOT_ATTRIBUTES = frozenset(vars(nn.Module()))
ABSENT = object()
"""In the place of an attribute that there is not."""
SCALARS = (type(None), bool, int, float, str)


def outcome_to_notes(outcome: Outcome) -> dict[str, object]:
    """An outcome as plain data."""
    curve = [dict(vars(record)) for record in outcome.curve]
    return {**vars(outcome), "status": outcome.status.value, "curve": curve}


def outcome_from_notes(notes: Mapping[str, Any]) -> Outcome:
    """The outcome that :func:`outcome_to_notes` took."""
    curve = [EpochRecord(**record) for record in notes["curve"]]
    return Outcome(**{**notes, "status": TrialStatus(notes["status"]), "curve": curve})


def attributes_of(module: nn.Module, tensors: bool = False) -> dict[str, object]:
    """Name -> copy of each plain attribute of a module and its parts: counts, flags, lists of them.

    Args:
        module: any.
        tensors: True to have those that are, or hold, tensors too, and buffers. A model may leave whole
            activations in attributes, so of models they are not taken.
    """
    found = {}
    for name, value in _attributes(module, tensors):
        with contextlib.suppress(TypeError):  # an object of some class
            found[name] = _copied(value, tensors)
    return found


def put_attributes(module: nn.Module, values: Mapping[str, object], device: torch.device) -> None:
    """Sets the attributes that :func:`attributes_of` took, on this device."""
    for name, value in values.items():
        owner, _, own = name.rpartition(".")
        if own not in NOT_ATTRIBUTES:
            setattr(module.get_submodule(owner), own, _moved(value, device))


def _attributes(module: nn.Module, tensors: bool) -> Iterator[tuple[str, object]]:
    for prefix, part in module.named_modules():
        own = {name: value for name, value in vars(part).items() if name not in NOT_ATTRIBUTES}
        if tensors:
            own |= dict(part.named_buffers(recurse=False))
        for name, value in own.items():
            yield f"{prefix}.{name}".lstrip("."), value


def _copied(value: object, tensors: bool) -> object:
    if type(value) in SCALARS:
        return value
    if isinstance(value, Tensor) and tensors and not torch._C._functorch.is_functorch_wrapped_tensor(value):
        return on_host(value)
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(_copied(item, tensors) for item in value)
    if isinstance(value, dict) and type(value) is dict:
        return {_copied(key, False): _copied(item, tensors) for key, item in value.items()}
    raise TypeError(f"expected plain data, got {type(value).__name__}")


def _moved(value: object, device: torch.device) -> object:
    match value:
        case Tensor():
            return value.to(device, copy=True)
        case list() | tuple():
            return type(value)(_moved(item, device) for item in value)
        case dict():
            return {key: _moved(item, device) for key, item in value.items()}
    return value
