"""What two models must have in common to run as one program."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

NOT_ATTRIBUTES = frozenset(vars(nn.Module())) - {"training"} | {"_flat_weights", "_flat_weight_refs"}
"""What every module has: parameters, buffers and submodules are compared by themselves; hooks see below.
Recurrent layers keep their weights in lists as well, which a functional call fills anew.
"""

PLAIN = (bool, int, float, complex, str, bytes, type, torch.dtype, torch.device, torch.Size, slice, range)


def signature(model: nn.Module) -> str:
    """A text that is equal for models that differ in nothing but the values of parameters and buffers.

    It covers the tree of modules, their classes and plain attributes (a dropout rate, a stride, a tensor
    that is no buffer), and every parameter's and buffer's name, shape, type, whether it is learnt and
    with which names it is tied. What cannot be compared counts as different.
    """
    owned = _owned(model)
    lines = []
    for name, module in model.named_modules(remove_duplicate=False):
        kind = type(module)
        lines.append(f"{name}: {kind.__module__}.{kind.__qualname__}")
        for key, value in sorted(vars(module).items()):
            if key not in NOT_ATTRIBUTES or ("hook" in key and value):
                lines.append(f"  {key} = {_describe(value, owned)}")
    for names, tensor in owned.values():
        learnt = isinstance(tensor, nn.Parameter) and tensor.requires_grad
        lines.append(f"{'+'.join(names)}: {tuple(tensor.shape)} {tensor.dtype} {learnt}")
    return "\n".join(lines)


def _owned(model: nn.Module) -> dict[int, tuple[list[str], Tensor]]:
    """Identity -> (names, tensor) of parameters and buffers."""
    owned: dict[int, tuple[list[str], Tensor]] = {}
    named = [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
    for name, tensor in named:
        owned.setdefault(id(tensor), ([], tensor))[0].append(name)
    return owned


def _describe(value: Any, owned: Mapping[int, tuple[list[str], Tensor]]) -> str:
    if value is None or isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, Tensor):
        return owned[id(value)][0][0] if id(value) in owned else _content(value)
    if isinstance(value, list | tuple):
        return f"{type(value).__name__}({', '.join(_describe(v, owned) for v in value)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_describe(k, owned)}: {_describe(v, owned)}' for k, v in value.items())}}}"
    if isinstance(value, set | frozenset):
        return f"{{{', '.join(sorted(_describe(v, owned) for v in value))}}}"
    if isinstance(value, types.FunctionType):
        return _function(value, owned)
    if isinstance(value, partial):
        return f"partial({_describe((value.func, value.args, value.keywords), owned)})"
    return f"{type(value).__qualname__} at {id(value)}"  # the same object is the same, all else differs


def _function(function: types.FunctionType, owned: Mapping[int, tuple[list[str], Tensor]]) -> str:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    bound = _describe((cells, function.__defaults__, function.__kwdefaults__), owned)
    return f"{function.__module__}.{function.__qualname__} {id(function.__code__)} {bound}"


def _content(tensor: Tensor) -> str:
    try:
        body = tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
    except (RuntimeError, TypeError):  # a view that cannot be read as bytes, or what vmap left behind
        return f"tensor at {id(tensor)}"
    return f"tensor {tuple(tensor.shape)} {tensor.dtype} {hashlib.sha256(body).hexdigest()}"
