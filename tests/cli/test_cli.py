"""The command line: answers, exit statuses, one line for wrong input, nothing written then."""

import errno
import inspect
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from toy import run_toy, write_toy

import jrtune as jr
from jrtune.cli import main
from jrtune.losses import ADAPTIVE
from jrtune.search.run.run_config import Budget

ROOT = Path(__file__).parents[2]
INLINE = ["--engine", "inline"]  # where the engine does not matter: worker processes cost a second or two
IMAGES = ROOT / "studies" / "image_edges.py"


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    """A folder with a tuned and confirmed toy study."""
    folder = tmp_path_factory.mktemp("tuned")
    study = write_toy(folder)
    run_toy(study, f"{folder}/jrtune.db", Budget(10, "random"))
    before = Path.cwd()
    os.chdir(folder)
    try:
        assert main(["confirm", "--seeds", "3"]) == 0
    finally:
        os.chdir(before)
    return folder


@pytest.fixture
def inside(tuned, monkeypatch):
    monkeypatch.chdir(tuned)
    return tuned


def output(capsys, *arguments):
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_front_as_text_json_and_csv_agree(inside, capsys):
    body = json.loads(output(capsys, "front", "--json"))
    text = output(capsys, "front")
    lines = output(capsys, "front", "--csv").splitlines()
    assert len(lines) == len(body["front"]) + 1
    assert lines[0].startswith("trial,source,weight_y,weight_z")
    for row in body["front"]:
        assert row["weight_y"] + row["weight_z"] == pytest.approx(1)
        assert any(line.startswith(f"{row['trial']} ") for line in text.splitlines())
    assert len(body["test"]["verdicts"]) == 2
    assert all(sentence in text for sentence in body["test"]["verdicts"])


@pytest.mark.parametrize(
    "rule",
    [
        [],
        ["--knee"],
        ["--prefer", "error_y=0.9,error_z=0.1"],
        ["--at-least", "error_y=9", "--best", "error_z"],
        ["--topsis", "equal"],
        ["--topsis", "error_y=0.9,error_z=0.1"],
        ["--reference", "error_y=0.5,error_z=0.5"],
        ["--robust"],
    ],
)
def test_pick_names_a_front_member_and_says_why(inside, capsys, rule):
    body = json.loads(output(capsys, "pick", *rule, "--json"))
    numbers = [row["trial"] for row in json.loads(output(capsys, "front", "--json"))["front"]]
    assert body["trial"] in numbers
    assert f"trial {body['trial']}" in body["reason"]
    assert re.search(r"\. (Against trial \d+ next to it|No other point of the front)", body["reason"])


def test_pick_shows_test_figures_where_there_are_some(inside, capsys):
    member = json.loads(output(capsys, "front", "--json"))["front"][0]
    chosen = ["pick", "--trial", str(member["trial"])]
    test = json.loads(output(capsys, *chosen, "--json"))["test"]
    for name in ("error_y", "error_z"):
        figures = [member[f"test_{name}{end}"] for end in ("", "_low", "_high")]
        assert [test[name][part] for part in ("mean", "low", "high")] == figures
        assert test[name]["seeds"] == 3
        low, high = (f"{figure:.4g}" for figure in figures[1:])
        assert f"{figures[0]:.4g} [{low}, {high}]" in output(capsys, *chosen)
    ours, other = (
        json.loads(output(capsys, "pick", "--trial", str(n), "--json")) for n in (0, off_front(capsys))
    )
    assert "test" in ours  # a baseline, confirmed also where it is not on the front
    assert "test" not in other


def off_front(capsys):
    """A searched trial that is not on the front: neither confirmed nor are its parameters kept."""
    members = {row["trial"] for row in json.loads(output(capsys, "front", "--json"))["front"]}
    return next(number for number in range(3, 10) if number not in members)


def test_an_export_without_a_model_says_so(inside, capsys, tmp_path):
    number, out = off_front(capsys), tmp_path / "bundle"
    assert main(["export", "--trial", str(number), "--out", str(out)]) == 0
    line = capsys.readouterr().err
    assert (
        f"weights only, no model.safetensors: the parameters of trial {number} are not saved; train" in line
    )
    assert line.count("\n") == 1
    assert not (out / "model.safetensors").exists()
    assert main(["export", "--knee", "--out", str(out)]) == 0
    assert capsys.readouterr().err == ""
    assert (out / "model.safetensors").exists()


def test_pick_says_sampler_where_a_sampler_is_meant(inside, capsys):
    number = str(off_front(capsys))
    assert output(capsys, "pick", "--trial", number).endswith("random sampler\n")
    assert output(capsys, "pick", "--trial", "1").endswith("single y\n")


def test_pick_by_threshold_takes_the_best_of_the_other(inside, capsys):
    body = json.loads(output(capsys, "pick", "--at-least", "error_y=9", "--best", "error_z", "--json"))
    rows = json.loads(output(capsys, "front", "--json"))["front"]
    assert body["val"]["error_z"] == min(row["val_error_z"] for row in rows)


def test_pick_and_export_choose_by_the_same_options(inside, capsys, tmp_path):
    from jrtune.cli.app import app

    options = [
        {parameter: str(value) for parameter, value in inspect.signature(command.callback).parameters.items()}
        for command in app.registered_commands
        if command.callback.__name__ in ("pick", "export")
    ]
    choosing = {
        "knee",
        "prefer",
        "topsis",
        "reference",
        "at_least",
        "best",
        "beats_single",
        "robust",
        "trial",
    }
    assert choosing <= options[0].keys() & options[1].keys()
    assert all(options[0][name] == options[1][name] for name in choosing)
    rule = ["--reference", "error_y=0.1,error_z=9", "--json"]
    picked = json.loads(output(capsys, "pick", *rule))
    exported = json.loads(output(capsys, "export", *rule, "--out", str(tmp_path / "bundle")))
    assert exported == picked | {"export": str(tmp_path / "bundle")}
    assert picked["reason"].split(":")[0] in (tmp_path / "bundle" / "README.md").read_text()


def test_pick_beats_single_or_says_the_nearest(inside, capsys):
    status = main(["pick", "--beats-single"])
    out, err = capsys.readouterr()
    logged = {
        0: (out, "the most certain to be at least as good as every single-task model (error_y, error_z)")
    }
    text, words = logged.get(status, (err, "no front member is at least as good as every single-task model"))
    assert words in text


def test_export_is_used_with_jrtune_and_with_json_alone(inside, capsys, tmp_path):
    output(capsys, "export", "--out", str(tmp_path / "bundle"))
    script = tmp_path / "elsewhere.py"
    script.write_text(
        "import json, sys, jrtune\n"
        "losses = {'y': 0.1234567890123, 'z': 7.7}\n"
        "plain = json.load(open(sys.argv[1] + '/weights.json'))['weights']\n"
        "ours = jrtune.load_weights(sys.argv[1])(losses)\n"
        "print(repr(sum(w * losses[t] for t, w in plain.items())), repr(ours))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "bundle")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    plain, ours = map(float, done.stdout.split())
    assert abs(plain - ours) <= 1e-12
    names = {path.name for path in (tmp_path / "bundle").iterdir()}
    assert names == {"weights.json", "model.safetensors", "config.json", "README.md", "SHA256SUMS"}


def test_confirm_again_trains_nothing(inside, capsys):
    before = output(capsys, "front", "--json")
    assert main(["confirm", "--seeds", "3"]) == 0
    assert "confirmed" not in capsys.readouterr().err
    assert output(capsys, "front", "--json") == before


def test_tune_again_imports_nothing_heavy_and_changes_nothing(inside):
    before = Path("jrtune.db").read_bytes()
    code = (
        "import sys; from jrtune.cli import main; "
        "assert main(['tune', 'toy.py', '--trials', '10', '--finish', '--seeds', '3']) == 0; "
        "assert main(['tune', 'toy.py', '--trials', '10', '--finish', '--seeds', '3']) == 0; "
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "front of" in done.stdout
    assert Path("jrtune.db").read_bytes() == before


def test_new_writes_a_study_that_runs_and_is_not_overwritten(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    output(capsys, "new", "my-study")
    text = output(capsys, "tune", "my_study.py", "--trials", "4", "--epochs", "1")
    assert "study my-study: front of" in text
    assert main(["new", "my-study"]) == 2
    assert "is there already" in capsys.readouterr().err


def test_compare_gives_every_method_the_same_trainings(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_toy(tmp_path)
    words = ["compare", "toy.py", "--trials", "4", "--seeds", "2", "--sampler", "random", "--json", *INLINE]
    rows = json.loads(output(capsys, *words))
    methods = {"tuned weights", "equal weights", *ADAPTIVE, "single-task models"}
    assert {row["method"] for row in rows} == methods
    assert {row["trainings"] for row in rows} == {4}
    assert all(row["hypervolume"]["seeds"] == 2 for row in rows)
    assert [asdict(row) for row in jr.load_comparison("jrtune.db").rows] == rows
    output(capsys, "report", "--out", "report")
    assert {".png", ".csv", ".json", ".html"} <= {path.suffix for path in Path("report").iterdir()}
    shown = Path("report/comparison.csv").read_text()
    assert all(row["method"] in shown and row["sentence"] in shown for row in rows)


def test_every_command_has_help(capsys):
    from jrtune.cli.app import app

    for command in app.registered_commands:
        name = command.callback.__name__
        assert main([name, "--help"]) == 0
        # the terminal's width may break the sentence
        first_words = " ".join(command.callback.__doc__.split()[:4])
        assert first_words in capsys.readouterr().out


# --- wrong input ---------------------------------------------------------------------------


def refused(capsys, folder, *arguments):
    """Runs what must be refused; returns the one line it says."""
    before = {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1, err
    after = {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
    changed = {str(p) for p in {*before, *after} if before.get(p) != after.get(p)}
    assert not {name for name in changed if "__pycache__" not in name}, changed
    return err


BAD = {
    "missing file": (["tune", "nowhere.py"], "there is no file 'nowhere.py'"),
    "not python": (["tune", "text.txt"], "expected a Python file"),
    "no study": (["tune", "empty.py"], "got no study"),
    "broken file": (["tune", "broken.py"], "line 1"),
    "unknown --set": (["tune", "toy.py", "--set", "foo=1"], "does not know 'foo'.*samples, seed, broken"),
    "no value": (["tune", "toy.py", "--set", "samples"], "--set expects NAME=VALUE"),
    "text for number": (["tune", "toy.py", "--set", "samples=many"], "expects an integer, got 'many'"),
    "no sampler": (
        ["tune", "toy.py", "--sampler", "cmaes"],
        "one of front, tpe, gp, nsga2, random, qmc, got 'cmaes'",
    ),
    "zero trials": (["tune", "toy.py", "--trials", "0"], "--trials expects an integer from 1, got 0"),
    "zero epochs": (
        ["tune", "toy.py", "--epochs", "0"],
        "--epochs expects an integer from 1 to 100000, got 0",
    ),
    "endless epochs": (["tune", "toy.py", "--epochs", "1000000000000"], "from 1 to 100000, got 10{12}"),
    "endless seeds": (["tune", "toy.py", "--seeds", "1000000000000"], "from 1 to 1000, got 10{12}"),
    "negative seed": (["tune", "toy.py", "--seed", "-1"], "--seed expects an integer from 0, got -1"),
    "seed of text": (["tune", "toy.py", "--seed", "x"], "--seed expects an integer, got 'x'"),
    "cohort of text": (["tune", "toy.py", "--cohort", "many"], "--cohort expects auto or an integer"),
    "no device": (["tune", "toy.py", "--device", "tpu"], "--device expects auto, cpu or cuda, got 'tpu'"),
    "unknown option": (["tune", "toy.py", "--foo"], "--foo.*: see jrtune tune --help"),
    "time of text": (["tune", "toy.py", "--time-limit", "x"], "--time-limit expects seconds, got 'x'"),
    "no port": (
        ["report", "--live", "--port", "-1"],
        "--port expects an integer from 0 to 65535, got -1",
    ),
    "unknown command": (["frobnicate"], "frobnicate"),
    "storage in no folder": (
        ["tune", "toy.py", "--storage", "no/where/x.db"],
        "the folder 'no/where' does not exist",
    ),
    "storage is a folder": (["tune", "toy.py", "--storage", "."], "folder"),
    "storage is text": (["tune", "toy.py", "--storage", "text.txt"], "expected an SQLite database"),
    "storage of another kind": (["tune", "toy.py", "--storage", "foo://x"], "--storage expects"),
    "front of nothing": (["front", "--storage", "none.db"], "there is no file 'none.db'"),
    "front of text": (["front", "--storage", "text.txt"], "expected an SQLite database"),
    "NaN": (["tune", "toy.py", "--set", "broken=nan"], "finite"),
    "two lengths": (["tune", "toy.py", "--set", "broken=lengths"], "length|samples"),
    "empty": (["tune", "toy.py", "--set", "broken=empty"], "expected samples in split 'test', got none"),
    "missing data": (["tune", str(IMAGES), "--set", "data=nowhere.npz"], "nowhere.npz"),
    "corrupt data": (["tune", str(IMAGES), "--set", "data=corrupt.npz"], "corrupt.npz"),
    "one class": (["tune", str(IMAGES), "--set", "data=one.npz"], "class"),
    "images and labels of two lengths": (["tune", str(IMAGES), "--set", "data=two.npz"], "two.npz"),
    "images with NaN": (["tune", str(IMAGES), "--set", "data=nan.npz"], "NaN|finite"),
    "no images": (["tune", str(IMAGES), "--set", "data=none.npz"], "none.npz"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_input_is_one_line_and_writes_nothing(case, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_toy(tmp_path)
    (tmp_path / "text.txt").write_text("just text, and more of it than a header")
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "broken.py").write_text("x = (\n")
    (tmp_path / "corrupt.npz").write_bytes(b"PK\x03\x04 nothing")
    rng = np.random.default_rng(0)
    images = rng.integers(0, 255, (20, 8, 8)).astype(np.uint8)
    np.savez("one.npz", images=images, labels=np.zeros(20, int))
    np.savez("two.npz", images=images, labels=np.zeros(19, int))
    np.savez("none.npz", images=images[:0], labels=np.zeros(0, int))
    np.savez("nan.npz", images=np.full((20, 8, 8), np.nan), labels=np.arange(20) % 2)
    arguments, message = BAD[case]
    line = refused(capsys, tmp_path, *arguments)
    assert re.search(message, line), line


WRONG_CHOICE = {
    "unknown in --prefer": (
        ["pick", "--prefer", "foo=1"],
        "--prefer does not know the objective 'foo'; it knows error_y, error_z",
    ),
    "no number": (["pick", "--prefer", "error_y"], "--prefer expects NAME=NUMBER"),
    "all zero": (
        ["pick", "--prefer", "error_y=0"],
        "--prefer expects weights >= 0, not all 0, got error_y=0",
    ),
    "negative": (["pick", "--prefer", "error_y=-1"], "not all 0, got error_y=-1: give what matters more"),
    "unknown in --at-least": (
        ["pick", "--at-least", "foo=1"],
        "--at-least does not know the objective 'foo'",
    ),
    "unknown in --best": (
        ["pick", "--at-least", "error_y=9", "--best", "foo"],
        "--best does not know the objective 'foo'",
    ),
    "out of reach": (["pick", "--at-least", "error_y=-5"], "no front member is within error_y -5"),
    "two rules": (["pick", "--knee", "--prefer", "error_y=1"], "one rule of choice, got --knee and --prefer"),
    "two new rules": (["export", "--robust", "--topsis", "equal"], "got --topsis and --robust: give one"),
    "unknown in --topsis": (["pick", "--topsis", "foo=1"], "--topsis does not know the objective 'foo'"),
    "no weights in --topsis": (["pick", "--topsis", "alike"], "--topsis expects equal or NAME=NUMBER"),
    "half a --reference": (["pick", "--reference", "error_y=1"], "got none of error_z: add error_z=VALUE"),
    "no such trial": (["export", "--trial", "99"], "6, 7, 8, 9: give one of them"),
    "trial of text": (["pick", "--trial", "abc"], "--trial expects an integer, got 'abc'"),
    "NaN as a limit": (
        ["pick", "--at-least", "error_y=nan"],
        "--at-least expects finite numbers, got error_y=nan",
    ),
    "endless preference": (["pick", "--prefer", "error_y=inf"], "--prefer expects finite numbers"),
    "one objective twice": (
        ["pick", "--prefer", "error_y=1,error_y=0"],
        "got 'error_y' twice: leave one out",
    ),
    "empty --best": (
        ["pick", "--at-least", "error_y=9", "--best", ""],
        "--best does not know the objective ''",
    ),
    "two forms": (["front", "--json", "--csv"], "got --json and --csv: give one of them"),
    "best alone": (["pick", "--best", "error_y"], "--best goes with --at-least"),
    "no such study": (["front", "--name", "foo"], "holds no study 'foo': it holds toy; give one of them"),
    "endless seeds": (
        ["confirm", "--seeds", "1000000000000"],
        "integer from 1 to 1000, got 1000000000000",
    ),
    "no prior": (
        ["tune", "toy.py", "--trials", "10", "--prior", "nope.json"],
        "expected a weights file at nope",
    ),
    "empty prior": (
        ["tune", "toy.py", "--trials", "10", "--prior", ""],
        "--prior expects a weights.json or a",
    ),
    "prior without a study": (
        ["tune", "toy.py", "--trials", "10", "--prior", "jrtune.db"],
        "--prior expects a database with one earlier study, 'jrtune.db' holds none",
    ),
    "zero seeds": (["confirm", "--seeds", "0"], "--seeds expects an integer from 1 to 1000, got 0"),
    "other seed": (["tune", "toy.py", "--seed", "5"], "started with seed 0, got 5"),
    "other epochs": (["tune", "toy.py", "--epochs", "7"], "started with epochs 2, got 7"),
    "other data": (["tune", "toy.py", "--set", "samples=60", "--trials", "12"], "started with data"),
    "export over something else": (["export", "--out", "."], "jrtune"),
}


@pytest.mark.parametrize("case", WRONG_CHOICE)
def test_a_wrong_choice_is_one_line_and_writes_nothing(case, inside, capsys):
    arguments, message = WRONG_CHOICE[case]
    assert (
        message.split("|")[0] in (line := refused(capsys, inside, *arguments))
        or message.split("|")[-1] in line
    ), line


def test_a_command_is_needed_and_help_says_which(capsys):
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert "tune" in out + err
    assert "jrtune: \n" not in err


def test_a_reader_that_leaves_early_is_no_failure(inside, monkeypatch):
    class Left(io.StringIO):
        def flush(self):
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Left())  # as `jrtune front --json | head -1`
    assert main(["front", "--json"]) == 0


def test_several_studies_need_a_name(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    study = write_toy(tmp_path)
    for name in ("one", "two"):
        run_toy(study, "jrtune.db", Budget(1), name=name)
    assert "several studies: give --name, one of one, two" in refused(capsys, tmp_path, "front")
    assert "study two" in output(capsys, "front", "--name", "two")


@pytest.mark.slow
def test_compare_ends_where_a_method_is_never_feasible(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    results = run_toy(write_toy(tmp_path), "free.db", Budget(8, "random", rungs=False))
    bound = sorted(t.values["error_z"] for t in results.trials)[3]
    write_toy(tmp_path, bound=f", at_most={bound}")
    words = ["compare", "toy.py", "--trials", "8", "--seeds", "1", "--sampler", "random", "--json", *INLINE]
    rows = json.loads(output(capsys, *words))
    assert "tuned weights" in {row["method"] for row in rows}
    with sa.create_engine("sqlite:///jrtune.db").connect() as connection:
        statuses = connection.scalars(sa.text("SELECT DISTINCT status FROM jrtune_results")).all()
    assert statuses == ["complete"]  # a dropped trial would be less than a training
    # the parts of the comparison do not stand in the way of the study itself
    assert "study toy:" in output(capsys, "front")


def test_an_edited_file_is_said_and_its_name_is_its_own(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    study = write_toy(tmp_path)
    output(capsys, "tune", "toy.py", "--trials", "1", "--name", "other", *INLINE)
    assert "study toy:" in output(capsys, "tune", "toy.py", "--trials", "1", *INLINE)
    study.write_text(study.read_text() + "\nprint('hello')\n")
    assert main(["tune", "toy.py", "--trials", "2", "--json", *INLINE]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["study"] == "toy"
    assert "has changed since the last run" in err
    assert "hello" in err


# --- priors ------------------------------------------------------------------------------------


def test_tune_tries_an_exported_weighting_first(inside, tmp_path, capsys):
    assert main(["export", "--out", str(tmp_path / "bundle")]) == 0
    weights = json.loads((tmp_path / "bundle" / "weights.json").read_text())
    study = write_toy(tmp_path)
    for number, source in enumerate([tmp_path / "bundle", tmp_path / "bundle" / "weights.json"]):
        url = str(tmp_path / f"{number}.db")
        output(capsys, "tune", str(study), "--trials", "5", "--storage", url, "--prior", str(source), *INLINE)
        engine = sa.create_engine(f"sqlite:///{url}")
        with engine.connect() as connection:
            query = "SELECT candidate FROM jrtune_results WHERE source = 'prior'"
            tried = [json.loads(text) for text in connection.scalars(sa.text(query))]
        for had, given in zip(tried, [weights, *weights["front"]], strict=True):
            assert had["weights"] == pytest.approx(given["weights"])
            assert had["choices"] == pytest.approx(given["candidate"]["choices"])


def test_a_prior_from_a_database_is_tried_and_said(inside, tmp_path, capsys):
    study, url = write_toy(tmp_path), str(tmp_path / "x.db")
    command = ["tune", str(study), "--trials", "4", "--storage", url, "--name", "later", *INLINE]
    assert main([*command, "--prior", f"{inside}/jrtune.db"]) == 0
    taken = capsys.readouterr()
    assert "from the prior, to be tried first: " in taken.err
    assert "prior" in taken.out or "prior" in output(capsys, "pick", "--trial", "3", "--storage", url)


def test_a_prior_of_a_study_that_has_its_trials_is_looked_at_and_said(inside, tmp_path, capsys):
    bundle = tmp_path / "bundle"
    output(capsys, "export", "--out", str(bundle))
    assert main(["tune", "toy.py", "--trials", "10", "--prior", str(bundle)]) == 0
    assert (
        capsys.readouterr().err == "from the prior, to be tried first: 0, for the study has its 10 trials\n"
    )


def test_a_prior_of_other_terms_is_refused_before_anything_is_written(inside, tmp_path, capsys):
    text = write_toy(tmp_path).read_text()
    study, url = tmp_path / "other.py", tmp_path / "x.db"
    study.write_text(text.replace('losses={"y"', 'losses={"x"').replace('term="y"', 'term="x"'))
    assert main(["tune", str(study), "--storage", str(url), "--prior", f"{inside}/jrtune.db"]) == 2
    line = capsys.readouterr().err.strip()
    assert "expects weights of the terms x, z, got y, z" in line
    assert "\n" not in line
    assert not url.exists()
