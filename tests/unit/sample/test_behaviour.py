"""The people of the sample company behave as people do: they rest, fall silent, come back, and leave."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from graphsvc.model import MUTUAL_KINDS
from tests.unit.sample.files import OWN, domain, facts


def test_people_work_on_weekdays_and_rest_at_new_year(contacts):
    days = Counter(time[:10] for time, *_ in contacts)
    weekday = Counter()
    for day, count in days.items():
        weekday[dt.date.fromisoformat(day).weekday()] += count
    assert weekday[5] + weekday[6] < 0.08 * sum(weekday.values())
    festival = sum(days[f"2026-02-{d}"] for d in range(16, 21))
    ordinary = sum(days[f"2026-03-{d:02}"] for d in range(9, 14))
    assert festival < 0.35 * ordinary


def test_activity_is_heavy_tailed_and_contacts_know_one_another(contacts):
    pairs = Counter(frozenset((a, b)) for _, a, b, _ in contacts)
    counts = sorted(pairs.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.4 * sum(counts)
    outside = [p for p in pairs if not any(a.endswith(OWN) for a in p)]
    across = [p for p in outside if len({domain(a) for a in p}) == 2]
    assert len(across) > 1500


@pytest.fixture(scope="module")
def client_ties(contacts):
    """Acts between us and contacts as columns: pair, day, whether they acted, whether we did."""
    start, pairs, rows = dt.datetime.fromisoformat("2024-10-30"), {}, []
    for time, a, b, kind in contacts:
        if a.endswith(OWN) != b.endswith(OWN):
            pair = pairs.setdefault((a, b) if a.endswith(OWN) else (b, a), len(pairs))
            day = (dt.datetime.fromisoformat(time[:19]) - start).total_seconds() / 86_400
            mutual = kind in MUTUAL_KINDS
            rows.append((pair, day, not a.endswith(OWN) or mutual, a.endswith(OWN) or mutual))
    pair, day, theirs, ours = map(np.array, zip(*rows, strict=True))
    return SimpleNamespace(pair=pair, day=day, theirs=theirs, ours=ours, n=len(pairs))


def state_at(ties, day):
    """What is known of each pair at a day: contacts, last contact, last acts of either side, their rhythm."""
    past = ties.day <= day
    known = SimpleNamespace(count=np.bincount(ties.pair[past], minlength=ties.n))
    for name, rows in (("last", past), ("theirs", past & ties.theirs), ("ours", past & ties.ours)):
        at = np.full(ties.n, -1e4)
        np.maximum.at(at, ties.pair[rows], ties.day[rows])
        setattr(known, name, at)
    acted = past & ties.theirs
    first = np.full(ties.n, 1e4)
    np.minimum.at(first, ties.pair[acted], ties.day[acted])
    known.days = np.bincount(np.unique(ties.pair[acted] * 1000 + ties.day[acted].astype(int)) // 1000, minlength=ties.n)
    known.rhythm = np.where(known.days >= 6, (known.theirs - first) / np.maximum(known.days - 1, 1), np.inf)
    after = past & ties.ours & (ties.day > known.theirs[ties.pair])
    known.unanswered = np.bincount(ties.pair[after], minlength=ties.n)
    next_days = (ties.day > day) & (ties.day <= day + 28) & ties.theirs
    known.acts = np.bincount(ties.pair[next_days], minlength=ties.n) > 0
    return known


REFERENCES = range(731 - 28 * 20, 731 - 27, 28)


def test_silence_tells_whether_the_other_side_will_act(client_ties):
    since, acts = [], []
    for day in REFERENCES:
        known = state_at(client_ties, day)
        rows = (known.count >= 2) & (day - known.last <= 180)
        since.append((day - known.theirs)[rows])
        acts.append(known.acts[rows])
    since, acts = np.concatenate(since), np.concatenate(acts)
    place = np.searchsorted(np.sort(since[~acts]), since[acts])  # the silent with a shorter silence
    assert 0.78 <= 1 - place.mean() / (~acts).sum() <= 0.88
    assert 0.35 <= acts.mean() <= 0.65


def test_a_lively_contact_silent_for_three_rhythms_seldom_comes_back(client_ties):
    gone, usual = [], []
    for day in REFERENCES:
        known = state_at(client_ties, day)
        lively = known.rhythm <= 35
        silent = day - known.theirs >= 3 * known.rhythm
        writes_on = (known.unanswered >= 2) & (day - known.ours <= 28)
        gone.append(known.acts[lively & silent & writes_on])
        usual.append(known.acts[lively & (day - known.theirs <= known.rhythm)])
    assert len(np.concatenate(gone)) > 150
    assert np.concatenate(gone).mean() < 0.25 < 0.75 < np.concatenate(usual).mean()


def test_ties_fade_break_off_start_and_stay(client_ties):
    midway, end = state_at(client_ties, 400), state_at(client_ties, 730)
    lively = (midway.rhythm <= 35) & (400 - midway.theirs <= 2 * midway.rhythm)
    later = end.theirs[lively] > 640
    assert lively.sum() > 500 and 0.10 <= 1 - later.mean() <= 0.40  # gone in the 330 days after
    assert ((midway.count == 0) & (end.rhythm <= 35)).sum() > 150  # new ones since
    steady = (end.rhythm <= 35) & (730 - end.theirs <= 2 * end.rhythm) & (midway.rhythm <= 35)
    assert steady.sum() > 350


def test_people_leave_and_nothing_happens_afterwards(sample, contacts):
    left = {f["subject"]: f["valid_to"] for f in facts(sample, "WORKS_AT") if f["valid_to"] >= "2024-10-30"}
    assert 0.04 * 3940 <= len(left) <= 0.08 * 3940  # three in a hundred a year
    late = [(t, who) for t, a, b, _ in contacts for who in (a, b) if t >= left.get(who, "9")]
    assert not [who for t, who in late if left[who] > "2024-11-01"]
