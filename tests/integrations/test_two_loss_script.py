"""The script of two losses that the README turns into a study: the diff is so, is short, and works."""

import difflib
import importlib.util
from pathlib import Path

import guides
import pytest
import torch

from jrtune.cli import main

HERE = Path(__file__).parent
README = (Path(__file__).parents[2] / "README.md").read_text()
BEFORE, AFTER = HERE / "two_loss_script.py", HERE / "two_loss_study.py"
MOST = 15


def changes():
    """The README's diff without the names of the files."""
    [block] = [block.text for block in guides.blocks_of(README) if block.language == "diff"]
    return block.splitlines()[2:]


def imported(file):
    specification = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_diff_turns_the_one_into_the_other_and_is_short():
    before, after = BEFORE.read_text().splitlines(), AFTER.read_text().splitlines()
    assert 40 <= len(before) <= 60
    assert changes() == list(difflib.unified_diff(before, after, n=1, lineterm=""))[2:]
    assert len([line for line in changes() if line[0] in "+-"]) <= MOST


def test_the_study_is_searched_and_the_loop_takes_its_weights(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["tune", str(AFTER), "--trials", "4", "--epochs", "1", "--cohort", "2"]) == 0
    assert "front of" in capsys.readouterr().out
    assert main(["export", "--knee"]) == 0
    torch.manual_seed(0)
    capsys.readouterr()
    imported(AFTER).main()
    last = capsys.readouterr().out.splitlines()[-1]
    assert float(last.split("(")[1].rstrip(")")) > 0.5


def test_the_script_trains_by_itself(capsys):
    torch.manual_seed(0)
    imported(BEFORE).main()
    assert float(capsys.readouterr().out.splitlines()[-1].split("(")[1].rstrip(")")) > 0.5


@pytest.mark.parametrize("file", [BEFORE, AFTER])
def test_importing_trains_nothing(file, capsys):
    imported(file)
    assert not capsys.readouterr().out
