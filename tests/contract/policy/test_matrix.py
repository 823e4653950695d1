"""Who may see what: every address asked with every key, and what a key may write."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from api import answers
from api.answers import Ask
from graphsvc.errors import ForbiddenError
from graphsvc.policy import Caller
from tests.contract.policy.world import CANARIES, URLS, World, leaks, opened, world_rows


@pytest.mark.parametrize("who", ["anna", "reader"])
@pytest.mark.parametrize("url", URLS)
def test_a_rep_sees_nothing_of_other_accounts_and_ties(world: World, who: str, url: str) -> None:
    response = world.clients[who].get(url)
    text = json.dumps(response.json(), ensure_ascii=False)
    assert response.status_code in (200, 403, 404, 409, 422), text
    assert not leaks(text, url), f"{url} tells a rep {leaks(text, url)}: {text}"
    if response.status_code == 200 and re.search(r"key=zq1|people/zq1|map/zq1", url):
        body = json.dumps({k: v for k, v in response.json().items() if k != "unknown"})
        assert "zq1@beta.example" not in body, f"{url} gives the mail address back"


@pytest.mark.parametrize("url", URLS)
def test_a_rep_without_accounts_sees_the_own_tie_only(world: World, url: str) -> None:
    response = world.clients["cai"].get(url)
    text = json.dumps(response.json(), ensure_ascii=False)
    closed = ("@acme.example", "open-anna0", "open-anna1", "open-team", "12000", "12,000", "acme renewal")
    found = [c for c in closed if c in text.casefold() and c not in url.casefold()]
    assert not leaks(text, url) + found, f"{url} tells a rep without accounts {found}: {text}"


@pytest.mark.parametrize("url", URLS)
def test_the_owner_gets_an_answer_and_a_key_without_read_gets_none(world: World, url: str) -> None:
    answer = world.clients["owner"].get(url)
    assert answer.status_code in ((404, 409, 422) if not answer.is_success else (200,)), answer.text
    refused = world.clients["writer"].get(url)
    assert (refused.status_code, leaks(refused.text, url)) == (403, []), refused.text


def test_the_canaries_are_there_for_the_owner(world: World) -> None:
    seen = "".join(world.clients["owner"].get(url).text for url in URLS).casefold()
    assert [c for c in CANARIES if c not in seen and c != "canaryreason"] == [], "a canary nobody sees tests nothing"


def test_writes_need_their_scope_and_their_owner(world: World) -> None:
    owner, anna, reader, writer = (world.clients[n] for n in ("owner", "anna", "reader", "writer"))
    bos = next(s for s in owner.get("/v1/recommendations").json()["items"] if (s["owner"] or {}).get("name") == "Bo")
    for client, status in ((anna, 404), (reader, 403), (writer, 403)):
        said = client.post(f"/v1/recommendations/{bos['id']}", json={"state": "confirmed"})
        assert (said.status_code, leaks(said.text, "")) == (status, []), said.text
    after = {s["id"]: s["state"] for s in owner.get("/v1/recommendations").json()["items"]}
    assert after[bos["id"]] == "proposed", "a refused decision must decide nothing"
    line = b'{"table": "people", "id": "new@acme.example", "name": "New"}\n'
    headers = {"content-type": "application/x-ndjson"}
    assert reader.post("/v1/records", content=line, headers=headers).status_code == 403


def test_a_key_that_only_writes_learns_nothing_of_the_channels(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "w.db", world_rows())
    writer = Caller(None, frozenset({"rep"}), "w", frozenset({"write"}))
    line = b'{"table": "people", "id": "new@acme.example", "name": "New"}\n'
    said = answers.records(Ask(workspace, writer), line)
    assert (said.accepted, said.meta.channels) == (1, [])
    with pytest.raises(ForbiddenError):
        answers.models(Ask(workspace, writer))
    workspace.store.close()


def test_cursors_and_tags_belong_to_one_caller(world: World) -> None:
    url = "/v1/relationships"
    owners = world.clients["owner"].get(url, params={"limit": 2})
    stolen = world.clients["anna"].get(url, params={"limit": 2, "cursor": owners.json()["next_cursor"]})
    assert stolen.status_code == 422
    for url in ("/v1/relationships", "/v1/models", "/v1/changes", "/v1/recommendations", "/v1/top/anna@us.example"):
        tags = {world.clients[n].get(url).headers["etag"] for n in ("owner", "anna")}
        assert len(tags) == 2, url
        tag = world.clients["owner"].get(url).headers["etag"]
        assert world.clients["anna"].get(url, headers={"if-none-match": tag}).status_code == 200
