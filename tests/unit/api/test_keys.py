"""Who may ask: the owner on this machine, keys elsewhere, and the file that holds them."""

import json
import re
import socket

import pytest
from starlette.testclient import TestClient

from api.app import check_binding, create_app, listen
from api.audit import Throttle
from api.keys import KeyEntry, KeyRing, add_key, new_key
from graphsvc.errors import InputError, TransientError
from graphsvc.policy import Caller
from graphsvc.settings import Settings
from graphsvc.workspace import Workspace
from tests.unit.api.transport import LOCAL, NOW, REP, bearer, problem

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
            if path == "/v1/unsubscribe":  # the link of a mail: its signed token is all it takes, and all it can do
                assert response.status_code == 422, path
            else:
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
    monkeypatch.setattr("api.app.settings", lambda: Settings(api_keys=str(tmp_path / "keys.json")))
    client = TestClient(create_app(workspace=Workspace(store, clock=lambda: NOW)), base_url="https://graph.example")
    assert client.get("/v1/").status_code == 401
    assert client.get("/v1/", headers=bearer(token)).status_code == 200
