"""The end of a process is named, and who may have ended it."""

import signal

import pytest

from jrtune.train.executors.exit_cause import exit_cause


@pytest.mark.parametrize(
    ("status", "words", "outside"),
    [
        (0, "exit status 0", False),
        (3, "exit status 3", False),
        (-signal.SIGSEGV, "signal 11 (SIGSEGV)", False),
        (-signal.SIGABRT, "signal 6 (SIGABRT)", False),
        (-signal.SIGKILL, "signal 9 (SIGKILL)", True),
        (-signal.SIGTERM, "signal 15 (SIGTERM)", True),
        (-100, "signal 100 (unknown)", False),
        (None, "its process cannot be reached", True),
    ],
)
def test_it_is_named(status, words, outside):
    assert exit_cause(status) == (words, outside)
