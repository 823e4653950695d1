"""Faults of the world: full disks, locked, foreign and damaged databases, processes that are stopped at any moment."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from graphsvc.stores.sqlite import SqliteStore
from graphsvc.stores.sqlite_ledger import SqliteLedger

ROOT = Path(__file__).parents[2]
ROWS = 40_000
PAGES = 8
MANY = 200  # pages so small that a signal finds the sync in the middle
KEY = "6b" * 32
HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source of eight pages and some rows that cannot be taken."""
    out = tmp_path_factory.mktemp("source")
    lines = [
        f"2024-01-{1 + i % 28:02}T{i // 3600 % 24:02}:{i // 60 % 60:02}:{i % 60:02},p{i % 977},q{i % 89}"
        for i in range(ROWS)
    ]
    lines[::5000] = ["soon,a,b"] * (ROWS // 5000)
    (out / "interactions.csv").write_text("time,from,to\n" + "\n".join(lines) + "\n")
    return out


@pytest.fixture
def small(tmp_path: Path) -> Path:
    out = tmp_path / "small"
    out.mkdir()
    (out / "interactions.csv").write_text("time,from,to\n2024-01-01,a,b\n")
    return out


def process(db: Path, *args: object, pages: int = PAGES, **options: object) -> subprocess.Popen[str]:
    """The command line in a process of its own; the source makes so many pages."""
    env = os.environ | {
        "GRAPHSVC_WORKSPACE_KEY": KEY,
        "GRAPHSVC_PAGE_ROWS": str(ROWS // pages),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "graphsvc.cli", "--db", str(db), *map(str, args)]
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "preexec_fn": _listen_to_ctrl_c}
    return subprocess.Popen(command, cwd=ROOT, env=env, text=True, **(usual | options))


def _listen_to_ctrl_c() -> None:
    """Tests that a shell runs in the background inherit that Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(db: Path, *args: object, **options: object) -> tuple[int, str, str]:
    with process(db, *args, **options) as child:
        out, err = child.communicate(timeout=120)
    assert "Traceback" not in err, err
    return child.returncode, out, err


def pages_in(db: Path) -> int:
    if not db.exists():
        return 0
    try:
        with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True, timeout=0.2)) as connection:
            return int(connection.execute("SELECT count(*) FROM commits").fetchone()[0])
    except sqlite3.Error:
        return 0  # being made


def stop_after(db: Path, folder: Path, pages: int, delay: float, sign: int) -> tuple[int, str]:
    """Start a sync, and send it a signal ``delay`` seconds after it has committed some pages."""
    with process(db, "sync", "tables", folder) as child:
        while child.poll() is None and pages_in(db) < pages:
            time.sleep(0.002)
        time.sleep(delay)
        child.send_signal(sign)
        _, err = child.communicate(timeout=60)
    return child.returncode, err


def stop_between_pages(db: Path, folder: Path, sign: int) -> tuple[int, str]:
    """Start a sync of many pages, hold it after the first of them, and let it go on with a signal waiting for it."""
    with process(db, "sync", "tables", folder, pages=MANY) as child:
        while child.poll() is None and pages_in(db) < 1:
            time.sleep(0.002)
        for each in (signal.SIGSTOP, sign, signal.SIGCONT):
            child.send_signal(each)
        _, err = child.communicate(timeout=60)
    return child.returncode, err


def digest(db: Path) -> str:
    """Content of a store that is sound."""
    with closing(SqliteStore(db, create=False)) as store:
        assert all(c["ok"] for c in store.check() if c["check"] != "free_space")
        return store.content_digest()


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    db = tmp_path_factory.mktemp("whole") / "g.db"
    assert run(db, "sync", "tables", folder)[0] == 0
    assert pages_in(db) == PAGES
    return digest(db)


# -- stopped -----------------------------------------------------------------------------------------------------------


def test_kill_9_at_several_moments_then_a_rerun_is_as_if_nothing_had_happened(tmp_path, folder, undisturbed):
    db = tmp_path / "g.db"
    for pages, delay in ((0, 0.4), (1, 0.0), (3, 0.02), (5, 0.05)):
        assert stop_after(db, folder, pages, delay, signal.SIGKILL)[0] in (-signal.SIGKILL, 0)
    assert run(db, "sync", "tables", folder)[0] == 0
    assert digest(db) == undisturbed
    assert pages_in(db) == PAGES, "a page was taken twice"


@pytest.mark.slow
def test_kill_9_at_thirty_moments(tmp_path, folder, undisturbed):
    for i in range(30):
        db = tmp_path / f"{i}.db"
        stop_after(db, folder, i % PAGES, 0.007 * i, signal.SIGKILL)
        assert run(db, "sync", "tables", folder)[0] == 0
        assert digest(db) == undisturbed, i


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_sync_that_is_asked_to_stop_goes_on_where_it_ended(tmp_path, folder, undisturbed, sign):
    for attempt in range(8):  # on a busy machine a sync may be done before the signal comes
        db = tmp_path / f"{attempt}.db"
        code, err = stop_between_pages(db, folder, sign)
        if code != 0:
            break
    assert code == (130 if sign == signal.SIGINT else -sign) and "Traceback" not in err, err
    kept = pages_in(db)
    assert 1 <= kept < MANY
    assert run(db, "sync", "tables", folder)[0] == 0
    assert digest(db) == undisturbed and pages_in(db) < kept + PAGES + 1, "a page was taken twice"


# -- full --------------------------------------------------------------------------------------------------------------


def test_a_disk_that_is_full_takes_no_half_page_and_goes_on_when_there_is_space(
    tmp_path, folder, cli, monkeypatch, undisturbed
):
    db, connect, limit = tmp_path / "g.db", SqliteLedger._connect, [400]
    monkeypatch.setenv("GRAPHSVC_PAGE_ROWS", str(ROWS // PAGES))

    def limited(self: SqliteLedger) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute(f"PRAGMA max_page_count = {limit[0]}")  # [pages of 4 kB]: what lies beyond is "disk full"
        return connection

    monkeypatch.setattr(SqliteLedger, "_connect", limited)
    full = cli("--db", db, "--json", "sync", "tables", folder)
    assert full.code == 6 and full.json["error"] == "store.disk_full" and full.err.count("\n") == 1
    kept = pages_in(db)
    assert 1 <= kept < PAGES, "the test's limit is too low or too high"
    assert cli("--db", db, "--lang", "zh", "sync", "tables", folder).code == 6 and pages_in(db) == kept
    limit[0] = 1_000_000
    assert cli("--db", db, "sync", "tables", folder).code == 0
    assert digest(db) == undisturbed and pages_in(db) == PAGES


def test_a_file_that_may_not_grow_is_one_sentence_and_nothing_is_half_written(tmp_path, folder, undisturbed):
    db = tmp_path / "g.db"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    code, _, err = run(db, "sync", "tables", folder, preexec_fn=small_files)
    assert code == 6 and str(db) in err and len(err.strip().splitlines()) == 1
    assert pages_in(db) < PAGES
    assert run(db, "sync", "tables", folder)[0] == 0
    assert digest(db) == undisturbed


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_database_on_a_full_device_is_one_sentence(small, cli):
    found = cli("--db", "/dev/full", "--lang", "zh", "sync", "tables", small)
    assert found.code == 6 and "磁盘已满" in found.err and len(found.err.strip().splitlines()) == 1


def test_an_export_that_cannot_be_written_leaves_the_old_file(tmp_path, small, cli, monkeypatch):
    db, out = tmp_path / "g.db", tmp_path / "out.csv"
    cli("--db", db, "sync", "tables", small)
    out.write_text("old")
    import pyarrow.csv

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pyarrow.csv, "write_csv", full)
    found = cli("--db", db, "--json", "export", "scores", "tie_strength", "--out", out)
    assert found.code != 0 and found.json["error"] == "errors.cannot_write" and "No space left" in found.err
    assert out.read_text() == "old" and [p.name for p in tmp_path.glob("out*")] == ["out.csv"]
    missing = cli("--db", db, "export", "ties", "--out", tmp_path / "no" / "such" / "x.csv")
    assert missing.code == 6 and len(missing.err.strip().splitlines()) == 1


# -- locked ------------------------------------------------------------------------------------------------------------


def test_a_writer_that_waits_too_long_says_so_and_readers_do_not_wait(tmp_path, small, cli, monkeypatch):
    db = tmp_path / "g.db"
    cli("--db", db, "sync", "tables", small)
    before = digest(db)
    (small / "people.csv").write_text("id,name\na,Ann\n")
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.5")
    command = [sys.executable, "-c", HOLD, str(db)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        for language, word in (("en", "Another process"), ("zh", "另一个进程")):
            found = cli("--db", db, "--lang", language, "sync", "tables", small)
            assert found.code == 75 and word in found.err and len(found.err.strip().splitlines()) == 1
            assert 0.4 < found.seconds < 3
        assert cli("--db", db, "--json", "runs").code == 0
        assert cli("--db", db, "--json", "score", "tie_strength").code == 75
        assert digest(db) == before
        holder.communicate(b"")
    assert cli("--db", db, "--json", "sync", "tables", small).json["total"]["taken"] == 1


# -- databases that are not ours, not whole or not to be written ------------------------------------------------------


def settled(db: Path) -> None:
    """All in one file."""
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for end in ("-wal", "-shm"):
        db.with_name(db.name + end).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small database in one file."""
    folder = tmp_path_factory.mktemp("one")
    (folder / "interactions.csv").write_text("time,from,to\n2024-01-01,a,b\n")
    run(folder / "g.db", "sync", "tables", folder)
    settled(folder / "g.db")
    return folder / "g.db"


def newer(db: Path) -> None:
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("PRAGMA user_version = 9999")


def foreign(db: Path) -> None:
    db.unlink()
    with closing(sqlite3.connect(db)) as connection:
        connection.execute("CREATE TABLE invoices(id)")


def no_database(db: Path) -> None:
    db.write_bytes(bytes(range(256)) * 32)


def cut(db: Path) -> None:
    db.write_bytes(db.read_bytes()[: db.stat().st_size // 2])


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (newer, "store.newer_schema"),
        (foreign, "store.not_ours"),
        (no_database, "store.damaged"),
        (cut, "store.damaged"),
    ],
    ids=lambda x: getattr(x, "__name__", None),
)
@pytest.mark.parametrize("command", [["sync", "tables", "."], ["score"], ["runs"], ["doctor"]], ids=lambda c: c[0])
def test_a_database_that_cannot_be_used_is_one_sentence_and_stays_as_it_is(
    tmp_path, small, whole, cli, harm, code, command
):
    db = tmp_path / "g.db"
    shutil.copy(whole, db)
    harm(db)
    settled(db) if harm is newer else None
    before = db.read_bytes()
    command = [small if part == "." else part for part in command]
    found = cli("--db", db, "--json", *command)
    assert found.code == 6 and found.json["error"] == code
    assert len(found.err.strip().splitlines()) == 1 and db.name in found.err
    assert cli("--db", db, "--lang", "zh", *command).code == 6
    assert db.read_bytes() == before


def test_a_database_where_none_can_be_is_one_sentence(tmp_path, small, cli):
    for place in (tmp_path, small / "interactions.csv" / "x.db", Path("/proc/x.db")):
        found = cli("--db", place, "sync", "tables", small)
        assert found.code == 6 and len(found.err.strip().splitlines()) == 1, found.err
    for url in ("mysql://x/y", "sqlite:///"):
        found = cli("--db", url, "sync", "tables", small)
        assert found.code == 2 and len(found.err.strip().splitlines()) == 1
    found = cli("--db", tmp_path / "none.db", "score")
    assert found.code == 3 and not (tmp_path / "none.db").exists()


def test_a_database_that_may_not_be_written_is_one_sentence(tmp_path, small, cli, monkeypatch):
    db, connect = tmp_path / "g.db", SqliteLedger._connect
    cli("--db", db, "sync", "tables", small)
    (small / "people.csv").write_text("id,name\na,Ann\n")

    def read_only(self: SqliteLedger) -> sqlite3.Connection:
        connection = connect(self)
        connection.execute("PRAGMA query_only = ON")  # tests may run as root, who may write everywhere
        return connection

    monkeypatch.setattr(SqliteLedger, "_connect", read_only)
    found = cli("--db", db, "--json", "sync", "tables", small)
    assert found.code == 6 and found.json["error"] == "store.read_only"
    assert cli("--db", db, "--json", "runs").code == 0, "reading needs no right to write"


@pytest.fixture
def medium(monkeypatch):
    """Says of the files below a folder that they may not be written, as a read-only medium does to root, too."""
    may = os.access
    shut: list[Path] = []

    def access(path, mode, **more):
        inside = any(Path(path).is_relative_to(folder) for folder in shut)
        return not (inside and mode & os.W_OK) and may(path, mode, **more)

    monkeypatch.setattr(os, "access", access)
    return shut


def test_a_database_on_a_read_only_medium_is_read_as_it_lies_there(tmp_path, small, cli, medium):
    folder = tmp_path / "disc"
    folder.mkdir()
    db = folder / "g.db"
    cli("--db", db, "sync", "tables", small)
    medium.append(folder)
    for asked in (["search", "a"], ["top", "a"], ["runs"], ["doctor"], ["export", "ties", "--out", tmp_path / "t.csv"]):
        found = cli("--db", db, *asked)
        assert found.code == 0, (asked, found.err)
    assert cli("--db", db, "copy", db, tmp_path / "copied.db").code == 0
    for asked in (["own", "x.example"], ["fit"], ["sync", "tables", small, "--name", "again"]):
        found = cli("--db", db, "--json", *asked)
        assert (found.code, found.json["error"]) == (6, "store.read_only"), asked
    assert sorted(p.name for p in folder.iterdir()) == ["g.db"], "nothing is written beside it"


def test_a_database_that_somebody_writes_is_not_read_past_its_log(tmp_path, small, cli, medium):
    db = tmp_path / "g.db"
    cli("--db", db, "sync", "tables", small)
    with closing(sqlite3.connect(db, isolation_level=None)) as writer:
        writer.execute("INSERT INTO words (pk, text) VALUES (9999, 'in the log only')")
        medium.append(tmp_path)
        with closing(SqliteStore(db, create=False)) as store:
            found = store.ledger.connection.execute("SELECT text FROM words WHERE pk = 9999").fetchall()
    assert found == [("in the log only",)]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_sentence(tmp_path, small, cli):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    found = cli("--db", locked / "g.db", "sync", "tables", small)
    assert found.code == 6 and len(found.err.strip().splitlines()) == 1
