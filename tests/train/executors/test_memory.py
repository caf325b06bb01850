"""Memory that is free is read from the system's files, on files of a folder and on this machine's."""

import os

import pytest

from jrtune.train.executors.memory import free_share, resident_bytes

MACHINE = "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    600 kB\nHugePages_Total:       0\n"


def container(folder, limit, taken, cached):
    for name, text in (
        ("memory.max", limit),
        ("memory.current", taken),
        ("memory.stat", f"anon 5\ninactive_file {cached}"),
    ):
        (folder / name).write_text(f"{text}\n")
    return folder


@pytest.fixture
def machine(tmp_path):
    path = tmp_path / "meminfo"
    path.write_text(MACHINE)
    return path


def test_of_a_machine_without_a_container(machine, tmp_path):
    assert free_share(machine, tmp_path / "none") == pytest.approx(0.6)


def test_a_container_counts_where_it_has_less_and_its_cache_is_free(machine, tmp_path):
    assert free_share(machine, container(tmp_path, 1000, 900, 200)) == pytest.approx(0.3)
    assert free_share(machine, container(tmp_path, 1000, 100, 0)) == pytest.approx(0.6)
    assert free_share(machine, container(tmp_path, "max", 900, 200)) == pytest.approx(0.6)


@pytest.mark.parametrize("text", ["", "MemTotal: 5 kB\n", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", "odd: x"])
def test_what_the_system_does_not_tell_is_taken_for_free(text, tmp_path):
    path = tmp_path / "meminfo"
    path.write_text(text)
    assert free_share(path, tmp_path) == 1.0


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="Linux only")
def test_of_this_machine():
    assert 0 < free_share() <= 1
    held = bytearray(b"x") * (64 << 20)
    assert len(held) < resident_bytes(os.getpid()) < 1 << 40
    assert resident_bytes(None) == 0
    assert resident_bytes(2**31) == 0
