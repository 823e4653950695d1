"""What every store promises of an erased person: nothing is left, and nothing comes back."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from graphsvc.errors import ForbiddenError, InputError, NotFoundError
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, UNLIMITED, Caller
from graphsvc.projecting import project
from graphsvc.records import Reject
from graphsvc.scores import Run
from graphsvc.settings import settings
from graphsvc.suggestions import Suggestion
from tests.contract.store.company import (
    SQLITE_ONLY,
    MakeStore,
    fill,
    mail,
    only,
    page,
    person,
    replica_of,
    rows_of,
    scores_table,
)

SECRETS = ("Zerlina Quaxelberg", "zerlina.quax@private-quax.org", "crm-key-zq-77", "Chief Quaxologist")


def erasable(store: Any) -> str:
    """A store in which one person stands in every corner."""
    name, email, key, title = SECRETS
    fill(store)
    others = [person(f"k{i:04d}", f"Person {i}", f"p{i}@many.com") for i in range(300)]
    store.merge(page("people", [*others[:150], person(key, name, email, title=title), *others[150:]]))
    store.merge(page("people", [person(key, name + " II", email, title=title)]))
    store.merge(page("interactions", [mail(5, email, f"p{i}@many.com", id="<z@m>") for i in range(20)], "mailbox"))
    store.merge(page("interactions", [mail(6, "p1@many.com", to) for to in (email, "p2@many.com")], "mailbox"))
    store.merge(page("facts", [{"subject": key, "kind": "ADOPTED", "object": "w1", "role": "fan of quax"}]))
    store.merge(page("works", [{"id": "w9", "name": "Paper", "author": f"{key};2"}]))
    store.merge(page("opportunities", [{"id": "d9", "owner": key}]))
    reject = Reject(
        "people.csv:7", "people", phrase("sources.bad_time", where="x", field="y", value="z"), {"to": email}
    )
    store.merge(page("people", [], rejects=(reject,)))
    who = only(store, key)
    store.override("depth", who, None, 1.0, OWNER, f"{name} told me")
    run = Run("r1", "score", "depth", 1, 0.1, 1, 1, 1, "v")
    store.save_run(run)
    store.save_scores(run, "depth", scores_table([who, only(store, "2")]))
    store.save_suggestions([Suggestion("reconnect", only(store, "2"), who)])
    store.save_list(only(store, "2"), "2024-W01", "r1", [{"target": who}, {"target": only(store, "1", "person")}])
    store.put_document("view", "theirs", who, {"name": f"of {name}"}, 0)
    store.put_document("view", f"about:{who}", "owner", {"name": "x"}, 0)
    store.put_document("view", "others", "owner", {"note": f"Call {name.upper()}", "notes": {who: "signs"}}, 0)
    return who


@SQLITE_ONLY
def test_erasure_leaves_nothing_in_the_files(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store("erase")
    who = erasable(store)
    members = [m["pk"] for m in rows_of(store, "members")]
    counts = store.erase(who, OWNER)
    for table in ("people", "links", "facts", "interactions", "members", "judgements", "scores", "suggestions",
                  "lists", "quarantine", "documents"):  # fmt: skip
        assert counts[table] >= 1, table
    content = b"".join(p.read_bytes() for p in tmp_path.glob("erase.db*")).lower()
    for secret in (*SECRETS, "private-quax.org", "fan of quax"):
        assert secret.lower().encode() not in content, secret
    assert store.resolve(SECRETS[2], OWNER) == []
    assert store.search("Quaxelberg", OWNER, UNLIMITED) == []
    assert len(members) - len(rows_of(store, "members")) == counts["members"]
    scores = store.load_scores("depth", "r1")
    assert scores is not None
    assert scores["a"].to_pylist() == [only(store, "2")]
    assert len(store.load_list(only(store, "2"), "2024-W01") or []) == 1
    with pytest.raises(NotFoundError):
        store.erase(who, OWNER)


@SQLITE_ONLY
def test_an_erasure_hindered_by_a_reader_is_finished_when_the_store_is_next_opened(
    make_store: MakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.05")
    settings.cache_clear()
    store = make_store("late")
    who = erasable(store)
    reader = sqlite3.connect(tmp_path / "late.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM people").fetchone()
    store.erase(who, OWNER)
    assert {c["check"]: c["ok"] for c in store.check()}["erasure_finished"] is False
    reader.close()
    store.close()
    again = make_store("late")
    assert {c["check"]: c["ok"] for c in again.check()}["erasure_finished"] is True
    content = b"".join(p.read_bytes() for p in tmp_path.glob("late.db*")).lower()
    assert not [s for s in SECRETS if s.lower().encode() in content]


def test_an_erased_person_does_not_come_back(store: Any) -> None:
    store.erase(erasable(store), OWNER)
    name, email, key, _ = SECRETS
    assert store.merge(page("people", [person(key, name, email)])).blocked == 1
    assert store.merge(page("people", [person("fresh", name, email)], "hr")).blocked == 1
    report = store.merge(page("interactions", [mail(9, "p1@many.com", to) for to in (email, "p2@many.com")], "mailbox"))
    assert (report.blocked, report.taken, report.accounted) == (1, 1, True)
    assert store.merge(page("facts", [{"subject": key, "kind": "ADOPTED", "object": "w1"}])).blocked == 1
    left = store.merge(page("works", [{"id": "w9", "name": "Paper", "author": f"{key};2"}]))
    assert left.notes["store.erased_left_out"] == 1
    raw = {"who": email.upper()}
    reject = Reject("a.csv:1", "people", phrase("sources.bad_time", where="x", field="y", value="z"), raw)
    assert store.merge(page("people", [], rejects=(reject,))).quarantined == 1
    assert store.quarantine(OWNER) == []
    assert store.resolve(email, OWNER) == []


def test_a_row_that_gives_an_erased_person_another_key_blocks_that_key(store: Any) -> None:
    """Another export names the same person by a key of its own; its contacts would bring the person back nameless."""
    store.erase(erasable(store), OWNER)
    name, email, _, _ = SECRETS
    rows = [person("z1", name, "zq@elsewhere.org"), person("z1", name, email), person("z2", name, "zq@elsewhere.org")]
    assert store.merge(page("people", rows, "export2")).blocked == 3
    contacts = [mail(9, "z1", "p1@many.com"), mail(9, "p1@many.com", "z2"), mail(9, "zq@elsewhere.org", "p2@many.com")]
    assert store.merge(page("interactions", contacts, "export2")).blocked == 3
    assert store.merge(page("facts", [{"subject": "z1", "kind": "ADOPTED", "object": "w1"}], "export2")).blocked == 1
    assert store.search("z1", OWNER, UNLIMITED) == []
    before = store.sequence
    assert store.merge(page("people", rows, "export2")).blocked == 3
    assert store.sequence == before


def test_a_key_that_somebody_has_is_not_taken_for_an_erased_persons(store: Any) -> None:
    store.erase(erasable(store), OWNER)
    assert store.merge(page("people", [person("1", "Li Na", SECRETS[1])])).blocked == 1
    assert store.merge(page("people", [person("1", "Li Na again")])).blocked == 0


@pytest.mark.parametrize(
    ("where", "raw"),
    [
        ("a.eml", {"from": "Zerlina <ZERLINA.quax@private-quax.org>"}),
        ("a.eml", {"to": "a@b.cn; 'zerlina.quax@private-quax.org'"}),
        ("mail/zerlina.quax@private-quax.org.eml", {"from": "a@b.cn"}),
        ("people.csv:3", {"row": "crm-key-zq-77,x,y,z"}),
    ],
)
def test_no_line_held_back_names_an_erased_person_inside_a_text(store: Any, where: str, raw: dict[str, str]) -> None:
    store.erase(erasable(store), OWNER)
    kept, gone = (
        Reject(place, "people", phrase("sources.bad_time", where=place, field="y", value="z"), said)
        for place, said in (("b.eml", {"from": "Li <li@b.cn>"}), (where, raw))
    )
    store.merge(page("people", [], rejects=(kept, gone)))
    assert [row["raw"] for row in store.quarantine(OWNER)] == [{"from": "Li <li@b.cn>"}]


def test_a_replica_forgets_an_erased_person(store: Any) -> None:
    who = erasable(store)
    replica = replica_of(store)
    store.erase(who, OWNER)
    replica.apply(store.delta(replica.sequence, OWNER, UNLIMITED))
    end = int(2e15)
    assert who not in project(replica, end).index
    assert project(replica, end).digest == project(replica_of(store), end).digest


def test_only_people_are_erased_and_only_by_admins(store: Any) -> None:
    fill(store)
    with pytest.raises(InputError, match="no person"):
        store.erase(only(store, "o1"), OWNER)
    with pytest.raises(ForbiddenError):
        store.erase(only(store, "Li Na"), Caller(scopes=frozenset({"read", "write"})))
