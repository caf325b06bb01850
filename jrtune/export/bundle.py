"""The bundle of a chosen trial: a folder that says what the weights are and how good they are.

weights.json, config.json, README.md, SHA256SUMS, model.safetensors where the parameters are at hand, and
the network as programs (:mod:`jrtune.export.programs`) where they are wanted. The same trial and results give
the same bytes, but for the .pt2 program, of which torch writes an archive of its own each time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from jrtune.errors import InputError
from jrtune.evidence.members import Estimate, Member
from jrtune.evidence.weigh import weigh
from jrtune.export.card import card
from jrtune.export.replace import replace_folder
from jrtune.export.scale import finite
from jrtune.export.schema import (
    CandidateChoices,
    ObjectiveFigures,
    Provenance,
    TestFigure,
    TrainingBlock,
    WeightsFile,
)
from jrtune.export.tensors import with_metadata
from jrtune.export.weights import WEIGHTED_SUM, Weights, load_weights
from jrtune.spec import TRAINING_NAMES, Ending, Training
from jrtune.store.records import Results, StudyRecord, TrialRecord

MODEL = "model.safetensors"
SUMS = "SHA256SUMS"
OPTIMISERS: Mapping[str, Literal["AdamW", "SGD"]] = {"adamw": "AdamW", "sgd": "SGD"}
PT2, ONNX = "model.pt2", "model.onnx"
OPTIONAL = frozenset({MODEL, PT2, ONNX})
NAMES = OPTIONAL | {"weights.json", "config.json", "README.md", SUMS}

Programs = Callable[[str], Mapping[str, bytes]]
"""From the text of weights.json, which they carry, to programs of the network: file name -> content."""


def write_bundle(
    choice: TrialRecord,
    results: Results,
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
        results: the study's results, for its spec, provenance and confirmations.
        model: the parameters as safetensors bytes, or None to leave the model out.
        out: the folder; it may be absent, empty or an older bundle.
        reason: why this trial was chosen, for the card.
        gradients: loss term -> norm of its gradient at the start; None where it was not measured.
        programs: what makes programs of the network; None for none.

    Returns:
        The files written.

    Raises:
        InputError: where the trial is not complete, or the folder holds anything else or cannot be written.
    """
    if choice.ending is not Ending.COMPLETE:
        raise InputError(
            f"expected a complete trial, got trial {choice.number}, which ended {choice.ending}: choose one"
        )
    folder = Path(out).resolve()  # through a link: what is replaced is the folder, not the link
    try:
        _refuse_foreign(folder)
        files = bundle_files(choice, results, model, reason, gradients=gradients, programs=programs)
        replace_folder(folder, files)
    except OSError as error:
        raise InputError(
            f"expected to write a bundle to {out}, got '{error}': choose another --out"
        ) from error
    return [folder / name for name in files]


def bundle_files(
    choice: TrialRecord,
    results: Results,
    model: bytes | None,
    reason: str,
    *,
    gradients: Mapping[str, float | None] | None = None,
    programs: Programs | None = None,
) -> dict[str, bytes]:
    """File name -> content of the bundle."""
    body = weights_file(choice, results, gradients)
    files = {"weights.json": body.to_text().encode(), "config.json": _config(choice, results.study)}
    if model is not None:
        files[MODEL] = with_metadata(model, {"jrtune": body.model_dump_json()})
    if programs is not None:
        files |= programs(body.to_text())
    files["README.md"] = card(body, reason, _sums(files)).encode()
    files[SUMS] = "".join(f"{value}  {name}\n" for name, value in _sums(files).items()).encode()
    return files


def weights_file(
    choice: TrialRecord, results: Results, gradients: Mapping[str, float | None] | None = None
) -> WeightsFile:
    """What weights.json says of ``choice``, with test figures where it was confirmed."""
    study, candidate = results.study, choice.candidate
    test = _test_figures(choice, results)
    return WeightsFile(
        study=study.name,
        trial=choice.number,
        weights={term: float(weight) for term, weight in candidate.weights.items()},
        loss_scale={term: finite(choice.loss_scale.get(term)) for term in candidate.weights},
        gradient_scale={term: finite(norm) for term, norm in (gradients or {}).items()},
        scalarisation=_scalarisation(choice, study),
        objectives={
            name: ObjectiveFigures(direction=spec["direction"], val=choice.values[name], test=test.get(name))
            for name, spec in study.spec["objectives"].items()
        },
        candidate=CandidateChoices(choices=dict(candidate.choices), balancing=candidate.balancing),
        training=_training_block(choice, study),
        provenance=Provenance(
            **{name: study.versions[name] for name in ("jrtune", "torch", "optuna", "python", "device")},
            seed=study.seed,
            data=study.data,
            created=choice.finished,
        ),
    )


def load_bundle(path: str | Path) -> tuple[Weights, dict[str, Any], Path | None]:
    """Read a bundle after checking every file against its checksum.

    Returns:
        The weights, config.json, and the path of model.safetensors or None.

    Raises:
        InputError: where it is no bundle, or a file is missing or not what was written.
    """
    folder = Path(path)
    names = _verified(folder)
    config: dict[str, Any] = json.loads((folder / "config.json").read_bytes())
    return load_weights(folder), config, folder / MODEL if MODEL in names else None


def _test_figures(choice: TrialRecord, results: Results) -> dict[str, TestFigure]:
    evidence = weigh(results)
    members = evidence.members if evidence else ()
    # the same candidate from the same defaults is the same thing under another label
    mine = [m for m in members if m.number == choice.number] or [m for m in members if _same(m, choice)]
    return {name: _figure(estimate) for name, estimate in mine[0].test.items()} if mine else {}


def _same(member: Member, choice: TrialRecord) -> bool:
    return member.candidate == choice.candidate


def _figure(estimate: Estimate) -> TestFigure:
    low, high = finite(estimate.low), finite(estimate.high)
    return TestFigure(mean=estimate.mean, low=low, high=high, seeds=estimate.seeds)


def _training(choice: TrialRecord, study: StudyRecord) -> Training:
    return Training(**study.spec["training"]).vary(choice.candidate.choices)


def _scalarisation(choice: TrialRecord, study: StudyRecord) -> str:
    """By the name that the file has for it: the weighted sum has had a longer one from the start."""
    if choice.candidate.balancing != "fixed":
        return choice.candidate.balancing
    name = _training(choice, study).scalarisation
    return WEIGHTED_SUM if name == "sum" else name


def _training_block(choice: TrialRecord, study: StudyRecord) -> TrainingBlock:
    choices = asdict(_training(choice, study))
    del choices["scalarisation"]  # the file says it above
    optimiser = OPTIMISERS[choices.pop("optimizer")]
    if optimiser == "AdamW":
        choices["momentum"] = None  # it uses none
    constraints = dict(study.spec.get("constraints", {}))  # there were none in earlier versions
    return TrainingBlock(**choices, optimiser=optimiser, epochs=study.spec["epochs"], constraints=constraints)


def _config(choice: TrialRecord, study: StudyRecord) -> bytes:
    choices = choice.candidate.choices
    body = {
        "format": "jrtune-config",
        "version": 1,
        "study": study.name,
        "file": Path(study.path).name,  # the folders above it are nobody's business elsewhere
        "trial": choice.number,
        "terms": study.terms,
        "model": {name: value for name, value in choices.items() if name not in TRAINING_NAMES},
        "training": asdict(_training(choice, study)),
        "options": dict(study.options),
        "spec": study.spec,
    }
    return (json.dumps(body, indent=2, allow_nan=False, default=dict) + "\n").encode()


def _sums(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def _refuse_foreign(folder: Path) -> None:
    """Replacing a folder deletes what is in it, so it must be a bundle and nothing more."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"expected a folder at {folder}, got a file: choose another --out")
    names = {entry.name for entry in folder.iterdir()}
    if names and not (SUMS in names and names <= NAMES):
        found = ", ".join(sorted(names - NAMES)[:3]) or f"no {SUMS}"
        raise InputError(
            f"expected an empty folder or a jrtune bundle at {folder}, got {found}: choose another --out"
        )


def _verified(folder: Path) -> set[str]:
    try:
        text = (folder / SUMS).read_text()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"expected a bundle at {folder}, got no readable {SUMS}: export it again") from None
    parts = [line.partition("  ") for line in text.splitlines()]
    sums = {name: expected for expected, _, name in parts}
    if wrong := (NAMES - OPTIONAL - {SUMS} - set(sums)) or (set(sums) - NAMES):
        found = f"{sorted(wrong)[0]!r} missing or unknown"
        raise InputError(f"expected {SUMS} of a bundle's files in {folder}, got {found}: export it again")
    for name, expected in sums.items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise InputError(f"expected {file} as it was written, got other or no content: export it again")
    return set(sums)
