"""What every store promises of its change feed: all of it, once, to the owner."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable
from typing import Any

import pytest

from graphsvc.errors import BudgetError, ForbiddenError
from graphsvc.policy import OWNER, UNLIMITED, Budget, Caller
from graphsvc.projecting import project
from graphsvc.replica import Replica
from graphsvc.stores import open_store
from tests.contract.store.company import COMPANY, fill, mail, only, page, person, replica_of


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
