"""The quick starts of python/README.md, as written."""

import importlib
import re
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from overten_webhook import Receiver, Scope, read_stored, sign
from overten_webhook.testing import Sender
from serving import BODY, NOW, SECRET, asgi_server, post, wsgi_server

README = Path(__file__).parents[1] / "README.md"
MODULES = ["inbox", "worker", "fastapi_app", "flask_app", "urls"]
QUICK_STARTS = ["fastapi_app", "flask_app", "urls"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    snippets = re.findall(r"```python\n# (\w+)\.py\n(.*?)```", README.read_text(), re.DOTALL)
    assert [name for name, _ in snippets] == MODULES
    for name, text in snippets:
        (tmp_path / f"{name}.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    yield tmp_path
    for name in MODULES:
        if module := sys.modules.pop(name, None):
            receiver = getattr(module, "receiver", None)
            if receiver is not None:
                receiver._store.close()


def serve(name: str) -> Any:
    module = importlib.import_module(name)
    module.receiver._clock = lambda: NOW
    if name == "fastapi_app":
        return asgi_server(module.app)
    if name == "flask_app":
        return wsgi_server(module.app)
    from test_adapters import django_app, urlpatterns

    application = django_app(module.receiver)
    urlpatterns[:] = module.urlpatterns
    return wsgi_server(application)


@pytest.mark.parametrize("name", QUICK_STARTS)
def test_a_quick_start_takes_in_a_delivery_once(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """K1-04, and K8-05: the answer waits for the inbox, not for whoever works through it."""
    monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", SECRET)
    with serve(name) as port:
        assert post(port, body=BODY.replace(b"true", b"trud")).status == 401
        assert post(port).body == b'{"status":"accepted"}'
        assert post(port, path="/webhooks/overten/").body == b'{"status":"duplicate"}'
        assert post(port, body=b"", method="GET").status == 405
        for path in ("//webhooks/overten", "/webhooks//overten", "/webhooks/overten//"):
            assert not 300 <= post(port, path=path).status < 400  # issue 11, 35: a redirect loses a delivery
    with closing(sqlite3.connect(folder / "inbox.sqlite")) as inbox:
        assert inbox.execute("SELECT body FROM inbox").fetchall() == [(BODY,)]
    worker = importlib.import_module("worker")
    assert [worker.work_once(), worker.work_once()] == [1, 0]


@pytest.mark.usefixtures("folder")
def test_the_worker_may_start_first_and_shows_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    worker, inbox = importlib.import_module("worker"), importlib.import_module("inbox")
    assert worker.work_once() == 0
    inbox.keep(read_stored(b'{"event":"run.resumed","run_id":"run_01"}'))
    assert worker.work_once() == 1
    assert "run.resumed" in capsys.readouterr().out


@pytest.mark.parametrize("scope", ["run", "task"])
@pytest.mark.usefixtures("folder")
def test_the_inbox_keeps_whatever_its_receiver_hands_on(scope: Scope) -> None:
    keep = importlib.import_module("inbox").keep
    receiver = Receiver(SECRET, handler=keep, set_aside=keep, scope=scope, clock=lambda: NOW)
    codes = []
    for task in ("task_1", "task_2", "task_2"):
        body = b'{"event":"run.completed","run_id":"run_01","task_id":"%s"}' % task.encode()
        codes.append(receiver.receive("POST", sign(body, SECRET, now=NOW), body).code)
    with closing(sqlite3.connect("inbox.sqlite")) as inbox:
        assert inbox.execute("SELECT count(*) FROM inbox").fetchone() == (codes.count("accepted"),)
    assert codes.count("accepted") == (2 if scope == "task" else 1)


@pytest.mark.usefixtures("folder")
def test_a_users_test_sets_its_secret_after_the_import(monkeypatch: pytest.MonkeyPatch, overten_sender: Sender) -> None:
    """Issue 11, 13: the example in `testing.py`, against the quick start."""
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    with serve("fastapi_app") as port:
        monkeypatch.setenv("OVERTEN_WEBHOOK_SECRETS", overten_sender.secret)
        request = overten_sender.request("run.failed", run_id="run_01", error="generation_failed", now=NOW)
        assert post(port, request.headers.items(), request.body).status == 200


def test_the_example_of_trying_a_store_runs() -> None:
    names: dict[str, Any] = {}
    section = README.read_text().partition("### A store of your own")[2]
    exec(re.findall(r"```python\n(.*?)```", section, re.DOTALL)[0], names)  # noqa: S102
    names["test_my_store"]()


@pytest.mark.parametrize("name", QUICK_STARTS)
@pytest.mark.usefixtures("folder")
def test_a_quick_start_without_its_variable_answers_503(
    name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """K4-09."""
    monkeypatch.delenv("OVERTEN_WEBHOOK_SECRETS", raising=False)
    with serve(name) as port:
        assert post(port).body == b'{"error":"misconfigured"}'
    assert [
        "OVERTEN_WEBHOOK_SECRETS" in line.getMessage() for line in caplog.records if line.name == "overten_webhook"
    ] == [True, True]  # when it is made, and for the delivery
