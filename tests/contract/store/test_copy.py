"""A copy of a workspace is the workspace: every row and handle, checked, resumable, and never half taken for whole."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graphsvc.errors import InputError, StoreError
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.stores import copy_store, open_store
from graphsvc.stores.sqlite_rows import SqliteRows
from tests.contract.differential.history import History
from tests.contract.store.company import MakeStore


@pytest.fixture
def source(tmp_path: Path) -> str:
    """A workspace with a history: merges, splits, retractions, erasures, a model's worth of settings."""
    url = f"sqlite:///{tmp_path}/source.db"
    with closing(open_store(url)) as store:
        History(2).tell(store, lambda _: None)
        store.set_setting("timezone", "Asia/Shanghai", OWNER)
        store.save_list("r" * 32, "2025-W10", "run", [{"contact": "c"}])
        store.put_document("view", "v1", "r" * 32, {"name": "Karte", "notes": {"c": "x"}}, 0)
    return url


@pytest.fixture
def target(make_store: MakeStore) -> str:
    """The URL of an empty database of each kind."""
    with closing(make_store("target")) as store:
        return str(store.url)


def said(url: str) -> dict[str, Any]:
    with closing(open_store(url, create=False)) as store:
        tables = store.delta(0, OWNER, UNLIMITED).tables
        return {
            "digest": store.content_digest(),
            "sequence": store.sequence,
            "columns": {name: table.to_pylist() for name, table in tables.items() if name != "interactions"},
            "key": store.ledger.key,
            "changes": list(store.changes(0, OWNER, UNLIMITED)),
            "setting": store.setting("timezone"),
            "list": store.load_list("r" * 32, "2025-W10"),
            "documents": store.documents("view"),
            "audit": store.audit(OWNER, 1000),
        }


def plain(value: Any) -> str:
    return repr(value).replace("nan", "None")


def test_a_copy_says_what_its_source_says_and_goes_on_from_there(source: str, target: str, tmp_path: Path) -> None:
    report = copy_store(source, target)
    assert report.tables["members"] > 20
    assert report.tables["interactions"] > 50
    assert plain(said(target)) == plain(said(source))
    with closing(open_store(source)) as one, closing(open_store(target)) as other:
        for store in (one, other):
            store.own(["later.example"], OWNER)
        assert one.sequence == other.sequence
        assert one.content_digest() == other.content_digest()
    back = f"sqlite:///{tmp_path}/back.db"
    assert copy_store(target, back).tables["members"] == report.tables["members"]
    assert plain(said(back)["columns"]) == plain(said(target)["columns"])


def test_a_copy_into_a_workspace_is_refused(source: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.db"
    with closing(open_store(other)) as store:
        store.own(["mine.example"], OWNER)
    with pytest.raises(InputError, match="holds a workspace already"):
        copy_store(source, other)
    with pytest.raises(InputError, match="both source and target"):
        copy_store(source, source)
    with closing(open_store(other)) as store:
        assert store.sequence == 1, "the refused copy left the other workspace as it was"


def test_a_copy_stopped_anywhere_opens_for_nothing_and_goes_on(
    source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stop(Exception):
        pass

    seen: list[str] = []

    def stop(table: str, _: int) -> None:
        seen.append(table)
        if table == "facts":
            raise Stop

    with pytest.raises(Stop):
        copy_store(source, target, stop)
    assert "members" in seen
    with pytest.raises(StoreError, match="not finished"):
        open_store(target)
    again: list[str] = []
    copy_store(source, target, lambda table, _: again.append(table))
    assert "members" not in again, "what was whole is not copied again"
    assert plain(said(target)) == plain(said(source))


def test_a_source_that_changes_meanwhile_is_told_and_the_next_try_mends_it(source: str, tmp_path: Path) -> None:
    goal = f"sqlite:///{tmp_path}/goal.db"

    changed: list[str] = []

    def change(table: str, _: int) -> None:
        if table == "words" and not changed:
            changed.append(table)
            with closing(open_store(source)) as store:
                store.own([f"new{store.sequence}.example"], OWNER)

    with pytest.raises(StoreError, match="changed"):
        copy_store(source, goal, change)
    copy_store(source, goal)
    assert plain(said(goal)) == plain(said(source))


def test_a_damaged_row_of_the_target_is_found(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    goal = f"sqlite:///{tmp_path}/goal.db"
    add = SqliteRows.add

    def damaged(self: SqliteRows, table: str, values: Any, count: int) -> None:
        if table == "facts":
            values = {**values, "weight": [9.0] * count}
        add(self, table, values, count)

    monkeypatch.setattr(SqliteRows, "add", damaged)
    with pytest.raises(StoreError, match="copy of facts"):
        copy_store(source, goal)
