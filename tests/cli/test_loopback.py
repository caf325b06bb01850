"""Serving to this machine alone: what is refused, and a real server from its address to Ctrl-C."""

import http.client
import signal
import socket
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from build_results import make_results
from children import obey_signals
from stored import get, store

from jrtune.cli import main
from jrtune.cli.loopback import guarded


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:80", "localhost", "localhost:4321"])
def test_our_own_names_are_answered(host):
    status, headers, body = get(guarded(app), "/", host)
    assert (status, body) == (200, b"hello")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host", ["", "evil.org", "evil.org:80", "127.0.0.1.evil.org", "localhost@evil.org", "127.0.0.1:80\nx"]
)
def test_another_name_is_refused(host):
    status, _, body = get(guarded(app), "/", host)
    assert status == 403
    assert b"hello" not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_it_is_only_read(method):
    status, headers, _ = get(guarded(app), "/", method=method)
    assert (status, headers["Allow"]) == (405, "GET, HEAD")


def test_head_has_no_body():
    assert get(guarded(app), "/", method="HEAD")[::2] == (200, b"")


def ask(address, path, **headers):
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_the_live_report_is_served_until_ctrl_c(tmp_path):
    path = store(tmp_path / "x.db", make_results(trials=5, seeds=0))
    words = [sys.executable, "-m", "jrtune", "report", "--live", "--storage", path]
    running = subprocess.Popen(words, cwd=tmp_path, stdout=-1, stderr=-1, text=True, preexec_fn=obey_signals)
    try:
        address = running.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        assert ask(address, "/data.json") == 200
        assert ask(address, "/data.json", Host="evil.org") == 403
        with pytest.raises(ConnectionRefusedError):  # a server on every address would answer here too
            socket.create_connection(("127.0.0.2", urlsplit(address).port), timeout=5)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert (running.returncode, out, err) == (0, "", "Ctrl-C ends it\n")
    assert {file.name for file in tmp_path.iterdir()} == {"x.db"}


def refused(capsys, *words):
    assert main(list(words)) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


@pytest.mark.parametrize(
    ("words", "logged"),
    [
        (["--live", "--out", "x"], "serves the page and writes none"),
        (["--port", "80"], "--port goes with --live"),
        (["--live", "--port", "99999"], "--port"),
    ],
)
def test_options_that_do_not_go_together(words, logged, capsys):
    assert logged in refused(capsys, "report", *words)


def test_a_port_that_is_taken_is_said(tmp_path, capsys):
    path = store(tmp_path / "x.db", make_results(trials=5, seeds=0))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        logged = refused(capsys, "report", "--live", "--port", port, "--storage", path)
    assert f"cannot listen on port {port}" in logged
