"""Loops over contacts, beside the same written plainly; and orders, beside numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from graphsvc import toy
from graphsvc.kernels import order as packed
from graphsvc.kernels.contacts import find_contacts
from graphsvc.kernels.fading import HALVES, NEVER, decays, latest, newest
from graphsvc.kernels.known import Known
from graphsvc.kernels.rhythm import ended
from graphsvc.kernels.rhythm_loops import outlasting
from graphsvc.projection import DAY

SEEDS = range(6)


def drawn(seed: int, rounds: int = 300) -> list[dict]:
    """Mails to one or several, in bursts; some interactions have rows in both directions, some are meetings."""
    rng, rows = np.random.default_rng(seed), []
    for i in range(rounds):
        time = float(rng.choice([rng.integers(0, 40), rng.uniform(0, 40)]))
        who = [f"p{k}" for k in rng.choice(8, rng.integers(2, 5), replace=False)]
        kind = "meeting" if rng.random() < 0.2 else "mail"
        rows += [{"time": time, "from": who[0], "to": to, "id": f"m{i}", "kind": kind} for to in who[1:]]
        if rng.random() < 0.1:
            rows.append({"time": time, "from": who[1], "to": who[0], "id": f"m{i}", "kind": kind})
    return rows


def plain(p) -> tuple[dict, dict, dict, dict]:
    """By interaction: acts by pair and side, who acted, who took part; then the active days of pairs."""
    acts, acted, took = {}, {}, {}
    x = p.interactions
    for i in range(len(x)):
        a, b, at = int(x.actor[i]), int(x.target[i]), (int(x.time[i]), int(x.key[i]))
        mutual = p.words[x.kind[i]] == "meeting"
        sides = acts.setdefault((*at, min(a, b), max(a, b)), [False, False])
        sides[a > b] = True
        if mutual:
            sides[:] = True, True
        acted.setdefault(at, set()).update({a, b} if mutual else {a})
        took.setdefault(at, set()).update({a, b})
    days = {}
    for time, _, a, b in acts:
        days.setdefault((a, b), set()).add(time // DAY)
    return acts, acted, took, days


@pytest.mark.parametrize("seed", SEEDS)
def test_contacts_equal_those_found_one_by_one(seed):
    p = toy.build(interactions=drawn(seed), as_of=41)
    c, (acts, acted, took, days) = find_contacts(p), plain(p)
    keys = sorted(acts)
    assert list(zip(c.time, c.a[c.pair], c.b[c.pair], strict=True)) == [(t, a, b) for t, _, a, b in keys]
    assert list(zip(c.by_a, c.by_b, strict=True)) == [tuple(acts[k]) for k in keys]
    assert list(zip(c.a, c.b, strict=True)) == sorted({(a, b) for *_, a, b in keys})
    assert c.first.tolist() == [min(t for t, _, *pair in keys if pair == [a, b]) for a, b in zip(c.a, c.b, strict=True)]
    for found, expected in ((c.acted, acted), (c.took_part, took)):
        assert list(zip(found.time, found.person, strict=True)) == [
            (at[0], who) for at in sorted(expected) for who in sorted(expected[at])
        ]
    active = sorted((day, pair) for pair, every in days.items() for day in every)
    assert (
        sorted(zip(c.active_time // DAY, zip(c.a[c.active_pair], c.b[c.active_pair], strict=True), strict=True))
        == active
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_gaps_are_the_days_between_active_days_shortest_first(seed):
    p = toy.build(interactions=drawn(seed), as_of=41)
    c, days = find_contacts(p), plain(p)[3]
    for i, pair in enumerate(zip(c.a.tolist(), c.b.tolist(), strict=True)):
        active = sorted(days[pair])
        assert c.gaps.days[c.gaps.pair == i].tolist() == sorted(np.diff(active).tolist()), pair
    assert (np.diff(c.gaps.pair) >= 0).all() and (np.diff(c.active_time) >= 0).all()
    assert set(c.gaps.end) <= set(c.active_time)


def test_many_gaps_of_one_tie_are_in_order_too():
    times = np.cumsum(np.random.default_rng(3).integers(1, 9, 200))
    p = toy.build(interactions=[{"time": float(t), "from": "a", "to": "b"} for t in times], as_of=2_000)
    c = find_contacts(p)
    assert c.gaps.days.tolist() == sorted(np.diff(times).tolist()) and len(c.gaps.days) == 199
    assert sorted(c.gaps.end) == c.time[1:].tolist()


@pytest.mark.parametrize("seed", SEEDS)
def test_decayed_counts_and_newest_events_equal_a_plain_sum(seed):
    rng = np.random.default_rng(seed)
    n, at = 5, 900 * DAY
    time = np.sort(rng.integers(0, at, 400))
    where, weight, some = rng.integers(0, n - 1, 400), rng.random(400), rng.random(400) < 0.6
    age = (at - time) / DAY
    for w, mask in ((None, None), (weight, None), (None, some), (weight, some)):
        found = decays(time, at, where, n, w, some=mask)
        for h in HALVES:
            plain = np.zeros(n)
            for i in np.flatnonzero(np.ones(400, bool) if mask is None else mask):
                plain[where[i]] += (1.0 if w is None else w[i]) * 2.0 ** (-age[i] / h)
            np.testing.assert_allclose(found[h], plain, rtol=1e-9, atol=1e-300, err_msg=str(h))
    assert list(decays(time, at, where, n, halves=(7.0, 112.0))) == [112.0, 7.0]
    last = [
        max((t for t, v, s in zip(time, where, some, strict=True) if v == k and s), default=NEVER) for k in range(n)
    ]
    assert newest(time, where, n, some).tolist() == last and last[-1] == NEVER
    assert latest(time, at, where, n)[-1] == np.inf


def test_decayed_counts_do_not_depend_on_how_many_events_are_taken_at_once(monkeypatch):
    rng = np.random.default_rng(0)
    time, where = np.sort(rng.integers(0, 900 * DAY, 1000)), rng.integers(0, 7, 1000)
    whole = decays(time, 900 * DAY, where, 7)
    monkeypatch.setattr("graphsvc.kernels.fading.BLOCK", 64)
    for h, column in decays(time, 900 * DAY, where, 7).items():
        np.testing.assert_array_equal(column, whole[h])


@pytest.mark.parametrize("seed", SEEDS)
def test_unanswered_acts_are_those_after_the_others_last_one(seed):
    p = toy.build(interactions=drawn(seed), as_of=41)
    c = find_contacts(p)
    k = Known(c, 30 * DAY)
    for side, (mine, theirs) in enumerate(((c.by_a, c.by_b), (c.by_b, c.by_a))):
        for i in range(len(c.a)):
            own = (c.pair == i) & (c.time <= 30 * DAY)
            last = max(c.time[own & theirs], default=NEVER)
            assert k.unanswered[side][i] == (own & mine & (c.time > last)).sum()


def test_gaps_that_outlasted_a_silence():
    start, days = np.array([0, 3, 3]), np.array([1.0, 5.0, 9.0])
    silent, until = np.array([0.0, 5.0, 9.0, 10.0, 0.0]), np.array([4.0, 10.0, 10.0, 10.0, 10.0])
    soon, longer = outlasting(start, days, np.array([0, 0, 0, 0, 1]), silent, until, 10.0)
    assert soon.tolist() == [1, 1, 0, 0, 0] and longer.tolist() == [3, 1, 0, 0, 0]


def test_gaps_that_had_not_ended_are_not_known():
    p = toy.build(interactions=[{"time": t, "from": "a", "to": "b"} for t in (0, 3, 10)], as_of=20)
    c = find_contacts(p)
    assert ended(c.gaps, 20 * DAY, 1).days.tolist() == [3.0, 7.0]
    assert ended(c.gaps, 9 * DAY, 1).days.tolist() == [3.0]


@pytest.mark.parametrize("most", [1, 3, 2**20, 2**40, 2**62])
@pytest.mark.parametrize("rows", [0, 1, 5, 4_096, 4_097, 9_999])
def test_the_order_is_that_of_a_stable_sort(most, rows):
    rng = np.random.default_rng(rows)
    major, minor = rng.integers(0, most, rows), rng.integers(0, 5, rows).astype(np.int32)
    assert np.array_equal(packed.stable_order(major), np.argsort(major, kind="stable"))
    assert np.array_equal(packed.stable_order(minor), np.argsort(minor, kind="stable"))
    assert np.array_equal(packed.lexical_order(major, minor), np.lexsort((minor, major)))
