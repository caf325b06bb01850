"""A web page for this machine alone: a WSGI application served on 127.0.0.1 until Ctrl-C.

What is served can be read by whoever reaches the port, so nothing but this machine does: the server listens
on loopback alone, and answers only to the names that loopback has. Without the second, a page anywhere in the
browser could let its own name point to 127.0.0.1 and read what is here (DNS rebinding).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from socket import socket
from socketserver import ThreadingMixIn
from types import TracebackType
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from jrtune.errors import InputError

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None] | None
"""As of ``sys.exc_info()``: an application gives it where it changes its mind about the status."""
ADDRESS = "127.0.0.1"
OURS = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
HEADERS = [
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
]


def serve(app: WSGIApplication, port: int | None, log: Callable[[str], None]) -> None:
    """Serves until Ctrl-C, which is how it is meant to end.

    Args:
        app: the application; it is asked from several threads.
        port: None takes a free one.
        log: gets the address once it can be opened.

    Raises:
        InputError: where the port is taken or not allowed.
    """
    try:
        server = make_server(ADDRESS, port or 0, guarded(app), _Server, _Handler)
    except OSError as error:
        raise InputError(
            f"cannot listen on port {port} of {ADDRESS}: {error.strerror}: "
            "give another --port, or none for a free one"
        ) from None
    with server:
        try:
            log(f"http://{ADDRESS}:{server.server_port}/")
            server.serve_forever()
        except KeyboardInterrupt:
            return


def guarded(app: WSGIApplication) -> WSGIApplication:
    """The same application, refusing everything but reading it under loopback's own names."""

    def guard(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(
            status: str, headers: list[tuple[str, str]], exc_info: ExcInfo = None
        ) -> Callable[[bytes], object]:
            return start_response(status, [*headers, *HEADERS], exc_info)

        host, method = environ.get("HTTP_HOST", ""), environ["REQUEST_METHOD"]
        if not OURS.fullmatch(host):
            return _refuse(start, "403 Forbidden", [], "this page is open to its own machine alone")
        if method not in ("GET", "HEAD"):
            return _refuse(start, "405 Method Not Allowed", [("Allow", "GET, HEAD")], "only to be looked at")
        return app(environ, start) if method == "GET" else _without_body(app(environ, start))

    return guard


def _refuse(
    start: StartResponse, status: str, headers: list[tuple[str, str]], reason: str
) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8"), *headers])
    return [f"{reason}\n".encode()]


def _without_body(body: Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(body, "close"):
        body.close()
    return []


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True  # a reader that is slow does not hold up the end

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: tuple[str, int]) -> None:
        if not isinstance(sys.exception(), OSError):  # a reader that went away is no news
            super().handle_error(request, client_address)


class _Handler(WSGIRequestHandler):
    timeout = 30  # seconds that a connection may say nothing

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: a line for every poll would bury the address."""
