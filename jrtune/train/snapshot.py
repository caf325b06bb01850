"""A model's parameters and buffers as they stood, once each, and as safetensors."""

from collections.abc import Mapping

from safetensors.torch import save
from torch import Tensor, nn


def snapshot(model: nn.Module) -> dict[str, Tensor]:
    """Copies of parameters and persistent buffers; of tied ones, the first name only."""
    named = dict([*model.named_parameters(), *model.named_buffers()])
    return {name: named[name].detach().clone() for name in kept_names(model)}


def kept_names(model: nn.Module) -> list[str]:
    """Names of the parameters and persistent buffers; of tied ones, the first only."""
    kept = model.state_dict()
    named = [*model.named_parameters(), *model.named_buffers()]  # both leave out repeats
    return [name for name, _ in named if name in kept]


def restore(model: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Puts a snapshot back; tied names follow the one that was kept."""
    model.load_state_dict(dict(state), strict=False)


def to_bytes(state: Mapping[str, Tensor]) -> bytes:
    """The snapshot as a safetensors file."""
    return save({name: tensor.to("cpu", copy=True).contiguous() for name, tensor in state.items()})
