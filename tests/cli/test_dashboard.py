"""optuna-dashboard opens our database."""

import io
import json

import optuna
import pytest
from toy import run_toy, write_toy

from jrtune.search.run.run_config import Budget

dashboard = pytest.importorskip(
    "optuna_dashboard", reason="optuna-dashboard is not installed: pip install jrtune[dashboard]"
)


def get(app, path):
    """The body of a GET request, without a server."""
    answer = {}
    environment = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": io.StringIO(),
    }
    body = b"".join(app(environment, lambda status, headers, *_: answer.update(status=status)))
    assert answer["status"].startswith("200"), (answer, body)
    return json.loads(body)


def test_the_dashboard_lists_the_trials_with_their_weights(tmp_path):
    run_toy(write_toy(tmp_path), f"{tmp_path}/x.db", Budget(4))
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/x.db")
    app = dashboard.wsgi(storage)
    (summary,) = get(app, "/api/studies")["study_summaries"]
    assert summary["study_name"] == "toy"
    detail = get(app, f"/api/studies/{summary['study_id']}")
    assert len(detail["trials"]) == 4
    keys = {attr["key"] for attr in detail["trials"][0]["user_attrs"]}
    assert {"weight_y", "weight_z", "source"} <= keys
    storage.engine.dispose()
