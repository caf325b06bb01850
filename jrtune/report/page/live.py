"""The report's page while a study runs: drawn anew where the study has got on, and never twice for the same.

A WSGI application of two pages, the report and the JSON it asks for; it reads no file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from jrtune.analysis.analysis import Analysis
from jrtune.errors import StorageError
from jrtune.report.figures.figure import PageContext
from jrtune.report.page.document import page_data
from jrtune.report.page.render import live_data, render
from jrtune.report.page.sparing import Sparing
from jrtune.report.stamp import digest
from jrtune.report.tables.curves import Curves
from jrtune.report.tables.importance import Importance, importance_of
from jrtune.report.tables.tables import all_tables
from jrtune.store.database import DatabaseFault

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

REST = 19
"""Times the work of a drawing that passes before the next; the study needs the machine."""


class LiveReport:
    """The WSGI application; several threads may ask it.

    Args:
        read: gives the analysis of what is stored now.
        curves: trial number -> learning curve, as it is stored now.
        storage: the database as its URL may be shown.
        rest: as :data:`REST`.
        models: numbers of the trials whose parameters are saved now; None where that is not known.
    """

    def __init__(
        self,
        read: Callable[[], Analysis],
        curves: Callable[[], Curves],
        storage: str | None = None,
        rest: float = REST,
        models: Callable[[], Collection[int] | None] = lambda: None,
    ) -> None:
        self._read, self._curves, self._storage, self._models = read, curves, storage, models
        self._lock = threading.Lock()
        # by far the most work of all, so it is done less often than the rest is drawn
        self._importance = Sparing(lambda analysis: importance_of(analysis.study, analysis.trials), rest)
        self._drawing = Sparing(self._draw, rest)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers ``/`` and ``/data.json``, with 304 to whoever has it already."""
        path = environ.get("PATH_INFO", "")
        if path not in ("/", "/data.json"):
            return _log(start_response, "404 Not Found", "there is nothing here but the report")
        try:
            tag, page, data = self._current()
        except (DatabaseFault, StorageError) as error:
            return _log(start_response, "503 Service Unavailable", f"the database cannot be read: {error}")
        kind, body = ("text/html", page) if path == "/" else ("application/json", data)
        headers = [("Cache-Control", "no-cache"), ("ETag", tag)]
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            start_response("304 Not Modified", headers)
            return []
        size = ("Content-Length", str(len(body)))
        start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8"), size, *headers])
        return [body]

    def _current(self) -> tuple[str, bytes, bytes]:
        """An ETag, the page, and the JSON that it asks for."""
        with self._lock:
            analysis = self._read()
            tag = digest(analysis)
            importance = self._importance(tag, analysis)
            drawn = self._drawing(f"{tag[:32]}-{str(self._importance.tag)[:32]}", analysis, importance)
            return f'"{self._drawing.tag}"', *drawn

    def _draw(self, analysis: Analysis, importance: Importance | None) -> tuple[bytes, bytes]:
        """The page as it would be written and its JSON; no PNG, which only a page without scripts needs."""
        context = PageContext(analysis, self._curves(), importance)
        tables = all_tables(analysis)
        data = page_data(context, self._storage, self._models())
        page = render(context, {}, tables, data, live=True)
        return page.encode(), live_data(context, tables, data).encode()


def _log(start_response: StartResponse, status: str, text: str) -> Iterable[bytes]:
    start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]
