"""Opening databases: the file that was named and no other, safe pragmas, one-line refusals, no passwords."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import assume, given
from hypothesis import strategies as st

from jrtune.errors import StorageError
from jrtune.store import tables
from jrtune.store.database import (
    Database,
    open_database,
    reading_database,
    sqlite_path,
    without_password,
)
from jrtune.store.sqlite import connector
from jrtune.store.studies import study_names

NAMES = [
    "a%20b.db",
    "a?mode=memory.db",
    "{}.db",
    "#1.db",
    " a b .db",
    "größe-表.db",
    "a&b=c;d'e\".db",
    "%",
    "a:b",
]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(url):
    """Makes a database there and lets it go."""
    database = open_database(str(url), create=True)
    database.make_tables()
    database.engine.dispose()


def refused(url, message, create=False):
    before = sorted(os.listdir())
    with pytest.raises(StorageError, match=message) as caught:
        open_database(str(url), create=create)
    assert "\n" not in str(caught.value)
    assert sorted(os.listdir()) == before  # nothing was made


@pytest.mark.parametrize("prefix", ["", "sqlite:///", "{folder}/", "sqlite:///{folder}/"])
@pytest.mark.parametrize("name", NAMES)
def test_the_file_that_was_named_is_opened_and_no_other(here, name, prefix):
    made(prefix.replace("{folder}", str(here)) + name)
    assert os.listdir() == [name]
    with sqlite3.connect(":memory:") as plain:
        plain.execute("ATTACH ? AS found", (str(here / name),))
        assert plain.execute("SELECT schema_version FROM found.jrtune_meta").fetchone() == (
            tables.SCHEMA_VERSION,
        )


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1))
def test_a_path_is_taken_by_its_letters(name):
    assume(name != ":memory:")
    for path in (Path(name), Path("/folder", name)):
        assert sqlite_path(f"sqlite:///{path}") == sqlite_path(str(path)) == path


@pytest.mark.parametrize("url", ["", "sqlite:///", ":memory:", "sqlite:///:memory:"])
def test_a_database_in_memory_is_refused(here, url):
    refused(url, "expects a file that can be opened again, got '.*': write sqlite:///jrtune.db", create=True)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite+pysqlite:///x.db", "sqlite+aiosqlite:///x.db"])
def test_other_ways_to_sqlite_are_refused_for_they_would_miss_the_pragmas(here, url):
    refused(url, r"--storage expects sqlite:///PATH, got 'sqlite", create=True)


def test_a_missing_file_is_not_made_for_reading(here):
    refused("none.db", "there is no file 'none.db': run jrtune tune, or give --storage")
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        connector(sqlite_path("none.db"), create=False)()
    assert os.listdir() == []


def test_what_is_no_database_is_refused_and_left_as_it_was(here):
    (here / "folder").mkdir()
    (here / "text.db").write_text("SQLite format 3, but in words")
    (here / "short.db").write_bytes(b"SQLite")
    refused("folder", "expected an SQLite file, got the folder 'folder': give a file in it", create=True)
    refused("text.db", "got another kind of file in 'text.db': give another --storage", create=True)
    refused("short.db", "got another kind of file in 'short.db'", create=True)
    refused(
        "gone/x.db", "cannot write 'gone/x.db': the folder 'gone' does not exist: make it first", create=True
    )
    assert (here / "text.db").read_text() == "SQLite format 3, but in words"


def test_an_empty_file_is_an_empty_database(here):
    (here / "empty.db").touch()
    database = open_database("empty.db", create=False)
    assert study_names(database) == []
    database.make_tables()
    assert database.has_tables()
    database.engine.dispose()


@pytest.mark.parametrize("size", [16, 99, 100, 1000, 4096, 8192])
def test_a_truncated_database_is_refused(here, size):
    made("cut.db")
    whole = (here / "cut.db").read_bytes()
    assert size < len(whole)
    (here / "cut.db").write_bytes(whole[:size])
    with pytest.raises(StorageError, match=r"cannot open the database 'cut.db': .*: give another --storage"):
        open_database("cut.db", create=True)


def test_every_connection_has_the_pragmas_that_keep_it_safe(here):
    database = open_database("x.db", create=True)
    connections = [database.engine.connect() for _ in range(3)]
    for connection in connections:
        found = {
            p: connection.scalar(sa.text(f"PRAGMA {p}"))
            for p in ("journal_mode", "synchronous", "busy_timeout")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 60_000}
        connection.close()
    database.engine.dispose()


def test_our_tables_are_made_once_and_foreign_ones_left(here):
    with sqlite3.connect("x.db") as plain:
        plain.execute("CREATE TABLE theirs (x)")
        plain.execute("INSERT INTO theirs VALUES (1)")
    database = open_database("x.db", create=False)
    assert not database.has_tables()
    database.make_tables()
    database.make_tables()
    assert database.has_tables()
    with database.engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM jrtune_meta")) == 1
        assert connection.scalar(sa.text("SELECT x FROM theirs")) == 1
    database.engine.dispose()


def test_tables_of_a_newer_jrtune_are_refused_for_writing_and_reading(here):
    made("x.db")
    with sqlite3.connect("x.db") as plain:
        plain.execute("UPDATE jrtune_meta SET schema_version = 99")
    database = open_database("x.db", create=False)
    for use in (database.make_tables, database.has_tables, lambda: study_names(database)):
        with pytest.raises(
            StorageError, match=r"expected tables of version 3 in 'x.db', got 99: use the jrtune that"
        ):
            use()
    database.engine.dispose()


# --- passwords -------------------------------------------------------------------------------

LETTERS = st.text("abcXYZ019@:/%?=&#[]{}!", min_size=1)


@given(LETTERS, st.sampled_from(["host", "host:5432", "host:port", "[::1]", ""]))
def test_a_password_is_never_shown(word, host):
    secret = f"hush{word}hush"
    for url in (f"postgresql://anna:{secret}@{host}/name", f"nonsense+driver://anna:{secret}@{host}"):
        shown = without_password(url)
        assert "hush" not in shown
        assert shown.startswith(url.partition("anna")[0] + "anna:***@" + host)


def test_a_password_among_the_options_is_never_shown():
    shown = without_password("postgresql://host/name?user=anna&password=secret&sslpassword=secret&port=1")
    assert shown == "postgresql://host/name?user=anna&password=***&sslpassword=***&port=1"


@pytest.mark.parametrize("url", ["runs/a:b@c.db", "postgresql://host/name", "mysql://anna@host/name?x=a@b"])
def test_what_holds_no_password_is_shown_as_it_is(url):
    assert without_password(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+nodriver://anna:secret@host/name",
        "postgresql://anna:secret@host:port/name",
        "nobody://anna:secret@host/name",
        "://anna:secret@host/name",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_password(here, url):
    with pytest.raises(
        StorageError, match=r"--storage expects a path or a URL such as sqlite:///jrtune.db"
    ) as caught:
        open_database(url, create=True)
    assert "secret" not in str(caught.value)
    assert "anna:***@host" in str(caught.value)


def test_a_database_shows_itself_without_its_password(here):
    database = Database("postgresql://anna:secret@host/name", None, sa.create_engine("sqlite://"))
    assert database.shown == "postgresql://anna:***@host/name"
    assert Database("a:b@c.db", here, database.engine).shown == "a:b@c.db"


# --- reading changes nothing -------------------------------------------------------------------


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def looked_at(name):
    with contextlib.suppress(StorageError), reading_database(name) as database:
        study_names(database)


def test_reading_leaves_a_foreign_an_empty_and_a_cut_file_as_they_were(here):
    with contextlib.closing(sqlite3.connect("foreign.db")) as plain:
        plain.execute("CREATE TABLE theirs (x)")
        plain.commit()
    (here / "empty.db").touch()
    made("ours.db")
    (here / "cut.db").write_bytes((here / "ours.db").read_bytes()[:8192])
    before = contents(here)
    for name in before:
        looked_at(name)
    assert contents(here) == before


def test_a_study_is_read_in_wal_mode_as_it_was_written(here):
    made("ours.db")
    with reading_database("ours.db") as database, database.engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA journal_mode")) == "wal"


READ = """
import sys
from jrtune.store.database import open_database
from jrtune.store.studies import study_names
print(study_names(open_database(sys.argv[1], create=False)))
"""


def read_by_nobody(path):
    """What a user who may write nothing there sees of it."""
    if os.getuid() == 0:  # whom no mode of a folder stops
        give_up = "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        # what is imported may lie where only root goes
        code = "import jrtune.store.studies, jrtune.store.database, sqlalchemy.dialects.sqlite.pysqlite\n"
        code += f"import sqlite3, pathlib\n{give_up}{READ}"
    else:
        code = READ
    return subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=60)


@pytest.fixture
def closed_folder():
    """A folder in which a database can be put and that nobody but root can write to afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield folder
        folder.chmod(0o755)


def test_a_study_in_a_folder_that_may_not_be_written_is_read(closed_folder):
    made(closed_folder / "x.db")
    closed_folder.chmod(0o555)
    before = contents(closed_folder)
    done = read_by_nobody(closed_folder / "x.db")
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert contents(closed_folder) == before


def test_what_a_killed_writer_left_beside_it_must_not_be_passed_over(closed_folder):
    made(closed_folder / "x.db")
    database = open_database(str(closed_folder / "x.db"), create=True)
    with database.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE more (x)"))
    left = contents(closed_folder)  # as a writer that is killed now leaves it
    database.engine.dispose()
    for name in ("x.db", "x.db-wal"):
        (closed_folder / name).write_bytes(left[name])
    closed_folder.chmod(0o555)
    done = read_by_nobody(closed_folder / "x.db")
    assert "'x.db-wal' beside it holds a part of it: copy both to a folder that you may write" in done.stderr


def test_a_name_that_is_too_long_is_refused(here):
    refused("x" * 5000, "cannot read 'xxx.*: File name too long: check its name")
