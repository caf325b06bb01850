"""The network of an exported trial as programs, in the forms that were asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from jrtune.export.bundle import Programs
from jrtune.export.folder import ONNX, PT2
from jrtune.store.records import StudyRecord, TrialRecord


def programs_of(
    forms: Collection[str], study: StudyRecord, trial: TrialRecord, stored: bytes | None
) -> Programs | None:
    """A function that makes the files of ``forms``, names of :mod:`jrtune.export.folder`; None for none.

    Args:
        forms: PT2, ONNX or both.
        study, trial: whose network it is.
        stored: its parameters as safetensors bytes.
    """
    if not forms:
        return None
    from jrtune.export.programs import to_onnx, to_pt2
    from jrtune.search.run.load_network import load_network

    model, batch = load_network(study, trial, stored)
    writers = {PT2: to_pt2, ONNX: to_onnx}

    def write(text: str) -> Mapping[str, bytes]:
        return {name: writers[name](model, batch, text) for name in writers if name in forms}

    return write
