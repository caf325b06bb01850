"""Examples: every public name has one, and all of them give what they show.

Examples of public names know ``jr``, ``np`` and ``torch``, and run in a folder with a finished study.
Those of other functions know what their module knows.
"""

from __future__ import annotations

import doctest
import inspect
import re
import shutil
from importlib import import_module

import guides
import numpy as np
import pytest
import torch

import jrtune as jr

MODULES = ("data", "integrations", "losses", "metrics", "models")
FINDER = doctest.DocTestFinder(recurse=False)

PUBLIC = {f"jr.{name}": getattr(jr, name) for name in jr.__all__ if name not in MODULES} | {
    f"jr.{module}.{name}": getattr(import_module(f"jrtune.{module}"), name)
    for module in MODULES
    for name in import_module(f"jrtune.{module}").__all__
}

WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(guides.ROOT).with_suffix("").parts)
    for path in (guides.ROOT / "jrtune").rglob("*.py")
    if ">>>" in path.read_text()
)


def example_of(thing: object) -> str:
    """The thing's own docstring: not that of its base, nor a constant's, which is its type's."""
    if inspect.isclass(thing):
        return vars(thing).get("__doc__") or ""
    return (thing.__doc__ or "") if inspect.isfunction(thing) else ""


def shown() -> str:
    """All code that examples and guides run."""
    lines = [
        line
        for thing in PUBLIC.values()
        for line in example_of(thing).splitlines()
        if line.strip().startswith((">>>", "..."))
    ]
    pages = [page.read_text() for page in guides.GUIDES.glob("*.md")]
    return "\n".join(lines + [block.text for page in pages for block in guides.blocks_of(page)])


@pytest.fixture
def folder(study_folder, tmp_path):
    """A copy of the finished study, to read and to write in."""
    shutil.copytree(study_folder, tmp_path, dirs_exist_ok=True)
    with guides.working_in(tmp_path):
        yield tmp_path


def test_every_public_name_has_an_example():
    code = shown()
    without = [
        name
        for name, thing in PUBLIC.items()
        if ">>>" not in example_of(thing) and not re.search(rf"\b{re.escape(name)}\b", code)
    ]
    assert not without, f"no example in the docstring or in a guide: {', '.join(without)}"


@pytest.mark.parametrize("name", [name for name, thing in PUBLIC.items() if ">>>" in example_of(thing)])
def test_an_example_gives_what_it_shows(name, folder, no_new_methods):
    names = {"jr": jr, "np": np, "torch": torch}
    ran = [test for test in FINDER.find(PUBLIC[name], name, globs=names) if test.examples]
    assert ran
    for test in ran:
        assert doctest.DocTestRunner().run(test).failed == 0


def own(test: doctest.DocTest, module: str) -> bool:
    """Whether a docstring of a module is not one of a public name, which is run above."""
    name = test.name.removeprefix(f"{module}.")
    return all(
        getattr(thing, "__module__", "") != module or getattr(thing, "__name__", "") != name
        for thing in PUBLIC.values()
    )


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_of_other_functions(module):
    for test in doctest.DocTestFinder().find(import_module(module), module):
        if test.examples and own(test, module):
            assert doctest.DocTestRunner().run(test).failed == 0
