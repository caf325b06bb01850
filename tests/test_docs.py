"""The documentation: what its guides show runs, and its reference has every public name."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import tomllib

import guides
import pytest

import jrtune as jr
from jrtune.cli import main

FILES = guides.ROOT / "tests/guide_files"

# the pages that begin in an empty folder; the others have the finished study of the first
EMPTY = {"first_study"}

PAGES = sorted(page.stem for page in guides.GUIDES.glob("*.md"))
REFERENCE = sorted((guides.DOCS / "pages/reference").glob("*.md"))

# commands that serve until they are stopped
SERVERS = [["jrtune", "report", "--live"], ["jrtune", "dashboard"]]


def run_command(words):
    """One command as a reader types it."""
    program, *rest = words
    if words in SERVERS:
        assert main([*rest, "--help"]) == 0
    elif program == "jrtune":
        assert main(rest) == 0, " ".join(words)
    elif program == "make":
        assert re.search(rf"^{rest[0]}:.*## ", (guides.ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    elif words[:2] == ["pip", "install"]:
        extras = tomllib.loads((guides.ROOT / "pyproject.toml").read_text())["project"][
            "optional-dependencies"
        ]
        assert re.fullmatch(r"jrtune(\[(\w+)\])?", words[2])
        assert words[2] == "jrtune" or words[2][7:-1] in extras
    elif program == "python":
        subprocess.run([sys.executable, *rest], check=True)
    else:
        raise AssertionError(f"a guide shows {' '.join(words)}, and nothing here runs {program}")


@pytest.mark.parametrize("page", PAGES)
def test_what_a_guide_shows_runs(page, study_folder, tmp_path, no_new_methods):
    if page not in EMPTY:
        shutil.copytree(study_folder, tmp_path, dirs_exist_ok=True)
        shutil.copytree(FILES, tmp_path, dirs_exist_ok=True)
    names = {}
    with guides.working_in(tmp_path):
        for block in guides.blocks_of((guides.GUIDES / f"{page}.md").read_text()):
            if block.file:
                with (tmp_path / block.file).open("a") as file:
                    file.write(block.text)
            if block.language == "python":
                # as many empty lines before it, so that a traceback has the page's line
                code = "\n" * (block.line - 1) + block.text
                exec(compile(code, f"{page}.md", "exec"), names)
            elif block.language == "sh":
                for words in guides.commands_of(block.text):
                    run_command(words)


def test_the_reference_has_a_page_for_each_public_module():
    assert {page.stem for page in REFERENCE} == {
        "jrtune",
        "data",
        "integrations",
        "losses",
        "metrics",
        "models",
    }
    for page in REFERENCE:
        module = "jrtune" if page.stem == "jrtune" else f"jrtune.{page.stem}"
        assert f"\n::: {module}\n" in page.read_text()


def test_all_pages_are_in_the_navigation():
    config = (guides.DOCS / "mkdocs.yml").read_text()
    pages = guides.DOCS / "pages"
    assert set(re.findall(r"^ +- (\S+\.md)$", config, flags=re.MULTILINE)) == {
        str(page.relative_to(pages)) for page in pages.rglob("*.md")
    }


def test_it_builds_and_its_reference_has_every_public_name(tmp_path):
    if not all(map(importlib.util.find_spec, ("mkdocs", "material", "mkdocstrings_handlers"))):
        pytest.skip("mkdocs and its plugins are not installed: pip install 'jrtune[docs]'")
    config = str(guides.DOCS / "mkdocs.yml")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", config]
    subprocess.run([*command, "--site-dir", str(tmp_path)], check=True)
    for page in REFERENCE:
        module = jr if page.stem == "jrtune" else importlib.import_module(f"jrtune.{page.stem}")
        text = (tmp_path / f"reference/{page.stem}.html").read_text()
        missing = [
            name
            for name in module.__all__
            if f'id="{module.__name__}.{name}"' not in text and not hasattr(getattr(module, name), "__path__")
        ]
        assert not missing, f"{page.stem}: {', '.join(missing)}"
    for page in tmp_path.rglob("*.html"):
        assert not re.findall(r'<(?:script|img|link|iframe)[^>]*"https?://', page.read_text()), page
