"""The API over a store that holds nothing, and the form its problems have."""

import functools

from api import answers
from api.app import assemble
from api.shapes import Meta
from graphsvc.clock import read_moment, show_moment
from graphsvc.store import Candidate
from graphsvc.workspace import Workspace

LOCAL = "http://127.0.0.1:8000"


NOW = read_moment("2026-06-01")


REP = "ab" * 16


class FakeStore:
    """What the transport asks of a store."""

    url = "fake"
    last_model_state = 0

    def __init__(self) -> None:
        self.sequence, self.log_rows, self.broken = 7, [], None

    def setting(self, name):
        if self.broken:
            raise self.broken

    def latest_event(self, now):
        return NOW

    def runs(self, kind=None, limit=50):
        return []

    def resolve(self, text, caller, label=None):
        return [Candidate(REP, "person", text, "Anna")] if text == "anna@us.example" else []

    def log(self, caller, action, detail):
        self.log_rows.append((caller.name, action, dict(detail)))


@functools.cache
def description():
    return assemble(None, None).openapi()


def app_over(store, keys=None, clock=lambda: NOW):
    """An app whose description is made once for all tests."""
    app = assemble(Workspace(store, clock=clock), keys)
    app.described = description()
    return app


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def meta(ask):
    return Meta(as_of=show_moment(ask.moment.as_of), sequence=ask.workspace.store.sequence, own_known=True)


def problem(response, status, code):
    """The body of a response that must be a problem of a kind."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (response.status_code, body["status"], body["type"]) == (status, status, f"urn:graphsvc:problem:{code}")
    assert body["title"] and body["detail"] and body["trace_id"] == response.headers["x-trace-id"]
    return body


def fail_with(monkeypatch, error):
    def entity(ask, key, label=None):
        raise error

    monkeypatch.setattr(answers, "entity", entity)
