"""Put text into the metadata of safetensors bytes.

The format is 8 bytes of little-endian header length, a JSON header, then the data, whose offsets count
from the header's end; so the header may be rewritten without touching a tensor.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from jrtune.errors import InputError

METADATA = "__metadata__"


def with_metadata(model: bytes, metadata: Mapping[str, str]) -> bytes:
    """The same tensors, with ``metadata`` added to what the header holds already."""
    header, data = _split(model)
    header[METADATA] = {**header.get(METADATA, {}), **metadata}
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)  # readers map the data, so it begins at a multiple of 8
    return struct.pack("<Q", len(text)) + text + data


def read_metadata(model: bytes) -> dict[str, str]:
    """The metadata of safetensors bytes."""
    return dict(_split(model)[0].get(METADATA, {}))


def _split(model: bytes) -> tuple[dict[str, Any], bytes]:
    length = struct.unpack("<Q", model[:8])[0] if len(model) >= 8 else -1
    if not 0 < length <= len(model) - 8:
        raise InputError(
            f"expected safetensors bytes, got {len(model)} bytes without their header: save them again"
        )
    try:
        header: dict[str, Any] = json.loads(model[8 : 8 + length])
        entries = [entry for name, entry in header.items() if name != METADATA]
        spans = sorted((start, end) for start, end in (entry["data_offsets"] for entry in entries))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f"expected a safetensors header, got {error!r}: save the model again") from None
    _check_spans(spans, len(model) - 8 - length)
    return header, model[8 + length :]


def _check_spans(spans: list[tuple[int, int]], size: int) -> None:
    """Tensors must cover the data without gap or overlap, as the format demands."""
    at = 0
    for start, end in spans:
        if start != at or end < start:
            raise InputError(
                f"expected a tensor at byte {at}, got one at {start} to {end}: save the model again"
            )
        at = end
    if at != size:
        raise InputError(f"expected {at} bytes of tensors, got {size}: the model is cut off, save it again")
