"""Who is due when, on whose clocks; and that a run delivers each once, whatever became of the run before."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api.answers.jobs import place_of
from api.delivery import smtp, timing
from api.delivery.config import Config
from api.delivery.journal import SENT, Journal, Mode, Outcome, kind_of
from api.delivery.post import Order, Post, Task
from api.delivery.preferences import Preferences, keep, standard
from api.delivery.runs import Report, is_due, run, run_due
from graphsvc.clock import DAY, iso_week, read_moment, show_moment
from graphsvc.dispatch import Due
from graphsvc.jobs import new_job
from graphsvc.policy import OWNER
from graphsvc.schedule import entries
from graphsvc.work import Limits, work
from graphsvc.workspace import Workspace
from tests.servers.mail_sink import Sink
from tests.unit.delivery.company import BOSS, NOW, REPS, WEEK
from tests.unit.jobs.memory import Hands

SetUp = Callable[[str], Config]
ONCE = dict.fromkeys(REPS, 1)


def nobody_told(done: int, total: int) -> None:
    """Progress that nobody reads."""


def ident(workspace: Workspace, key: str) -> str:
    return workspace.store.resolve(key, OWNER, "person")[0].id


def states(report: Report) -> dict[str, int]:
    return report.counts()


# -- when -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "weekday", "hour", "week", "due"),
    [
        ("Europe/Berlin", "monday", 8, "2026-W13", "2026-03-23T07:00:00Z"),  # winter time
        ("Europe/Berlin", "sunday", 2, "2026-W13", "2026-03-29T01:00:00Z"),  # 02:00 is leapt over: right after
        ("Europe/Berlin", "monday", 8, "2026-W14", "2026-03-30T06:00:00Z"),  # summer time
        ("Europe/Berlin", "sunday", 2, "2026-W43", "2026-10-25T00:00:00Z"),  # 02:00 comes twice: the first
        ("Asia/Shanghai", "monday", 7, "2026-W23", "2026-05-31T23:00:00Z"),  # in UTC it is still last week
        ("America/Los_Angeles", "friday", 17, "2026-W01", "2026-01-03T01:00:00Z"),
    ],
)
def test_a_list_is_due_on_the_reps_clocks(zone: str, weekday: Any, hour: int, week: str, due: str) -> None:
    wants = Preferences("en", zone, weekday, hour, ("mail",))
    moment = wants.due(week)
    assert show_moment(moment) == due
    assert wants.week(moment) == week and wants.next(moment - 1) == moment
    assert wants.next(moment) == wants.due(wants.week(moment + 7 * DAY)), "exactly one a week, leap or not"


def test_nobody_gets_a_mail_because_a_file_was_written(workspace: Workspace, set_up: SetUp, sink: Sink) -> None:
    set_up("")
    assert is_due(workspace)
    assert run_due(workspace, nobody_told)["left"] == 0 and not sink.raw, "Monday 08:00 was before it was set up"
    assert not is_due(workspace)


def test_each_gets_it_at_the_own_hour_once(workspace: Workspace, set_up: SetUp, sink: Sink, hands: Hands) -> None:
    set_up(
        'timezone = "Europe/Berlin"\ndigest = false\n'
        f'[reps."{REPS[0]}"]\ntimezone = "Asia/Shanghai"\n[reps."{REPS[1]}"]\nweekday = "wednesday"\nhour = 13\n'
    )
    run_due(workspace, nobody_told)  # Wednesday 14:00 in Berlin: from now on
    got: list[tuple[str, str]] = []
    for _ in range(24 * 14):  # two weeks, by the hour
        hands.move(3600)
        if is_due(workspace):
            before = len(sink.raw)
            run_due(workspace, nobody_told)
            got += [(m["To"].addresses[0].addr_spec, show_moment(hands.now)) for m in sink.mails[before:]]
    assert [when for who, when in got if who == REPS[0]] == ["2026-06-08T00:00:00Z", "2026-06-15T00:00:00Z"]
    assert [when for who, when in got if who == REPS[1]] == ["2026-06-10T11:00:00Z", "2026-06-17T11:00:00Z"]
    assert [when for who, when in got if who == REPS[2]] == ["2026-06-08T06:00:00Z", "2026-06-15T06:00:00Z"]
    assert len(sink.ids()) == len(got) == 8


def test_a_rep_who_moves_the_day_gets_no_second_list(workspace: Workspace, set_up: SetUp, hands: Hands) -> None:
    config = set_up("digest = false\n")
    run_due(workspace, nobody_told)
    hands.now = read_moment("2026-06-08T08:00")
    assert run_due(workspace, nobody_told)["sent"] == 4
    rep = ident(workspace, REPS[0])
    keep(workspace.store, rep, replace(standard(config, workspace.store), weekday="friday"))
    hands.now = read_moment("2026-06-12T08:00")
    assert "sent" not in run_due(workspace, nobody_told)


def test_a_change_of_wishes_wakes_the_schedule(workspace: Workspace, set_up: SetUp, hands: Hands) -> None:
    set_up("")
    run_due(workspace, nobody_told)
    assert not is_due(workspace)
    hands.move(1)
    timing.wake(workspace.store, hands.now)
    assert is_due(workspace)
    timing.sleep(workspace.store, hands.now - 1_000_000, hands.now + DAY)
    assert is_due(workspace), "who was looking since before did not see the change"
    timing.sleep(workspace.store, hands.now + 1, hands.now + DAY)
    assert not is_due(workspace)


# -- each once --------------------------------------------------------------------------------------------------------


def test_a_second_run_has_nothing_left(post: Post, sink: Sink) -> None:
    assert states(run(post, Order())) == {"sent": 4} and sink.receivers() == ONCE
    again = run(Post(post.config, post.workspace), Order())
    assert (again.entries, again.left) == ((), 4) and sink.receivers() == ONCE


def test_a_run_stopped_between_two_goes_on_where_it_was(post: Post, sink: Sink) -> None:
    asked = iter([False, False, True])
    first = run(post, Order(), stopping=lambda: next(asked))
    assert len(first.entries) == 2
    assert states(run(post, Order())) == {"sent": 2} and sink.receivers() == ONCE


@pytest.mark.parametrize(("deduplicates", "state"), [(False, "unclear"), (True, "failed")])
def test_a_run_broken_while_sending(
    workspace: Workspace, set_up: SetUp, sink: Sink, monkeypatch: pytest.MonkeyPatch, deduplicates: bool, state: str
) -> None:
    post = Post(set_up(f"mail_deduplicates = {str(deduplicates).lower()}\n"), workspace)

    def broken(*_: object) -> Outcome:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(smtp, "send", broken)
        with contextlib.suppress(KeyboardInterrupt):
            run(post, Order())
    entries_ = post.journal(post.present).entries()
    assert [e.state for e in entries_] == [state]
    after = run(post, Order())
    assert after.unclear == (0 if deduplicates else 1)
    assert sum(sink.receivers().values()) == (4 if deduplicates else 3)


def test_a_server_that_is_down_costs_nobody_the_list(post: Post, sink: Sink, hands: Hands) -> None:
    sink.on = lambda stage, _: "451 later" if stage == "mail" else None
    assert states(run(post, Order())) == {"failed": 4}
    sink.on = lambda *_: None
    assert states(run(post, Order())) == {"sent": 4} and sink.receivers() == ONCE


def test_one_list_that_cannot_be_made_keeps_no_other_back(
    post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Post.letter

    def letter(self: Post, task: Task) -> Any:
        if task.rep == ident(post.workspace, REPS[2]):
            raise ZeroDivisionError
        return whole(self, task)

    monkeypatch.setattr(Post, "letter", letter)
    report = run(post, Order())
    assert states(report) == {"failed": 1, "sent": 3}
    assert "ZeroDivisionError" in str(report.to_dict()["items"])


def test_who_left_the_list_gets_nothing_and_quiet_weeks_make_no_mail(
    post: Post, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = post.workspace.store
    keep(store, ident(post.workspace, REPS[0]), replace(standard(post.config, store), unsubscribed=True))
    whole = Post.letter
    quiet = ident(post.workspace, REPS[1])
    monkeypatch.setattr(Post, "letter", lambda s, t: replace(whole(s, t), lines=()) if t.rep == quiet else whole(s, t))
    assert states(run(post, Order(digests=True))) == {"quiet": 1, "sent": 3}
    assert sink.receivers() == {REPS[2]: 1, REPS[3]: 1, BOSS: 1}
    text = sink.mails[-1].get_body(("plain",))
    assert text is not None and "Rep 1" in text.get_content() and "Nothing on the list" in text.get_content()


def test_after_a_merge_the_receiver_gets_no_second_list(post: Post, sink: Sink) -> None:
    eve, rep = (ident(post.workspace, key) for key in ("eve@us.example", REPS[0]))
    now_one = post.workspace.store.link(eve, rep, OWNER, "same person")
    journal = post.journal(post.present)
    mine = journal.claim(({eve, rep} - {now_one}).pop(), "mail")  # as before the merge
    assert mine is not None
    journal.end(mine, SENT)
    assert states(run(Post(post.config, post.workspace), Order())) == {"sent": 3}
    assert REPS[0] not in sink.receivers()


def test_who_left_the_list_stays_away_after_a_merge(post: Post, sink: Sink) -> None:
    store = post.workspace.store
    eve, rep = (ident(post.workspace, key) for key in ("eve@us.example", REPS[0]))
    for who in (eve, rep):
        keep(store, who, replace(standard(post.config, store), unsubscribed=True))
    now_one = store.link(eve, rep, OWNER, "same person")
    assert run(post, Order()).counts() == {"sent": 3} and len(sink.raw) == 3
    keep(store, now_one, standard(post.config, store))
    assert run(Post(post.config, post.workspace), Order()).counts() == {"sent": 1}


def test_a_wrong_file_is_a_refusal_with_its_reason(workspace: Workspace, set_up: SetUp, sink: Sink) -> None:
    config = set_up('channels = ["mail", "room"]\n[robots.room]\nurl_file = "room.url"\n')
    (config.folder / "room.url").write_text("mmost://127.0.0.1:1/3ccdd113474722377935511fc85d3dd4")
    (config.folder / "room.url").chmod(0o644)
    report = run(Post(config, workspace), Order())
    assert states(report) == {"failed": 4, "sent": 4}
    refused = [e for e in report.entries if e.channel == "room"]
    assert all(e.next is None and "room.url" in str(e.said) and "3ccdd1" not in str(e.said) for e in refused)


# -- jobs -------------------------------------------------------------------------------------------------------------


def test_without_a_file_nothing_is_scheduled(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHSVC_DELIVERY", raising=False)
    place = place_of(workspace)
    assert place.deliveries is None
    assert "deliver" not in {job.kind for job in Due(place, wait=0).tick()}
    assert "deliver" not in {e.kind for e in entries([], [])}


def test_the_schedule_delivers_what_is_due(workspace: Workspace, set_up: SetUp, sink: Sink, hands: Hands) -> None:
    set_up("digest = false\n")
    place = place_of(workspace)
    limits, found = Limits(60.0, 600.0), list[str]()
    due = Due(place, wait=0)
    for moment in ("2026-06-03T12:00", "2026-06-03T12:05", "2026-06-08T08:00", "2026-06-08T08:05"):
        hands.now = read_moment(moment)
        for job in (job for _ in range(6) for job in due.tick()):  # fits, scores and lists come first
            if job.kind == "deliver":
                done = work(place, job.id, limits)
                assert done is not None and done.state == "done", done
                found.append(moment)
            else:
                place.book.change(job.id, ("queued",), state="cancelled")
    assert found == ["2026-06-03T12:00", "2026-06-08T08:00"], "a job that has nothing to do was made"
    assert sink.receivers() == ONCE


def test_a_job_stops_between_two_deliveries(workspace: Workspace, set_up: SetUp, sink: Sink, hands: Hands) -> None:
    set_up("digest = false\n")
    run_due(workspace, nobody_told)
    hands.now = read_moment("2026-06-08T08:00")
    place = place_of(workspace)
    job = new_job("deliver", {}, hands.now)
    place.book.add(job)
    asked = iter([False, False, True])
    left = work(place, job.id, Limits(60.0, 600.0), released=lambda: next(asked))
    assert left is not None and left.state == "queued" and len(sink.raw) == 1
    done = work(place, job.id, Limits(60.0, 600.0))
    assert done is not None and done.state == "done" and sink.receivers() == ONCE


def test_old_journals_are_removed(workspace: Workspace, set_up: SetUp, hands: Hands) -> None:
    set_up("")
    old = iso_week(NOW - 27 * 7 * DAY)
    Journal(workspace.store, old, hands).claim(ident(workspace, REPS[0]), "mail")
    Journal(workspace.store, WEEK, hands).claim(ident(workspace, REPS[0]), "mail", Mode())
    run_due(workspace, nobody_told)
    assert not workspace.store.documents(kind_of(old)) and workspace.store.documents(kind_of(WEEK))


def test_an_erased_rep_leaves_no_trace_of_deliveries(post: Post) -> None:
    run(post, Order())
    rep = ident(post.workspace, REPS[0])
    post.workspace.store.erase(rep, OWNER)
    assert rep not in {e.rep for e in post.journal(post.present).entries()}
