"""README and CONTRIBUTING: blocks of code run, links and pictures are there, the tree is that on disk."""

import re
import subprocess
import tomllib
from pathlib import Path

import guides
import pytest
import torch
from laws import assert_all_same
from workers import dispatched, toy_jobs, toy_source

import jrtune as jr
from jrtune.cli import main
from jrtune.cli.app import app
from jrtune.losses import ADAPTIVE
from jrtune.report.figures.figure import SCRIPTS, PageFigure
from jrtune.report.page.join import join
from jrtune.train.executors.inline import Inline

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = ROOT / ".github/CONTRIBUTING.md"
CODE = re.compile(r"```.*?```", re.DOTALL)
LANGUAGES = {"", "diff", "python", "sh"}
"""Languages of blocks; the diff is held by integrations/test_two_loss_script.py, the tree by a test below."""


def blocks(language, text=README):
    return [block.text for block in guides.blocks_of(text) if block.language == language]


def commands(text=README):
    return [words for block in blocks("sh", text) for words in guides.commands_of(block)]


def test_every_block_is_of_a_kind_that_is_run():
    assert {block.language for block in guides.blocks_of(README)} == LANGUAGES
    assert {words[0] for words in commands()} == {"jrtune", "make"}
    assert len(blocks("python")) == 2
    assert len(blocks("")) == 1


def test_the_blocks_run_in_their_order(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    study, elsewhere = blocks("python")
    (tmp_path / "digits.py").write_text(study)
    ours = [words[1:] for words in commands() if words[0] == "jrtune"]
    named = ["tune", "tune", "confirm", "front", "pick", "report", "export", "new"]
    assert [words[0] for words in ours] == named
    for words in ours:
        assert main(words) == 0, capsys.readouterr().err
    assert (tmp_path / "out/digits/report/report.html").is_file()
    assert (tmp_path / "my_study.py").is_file()
    losses = {name: torch.ones((), requires_grad=True) for name in ("digit_loss", "picture_loss")}
    namespace = {"jr": jr, **losses}
    exec(elsewhere, namespace)
    namespace["loss"].backward()
    assert sum(float(loss.grad) for loss in losses.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("file", [ROOT / "README.md", CONTRIBUTING], ids=lambda file: file.stem)
def test_make_targets_exist(file):
    targets = [words[1:] for words in commands(file.read_text()) if words[0] == "make"]
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    for target, *more in targets:
        assert re.search(rf"^{target}:.*## ", makefile, flags=re.MULTILINE), target
        dry = subprocess.run(["make", "--dry-run", target, *more], cwd=ROOT, capture_output=True, text=True)
        assert dry.returncode == 0, dry.stderr


def test_every_command_is_named():
    for command in app.registered_commands:
        assert f"jrtune {command.callback.__name__}" in README


@pytest.mark.parametrize("file", [ROOT / "README.md", CONTRIBUTING], ids=lambda file: file.stem)
def test_what_is_linked_and_shown_is_there(file):
    text = re.sub(r"`[^`]*`", "", CODE.sub("", file.read_text()))
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", text) + re.findall(r'<img src="([^"]+)"', text)
    absent = {target for target in targets if not (file.parent / target).exists()}
    if not (ROOT / ".github/docs").exists():  # an archive of the sources goes without guides
        absent -= {target for target in absent if target.startswith(".github/docs/")}
    assert not absent


def test_pictures_are_small():
    pictures = re.findall(r'<img src="([^"]+)"', README)
    assert len(pictures) == 2
    assert all((ROOT / picture).stat().st_size < 300_000 for picture in pictures)


def test_the_tree_is_the_tree_on_disk():
    [tree] = blocks("")
    named = re.findall(r"^  (\S+)", tree, flags=re.MULTILINE)
    on_disk = {
        path.name + "/" * path.is_dir()
        for path in (ROOT / "jrtune").iterdir()
        if not path.name.startswith(("_", "."))
    }
    assert set(named) == on_disk
    for folder in re.findall(r"^(\w+/)", tree, flags=re.MULTILINE):
        assert (ROOT / folder).is_dir()


def test_study_example_names_what_exists():
    names = set(re.findall(r"\bjr\.(\w+)", README))
    assert names <= set(jr.__all__)


# --- CONTRIBUTING ----------------------------------------------------------------------------


@pytest.fixture
def recipes(no_new_methods):
    """What the Python blocks of the recipes define, in their order; their method is forgotten afterwards."""
    found = []
    for block in blocks("python", CONTRIBUTING.read_text()):
        namespace = {"__name__": "recipe"}
        exec(block, namespace)
        found.append(namespace)
    return found


def test_the_blocks_of_recipes_run(recipes, tmp_path):
    study, method, executor, figure = recipes
    split = study["load"]()
    assert set(split) == {"train", "val", "test"}
    names = [*(f"x{k}" for k in range(8)), "kind", "amount"]
    rows = [",".join(names), *(",".join([*"01234567", str(k % 2), "0.5"]) for k in range(10))]
    (tmp_path / "table.csv").write_text("\n".join(rows))
    assert study["load"](str(tmp_path / "table.csv"))["test"]["x"].shape == (2, 8)
    assert ADAPTIVE["equal-pull"] is method["EqualPull"]
    source, jobs = toy_source(tmp_path), toy_jobs(3)
    outcomes, _ = dispatched(executor["InTurn"](source.load("cpu")), jobs)
    assert_all_same(outcomes, dispatched(Inline(source.load("cpu")), jobs)[0])
    assert isinstance(figure["FIGURE"], PageFigure)
    [script] = blocks("js", CONTRIBUTING.read_text())
    sources = {path.stem: path.read_text() for path in SCRIPTS.glob("*.js")}
    assert "modules.cost" in join({**sources, figure["FIGURE"].script.stem: script}, "cost")


@pytest.mark.parametrize("file", [ROOT / "README.md", CONTRIBUTING], ids=lambda file: file.stem)
def test_files_that_are_named_are_there(file):
    ours = re.findall(r"`((?:jrtune|tests|studies|\.ci)/[\w./-]+)`", CODE.sub("", file.read_text()))
    recipes = {"equal_pull.py", "in_turn.py", "cost.py", "cost.js", "test_kind_amount.py"}
    for name in ours:
        assert (ROOT / name).exists() or Path(name).name in recipes, name


def test_the_version_is_one():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert jr.__version__ == declared
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert re.findall(r"^## (.+)$", changelog, flags=re.MULTILINE)[0] == "Unreleased"
