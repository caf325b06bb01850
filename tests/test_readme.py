"""The README: its commands run, its tree is the tree on disk, what it says of options is so."""

import re
import shlex
from pathlib import Path

import pytest

import jrtune as jr
from jrtune.cli import main
from jrtune.cli.app import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def blocks(language):
    # between fences: every second part, which begins with its language
    parts = [part.partition("\n") for part in README.split("```")[1::2]]
    return [text for name, _, text in parts if name == language]


def commands():
    lines = [line.partition("#")[0].strip() for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line]


def test_the_commands_run_in_their_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    ours = [words[1:] for words in commands() if words[0] == "jrtune"]
    assert [words[0] for words in ours] == ["new", "tune", "confirm", "front", "pick", "report", "export"]
    for words in ours:
        assert main(words) == 0, capsys.readouterr().err
    assert (tmp_path / "out/my-study/report/report.html").is_file()
    weights = jr.load_weights("out/my-study/export")
    assert weights({"kind": 1.0, "amount": 1.0}) == pytest.approx(1.0)


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    targets = [words[1] for words in commands() if words[0] == "make"]
    assert {"tune", "test"} <= set(targets)
    for target in targets:
        assert re.search(rf"^{target}:.*## ", makefile, flags=re.MULTILINE), target


def test_every_command_is_named():
    for command in app.registered_commands:
        assert f"jrtune {command.callback.__name__}" in README


def test_the_tree_is_the_tree_on_disk():
    tree = next(block for block in blocks("") if block.startswith("jrtune/\n"))
    named = re.findall(r"^  (\S+)", tree, flags=re.MULTILINE)
    on_disk = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "jrtune").iterdir()
        if not path.name.startswith(("_", "."))
    }
    assert set(named) == on_disk
    for folder in re.findall(r"^(\w+/)", tree, flags=re.MULTILINE):
        assert (ROOT / folder).is_dir()


def test_python_blocks_are_python():
    for block in blocks("python"):
        compile(block, "README.md", "exec")


def test_study_example_names_what_exists():
    names = set(re.findall(r"\bjr\.(\w+)", README))
    assert names <= set(jr.__all__)
