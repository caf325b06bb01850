"""The trained network as a program that needs neither its source nor jrtune: .pt2 and ONNX.

Both carry the text of weights.json, take any number of samples, and are run on a batch of the study's data
before they are given out: their outputs must be the network's.
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from jrtune.errors import InputError

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_keys, dict_values

ANY_NUMBER = {0: torch.export.Dim("batch")}
Tensors = dict[str, Tensor]
TOLERANCE = 1e-5
"""The error that an output may have, in units of its greatest value where that is above 1."""
TRACE_SAMPLES = 3
"""Samples to trace with; the check is on more of them, for what was traced must take any number."""


def to_pt2(model: nn.Module, batch: Mapping[str, Tensor], text: str) -> bytes:
    """A program for ``torch.export.load``: its ``.module()`` takes and gives a dict, as the network does.

    Args:
        model: in evaluation mode.
        batch: name -> B x ..., of the study's data; of these the program takes what the network looks at.
        text: of weights.json, which is saved as an extra file of that name.

    Raises:
        InputError: where torch cannot export the network, or the program gives other outputs.
    """
    inputs = used(model, batch)
    some = _trace_samples(inputs)
    program = _exported(model, (some,), dict.fromkeys(some, ANY_NUMBER))
    buffer = io.BytesIO()
    with _reporting("torch.export"):
        torch.export.save(program, buffer, extra_files={"weights.json": text})
        stored = torch.export.load(io.BytesIO(buffer.getvalue())).module()
    _check("the .pt2 program", stored, model, inputs)
    return buffer.getvalue()


def to_onnx(model: nn.Module, batch: Mapping[str, Tensor], text: str) -> bytes:
    """An ONNX model with the names of the network's inputs and outputs.

    In ONNX all names differ, so an output that is named as an input gets "_output" behind its name.
    Args and errors are those of :func:`to_pt2`; the text is the model's metadata "jrtune".
    """
    onnx, runtime = _libraries()
    inputs = used(model, batch)
    with torch.no_grad():
        names = list(model(inputs))
    outputs = [f"{name}_output" if name in inputs else name for name in names]
    some = tuple(_trace_samples(inputs).values())
    program = _exported(_Flat(model, list(inputs)), some, (ANY_NUMBER,) * len(some))
    with _quiet(), _reporting("ONNX"):
        made = torch.onnx.export(
            program, dynamo=True, input_names=list(inputs), output_names=outputs, verbose=False
        )
    assert made is not None
    proto = made.model_proto
    onnx.helper.set_model_props(proto, {"jrtune": text})
    stored: bytes = proto.SerializeToString()
    session = runtime.InferenceSession(stored, providers=["CPUExecutionProvider"])

    def run(some: Tensors) -> Tensors:
        found = session.run(outputs, {name: tensor.numpy() for name, tensor in some.items()})
        return {name: torch.from_numpy(array) for name, array in zip(names, found, strict=True)}

    _check("the ONNX model", run, model, inputs)
    return stored


def used(model: nn.Module, batch: Mapping[str, Tensor]) -> Tensors:
    """The entries of a batch that the network looks at: targets are for losses alone."""
    watched = _Watched(batch)
    with torch.no_grad():
        model(watched)
    return {name: tensor for name, tensor in batch.items() if name in watched.seen}


class _Watched(dict[str, Tensor]):
    """A batch that notes what is read; all of it, where it is gone through."""

    def __init__(self, batch: Mapping[str, Tensor]) -> None:
        super().__init__(batch)
        self.seen: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        self.seen.add(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.seen.add(name)
        return super().get(name, default)

    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        self.seen.update(super().keys())
        return super().__iter__()

    def items(self) -> dict_items[str, Tensor]:
        self.seen.update(super().keys())
        return super().items()

    def values(self) -> dict_values[str, Tensor]:
        self.seen.update(super().keys())
        return super().values()

    def keys(self) -> dict_keys[str, Tensor]:
        self.seen.update(super().keys())
        return super().keys()


class _Flat(nn.Module):
    """The network with tensors in place of dicts, as ONNX has them."""

    def __init__(self, model: nn.Module, names: list[str]) -> None:
        super().__init__()
        self.model, self.names = model, names

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.model(dict(zip(self.names, tensors, strict=True))).values())


def _trace_samples(inputs: Tensors) -> Tensors:
    """TRACE_SAMPLES samples; of fewer some are repeated, for torch takes a size of 1 as fixed."""
    indices = {name: torch.arange(TRACE_SAMPLES) % tensor.shape[0] for name, tensor in inputs.items()}
    return {name: tensor[indices[name]] for name, tensor in inputs.items()}


def _exported(
    model: nn.Module, some: tuple[Tensor | Tensors, ...], shapes: object
) -> torch.export.ExportedProgram:
    with _quiet(), _reporting("torch.export"), torch.no_grad():
        return torch.export.export(model, some, dynamic_shapes=(shapes,))


def _check(what: str, run: Callable[[Tensors], Tensors], model: nn.Module, inputs: Tensors) -> None:
    """The stored program against the network, on all samples and on one.

    Raises:
        InputError: naming the output that is off, and how far.
    """
    size = len(next(iter(inputs.values())))
    for count in (size, 1):
        some = {name: tensor[:count] for name, tensor in inputs.items()}
        with torch.no_grad():
            expected = model(some)
            found = run(some)
        for name, tensor in expected.items():
            greatest = float(tensor.double().abs().max().clamp(min=1))
            off = float((found[name].double() - tensor.double()).abs().max()) / greatest
            if not off <= TOLERANCE:
                raise InputError(
                    f"expected {what} to give what the network gives, within {TOLERANCE:g}, got output "
                    f"{name!r} off by {off:.2g} on {count} samples of validation: export without it"
                )


@contextmanager
def _reporting(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # whatever torch stumbles over in somebody's network
        line = " ".join(str(error).split())[:300]
        fixed = "take x.shape[0] rather than len(x) in forward, or " if "specialized" in line else ""
        raise InputError(
            f"expected a network that {what} takes, got '{type(error).__name__}: {line}': {fixed}export "
            "without it"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """torch warns of its own insides while it exports."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _libraries() -> tuple[ModuleType, ModuleType]:
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError as error:
        raise InputError(
            f'expected the libraries that ONNX needs, got "{error}": pip install "jrtune[onnx]"'
        ) from None
    return onnx, onnxruntime
