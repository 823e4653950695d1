"""Live events: what is told when, to whom, on how many streams, and that a stream ends with the server or the key."""

import asyncio
import http.client
import json
import threading
import time
from contextlib import contextmanager

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.answers.live import ALIVE, Live, News, told
from api.app import assemble, listen
from api.keys import KeyRing, add_key, new_key
from api.server import Server
from graphsvc.errors import TransientError
from graphsvc.jobs import Job
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER
from graphsvc.records import Page
from graphsvc.scores import Run
from graphsvc.settings import settings
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace
from tests.unit.api.transport import FakeStore, bearer, problem

URL = "/v1/events"


class JobStore(FakeStore):
    """A store whose jobs a test sets, and whose looks are counted."""

    def __init__(self):
        super().__init__()
        self.jobs, self.looks = [], 0

    def latest_event(self, now):
        return None

    def list_jobs(self, state=None, limit=50):
        return self.jobs[:limit]

    @property
    def sequence(self):
        self.looks += 1
        if self.broken:
            raise self.broken
        return self.number

    @sequence.setter
    def sequence(self, value):
        self.number = value


def job(state="queued", progress=None, id="j1"):
    return Job(id, "sync", '{"name": "mail"}', state=state, progress=progress)


def events(text):
    """Event names with their data."""
    out = []
    for block in text.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            out.append((lines["event"], json.loads(lines["data"])))
    return out


def heard(live, act=lambda: None, *, after=1, until=2, **options):
    """The first lines of a stream: ``act`` is called once ``after`` of them came; ends with ``until``, or by itself."""

    async def listen():
        lines = []
        async for line in live.listen(**options):
            lines.append(line)
            if len(lines) == after:
                act()
            if len(lines) >= until:
                break
        return lines

    return asyncio.run(asyncio.wait_for(listen(), 20))


@pytest.fixture
def store():
    return JobStore()


@pytest.fixture
def live(store):
    return Live(Workspace(store, clock=lambda: 10**15), every=0.005, heartbeat=5.0)


def test_the_state_comes_first_and_again_when_it_changed(live, store):
    lines = heard(live, lambda: setattr(store, "sequence", 8))
    (one, first), (two, second) = (events(line)[0] for line in lines)
    assert (one, two) == ("state", "state")
    assert (first["sequence"], second["sequence"]) == (7, 8)
    assert first["as_of"].startswith("2001-09-09") and first["run"] is None


def test_jobs_are_told_by_state_and_progress_to_those_who_may_see_them(live, store):
    store.jobs = [job(id="new"), job("done", id="old"), job("running", 0.25)]
    lines = heard(live, lambda: setattr(store, "jobs", [job("done", id="new"), *store.jobs[1:2], job("running", 0.5)]),
                  after=3, until=5, jobs=True)  # fmt: skip
    said = [(data["id"], data["state"], data["progress"]) for name, data in (events(x)[0] for x in lines[1:])]
    assert said[:2] == [("j1", "running", 0.25), ("new", "queued", None)], "at the start those that have not ended"
    assert sorted(said[2:]) == [("j1", "running", 0.5), ("new", "done", None)], "then what moved"
    quiet = heard(live, lambda: store.jobs.clear(), until=9, seconds=0.05)
    assert [events(line)[0][0] for line in quiet] == ["state"], "jobs are the owner's"


def test_silence_is_broken_by_comments_even_while_others_are_told_of_jobs(store):
    live = Live(Workspace(store, clock=lambda: 10**15), every=0.005, heartbeat=0.05)

    async def both():
        rep, owner = [], []

        async def follow(lines, count, **options):
            async for line in live.listen(**options):
                lines.append(line)
                store.jobs = [job("running", len(owner) / 1000)]
                if len(lines) >= count:
                    return

        await asyncio.gather(follow(rep, 4), follow(owner, 40, jobs=True))
        return rep

    assert asyncio.run(asyncio.wait_for(both(), 20))[1:] == [ALIVE] * 3


def test_many_listeners_cost_one_look(store):
    live = Live(Workspace(store, clock=lambda: 10**15), every=0.05)

    async def crowd(n):
        async def one():
            return [line async for line in live.listen(seconds=0.3)]

        begin = store.looks
        found = await asyncio.gather(*(one() for _ in range(n)))
        return store.looks - begin, found

    looks, found = asyncio.run(crowd(40))
    assert len({tuple(lines) for lines in found}) == 1 and len(found[0]) == 1
    assert looks < 40, "a look for each listener would not be one for all"
    assert not [t for t in threading.enumerate() if "listen" in t.name]


def test_a_store_that_is_away_ends_no_stream(live, store, caplog):
    store.broken = TransientError("store.busy", path="x", seconds=1)

    async def listen():
        lines = []

        async def follow():
            async for line in live.listen():
                lines.append(line)
                return

        task = asyncio.create_task(follow())
        await asyncio.sleep(0.05)
        assert not lines and not task.done()
        store.broken = None
        await asyncio.wait_for(task, 10)
        return lines

    with caplog.at_level("WARNING", logger="graphsvc.api"):
        assert events(asyncio.run(listen())[0])[0][1]["sequence"] == 7
    assert sum("wait for the store" in r.message for r in caplog.records) == 1, "said once, not with every look"


def test_a_defect_ends_the_streams_and_is_logged_without_its_message(live, store, caplog):
    store.broken = KeyError("anna@us.example")
    with caplog.at_level("ERROR", logger="graphsvc.api"):
        assert heard(live, until=9) == []
    assert "KeyError" in caplog.text and "anna@" not in caplog.text
    store.broken = None
    assert len(heard(live, until=1)) == 1, "and the next listener starts anew"


def test_whoever_is_not_welcome_any_more_is_let_go(live, store):
    allowed = [True]

    def withdraw():
        allowed[0] = False
        store.sequence = 9

    assert len(heard(live, withdraw, until=9, welcome=lambda: allowed[0])) == 1


def test_between_two_looks_only_what_differs_is_told():
    old = News(1, 0, None, {"a": {"id": "a", "state": "running"}, "b": {"id": "b", "state": "queued"}})
    new = News(1, 0, None, {"b": {"id": "b", "state": "running"}, "a": {"id": "a", "state": "running"}})
    assert [events(line)[0][1]["id"] for line in told(old, new, jobs=True)] == ["b"]
    assert list(told(old, new, jobs=False)) == []
    assert [events(line)[0][1]["run"] for line in told(old, News(1, 0, "r", old.jobs), jobs=True)] == ["r"]


# -- over HTTP ---------------------------------------------------------------------------------------------------------


@contextmanager
def served(app):
    """The app on a port of this machine: the server and the port."""
    listener = listen("127.0.0.1", 0)
    server = Server(uvicorn.Config(app, access_log=False, log_level="error"), app.state.live)
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]))
    thread.start()
    try:
        yield server, listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "open streams must not keep the server from stopping"


class Stream:
    """An open stream, read event by event."""

    def __init__(self, port, headers=None, url=URL):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.connection.request("GET", url, headers=headers or {})
        self.response = self.connection.getresponse()

    def event(self):
        lines = []
        while (line := self.response.readline()) not in (b"\n", b""):
            lines.append(line)
        return events(b"".join(lines))[0] if lines else None

    def close(self):
        self.connection.sock.close() if self.connection.sock else None
        self.response.close()
        self.connection.close()


@pytest.fixture
def workspace(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'live.db'}")
    yield Workspace(store)
    store.close()


def people(*keys):
    import pyarrow as pa

    from graphsvc.model import TABLES, arrow_schema

    rows = pa.Table.from_pylist([{"id": k, "name": k} for k in keys], schema=arrow_schema(TABLES["people"]))
    return Page("crm", "people", rows, read=len(keys))


def test_a_real_server_tells_of_writes_by_another_process_and_ends_with_its_streams(workspace):
    with served(assemble(workspace, None)) as (_, port):
        stream = Stream(port)
        headers = stream.response.headers
        assert (stream.response.status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert headers["cache-control"] == "no-store" and headers["x-trace-id"]
        assert headers["x-content-type-options"] == "nosniff"
        name, before = stream.event()
        other = open_store(workspace.store.url)  # as another process has it: connections of its own
        other.merge(people("anna@us.example"))
        name, data = stream.event()
        assert (name, data["sequence"]) == ("state", other.sequence) and data["sequence"] > before["sequence"]
        other.add_job(Job("job-1", "score", created=1))
        assert stream.event() == ("job", {"id": "job-1", "kind": "score", "name": "", "state": "queued",
                                          "progress": None})  # fmt: skip
        other.save_run(Run("run-1", "score", "all", 1, 0.0, None, None, other.sequence, "v"))
        assert stream.event()[1]["run"] == "run-1", "new scores are news though no row is new"
        other.close()
        second = Stream(port, url=f"{URL}?seconds=0")
        assert [n for n, _ in events(second.response.read())] == ["state", "job"]
        second.close()
    assert stream.event() is None, "the server's end is the stream's"
    stream.close()


def test_a_closed_page_leaves_its_place_and_no_listener(workspace, monkeypatch):
    monkeypatch.setenv("GRAPHSVC_CALLER_STREAMS", "2")
    settings.cache_clear()
    try:
        app = assemble(workspace, None)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    with served(app) as (_, port):
        open_ones = [Stream(port) for _ in range(2)]
        for stream in open_ones:
            assert stream.event()[0] == "state"
        refused = Stream(port)
        assert refused.response.status == 429
        body = json.loads(refused.response.read())
        assert body["type"] == "urn:graphsvc:problem:api.too_many_streams" and refused.response.headers["retry-after"]
        light = Stream(port, url="/v1/healthz")
        assert light.response.status == 200, "open streams take no place of other requests"
        for stream in (*open_ones, refused, light):
            stream.close()
        for _ in range(200):
            again = Stream(port)
            if again.response.status == 200:
                break
            again.close()
            time.sleep(0.05)
        assert again.response.status == 200 and again.event()[0] == "state"
        again.close()


def test_streams_end_when_the_key_is_withdrawn(workspace, tmp_path):
    workspace.store.merge(people("anna@us.example"))
    path = tmp_path / "keys.json"
    tokens = {}
    for name, roles, entity in (("own", ["owner"], None), ("anna", ["rep"], "anna@us.example")):
        tokens[name], entry = new_key(name, ["read"], roles, entity)
        add_key(path, entry)
    app = assemble(workspace, KeyRing.load(path))
    app.state.live = Live(workspace, heartbeat=0.1)
    with served(app) as (_, port):
        stream = Stream(port, bearer(tokens["anna"]))
        assert stream.event()[0] == "state"
        kept = json.loads(path.read_text())
        path.write_text(json.dumps({"keys": [e for e in kept["keys"] if e["name"] == "own"]}))
        rest = stream.response.read()
        assert b"event" not in rest
        gone = Stream(port, bearer(tokens["anna"]))
        assert gone.response.status == 401
        for s in (stream, gone):
            s.close()


@pytest.mark.parametrize(
    ("scopes", "headers", "status", "code"),
    [
        (["read"], None, 401, "api.no_key"),
        (["read"], {"Authorization": "Bearer gsk_x"}, 401, "api.wrong_key"),
        (["write"], ..., 403, "errors.no_scope"),
    ],
)
def test_who_may_not_read_hears_nothing(workspace, scopes, headers, status, code):
    token, entry = new_key("svc", scopes, ["owner"])
    client = TestClient(assemble(workspace, KeyRing([entry])), base_url="https://graph.example")
    problem(client.get(URL, headers=bearer(token) if headers is ... else headers), status, code)


def test_a_rep_without_a_person_is_refused_and_jobs_need_admin(workspace):
    made = {
        "nobody": new_key("nobody", ["read"], ["rep"], "gone@us.example"),
        "own": new_key("own", ["read"], ["owner"]),
        "admin": new_key("admin", ["read", "admin"], ["owner"]),
    }
    workspace.store.add_job(Job("job-1", "fit", created=1))
    client = TestClient(assemble(workspace, KeyRing([e for _, e in made.values()])), base_url="https://graph.example")

    def get(name):
        return client.get(f"{URL}?seconds=0", headers=bearer(made[name][0]))

    problem(get("nobody"), 403, "api.key_of_nobody")
    assert [n for n, _ in events(get("own").content)] == ["state"]
    assert [n for n, _ in events(get("admin").content)] == ["state", "job"]


def test_head_and_wrong_parameters(workspace):
    client = TestClient(assemble(workspace, None), base_url="http://127.0.0.1")
    head = client.head(URL)
    assert (head.status_code, head.content) == (200, b"") and head.headers["cache-control"] == "no-store"
    assert client.get(f"{URL}?seconds=-1").status_code == 422
    assert client.get(f"{URL}?since=1").status_code == 422
    assert str(phrase("api.too_many_streams", limit=8)) and OWNER.is_owner
