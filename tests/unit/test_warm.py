"""A start from column files is a start from the store, and files of any other state are never used."""

from __future__ import annotations

import datetime as dt
import gc
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as given_settings
from hypothesis import strategies as st

from graphsvc import column_files, warm
from graphsvc.column_files import generations
from graphsvc.diagnosis import diagnose
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER
from graphsvc.projecting import project
from graphsvc.projection import DAY, Projection
from graphsvc.records import Page
from graphsvc.replica import Replica
from graphsvc.settings import Settings
from graphsvc.store import Store
from graphsvc.stores import open_store, sqlite_ledger
from graphsvc.workspace import Moment, Workspace
from tests.unit.test_replica import change, same

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
LATE = int(EPOCH.timestamp() * 1e6) + 100 * DAY
NAMES = ("ann@acme.example", "bob@beta.example", "cid", "dora")


def mail(ident: str, day: int, sender: str, *receivers: str, **more: Any) -> Page:
    schema = arrow_schema(TABLES["interactions"])
    time = EPOCH + dt.timedelta(days=day)
    rows = [{"id": ident, "time": time, "from": sender, "to": to, "channel": "mail"} | more for to in receivers]
    full = [{name: row.get(name) for name in schema.names} for row in rows]
    return Page(source="s", table="interactions", rows=pa.Table.from_pylist(full, schema=schema), read=len(rows))


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files from the first row on, written anew when half of all rows are new."""
    monkeypatch.setattr(warm, "SMALLEST", 1)
    monkeypatch.setattr(warm, "RENEWED", 2)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    store = opened(tmp_path / "w.db")
    for i in range(12):
        store.merge(mail(f"m{i}", i, NAMES[i % 4], NAMES[(i + 1) % 4], NAMES[(i + 2) % 4]))
    store.close()
    return tmp_path / "w.db"


def opened(db: Path) -> Store:
    return open_store(f"sqlite:///{db}")


def projection(store: Store) -> Projection:
    return Workspace(store).projection(Moment(LATE))


def anew(store: Store, known_at: int | None = None) -> str:
    replica = Replica()
    replica.apply(store.delta(0, OWNER, warm.UNLIMITED))
    return project(replica, LATE, known_at).digest


def files(db: Path) -> list[Path]:
    return generations(Path(f"{db}.columns"))


@pytest.fixture
def begun(db: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """From which sequence numbers stores were read; files lie beside the database."""
    store = opened(db)
    projection(store)
    store.close()
    assert len(files(db)) == 1
    kind, seen = type(store), []
    read = kind.delta

    def watched(self: Any, since: int, *rest: Any) -> Any:
        seen.append(since)
        return read(self, since, *rest)

    monkeypatch.setattr(kind, "delta", watched)
    yield seen


# -- the same graph ---------------------------------------------------------------------------------------------------


def test_the_next_process_reads_only_what_came_since(db: Path, begun: list[int]) -> None:
    store = opened(db)
    at = store.sequence
    store.merge(mail("late", 30, "cid", "new@acme.example", "dora", object="paper", topic="price", weight=0.5))
    store.retract("s", "interactions", ["m3"])
    store.merge(mail("m5", 50, "cid", "dora"))  # moved to another day
    found = projection(store).digest
    assert begun == [at]
    assert found == anew(store)
    store.close()


def test_the_past_is_as_known_then(db: Path, begun: list[int]) -> None:
    store = opened(db)
    store.retract("s", "interactions", ["m3"])
    workspace = Workspace(store)
    times = workspace.refresh().tables["commits"]["time"]
    for known_at in (times[3], times[-2], times[-1]):
        assert workspace.projection(Moment(LATE, int(known_at))).digest == anew(store, int(known_at))
    store.close()


def test_what_a_process_adds_to_mapped_columns_stays_its_own(db: Path, begun: list[int]) -> None:
    before = {f: f.read_bytes() for f in files(db)[0].iterdir()}
    store = opened(db)
    projection(store)
    store.retract("s", "interactions", ["m3"])
    store.link(*(store.resolve(k, OWNER, "person")[0].id for k in NAMES[:2]), OWNER)
    assert projection(store).digest == anew(store)
    assert {f: f.read_bytes() for f in before} == before
    store.close()


def test_two_processes_share_one_folder_and_a_refresh_of_many_rows_renews_it(
    db: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm, "RENEWED", 10**9)
    store, first = opened(db), files(db)
    one, two = Workspace(store), Workspace(store)
    one.refresh()
    store.merge(mail("late", 30, "cid", "dora"))
    digests = {w.projection(Moment(LATE)).digest for w in (one, two)}
    assert digests == {anew(store)}
    assert len(files(db)) == 1
    assert files(db) != first
    store.close()


@pytest.mark.parametrize("examples", [12, pytest.param(200, marks=pytest.mark.slow)])
def test_starts_from_files_in_any_history_equal_a_rebuild(
    examples: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_ledger, "new_key", lambda: b"k" * 32)  # the same choices give the same history

    @given_settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        store = opened(tmp_path_factory.mktemp("warm") / "w.db")
        live = Workspace(store)
        for _ in range(data.draw(st.integers(2, 8))):
            change(store, data)
            if data.draw(st.booleans()):
                live = Workspace(store)
            if data.draw(st.booleans()):
                live.projection(Moment(LATE))
        rebuilt = _whole(store)
        past = data.draw(st.sampled_from([None, *rebuilt.tables["commits"]["time"][1:].tolist()]))
        same(live.projection(Moment(LATE, past)), project(rebuilt, LATE, past))
        same(Workspace(store).projection(Moment(LATE)), project(rebuilt, LATE))
        store.close()

    check()


# -- files that must not be used ---------------------------------------------------------------------------------------


def cut(db: Path) -> None:
    path = files(db)[0] / "timeline.actor.npy"
    os.truncate(path, path.stat().st_size - 4)


def flipped(db: Path) -> None:
    path = files(db)[0] / "interactions.time.npy"
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)


def gone(db: Path) -> None:
    (files(db)[0] / "members.of.npy").unlink()


def changed_manifest(db: Path) -> None:
    path = files(db)[0] / column_files.MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"rows":', b'"rows": ', 1))


def no_manifest(db: Path) -> None:
    (files(db)[0] / column_files.MANIFEST).unlink()


def other_workspace(db: Path) -> None:
    other = opened(db.parent / "other.db")
    for i in range(3):
        other.merge(mail(f"x{i}", i, "eve", "fay"))
    projection(other)
    other.close()
    shutil.rmtree(f"{db}.columns")
    shutil.copytree(f"{db.parent / 'other.db'}.columns", f"{db}.columns")


def restored_and_gone_on(db: Path) -> None:
    """The database is put back to an older copy, and other changes take the numbers that the files know."""
    copy = db.parent / "copy.db"
    shutil.copy(db, copy)
    store = opened(db)
    store.merge(mail("a", 60, "cid", "dora"))
    warm._kept(store, _whole(store), erasures=0)
    store.close()
    assert column_files.read_manifest(files(db)[0]).sequence == 13
    for end in ("", "-wal", "-shm"):
        Path(f"{db}{end}").unlink(missing_ok=True)
    shutil.copy(copy, db)
    store = opened(db)
    store.merge(mail("b", 61, "dora", "cid"))
    store.merge(mail("c", 62, "dora", "cid"))
    store.close()


def newer_than_the_database(db: Path) -> None:
    """The same, without the other changes."""
    restored_and_gone_on(db)
    for end in ("", "-wal", "-shm"):
        Path(f"{db}{end}").unlink(missing_ok=True)
    shutil.copy(db.parent / "copy.db", db)


def _whole(store: Store) -> Replica:
    replica = Replica()
    replica.apply(store.delta(0, OWNER, warm.UNLIMITED))
    return replica


def other_release(db: Path) -> None:
    folder = files(db)[0]
    manifest = column_files.read_manifest(folder).model_copy(update={"product_version": "0.0.1"})
    (folder / column_files.MANIFEST).unlink()
    column_files._write_manifest(folder / column_files.MANIFEST, manifest)


def of_before_an_erasure(db: Path) -> None:
    """Somebody erased a person where these files could not be reached, and they came back later."""
    shutil.move(f"{db}.columns", db.parent / "away")
    store = opened(db)
    store.erase(store.resolve(NAMES[0], OWNER, "person")[0].id, OWNER)
    store.close()
    shutil.move(db.parent / "away", f"{db}.columns")


DOUBTS: list[Callable[[Path], None]] = [
    cut, flipped, gone, changed_manifest, no_manifest, other_workspace, restored_and_gone_on, newer_than_the_database,
    other_release, of_before_an_erasure,
]  # fmt: skip


@pytest.mark.parametrize("doubt", DOUBTS, ids=lambda f: f.__name__)
def test_in_doubt_all_is_read_anew_and_the_files_go(
    doubt: Callable[[Path], None], db: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt(db)
    assert files(db)
    monkeypatch.setattr(warm, "SMALLEST", 10**9)  # nothing new is written
    store = opened(db)
    begun.clear()
    found = projection(store).digest
    assert begun[0] == 0, "the files were used"
    assert found == anew(store)
    assert files(db) == [], "the files are still there"
    store.close()


def test_doctor_tells_of_files_that_the_next_process_will_not_use(db: Path, begun: list[int]) -> None:
    def line() -> tuple[bool, str]:
        store, checks = diagnose(f"sqlite:///{db}")
        assert store is not None
        store.close()
        return next((bool(c["ok"]), str(c["detail"])) for c in checks if c["check"] == "column_files")

    assert line()[0]
    assert "change 12" in line()[1]
    of_before_an_erasure(db)
    assert not line()[0]
    shutil.rmtree(f"{db}.columns")
    assert line()[0]


def test_files_of_somebody_else_are_left_alone(db: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert files(db) == []


# -- erasure ----------------------------------------------------------------------------------------------------------


def test_an_erasure_removes_the_files_and_the_next_ones_know_nothing_of_the_person(db: Path, begun: list[int]) -> None:
    store = opened(db)
    live = Workspace(store)
    live.projection(Moment(LATE))
    who = store.resolve(NAMES[0], OWNER, "person")[0].id
    store.erase(who, OWNER)
    assert not Path(f"{db}.columns").exists()
    assert live.projection(Moment(LATE)).digest == anew(store)
    assert live.refresh().sequence == column_files.read_manifest(files(db)[0]).sequence
    held = b"".join(f.read_bytes() for f in files(db)[0].iterdir())
    assert who.encode() not in held
    store.close()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc to see what a process has mapped")
def test_a_live_process_lets_go_of_the_files_of_an_erased_person(
    db: Path, begun: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(db)
    live = Workspace(store)
    p = live.projection(Moment(LATE))
    assert f"{db}.columns" in Path("/proc/self/maps").read_text()
    del p
    store.erase(store.resolve(NAMES[0], OWNER, "person")[0].id, OWNER)
    monkeypatch.setattr(warm, "SMALLEST", 10**9)  # nothing new is written
    live.refresh()
    gc.collect()
    assert f"{db}.columns" not in Path("/proc/self/maps").read_text()
    store.close()


def test_who_writes_files_while_a_person_is_erased_takes_them_back(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = opened(db), opened(db)
    who = store.resolve(NAMES[0], OWNER, "person")[0].id
    write = warm.write_column

    def late(path: Path, *rest: Any) -> Any:
        made = write(path, *rest)
        if path.name == "timeline.time.npy" and other.lineage(0).erasures == 0:
            other.erase(who, OWNER)
            path.parent.mkdir(parents=True, exist_ok=True)  # as if the erasure had not seen the draft
        return made

    monkeypatch.setattr(warm, "write_column", late)
    workspace = Workspace(store)
    workspace.refresh()
    assert files(db) == []
    assert workspace.projection(Moment(LATE)).digest == anew(store)
    store.close()
    other.close()


def test_rows_read_before_an_erasure_are_not_written_after_it(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, other = opened(db), opened(db)
    who, kind = store.resolve(NAMES[0], OWNER, "person")[0].id, type(store)
    read = kind.delta

    def slow(self: Any, since: int, *rest: Any) -> Any:
        found = read(self, since, *rest)
        if self is store and since == 0:
            other.erase(who, OWNER)
        return found

    monkeypatch.setattr(kind, "delta", slow)
    Workspace(store).refresh()
    assert files(db) == []
    store.close()
    other.close()


# -- where, and whether -----------------------------------------------------------------------------------------------


def test_files_hold_no_names_and_are_their_owners_only(db: Path, begun: list[int]) -> None:
    folder = files(db)[0]
    held = b"".join(f.read_bytes() for f in folder.iterdir())
    assert not [n for n in (*NAMES, "acme.example", "mail") if n.encode() in held]
    assert {stat.S_IMODE(f.stat().st_mode) for f in folder.iterdir()} == {0o600}
    assert {stat.S_IMODE(f.stat().st_mode) for f in (folder, folder.parent)} == {0o700}


def test_a_folder_of_the_settings_is_emptied_by_an_erasure_too(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(column_files, "settings", lambda: Settings(cache_dir=str(tmp_path / "cache")))
    store = opened(db)
    projection(store)
    assert len(list((tmp_path / "cache").rglob(column_files.MANIFEST))) == 1
    assert not Path(f"{db}.columns").exists()
    store.erase(store.resolve(NAMES[0], OWNER, "person")[0].id, OWNER)
    assert list((tmp_path / "cache").rglob("*.npy")) == []
    store.close()


def test_none_are_written_for_a_small_graph_or_where_they_are_off(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = opened(db)
    with monkeypatch.context() as patch:
        patch.setattr(column_files, "settings", lambda: Settings(column_files=False))
        projection(store)
    monkeypatch.setattr(warm, "SMALLEST", 200_000)
    projection(store)
    assert not Path(f"{db}.columns").exists()
    store.close()


def test_what_a_killed_process_left_is_removed_and_what_another_is_writing_is_not(db: Path, begun: list[int]) -> None:
    place = Path(f"{db}.columns")
    for name in ("old", "young"):
        (place / f"{column_files.DRAFT}{name}").mkdir()
    os.utime(place / f"{column_files.DRAFT}old", (0, 0))
    store = opened(db)
    projection(store)
    assert begun == [store.sequence]
    assert [f.name for f in place.glob(f"{column_files.DRAFT}*")] == [f"{column_files.DRAFT}young"]
    store.close()


def test_where_they_cannot_be_written_the_work_goes_on(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(f"{db}.columns").write_text("in the way")
    store = opened(db)
    workspace = Workspace(store)
    assert workspace.projection(Moment(LATE)).digest == anew(store)
    store.merge(mail("late", 30, "cid", "dora"))
    assert workspace.projection(Moment(LATE)).digest == anew(store)
    store.close()


def test_columns_keep_their_values_and_room_to_grow(tmp_path: Path) -> None:
    for name, column in {"a": np.arange(5), "b": np.array([b"x" * 32]), "c": np.full(9, np.nan)}.items():
        entry = column_files.write_column(tmp_path / f"{name}.npy", column, spare=100)
        found = column_files.read_column(tmp_path / f"{name}.npy", entry, own=True)
        assert len(found) == len(column) + 100
        np.testing.assert_array_equal(found[: len(column)], column)
