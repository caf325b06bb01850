"""Results as a database holds them, for tests of what reads it."""

from jrtune.spec import Outcome
from jrtune.store.database import open_database
from jrtune.store.study_store import StudyStore


def store(path, *studies):
    """Writes results, one a study, to a new database; returns its path as text."""
    database = open_database(str(path), create=True)
    database.make_tables()
    for results in studies:
        store = StudyStore.start(database, results.study)
        store.save_trials([(trial, Outcome(trial.status)) for trial in results.trials])
        store.save_confirmations(results.confirmations)
    database.engine.dispose()
    return str(path)


def add_trials(path, name, trials):
    """Writes further trials of a study, as the process that searches does."""
    database = open_database(str(path), create=False)
    StudyStore(database, name).save_trials([(trial, Outcome(trial.status)) for trial in trials])
    database.engine.dispose()


def get(app, path, host="127.0.0.1:80", method="GET", **headers):
    """Status, headers and body of a request to a WSGI application, without a server."""
    answer = {}

    def start(status, found, *rest):
        answer.update(status=int(status.split()[0]), headers=dict(found))

    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": host,
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    body = b"".join(app(environ, start))
    return answer["status"], answer["headers"], body
