"""Clients of the API over a store that holds nothing, with and without keys."""

import pytest
from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.keys import KeyRing, new_key
from api.shapes_search import FoundItem, SearchAnswer
from tests.unit.api.transport import LOCAL, FakeStore, app_over, bearer, meta


@pytest.fixture
def store():
    return FakeStore()


@pytest.fixture
def app(store):
    return app_over(store)


@pytest.fixture
def client(app):
    return TestClient(app, base_url=LOCAL)


@pytest.fixture
def keyed(store):
    """A client over an app with keys, and the tokens by name."""
    made = {
        "owner": new_key("owner", ["read", "write", "admin"], ["owner"]),
        "rep": new_key("rep", ["read"], ["rep"], "anna@us.example"),
        "nobody": new_key("nobody", ["read"], ["rep"], "gone@us.example"),
    }
    ring = KeyRing([entry for _, entry in made.values()])
    return TestClient(app_over(store, ring), base_url="https://graph.example"), {
        name: bearer(token) for name, (token, _) in made.items()
    }


@pytest.fixture
def asked(monkeypatch):
    """Every Ask that ``search`` got."""
    seen: list[Ask] = []

    def search(ask, text, label=None, limit=20, cursor=None):
        seen.append(ask)
        return SearchAnswer(meta=meta(ask), items=[FoundItem(id="1", label="person", key=text, name=None)])

    monkeypatch.setattr(answers, "search", search)
    return seen
