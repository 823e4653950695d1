"""Slots: one per period of an entry, by the workspace's clocks, through both changes of the clocks."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphsvc.clock import read_moment, show_moment
from graphsvc.errors import InputError
from graphsvc.registry import algorithms, find_source
from graphsvc.schedule import (
    DAY,
    HOUR,
    WEEKLY,
    Entry,
    Period,
    Planned,
    entries,
    read_every,
    read_planned,
    with_planned,
    without_planned,
    write_planned,
)

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
SPRING, AUTUMN = dt.date(2026, 3, 29), dt.date(2026, 10, 25)  # 02:00 -> 03:00; 03:00 -> 02:00
NIGHTLY = Period(DAY, at=2 * HOUR + 1800)  # 02:30, which one of these days has not and the other has twice


def starts(period: Period, day: dt.date, zone: ZoneInfo = BERLIN) -> list[str]:
    return [show_moment(s)[5:16] for s in period.starts(day, zone)]


def test_an_hour_leapt_over_starts_right_after_the_leap() -> None:
    assert starts(NIGHTLY, SPRING) == ["03-29T01:30"], "03:30 summer time"
    assert starts(NIGHTLY, SPRING - dt.timedelta(days=1)) == ["03-28T01:30"]
    assert starts(NIGHTLY, SPRING + dt.timedelta(days=1)) == ["03-30T00:30"]


def test_an_hour_that_comes_twice_is_taken_once() -> None:
    assert starts(NIGHTLY, AUTUMN) == ["10-25T00:30"], "its first coming"
    first, second = read_moment("2026-10-25T00:45"), read_moment("2026-10-25T01:45")  # both 02:45 on the wall
    entry = Entry("score", "all", NIGHTLY)
    assert entry.slot(first, BERLIN) == entry.slot(second, BERLIN), "the night would be scored twice"


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (dt.date(2026, 6, 1), 24)])
def test_hourly_slots_are_as_many_as_the_day_has_hours(day: dt.date, hours: int) -> None:
    assert len(set(starts(Period(HOUR), day))) == hours
    assert len(set(starts(Period(300), day))) == 12 * hours


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_long_periods_keep_to_the_wall_clock(day: dt.date) -> None:
    walls = [dt.datetime.fromtimestamp(s / 1e6, BERLIN).strftime("%H:%M") for s in Period(6 * HOUR).starts(day, BERLIN)]
    assert walls == ["00:00", "06:00", "12:00", "18:00"]


def test_monday_morning_is_the_workspaces() -> None:
    sunday_evening_utc = read_moment("2026-05-31T22:30")  # Monday 06:30 in Shanghai
    entry = Entry("weekly", "lists", WEEKLY)
    assert entry.slot(sunday_evening_utc, SHANGHAI) == "weekly:lists:2026-05-31T22:00:00Z"
    assert entry.slot(sunday_evening_utc, BERLIN) == "weekly:lists:2026-05-25T04:00:00Z", "in Berlin it is last week"


@given(
    now=st.integers(read_moment("2015-01-01"), read_moment("2035-01-01")),
    seconds=st.sampled_from([10, 70, 300, 3600, 5400, 2 * HOUR, 5 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY]),
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Cairo", "America/Havana"]
    ),
)
def test_slots_tile_time(now: int, seconds: int, zone: str) -> None:
    period, where = Period(seconds, at=9000 if seconds >= DAY else 0), ZoneInfo(zone)
    start, following = period.start(now, where), period.next(now, where)
    assert start <= now < following
    assert period.start(following - 1, where) == start, "a second slot begins inside this one"
    assert period.start(following, where) == following
    assert following - start <= (seconds + 2 * HOUR) * 1_000_000


@pytest.mark.parametrize("text", ["", "5", "m", "0m", "9s", "-5m", "1.5h", "25h", "2y", "5 m", "400d", "9999999d"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        read_every(text)
    assert refused.value.phrase.code == "jobs.bad_every"


def test_the_schedule_has_what_sources_and_algorithms_declare() -> None:
    plan = entries([Planned("mail", "box", "5m", {"path": "/in"})], algorithms().values())
    by_key = {e.key: e for e in plan}
    assert list(by_key) == ["sync:box", "fit:all", "score:all", "score:live", "weekly:lists"]
    assert by_key["sync:box"].args == {"source": "mail", "name": "box", "options": {"path": "/in"}}
    declared = {name for name, spec in algorithms().items() if spec.schedule == "live"}
    assert set(by_key["score:live"].args["names"]) == declared < set(algorithms())
    assert by_key["score:live"].on_change and not by_key["score:all"].on_change


def test_an_empty_registry_has_nothing_to_compute() -> None:
    assert [e.key for e in entries([], [])] == ["weekly:lists"]


def test_a_source_says_itself_how_often_it_runs_unless_told() -> None:
    setting = with_planned(None, find_source("mail"), "box", None, {})
    assert read_planned(setting) == [Planned("mail", "box", "5m", {})]
    setting = with_planned(setting, find_source("mail"), "box", "1h", {})
    assert [p.every for p in read_planned(setting)] == ["1h"], "one of the same name is replaced"
    with pytest.raises(InputError) as refused:
        with_planned(setting, find_source("tables"), "t", None, {})
    assert refused.value.phrase.code == "jobs.needs_every"


def test_planned_sources_survive_their_setting() -> None:
    planned = [Planned("tables", "b", "1d", {"map": {"from": "von"}}), Planned("mail", "客户", "5m", {})]
    assert read_planned(write_planned(planned)) == sorted(planned, key=lambda p: p.name)
    assert without_planned(write_planned(planned), "nobody") is None
    assert read_planned(without_planned(write_planned(planned), "b")) == planned[1:]
