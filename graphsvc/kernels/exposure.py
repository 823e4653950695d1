"""Adoptions still to come: who is at risk of taking up which work, and what each had seen by a moment.

A pair (person, work) is at risk when the person has not adopted the work and somebody it could learn from, or somebody
of its own group, has; where persons and works are few, every work is open to every person. The features of a pair are
what is known to make adoption likelier: exposure through own sources (how many, what part of them, how recent, how
good at passing works on), the work's spread inside the group and at large, and the person's own record.

References
----------
Valente, T. W. (1996). Social network thresholds in the diffusion of innovations. Social Networks 18(1), 69-89.
Aral, S., Muchnik, L. & Sundararajan, A. (2009). Distinguishing influence-based contagion from homophily-driven
diffusion in dynamic networks. PNAS 106(51), 21544-21549.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphsvc.kernels.adoptions import AUTHOR, UNDATED, Adoptions, Sources
from graphsvc.kernels.delays import Law
from graphsvc.kernels.joins import Rows, distinct, first_of_each, join, lookup
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.projection import DAY, Bools, Floats, Index, Ints

FEATURES = (
    "sources",
    "share",
    "recent",
    "author",
    "source_record",
    "listeners",
    "standing",
    "saturation",
    "momentum",
    "wave",
    "habit",
)
MAX_PAIRS = 1_000_000  # pairs up to which every work is open to everybody, or works of one's group are
TICKS = 5  # of the calendar of adoption dates, where the horizon is shorter than one
GROUP_WORTH = 10.0  # the rate of a work at large counts as that many people of a group
SOURCE_WORTH = 5.0  # a source's expected record counts as that many adoptions


Open = Literal["all", "group", "none"]


@dataclass(frozen=True)
class World:
    """What exposure is computed from: adoptions, who learns from whom, groups of like people, who is asked about."""

    events: Adoptions
    known: Sources
    group: Index  # group of each entity
    audience: Bools  # entities whose adoptions are asked about
    open: Open  # which works are open to them beside those of their sources

    @property
    def n(self) -> int:
        """Number of entities."""
        return len(self.group)


@dataclass(frozen=True)
class AtRisk:
    """Pairs of a person and a work it has not adopted at a reference time, and what it had seen by then.

    ``x``: float64, shape (pairs, len(FEATURES)). More of each should make adoption likelier, so that no slope is
    allowed below 0. ``sources``: log of the number of own sources that have the work; ``share``: what part of all own
    sources that is; ``recent``: log of the number that took it up in the last window; ``author``:
    1 where one of them is its author; ``source_record``: log of how
    often people took up what these sources have, against what would be expected; ``listeners``: log of the number who
    could learn from the person and have the work; ``standing``: log of the number who could learn from the person
    (those whom many follow move early, or not at all); ``saturation``: share of the group
    that has it; ``momentum``: log rate at which the group takes it up, against the work's; ``wave``: log-odds of the
    work's rate in the last window; ``habit``: log of the works the person took up before.
    """

    person: Index
    work: Index
    x: Floats

    def __len__(self) -> int:
        return len(self.person)


def horizon_days(events: Adoptions, wanted: float) -> float:
    """The horizon; five ticks of the calendar of adoption dates (years, in a survey) where it is below one [days]."""
    tick = tick_days(events)
    return wanted if wanted >= tick else TICKS * tick


def openness(events: Adoptions, group: Index, audience: Bools) -> tuple[Open, int]:
    """Which works can be open to people beyond those of their sources: as many as ``MAX_PAIRS`` allows; the pairs."""
    n, people = len(group), int(audience.sum())
    everything = people * len(np.unique(events.work))
    if everything <= MAX_PAIRS:
        return "all", everything
    of_group, _ = split_key(distinct(pair_key(group[events.entity], events.work, n)), n)
    pairs = int((np.bincount(of_group, minlength=n) * np.bincount(group[audience], minlength=n)).sum())
    return ("group", pairs) if pairs <= MAX_PAIRS else ("none", 0)


def tick_days(events: Adoptions) -> float:
    """Shortest time between two dates of adoption; 0 with fewer than two [days]."""
    dates = np.unique(events.time[~events.author & (events.time != UNDATED)])
    return float(np.diff(dates).min()) / DAY if len(dates) > 1 else 0.0


def at_risk(world: World, at: int, window: float) -> AtRisk:
    """The pairs at risk at a moment and their features, from events up to that moment only.

    Parameters
    ----------
    at : reference time [us].
    window : time scale of what is recent [days].
    """
    events, n = world.events, world.n
    past = np.flatnonzero(events.time <= at)
    everyone = world.known.some((world.known.since <= at) & (at < world.known.until))
    known = everyone.some(world.audience[everyone.who])
    audience, start = np.unique(known.who), at - int(window * DAY)
    seen = _seen(world, past, known)
    has = np.sort(pair_key(events.entity[past], events.work[past], n))
    pairs = distinct(np.concatenate([seen.key, _open_works(world, past, audience)]))
    pairs = pairs[~lookup(pairs, has)[1]]
    person, work = split_key(pairs, n)
    late = past[(events.time[past] > start) & ~events.author[past] & np.isin(events.entity[past], audience)]
    columns = _exposure(world, seen, known, pairs, start)
    columns += [_record(world, seen, known, pairs, at), *_listeners(world, past, everyone, pairs)]
    columns += _spread(world, past, late, person, work)
    taken = np.bincount(events.entity[past[~events.author[past]]], minlength=n)
    return AtRisk(person, work, np.column_stack([*columns, np.log1p(taken[person])]))


def outcome(world: World, rows: AtRisk, at: int, window: float) -> Bools:
    """Per pair at risk: did the person adopt the work within the window [days] after the reference?"""
    events = world.events
    inside = ~events.author & (events.time > at) & (events.time <= at + int(window * DAY))
    took = np.sort(pair_key(events.entity[inside], events.work[inside], world.n))
    return lookup(pair_key(rows.person, rows.work, world.n), took)[1]


def shares(world: World, rows: AtRisk, at: int, law: Law) -> tuple[Rows, Index, Floats]:
    """Whose credit an adoption now would be: row of ``rows``, source or author, and its part.

    Parts of one row add up to 1; rows without anybody to learn from do not occur.
    """
    events, n = world.events, world.n
    past = np.flatnonzero(events.time <= at)
    now = world.known.some((world.known.since <= at) & (at < world.known.until) & world.audience[world.known.who])
    now = now.some(first_of_each(pair_key(now.who, now.of, n)))  # followed and tied: one source
    peers = past[~events.author[past]]
    by_entity = peers[np.argsort(events.entity[peers], kind="stable")]
    k, j = join(now.of, events.entity[by_entity])
    row, found = lookup(pair_key(now.who[k], events.work[by_entity[j]], n), pair_key(rows.person, rows.work, n))
    authors = past[events.author[past]]
    by_work = authors[np.argsort(events.work[authors], kind="stable")]
    i, a = join(rows.work, events.work[by_work])
    row, event = np.concatenate([row[found], i]), np.concatenate([by_entity[j[found]], by_work[a]])
    relation = np.concatenate([now.relation[k[found]], np.full(len(i), AUTHOR, dtype=np.int8)])
    dated = events.time[event] != UNDATED
    delay = np.where(dated, (at - np.where(dated, events.time[event], at)) / DAY, 0.0)
    weight = law.log_density(delay, relation.astype(np.int64))
    greatest = np.full(len(rows), -np.inf)
    np.maximum.at(greatest, row, weight)
    part = np.exp(weight - greatest[row])
    return row, events.entity[event], part / np.bincount(row, part, len(rows))[row]


@dataclass(frozen=True)
class _Seen:
    """One row per (person, work) pair and own source that has the work: pair key, the source, since when, as author?"""

    key: Ints
    source: Index
    time: Ints
    author: Bools


def _seen(world: World, past: Rows, known: Sources) -> _Seen:
    by_entity = past[np.argsort(world.events.entity[past], kind="stable")]
    once = distinct(pair_key(known.who, known.of, world.n))  # followed and tied: one source
    who, of = split_key(once, world.n)
    i, j = join(of, world.events.entity[by_entity])
    rows = by_entity[j]
    key = pair_key(who[i], world.events.work[rows], world.n)
    order = np.argsort(key, kind="stable")  # millions of keys are looked up several times faster in order
    rows = rows[order]
    return _Seen(key[order], of[i[order]], world.events.time[rows], world.events.author[rows])


def _open_works(world: World, past: Rows, audience: Index) -> Ints:
    """(person, work) keys beyond what own sources have: all works, or else those of the group, or else none."""
    events, n = world.events, world.n
    if world.open == "none":
        return np.zeros(0, dtype=np.int64)
    if world.open == "all":
        works = np.unique(events.work[past])
        return pair_key(np.repeat(audience, len(works)), np.tile(works, len(audience)), n)
    groups, works = split_key(distinct(pair_key(world.group[events.entity[past]], events.work[past], n)), n)
    i, j = join(world.group[audience], groups)
    return pair_key(audience[i], works[j], n)


def _exposure(world: World, seen: _Seen, known: Sources, pairs: Ints, start: int) -> list[Floats]:
    """Log number of own sources that have the work, their part of all, log number of recent ones, one is its author?"""
    place, found = lookup(seen.key, pairs)
    count = np.bincount(place[found], minlength=len(pairs)).astype(np.float64)
    recent = np.bincount(place[found & (seen.time > start)], minlength=len(pairs))
    everyone = distinct(pair_key(known.who, known.of, world.n)) // max(world.n, 1)
    total = np.bincount(everyone, minlength=world.n)[pairs // max(world.n, 1)]
    wrote = np.bincount(place[found & seen.author], minlength=len(pairs)) > 0
    return [np.log1p(count), count / np.maximum(total, 1), np.log1p(recent), wrote.astype(np.float64)]


def _listeners(world: World, past: Rows, everyone: Sources, pairs: Ints) -> list[Floats]:
    """Log number of those who could learn from a person and have the work; log number of all who could learn."""
    events, n = world.events, world.n
    of, who = split_key(distinct(pair_key(everyone.of, everyone.who, n)), n)
    of, who = of[world.audience[of]], who[world.audience[of]]
    by_entity = past[np.argsort(events.entity[past], kind="stable")]
    i, j = join(who, events.entity[by_entity])
    have = _counts(pair_key(of[i], events.work[by_entity[j]], n), pairs)
    return [np.log1p(have), np.log1p(np.bincount(of, minlength=n)[pairs // max(n, 1)])]


def _record(world: World, seen: _Seen, known: Sources, pairs: Ints, at: int) -> Floats:
    """Log mean record of a pair's sources: adoptions by people who could learn from them, against those expected.

    Expected is the rate of the work among everybody who could learn it from somebody; a source with little to go by is
    drawn to 1.
    """
    n, events = world.n, world.events
    has = np.sort(pair_key(events.entity, events.work, n)[events.time <= at])
    source, work = _won(world, known, at)
    still = ~lookup(seen.key, has)[1]
    won = np.arange(len(source) + int(still.sum())) < len(source)
    source = np.concatenate([source, seen.source[still]])
    work = np.concatenate([work, seen.key[still] % max(n, 1)])
    rate = np.bincount(work, won, n) / np.maximum(np.bincount(work, minlength=n), 1)
    ratio = (np.bincount(source, won, n) + SOURCE_WORTH) / (np.bincount(source, rate[work], n) + SOURCE_WORTH)
    place, found = lookup(seen.key, pairs)
    total = np.bincount(place[found], ratio[seen.source[found]], len(pairs))
    number = np.bincount(place[found], minlength=len(pairs))
    out: Floats = np.zeros(len(pairs))
    np.log(total / np.maximum(number, 1), out=out, where=number > 0)
    return out


def _won(world: World, known: Sources, at: int) -> tuple[Index, Index]:
    """Source and work of each adoption by ``at`` of somebody who could learn it from the source."""
    events, n = world.events, world.n
    took = np.flatnonzero(~events.author & (events.time <= at) & (events.time != UNDATED))
    i, j = join(events.entity[took], known.who)
    place, found = lookup(pair_key(events.work[took[i]], known.of[j], n), pair_key(events.work, events.entity, n))
    found &= events.time[place] < events.time[took[i]]
    row, source = split_key(distinct(pair_key(took[i[found]], known.of[j[found]], n)), n)
    return source, events.work[row]


def _spread(world: World, past: Rows, late: Rows, person: Index, work: Index) -> list[Floats]:
    """Share of the group that has the work; log rate of the group against the work's; log-odds of the work's rate.

    A rate is adoptions in the last window over those and the pairs that are open now.
    """
    events, n = world.events, world.n
    mine, theirs = world.group[person], world.group[events.entity]
    size = np.bincount(world.group, minlength=n)[mine]
    cells, place = np.unique(pair_key(mine, work, n), return_inverse=True)
    still = np.bincount(place, minlength=len(cells)).astype(np.float64)
    have, took = (_counts(pair_key(theirs[rows], events.work[rows], n), cells) for rows in (past, late))
    of_work = cells % max(n, 1)
    work_took = np.bincount(of_work, took, n)
    work_all = work_took + np.bincount(of_work, still, n)
    overall = (work_took.sum() + 0.5) / (work_all.sum() + 1.0)
    rate = (work_took + GROUP_WORTH * overall) / (work_all + GROUP_WORTH)
    in_group = (took + GROUP_WORTH * rate[of_work]) / (took + still + GROUP_WORTH)
    momentum = np.log(in_group / rate[of_work])
    return [have[place] / size, momentum[place], np.log(rate / (1.0 - rate))[work]]


def _counts(keys: Ints, wanted: Ints) -> Floats:
    """How often each wanted key occurs; ``wanted`` ascends."""
    place, found = lookup(np.sort(keys), wanted)
    return np.bincount(place[found], minlength=len(wanted)).astype(np.float64)
