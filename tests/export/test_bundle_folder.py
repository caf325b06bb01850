"""A bundle: complete, repeatable, checked, and never of two trials, whenever the writer is killed."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import replace as replace_fields

import pytest
import torch
from build_results import make_results
from safetensors.torch import load_file, save

from jrtune.analysis.analysis import Analysis
from jrtune.errors import InputError
from jrtune.export import replace
from jrtune.export.bundle import load_bundle, write_bundle
from jrtune.export.tensors import read_metadata
from jrtune.spec import TrialStatus
from jrtune.store.records import Results

RESULTS = make_results()
OLD, NEW = (RESULTS.trials[i] for i in (4, 5))
MODEL = save({"layer.weight": torch.arange(4.0)})


def files_of(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_holds_everything_and_loads(tmp_path):
    out = tmp_path / "new" / "bundle"
    written = write_bundle(OLD, Analysis(RESULTS), MODEL, out, "it is the knee")
    names = {"weights.json", "config.json", "README.md", "SHA256SUMS", "model.safetensors"}
    assert {path.name for path in written} == set(files_of(out)) == names
    weights, config, model = load_bundle(out)
    assert (weights.trial, dict(weights)) == (OLD.number, dict(OLD.candidate.weights))
    assert config["model"] == dict(OLD.candidate.choices)
    assert config["file"] == "synthetic.py"  # no folders of the machine it was tuned on
    assert config["spec"] == RESULTS.study.spec.to_json()
    assert torch.equal(load_file(model)["layer.weight"], torch.arange(4.0))
    assert json.loads(read_metadata(model.read_bytes())["jrtune"])["trial"] == OLD.number


def test_training_choices_are_told_from_the_models(tmp_path):
    candidate = OLD.candidate
    candidate = type(candidate)(candidate.weights, {**candidate.choices, "lr": 0.02})
    choice = type(OLD)(**{**vars(OLD), "candidate": candidate})
    write_bundle(choice, Analysis(RESULTS), None, tmp_path / "b", "x")
    weights, config, _ = load_bundle(tmp_path / "b")
    assert "lr" not in config["model"]
    assert config["training"]["lr"] == weights.training["lr"] == 0.02


@pytest.mark.parametrize(
    ("given", "model"), [(["lr", "width"], {"lr", "width"}), (None, {"sharing", "width"})]
)
def test_what_builds_the_network_again_is_what_built_it(tmp_path, given, model):
    candidate = replace_fields(OLD.candidate, choices={"lr": 0.02, "sharing": "hard", "width": 32})
    spec = replace_fields(RESULTS.study.spec, model=given or None)  # earlier versions did not say
    results = replace_fields(RESULTS, study=replace_fields(RESULTS.study, spec=spec))
    write_bundle(replace_fields(OLD, candidate=candidate), Analysis(results), None, tmp_path / "b", "x")
    built = load_bundle(tmp_path / "b")[1]["model"]
    assert built == {name: candidate.choices[name] for name in model}


@pytest.mark.parametrize("here", ["b", "b/inside"])
def test_the_folder_worked_in_is_not_taken_away(tmp_path, monkeypatch, here):
    (tmp_path / here).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / here)
    with pytest.raises(InputError, match=r"expected another folder than the one worked in, got .*b: choose"):
        write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "b", "x")
    assert os.path.samefile(".", tmp_path / here)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_the_usual_tool_checks_it(tmp_path):
    write_bundle(OLD, Analysis(RESULTS), MODEL, tmp_path / "b", "x")
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path / "b", check=False).returncode == 0
    (tmp_path / "b" / "config.json").write_text("{}")
    assert subprocess.run(check, cwd=tmp_path / "b", check=False, capture_output=True).returncode == 1


def test_twice_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_bundle(OLD, Analysis(RESULTS), MODEL, tmp_path / name, "x")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


def test_without_model_says_so(tmp_path):
    write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "b", "x")
    assert load_bundle(tmp_path / "b")[2] is None
    assert "There is no model.safetensors here" in (tmp_path / "b" / "README.md").read_text()


def test_card_tells_the_reason_figures_and_checksums(tmp_path):
    confirmed = next(c.number for c in RESULTS.confirmations if c.role == "front")
    write_bundle(RESULTS.trials[confirmed], Analysis(RESULTS), MODEL, tmp_path / "b", "best | of <all>")
    card = (tmp_path / "b" / "README.md").read_text()
    assert r"**Why this trial:** best \| of \<all\>" in card
    runs = [c.test["accuracy"] for c in RESULTS.confirmations if c.number == confirmed]
    row = next(line for line in card.splitlines() if line.startswith("| accuracy |"))
    assert f"{sum(runs) / len(runs):.4g} (" in row
    assert row.endswith("| 5 |")
    for name in ("weights.json", "config.json", "model.safetensors"):
        assert hashlib.sha256((tmp_path / "b" / name).read_bytes()).hexdigest() in card


def test_an_older_bundle_is_replaced_whole(tmp_path):
    out = tmp_path / "b"
    write_bundle(OLD, Analysis(RESULTS), MODEL, out, "x")
    write_bundle(NEW, Analysis(RESULTS), None, out, "x")
    assert load_bundle(out)[0].trial == NEW.number
    assert "model.safetensors" not in files_of(out)
    assert os.listdir(tmp_path) == ["b"]


@pytest.mark.parametrize(
    "make", [lambda p: (p / "notes.txt").write_text("mine"), lambda p: (p / "README.md").touch()]
)
def test_foreign_folder_is_refused(tmp_path, make):
    make(tmp_path)
    before = files_of(tmp_path)
    with pytest.raises(
        InputError, match=r"expected an empty folder or a jrtune bundle at .*: choose another --out"
    ):
        write_bundle(OLD, Analysis(RESULTS), None, tmp_path, "x")
    assert files_of(tmp_path) == before


def test_a_file_beside_an_older_bundle_is_not_lost(tmp_path):
    write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "b", "x")
    (tmp_path / "b" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"got notes\.txt"):
        write_bundle(NEW, Analysis(RESULTS), None, tmp_path / "b", "x")


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(InputError, match=r"expected a folder at .*, got a file"):
        write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "b", "x")


def test_incomplete_trial_is_refused(tmp_path):
    diverged = next(t for t in RESULTS.trials if t.status is TrialStatus.DIVERGED)
    with pytest.raises(InputError, match=f"got trial {diverged.number} with status diverged"):
        write_bundle(diverged, Analysis(RESULTS), None, tmp_path / "b", "x")


def test_changed_cut_or_missing_files_are_found(tmp_path):
    for name in ("weights.json", "config.json", "README.md", "model.safetensors"):
        write_bundle(OLD, Analysis(RESULTS), MODEL, tmp_path / "b", "x")
        file = tmp_path / "b" / name
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        with pytest.raises(InputError, match=f"expected .*{name} as it was written"):
            load_bundle(tmp_path / "b")
        file.unlink()
        with pytest.raises(InputError, match=f"expected .*{name} as it was written"):
            load_bundle(tmp_path / "b")


@pytest.mark.parametrize("text", ["", "00  ../../etc/passwd\n"])
def test_checksums_of_other_files_are_refused(tmp_path, text):
    write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "b", "x")
    sums = tmp_path / "b" / "SHA256SUMS"
    sums.write_text((sums.read_text() if text else "") + text)
    with pytest.raises(InputError, match="expected SHA256SUMS of a bundle's files"):
        load_bundle(tmp_path / "b")


def test_no_bundle_is_named(tmp_path):
    with pytest.raises(InputError, match=r"expected a bundle at .*, got no readable SHA256SUMS"):
        load_bundle(tmp_path / "absent")


# --- faults --------------------------------------------------------------------------------


def fault_at(step, act, monkeypatch):
    """Do ``act`` in place of the ``step``-th call that touches the disk, counting from 1."""
    count = 0

    def wrap(function):
        def call(*args, **kwargs):
            nonlocal count
            count += 1
            if count == step:
                act()
            return function(*args, **kwargs)

        return call

    for name in ("fsync", "rename"):
        monkeypatch.setattr(os, name, wrap(getattr(os, name)))
    monkeypatch.setattr(replace, "_write", wrap(replace._write))
    monkeypatch.setattr(shutil, "rmtree", wrap(shutil.rmtree))
    return lambda: count


def steps_of_a_write(tmp_path):
    with pytest.MonkeyPatch.context() as patch:
        write_bundle(OLD, Analysis(RESULTS), MODEL, tmp_path / "count", "x")
        calls = fault_at(0, lambda: None, patch)
        write_bundle(NEW, Analysis(RESULTS), MODEL, tmp_path / "count", "x")
        return calls()


def test_an_error_at_any_step_leaves_one_whole_bundle(tmp_path):
    def fail():
        raise OSError("No space left on device")

    seen = set()
    for step in range(1, steps_of_a_write(tmp_path) + 1):
        out = tmp_path / str(step) / "b"
        write_bundle(OLD, Analysis(RESULTS), MODEL, out, "x")
        with pytest.MonkeyPatch.context() as patch:
            fault_at(step, fail, patch)
            try:
                write_bundle(NEW, Analysis(RESULTS), MODEL, out, "x")
            except InputError as error:
                assert "No space left on device" in str(error)  # noqa: PT017 - a late step may also succeed
        seen.add(load_bundle(out)[0].trial)
    assert seen == {OLD.number, NEW.number}


def killed_at(step, out):
    """Write NEW over ``out`` in a child that dies at once at that step; its exit status."""
    child = os.fork()
    if child == 0:
        fault_at(step, lambda: os._exit(9), pytest.MonkeyPatch())
        try:
            write_bundle(NEW, Analysis(RESULTS), MODEL, out, "x")
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # the child only writes files, then exits
def test_a_kill_at_any_step_leaves_one_whole_bundle_or_a_moments_absence(tmp_path):
    steps = steps_of_a_write(tmp_path)
    seen, absent = set(), 0
    for step in range(1, steps + 1):
        out = tmp_path / f"kill-{step}" / "b"
        write_bundle(OLD, Analysis(RESULTS), MODEL, out, "x")
        assert killed_at(step, out) == 9
        if out.exists():
            seen.add(load_bundle(out)[0].trial)
        else:  # between the two renames: the old one stands beside, whole, and the next write finds it
            absent += 1
            assert load_bundle(out.with_name(".b.previous"))[0].trial == OLD.number
            replace.recover(out)
            assert load_bundle(out)[0].trial == OLD.number
        write_bundle(NEW, Analysis(RESULTS), MODEL, out, "x")
        assert load_bundle(out)[0].trial == NEW.number
        assert os.listdir(out.parent) == ["b"]  # nothing is left lying about
    assert seen == {OLD.number, NEW.number}
    assert absent == 1


def test_through_a_link_the_target_is_replaced(tmp_path):
    write_bundle(OLD, Analysis(RESULTS), None, tmp_path / "real", "x")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_bundle(NEW, Analysis(RESULTS), None, tmp_path / "link", "x")
    assert (tmp_path / "link").is_symlink()
    assert load_bundle(tmp_path / "real")[0].trial == NEW.number


def test_results_without_confirmations_export_too(tmp_path):
    write_bundle(OLD, Analysis(Results(RESULTS.study, RESULTS.trials)), None, tmp_path / "b", "x")
    assert load_bundle(tmp_path / "b")[0].objectives["accuracy"]["test"] is None
