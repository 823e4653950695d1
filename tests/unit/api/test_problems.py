"""What goes wrong is said as a problem: its status, its kind, and a sentence in the caller's language."""

import json
import logging

import pytest

from api.gate import read_language
from graphsvc.errors import AmbiguousError, ForbiddenError, NotFoundError, TransientError
from tests.unit.api.transport import fail_with, problem


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
