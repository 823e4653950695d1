"""The transport of the API: keys, problems, cursors, ETags, limits and the description, without a database."""

import functools
import json
import logging
import re
import socket
from pathlib import Path

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.app import assemble, check_binding, create_app, listen
from api.audit import Throttle
from api.cursors import StaleCursorError, bind_cursor, decode_cursor, encode_cursor, unbind_cursor
from api.gate import is_local, read_language, trace_id
from api.idempotency import IdempotentReplies
from api.keys import KeyEntry, KeyRing, add_key, new_key
from api.shapes import ChangesAnswer, Entity, Meta, SearchAnswer, Tie, TiesAnswer
from graphsvc.clock import read_moment, show_moment
from graphsvc.errors import AmbiguousError, ForbiddenError, InputError, NotFoundError, TransientError
from graphsvc.phrases import catalogue
from graphsvc.policy import Caller
from graphsvc.store import Candidate
from graphsvc.workspace import Workspace

LOCAL = "http://127.0.0.1:8000"
NOW = read_moment("2026-06-01")
REP = "ab" * 16


class FakeStore:
    """What the transport asks of a store."""

    url = "fake"

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


@pytest.fixture
def store():
    return FakeStore()


@functools.cache
def description():
    return assemble(None, None).openapi()


def app_over(store, keys=None, clock=lambda: NOW):
    """An app whose description is made once for all tests."""
    app = assemble(Workspace(store, clock=clock), keys)
    app.described = description()
    return app


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


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def meta(ask):
    return Meta(as_of=show_moment(ask.moment.as_of), sequence=ask.workspace.store.sequence, own_known=True)


@pytest.fixture
def asked(monkeypatch):
    """Every Ask that ``search`` got."""
    seen: list[Ask] = []

    def search(ask, text, label=None, limit=20):
        seen.append(ask)
        return SearchAnswer(meta=meta(ask), items=[Entity(id="1", label="person", key=text, name=None)])

    monkeypatch.setattr(answers, "search", search)
    return seen


def problem(response, status, code):
    """The body of a response that must be a problem of a kind."""
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert (response.status_code, body["status"], body["type"]) == (status, status, f"urn:graphsvc:problem:{code}")
    assert body["title"] and body["detail"] and body["trace_id"] == response.headers["x-trace-id"]
    return body


# -- who may ask ------------------------------------------------------------------------------------------------------


def test_without_keys_the_local_caller_is_the_owner(client, asked):
    assert client.get("/v1/search", params={"text": "a"}).status_code == 200
    assert asked[0].caller.is_owner


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000", ""])
def test_without_keys_a_foreign_host_name_is_refused(client, host):
    problem(client.get("/v1/healthz", headers={"host": host}), 403, "api.bad_host")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_names_of_this_machine_are_accepted(client, host):
    assert client.get("/v1/healthz", headers={"host": host}).json() == {"status": "ok"}


def test_without_keys_another_machine_is_refused(app):
    far = TestClient(app, base_url=LOCAL, client=("10.0.0.7", 5000))
    problem(far.get("/v1/healthz"), 403, "api.need_keys")


def test_without_keys_a_page_of_another_site_may_not_write(client):
    sent = {"content-type": "application/x-ndjson", "origin": "https://evil.example"}
    problem(client.post("/v1/records", content="{}", headers=sent), 403, "api.bad_origin")


def test_an_address_beyond_loopback_needs_keys():
    for host in ("127.0.0.1", "::1", "[::1]", "localhost", "127.8.8.8"):
        check_binding(host, None)
    for host in ("0.0.0.0", "::", "192.168.1.5", "graph.example"):
        with pytest.raises(InputError, match="GRAPHSVC_API_KEYS"):
            check_binding(host, None)
        check_binding(host, KeyRing([new_key("k", roles=["owner"])[1]]))


@pytest.mark.parametrize("header", [None, "Bearer", "Bearer gsk_wrong", "Basic Zm9v", "Bearer 密钥"])
def test_with_keys_a_call_without_a_valid_one_is_401(keyed, header):
    client, _ = keyed
    sent = {"Authorization": header.encode()} if header else {}
    response = client.get("/v1/search?text=a", headers=sent)
    problem(response, 401, "api.wrong_key" if header and header.startswith("Bearer ") else "api.no_key")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_every_endpoint_but_health_needs_a_key(keyed):
    client, _ = keyed
    for path, methods in client.app.openapi()["paths"].items():
        for method, operation in methods.items():
            response = client.request(method, re.sub(r"\{\w+\}", "x", path))
            assert response.status_code == (200 if operation["operationId"] == "get_health" else 401), path


def test_a_key_stands_for_its_caller(keyed, asked):
    client, tokens = keyed
    assert client.get("/v1/search?text=a", headers=tokens["rep"]).status_code == 200
    assert asked[0].caller == Caller(REP, frozenset({"rep"}), "rep", frozenset({"read"}))


def test_a_key_of_nobody_is_403(keyed, asked):
    client, tokens = keyed
    problem(client.get("/v1/search?text=a", headers=tokens["nobody"]), 403, "api.key_of_nobody")
    assert not asked


def test_scopes_hold_and_refusals_are_audited(keyed, store):
    client, tokens = keyed
    sent = tokens["rep"] | {"content-type": "application/x-ndjson"}
    problem(client.post("/v1/records", content="{}", headers=sent), 403, "errors.no_scope")
    problem(
        client.post("/v1/recommendations/1", json={"state": "confirmed"}, headers=tokens["rep"]), 403, "errors.no_scope"
    )
    assert [(who, what, d["operation"]) for who, what, d in store.log_rows] == [
        ("rep", "api.refused", "post_records"),
        ("rep", "api.refused", "decide_recommendation"),
    ]


def test_refusals_without_a_key_cannot_flood_the_audit(keyed, store):
    client, _ = keyed
    for _ in range(20):
        client.get("/v1/models")
    assert len(store.log_rows) == 1


def test_the_throttle_says_how_many_it_stands_for():
    moment = [0.0]
    throttle = Throttle(10, clock=lambda: moment[0])
    first = [throttle.take() for _ in range(5)]
    moment[0] = 10.0
    assert (first, throttle.take()) == ([1, 0, 0, 0, 0], 5)


def test_an_address_is_taken_only_once_and_answers_without_delay():
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP, "asyncio sets TCP_NODELAY on no other: answers would wait 40 ms"
        with pytest.raises(InputError, match="choose another"):
            listen("127.0.0.1", listener.getsockname()[1])


# -- the key file -----------------------------------------------------------------------------------------------------


def test_a_key_file_round_trip_and_withdrawal(tmp_path):
    path = tmp_path / "keys.json"
    tokens = {}
    for name in ("a", "b"):
        tokens[name], entry = new_key(name, ["read"], ["owner"])
        add_key(path, entry)
        assert tokens[name] not in path.read_text(encoding="utf-8"), "a token must never be stored"
    assert path.stat().st_mode & 0o077 == 0
    ring = KeyRing.load(path)
    assert ring.caller(tokens["a"]).name == "a"
    kept = [e for e in json.loads(path.read_text(encoding="utf-8"))["keys"] if e["name"] == "b"]
    path.write_text(json.dumps({"keys": kept}), encoding="utf-8")
    assert ring.caller(tokens["a"]) is None, "a deleted key must stop working at once"
    assert ring.caller(tokens["b"]).name == "b"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(TransientError):
        ring.caller(tokens["b"])


def test_a_toml_key_file_is_read(tmp_path):
    token, entry = new_key("t", ["read", "write"], ["rep"], "anna@us.example")
    path = tmp_path / "keys.toml"
    path.write_text(
        f'[[keys]]\nname = "t"\nhash = "{entry.hash}"\nscopes = ["read", "write"]\n'
        'roles = ["rep"]\nentity = "anna@us.example"\n',
        encoding="utf-8",
    )
    assert KeyRing.load(path).caller(token) == entry.caller()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "api.bad_key_file"),
        ('{"keys": []}', "api.no_keys"),
        ('{"keys": [{"name": "a", "hash": "gsk_plain"}]}', "api.bad_key_file"),
        ('{"keys": [{"name": "a", "hash": "sha256:' + "0" * 64 + '", "roles": ["rep"]}]}', "api.bad_key_file"),
        ('{"keys": [{"name": "a", "hash": "sha256:' + "0" * 64 + '", "roles": ["root"]}]}', "api.bad_key_file"),
    ],
)
def test_a_broken_key_file_is_one_clear_sentence(tmp_path, text, code):
    path = tmp_path / "keys.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        KeyRing.load(path)
    assert caught.value.phrase.code == code
    assert "gsk_plain" not in str(caught.value), "a token pasted in the wrong place must not be repeated"


def test_key_files_refuse_double_names_and_missing_files(tmp_path):
    with pytest.raises(InputError, match="Cannot read"):
        KeyRing.load(tmp_path / "none.json")
    path, entry = tmp_path / "keys.json", new_key("a", roles=["owner"])[1]
    add_key(path, entry)
    with pytest.raises(InputError, match="already"):
        add_key(path, entry)
    with pytest.raises(InputError, match="TOML"):
        add_key(tmp_path / "keys.toml", entry)


def test_a_rep_key_needs_a_person():
    with pytest.raises(InputError, match="entity"):
        new_key("x", ["read"], ["rep"])
    assert isinstance(new_key("x", ["read"], ["rep"], "anna")[1], KeyEntry)


def test_create_app_reads_the_key_file_of_the_settings(tmp_path, monkeypatch, store):
    token, entry = new_key("a", roles=["owner"])
    add_key(tmp_path / "keys.json", entry)
    monkeypatch.setattr("api.app.settings", lambda: type("S", (), {"api_keys": str(tmp_path / "keys.json")}))
    client = TestClient(create_app(workspace=Workspace(store, clock=lambda: NOW)), base_url="https://graph.example")
    assert client.get("/v1/").status_code == 401
    assert client.get("/v1/", headers=bearer(token)).status_code == 200


# -- problems ---------------------------------------------------------------------------------------------------------


def fail_with(monkeypatch, error):
    def entity(ask, key, label=None):
        raise error

    monkeypatch.setattr(answers, "entity", entity)


def test_errors_are_problems_with_their_status(client, monkeypatch):
    fail_with(monkeypatch, NotFoundError("errors.not_found", text="x"))
    assert "«x»" in problem(client.get("/v1/people/x"), 404, "errors.not_found")["detail"]
    fail_with(monkeypatch, ForbiddenError("errors.no_scope", scope="read"))
    problem(client.get("/v1/people/x"), 403, "errors.no_scope")
    fail_with(monkeypatch, TransientError("api.keys_unreadable"))
    response = client.get("/v1/people/x")
    problem(response, 503, "api.keys_unreadable")
    assert int(response.headers["retry-after"]) > 0


def test_an_ambiguous_key_is_409_with_candidates(client, monkeypatch):
    fail_with(monkeypatch, AmbiguousError("Li", [("1", "person", "li@a", "Li Wei"), ("2", "person", "li@b", "Li Na")]))
    body = problem(client.get("/v1/people/Li"), 409, "errors.ambiguous")
    assert [c["key"] for c in body["candidates"]] == ["li@a", "li@b"]


def test_a_defect_is_500_without_internals_and_logged_without_the_message(client, monkeypatch, caplog):
    fail_with(monkeypatch, RuntimeError("secret of lena@customer.example"))
    with caplog.at_level(logging.ERROR, "graphsvc.api"):
        response = client.get("/v1/people/lena@customer.example", headers={"accept-language": "en"})
    body = problem(response, 500, "api.unexpected")
    assert "secret" not in response.text and "Traceback" not in response.text
    assert body["trace_id"] in caplog.text and "RuntimeError" in caplog.text
    assert "lena" not in caplog.text and "secret" not in caplog.text, "logs hold no keys of persons"


def test_problems_are_in_the_callers_language(client, monkeypatch):
    fail_with(monkeypatch, NotFoundError("errors.not_found", text="x"))
    chinese = client.get("/v1/people/x", headers={"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"})
    assert chinese.headers["content-language"] == "zh"
    body = problem(chinese, 404, "errors.not_found")
    assert (body["title"], "没有名为" in body["detail"]) == ("未找到", True)
    english = client.get("/v1/people/x", headers={"accept-language": "en"})
    assert english.headers["content-language"] == "en"
    assert problem(english, 404, "errors.not_found")["title"] == "Not found"


@pytest.mark.parametrize(
    ("header", "language"),
    [("zh", "zh"), ("en;q=0.3, zh-TW;q=0.7", "zh"), ("fr", None), ("", None), (None, None), ("en;q=x, zh;q=0", None)],
)
def test_accept_language(header, language):
    assert read_language(header) == language


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("/v1/people", ["text"]),
        ("/v1/search?text=", ["text"]),
        ("/v1/search?text=a&limit=1001", ["limit"]),
        ("/v1/search?text=a&label=planet&limit=x", ["label", "limit"]),
        ("/v1/paths?to=a&k=11", ["k"]),
        ("/v1/paths?to=a&hops=7&min_probability=2", ["hops", "min_probability"]),
        ("/v1/scores/depth?" + "&".join(["key=a"] * 101), ["key"]),
        ("/v1/map/a?hops=0", ["hops"]),
        ("/v1/top", ["team"]),
        ("/v1/changes?since=-1", ["since"]),
    ],
)
def test_wrong_parameters_are_422_field_by_field(client, url, names):
    for language in ("en", "zh"):
        response = client.get(url, headers={"accept-language": language})
        body = problem(response, 422, "api.bad_request")
        assert sorted(e["parameter"] for e in body["errors"]) == names
        assert all("(" not in e["detail"] for e in body["errors"]), "each has a sentence of its own, not a type"


def test_wrong_bodies_point_at_the_field(client):
    def pointers(body):
        response = client.post("/v1/scores/depth", content=body, headers={"content-type": "application/json"})
        return [e["pointer"] for e in problem(response, 422, "api.bad_request")["errors"]]

    assert pointers('{"keys": ["a", 1, ""]}') == ["#/keys/1", "#/keys/2"]
    assert pointers('{"keys": ["a"], "a/b": 1}') == ["#/a~1b"]
    assert pointers('{"keys": ') == ["#"]
    assert pointers(json.dumps({"keys": ["a"] * 1001})) == ["#/keys"]
    assert pointers('{"keys": []}') == ["#/keys"]


def test_a_misspelt_parameter_is_refused(client, asked):
    body = problem(client.get("/v1/search?text=a&asof=2020-01-01"), 422, "api.unknown_parameter")
    assert "as_of" in body["detail"]
    assert not asked


def test_unknown_addresses_and_methods_are_problems(client):
    problem(client.get("/v1/nothing"), 404, "api.http_404")
    response = client.delete("/v1/search?text=a")
    problem(response, 405, "api.http_405")
    assert response.headers["allow"] == "GET"


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


def test_every_read_takes_as_of_and_known_at(client):
    for path, methods in client.app.openapi()["paths"].items():
        names = {p["name"] for p in methods.get("get", {}).get("parameters", ())}
        if "get" in methods and path not in ("/v1/", "/v1/healthz"):
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


# -- bodies -----------------------------------------------------------------------------------------------------------


def post_records(client, body, **headers):
    sent = {"content-type": "application/x-ndjson"} | {k.replace("_", "-"): v for k, v in headers.items()}
    return client.post("/v1/records", content=body, headers=sent)


def test_bodies_have_limits(client):
    problem(post_records(client, b"x" * 10_000_001), 413, "api.http_413")
    problem(post_records(client, iter([b"x" * 1_000_000] * 11)), 413, "api.http_413")
    problem(post_records(client, b"{}\n" * 10_001), 413, "api.too_many_lines")
    sent = {"content-type": "application/json"}
    problem(client.post("/v1/scores/depth", content=b"x" * 1_000_001, headers=sent), 413, "api.http_413")
    problem(client.post("/v1/scores/depth", content=iter([b"x" * 600_000] * 2), headers=sent), 413, "api.http_413")


def test_records_must_be_plain_ndjson(client):
    problem(post_records(client, b"{}", content_type="text/plain"), 415, "api.not_ndjson")
    problem(post_records(client, b"{}", content_encoding="gzip"), 415, "api.not_ndjson")


def test_an_idempotency_key_repeats_its_answer(store):
    replies, made = IdempotentReplies(size=2), []

    def make():
        made.append(len(made))
        return b"%d" % made[-1]

    assert [replies.get("me", "k", b"body", make) for _ in range(3)] == [b"0"] * 3
    assert replies.get("you", "k", b"other", make) == b"1", "keys of different callers do not meet"
    assert replies.get("me", None, b"body", make) == b"2"
    with pytest.raises(InputError, match="another body"):
        replies.get("me", "k", b"changed", make)
    replies.get("me", "k2", b"", make)
    assert replies.get("me", "k", b"changed", make) == b"4", "only the last ones are kept"


# -- the change feed --------------------------------------------------------------------------------------------------


def test_changes_as_json_and_as_lines(client, monkeypatch):
    rows = [{"sequence": 6, "table": "people"}, {"sequence": 7, "table": "facts"}]
    monkeypatch.setattr(
        answers, "changes", lambda ask, since, limit: ChangesAnswer(meta=meta(ask), items=rows, next_since=7)
    )
    whole = client.get("/v1/changes?since=5")
    lines = client.get("/v1/changes?since=5", headers={"accept": "application/x-ndjson"})
    assert whole.json()["items"] == rows
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == rows
    assert lines.links["next"]["url"] == "/v1/changes?since=7"
    assert lines.headers["etag"] != whole.headers["etag"]
    assert "Accept" in lines.headers["vary"]


# -- pages and description --------------------------------------------------------------------------------------------


def test_pages_need_nothing_from_elsewhere(client):
    for url in ("/", "/docs", "/style.css"):
        response = client.get(url)
        assert response.status_code == 200
        assert response.headers["content-security-policy"].startswith("default-src 'self'")
        assert not re.search(r"""(src|href)=["']?(https?:)?//|<script|style=|url\(|@import""", response.text), url
    front = client.get("/").text
    assert 'lang="zh"' in front and 'lang="en"' in front
    shown = client.get("/docs").text
    for path in client.app.openapi()["paths"]:
        assert path in shown


def test_the_examples_of_the_front_page_are_questions_the_api_takes(client):
    paths = client.app.openapi()["paths"]
    for url in re.findall(r'href="(/v1/[^"]+)"', client.get("/").text):
        path, _, query = url.partition("?")
        operation = paths.get(path) or paths["/v1/scores/{name}"]
        assert query.partition("=")[0] in {p["name"] for p in operation["get"]["parameters"]}


def test_every_answer_has_its_headers_and_no_cors(client, asked):
    headers = client.get("/v1/search?text=a", headers={"origin": "https://evil.example"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert not [name for name in headers if name.startswith("access-control")]


def test_the_trace_id_comes_from_the_caller_when_valid(client):
    given = "0af7651916cd43dd8448eb211c80319c"
    response = client.get("/v1/healthz", headers={"traceparent": f"00-{given}-b7ad6b7169203331-01"})
    assert response.headers["x-trace-id"] == given
    assert trace_id("nonsense\n") != trace_id("nonsense\n")


def test_health_says_when_the_store_does_not_answer(client, store):
    store.broken = TransientError("api.keys_unreadable")
    assert client.get("/v1/healthz").status_code == 503


def test_the_index_leads_on(client):
    body = client.get("/v1/").json()
    assert body["links"]["find_paths"] == "/v1/paths"
    assert "tie_strength" in {s["name"] for s in body["scores"]}


def test_requests_are_logged_by_operation_not_by_path(client, monkeypatch, caplog):
    fail_with(monkeypatch, NotFoundError("errors.not_found", text="x"))
    with caplog.at_level(logging.INFO, "graphsvc.api"):
        client.get("/v1/people/lena@customer.example")
    line = next(r.getMessage() for r in caplog.records if r.name == "graphsvc.api")
    assert "get_person 404" in line and "lena" not in line


def test_the_description_is_valid_and_complete(client):
    document = client.get("/openapi.json").json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    for response in document["components"]["responses"].values():
        assert response["description"] and response["content"].keys() == {"application/problem+json"}
    seen = set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            where = f"{method} {path}"
            assert operation["operationId"] not in seen, where
            seen.add(operation["operationId"])
            assert operation["summary"] and operation["description"] and operation["tags"], where
            assert not operation["summary"].endswith(".") and "\n" not in operation["summary"], where
            content = operation["responses"]["200"]["content"]
            assert all("$ref" in c["schema"] or "example" in c for c in content.values()), where
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), f"{where}: {parameter['name']}"
            problems = {s for s, r in operation["responses"].items() if r.get("$ref", "").endswith(f"/Problem{s}")}
            assert {"422", "500"} <= problems, where
            assert ("401" in problems) == (path != "/v1/healthz"), where
            assert ("security" in operation) == (path != "/v1/healthz"), where
    assert {t for m in document["paths"].values() for o in m.values() for t in o["tags"]} <= {
        t["name"] for t in document["tags"]
    }


def test_the_description_in_the_docs_is_in_step():
    kept = Path(__file__).parents[2] / "docs" / "openapi.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == description(), (
        "run `python -m api.openapi docs/openapi.json`"
    )


def test_texts_are_in_step_in_both_languages():
    english, chinese = catalogue("en", "api"), catalogue("zh", "api")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        fields = re.compile(r"(?<!\{)\{(\w+)\}")
        assert sorted(fields.findall(text)) == sorted(fields.findall(chinese[name])), name


def test_is_local():
    assert all(map(is_local, ("127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost")))
    assert not any(map(is_local, ("0.0.0.0", "::", "10.0.0.1", "example.com", "")))
