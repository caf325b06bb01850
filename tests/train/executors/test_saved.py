"""Cohorts that are saved come back, a full disk is survived, and nothing stays behind."""

import errno
import os
from pathlib import Path

import pytest

from jrtune.train.executors.resume import ResumePoint
from jrtune.train.executors.saved import Saved

POINT, LATER = ResumePoint((3, 5), b"state\n\x00\xff"), ResumePoint((5,), b"later")


@pytest.fixture(params=["files", "memory"])
def saved(request, tmp_path):
    return Saved(tmp_path / "deep" / "folder" if request.param == "files" else None)


def test_the_last_that_was_saved_comes_back(saved):
    assert saved.load("one") is None
    saved.save("one", POINT)
    assert saved.load("one") == POINT
    saved.save("one", LATER)
    assert saved.load("one") == LATER
    assert saved.load("on") is None


def test_a_cohort_is_removed_with_its_parts_and_no_other(saved):
    for key in ("1", "1.0-3", "1.4-7", "11", "11.0-0"):
        saved.save(key, POINT)
    saved.remove("1")
    assert [key for key in ("1", "1.0-3", "1.4-7", "11", "11.0-0") if saved.load(key)] == ["11", "11.0-0"]
    saved.remove("2")  # which never was


def test_the_last_one_leaves_no_folder(tmp_path):
    saved = Saved(tmp_path / "checkpoints")
    saved.save("1", POINT)
    saved.save("2.0-1", POINT)
    saved.remove("1")
    assert saved.folder.is_dir()
    saved.remove("2")
    assert not saved.folder.exists()
    saved.remove("2")


def test_what_others_put_there_stays(tmp_path):
    saved = Saved(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    saved.save("1", POINT)
    saved.remove("1")
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.parametrize(
    "content", [b"", b"torn", b"\n", b"{1}\nx", b"[1, null]\nx", b'["a"]\nx', b"7\nx", b"\xff\xfe\nx"]
)
def test_foreign_and_torn_files_are_passed_over(content, tmp_path):
    (tmp_path / "1.checkpoint").write_bytes(content)
    assert Saved(tmp_path).load("1") is None


def test_a_folder_in_place_of_a_file_is_passed_over_and_said(tmp_path):
    (tmp_path / "1.checkpoint").mkdir()
    logged = []
    saved = Saved(tmp_path, logged.append)
    assert saved.load("1") is None
    saved.save("1", POINT)
    assert len(logged) == 1


@pytest.fixture
def full(monkeypatch):
    """Called with True, the disk takes half of what is written and no more."""
    write, state = Path.write_bytes, {"full": False}

    def limited(path, data):
        if not state["full"]:
            return write(path, data)
        write(path, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", limited)
    return lambda is_full: state.update(full=is_full)


def test_a_full_disk_is_said_once_and_what_was_saved_before_stays(full, tmp_path):
    logged = []
    saved = Saved(tmp_path, logged.append)
    saved.save("1", POINT)
    full(True)
    saved.save("1", LATER)
    saved.save("2", LATER)
    assert saved.load("1") == POINT
    assert saved.load("2") is None
    assert [path.name for path in tmp_path.iterdir()] == ["1.checkpoint"]
    [line] = logged
    assert "No space left on device" in line
    assert str(tmp_path) in line
    full(False)
    saved.save("1", LATER)
    assert saved.load("1") == LATER


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path):
    (tmp_path / "file").write_text("")
    logged = []
    saved = Saved(tmp_path / "file" / "checkpoints", logged.append)
    saved.save("1", POINT)
    saved.save("1", LATER)
    assert len(logged) == 1
    assert saved.load("1") is None
    saved.remove("1")
