"""What every store promises of jobs: one row each, changed by compare-and-set, whoever else does so at that moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from graphsvc.jobs import Job, State, StoreJobs, cancel, find_job, new_job
from graphsvc.stores import kept_jobs
from tests.contract.store.taker import take_all

ROOT = Path(__file__).parents[3]
SLOTS = 6
FULL = Job(
    "0f" * 8, "sync", '{"名": "客户"}', "running", "sync:crm:2026-06-01", 2**60, 1, 2, "host:1:ab", 3, 4, 0.25, 5,
    '{"code": "jobs.doing_sync"}', "it failed", "{}", 1,
)  # fmt: skip


def waiting(count: int) -> list[Job]:
    return [Job(f"{n:016x}", "fit", created=n) for n in range(count)]


# -- one after the other ----------------------------------------------------------------------------------------------


def test_a_job_comes_back_as_it_was_kept(store: Any) -> None:
    assert store.add_job(FULL)
    assert store.get_job(FULL.id) == FULL
    assert store.list_jobs() == [FULL]
    bare = new_job("weekly", {}, 7)
    assert store.add_job(bare)
    assert store.get_job(bare.id) == bare, "what is not known came back as something"
    assert store.get_job("none") is None


def test_of_one_id_and_of_one_slot_there_is_one_job(store: Any) -> None:
    assert store.add_job(FULL)
    assert not store.add_job(replace(FULL, slot="another")), "a second job of this id"
    assert not store.add_job(replace(FULL, id="other")), "a second job of this slot"
    assert not store.add_job(FULL)
    assert store.list_jobs() == [FULL]
    without = [new_job("fit", {}, 1) for _ in range(2)]
    assert all(store.add_job(job) for job in without), "jobs without a slot stood in each other's way"


def test_a_change_happens_only_where_its_condition_holds(store: Any) -> None:
    job = new_job("fit", {}, 1)
    store.add_job(job)
    assert store.change_job("none", ("queued",), state="done") is None
    assert store.change_job(job.id, ("running",), state="done") is None
    assert store.change_job(job.id, ("queued",), held_by="w1", state="done") is None
    assert store.get_job(job.id) == job
    taken = store.change_job(job.id, ("queued",), state="running", owner="w1", lease=9, attempts=1)
    assert taken == replace(job, state="running", owner="w1", lease=9, attempts=1) == store.get_job(job.id)
    assert store.change_job(job.id, ("running",), held_by="w2", lease=10) is None
    assert store.change_job(job.id, ("queued", "running"), held_by="w1", lease=None, progress=0.5) == replace(
        taken, lease=None, progress=0.5
    )
    assert store.change_job(job.id, ("running",)) == store.get_job(job.id), "a look changed the job"


@pytest.mark.parametrize("field", [name for name in asdict(FULL) if name not in ("id", "kind", "args", "created")])
def test_each_field_can_be_set_and_taken_back(store: Any, field: str) -> None:
    base = Job(FULL.id, "sync", created=1)
    store.add_job(base)
    told = getattr(FULL, field)
    assert store.change_job(base.id, ("queued",), **{field: told}) == replace(base, **{field: told})
    assert store.change_job(base.id, ("queued", "running"), **{field: getattr(base, field)}) == base


def test_jobs_are_listed_newest_first_by_state_and_at_most_so_many(store: Any) -> None:
    states: list[State] = ["queued", "running", "done", "queued", "failed"]
    jobs = [Job(f"j{n}", "fit", state=state, created=n) for n, state in enumerate(states)]
    for job in reversed(jobs):
        store.add_job(job)
    assert [job.id for job in store.list_jobs()] == ["j4", "j3", "j2", "j1", "j0"]
    assert [job.id for job in store.list_jobs("queued")] == ["j3", "j0"]
    assert [job.id for job in store.list_jobs(None, 2)] == ["j4", "j3"]
    assert store.list_jobs("cancelled") == []


def test_a_log_has_its_lines_in_the_order_they_came(store: Any) -> None:
    lines = [(5, "first"), (5, "first"), (4, "clocks may differ"), (9, "第四行")]
    for time, line in lines:
        store.log_job("a", line, time)
    store.log_job("b", "another's", 1)
    assert store.job_lines("a") == lines
    assert store.job_lines("b") == [(1, "another's")]
    assert store.job_lines("none") == []


def test_jobs_keep_apart_from_the_sequence(store: Any) -> None:
    store.add_job(FULL)
    store.change_job(FULL.id, ("running",), state="done")
    store.log_job(FULL.id, "x", 1)
    store.prune_jobs(2**62)
    assert store.sequence == 0, "a job is no change of the graph"


def test_the_store_is_a_book_of_jobs(store: Any) -> None:
    book = StoreJobs(store)
    job = new_job("fit", {}, 1)
    assert book.add(job)
    assert cancel(book, job.id, 5).state == "cancelled"
    assert find_job(book, job.id).finished == 5
    assert len(book.lines(job.id)) == 1
    assert book.prune(6) == 1 and book.list() == []


# -- housekeeping -----------------------------------------------------------------------------------------------------


def test_old_jobs_go_with_their_logs_and_no_others(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_jobs, "PRUNED", 3)  # several transactions
    old = [Job(f"old{n}", "fit", state=state, created=n, finished=50 + n, slot=f"s{n}")
           for n, state in enumerate(["done", "failed", "cancelled", "done", "done", "done", "done"])]  # fmt: skip
    kept = [
        Job("recent", "fit", state="done", created=1, finished=100),
        Job("running", "fit", state="running", created=1, started=2),
        Job("waiting", "fit", created=1),
        Job("again", "fit", created=1, finished=3),
    ]
    for job in (*old, *kept):
        store.add_job(job)
        store.log_job(job.id, "said", 1)
    assert store.prune_jobs(100) == len(old)
    assert {job.id for job in store.list_jobs()} == {job.id for job in kept}
    assert [store.job_lines(job.id) for job in old] == [[]] * len(old), "lines of a job that is gone"
    assert [store.job_lines(job.id) for job in kept] == [[(1, "said")]] * len(kept)
    assert store.prune_jobs(100) == 0
    assert store.add_job(replace(old[0], id="anew")), "the slot of a job that is gone stays taken"


# -- all at once ------------------------------------------------------------------------------------------------------


def test_of_eight_threads_one_wins_each_slot_and_takes_each_job(store: Any) -> None:
    for job in waiting(SLOTS):
        store.add_job(job)
    barrier = Barrier(8)

    def taker(number: int) -> dict[str, list[str]]:
        barrier.wait(30)
        return take_all(store, f"t{number}", SLOTS)

    with ThreadPoolExecutor(8) as pool:
        fair(list(pool.map(taker, range(8))), store)


def test_of_two_processes_one_wins_each_slot_and_takes_each_job(store: Any) -> None:
    for job in waiting(SLOTS):
        store.add_job(job)
    command = [sys.executable, "-m", "tests.contract.store.taker", store.url]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    takers = [
        subprocess.Popen([*command, f"p{n}", str(SLOTS)], cwd=ROOT, env=env, text=True, stdin=-1, stdout=-1)
        for n in range(2)
    ]
    try:
        for taker in takers:
            assert taker.stdout is not None and taker.stdout.readline() == "ready\n"
        for taker in takers:
            assert taker.stdin is not None
            taker.stdin.write("go\n")
            taker.stdin.flush()
        said = [json.loads(taker.communicate(timeout=120)[0]) for taker in takers]
    finally:
        for taker in takers:
            taker.kill()
            taker.communicate()
    fair(said, store)


def fair(said: list[dict[str, list[str]]], store: Any) -> None:
    """Each slot was won once and each job taken once, and the store says so too."""
    assert Counter(slot for one in said for slot in one["won"]) == Counter(f"slot {n}" for n in range(SLOTS))
    assert Counter(ident for one in said for ident in one["taken"]) == Counter(job.id for job in waiting(SLOTS))
    jobs = store.list_jobs(None, 1000)
    assert Counter(job.slot for job in jobs if job.slot) == Counter(f"slot {n}" for n in range(SLOTS))
    owners = {job.id: job.owner for job in jobs if job.slot is None}
    assert None not in owners.values() and len(owners) == SLOTS


def test_lines_logged_at_once_are_all_kept(store: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.log_job("j", str(n), n), range(24)))
    assert sorted(store.job_lines("j")) == [(n, str(n)) for n in range(24)]


def test_a_step_of_many_threads_is_counted_each_time(store: Any) -> None:
    """Compare-and-set by owner: whoever lost must look again, and nobody's step is lost."""
    store.add_job(Job("j", "fit", state="running", owner="0"))

    def step(_: int) -> None:
        while True:
            seen = store.get_job("j")
            if store.change_job("j", ("running",), held_by=seen.owner, owner=str(int(seen.owner) + 1)):
                return

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(step, range(12)))
    assert store.get_job("j").owner == "12"
