"""Checkpoints: the state of a program as data, from which another process can go on.

As bytes they are a line that says so, a checksum, and a safetensors file; notes are JSON in it. Nothing that
is read is run, so a file of unknown source does no harm.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from jrtune.errors import StorageError
from jrtune.spec.types import Json

MAGIC = b"jrtune checkpoint 1\n"
NOTES = "notes"
UNREADABLE = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""Errors that come of notes that are not as they were written."""


@dataclass(frozen=True)
class Checkpoint:
    """A program's state after a step; with the same problem, jobs and group it can be built again.

    Attributes:
        epoch: the last that was trained to its end.
        live: the members that were still being trained.
        tensors: parameters, buffers, the optimizer's state, and those of the kind of program; copies in
            host memory.
        progress: curves, results, and further notes of the kind of program: scalars, bytes and tensors in
            lists, tuples and dicts.
        taken: number of steps of the next epoch that were taken.
    """

    epoch: int
    live: tuple[int, ...]
    tensors: dict[str, Tensor]
    progress: object
    taken: int = 0

    def to_bytes(self) -> bytes:
        """The same as bytes, to the last digit."""
        tensors = {f"state {name}": tensor for name, tensor in self.tensors.items()}
        notes = encode([self.epoch, list(self.live), self.progress, self.taken], tensors)
        tensors[NOTES] = _bytes_as_tensor(json.dumps(notes, separators=(",", ":")).encode())
        body = save({name: tensor.contiguous() for name, tensor in tensors.items()})
        return MAGIC + zlib.crc32(body).to_bytes(4, "big") + body

    @classmethod
    def from_bytes(cls, data: bytes) -> Checkpoint:
        """The checkpoint that :meth:`to_bytes` wrote.

        Raises:
            StorageError: where the bytes are no whole checkpoint.
        """
        start = len(MAGIC) + 4
        if not data.startswith(MAGIC):
            raise StorageError(
                f"expected a checkpoint of this version of jrtune, got {bytes(data[: len(MAGIC)])!r}: "
                "remove the file, and the training begins anew"
            )
        body = bytes(data[start:])
        if zlib.crc32(body).to_bytes(4, "big") != data[len(MAGIC) : start]:
            raise StorageError(
                f"expected a whole checkpoint, got {len(data)} bytes that are cut off or changed: "
                "remove the file, and the training begins anew"
            )
        with reading():
            tensors = load(body)
            notes = json.loads(tensors.pop(NOTES).numpy().tobytes())
            epoch, live, progress, taken = decode(notes, tensors)
            state = {n.removeprefix("state "): t for n, t in tensors.items() if n.startswith("state ")}
            return cls(int(epoch), tuple(map(int, live)), state, progress, int(taken))


def encode(value: object, tensors: dict[str, Tensor]) -> Json:
    """Plain data as JSON; their tensors, and bytes as such, are put beside it under numbered names.

    Raises:
        TypeError: where there is something else in them.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Tensor():
            name = f"note {len(tensors)}"
            tensors[name] = on_host(value)
            return {"tensor": name}
        case bytes():
            return {"bytes": encode(_bytes_as_tensor(value), tensors)}
        case tuple():
            return {"tuple": [encode(item, tensors) for item in value]}
        case list():
            return [encode(item, tensors) for item in value]
        case Mapping():
            return {"dict": [[encode(k, tensors), encode(v, tensors)] for k, v in value.items()]}
    raise TypeError(f"expected plain data, got {type(value).__name__}")


def decode(notes: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Plain data from the JSON and the tensors of :func:`encode`.

    Raises:
        LookupError, TypeError, ValueError, AttributeError: where it is nothing of the kind.
    """
    if isinstance(notes, list):
        return [decode(item, tensors) for item in notes]
    if not isinstance(notes, dict):
        return notes
    [(kind, body)] = notes.items()
    match kind:
        case "tensor":
            return tensors[body]
        case "bytes":
            return decode(body, tensors).numpy().tobytes()
        case "tuple":
            return tuple(decode(body, tensors))
        case "dict":
            return {decode(key, tensors): decode(value, tensors) for key, value in body}
    raise ValueError(f"notes of the kind {kind!r}")


def _bytes_as_tensor(data: bytes) -> Tensor:
    if not data:  # frombuffer takes none
        return torch.empty(0, dtype=torch.uint8)
    return torch.frombuffer(bytearray(data), dtype=torch.uint8)


def on_host(tensor: Tensor) -> Tensor:
    """A copy in host memory."""
    return tensor.detach().to("cpu", copy=True)


@contextmanager
def reading() -> Iterator[None]:
    """Context in which a checkpoint is read; if it is not as expected, that is said.

    Raises:
        StorageError: instead of errors of looking at data that are not there.
    """
    try:
        yield
    except StorageError:
        raise
    except (SafetensorError, *UNREADABLE) as error:
        raise StorageError(
            f"expected a checkpoint of this training, got one that cannot be read ({error!r}): remove the "
            "file, and the training begins anew"
        ) from error


def put_back(tensors: Mapping[str, Tensor], saved: Mapping[str, Tensor]) -> None:
    """Copies saved tensors into those of the same names.

    Raises:
        StorageError: where names, shapes or types differ.
    """
    mine, theirs = ({name: (tuple(t.shape), t.dtype) for name, t in own.items()} for own in (tensors, saved))
    if mine != theirs:
        odd = sorted(name for name in {*mine, *theirs} if mine.get(name) != theirs.get(name))[0]
        raise StorageError(
            f"expected a checkpoint with {odd!r} of {mine.get(odd)}, got {theirs.get(odd)}: it is of another "
            "training; remove the file"
        )
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(saved[name])
