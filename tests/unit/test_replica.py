"""The Projection kept fresh from the change feed equals one built anew, at every T, whatever happened in between."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphsvc import timeline, toy
from graphsvc.errors import InputError, NotFoundError
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.projecting import project
from graphsvc.projection import DAY, Projection
from graphsvc.records import Page
from graphsvc.replica import Kept, Replica
from graphsvc.store import Store
from graphsvc.stores import open_store, sqlite_ledger

PEOPLE = [f"p{i}" for i in range(6)] + ["ann@acme.example", "bob@acme.example"]
LATER = [f"new{i}" for i in range(12)]  # members that come with an event long after the others
EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
START = int(EPOCH.timestamp() * 1e6)


def page(table: str, rows: list[dict[str, object]], source: str = "s") -> Page:
    schema = arrow_schema(TABLES[table])
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    return Page(source=source, table=table, rows=pa.Table.from_pylist(full, schema=schema), read=len(rows))


def interactions(data: st.DataObject) -> Page:
    row = st.fixed_dictionaries(
        {
            "id": st.one_of(st.none(), st.sampled_from(["m1", "m2", "m3"])),
            "time": st.integers(0, 40).map(lambda d: EPOCH + dt.timedelta(days=d)),
            "from": st.sampled_from(PEOPLE + LATER),
            "to": st.sampled_from(PEOPLE + LATER),
            "kind": st.sampled_from(["mail", "meeting", None]),
            "channel": st.sampled_from(["mail", "wecom"]),
            "topic": st.sampled_from([None, "price", "design"]),
            "object": st.sampled_from([None, "work1", "work2", "work3"]),
        }
    )
    return page("interactions", data.draw(st.lists(row, min_size=1, max_size=8)))


def people(data: st.DataObject) -> Page:
    keys = data.draw(st.lists(st.sampled_from(PEOPLE[:6]), min_size=1, max_size=3, unique=True))
    mails = st.sampled_from([None, "ann@acme.example", "bob@acme.example"])
    return page(
        "people",
        [
            {"id": k, "email": data.draw(mails), "organization": "acme", "internal": data.draw(st.booleans())}
            for k in keys
        ],
    )


def facts(data: st.DataObject) -> Page:
    row = st.fixed_dictionaries(
        {
            "subject": st.sampled_from(PEOPLE[:4]),
            "kind": st.sampled_from(["FOLLOWS", "KNOWS", "REPORTS_TO"]),
            "object": st.sampled_from(PEOPLE[2:6]),
            "valid_from": st.integers(0, 30).map(lambda d: EPOCH + dt.timedelta(days=d)),
            "valid_to": st.one_of(st.none(), st.integers(31, 60).map(lambda d: EPOCH + dt.timedelta(days=d))),
        }
    )
    return page("facts", data.draw(st.lists(row, min_size=1, max_size=4)))


def change(store: Store, data: st.DataObject) -> None:
    """One random change of the store."""
    kind = data.draw(st.sampled_from(["interactions", "people", "facts", "retract", "link", "split", "erase", "own"]))
    if kind in ("interactions", "people", "facts"):
        store.merge({"interactions": interactions, "people": people, "facts": facts}[kind](data))
    elif kind == "retract":
        store.retract("s", "interactions", [data.draw(st.sampled_from(["m1", "m2"]))])
    elif kind == "own":
        with contextlib.suppress(InputError):  # a key that no record has yet
            store.own([data.draw(st.sampled_from(["acme.example", "p0"]))], OWNER)
    else:
        known = [c.id for key in PEOPLE for c in store.resolve(key, OWNER, "person")]
        if known and kind == "erase":
            store.erase(data.draw(st.sampled_from(known)), OWNER)
        elif len(set(known)) > 1:
            a, b = data.draw(st.lists(st.sampled_from(sorted(set(known))), min_size=2, max_size=2, unique=True))
            if kind == "link":
                store.link(a, b, OWNER)
            else:
                with contextlib.suppress(NotFoundError):  # nothing joins it to anybody
                    store.split(a, None, OWNER)


def same(a: Projection, b: Projection) -> None:
    """Every column of two Projections is equal."""
    for name in ("entities", "interactions", "facts", "opportunities"):
        for f in fields(getattr(a, name)):
            x, y = getattr(getattr(a, name), f.name), getattr(getattr(b, name), f.name)
            np.testing.assert_array_equal(x, y, err_msg=f"{name}.{f.name}")
    assert (a.words, a.own_known, a.overrides, a.digest) == (b.words, b.own_known, b.overrides, b.digest)


def refreshed(store: Store, data: st.DataObject, live: Replica) -> None:
    """Take in what changed, or not yet, and perhaps look at the graph: the next look starts from this one."""
    if data.draw(st.booleans()):
        live.apply(store.delta(live.sequence, OWNER, UNLIMITED))
    if data.draw(st.booleans()):
        project(live, START + data.draw(st.sampled_from([-1, 5, 20, 50])) * DAY)


@pytest.mark.parametrize("examples", [25, pytest.param(400, marks=pytest.mark.slow)])
def test_applying_changes_equals_rebuilding(
    examples: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deltas applied one by one, in any grouping, give the columns that reading everything gives."""
    ways: Counter[str] = Counter()

    def watched(replica: Replica, kept: Kept) -> timeline.Timeline:
        ways["regrouped" if kept.regrouped else "as before"] += 1
        return renewed(replica, kept)

    renewed = timeline.renewed
    monkeypatch.setattr(sqlite_ledger, "new_key", lambda: b"k" * 32)  # the same choices give the same history
    monkeypatch.setattr(timeline, "renewed", watched)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        folder: Path = tmp_path_factory.mktemp("replica")
        store = open_store(f"sqlite:///{folder}/w.db")
        live = Replica()
        for _ in range(data.draw(st.integers(1, 8))):
            change(store, data)
            refreshed(store, data, live)
        live.apply(store.delta(live.sequence, OWNER, UNLIMITED))
        anew = Replica()
        anew.apply(store.delta(0, OWNER, UNLIMITED))
        for day in (-1, 5, 20, 33, 50):
            same(project(live, START + day * DAY), project(anew, START + day * DAY))
        past = data.draw(st.sampled_from([0, *anew.tables["commits"]["time"][1:].tolist()]))
        same(project(live, START + 33 * DAY, past), project(anew, START + 33 * DAY, past))
        store.close()

    check()
    assert ways, "no Timeline was ever renewed: the refresh was not tested"


def test_places_of_entities_in_another_graph_go_by_public_id():
    one = toy.build(people=[{"id": i} for i in ("a", "b", "c")], as_of=1)
    two = toy.build(people=[{"id": i} for i in ("b", "c", "d")], as_of=1)
    assert one.places_in(two).tolist() == [-1, two.index["b"], two.index["c"]]
    assert one.places_in(toy.build(as_of=1)).tolist() == [-1, -1, -1] and not len(toy.build(as_of=1).places_in(one))
