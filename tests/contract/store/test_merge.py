"""What every store promises of taking records in: once, whole, in any order, and never from the past."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.records import Page
from graphsvc.store import DELTA_TABLES
from graphsvc.stores import open_store
from tests.contract.store.company import COMPANY, T0, MakeStore, fill, mail, page, person, rows_of


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
