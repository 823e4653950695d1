"""An erased person is in no answer, no log and no file, and the same rows do not bring the person back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.app import assemble
from graphsvc.phrases import phrase
from graphsvc.pipeline import fit, score
from graphsvc.policy import OWNER, Budget
from graphsvc.projection import DAY
from graphsvc.records import Reject
from graphsvc.registry import algorithms
from graphsvc.workspace import Workspace
from tests.contract.policy.world import NOW, URLS, Rows, mail, opened, page, person, when, world_rows

ERASED = ("gone7@beta.example", "Zelda Quux", "crm-gone7", "quux-private.example")


def erasure_rows() -> dict[str, Rows]:
    """The world with Zelda, who has a CRM key, two addresses, ties, a deal, work, facts, and a row in quarantine."""
    rows = world_rows()
    rows["people"].append(person("crm-gone7", "Zelda Quux", "acme", "gone7@beta.example", "CFO"))
    rows["people"].append(person("zelda@quux-private.example", "Zelda Quux", "acme", "zelda@quux-private.example"))
    rows["works"].append({"id": "paper", "name": "Paper", "kind": "paper", "author": "crm-gone7"})
    more = [("crm-gone7", "STAKEHOLDER_IN", "d1"), ("a0@acme.example", "FOLLOWS", "crm-gone7"),
            ("a1@acme.example", "ADOPTED", "paper"), ("crm-gone7", "REFERRED", "a1@acme.example")]  # fmt: skip
    rows["facts"] += [
        {"subject": s, "kind": k, "object": o, "role": "Approver", "valid_from": when(NOW - 200 * DAY)}
        for s, k, o in more
    ]
    for day in range(3, 250, 4):
        ends = ("anna@us.example", "gone7@beta.example") if day % 3 else ("crm-gone7", "bo@us.example")
        rows["interactions"].append(mail(f"z{day}", day, *ends))
        rows["interactions"].append(mail(f"z{day}", day, ends[0], "a0@acme.example"))
    rows["interactions"].append(mail("zp", 5, "zelda@quux-private.example", "anna@us.example"))
    return rows


def everything(workspace: Workspace, client: TestClient) -> str:
    """All that anybody can read of a workspace, now and in the past, as one text."""
    said = [client.get(url).text for url in (*URLS, "/v1/search?text=quux", "/v1/search?text=gone7")]
    ids = {e["id"] for url in URLS for e in _entities(client.get(url).json())}
    moments = ("", "as_of=2026-05-20", "known_at=2026-06-02T00:00:00Z")
    for extra in moments[1:]:
        for url in ("/v1/relationships?limit=1000", "/v1/scores/depth?limit=1000", "/v1/map/anna@us.example?hops=3"):
            said.append(client.get(f"{url}{'&' if '?' in url else '?'}{extra}").text)
    store = workspace.store
    held: list[Any] = [store.quarantine(OWNER, limit=10_000), store.runs(None, 1000)]
    held += [store.models(), store.suggestions(OWNER), list(store.changes(0, OWNER, Budget()))]
    held += [store.load_list(store.resolve("anna@us.example", OWNER)[0].id, w) for w in ("2026-W22", "2026-W23")]
    held += [t.to_pylist() for r in store.runs("score") for n in algorithms() if (t := store.load_scores(n, r.id))]
    return "\n".join((*said, repr(held), *ids))


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"id", "label", "key"} <= value.keys():
            yield value
        for part in value.values():
            yield from _entities(part)
    elif isinstance(value, list):
        for part in value:
            yield from _entities(part)


def test_an_erased_person_is_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "erase.db"
    rows, ticks = erasure_rows(), iter(range(10**9))
    workspace = opened(path, rows, clock=lambda: NOW + next(ticks))
    store = workspace.store
    bad = Reject("people.csv:3", "people", phrase("errors.bad_value"), {"id": "crm-gone7", "name": "Zelda Quux"})
    store.merge(page("people", [], "crm", rejects=(bad,)))
    client = TestClient(assemble(workspace, None), base_url="http://127.0.0.1", headers={"accept-language": "en"})
    ask = Ask(workspace)
    answers.merge(ask, "crm-gone7", "zelda@quux-private.example", "same: Zelda Quux")
    answers.override(Ask(workspace), "tie_strength", "anna@us.example", "crm-gone7", 9.0, "Zelda Quux is dear to us")
    answers.override(Ask(workspace), "depth", "acme", None, 50.0, "Zelda Quux says so")
    fit(workspace, Ask(workspace).moment)
    score(workspace, Ask(workspace).moment)
    answers.refresh_suggestions(Ask(workspace))
    answers.top(Ask(workspace), "anna@us.example", week="2026-W22", keep=True)
    answers.top(Ask(workspace), "anna@us.example", keep=True)
    for s in store.suggestions(OWNER)[:1]:
        answers.decide(Ask(workspace), s.id, "declined", "Zelda Quux asked us not to")
    (zelda,) = store.resolve("crm-gone7", OWNER)
    members = {zelda.id, *store.record_ids("crm-gone7", OWNER), *store.record_ids("gone7@beta.example", OWNER)}
    before = everything(workspace, client)
    assert all(word in before for word in ("Zelda Quux", "crm-gone7", zelda.id)), "she was there"
    assert client.get("/v1/people/crm-gone7").json()["email"] == "gone7@beta.example"
    kept = {url: client.get(url).headers["etag"] for url in ("/v1/relationships?limit=1000", "/v1/top/anna@us.example")}

    store.erase(zelda.id, OWNER)

    after = everything(workspace, client)
    found = [w for w in (*ERASED, *members) if w.casefold() in after.casefold()]
    assert found == [], f"answers still tell of an erased person: {found}"
    log = repr(store.audit(OWNER, 10_000))  # append-only: public ids stay in it, mere numbers by now
    assert [w for w in ERASED if w.casefold() in log.casefold()] == []
    for key in ("crm-gone7", "gone7@beta.example", "Zelda Quux", zelda.id, *members):
        for url in (f"/v1/people/{key}", f"/v1/explain/depth?key={key}", f"/v1/paths?to={key}",
                    f"/v1/map/{key}", f"/v1/people/{key}?as_of=2026-05-01&known_at=2026-06-01T12:00:00Z"):  # fmt: skip
            assert client.get(url).status_code == 404, url
    for url, tag in kept.items():
        assert client.get(url, headers={"if-none-match": tag}).status_code == 200, "an old tag must not hold"
    for table, again in rows.items():
        store.merge(page(table, again))
    store.merge(page("people", rows["people"], "other"))  # another system's copy is known by the mail address
    store.merge(page("people", [person("new-key", "Somebody", "acme", "GONE7@beta.example")], "late"))
    again = everything(workspace, client)
    found = [w for w in (*ERASED, *members) if w.casefold() in again.casefold()]
    assert found == [], f"the same rows brought an erased person back: {found}"
    assert client.get("/v1/people/gone7@beta.example").status_code == 404
    replica = workspace.refresh()
    assert not set(replica.words.values()) & set(ERASED), "words of hers stay in memory"
    held = b"".join(f.read_bytes() for f in sorted(tmp_path.iterdir()))
    assert [w for w in ERASED if w.encode() in held] == [], "the files still hold her"
    store.close()
    held = b"".join(f.read_bytes() for f in sorted(tmp_path.iterdir()))
    assert [w for w in ERASED if w.encode() in held] == [], "the closed files still hold her"


def test_a_line_that_names_an_erased_person_is_said_to_be_blocked(tmp_path: Path) -> None:
    """Records sent in later say line by line what became of them; nothing of the erased person is stored."""
    workspace = opened(tmp_path / "w.db", erasure_rows())
    workspace.store.erase(workspace.store.resolve("gone7@beta.example", OWNER)[0].id, OWNER)
    line = '{{"table": "interactions", "time": "2026-05-30", "from": "{}", "to": "anna@us.example"}}'
    body = "\n".join(line.format(who) for who in ("gone7@beta.example", "a0@acme.example")).encode()
    answer = answers.records(Ask(workspace), body)
    assert [r.status for r in answer.results] == ["blocked", "accepted"]
    assert (answer.accepted, answer.rejected) == (1, 0)
    assert not workspace.store.resolve("gone7@beta.example", OWNER)
