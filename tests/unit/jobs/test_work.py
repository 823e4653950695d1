"""A job is done once, by one owner, step by step, whatever happens to those who do it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graphsvc import pipeline, work
from graphsvc.errors import InputError, NotFoundError, StoreError, TransientError
from graphsvc.jobs import Job, cancel, new_job, read, shown
from graphsvc.phrases import phrase, use_language
from graphsvc.work import ATTEMPTS, BACKOFF, SECOND, Attempt, Limits, Place, take
from tests.unit.jobs.memory import Hands, MemoryJobs

LIMITS = Limits(lease=60.0, hard=600.0)
Task = Callable[[Attempt, Mapping[str, Any]], Mapping[str, Any]]


@pytest.fixture
def do(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[[Task], Job]:
    """Do a job whose task is the one given; the job as it is afterwards."""

    def run(task: Task) -> Job:
        monkeypatch.setattr(work, "TASKS", {"fit": task})
        job = new_job("fit", {}, place.workspace.clock())
        place.book.add(job)
        work.work(place, job.id, LIMITS, owner="me")
        found = place.book.get(job.id)
        assert found is not None
        return found

    return run


def log_of(book: MemoryJobs, job: Job) -> list[str]:
    use_language("en")
    return [read(line) or "" for _, line in book.lines(job.id)]


def sync_job(folder: Path, **options: Any) -> Job:
    args = {"source": "tables", "name": "tables", "options": {"path": str(folder), "page_rows": 2} | options}
    return new_job("sync", args, 0)


def test_a_sync_brings_in_what_there_is_and_says_so(place: Place, book: MemoryJobs, folder: Path) -> None:
    job = sync_job(folder)
    book.add(job)
    done = work.work(place, job.id, LIMITS)
    assert done is not None and (done.state, done.progress, done.owner, done.lease) == ("done", 1.0, None, None)
    report = json.loads(done.report or "")
    assert (report["total"]["read"], report["pages"] >= 5, report["run_id"]) == (10, True, job.id)
    assert [r.id for r in place.workspace.store.runs("sync")] == [job.id]
    assert log_of(book, job)[-1] == "Done."


def test_fit_and_score_keep_one_run_each_however_often_they_are_done(
    place: Place, book: MemoryJobs, folder: Path
) -> None:
    for job in (sync_job(folder), new_job("fit", {}, 1), new_job("score", {"names": ["tie_strength"]}, 2)):
        book.add(job)
        for _ in range(2):  # the second time as after a kill just before the last word
            done = work.work(place, job.id, LIMITS)
            assert done is not None and done.state == "done", read(done.error) if done else None
            book.jobs[job.id] = replace(done, state="running", lease=0, owner="gone")
    store = place.workspace.store
    assert [len(store.runs(kind)) for kind in ("sync", "fit", "score")] == [1, 1, 1]
    assert store.load_scores("tie_strength", store.runs("score")[0].id) is not None


def test_scoring_everything_checks_the_models_first(
    place: Place, book: MemoryJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []
    monkeypatch.setattr(work.canary, "check", lambda w: checked.append(len(w.store.runs("score"))))
    for args in ({"names": ["tie_strength"]}, {}):
        job = new_job("score", args, 0)
        book.add(job)
        done = work.work(place, job.id, LIMITS)
        assert done is not None and done.state == "done", read(done.error) if done else None
    assert checked == [1], "once, with the whole, before it is kept"


def test_scores_run_again_are_equal(place: Place, book: MemoryJobs, folder: Path) -> None:
    pipeline.sync_named(place.workspace.store, "tables", {"path": folder})
    tables = []
    for _ in range(2):
        job = new_job("score", {"names": ["tie_strength"]}, 0)
        book.add(job)
        work.work(place, job.id, LIMITS)
        tables.append(place.workspace.store.load_scores("tie_strength", job.id))
        place.workspace.forget()
    assert tables[0] is not None and tables[0].num_rows > 0 and tables[0].equals(tables[1])


def test_a_job_is_taken_by_one(place: Place, book: MemoryJobs) -> None:
    job = new_job("fit", {}, 0)
    book.add(job)
    winners: list[str] = []

    def grab(owner: str) -> None:
        if take(book, job.id, owner, LIMITS, 1) is not None:
            winners.append(owner)

    threads = [threading.Thread(target=grab, args=(f"w{i}",)) for i in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    found = book.get(job.id)
    assert found is not None and winners == [found.owner]
    assert take(book, job.id, "late", LIMITS, 2) is None, "a job under a living lease was taken"


def test_a_silent_owner_loses_the_job_and_can_say_nothing_more(
    place: Place, book: MemoryJobs, hands: Hands, do: Callable[[Task], Job]
) -> None:
    def slow(attempt: Attempt, _: Mapping[str, Any]) -> Mapping[str, Any]:
        hands.move(61)
        assert take(book, attempt.job.id, "other", LIMITS, hands.now) is not None, "its lease has run out"
        attempt.step(rows=7)
        raise AssertionError("went on without the lease")

    job = do(slow)
    assert (job.state, job.owner, job.done_rows, job.attempts) == ("running", "other", 0, 2)


def test_the_lease_is_renewed_while_one_step_takes_long(
    place: Place, book: MemoryJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def computing(attempt: Attempt, _: Mapping[str, Any]) -> Mapping[str, Any]:
        deadline = time.monotonic() + 20
        before = book.writes
        while book.writes < before + 3:
            assert time.monotonic() < deadline, "nothing renews the lease while a step computes"
            time.sleep(0.01)
        return {}

    monkeypatch.setattr(work, "TASKS", {"fit": computing})
    job = new_job("fit", {}, 0)
    book.add(job)
    done = work.work(place, job.id, Limits(lease=0.1, hard=600.0))
    assert done is not None and done.state == "done"


def test_progress_is_written_at_most_once_a_second(book: MemoryJobs, hands: Hands, do: Callable[[Task], Job]) -> None:
    def chatty(attempt: Attempt, _: Mapping[str, Any]) -> Mapping[str, Any]:
        before = book.writes
        for i in range(999):
            hands.move(0.01)  # ten seconds in all
            attempt.step(phrase("jobs.doing_fit", name="x"), rows=i, progress=i / 1000)
        assert 9 <= book.writes - before <= 11
        return {}

    job = do(chatty)
    assert (job.state, job.done_rows) == ("done", 998), "the last word is not kept"


def test_cancelling_stops_a_running_job_at_its_next_step(
    book: MemoryJobs, hands: Hands, do: Callable[[Task], Job]
) -> None:
    steps = []

    def task(attempt: Attempt, _: Mapping[str, Any]) -> Mapping[str, Any]:
        for i in range(5):
            steps.append(i)
            if i == 2:
                assert cancel(book, attempt.job.id, hands.now).state == "running"
            hands.move(1)
            attempt.step()
        return {}

    assert do(task).state == "cancelled"
    assert steps == [0, 1, 2]


def test_a_waiting_job_is_cancelled_at_once_and_one_that_is_over_not_at_all(place: Place, book: MemoryJobs) -> None:
    job = new_job("fit", {}, 0)
    book.add(job)
    assert cancel(book, job.id, 1).state == "cancelled"
    assert work.work(place, job.id, LIMITS) is None
    with pytest.raises(InputError) as over:
        cancel(book, job.id, 2)
    assert over.value.phrase.code == "jobs.over"
    with pytest.raises(NotFoundError):
        cancel(book, "nosuch", 2)


def test_a_cancelled_job_of_a_dead_worker_ends_when_its_lease_does(book: MemoryJobs) -> None:
    job = replace(new_job("fit", {}, 0), state="running", owner="dead", lease=50, attempts=1)
    book.add(job)
    cancel(book, job.id, 1)
    assert take(book, job.id, "me", LIMITS, 49) is None and book.jobs[job.id].state == "running"
    assert take(book, job.id, "me", LIMITS, 50) is None and book.jobs[job.id].state == "cancelled"


def test_what_may_pass_is_tried_again_later_and_not_for_ever(
    place: Place, book: MemoryJobs, hands: Hands, do: Callable[[Task], Job]
) -> None:
    def busy(*_: Any) -> Mapping[str, Any]:
        raise TransientError("store.busy", path="w.db", seconds=30)

    job = do(busy)
    assert (job.state, job.lease, job.attempts) == ("queued", hands.now + BACKOFF, 1)
    for attempt in range(2, ATTEMPTS + 1):
        work.work(place, job.id, LIMITS)
        assert book.jobs[job.id].attempts == attempt
    assert book.jobs[job.id].state == "failed"
    assert "w.db" in (read(book.jobs[job.id].error) or "")


def test_a_job_that_kills_its_workers_is_given_up(book: MemoryJobs) -> None:
    job = replace(new_job("fit", {}, 0), state="running", owner="dead", lease=0, attempts=ATTEMPTS)
    book.add(job)
    assert take(book, job.id, "me", LIMITS, 1) is None
    assert book.jobs[job.id].state == "failed" and str(ATTEMPTS) in (read(book.jobs[job.id].error) or "")


def test_each_attempt_may_be_silent_for_longer() -> None:
    leases = [work.lease_end(0, n, LIMITS) // SECOND for n in range(1, 5)]
    assert leases == [60, 120, 240, 480], "a long loop that lets no lease be renewed would never come to its end"


def test_a_final_error_fails_the_job_with_its_sentence_in_both_languages(do: Callable[[Task], Job]) -> None:
    def full(*_: Any) -> Mapping[str, Any]:
        raise StoreError("store.disk_full", path="w.db")

    job = do(full)
    assert job.state == "failed"
    use_language("en")
    english = read(job.error)
    use_language("zh")
    chinese = read(job.error)
    use_language(None)
    assert english and chinese and "disk" in english and "磁盘" in chinese


def test_a_defect_names_its_place_but_not_what_was_in_the_row(do: Callable[[Task], Job]) -> None:
    def defect(*_: Any) -> Mapping[str, Any]:
        raise KeyError("ann@secret.example")

    job = do(defect)
    assert job.state == "failed" and "secret" not in json.dumps(shown(job))
    assert "KeyError" in (read(job.error) or "") and "test_work.py" in (read(job.error) or "")


def test_time_over_fails_at_the_next_step(hands: Hands, do: Callable[[Task], Job]) -> None:
    def endless(attempt: Attempt, _: Mapping[str, Any]) -> Mapping[str, Any]:
        while True:
            hands.move(10)
            attempt.step()

    job = do(endless)
    assert job.state == "failed" and "600" in (read(job.error) or "")


def test_a_process_that_ends_hands_the_job_on(place: Place, book: MemoryJobs, folder: Path) -> None:
    job, pages = sync_job(folder), iter([False, False, False, True])
    book.add(job)
    left = work.work(place, job.id, LIMITS, released=lambda: next(pages, True))
    assert left is not None and (left.state, left.attempts, left.lease) == ("queued", 0, None)
    assert place.workspace.store.cursor("tables") is not None, "the pages it had committed stay"
    done = work.work(place, job.id, LIMITS)
    assert done is not None and done.state == "done"


def test_an_interrupt_hands_the_job_on(place: Place, book: MemoryJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> Mapping[str, Any]:
        raise KeyboardInterrupt

    monkeypatch.setattr(work, "TASKS", {"fit": interrupted})
    job = new_job("fit", {}, 0)
    book.add(job)
    with pytest.raises(KeyboardInterrupt):
        work.work(place, job.id, LIMITS)
    assert book.jobs[job.id].state == "queued"


@pytest.mark.parametrize(
    ("source", "options", "code"),
    [
        ("nosuch", {}, "errors.no_source"),
        ("tables", {"path": ".", "colour": "red"}, "errors.no_such_option"),
        ("tables", {"path": ".", "page_rows": 0}, "errors.bad_option"),
        ("tables", {}, "errors.bad_option"),
    ],
)
def test_wrong_options_are_said(source: str, options: dict[str, Any], code: str) -> None:
    with pytest.raises((InputError, NotFoundError)) as refused:
        work.configured(source, options)
    assert refused.value.phrase.code == code
