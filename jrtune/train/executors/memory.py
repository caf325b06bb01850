"""Memory of this machine, or of the container in which the process runs; on Linux only."""

from __future__ import annotations

import os
from pathlib import Path

CONTAINER = Path("/sys/fs/cgroup")
"""Where a container of Linux (cgroup v2) says what it may take."""

MACHINE = Path("/proc/meminfo")


def free_share(machine: Path = MACHINE, container: Path = CONTAINER) -> float:
    """Share of the memory that can still be taken; 1 where the system does not tell.

    Args:
        machine, container: files that tell.
    """
    return min(_machine_share(machine), _container_share(container))


def _machine_share(path: Path) -> float:
    try:
        lines = dict(line.split(":", 1) for line in path.read_text().splitlines() if ":" in line)
        return float(lines["MemAvailable"].split()[0]) / float(lines["MemTotal"].split()[0])
    except (OSError, KeyError, ValueError, ZeroDivisionError):
        return 1.0


def _container_share(folder: Path) -> float:
    try:
        limit, taken = (float((folder / name).read_text()) for name in ("memory.max", "memory.current"))
        cached = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        return (limit - taken + float(cached["inactive_file"])) / limit
    except (OSError, KeyError, ValueError, ZeroDivisionError):  # also where there is no limit: "max"
        return 1.0


def resident_bytes(process: int | None) -> int:
    """Bytes of memory that a process takes; 0 where that is not known."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
