"""Workers, beats and Redis that die in mid-task: nothing is lost, nothing is done twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from graphsvc.clock import now
from graphsvc.dispatch import start
from graphsvc.jobs import Job, StoreJobs, read
from graphsvc.policy import OWNER
from graphsvc.registry import find_source
from graphsvc.schedule import SETTING, with_planned
from graphsvc.stores import open_store
from tests.servers.redis import RedisServer

pytestmark = pytest.mark.redis
ROOT = Path(__file__).parents[2]
STUCK = Path(__file__).with_name("worker_process.py")
PATIENCE = 90.0  # [s]


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Tables of five hundred pages: enough to be met in the middle of, on any machine."""
    folder = tmp_path / "in"
    folder.mkdir()
    people = "".join(f"p{i}@x{i % 7}.example,Name {i}\n" for i in range(200))
    rows = (
        f"2026-05-{1 + i % 28:02d}T{i % 24:02d}:{i % 60:02d},p{i % 200}@x{i % 200 % 7}.example,p{i * 7 % 199}\n"
        for i in range(25_000)
    )
    (folder / "people.csv").write_text(f"id,name\n{people}")
    (folder / "interactions.csv").write_text(f"time,from,to\n{''.join(rows)}")
    return folder


class Fleet:
    """Processes over one database and one Redis, and the jobs they do."""

    def __init__(self, db: Path, redis: str, stack: ExitStack) -> None:
        self.db, self.redis, self._stack = db, redis, stack
        self.store = open_store(f"sqlite:///{db}")
        self.book = StoreJobs(self.store)
        self.env = os.environ | {
            "GRAPHSVC_REDIS_URL": redis, "GRAPHSVC_LEASE_SECONDS": "2", "GRAPHSVC_WORKSPACE_KEY": "6b" * 32,
            "GRAPHSVC_PAGE_ROWS": "50", "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore",
        }  # fmt: skip

    def command(self, *args: str) -> subprocess.Popen[bytes]:
        """A ``graphsvc`` process, killed with all its children at the end of the test."""
        return self.process("-m", "graphsvc.cli", "--db", str(self.db), *args)

    def process(self, *args: str) -> subprocess.Popen[bytes]:
        log = self._stack.enter_context((self.db.parent / f"{time.monotonic_ns()}.log").open("wb"))
        made = subprocess.Popen(
            [sys.executable, *args], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        self._stack.callback(self.kill, made)
        return made

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """SIGKILL for a process and its children."""
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start(self, kind: str, **args: Any) -> str:
        return start(self.book, kind, args, now(), self.redis).id

    def sync(self, folder: Path) -> str:
        options = {"path": str(folder), "page_rows": 50}
        return self.start("sync", source="tables", name="tables", options=options)

    def job(self, ident: str) -> Job:
        found = self.book.get(ident)
        assert found is not None
        return found

    def until(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            if time.monotonic() > deadline:
                logs = "\n".join(p.read_text(errors="replace")[-3000:] for p in sorted(self.db.parent.glob("*.log")))
                pytest.fail(f"not within {PATIENCE} s: {what}; {self.book.list()}\n{logs}")
            time.sleep(0.01)

    def ended(self, ident: str) -> Job:
        self.until("the job ends", lambda: self.job(ident).state not in ("queued", "running"))
        return self.job(ident)

    def log(self, ident: str) -> list[str]:
        return [read(line) or "" for _, line in self.book.lines(ident)]


@contextmanager
def fleet_over(db: Path, redis: str) -> Iterator[Fleet]:
    db.parent.mkdir(exist_ok=True)
    with ExitStack() as stack:
        fleet = Fleet(db, redis, stack)
        stack.enter_context(closing(fleet.store))
        yield fleet


@pytest.fixture
def fleet(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", "6b" * 32)
    with fleet_over(tmp_path / "fleet" / "w.db", redis_url) as made:
        yield made


def undisturbed(folder: Path, tmp_path: Path) -> str:
    from graphsvc.pipeline import sync_named

    with closing(open_store(f"sqlite:///{tmp_path / 'whole.db'}")) as store:
        sync_named(store, "tables", {"path": folder, "page_rows": 50})
        return content(store)


def content(store: Any) -> str:
    assert all(c["ok"] for c in store.check() if c["check"] != "free_space")
    digest: str = store.content_digest()
    return digest


def test_a_sync_whose_workers_are_killed_ends_as_an_undisturbed_one(fleet: Fleet, tables: Path, tmp_path: Path) -> None:
    fleet.command("beat")
    ident = fleet.sync(tables)
    for kills, pages in enumerate((0, 15, 40), 1):
        worker = fleet.command("worker", "--concurrency", "1")
        fleet.until(f"attempt {kills} is under way", lambda k=kills, p=pages: (
            fleet.job(ident).attempts == k and fleet.store.sequence >= p
        ))  # fmt: skip
        fleet.kill(worker)
        assert fleet.job(ident).state == "running", "killed too late to prove anything"
    fleet.command("worker", "--concurrency", "1")
    done = fleet.ended(ident)
    assert (done.state, done.attempts) == ("done", 4), fleet.log(ident)
    assert [r.id for r in fleet.store.runs("sync")] == [ident]
    assert content(fleet.store) == undisturbed(tables, tmp_path)


def test_a_killed_pool_process_is_replaced_without_any_beat(fleet: Fleet, tables: Path, tmp_path: Path) -> None:
    worker = fleet.command("worker", "--concurrency", "1")
    ident = fleet.sync(tables)
    fleet.until("some pages are in", lambda: fleet.store.sequence >= 10)
    owner = fleet.job(ident).owner or ""
    assert int(owner.split(":")[1]) != worker.pid
    os.kill(int(owner.split(":")[1]), signal.SIGKILL)  # as the kernel does when memory is short
    done = fleet.ended(ident)
    assert (done.state, done.attempts) == ("done", 2), fleet.log(ident)
    assert content(fleet.store) == undisturbed(tables, tmp_path)


def test_two_beats_give_one_job_per_slot(fleet: Fleet, tables: Path) -> None:
    setting = with_planned(None, find_source("tables"), "often", "10s", {"path": str(tables), "name": "often"})
    fleet.store.set_setting(SETTING, setting, OWNER)
    for _ in range(2):
        fleet.command("beat")
    fleet.command("worker", "--concurrency", "1")
    fleet.until("two slots are done", lambda: sum(j.kind == "sync" for j in fleet.book.list("done")) >= 2)
    jobs = fleet.book.list(limit=1000)
    assert set(Counter(job.slot for job in jobs).values()) == {1}
    assert {job.attempts for job in jobs if job.state == "done"} == {1}


def test_a_message_delivered_twice_is_done_once(fleet: Fleet, tables: Path) -> None:
    from graphsvc.worker import make_app, send

    ident = fleet.sync(tables)
    with make_app(fleet.redis) as app:
        for _ in range(3):
            send(app, fleet.job(ident))
    fleet.command("worker", "--concurrency", "2")
    assert fleet.ended(ident).attempts == 1
    later = fleet.start("fit")  # by the time this is done the repeats have been looked at
    assert fleet.ended(later).state == "done"
    assert fleet.log(ident).count("Done.") == 1 and fleet.job(ident).attempts == 1


@pytest.mark.parametrize("how", ["asleep", "deaf"])
def test_a_job_past_its_time_fails_and_its_worker_goes_on(fleet: Fleet, how: str) -> None:
    fleet.process(str(STUCK), f"sqlite:///{fleet.db}", fleet.redis, how)
    first = fleet.ended(fleet.start("weekly"))
    assert first.state == "failed" and "4" in (read(first.error) or ""), first
    assert fleet.ended(fleet.start("fit")).state == "done", "the worker takes nothing any more"


def test_cancelling_reaches_a_worker(fleet: Fleet, tables: Path) -> None:
    fleet.command("worker", "--concurrency", "1")
    ident = fleet.sync(tables)
    fleet.until("it runs", lambda: fleet.store.sequence >= 5)
    fleet.book.change(ident, ("running",), cancel=1)
    assert fleet.ended(ident).state == "cancelled"
    again = fleet.ended(fleet.sync(tables))
    assert again.state == "done"
    assert 0 < json.loads(again.report or "")["total"]["read"] < 25_200, "it did not go on where the other stopped"


def test_workers_outlive_redis(
    own_redis: RedisServer, tmp_path: Path, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", "6b" * 32)
    own_redis.start()
    with fleet_over(tmp_path / "fleet" / "w.db", own_redis.url) as fleet:
        fleet.command("worker", "--concurrency", "1")
        fleet.command("beat")
        first = fleet.sync(tables)
        fleet.until("it runs", lambda: fleet.store.sequence >= 5)
        own_redis.kill()
        assert fleet.ended(first).state == "done", "the job does not need Redis"
        own_redis.start()
        second = fleet.ended(fleet.start("fit"))
        assert (second.state, second.attempts) == ("done", 1)
        assert fleet.job(first).attempts == 1 and fleet.log(first).count("Done.") == 1
