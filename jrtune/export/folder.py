"""The folder of a bundle: which files it may hold, and that they are what was written.

Replacing a folder deletes what is in it, so nothing but a bundle is replaced. Nothing is read from a bundle
whose files are not those of its checksums.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from jrtune.errors import InputError

MODEL = "model.safetensors"
SUMS = "SHA256SUMS"
PT2, ONNX = "model.pt2", "model.onnx"
OPTIONAL = frozenset({MODEL, PT2, ONNX})
NAMES = OPTIONAL | {"weights.json", "config.json", "README.md", SUMS}


def sums(files: Mapping[str, bytes]) -> dict[str, str]:
    """File name -> SHA-256 of the content, in hexadecimal."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}


def refuse_foreign(folder: Path) -> None:
    """Lets pass a folder that may be replaced: absent, empty, or a bundle and nothing more.

    Raises:
        InputError: where it holds anything else, is a file, or is one that this process works in.
    """
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InputError(f"expected a folder at {folder}, got a file: choose another --out")
    if Path.cwd().is_relative_to(folder):  # a shell would be left in a folder that is gone
        raise InputError(
            f"expected another folder than the one worked in, got {folder}: choose another --out"
        )
    names = {entry.name for entry in folder.iterdir()}
    if names and not (SUMS in names and names <= NAMES):
        found = ", ".join(sorted(names - NAMES)[:3]) or f"no {SUMS}"
        raise InputError(
            f"expected an empty folder or a jrtune bundle at {folder}, got {found}: choose another --out"
        )


def verified(folder: Path) -> set[str]:
    """Names of a bundle's files, all of them as they were written.

    Raises:
        InputError: where it is no bundle, or a file is missing, unknown or not what was written.
    """
    try:
        text = (folder / SUMS).read_text()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"expected a bundle at {folder}, got no readable {SUMS}: export it again") from None
    parts = [line.partition("  ") for line in text.splitlines()]
    stated = {name: expected for expected, _, name in parts}
    if wrong := (NAMES - OPTIONAL - {SUMS} - set(stated)) or (set(stated) - NAMES):
        found = f"{sorted(wrong)[0]!r} missing or unknown"
        raise InputError(f"expected {SUMS} of a bundle's files in {folder}, got {found}: export it again")
    for name, expected in stated.items():
        file = folder / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
            raise InputError(f"expected {file} as it was written, got other or no content: export it again")
    return set(stated)
