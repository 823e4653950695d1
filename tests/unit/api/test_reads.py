"""What all reads share: the moment they speak of, ETags, and cursors."""

import pytest
from starlette.testclient import TestClient

from api import answers
from api.cursors import StaleCursorError, bind_cursor, decode_cursor, encode_cursor, unbind_cursor
from api.shapes import Entity, Tie, TiesAnswer
from graphsvc.clock import read_moment
from graphsvc.errors import InputError
from tests.unit.api.transport import LOCAL, NOW, app_over, meta, problem

# -- the moment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "moment"),
    [
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T08:00:00%2B08:00", "2020-01-01"),
        ("2020-01-01T08:00:00+08:00", "2020-01-01"),  # the + arrives as a blank
        ("2020-01-01 00:00", "2020-01-01"),
    ],
)
def test_as_of_and_known_at_reach_the_answer(client, asked, query, moment):
    assert client.get(f"/v1/search?text=a&as_of={query}&known_at={query}").status_code == 200
    assert (asked[0].as_of, asked[0].known_at) == (read_moment(moment),) * 2


@pytest.mark.parametrize("name", ["as_of", "known_at"])
def test_a_wrong_moment_is_422(client, name):
    problem(client.get(f"/v1/search?text=a&{name}=yesterday"), 422, "errors.bad_moment")


OF_NOW = ("/v1/", "/v1/healthz", "/v1/events", "/v1/unsubscribe")


def test_every_read_takes_as_of_and_known_at(client):
    for path, methods in client.app.openapi()["paths"].items():
        names = {p["name"] for p in methods.get("get", {}).get("parameters", ())}
        if "get" in methods and path not in OF_NOW:
            assert {"as_of", "known_at"} <= names, path


# -- ETags ------------------------------------------------------------------------------------------------------------


def test_an_unchanged_answer_is_304_without_computing(client, asked, store):
    first = client.get("/v1/search?text=a")
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get("/v1/search?text=a", headers={"if-none-match": f'"x", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"], len(asked)) == (304, b"", tag, 1)
    store.sequence += 1
    fresh = client.get("/v1/search?text=a", headers={"if-none-match": tag})
    assert (fresh.status_code, len(asked)) == (200, 2)
    assert fresh.headers["etag"] != tag


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        ("/v1/search?text=b", {}),
        ("/v1/search?text=a&limit=3", {}),
        ("/v1/search?text=a&as_of=2020-01-01", {}),
        ("/v1/search?text=a&known_at=2020-01-01", {}),
        ("/v1/people?text=a", {}),
        ("/v1/search?text=a", {"accept-language": "zh"}),
    ],
)
def test_another_question_has_another_tag(client, asked, url, headers):
    tag = client.get("/v1/search?text=a", headers={"accept-language": "en"}).headers["etag"]
    assert client.get(url, headers={"accept-language": "en"} | headers).headers["etag"] != tag


def test_another_caller_has_another_tag(keyed, asked):
    client, tokens = keyed
    tags = {client.get("/v1/search?text=a", headers=tokens[name]).headers["etag"] for name in ("owner", "rep")}
    assert len(tags) == 2


def test_head_is_get_without_a_body(client, asked):
    head, get = (client.request(method, "/v1/search?text=a") for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    assert {k: v for k, v in head.headers.items() if k != "x-trace-id"} == {
        k: v for k, v in get.headers.items() if k != "x-trace-id"
    }


# -- cursors ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def listing(monkeypatch, store):
    """``relationships`` over 25 ties."""

    def relationships(ask, key=None, limit=100, cursor=None):
        start = decode_cursor(cursor, store.sequence) if cursor else 0
        ends = [(Entity(id=str(i), label="person", key=f"p{i}", name=None)) for i in range(25)]
        items = [Tie(a=x, b=x, band="weak") for x in ends[start : start + limit]]
        more = encode_cursor(start + limit, store.sequence) if start + limit < 25 else None
        return TiesAnswer(meta=meta(ask), items=items, next_cursor=more)

    monkeypatch.setattr(answers, "relationships", relationships)


def test_pages_hold_every_row_once(client, listing):
    keys, url, pages = [], "/v1/relationships?limit=7", 0
    while url:
        response = client.get(url)
        body = response.json()
        keys += [t["a"]["key"] for t in body["items"]]
        pages += 1
        link = response.links.get("next")
        assert (link is None) == (body["next_cursor"] is None)
        url = link["url"] if link else None
    assert keys == [f"p{i}" for i in range(25)]
    assert pages == 4


def test_a_cursor_is_bound_to_question_and_store(client, listing, store):
    cursor = client.get("/v1/relationships?limit=7").json()["next_cursor"]
    problem(client.get("/v1/relationships", params={"cursor": cursor, "key": "x"}), 422, "api.other_cursor")
    problem(client.get("/v1/relationships", params={"cursor": cursor[:-2] + "zz"}), 422, "api.bad_cursor")
    for broken in ("7", "é", "=", "AAAA", encode_cursor(7, 7), cursor + "A"):
        problem(client.get("/v1/relationships", params={"cursor": broken}), 422, "api.bad_cursor")
    store.sequence += 1
    problem(client.get("/v1/relationships", params={"cursor": cursor}), 409, "api.stale_cursor")


def test_a_listing_stays_at_the_t_of_its_first_page(store, listing):
    moment = [NOW]
    client = TestClient(app_over(store, clock=lambda: moment[0]), base_url=LOCAL)
    first = client.get("/v1/relationships?limit=7").json()
    moment[0] += 2 * 86_400_000_000
    second = client.get("/v1/relationships", params={"limit": 7, "cursor": first["next_cursor"]}).json()
    assert second["meta"]["as_of"] == first["meta"]["as_of"]
    assert client.get("/v1/relationships?limit=7").json()["meta"]["as_of"] != first["meta"]["as_of"]


def test_cursor_functions():
    assert decode_cursor(encode_cursor(0, 0), 0) == 0
    with pytest.raises(StaleCursorError):
        decode_cursor(encode_cursor(5, 1), 2)
    inner = encode_cursor(5, 1)
    assert unbind_cursor(bind_cursor(inner, "q", -5), "q") == (inner, -5)
    for text in (inner, ""):
        with pytest.raises(InputError):
            unbind_cursor(text, "q")
    with pytest.raises(InputError):
        decode_cursor(bind_cursor(inner, "q", 1), 1)
