"""A Timeline is what a plain reading of the rows gives, is renewed without reading all, and is never written to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphsvc import timeline
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.projecting import project
from graphsvc.projection import DAY, Interactions, Projection
from graphsvc.records import Page
from graphsvc.replica import Replica
from graphsvc.store import DELTA_TABLES, Delta, Store
from graphsvc.stores import open_store

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATE = int(EPOCH.timestamp() * 1e6) + 100 * DAY

Row = tuple[int, int, int, int, int]  # time, key, actor, target, role
ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-2, 2), st.integers(-1, 4), st.integers(-1, 4), st.integers(0, 2)),
    max_size=30,
)


# -- against a plain reading --------------------------------------------------------------------------------------


def columns(name: str, **given: list[object]) -> pa.Table:
    """Rows of a delta's table, 0 where nothing is given."""
    size = len(next(iter(given.values())))
    return pa.table({c: pa.array(given.get(c, [0] * size), kind) for c, kind in DELTA_TABLES[name].items()})


def replica_of(rows: list[Row]) -> Replica:
    """Five members whose ids descend with their handles, and interactions between them in the order given."""
    replica, one = Replica(), [1] * len(rows)
    members = columns("members", pk=[*range(5)], id=[f"{9 - i}" * 32 for i in range(5)], rec=[1] * 5, twin=[-1] * 5)
    given = dict(zip(("time", "key", "actor", "target", "role"), map(list, zip(*rows, strict=True)), strict=False))
    empty = {c: [-1] * len(rows) for c in ("kind", "channel", "topic", "object")}
    tables = {"members": members}
    if rows:
        tables["interactions"] = columns("interactions", pk=[*range(len(rows))], rec=one, **given, **empty)
    replica.apply(Delta(0, 1, tables, {}))
    return replica


def plainly(rows: list[Row]) -> list[tuple[int, ...]]:
    """(time, number, actor, target, role, participants, row) as the docstrings say, one row at a time."""
    entity = {member: 4 - member for member in range(5)}  # ascending id
    known = sorted(
        (time, key, entity[target], entity[actor], role, row)
        for row, (time, key, actor, target, role) in enumerate(rows)
        if actor >= 0 and target >= 0
    )
    persons: dict[tuple[int, int], set[int]] = defaultdict(set)
    for time, key, target, actor, _, _ in known:
        persons[time, key] |= {actor, target}
    taken: dict[tuple[int, ...], tuple[int, ...]] = {}
    for time, key, target, actor, role, row in known:
        if actor != target:
            found = (time, key, actor, target, role, len(persons[time, key]), row)
            taken.setdefault((time, key, actor, target), found)
    number: dict[tuple[int, ...], int] = {}
    return [(row[0], number.setdefault(row[:2], len(number)), *row[2:]) for row in taken.values()]


def listed(x: Interactions) -> list[tuple[int, ...]]:
    names = ("time", "key", "actor", "target", "role", "participants", "row")
    return list(zip(*(getattr(x, n).tolist() for n in names), strict=True))


@given(ROWS)
def test_order_doubles_and_participants_are_those_of_a_plain_reading(rows: list[Row]) -> None:
    assert listed(timeline.read_timeline(replica_of(rows), 1).rows) == plainly(rows)


@given(ROWS, ROWS)
def test_rows_that_come_later_stand_where_a_plain_reading_puts_them(first: list[Row], then: list[Row]) -> None:
    replica, whole = replica_of(first), replica_of(first + then)
    timeline.timeline_at(replica, 1)
    late = np.arange(len(first), len(first) + len(then))
    table = whole.tables["interactions"]
    if len(late):
        given = {name: column[late].tolist() for name, column in table.columns.items()} | {"rec": [2] * len(late)}
        replica.apply(Delta(1, 2, {"interactions": columns("interactions", pk=late.tolist(), **given)}, {}))
    assert listed(timeline.timeline_at(replica, replica.sequence).rows) == plainly(first + then)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)), max_size=40))
def test_sorted_order_is_that_of_lexsort(rows: list[tuple[int, int, int]]) -> None:
    a, b, c = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert timeline.sorted_order(a, b, c).tolist() == np.lexsort((c, b, a)).tolist()


# -- renewed, not read anew ---------------------------------------------------------------------------------------


def page(table: str, rows: list[dict[str, object]]) -> Page:
    schema = arrow_schema(TABLES[table])
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    return Page(source="s", table=table, rows=pa.Table.from_pylist(full, schema=schema), read=len(rows))


def mail(ident: str, day: int, sender: str, *receivers: str) -> Page:
    time = EPOCH + dt.timedelta(days=day)
    same = {"id": ident, "time": time, "from": sender, "kind": "mail", "channel": "mail", "object": f"work of {sender}"}
    return page("interactions", [same | {"to": to} for to in receivers])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = open_store(f"sqlite:///{tmp_path}/w.db")
    kept.merge(mail("m1", 3, "ann", "bob", "cid"))
    kept.merge(mail("m2", 5, "bob", "ann", "annie"))
    kept.merge(mail("m3", 9, "cid", "dora"))
    kept.merge(page("people", [{"id": "eve", "email": "eve@own.example", "organization": "acme"}]))
    yield kept
    kept.close()


def ident(store: Store, key: str, label: str = "person") -> str:
    return store.resolve(key, OWNER, label)[0].id


def whole(store: Store) -> Replica:
    replica = Replica()
    replica.apply(store.delta(0, OWNER, UNLIMITED))
    return replica


def refreshed(store: Store, replica: Replica) -> Projection:
    replica.apply(store.delta(replica.sequence, OWNER, UNLIMITED))
    return project(replica, LATE)


CHANGES: dict[str, Callable[[Store], object]] = {
    "a later event": lambda s: s.merge(mail("m4", 11, "ann", "dora")),
    "an event between others": lambda s: s.merge(mail("m4", 4, "ann", "dora")),
    "one more receiver of a known event": lambda s: s.merge(mail("m1", 3, "ann", "bob", "cid", "dora")),
    "new people": lambda s: s.merge(mail("m4", 4, "zoe", "abe", "ann")),
    "an event moved to another day": lambda s: s.merge(mail("m3", 2, "cid", "dora")),
    "a retraction": lambda s: s.retract("s", "interactions", ["m2"]),
    "a link": lambda s: s.link(ident(s, "ann"), ident(s, "annie"), OWNER),
    "two works that are one": lambda s: s.link(ident(s, "work of ann", "work"), ident(s, "work of bob", "work"), OWNER),
    "whose we are": lambda s: s.own(["own.example"], OWNER),
    "a person's record": lambda s: s.merge(page("people", [{"id": "ann", "email": "ann@acme.example"}])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_refresh_reads_what_changed_and_equals_a_rebuild(
    change: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    replica = whole(store)
    project(replica, LATE)
    CHANGES[change](store)
    anew = project(whole(store), LATE)

    def no_more(*_: object) -> None:
        raise AssertionError("a refresh read all interactions anew")

    monkeypatch.setattr(timeline, "read_timeline", no_more)
    assert refreshed(store, replica).digest == anew.digest


def test_a_split_restores_what_a_link_joined(store: Store) -> None:
    replica = whole(store)
    before = project(replica, LATE)
    annie = ident(store, "annie")
    store.link(ident(store, "ann"), annie, OWNER)
    joined = refreshed(store, replica)
    store.split(annie, None, OWNER)
    after = refreshed(store, replica)
    assert len(joined.interactions) == len(before.interactions) - 1
    assert listed(after.interactions) == listed(before.interactions)


def test_split_works_are_each_those_of_their_interactions_again(store: Store) -> None:
    replica = whole(store)
    before = project(replica, LATE)
    bobs = ident(store, "work of bob", "work")
    store.link(ident(store, "work of ann", "work"), bobs, OWNER)
    joined = refreshed(store, replica)
    store.split(bobs, None, OWNER)
    after = refreshed(store, replica)
    assert len(set(joined.interactions.object.tolist())) == 2
    np.testing.assert_array_equal(after.interactions.object, before.interactions.object)


def test_a_refresh_leaves_older_projections_as_they_were(store: Store) -> None:
    replica = whole(store)
    before = project(replica, LATE)
    copies = {f.name: getattr(before.interactions, f.name).copy() for f in fields(before.interactions)}
    store.merge(mail("m0", 1, "abe", "ann"))
    store.link(ident(store, "bob"), ident(store, "cid"), OWNER)
    refreshed(store, replica)
    for name, column in copies.items():
        np.testing.assert_array_equal(getattr(before.interactions, name), column, err_msg=name)


def test_no_column_can_be_written(store: Store) -> None:
    replica = whole(store)
    project(replica, LATE)
    store.merge(mail("m4", 4, "ann", "dora"))
    x = refreshed(store, replica).interactions
    assert replica.kept is not None
    for f in fields(x):
        assert not getattr(x, f.name).flags.writeable, f.name
        assert not getattr(replica.kept.timeline.rows, f.name).flags.writeable, f.name


def test_nothing_is_kept_of_an_erased_person(store: Store) -> None:
    replica = whole(store)
    project(replica, LATE)
    store.erase(ident(store, "cid"), OWNER)
    replica.apply(store.delta(replica.sequence, OWNER, UNLIMITED))
    assert replica.kept is None
    assert project(replica, LATE).digest == project(whole(store), LATE).digest


def test_an_earlier_date_is_a_view_of_the_same_columns(store: Store) -> None:
    replica = whole(store)
    late, early = project(replica, LATE), project(replica, LATE - 96 * DAY)
    assert 0 < len(early.interactions) < len(late.interactions)
    assert np.shares_memory(early.interactions.time, late.interactions.time)
