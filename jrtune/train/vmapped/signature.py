"""Signature of a model: models of equal signature run as one program."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping, Sequence, Set
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

NOT_ATTRIBUTES = frozenset(vars(nn.Module())) - {"training"} | {"_flat_weights", "_flat_weight_refs"}
"""Attributes of every module: parameters, buffers and submodules are compared by themselves; hooks see below.
Recurrent layers keep their weights in lists as well, which a functional call fills anew.
"""

Names = Mapping[int, str]
"""Identity of a parameter, buffer or module of the model -> its text."""


def signature(model: nn.Module) -> str:
    """A text that is equal for models that differ in nothing but the values of parameters and buffers.

    It covers the tree of modules, their classes and plain attributes (a dropout rate, a stride, a tensor
    that is no buffer), and every parameter's and buffer's name, shape, type, being learnt or not and
    with which names it is tied. What cannot be compared counts as different.
    """
    owned = _owned(model)
    names = {id(tensor): own[0] for own, tensor in owned}
    names |= {id(module): f"module {name!r}" for name, module in model.named_modules()}
    lines = []
    for name, module in model.named_modules(remove_duplicate=False):
        lines.append(f"{name}: {_class(type(module), names)}")
        for key, value in sorted(vars(module).items()):
            if key not in NOT_ATTRIBUTES:
                lines.append(f"  {key} = {_describe(value, names)}")
            elif key.endswith(HOOKS) and value:  # by numbers that count the hooks of all modules
                lines.append(f"  {key} = {_describe(list(value.values()), names)}")
    for own, tensor in owned:
        learnt = isinstance(tensor, nn.Parameter) and tensor.requires_grad
        lines.append(f"{'+'.join(own)}: {tuple(tensor.shape)} {tensor.dtype} {learnt}")
    return "\n".join(lines)


def _owned(model: nn.Module) -> list[tuple[list[str], Tensor]]:
    """(names, tensor) of parameters and buffers."""
    owned: dict[int, tuple[list[str], Tensor]] = {}
    named = [
        *model.named_parameters(remove_duplicate=False),
        *model.named_buffers(remove_duplicate=False),
    ]
    for name, tensor in named:
        owned.setdefault(id(tensor), ([], tensor))[0].append(name)
    return list(owned.values())


def _class(kind: type, names: Names) -> str:
    """Name of a class; of one that a builder defines, also the values that its functions close over."""
    text = f"{kind.__module__}.{kind.__qualname__}"
    if "<locals>" not in text:
        return text
    seen = {**names, id(kind): "itself"}  # super() keeps the class in a method's closure
    functions = [_function(f, seen) for f in vars(kind).values() if isinstance(f, types.FunctionType)]
    return f"{text} {functions} {[_class(base, seen) for base in kind.__bases__]}"


def _describe(value: object, names: Names) -> str:
    if id(value) in names:
        return names[id(value)]
    if isinstance(value, PLAIN):
        return repr(value)
    if (text := _described(value, names)) is not None:
        return text
    kind = type(value)
    if kind.__bases__ == (object,) and isinstance(getattr(value, "__dict__", None), dict):  # all it has
        return f"{_class(kind, names)} {_describe(vars(value), {**names, id(value): 'itself'})}"
    return f"{kind.__qualname__} at {id(value)}"  # the same object is the same, all else differs


def _described(value: object, names: Names) -> str | None:
    """The text of a value that is compared by its parts; None for others."""
    match value:
        case type():
            return _class(value, names)
        case Tensor():
            return _tensor(value, names)
        case np.ndarray():
            return _array(value, names)
        case list() | tuple():
            return _sequence(value, names)
        case Mapping():
            return _mapping(value, names)
        case set() | frozenset():
            return _set(value, names)
        case types.FunctionType():
            return _function(value, names)
        case types.MethodType():
            return _method(value, names)
        case partial():
            return _partial(value, names)
    return None


def _sequence(value: Sequence[object], names: Names) -> str:
    seen = {**names, id(value): "itself"}
    return f"{type(value).__name__}({', '.join(_describe(v, seen) for v in value)})"


def _mapping(value: Mapping[object, object], names: Names) -> str:
    seen = {**names, id(value): "itself"}
    return f"{{{', '.join(f'{_describe(k, seen)}: {_describe(v, seen)}' for k, v in value.items())}}}"


def _set(value: Set[object], names: Names) -> str:
    return f"{{{', '.join(sorted(_describe(v, names) for v in value))}}}"


def _function(function: types.FunctionType, names: Names) -> str:
    try:
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:  # a variable that has no value yet
        return f"function at {id(function)}"
    seen = {**names, id(function): "itself"}
    bound = _describe((cells, function.__defaults__, function.__kwdefaults__), seen)
    return f"{function.__module__}.{function.__qualname__} {id(function.__code__)} {bound}"


def _method(method: types.MethodType, names: Names) -> str:
    return f"{_describe(method.__self__, names)}.{_describe(method.__func__, names)}"


def _partial(value: partial[object], names: Names) -> str:
    return f"partial({_describe((value.func, value.args, value.keywords), names)})"


def _tensor(tensor: Tensor, names: Names) -> str:
    try:
        body = tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes()
    except (RuntimeError, TypeError):  # a view that cannot be read as bytes, or what vmap left behind
        return f"tensor at {id(tensor)}"
    return f"tensor {tuple(tensor.shape)} {tensor.dtype} {hashlib.sha256(body).hexdigest()}"


def _array(array: NDArray[np.generic], names: Names) -> str:
    if array.dtype.hasobject:
        return f"array at {id(array)}"
    return f"array {array.shape} {array.dtype} {hashlib.sha256(array.tobytes()).hexdigest()}"


HOOKS = ("forward_hooks", "forward_pre_hooks", "backward_hooks", "backward_pre_hooks")
PLAIN = (
    *(type(None), bool, int, float, complex, str, bytes, np.generic),
    *(torch.dtype, torch.device, torch.Size, slice, range),
)
