"""optuna-dashboard on our database, as a WSGI application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jrtune.errors import InputError
from jrtune.search.ask.optuna_records import optuna_storage
from jrtune.store.database import Database

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication


def dashboard(database: Database) -> WSGIApplication:
    """An application that shows Optuna's trials in the browser, also while a study runs.

    It opens the database as the study that runs does (WAL, 60 s timeout), so neither locks the other out.
    It can delete and rename studies, which would take Optuna's trials from under ours: serve it so that it
    is only read.

    Raises:
        InputError: where optuna-dashboard is not installed.
    """
    try:
        from optuna_dashboard import wsgi
    except ModuleNotFoundError as error:
        raise InputError(
            f"jrtune dashboard needs the package optuna-dashboard, and found no {error.name}: "
            'pip install "jrtune[dashboard]"'
        ) from None
    app: WSGIApplication = wsgi(optuna_storage(database))
    return app
