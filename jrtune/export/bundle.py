"""The bundle of a chosen trial: a folder that says what the weights are and how good they are.

weights.json, config.json, README.md, SHA256SUMS, model.safetensors where the parameters are at hand, and
the network as programs (:mod:`jrtune.export.programs`) where they are wanted. The same trial and results give
the same bytes, but for the .pt2 program, of which torch writes an archive of its own each time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from jrtune.analysis.analysis import Analysis
from jrtune.errors import InputError
from jrtune.export.card import card
from jrtune.export.folder import MODEL, SUMS, refuse_foreign, sums, verified
from jrtune.export.replace import replace_folder
from jrtune.export.tensors import with_metadata
from jrtune.export.weights import Weights, load_weights
from jrtune.export.weights_file import training_of, weights_file
from jrtune.spec import TRAINING_NAMES, TrialStatus
from jrtune.spec.types import Json
from jrtune.store.records import StudyRecord, TrialRecord

Programs = Callable[[str], Mapping[str, bytes]]
"""Makes programs of the network, which carry the text of weights.json, from it: file name -> content."""


def write_bundle(
    choice: TrialRecord,
    analysis: Analysis,
    model: bytes | None,
    out: str | Path,
    reason: str,
    *,
    gradients: Mapping[str, float | None] | None = None,
    programs: Programs | None = None,
) -> list[Path]:
    """Write the bundle of ``choice`` to the folder ``out``, in place of an older bundle there.

    Args:
        choice: the trial to export; it must be complete.
        analysis: the study's, for its spec, provenance and confirmations.
        model: the parameters as safetensors bytes, or None to leave the model out.
        out: the folder; it may be absent, empty or an older bundle.
        reason: why this trial was chosen, for the card.
        gradients: loss term -> norm of its gradient at the start; None where it was not measured.
        programs: makes programs of the network; None for none.

    Returns:
        The files written.

    Raises:
        InputError: where the trial is not complete, or the folder holds anything else or cannot be written.
    """
    if choice.status is not TrialStatus.COMPLETE:
        raise InputError(
            f"expected a complete trial, got trial {choice.number} with status {choice.status}: choose one"
        )
    folder = Path(out).resolve()  # through a link: what is replaced is the folder, not the link
    try:
        refuse_foreign(folder)
        files = bundle_files(choice, analysis, model, reason, gradients=gradients, programs=programs)
        replace_folder(folder, files)
    except OSError as error:
        raise InputError(
            f"expected to write a bundle to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def bundle_files(
    choice: TrialRecord,
    analysis: Analysis,
    model: bytes | None,
    reason: str,
    *,
    gradients: Mapping[str, float | None] | None = None,
    programs: Programs | None = None,
) -> dict[str, bytes]:
    """File name -> content of the bundle."""
    body = weights_file(choice, analysis, gradients)
    files = {"weights.json": body.to_text().encode(), "config.json": _config(choice, analysis.study)}
    if model is not None:
        files[MODEL] = with_metadata(model, {"jrtune": body.model_dump_json()})
    if programs is not None:
        files |= programs(body.to_text())
    files["README.md"] = card(body, reason, sums(files)).encode()
    files[SUMS] = "".join(f"{value}  {name}\n" for name, value in sums(files).items()).encode()
    return files


def load_bundle(path: str | Path) -> tuple[Weights, dict[str, Json], Path | None]:
    """Read a bundle after checking every file against its checksum.

    Returns:
        The weights, config.json, and the path of model.safetensors or None.

    Raises:
        InputError: where it is no bundle, or a file is missing or not what was written.
    """
    folder = Path(path)
    names = verified(folder)
    config: dict[str, Json] = json.loads((folder / "config.json").read_bytes())
    return load_weights(folder), config, folder / MODEL if MODEL in names else None


def _config(choice: TrialRecord, study: StudyRecord) -> bytes:
    choices = choice.candidate.choices
    # earlier versions did not write down what the model's builder is given
    taken = study.spec.model
    if taken is None:
        taken = tuple(name for name in choices if name not in TRAINING_NAMES)
    body = {
        "format": "jrtune-config",
        "version": 1,
        "study": study.name,
        "file": Path(study.path).name,  # the folders above it are nobody's business elsewhere
        "trial": choice.number,
        "terms": study.terms,
        "model": {name: value for name, value in choices.items() if name in taken},
        "training": asdict(training_of(choice, study)),
        "options": dict(study.options),
        "spec": study.spec.to_json(),
    }
    return (json.dumps(body, indent=2, allow_nan=False, default=dict) + "\n").encode()
