"""What is due is found once, by however many look; what was left lying is found again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from graphsvc import pipeline
from graphsvc.clock import read_moment
from graphsvc.dispatch import HANDED_OUT, KEPT, Due, start, waits
from graphsvc.errors import InputError
from graphsvc.jobs import Job, new_job, read
from graphsvc.local_worker import LocalWorker, beside
from graphsvc.policy import OWNER
from graphsvc.registry import find_source
from graphsvc.schedule import SETTING, Entry, read_every, with_planned
from graphsvc.work import Limits, Place
from tests.unit.jobs.memory import Hands, MemoryJobs

LIMITS = Limits(lease=60.0, hard=600.0)


@pytest.fixture
def planned(place: Place, folder: Path) -> Place:
    setting = with_planned(None, find_source("tables"), "crm", "5m", {"path": str(folder), "name": "crm"})
    place.workspace.store.set_setting(SETTING, setting, OWNER)
    return place


def keys(jobs: list[Job]) -> list[str]:
    return [":".join((job.slot or "").split(":")[:2]) for job in jobs]


def finish(book: MemoryJobs, jobs: list[Job]) -> None:
    for job in jobs:
        book.change(job.id, ("queued", "running"), state="done", owner=None, lease=None)


def test_nothing_is_computed_of_nothing(planned: Place) -> None:
    assert keys(Due(planned).tick()) == ["sync:crm"]


def test_two_beats_claim_each_slot_once(planned: Place, book: MemoryJobs, hands: Hands, folder: Path) -> None:
    pipeline.sync_named(planned.workspace.store, "tables", {"path": folder})
    beats = [Due(planned), Due(planned)]
    for _ in range(3 * 12):  # three hours by fives
        for beat in beats:
            finish(book, beat.tick())
        hands.move(300)
    slots = Counter(job.slot for job in book.jobs.values())
    assert set(slots.values()) == {1}
    kinds = Counter(job.kind for job in book.jobs.values())
    assert kinds["sync"] == 36 and kinds["fit"] == kinds["weekly"] == 1


def test_after_a_long_stop_an_entry_runs_once_and_not_once_per_period(
    planned: Place, book: MemoryJobs, hands: Hands
) -> None:
    finish(book, Due(planned).tick())
    hands.move(3 * 86_400)
    late = Due(planned).tick()
    assert keys(late) == ["sync:crm"]


def test_the_next_slot_waits_for_the_last_and_is_then_made_up(planned: Place, book: MemoryJobs, hands: Hands) -> None:
    due = Due(planned)
    first = due.tick()
    book.change(first[0].id, ("queued",), state="running", owner="w", lease=hands.now + 10**12)
    hands.move(301)
    assert due.tick() == [], "two syncs of one source at once"
    book.change(first[0].id, ("running",), state="done")
    assert keys(due.tick()) == ["sync:crm"], "its slot holds still"


@pytest.mark.parametrize(
    ("entry", "busy", "held"),
    [
        (Entry("sync", "crm", read_every("5m")), new_job("sync", {"name": "crm"}, 0), True),
        (Entry("sync", "crm", read_every("5m")), new_job("sync", {"name": "mail"}, 0), False),
        (Entry("weekly", "lists", read_every("1w"), after=("fit",)), new_job("fit", {}, 0), True),
        (Entry("score", "all", read_every("1d")), new_job("score", {}, 0, "score:live:x"), False),
    ],
    ids=["same source by hand", "another source", "what it needs", "another entry"],
)
def test_what_holds_an_entry_up(entry: Entry, busy: Job, held: bool) -> None:
    assert waits(entry, [busy]) == held


def test_live_scores_only_where_something_changed(place: Place, book: MemoryJobs, hands: Hands, folder: Path) -> None:
    pipeline.sync_named(place.workspace.store, "tables", {"path": folder})
    worker = LocalWorker(place, LIMITS)
    while worker.once():
        pass
    assert {job.state for job in book.jobs.values()} == {"done"}, [read(j.error) for j in book.jobs.values()]
    before = Counter(keys(list(book.jobs.values())))
    assert before["score:all"] == before["fit:all"] == 1 and before["score:live"] == 0
    hands.move(1200)
    assert worker.once() == [], "scored again, and nothing had changed"
    (folder / "people.csv").write_text("id,name\nnew@x.example,New\n")
    pipeline.sync_named(place.workspace.store, "tables", {"path": folder, "name": "again"})
    assert keys(worker.once()) == ["score:live"]


def test_a_lost_message_is_sent_again_and_a_waiting_one_is_not(place: Place, book: MemoryJobs, hands: Hands) -> None:
    due, job = Due(place), new_job("fit", {}, hands.now)
    book.add(job)
    assert [j.id for j in due.tick()] == [job.id]
    assert due.tick() == [] and Due(place).tick() == [], "a job that waits for a free worker is sent over and over"
    hands.move(HANDED_OUT / 1e6)
    assert [j.id for j in due.tick()] == [job.id], "Redis lost its message"


def test_a_job_whose_worker_died_is_handed_out_when_its_lease_runs_out(
    place: Place, book: MemoryJobs, hands: Hands
) -> None:
    due = Due(place)
    job = replace(new_job("fit", {}, 0), state="running", owner="dead", lease=hands.now + 60_000_000, attempts=1)
    book.add(job)
    assert due.tick() == []
    hands.move(60)
    assert [j.id for j in due.tick()] == [job.id]
    assert due.tick() == [], "handed out at every tick until somebody takes it"


def test_a_second_worker_that_dies_between_two_ticks_leaves_the_job_to_a_third(
    place: Place, book: MemoryJobs, hands: Hands
) -> None:
    due = Due(place)
    job = replace(new_job("fit", {}, 0), state="running", owner="first", lease=hands.now, attempts=1)
    book.add(job)
    assert [j.id for j in due.tick()] == [job.id]
    book.change(job.id, ("running",), owner="second", lease=hands.now + 1_000_000, attempts=2)
    hands.move(2)
    assert [j.attempts for j in due.tick()] == [2], "the silence of the second passes for that of the first"


def test_jobs_that_ended_long_ago_go_once_a_day_and_no_slot_comes_again(
    place: Place, book: MemoryJobs, hands: Hands, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A yearly source keeps its job as long as its slot holds, else it would run again in the same year."""
    options = {"path": str(folder), "name": "crm"}
    place.workspace.store.set_setting(SETTING, with_planned(None, find_source("tables"), "crm", "300d", options), OWNER)
    slot = read_every("300d").start(hands.now, UTC)
    hands.now = slot + 100_000_000
    asked = [replace(new_job("fit", {}, slot - 1, f"old {n}"), state="done", finished=slot - 1) for n in range(3)]
    active = replace(new_job("fit", {}, slot - 1), state="running", owner="w", lease=slot + 10**15)
    for job in (*asked, active):
        book.add(job)
    due = Due(place)
    yearly = due.tick()
    assert keys(yearly) == ["sync:crm"] and len(book.jobs) == 5, "what ended yesterday went"
    book.change(yearly[0].id, ("queued",), state="done", finished=hands.now)
    hands.now = slot + KEPT + 200_000_000
    assert due.tick() == []
    assert set(book.jobs) == {yearly[0].id, active.id}
    pruned: list[int] = []
    monkeypatch.setattr(book, "prune", pruned.append)
    hands.move(86_000)
    due.tick()
    assert pruned == [], "more than once a day"
    hands.move(400)
    assert due.tick() == [] and len(pruned) == 1


def test_without_redis_a_started_job_waits_for_whoever_ticks(place: Place, book: MemoryJobs) -> None:
    job = start(book, "weekly", {}, place.workspace.clock(), None)
    assert [j.state for j in LocalWorker(place, LIMITS).once()] == ["done"]
    assert book.jobs[job.id].state == "done"
    with pytest.raises(InputError):
        start(book, "dance", {}, 0, None)


def test_the_thread_beside_the_api_works_and_ends(planned: Place, book: MemoryJobs) -> None:
    import time

    with beside(planned, LIMITS, tick=0.02):
        deadline = time.monotonic() + 30
        while not any(job.kind == "sync" and job.state == "done" for job in list(book.jobs.values())):
            assert time.monotonic() < deadline, [(j.kind, j.state, j.error) for j in book.jobs.values()]
            time.sleep(0.02)


def test_slots_follow_the_workspaces_zone(planned: Place, book: MemoryJobs, hands: Hands, folder: Path) -> None:
    store = planned.workspace.store
    pipeline.sync_named(store, "tables", {"path": folder})
    hands.now = read_moment("2026-05-31T22:30")
    weekly = {}
    for zone in ("Europe/Berlin", "Asia/Shanghai"):
        store.set_setting("timezone", zone, OWNER)
        book.jobs.clear()
        due = Due(planned)
        jobs = due.tick()
        finish(book, jobs)
        weekly[zone] = [j.slot for j in [*jobs, *due.tick()] if j.kind == "fit"]
    assert weekly["Europe/Berlin"] == ["fit:all:2026-05-25T01:30:00Z"]
    assert weekly["Asia/Shanghai"] == ["fit:all:2026-05-31T19:30:00Z"]
