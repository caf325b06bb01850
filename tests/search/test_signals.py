"""Stopping at once, but not in a write; what was ignored stays ignored."""

import os
import signal

import pytest
from toy import write_toy

from jrtune.errors import Interrupted
from jrtune.search.run.signals import Stop
from jrtune.spec.study_file import load_study


def test_a_signal_raises_at_once():
    stop = Stop()
    with stop.listen(), pytest.raises(Interrupted) as caught:
        os.kill(os.getpid(), signal.SIGTERM)
    assert caught.value.signal_number == signal.SIGTERM


def test_inside_a_shield_it_waits_for_the_end():
    stop, written = Stop(), []
    with stop.listen(), pytest.raises(Interrupted), stop.shield():  # noqa: PT012 - it must wait for both
        os.kill(os.getpid(), signal.SIGTERM)
        written.append("whole")
    assert written == ["whole"]


def test_what_was_ignored_stays_ignored_as_under_nohup():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        stop = Stop()
        with stop.listen():
            os.kill(os.getpid(), signal.SIGHUP)
            stop.check()
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_signal_while_a_study_is_imported_is_no_mistake_of_the_file(tmp_path):
    path = write_toy(tmp_path)
    path.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n" + path.read_text())
    with Stop().listen(), pytest.raises(Interrupted):
        load_study(path)
