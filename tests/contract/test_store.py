"""What every store promises, whichever database is behind it."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graphsvc.errors import (
    BudgetError,
    ForbiddenError,
    GraphsvcError,
    InputError,
    NotFoundError,
    StoreError,
    TransientError,
)
from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import catalogue, phrase
from graphsvc.policy import OWNER, UNLIMITED, Budget, Caller
from graphsvc.projecting import project
from graphsvc.projection import DAY
from graphsvc.records import Page, Reject
from graphsvc.replica import Replica
from graphsvc.scores import Model, Run
from graphsvc.settings import settings
from graphsvc.store import DELTA_TABLES, SCHEMA_VERSION, Store
from graphsvc.stores import open_store
from graphsvc.suggestions import Suggestion

T0 = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
KEY = "6b" * 32
MakeStore = Callable[[str], Any]


@pytest.fixture(autouse=True)
def _fixed_workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Same workspace key everywhere, so that two stores can be compared; writers wait only a little."""
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "20")
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(params=["sqlite"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    opened: list[Store] = []

    def make(name: str) -> Store:
        store = open_store(f"{request.param}:///{tmp_path}/{name}.db")
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Any:
    return make_store("main")


def page(table: str, rows: list[dict[str, Any]], source: str = "crm", **more: Any) -> Page:
    table_rows = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
    return Page(source, table, table_rows, read=len(rows) + len(more.get("rejects", ())), **more)


def mail(day: float, sender: str, to: str, **more: Any) -> dict[str, Any]:
    return {"time": T0 + dt.timedelta(days=day), "from": sender, "to": to, "channel": "mail", "kind": "mail"} | more


def person(key: str, name: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "email": email} | more


def rows_of(store: Store, table: str, *, live: bool = True) -> list[dict[str, Any]]:
    rows = store.delta(0, OWNER, UNLIMITED).tables[table].to_pylist()
    return [r for r in rows if not live or r.get("gone", 0) == 0]


def only(store: Store, text: str, label: str | None = None) -> str:
    found = store.resolve(text, OWNER, label)
    assert len(found) == 1, found
    return found[0].id


def replica_of(store: Store) -> Replica:
    replica = Replica()
    replica.apply(store.delta(0, OWNER, UNLIMITED))
    return replica


COMPANY = (
    page("organizations", [{"id": "o1", "name": "数据公司上海", "domain": "Ex.cn", "kind": "Customer"}]),
    page(
        "people",
        [
            person("1", "Li Na", "Li.Na@ex.cn", title="VP Sales", organization="o1", internal=False),
            person("2", "王伟", "wang@ours.com", title="Sales", internal=True),
        ],
    ),
    page("interactions", [mail(1, "wang@ours.com", "li.na@ex.cn", id="<1@m>")], "mailbox", scope="message-id"),
    page("interactions", [mail(d, "li.na@ex.cn", "wang@ours.com") for d in (2, 3)], "exchange"),
    page("facts", [{"subject": "1", "kind": "ADOPTED", "object": "w1", "valid_from": T0}]),
    page("works", [{"id": "w1", "name": "Design", "author": "1; 2", "time": T0, "topic": "cooling"}]),
    page("opportunities", [{"id": "d1", "organization": "o1", "owner": "2", "stage": "Closed Won", "amount": 5.0}]),
)


def fill(store: Store) -> None:
    for one in COMPANY:
        store.merge(one)


# -- merging ------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(len(COMPANY)))
def test_merging_a_page_again_changes_nothing(store: Any, index: int) -> None:
    fill(store)
    before = store.sequence, store.content_digest()
    report = store.merge(COMPANY[index])
    assert (report.repeated, report.taken, report.updated) == (report.read, 0, 0)
    assert report.accounted
    assert (store.sequence, store.content_digest()) == before


def test_delta_has_exactly_the_columns_of_the_protocol(store: Any) -> None:
    fill(store)
    tables = store.delta(0, OWNER, UNLIMITED).tables
    for name, shape in DELTA_TABLES.items():
        assert {f.name: f.type for f in tables[name].schema} == shape, name
        assert all(tables[name][c].null_count == 0 for c in shape), name


def test_values_arrive_in_columns(store: Any) -> None:
    fill(store)
    words = {w["pk"]: w["text"] for w in rows_of(store, "words")}
    (deal,) = rows_of(store, "opportunities")
    assert (deal["won"], deal["amount"], words[deal["stage"]], deal["closed"]) == (1, 5.0, "Closed Won", 0)
    li_na = min(rows_of(store, "people"), key=lambda r: r["pk"])
    assert (li_na["internal"], li_na["level"]) == (0, 4)
    (org,) = rows_of(store, "organizations")
    assert (words[org["domain"]], words[org["kind"]]) == ("ex.cn", "customer")
    authored = [f for f in rows_of(store, "facts") if words[f["kind"]] == "AUTHORED"]
    assert len(authored) == 2
    assert {f["valid_from"] for f in authored} == {int(T0.timestamp() * 1e6)}


INTERACTION = st.fixed_dictionaries(
    {
        "id": st.sampled_from([None, None, "m1", "m2"]),
        "day": st.integers(0, 1),
        "from": st.sampled_from(["a@x.com", "B@x.com"]),
        "to": st.sampled_from(["a@x.com", "b@x.com", "c"]),
        "role": st.sampled_from([None, "cc", "bcc"]),
        "kind": st.sampled_from([None, "mail", "call"]),
        "topic": st.sampled_from([None, "t", "s"]),
        "weight": st.sampled_from([None, 0.5, 2.0]),
        "relevance": st.sampled_from([None, 0.1, 0.9]),
        "object": st.sampled_from([None, "w"]),
    }
)


def interaction(row: Mapping[str, Any]) -> dict[str, Any]:
    """An id always stands at one time: another time is an update, where order matters."""
    day = {"m1": 5, "m2": 6}.get(row["id"], row["day"])
    return {k: v for k, v in row.items() if k != "day"} | {"time": T0 + dt.timedelta(days=day), "channel": "mail"}


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(st.lists(INTERACTION, min_size=1, max_size=9), st.randoms(use_true_random=False), st.integers(0, 8))
def test_splitting_reordering_and_repeating_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], random: Any, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("pair")
    one, two = (open_store(f"sqlite:///{folder}/{n}.db") for n in "ab")
    given_rows = [interaction(r) for r in rows]
    whole = one.merge(page("interactions", given_rows))
    mixed = list(given_rows)
    random.shuffle(mixed)
    parts = [two.merge(page("interactions", part)) for part in (mixed[:cut], mixed[cut:], mixed[:3])]
    assert one.content_digest() == two.content_digest()
    assert whole.accounted
    assert all(p.accounted for p in parts)
    assert sum(p.taken for p in parts) == whole.taken
    one.close()
    two.close()


def test_repeats_are_counted_by_kind(store: Any) -> None:
    rows = [mail(1, "a@x.com", to, role=role) for to, role in (("b", "cc"), ("b", "bcc"), ("c", None), ("c", None))]
    report = store.merge(page("interactions", rows))
    assert (report.taken, report.repeated) == (2, 2)
    assert report.notes == {"sources.exact_repeat": 1, "sources.repeated_recipient": 1}
    assert sorted(r["role"] for r in rows_of(store, "interactions")) == [0, 3]


def test_self_addressed_rows_are_stored(store: Any) -> None:
    assert store.merge(page("interactions", [mail(1, "a@x.com", "A@x.com")])).taken == 1
    (row,) = rows_of(store, "interactions")
    assert row["actor"] == row["target"]


def test_an_id_at_another_time_replaces_the_old_rows(store: Any) -> None:
    store.merge(page("interactions", [mail(1, "a", "b", id="e1"), mail(1, "a", "c", id="e1")]))
    report = store.merge(page("interactions", [mail(4, "a", "b", id="e1")]))
    assert (report.updated, report.taken) == (1, 0)
    assert len(rows_of(store, "interactions")) == 1
    assert Counter(r["gone"] for r in rows_of(store, "interactions", live=False)) == {0: 1, 2: 2}
    assert store.latest_event(int(4e15)) == int((T0 + dt.timedelta(days=4)).timestamp() * 1e6)


def test_a_changed_claim_keeps_the_past(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na", title="Manager")]))
    report = store.merge(page("people", [person("1", "Li Na", title="CEO")]))
    assert (report.updated, report.taken, report.repeated) == (1, 0, 0)
    claims = rows_of(store, "people", live=False)
    assert [(c["level"], c["rec"], c["gone"]) for c in claims] == [(2, 1, 2), (5, 2, 0)]


def test_two_periods_of_one_fact_are_two_claims_and_an_end_is_an_update(store: Any) -> None:
    job = {"subject": "1", "kind": "WORKS_AT", "object": "o1"}
    periods = [T0, T0 + dt.timedelta(days=400)]
    assert store.merge(page("facts", [job | {"valid_from": p} for p in periods])).taken == 2
    ended = store.merge(page("facts", [job | {"valid_from": T0, "valid_to": T0 + dt.timedelta(days=90)}]))
    assert (ended.updated, ended.taken) == (1, 0)
    assert len(rows_of(store, "facts")) == 2


def test_a_key_that_fits_two_labels_gets_a_twin(store: Any) -> None:
    store.merge(page("facts", [{"subject": "acme", "kind": "ADOPTED", "object": "w"}]))
    store.merge(page("facts", [{"subject": "organization:bolt", "kind": "ADOPTED", "object": "w"}]))
    by_pk = {m["pk"]: m for m in rows_of(store, "members")}
    acme, bolt = (by_pk[f["subject"]] for f in rows_of(store, "facts"))
    assert (acme["label"], by_pk[acme["twin"]]["label"]) == (0, 1)
    assert (bolt["label"], bolt["twin"]) == (1, -1)


def test_the_cursor_moves_with_its_page_or_not_at_all(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na")], cursor="p1"))
    assert store.cursor("crm") == "p1"
    assert store.cursor("other") is None
    broken = Page("crm", "facts", pa.table({"subject": ["1"]}), cursor="p2", read=1)
    with pytest.raises(KeyError):
        store.merge(broken)
    assert (store.cursor("crm"), store.sequence) == ("p1", 1)
    empty = page("people", [], cursor="p3")
    store.merge(empty)
    assert (store.cursor("crm"), store.sequence) == ("p3", 2)


def test_the_same_message_in_two_mailboxes_survives_one_retraction(store: Any) -> None:
    row = mail(1, "a@x.com", "b@x.com", id="<1@m>")
    first = store.merge(page("interactions", [row], "anna", scope="message-id"))
    second = store.merge(page("interactions", [row], "bert", scope="message-id"))
    assert (first.taken, second.taken, second.repeated) == (1, 0, 1)
    assert store.retract("anna", "interactions", ["<1@m>"]).updated == 1
    assert len(rows_of(store, "interactions")) == 1
    assert store.retract("anna", "interactions", ["<1@m>"]).updated == 0
    assert store.retract("bert", "interactions", ["<1@m>"]).updated == 1
    assert rows_of(store, "interactions") == []


def test_two_sources_in_either_order_give_the_same_content(make_store: MakeStore) -> None:
    row = mail(1, "a@x.com", "b@x.com", id="<1@m>")
    pages = [
        page("interactions", [row | {"role": role}], source, scope="message-id")
        for source, role in (("anna", "cc"), ("bert", "to"))
    ]
    one, two = make_store("one"), make_store("two")
    for p in pages:
        one.merge(p)
    for p in reversed(pages):
        two.merge(p)
    assert one.content_digest() == two.content_digest()


@pytest.mark.parametrize(
    ("table", "key"),
    [("people", "1"), ("works", "w1"), ("opportunities", "d1"), ("organizations", "o1"), ("facts", "1|ADOPTED|w1")],
)
def test_retracted_records_are_gone_but_not_from_the_past(store: Any, table: str, key: str) -> None:
    fill(store)
    before = len(rows_of(store, table))
    report = store.retract("crm", table, [key, "unknown|ADOPTED|thing" if table == "facts" else "unknown"])
    assert (report.updated, report.repeated, report.accounted) == (1, 1, True)
    assert len(rows_of(store, table)) == before - 1
    assert max(r["gone"] for r in rows_of(store, table, live=False)) == report.sequence
    again = store.retract("crm", table, [key])
    assert (again.updated, store.sequence) == (0, report.sequence)


def test_an_interaction_without_id_is_retracted_by_its_evidence_name(store: Any) -> None:
    fill(store)
    named = store.evidence("interactions", [2], OWNER)[0]
    assert store.retract(named.source, "interactions", [named.record_id]).updated == 1
    assert len(rows_of(store, "interactions")) == 2


# -- identity ------------------------------------------------------------------------------------


def test_a_mail_address_joins_sources(store: Any) -> None:
    fill(store)
    assert only(store, "1", "person") == only(store, "LI.NA@ex.cn") == only(store, "Li Na")
    store.merge(page("people", [person("hr-9", "Na Li", "li.na@ex.cn")], "hr"))
    assert only(store, "hr-9") == only(store, "1", "person")
    assert store.merge(page("people", [person("hr-8", "Wang", "wang@ours.com")], "hr")).linked == 1


def test_a_changed_address_moves_the_link(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na", "old@ex.cn")]))
    store.merge(page("people", [person("1", "Li Na", "new@ex.cn")]))
    assert only(store, "1") == only(store, "new@ex.cn")
    assert only(store, "old@ex.cn") != only(store, "1")
    assert [(x["rec"], x["gone"]) for x in rows_of(store, "links", live=False)] == [(1, 2), (2, 0)]


def test_link_and_split_restore_the_former_ids(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na", "li@ex.cn")]))
    store.merge(page("people", [person("2", "Na Li", "nali@ex.cn")], "hr"))
    a, b = only(store, "1"), only(store, "2")
    assert store.link(b, a, OWNER, "same desk") == a
    assert only(store, "2") == only(store, "nali@ex.cn") == a
    assert store.describe([b], OWNER)[b].id == a
    assert sorted(store.split(b, None, OWNER)) == sorted([a, b])
    assert (only(store, "1"), only(store, "li@ex.cn")) == (a, a)
    assert (only(store, "2"), only(store, "nali@ex.cn")) == (b, b)
    store.link(a, b, OWNER)
    assert sorted(store.split(a, b, OWNER)) == sorted([a, b])


def test_known_at_sees_the_links_of_then(make_store: MakeStore, tmp_path: Path) -> None:
    from graphsvc.stores.sqlite import SqliteStore

    now = iter(range(1_000, 10_000, 1_000))
    store = SqliteStore(tmp_path / "clock.db", clock=lambda: next(now))
    store.merge(page("interactions", [mail(1, "a", "b"), mail(1, "c", "b")]))  # at 1000
    store.link(only(store, "a"), only(store, "c"), OWNER)  # at 2000
    store.split(only(store, "a"), None, OWNER)  # at 3000
    replica, end = replica_of(store), int(T0.timestamp() * 1e6) + 9 * DAY
    assert [len(project(replica, end, known).people) for known in (1_000, 2_000, 3_000)] == [3, 2, 3]
    store.close()


def test_a_split_blocks_the_exact_key_until_a_new_judgement(store: Any) -> None:
    row = person("1", "Info desk", "info@ex.cn")
    store.merge(page("people", [row]))
    store.merge(page("people", [person("2", "Other", "info@ex.cn")], "hr"))
    crm, hr = (m.id for k in ("1", "2") for m in store.resolve(k, OWNER))
    assert crm == hr
    member = next(m["id"] for m in rows_of(store, "members") if m["pk"] == 1 or m["id"] != crm)
    restored = store.split(member, None, OWNER, "shared mailbox")
    assert len(restored) == 2
    store.merge(page("people", [row | {"title": "Desk"}]))
    store.merge(page("people", [person("2", "Other", "info@ex.cn", title="x")], "hr"))
    assert len({c.id for k in ("1", "2", "info@ex.cn") for c in store.resolve(k, OWNER)}) == 2
    store.link(*restored, OWNER)
    assert len({c.id for k in ("1", "2", "info@ex.cn") for c in store.resolve(k, OWNER)}) == 1


def test_decisions_that_make_no_sense_are_refused(store: Any) -> None:
    fill(store)
    org, li_na = only(store, "o1"), only(store, "Li Na")
    with pytest.raises(InputError, match="different kinds"):
        store.link(org, li_na, OWNER)
    with pytest.raises(InputError, match="same record"):
        store.link(li_na, li_na, OWNER)
    with pytest.raises(NotFoundError, match="nothing to split"):
        store.split(org, None, OWNER)
    with pytest.raises(NotFoundError):
        store.link(li_na, "f" * 32, OWNER)


def test_overrides_replace_each_other_and_clear(store: Any) -> None:
    fill(store)
    a, b = only(store, "Li Na"), only(store, "王伟")
    store.override("tie_strength", a, b, 3.0, OWNER, "saw them talk")
    store.override("tie_strength", b, a, 4.0, OWNER, "more than that")
    assert [j["value"] for j in rows_of(store, "judgements")] == [4.0]
    store.override("tie_strength", a, b, None, OWNER, "")
    assert rows_of(store, "judgements") == []
    store.override("restricted", a, None, 1.0, OWNER, "asked us")
    assert project(replica_of(store), int(2e15)).entities.restricted.sum() == 1


def test_own_takes_domains_addresses_and_known_keys(store: Any) -> None:
    fill(store)
    store.own(["ours.com", "Boss@private.com", "2"], OWNER)
    sequence = store.sequence
    store.own(["ours.com"], OWNER)
    assert store.sequence == sequence
    words = {w["pk"]: w["text"] for w in rows_of(store, "words")}
    assert [words.get(r["domain"]) for r in rows_of(store, "own") if r["domain"] >= 0] == ["ours.com"]
    assert len(rows_of(store, "own")) == 3
    store.own(["late-key"], OWNER)
    assert len(rows_of(store, "own")) == 3
    store.merge(page("people", [person("late-key", "Late")]))
    assert len(rows_of(store, "own")) == 4


# -- erasure ------------------------------------------------------------------------------------

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
    return who


def scores_table(ids: list[str]) -> pa.Table:
    n = len(ids)
    table = pa.table(
        {
            "a": ids,
            "b": pa.nulls(n, pa.string()),
            "value": pa.array([1.5, None, 2.5][:n], pa.float64()),
            "low": pa.nulls(n, pa.float64()),
            "high": pa.array([2.0] * n),
            "rank": list(range(1, n + 1)),
            "reason": [None, '{"code": "x"}', None][:n],
            "term:frequency": pa.array([0.1, None, 1 / 3][:n], pa.float64()),
            "beside:verdict": ["pivot", None, "x"][:n],
            "beside:count": list(range(n)),
            "beside:active": pa.array([0.25] * n),
        }
    )
    return table.replace_schema_metadata({"graphsvc": '{"link": "log"}'})


def test_erasure_leaves_nothing_in_the_files(make_store: MakeStore, tmp_path: Path) -> None:
    store = make_store("erase")
    who = erasable(store)
    members = [m["pk"] for m in rows_of(store, "members")]
    counts = store.erase(who, OWNER)
    for table in ("people", "links", "facts", "interactions", "members", "judgements", "scores", "suggestions",
                  "lists", "quarantine"):  # fmt: skip
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


# -- change feed ------------------------------------------------------------------------------------


def test_applying_deltas_equals_reading_all(store: Any) -> None:
    replica, end = Replica(), int(2e15)
    actions: list[Callable[[], Any]] = [*(lambda p=p: store.merge(p) for p in COMPANY)]
    actions += [
        lambda: store.link(only(store, "Li Na"), only(store, "王伟"), OWNER),
        lambda: store.split(only(store, "Li Na"), only(store, "王伟"), OWNER),
        lambda: store.retract("mailbox", "interactions", ["<1@m>"]),
        lambda: store.merge(page("people", [person("1", "Li Na", "other@ex.cn")])),
        lambda: store.own(["ours.com"], OWNER),
        lambda: store.override("depth", only(store, "王伟"), None, 2.0, OWNER, ""),
        lambda: store.erase(only(store, "li.na@ex.cn"), OWNER),
    ]
    for action in actions:
        action()
        replica.apply(store.delta(replica.sequence, OWNER, UNLIMITED))
        assert project(replica, end).digest == project(replica_of(store), end).digest


def _write_pages(url: str, source: str, pages: int) -> None:
    store = open_store(url)
    for i in range(pages):
        store.merge(page("interactions", [mail(i, f"{source}-{i}-{j}", "hub") for j in range(20)], source))
    store.close()


def test_a_reader_of_the_feed_misses_nothing_of_two_writers(store: Any) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_pages, args=(store.url, s, 15)) for s in ("one", "two")]
    for w in writers:
        w.start()
    replica, sequences = Replica(), []
    while any(w.is_alive() for w in writers) or replica.sequence < store.sequence:
        delta = store.delta(replica.sequence, OWNER, UNLIMITED)
        sequences += delta.tables["commits"]["pk"].to_pylist()
        replica.apply(delta)
        time.sleep(0.02)
    for w in writers:
        w.join()
        assert w.exitcode == 0
    assert sequences == list(range(1, 31))
    assert int(replica.tables["interactions"].living.sum()) == 600
    assert project(replica, int(2e15)).digest == project(replica_of(store), int(2e15)).digest


def test_changes_say_what_and_how_many_but_no_names(store: Any) -> None:
    fill(store)
    told = list(store.changes(0, OWNER, UNLIMITED))
    assert {c["sequence"] for c in told} == set(range(1, len(COMPANY) + 1))
    assert [c["count"] for c in told if c["sequence"] == 4 and c["what"] == "interactions"] == [2]
    assert "Na" not in json.dumps(told)
    first = list(store.changes(0, OWNER, Budget(rows=1)))
    assert {c["sequence"] for c in first} == {1}
    assert list(store.changes(store.sequence, OWNER, UNLIMITED)) == []


def test_columns_are_for_the_owner_within_the_budget(store: Any) -> None:
    fill(store)
    rep = Caller(entity=only(store, "王伟"), roles=frozenset({"rep"}))
    with pytest.raises(ForbiddenError, match="owner"):
        store.delta(0, rep, UNLIMITED)
    with pytest.raises(BudgetError):
        store.delta(0, OWNER, Budget(rows=3))


# -- look-ups ------------------------------------------------------------------------------------


def test_search_finds_words_parts_and_chinese(store: Any) -> None:
    fill(store)
    li_na, org = only(store, "Li Na"), only(store, "o1")
    for text in ("li na", "LI.NA@", "sales vp", "ex.cn"):
        assert li_na in [c.id for c in store.search(text, OWNER, UNLIMITED)], text
    for text in ("数据公司", "公司", "海", "据公 上"):
        assert [c.id for c in store.search(text, OWNER, UNLIMITED)] == [org], text
    assert store.search("王", OWNER, UNLIMITED)[0].name == "王伟"
    assert store.search('"; DROP', OWNER, UNLIMITED) == []
    assert store.search("%", OWNER, UNLIMITED) == []
    assert store.search(" ", OWNER, UNLIMITED) == []
    assert store.search("na", OWNER, UNLIMITED, "organization") == []
    assert len(store.search("a", OWNER, Budget(rows=1))) == 1
    with pytest.raises(InputError, match="kind of entity"):
        store.search("x", OWNER, UNLIMITED, "alien")


def test_resolve_lists_every_meaning(store: Any) -> None:
    fill(store)
    store.merge(page("people", [person("x", "Same"), person("y", "Same"), person("o1", "Clash")]))
    assert [c.key for c in store.resolve("Same", OWNER)] == ["x", "y"]
    assert [c.label for c in store.resolve("o1", OWNER)] == ["person", "organization"]
    assert only(store, "organization:o1") == only(store, "o1", "organization")
    assert only(store, only(store, "Li Na")) == only(store, "Li Na")
    assert only(store, "li na") == only(store, "Li Na")
    assert store.resolve("nobody", OWNER) == []


def test_describe_hides_the_address_from_others(store: Any) -> None:
    fill(store)
    li_na = only(store, "Li Na")
    shown = store.describe([li_na, "f" * 32], OWNER)
    assert set(shown) == {li_na}
    said = shown[li_na]
    assert (said.key, said.source, said.name, said.email) == ("1", "crm", "Li Na", "li.na@ex.cn")
    rep = Caller(entity=None, roles=frozenset({"rep"}))
    assert store.describe([li_na], rep)[li_na].email is None
    with pytest.raises(ForbiddenError):
        store.describe([li_na], Caller(scopes=frozenset()))


def test_evidence_names_the_source_record(store: Any) -> None:
    fill(store)
    first, second = store.evidence("interactions", [1, 2], OWNER)
    assert (first.source, first.record_id, first.role) == ("mailbox", "<1@m>", "to")
    assert second.record_id == "2024-01-03T00:00:00Z|li.na@ex.cn|mail"
    assert (second.subject, second.object) == (only(store, "Li Na"), only(store, "王伟"))
    (fact,) = store.evidence("facts", [1], OWNER)
    assert (fact.record_id, fact.kind, fact.time) == ("1|ADOPTED|w1", "ADOPTED", int(T0.timestamp() * 1e6))


# -- results ------------------------------------------------------------------------------------


def test_runs_models_and_lists_come_back(store: Any) -> None:
    run = Run("r1", "score", "all", 5, 0.25, 7, 8, 9, "v1", "d", ("m-1",), ("r0",), 3, {"p": 1.5}, {"n": [1]})
    store.save_run(run)
    store.save_run(Run("r2", "fit", "all", 6, 0.1, None, None, 1, "v1"))
    assert store.runs() == [store.runs("fit")[0], run]
    old, new = (
        Model("health", 1, as_of, as_of - 1, "d", {"x": 0.1 + 0.2}, {"knots": [1, 2]}, {"auc": 0.9}) for as_of in (1, 2)
    )
    for model in (old, new, new):
        store.save_model(model)
    assert store.models("health") == [new, old]
    assert store.models("health", as_of=1) == [old]
    assert [m.id for m in store.models()] == [new.id, old.id]
    store.save_list("rep", "2024-W01", "r1", [{"rank": 1}])
    assert store.load_list("rep", "2024-W01") == [{"rank": 1}]
    assert store.load_list("rep", "2024-W02") is None


def test_scores_come_back_as_they_were(store: Any) -> None:
    run = Run("r1", "score", "depth", 1, 0.1, 1, 1, 1, "v")
    store.save_run(run)
    table = scores_table(["a", "b", "c"])
    for _ in range(2):  # saving again replaces
        store.save_scores(run, "depth", table)
    kept = store.load_scores("depth", "r1")
    assert kept is not None
    assert kept.equals(table, check_metadata=True)
    assert store.load_scores("breadth", "r1") is None
    store.save_scores(run, "breadth", table.slice(0, 0))
    empty = store.load_scores("breadth", "r1")
    assert empty is not None
    assert empty.schema == table.schema


def test_prune_keeps_the_newest_scores_and_all_lineage(store: Any) -> None:
    for i in range(3):
        run = Run(f"r{i}", "score", "depth", i, 0.1, 1, 1, 1, "v")
        store.save_run(run)
        store.save_scores(run, "depth", scores_table(["a"]))
    assert store.prune(1) == 2
    assert [store.load_scores("depth", f"r{i}") is not None for i in range(3)] == [False, False, True]
    assert len(store.runs("score")) == 3


def test_declined_suggestions_stay_declined(store: Any) -> None:
    first = Suggestion("reconnect", "rep", "x", gain=1.0, reasons=(phrase("store.busy", path="p", seconds=1),))
    second = Suggestion("invite", "rep", "y", gain=2.0, evidence=(("interactions", 7),))
    assert store.save_suggestions([first, second]) == 2
    assert store.suggestions(OWNER) == [second, first]
    declined = store.decide(first.id, "declined", OWNER, "not now")
    assert (declined.state, declined.author, declined.reason) == ("declined", "owner", "not now")
    again = Suggestion("reconnect", "rep", "x", gain=9.0)
    better = Suggestion("invite", "rep", "y", gain=3.0)
    assert store.save_suggestions([again, better]) == 0
    assert store.suggestions(OWNER, "declined") == [declined]
    assert [s.gain for s in store.suggestions(OWNER, "proposed")] == [3.0]
    with pytest.raises(InputError):
        store.decide(first.id, "confirmed", OWNER)
    with pytest.raises(NotFoundError):
        store.decide("nope", "declined", OWNER)


def test_a_rep_sees_and_decides_own_suggestions_only(store: Any) -> None:
    mine, theirs = Suggestion("invite", "me", "x"), Suggestion("invite", "you", "x")
    store.save_suggestions([mine, theirs])
    rep = Caller(entity="me", roles=frozenset({"rep"}), name="key-1")
    assert store.suggestions(rep) == [mine]
    assert store.suggestions(rep, owner="you") == []
    with pytest.raises(NotFoundError):
        store.decide(theirs.id, "declined", rep)
    assert store.decide(mine.id, "snoozed", rep, until=5).until == 5


# -- housekeeping ------------------------------------------------------------------------------------


def test_quarantine_keeps_a_line_once_with_its_reason(store: Any) -> None:
    reason = phrase("sources.bad_time", where="a.csv:2", field="time", value="soon")
    bad = page("people", [], rejects=(Reject("a.csv:2", "people", reason, {"time": "soon"}),))
    reports = [store.merge(bad) for _ in range(2)]
    assert [r.quarantined for r in reports] == [1, 1]
    assert reports[0].reasons == {"sources.bad_time": 1}
    (line,) = store.quarantine(OWNER)
    assert (line["where"], line["code"], line["raw"], line["source"]) == (
        "a.csv:2",
        "sources.bad_time",
        {"time": "soon"},
        "crm",
    )
    assert store.quarantine(OWNER, source="other") == []


def test_audit_and_settings(store: Any) -> None:
    store.log(OWNER, "export", {"rows": 3})
    store.set_setting("timezone", "Asia/Shanghai", OWNER)
    assert store.setting("timezone") == "Asia/Shanghai"
    assert store.setting("none") is None
    assert [a["action"] for a in store.audit(OWNER)] == ["setting", "export"]
    with pytest.raises(ForbiddenError):
        store.audit(Caller(scopes=frozenset({"read"})))


def test_check_finds_a_sound_store(store: Any) -> None:
    fill(store)
    assert {c["check"]: c["ok"] for c in store.check()} == {
        "integrity": True,
        "schema_version": True,
        "change_log": True,
        "free_space": True,
        "write_ahead_log": True,
        "erasure_finished": True,
    }


def test_several_threads_read_while_one_writes(store: Any) -> None:
    fill(store)
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                delta = store.delta(0, OWNER, UNLIMITED)
                assert len(delta.tables["commits"]) == delta.sequence
                assert store.search("li na", OWNER, UNLIMITED)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for t in threads:
        t.start()
    for i in range(10):
        store.merge(page("interactions", [mail(i, "x", "y")], "threads"))
    for t in threads:
        t.join()
    assert failures == []


# -- sentences ------------------------------------------------------------------------------------


def test_urls_that_name_no_store_are_explained(tmp_path: Path) -> None:
    for url, words in (("neo4j://u:secret@host", "later release"), ("mysql://x", "sqlite:///"), ("sqlite:///", "FILE")):
        with pytest.raises(InputError, match=words) as caught:
            open_store(url)
        assert "secret" not in str(caught.value)
    with pytest.raises(NotFoundError, match="no database"):
        open_store(f"sqlite:///{tmp_path}/none.db", create=False)


def test_a_newer_schema_names_both_versions(make_store: MakeStore, tmp_path: Path) -> None:
    make_store("new").close()
    connection = sqlite3.connect(tmp_path / "new.db")
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StoreError, match=f"version 7, .* version {SCHEMA_VERSION}"):
        open_store(f"sqlite:///{tmp_path}/new.db")


def test_files_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match="damaged or no SQLite"):
        open_store(f"sqlite:///{tmp_path}/text.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t(x)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(f"sqlite:///{tmp_path}/other.db")


def test_a_writer_that_waits_too_long_says_so(
    make_store: MakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.05")
    settings.cache_clear()
    store = make_store("busy")
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match=r"more than 0.05 s"):
        store.merge(page("people", [person("1", "Li Na")]))
    other.execute("ROLLBACK")
    other.close()
    assert store.merge(page("people", [person("1", "Li Na")])).taken == 1


def test_a_full_disk_leaves_nothing_half_written(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na")], cursor="p1"))
    before = store.content_digest()
    connection = store._db.connection
    used = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {used + 2}")
    rows = [mail(i, f"a{i}@x.com", "b", id=f"<{i}>") for i in range(3000)]
    with pytest.raises(StoreError, match="disk is full"):
        store.merge(page("interactions", rows, cursor="p2"))
    connection.execute("PRAGMA max_page_count = 1000000000")
    assert (store.content_digest(), store.cursor("crm")) == (before, "p1")
    assert store.merge(page("interactions", rows, cursor="p2")).taken == 3000


def test_every_sentence_stands_in_both_languages() -> None:
    english, chinese = catalogue("en", "store"), catalogue("zh", "store")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        fields = {part.split("}")[0] for part in text.split("{")[1:]}
        assert fields == {part.split("}")[0] for part in chinese[name].split("{")[1:]}, name


def test_a_bad_workspace_key_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", "not hex")
    settings.cache_clear()
    with pytest.raises(GraphsvcError, match="hexadecimal key"):
        open_store(f"sqlite:///{tmp_path}/key.db")


def _companies(source: str, *rows: tuple[str, str | None]) -> Page:
    return page("organizations", [{"id": key, "domain": domain} for key, domain in rows], source=source)


def test_organizations_of_two_sources_with_one_domain_are_one(store):
    """An account of the CRM and a company of the tables with the same mail domain are one organization."""
    store.merge(_companies("crm", ("001", "acme.example"), ("002", "other.example")))
    report = store.merge(_companies("tables", ("acme", "acme.example")))
    assert report.linked == 1
    assert store.resolve("001", OWNER)[0].id == store.resolve("acme", OWNER, "organization")[0].id
    assert store.resolve("002", OWNER)[0].id != store.resolve("001", OWNER)[0].id


def test_branches_that_share_a_domain_within_one_source_join_nobody_in_any_order(store):
    """Two accounts of one source with one domain are branches: then the domain is no key, whatever came first."""
    store.merge(_companies("crm", ("east", "acme.example")))
    store.merge(_companies("tables", ("acme", "acme.example")))
    store.merge(_companies("crm", ("west", "acme.example")))
    assert len({store.resolve(k, OWNER, "organization")[0].id for k in ("east", "west", "acme")}) == 3
    store.merge(_companies("crm", ("west", "west.example")))
    assert store.resolve("east", OWNER)[0].id == store.resolve("acme", OWNER, "organization")[0].id
