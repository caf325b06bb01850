"""Text that is run: fenced blocks of Markdown, and a folder with a finished study for examples to read."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from jrtune.cli import main

ROOT = Path(__file__).parents[1]
DOCS = ROOT / ".github/docs"
GUIDES = DOCS / "pages/guides"

FENCE = re.compile(
    r'^```(?P<language>\w*)(?: title="(?P<file>[^"]+)")?[^\n]*\n(?P<text>.*?)^```$',
    flags=re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block: language, text, the line at which that begins, the file that it is a part of."""

    language: str
    text: str
    line: int
    file: str = ""


def blocks_of(text: str) -> list[Block]:
    """The fenced blocks of a Markdown text, in their order."""
    return [
        Block(
            match["language"],
            match["text"],
            text.count("\n", 0, match.start("text")) + 1,
            match["file"] or "",
        )
        for match in FENCE.finditer(text)
    ]


def commands_of(text: str) -> list[list[str]]:
    """The commands of a block of sh, each in its words, without comments."""
    lines = text.replace("\\\n", " ").splitlines()
    return [words for words in (shlex.split(line, comments=True) for line in lines) if words]


def finished_study(folder: Path) -> None:
    """What ``jrtune new my-study`` and the commands after it leave in a folder; takes half a minute."""
    with working_in(folder):
        for command in (
            "new my-study",
            "tune my_study.py --trials 8",
            "confirm --seeds 3",
            "export --knee",
            "compare my_study.py --trials 8 --seeds 3",
        ):
            assert main(command.split()) == 0, command


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Work there, as Python's own prompt does: modules of that folder can be imported by name."""
    before, loaded = Path.cwd(), set(sys.modules)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        os.chdir(before)
        sys.path.remove(str(folder))
        for name in set(sys.modules) - loaded:  # the next folder's module of that name is another one
            if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]
