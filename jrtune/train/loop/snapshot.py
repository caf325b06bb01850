"""A model's parameters and buffers as they stood, once each, and as safetensors."""

from collections.abc import Mapping

import torch
from safetensors.torch import load, save
from torch import Tensor, nn

from jrtune.errors import StudyError


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """Copies of parameters and buffers, stored or not; of tied ones, the first name only."""
    return {name: tensor.detach().clone() for name, tensor in _named(model).items()}


def saved_names(model: nn.Module) -> list[str]:
    """Names of the parameters and persistent buffers, which are stored; of tied ones, the first only."""
    saved = model.state_dict()
    return [name for name in _named(model) if name in saved]


def changing(model: nn.Module) -> dict[str, Tensor]:
    """The model's own parameters and buffers, stored or not; of tied ones, the first name only."""
    return _named(model)


def restore(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Puts a snapshot back; tied names follow the one that was saved."""
    with torch.no_grad():
        for name, tensor in _named(model).items():
            tensor.copy_(state[name])


def restore_saved(model: nn.Module, stored: bytes) -> None:
    """Restores a model from the bytes that :func:`to_bytes` gave of the tensors of :func:`saved_names`.

    Raises:
        StudyError: where the model has other ones.
    """
    tensors, named = load(stored), _named(model)
    mine = {name: tuple(named[name].shape) for name in saved_names(model)}
    theirs = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if mine != theirs:
        odd = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))[0]
        raise StudyError(
            f"expected {odd!r} of shape {theirs.get(odd)} as it was stored, got {mine.get(odd)}: "
            "the study builds another network now; put its file back as it was"
        )
    with torch.no_grad():
        for name in mine:
            named[name].copy_(tensors[name])


def _named(model: nn.Module) -> dict[str, Tensor]:
    return dict([*model.named_parameters(), *model.named_buffers()])  # both leave out repeats


def to_bytes(state: Mapping[str, Tensor]) -> bytes:
    """Tensors to be stored as a safetensors file."""
    return save({name: tensor.to("cpu", copy=True).contiguous() for name, tensor in state.items()})
