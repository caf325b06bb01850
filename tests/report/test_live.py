"""The live report: follows the database, draws nothing twice, rests, reads no file."""

import json
import threading
import time
from dataclasses import replace
from wsgiref.simple_server import make_server

import pytest
from build_results import make_results
from stored import add_trials, get, store

from jrtune.analysis.analysis import Analysis
from jrtune.report.page.live import LiveReport
from jrtune.report.page.sparing import Sparing
from jrtune.report.tables.importance import Importance
from jrtune.store.records import Results
from jrtune.store.study_store import reading

WHOLE = make_results(trials=9, seeds=0)
START = Results(WHOLE.study, WHOLE.trials[:5])
NAME = WHOLE.study.name


@pytest.fixture
def database(tmp_path):
    return store(tmp_path / "x.db", START)


@pytest.fixture
def live(database):
    """A live report without rest, which counts its drawings."""
    with reading(database, NAME) as store:
        app = LiveReport(lambda: Analysis(store.results()), store.curves, rest=0)
        app.drawings, make = [], app._drawing.make
        app._drawing.make = lambda *of: (app.drawings.append(of), make(*of))[1]
        yield app


def trials(app):
    return [trial["number"] for trial in json.loads(get(app, "/data.json")[2])["trials"]]


def test_the_page_and_its_data_tell_the_same(live):
    status, headers, page = get(live, "/")
    data = json.loads(get(live, "/data.json")[2])
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert data["live"]
    assert f'"name":"{NAME}"'.encode() in page
    assert trials(live) == [t.number for t in START.trials]
    assert len(live.drawings) == 1


def test_a_new_trial_is_shown_and_the_same_is_not_drawn_twice(live, database):
    tag = get(live, "/data.json")[1]["ETag"]
    assert get(live, "/data.json", if_none_match=tag)[0] == 304
    assert len(live.drawings) == 1
    add_trials(database, NAME, WHOLE.trials[5:6])
    status, headers, _ = get(live, "/data.json", if_none_match=tag)
    assert (status, len(live.drawings)) == (200, 2)
    assert headers["ETag"] != tag
    assert trials(live) == [t.number for t in WHOLE.trials[:6]]


def test_what_was_made_rests_as_long_as_it_worked_and_more():
    made = []

    def make(value):
        until = time.thread_time() + 0.01
        while time.thread_time() < until:
            pass
        made.append(value)
        return value

    sparing = Sparing(make, rest=1e6)
    assert [sparing("a", 1), sparing("a", 1), sparing("b", 2)] == [1, 1, 1]
    sparing.due = 0
    assert [sparing("a", 1), sparing("b", 2), sparing("b", 2)] == [1, 2, 2]
    assert made == [1, 2]


def test_importance_follows_later_and_is_drawn_then(live, database):
    names = START.study.objectives

    def importance(analysis):
        every = dict.fromkeys(names, 0.5)
        return Importance((f"of {len(analysis.trials)} trials",), dict.fromkeys(names, (1.0,)), every)

    live._importance.make, live._importance.rest = importance, 1e9
    tags = []
    for due, of in ((False, 5), (False, 5), (True, 6)):
        if due:
            live._importance.due = 0
        _, headers, body = get(live, "/data.json")
        assert json.loads(body)["importance"]["parameters"] == [f"of {of} trials"]
        tags.append(headers["ETag"])
        add_trials(database, NAME, WHOLE.trials[5:6])
    assert len(set(tags)) == 3


def test_a_study_without_a_trial_is_shown(tmp_path):
    path = store(tmp_path / "x.db", Results(replace(WHOLE.study, reference=None), ()))
    with reading(path, None) as opened:
        app = LiveReport(lambda: Analysis(opened.results()), opened.curves, path)
        assert get(app, "/")[0] == 200
        assert trials(app) == []


@pytest.mark.parametrize("path", ["/x.db", "/../x.db", "//etc/passwd", "/data.json/", "/page/page.js"])
def test_there_is_nothing_else(live, path):
    assert get(live, path)[0] == 404
    assert not live.drawings


def test_a_database_that_is_gone_is_said(tmp_path):
    path = store(tmp_path / "x.db", START)
    with reading(path, NAME) as opened:
        app = LiveReport(lambda: Analysis(opened.results()), opened.curves, path)
    (tmp_path / "x.db").unlink()
    status, _, body = get(app, "/")
    assert status == 503
    assert b"the database cannot be read" in body


def test_an_open_page_follows_the_study(browser, live, database):
    server = make_server("127.0.0.1", 0, live)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(error))  # it sets attributes on what it is given
    try:
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        assert page.evaluate("modules.state.page.model.trials.length") == 5
        add_trials(database, NAME, WHOLE.trials[5:])
        page.evaluate("modules.live.ask()")  # what it does every few seconds
        page.get_by_text("trials (9)").wait_for(timeout=20_000)
        assert page.evaluate("modules.state.page.model.trials.length") == 9
        assert errors == []
    finally:
        page.close()
        server.shutdown()
        server.server_close()
