"""Bodies: their limits and forms, idempotency keys, and the change feed as lines."""

import json

import pytest

from api import answers
from api.idempotency import IdempotentReplies
from api.shapes import ChangesAnswer
from graphsvc.errors import InputError
from tests.unit.api.transport import meta, problem

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
