"""Stopping at once when asked, but never in the middle of a write."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from jrtune.errors import Interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop:
    """Turns SIGINT, SIGTERM and SIGHUP into :class:`Interrupted`.

    Training is broken off wherever it is; inside :meth:`shield` the exception waits until the end.
    """

    def __init__(self) -> None:
        self._received: int | None = None
        self._shielded = False

    @contextmanager
    def listen(self) -> Iterator[None]:
        """While inside, the signals raise. Only a program's main thread can listen."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {
            # what nohup or a script has set to be ignored stays ignored
            number: signal.signal(number, self._note)
            for number in SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """While inside, a signal waits."""
        self.check()
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False
        self.check()

    def pause(self, seconds: float) -> None:
        """Waits, also inside :meth:`shield`; raises if a signal comes meanwhile.

        Raises:
            Interrupted: with the signal's number.
        """
        time.sleep(seconds)
        self.check()

    def check(self) -> None:
        """Raises if a signal has come.

        Raises:
            Interrupted: with the signal's number.
        """
        if self._received is not None:
            raise Interrupted(self._received)

    def _note(self, number: int, frame: FrameType | None) -> None:
        again, self._received = self._received is not None, number
        # a second signal while the first is being obeyed must not break the handing back
        if not self._shielded and not again:
            raise Interrupted(number)
