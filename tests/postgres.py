"""A real PostgreSQL server for tests, in a temporary folder, that can be taken away and brought back.

A server refuses to run as root, so there it runs as an unprivileged user who owns the folder.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

USER = "jrtune"
SETTINGS = {
    "fsync": "off",  # a commit outlives the server (kill -9), not the machine
    "full_page_writes": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
    "listen_addresses": "127.0.0.1",
}


def missing() -> str | None:
    """The reason why no server can be started here; None where one can."""
    try:
        import psycopg  # noqa: F401
    except ImportError as error:
        return f"psycopg cannot be imported: {error}"
    if binaries() is None:
        return "no PostgreSQL server here: no initdb beside postgres"
    if os.getuid() == 0 and unprivileged() is None:
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return None


def binaries() -> Path | None:
    """The folder with initdb and postgres: that of pg_config, of a package, or on PATH; None without one."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep)]
    if config := shutil.which("pg_config"):
        shown = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False).stdout
        folders.insert(0, Path(shown.strip()))
    folders[1:1] = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in folders:
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return folder
    return None


def unprivileged() -> str | None:
    """A user whom a server started by root can run as."""
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    return None


class Server:
    """A PostgreSQL server.

    Args:
        folder: its own, which is emptied by nobody else; its name has to be short, for a socket lies in it.
    """

    def __init__(self, folder: Path) -> None:
        found = binaries()
        assert found is not None
        self.folder, self.bin = folder, found
        self.process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()
        self._numbers = count()
        self._as: dict[str, object] = {}
        if os.getuid() == 0:
            user = unprivileged()
            entry = pwd.getpwnam(str(user))
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            self._as = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
        command = [self.bin / "initdb", "--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8"]
        self._run([*command, "--locale=C", "-D", self.data])

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def url(self, name: str = "postgres") -> str:
        """SQLAlchemy's URL of one of its databases."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Starts it, where it does not run, and waits until it answers."""
        words = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        deadline = time.monotonic() + 60
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            if not self.is_running:  # after kill -9, its children may still hold what it needs
                with (self.folder / "log").open("ab") as log:
                    self.process = subprocess.Popen(
                        [
                            self.bin / "postgres",
                            "-D",
                            self.data,
                            "-p",
                            str(self.port),
                            "-k",
                            self.folder,
                            *words,
                        ],
                        stdout=log,
                        stderr=log,
                        cwd=self.folder,
                        preexec_fn=_die_with_parent,
                        **self._as,  # type: ignore[arg-type]
                    )
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops it, breaking all connections off."""
        self._end(signal.SIGINT)

    def drop(self) -> None:
        """Stops it for good: what it holds is not made ready for another start, which may take seconds."""
        self._end(signal.SIGQUIT)

    def kill(self) -> None:
        """Kills it with kill -9, and each of its processes, which would go on for a moment."""
        assert self.process is not None
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._end(signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def new_database(self) -> str:
        """The URL of a new database, the server started where it does not run."""
        self.start()
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """What a statement gives, run by the superuser."""
        import psycopg

        with psycopg.connect(self._plain_url(), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _plain_url(self) -> str:
        return self.url().replace("+psycopg", "")

    def _answers(self) -> bool:
        import psycopg

        if not self.is_running:
            return False
        try:
            psycopg.connect(self._plain_url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)

    def _run(self, command: list[object]) -> None:
        done = subprocess.run(
            command,  # type: ignore[arg-type]
            capture_output=True,
            text=True,
            cwd=self.folder,
            check=False,
            **self._as,  # type: ignore[call-overload]
        )
        assert done.returncode == 0, done.stderr


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that runs until the end of the block; its folder goes with it."""
    # not pytest's folder, into which only its owner can go
    folder = Path(tempfile.mkdtemp(prefix="jrpg", dir=_memory()))
    try:
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            server.drop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> Path | None:
    """A folder in memory with room for a server, where making a database takes a tenth of the time."""
    folder = Path("/dev/shm")
    if os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > 2**31:
        return folder
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> None:
    # a test session that is killed leaves no server behind; 1 is PR_SET_PDEATHSIG
    ctypes.CDLL(None).prctl(1, signal.SIGINT)
