"""A step as a graph of elementary operations, run without the cost of vmap and autograd in Python.

Measured on 2 CPU cores, 32 members: a step of a recommender with six experts takes 6.0 ms so and 11.1 ms
without, of a small MLP 2.5 and 3.5, of a convolutional net, where kernels take the time, about the same.
On CUDA the graph is what is captured (:mod:`jrtune.train.vmapped.graph`).

``torch.fx.experimental.proxy_tensor.make_fx`` would record as well; it imports the compiler, which takes 2
to 3 s, and holds one trace at a time, where cohorts are traced in threads.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, fx, nn
from torch._ops import OpOverload
from torch.fx.node import Argument
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten
from torch.utils.weak import WeakTensorKeyDictionary

Result = TypeVar("Result")

TO_PYTHON = frozenset({Tensor.numpy, Tensor.tolist, Tensor.__array__, Tensor.__dlpack__})
VIEWS = frozenset(
    {
        torch.ops.aten.detach.default,
        torch.ops.aten.expand.default,
        torch.ops.aten.permute.default,
        torch.ops.aten.view.default,
    }
)
"""Views that vmap and autograd take of most tensors, many without any change."""
CLONE, PRODUCT = torch.ops.aten.clone.default, torch.ops.aten.mul.Tensor
MASKS = (torch.bool, torch.uint8)
BY_VALUE = (torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output)


def trace(function: Callable[..., Result], *args: object) -> Callable[..., Result] | None:
    """The function as a graph for arguments of these shapes; None where a graph could not stand for it.

    A graph repeats what was computed, not what Python decided: where the shape of a result or the program's
    way depends on values, there is none.

    Args:
        function: of tensors and dicts of tensors; gives the same.
        args: are computed with; what the function changes in place is changed.
    """
    inputs, _ = tree_flatten(args)
    recorder = _Recorder(inputs)
    try:
        with _NoValues(), recorder:
            result = function(*args)
    except ByValue:
        return None
    outputs, structure = tree_flatten(result)
    run = recorder.compiled(outputs)
    return lambda *args: tree_unflatten(run(*tree_flatten(args)[0]), structure)


class ByValue(BaseException):  # not an Exception, which a loss may catch
    """Raised at an operation that depends on values: the shape of its result, or a number of Python's."""


class _NoValues(TorchFunctionMode):
    """Refuses functions that hand values to Python without an operation that could be recorded."""

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if func in TO_PYTHON:
            raise ByValue
        return func(*args, **(kwargs or {}))


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Records every operation that reaches the device, in the calling thread, and runs it."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.graph, self.constants = fx.Graph(), nn.Module()
        self.nodes = WeakTensorKeyDictionary()  # tensors live no longer than they would without a recorder
        self.inputs = list(inputs)
        for i, tensor in enumerate(inputs):
            self.nodes[tensor] = self.graph.placeholder(f"input_{i}")

    def compiled(self, outputs: Sequence[Tensor]) -> fx.GraphModule:
        """The operations as a function of the inputs that gives these outputs, a tuple."""
        self.graph.output(tuple(self._node(output) for output in outputs))
        return fx.GraphModule(self.constants, self.graph)

    def _node(self, value: Argument) -> Argument:
        if not isinstance(value, Tensor):
            return value
        if value not in self.nodes:  # made outside: a constant of the model or of a loss
            name = f"constant_{len(self.constants._buffers)}"
            self.constants.register_buffer(name, value, persistent=False)
            self.nodes[value] = self.graph.get_attr(name)
        node: Argument = self.nodes[value]
        return node

    def _in_one_piece(self, one: object, other: object) -> tuple[object, object]:
        """The factors of a product, the one that is broadcast copied so that its numbers lie without gaps.

        A member's part of a row has gaps, and on a CPU a loop goes round for every few numbers between two
        of them: 64 pictures of 8 x 8 with 12 channels times 2 x 6 numbers took 14 us without, 110 with.
        """
        if not (isinstance(one, Tensor) and isinstance(other, Tensor)) or one.device.type != "cpu":
            return one, other
        if one.numel() < other.numel():
            return self._contiguous(one), other
        return (one, self._contiguous(other)) if one.numel() > other.numel() else (one, other)

    def _contiguous(self, tensor: Tensor) -> Tensor:
        if tensor.is_contiguous():
            return tensor
        copied = tensor.contiguous()
        options: dict[str, Argument] = {"memory_format": torch.contiguous_format}
        self.nodes[copied] = self.graph.call_function(CLONE, (self._node(tensor),), options)
        return copied

    def _name(self, result: object, node: fx.Node) -> None:
        if isinstance(result, Tensor):
            self.nodes[result] = node
        elif isinstance(result, tuple | list):
            for i, part in enumerate(result):
                self._name(part, self.graph.call_function(operator.getitem, (node, i)))


def _dispatch(
    self: _Recorder,
    func: OpOverload,
    types: object,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] | None = None,
) -> object:
    named = kwargs or {}
    if _by_value(func, args):
        raise ByValue
    if func is PRODUCT:
        args = self._in_one_piece(*args)
    before = tree_map(self._node, (tuple(args), named))
    result = func(*args, **named)
    if func in VIEWS and isinstance(args[0], Tensor) and _same(result, args[0]):
        self.nodes[result] = before[0][0]  # nothing was done, so there is nothing to repeat
        return result
    self._name(result, self.graph.call_function(func, *before))
    return result


# set afterwards: of a mode that defines it in its body, torch wraps it in what imports the compiler
_Recorder.__torch_dispatch__ = _dispatch  # type: ignore[method-assign, assignment]


def _same(one: Tensor, other: Tensor) -> bool:
    """Returns True where two views of one memory have the same shape and the same offset in it."""
    position, shape = (one.data_ptr(), one.stride()), (one.shape, one.dtype)
    return position == (other.data_ptr(), other.stride()) and shape == (other.shape, other.dtype)


def _by_value(func: OpOverload, args: Sequence[object]) -> bool:
    if func is torch.ops.aten.index.Tensor:  # by numbers the result has their shape, by a mask it has not
        return any(isinstance(i, Tensor) and i.dtype in MASKS for i in tree_leaves(args[1]))
    return any(tag in func.tags for tag in BY_VALUE)


def agree(ones: Sequence[Tensor], others: Sequence[Tensor]) -> bool:
    """Returns True where two runs gave the same but for rounding: a graph is believed only after that."""
    return all(_near(one, other) for one, other in zip(ones, others, strict=True))


def _near(one: Tensor, other: Tensor) -> bool:
    if not one.is_floating_point():
        return torch.equal(one, other)
    if one.numel() == 0:
        return one.shape == other.shape
    # bfloat16, which is used inside on CUDA, has three digits
    tolerance = 1e-9 if one.dtype is torch.float64 else 2e-2 if one.is_cuda else 1e-4
    scale = one.abs().nan_to_num(0, 0, 0).max()
    return bool(torch.allclose(one, other, rtol=tolerance, atol=tolerance * float(scale), equal_nan=True))
