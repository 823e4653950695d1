"""The short way for score look-ups gives what the ordinary way gives, byte for byte, to everybody, after any change."""

import json
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.app import assemble
from api.express import Express
from api.keys import KeyRing, new_key
from graphsvc.clock import read_moment, show_moment
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")
PEOPLE = ["anna@us.example", "bo@us.example", *(f"p{i}@them.example" for i in range(5))]
NAMES = ("tie_strength", "depth", "relationship_health")


def events(first, count):
    for i in range(first, first + count):
        one, two = PEOPLE[i % 2], PEOPLE[2 + i % 5]
        ends = {"from": one, "to": two} if i % 3 else {"from": two, "to": one}
        yield {"table": "interactions", "id": f"m{i}", "time": show_moment(NOW - (i % 90) * DAY), "kind": "mail"} | ends


def put(workspace, rows):
    answers.records(Ask(workspace), "\n".join(map(json.dumps, rows)).encode())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('express') / 'graph.db'}")
    workspace = Workspace(store, clock=lambda: NOW)
    store.own(["us.example"], OWNER)
    owns = {"table": "facts", "subject": "anna@us.example", "kind": "OWNS", "object": "them.example"}
    people = [{"table": "people", "id": k, "name": k[:2].title(), "organization": k.split("@")[1]} for k in PEOPLE]
    put(workspace, [*people, owns, *events(0, 120)])
    yield workspace
    store.close()


@pytest.fixture(scope="module")
def clients(world):
    """The owner without keys, and a rep and a stranger with keys: (client, headers)."""
    made = (("rep", ["read"], ["rep"], "anna@us.example"), ("blind", ["write"], ["owner"], None))
    keys = {given[0]: new_key(*given) for given in made}
    ring = KeyRing([entry for _, entry in keys.values()])
    local, remote = TestClient(assemble(world, None), base_url="http://127.0.0.1"), TestClient(assemble(world, ring))
    said = {name: {"authorization": f"Bearer {token}"} for name, (token, _) in keys.items()}
    wrong = {"wrong": {"authorization": "Bearer gsk_x"}, "nobody": {}}
    return [(local, {}), *((remote, h) for h in (said | wrong).values())]


def requests():
    for name in (*NAMES, "no_such_score"):
        for keys in (PEOPLE[:1], PEOPLE[2:4], ["nobody@x.example"], [""], [PEOPLE[0]] * 3):
            query = "&".join(f"key={quote(k)}" for k in keys)
            yield "GET", f"/v1/scores/{name}?{query}", None
            yield "POST", f"/v1/scores/{name}", json.dumps({"keys": keys}).encode()
    yield "GET", f"/v1/scores/depth?key={PEOPLE[2]}&as_of=2026-05-01", None
    yield "GET", f"/v1/scores/depth?key={PEOPLE[2]}&strange=1", None
    yield "POST", "/v1/scores/depth", b"{broken"
    yield "POST", "/v1/scores/depth", b'{"keys": []}'
    yield "POST", "/v1/scores/depth", json.dumps({"keys": [PEOPLE[0]], "more": 1}).encode()
    yield "POST", "/v1/scores/depth?limit=1", json.dumps({"keys": [PEOPLE[0]]}).encode()


def answered(client, headers, request):
    """What somebody gets, without what differs between two requests of one kind."""
    method, url, body = request
    kind = {} if body is None else {"content-type": "application/json"}
    response = client.request(method, url, content=body, headers=headers | kind)
    trace = response.headers["x-trace-id"]
    kept = {k: v for k, v in response.headers.items() if k != "x-trace-id"}
    return response.status_code, response.content.replace(trace.encode(), b"TRACE"), kept


def both_ways(monkeypatch, client, headers, request):
    short = [answered(client, headers, request) for _ in range(3)]  # cold, and from memory
    with monkeypatch.context() as patch:
        patch.setattr(Express, "_answer", _none)
        return short, answered(client, headers, request)


async def _none(*_):
    return None


@pytest.mark.parametrize("request_", list(requests()), ids=lambda r: f"{r[0]} {r[1][:60]}")
def test_both_ways_say_the_same(clients, monkeypatch, request_):
    for client, headers in clients:
        short, ordinary = both_ways(monkeypatch, client, headers, request_)
        assert short == [ordinary] * 3


def test_an_event_shows_in_the_next_answer_of_the_short_way(clients, world, monkeypatch):
    request = ("GET", f"/v1/scores/tie_strength?key={PEOPLE[2]}", None)
    for step, (client, headers) in enumerate(clients[:2]):
        before = answered(client, headers, request)
        put(world, events(200 + 10 * step, 5))
        short, ordinary = both_ways(monkeypatch, client, headers, request)
        assert short == [ordinary] * 3 and ordinary[1] != before[1]


def test_an_override_and_a_tag_hold_on_the_short_way(clients, world):
    client, headers = clients[0]
    url = f"/v1/scores/depth?key={PEOPLE[2]}"
    tag = client.get(url, headers=headers).headers["etag"]
    assert client.get(url, headers={"if-none-match": tag}).status_code == 304
    entity = world.store.resolve(PEOPLE[2], OWNER)[0].id
    world.store.override("depth", entity, None, 77.0, OWNER, "we know better")
    changed = client.get(url, headers={"if-none-match": tag})
    assert changed.status_code == 200 and changed.json()["items"][0]["override"] == 77.0


def test_the_short_way_is_taken(clients, monkeypatch):
    client, headers = clients[0]

    async def fail(*_):
        raise AssertionError("a plain look-up went the ordinary way")

    client.get(f"/v1/scores/depth?key={PEOPLE[2]}", headers=headers)
    monkeypatch.setattr("api.deps.reader", fail)
    monkeypatch.setattr("fastapi.routing.APIRoute.handle", fail)
    assert client.get(f"/v1/scores/depth?key={PEOPLE[3]}", headers=headers).status_code == 200
