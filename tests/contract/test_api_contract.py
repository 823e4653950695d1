"""The API over a real store: every endpoint, what a rep may see, records in, paging, ETags, in both languages."""

import json
import re

import pytest
from starlette.testclient import TestClient

from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc.clock import read_moment, show_moment
from graphsvc.jobs import Job
from graphsvc.models import RULE, ModelState
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.scores import Model
from graphsvc.stores import open_store
from graphsvc.suggestions import Suggestion
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")
MODEL = Model("influence", 1, NOW, NOW, "d", {"intercept": 0.5})
NDJSON = {"content-type": "application/x-ndjson"}
CONTACTS = [f"p{i}@client{i % 3}.example" for i in range(9)]


def people():
    yield {"id": "anna@us.example", "name": "Anna Berg", "email": "anna@us.example", "organization": "us.example"}
    yield {"id": "bo@us.example", "name": "Bo Lin", "email": "bo@us.example", "organization": "us.example"}
    for i, key in enumerate(CONTACTS):
        name = ("Chen Wei", "Lena Weber", "王芳")[i % 3] + f" {i}"
        yield {"id": key, "name": name, "email": key, "title": "CTO", "organization": f"client{i % 3}.example"}


def interactions():
    for i, key in enumerate(CONTACTS):
        rep = ("anna@us.example", "bo@us.example")[i % 2]
        for week in range(2 + i):
            time = show_moment(NOW - (3 + 7 * week) * DAY)
            sides = (rep, key) if week % 2 else (key, rep)
            yield {
                "id": f"m{i}.{week}",
                "time": time,
                "from": sides[0],
                "to": sides[1],
                "channel": "mail",
                "kind": "mail",
            }


def lines():
    for i in range(3):
        yield {
            "table": "organizations",
            "id": f"client{i}.example",
            "name": f"Client {i}",
            "domain": f"client{i}.example",
        }
    yield from ({"table": "people", **row} for row in people())
    yield from ({"table": "interactions", **row} for row in interactions())
    yield {"table": "facts", "subject": "anna@us.example", "kind": "OWNS", "object": "client0.example"}


def as_ndjson(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A workspace filled through the API, and its keys."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('api') / 'graph.db'}")
    workspace = Workspace(store, clock=lambda: NOW)
    store.own(["us.example"], OWNER)
    store.add_job(Job("job-1", "fit", created=NOW))
    store.save_model(MODEL)
    app = assemble(workspace, None)
    client = TestClient(app, base_url="http://127.0.0.1", headers={"accept-language": "en"})
    response = client.post("/v1/records", content=as_ndjson(lines()), headers=NDJSON)
    assert response.status_code == 200, response.text
    assert response.json()["rejected"] == 0, [r for r in response.json()["results"] if r["status"] != "accepted"][:3]
    saved = client.put("/v1/views/v1", json={"name": "Mine", "state": "view=map"})
    assert saved.status_code == 200, saved.text
    yield client, workspace
    store.close()


@pytest.fixture
def client(world):
    return world[0]


@pytest.fixture
def rep(world):
    """A client with the key of Anna, a rep."""
    token, entry = new_key("anna", ["read", "write"], ["rep"], "anna@us.example")
    app = assemble(world[1], KeyRing([entry]))
    headers = {"authorization": f"Bearer {token}", "accept-language": "en"}
    return TestClient(app, base_url="https://graph.example", headers=headers)


READS = [
    "/v1/",
    "/v1/healthz",
    "/v1/evaluations",
    "/v1/search?text=chen",
    "/v1/people?text=lena",
    "/v1/organizations?text=client",
    f"/v1/people/{CONTACTS[0]}",
    "/v1/organizations/client0.example",
    "/v1/relationships",
    "/v1/relationships?key=anna@us.example",
    "/v1/relationships?key=client0.example",
    "/v1/scores/tie_strength",
    f"/v1/scores/depth?key={CONTACTS[0]}&key=nobody@x.example",
    f"/v1/explain/tie_strength?key=anna@us.example&other={CONTACTS[0]}",
    f"/v1/paths?to={CONTACTS[0]}",
    f"/v1/paths?to={CONTACTS[1]}&from=anna@us.example&k=3&via=bo@us.example&min_probability=0",
    f"/v1/paths?to={CONTACTS[1]}&k=2&disjoint=true",
    f"/v1/lacks?to={CONTACTS[1]}&k=3",
    "/v1/lacks?to=client0.example",
    "/v1/map/anna@us.example?hops=2&limit=5",
    f"/v1/map?focus=anna@us.example&focus={CONTACTS[1]}&compare=2026-05-01&channel=mail",
    f"/v1/map?to={CONTACTS[0]}",
    "/v1/map-file?focus=anna@us.example",
    "/v1/overview?by=organization",
    "/v1/views",
    "/v1/views/v1",
    "/v1/top/anna@us.example",
    "/v1/top/anna@us.example?week=2026-W20",
    "/v1/top?team=us.example",
    f"/v1/why-not/anna@us.example?key={CONTACTS[1]}",
    "/v1/top/team",
    "/v1/lists/anna@us.example",
    "/v1/delivery/anna@us.example",
    "/v1/asks",
    f"/v1/draft?to={CONTACTS[1]}&through=bo@us.example&from=anna@us.example&language=zh",
    "/v1/boards/health",
    "/v1/boards/ecosystem",
    "/v1/boards/freshness",
    "/v1/handover/anna@us.example?to=bo@us.example",
    "/v1/me",
    "/v1/history/client0.example",
    f"/v1/history/{CONTACTS[0]}?other=anna@us.example&weeks=8",
    f"/v1/tie?key=anna@us.example&other={CONTACTS[0]}",
    "/v1/corrections",
    f"/v1/corrections?key={CONTACTS[0]}",
    "/v1/key-people",
    "/v1/communities",
    "/v1/brokers?by=organization",
    "/v1/silent-groups?every=true&weeks=0.1",
    "/v1/recommendations",
    "/v1/recommendations?as_of=2026-05-01",
    "/v1/search?text=client&limit=1",
    "/v1/changes",
    "/v1/models",
    f"/v1/models/{MODEL.id}",
    f"/v1/models/{MODEL.id}/compare?other={MODEL.id}",
    "/v1/runs",
    "/v1/runs?grouped=true",
    "/v1/jobs",
    "/v1/jobs?grouped=true",
    "/v1/jobs/job-1",
]


@pytest.mark.parametrize("url", READS)
def test_every_read_answers_with_what_design_8_asks_for(client, url):
    response = client.get(url)
    assert response.status_code == 200, response.text
    if url not in ("/v1/", "/v1/healthz"):
        meta = response.json()["meta"]
        assert meta["as_of"].startswith("2026-0") and meta["sequence"] > 0
        assert [c["channel"] for c in meta["channels"]] == ["mail"]
        assert "calendar" in meta["missing_channels"]
        assert response.headers["content-language"] == "en"
        tag = response.headers["etag"]
        assert client.get(url, headers={"if-none-match": tag}).status_code == 304
    assert client.head(url).content == b""


def test_every_endpoint_is_read_here(client):
    documented = {p for p, m in client.app.openapi()["paths"].items() if "get" in m}
    documented -= {"/v1/events", "/v1/unsubscribe"}  # a stream, a page: tested apart
    documented -= {"/v1/top-file/{rep}", "/v1/handover-file/{rep}"}  # files, too
    patterns = {p: re.compile(re.sub(r"\{\w+\}", ".+", p) + r"(\?.*)?$") for p in documented}
    assert not {p for p, pattern in patterns.items() if not any(pattern.match(url) for url in READS)}


def test_reads_speak_chinese(client):
    zh = {"accept-language": "zh-CN"}
    missing = client.get("/v1/people/nobody@x.example", headers=zh)
    assert (missing.status_code, missing.headers["content-language"]) == (404, "zh")
    assert re.search("[一-鿿]", missing.json()["detail"])
    assert client.get("/v1/search", params={"text": "王芳"}, headers=zh).json()["items"]


def test_as_of_moves_the_answer(client):
    now = client.get("/v1/relationships?limit=1000").json()
    past = client.get("/v1/relationships?limit=1000&as_of=2026-05-01").json()
    assert past["meta"]["as_of"] == "2026-05-01T00:00:00Z"
    assert len(past["items"]) < len(now["items"])
    before = client.get("/v1/relationships?limit=1000&as_of=2020-01-01").json()
    assert before["items"] == []


@pytest.mark.parametrize(
    ("url", "limit"), [("/v1/relationships", 2), ("/v1/scores/tie_strength", 4), ("/v1/scores/depth", 3)]
)
def test_pages_hold_every_row_once(client, url, limit):
    def pages():
        following = f"{url}?limit={limit}"
        while following:
            response = client.get(following)
            assert response.status_code == 200, response.text
            yield response.json()["items"]
            link = response.links.get("next")
            following = link["url"] if link else None

    whole = client.get(f"{url}?limit=1000").json()["items"]
    parts = list(pages())
    assert [row for part in parts for row in part] == whole
    assert len(parts) > 1 and all(len(part) <= limit for part in parts)


def test_post_scores_equals_get(client):
    keys = [CONTACTS[0], CONTACTS[1], "nobody@x.example"]
    posted = client.post("/v1/scores/tie_strength", json={"keys": keys})
    got = client.get("/v1/scores/tie_strength", params={"key": keys})
    assert posted.json() == got.json()
    assert posted.json()["unknown"] == ["nobody@x.example"]
    assert posted.json()["items"]


def test_explained_terms_add_up_and_name_source_records(client):
    body = client.get("/v1/explain/tie_strength", params={"key": "anna@us.example", "other": CONTACTS[0]}).json()
    assert sum(t["value"] for t in body["terms"]) == pytest.approx(body["score"]["value"], rel=1e-9)
    assert {e["record_id"] for t in body["terms"] for e in t["evidence"]} <= {f"m0.{w}" for w in range(2)}
    assert any(t["evidence"] for t in body["terms"])


def test_unknown_and_ambiguous_and_wrong_kind(client):
    assert client.get("/v1/people/nobody@x.example").status_code == 404
    assert client.get("/v1/people/client0.example").status_code == 404
    assert client.get("/v1/scores/happiness").status_code == 404
    assert client.post("/v1/recommendations/none", json={"state": "confirmed"}).status_code == 404
    assert client.get("/v1/top/anna@us.example?week=2026-99").status_code == 422


def test_two_people_of_one_name_are_409(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'two.db'}")
    client = TestClient(assemble(Workspace(store, clock=lambda: NOW), None), base_url="http://127.0.0.1")
    twins = [{"table": "people", "id": f"li@{x}.example", "name": "Li Na"} for x in "ab"]
    assert client.post("/v1/records", content=as_ndjson(twins), headers=NDJSON).json()["accepted"] == 2
    response = client.get("/v1/people/Li Na")
    assert response.status_code == 409
    assert sorted(c["key"] for c in response.json()["candidates"]) == ["li@a.example", "li@b.example"]
    assert client.get("/v1/people/li@a.example").json()["entity"]["name"] == "Li Na"
    store.close()


# -- records ----------------------------------------------------------------------------------------------------------


def test_records_are_idempotent_with_a_result_per_line(client, world):
    store = world[1].store
    body = as_ndjson(lines())
    before = store.sequence
    again = client.post("/v1/records", content=body, headers=NDJSON).json()
    assert (again["rejected"], store.sequence) == (0, before), "the same lines again must change nothing"
    assert [r["line"] for r in again["results"]] == list(range(1, body.count(b"\n") + 1))


def test_a_bad_line_is_quarantined_and_good_ones_are_kept(client, world):
    rows = [
        {"table": "people", "id": "new@client0.example", "name": "New One"},
        {"table": "interactions", "time": "not a time", "from": "new@client0.example", "to": "anna@us.example"},
        {"table": "planets", "id": "x"},
    ]
    body = as_ndjson(rows) + b"{broken\n\xff\xfe\n"
    response = client.post("/v1/records", content=body, headers=NDJSON)
    answer = response.json()
    assert [r["status"] for r in answer["results"]] == ["accepted", "rejected", "rejected", "rejected", "rejected"]
    assert all(r["reason"] for r in answer["results"] if r["status"] == "rejected")
    assert client.get("/v1/people/new@client0.example").json()["entity"]["name"] == "New One"
    kept = world[1].store.quarantine(OWNER)
    assert any("not a time" in json.dumps(dict(row), default=str) for row in kept)


def test_an_idempotency_key_binds_a_body(client):
    first, other = (as_ndjson([{"table": "people", "id": f"{x}@client1.example", "name": x}]) for x in "kq")
    headers = NDJSON | {"idempotency-key": "batch-1"}
    one = client.post("/v1/records", content=first, headers=headers)
    two = client.post("/v1/records", content=first, headers=headers)
    three = client.post("/v1/records", content=other, headers=headers)
    assert (one.status_code, two.content) == (200, one.content)
    assert (three.status_code, three.json()["type"]) == (422, "urn:graphsvc:problem:api.idempotency_key")


def test_a_new_record_changes_the_tag_and_outdates_cursors(client):
    url = f"/v1/relationships?key={CONTACTS[2]}"
    first = client.get(url)
    cursor = client.get("/v1/relationships?limit=1").json()["next_cursor"]
    row = {"table": "interactions", "id": "new", "time": show_moment(NOW), "from": "bo@us.example", "to": CONTACTS[2]}
    assert client.post("/v1/records", content=as_ndjson([row]), headers=NDJSON).json()["accepted"] == 1
    second = client.get(url, headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.headers["etag"] != first.headers["etag"]) == (200, True)
    assert len(second.json()["items"]) == len(first.json()["items"]) + 1
    stale = client.get("/v1/relationships", params={"limit": 1, "cursor": cursor})
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:graphsvc:problem:api.stale_cursor")


def test_the_change_feed_follows_on(client):
    start = client.get("/v1/changes").json()["next_since"]
    row = {"table": "people", "id": "feed@client1.example", "name": "Feed Only"}
    client.post("/v1/records", content=as_ndjson([row]), headers=NDJSON)
    news = client.get(f"/v1/changes?since={start}")
    assert news.json()["items"] and news.json()["next_since"] > start
    assert "Feed Only" not in news.text and "feed@" not in news.text, "the feed holds no names or keys"
    empty = client.get(f"/v1/changes?since={news.json()['next_since']}").json()
    assert (empty["items"], empty["next_since"]) == ([], news.json()["next_since"])


# -- what a rep sees --------------------------------------------------------------------------------------------------


def test_a_rep_sees_bands_of_other_peoples_ties(client, rep):
    everything = client.get("/v1/relationships?limit=1000").json()["items"]
    seen = rep.get("/v1/relationships?limit=1000").json()
    assert len(seen["items"]) == len(everything)
    for tie in seen["items"]:
        mine = "anna@us.example" in (tie["a"]["key"], tie["b"]["key"])
        assert (tie["strength"] is not None) == mine
        assert tie["band"] in ("strong", "fair", "weak")
        assert mine or (tie["health"], tie["active"], tie["last"]) == (None, None, None)
    others = sum("anna@us.example" not in (t["a"]["key"], t["b"]["key"]) for t in everything)
    assert seen["meta"]["hidden"] == others > 0


def test_a_rep_cannot_open_what_is_not_theirs(rep):
    refused = rep.get("/v1/explain/tie_strength", params={"key": "bo@us.example", "other": CONTACTS[1]})
    assert refused.status_code == 403
    assert (
        rep.get("/v1/explain/tie_strength", params={"key": "anna@us.example", "other": CONTACTS[0]}).status_code == 200
    )
    assert rep.get("/v1/top/bo@us.example").status_code == 403
    other = rep.get(f"/v1/people/{CONTACTS[1]}").json()
    assert (other["email"], other["scores"], other["meta"]["hidden"]) == (None, [], 1)
    assert rep.get(f"/v1/people/{CONTACTS[0]}").json()["scores"]


def test_a_rep_and_the_owner_never_share_a_tag(client, rep):
    url = "/v1/relationships"
    tags = {client.get(url).headers["etag"], rep.get(url).headers["etag"]}
    assert len(tags) == 2


# -- decisions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def suggestion(world):
    store = world[1].store
    anna, target = (store.resolve(k, OWNER, "person")[0].id for k in ("anna@us.example", CONTACTS[0]))
    made = Suggestion(play="reconnect", owner=anna, target=target, gain=3.0)
    store.save_suggestions([made])
    return made


def test_a_decision_is_kept_with_author_and_reason(client, rep, world, suggestion):
    first = client.get("/v1/recommendations")
    assert suggestion.id in {s["id"] for s in first.json()["items"]}
    body = {"state": "declined", "reason": "already in touch"}
    decided = rep.post(f"/v1/recommendations/{suggestion.id}", json=body)
    assert decided.status_code == 200, decided.text
    assert (decided.json()["items"][0]["state"], decided.json()["items"][0]["reason"]) == (
        "declined",
        "already in touch",
    )
    after = client.get("/v1/recommendations", headers={"if-none-match": first.headers["etag"]})
    assert after.status_code == 200, "a decision must not hide behind an old ETag"
    again = client.post(f"/v1/recommendations/{suggestion.id}", json={"state": "confirmed"})
    assert again.status_code == 422
    assert client.post(f"/v1/recommendations/{suggestion.id}", json={"state": "won"}).status_code == 422
    logged = world[1].store.audit(OWNER)
    assert any(row.get("action") == "api.decide" for row in logged), "writes are audited"


def test_a_person_decides_on_a_model_and_answers_follow(client, rep, world):
    workspace = world[1]
    active = Model("active", 1, NOW, NOW, "d", {"intercept": 0.5})
    workspace.store.save_model(active)
    workspace.store.add_model_states([ModelState(active.id, "active", "active", NOW, RULE, phrase("models.first"))], 0)
    before = client.get("/v1/relationships")
    body = {"state": "frozen", "reason": "ask bo@us.example"}
    url = f"/v1/models/{active.id}/state"
    assert rep.post(url, json=body).status_code == 403
    said = client.post(url, json=body)
    assert said.status_code == 200, said.text
    assert [e["state"] for e in said.json()["history"]] == ["active", "frozen"]
    assert said.json()["history"][-1]["reason"] == "ask bo@us.example"
    assert "bo@us.example" not in rep.get(f"/v1/models/{active.id}").text, "a person's words are the owner's"
    assert client.get("/v1/models?state=frozen").json()["items"][0]["id"] == active.id
    assert client.get("/v1/relationships").headers["etag"] != before.headers["etag"]
    assert client.post(url, json=body).status_code == 422
    assert client.post(url, json={"state": "frozen", "reason": ""}).status_code == 422
    assert client.post("/v1/models/nope/state", json=body).status_code == 404
    assert any(row["action"] == "api.model" for row in workspace.store.audit(OWNER))
