"""Child processes that obey signals, wherever the tests were started from."""

import signal


def obey_signals() -> None:
    """For ``preexec_fn``: a job in the background begins with SIGINT ignored, and so do its children."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
