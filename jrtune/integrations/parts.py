"""Batches and outputs taken apart into tensors by name, and put together again.

The trainer knows dicts of tensors. An existing project's batches and outputs may be a tensor, a tuple or a
dict, nested as they like; its own functions get them back in that form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import Tensor

from jrtune.errors import StudyError

WHOLE = "tensor"
"""Name of a value that is a single tensor."""


def take_apart(value: object, what: str) -> dict[str, Tensor]:
    """Name -> tensor. A dict's parts have its keys, a tuple's or list's their indices: "x", "1", "1.edge".

    >>> import torch
    >>> list(take_apart((torch.ones(2), {"edge": torch.ones(2)}), "the batch"))
    ['0', '1.edge']

    Args:
        value: a tensor, or a dict, tuple or list of such values.
        what: for messages.

    Raises:
        StudyError: where there is something else in it, or a key that would be read otherwise.
    """
    if isinstance(value, Tensor):
        return {WHOLE: value}
    parts: dict[str, Tensor] = {}
    for key, part in _parts(value, what):
        inner = take_apart(part, f"{what}[{key!r}]")
        parts |= {str(key) if name == WHOLE else f"{key}.{name}": tensor for name, tensor in inner.items()}
    return parts


def put_together(parts: Mapping[str, Tensor]) -> object:
    """Inverse of :func:`take_apart`: a tensor, a dict or a tuple (of a list, too)."""
    if WHOLE in parts:
        return parts[WHOLE]
    grouped: dict[str, dict[str, Tensor]] = {}
    for name, tensor in parts.items():
        key, _, rest = name.partition(".")
        grouped.setdefault(key, {})[rest or WHOLE] = tensor
    built = {key: put_together(inner) for key, inner in grouped.items()}
    return tuple(built.values()) if all(key.isdigit() for key in built) else built


def _parts(value: object, what: str) -> Sequence[tuple[str | int, object]]:
    if isinstance(value, tuple | list) and value:
        return list(enumerate(value))
    if not isinstance(value, Mapping) or not value:
        got = "none" if isinstance(value, Mapping | tuple | list) else type(value).__name__
        raise StudyError(
            f"expected tensors in {what}, or dicts, tuples and lists of them, got {got}: encode it as "
            "numbers or leave it out"
        )
    for key in value:
        if not isinstance(key, str) or not key or "." in key or key.isdigit() or key == WHOLE:
            raise StudyError(
                f"expected keys in {what} that are names without a dot, none of them {WHOLE!r}, got {key!r}: "
                "rename it"
            )
    return list(value.items())
