"""Interactions over a heavy-tailed graph as a Projection, made without a store: for what is measured beyond one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bench.graphs import heavy_tailed
from graphsvc.clock import DAY
from graphsvc.model import FACT_KINDS, Label, Level
from graphsvc.projection import Entities, Facts, Interactions, Opportunities, Projection, freeze, narrowed

if TYPE_CHECKING:
    from graphsvc.projection import Bools, Index, Ints

END = 20_600 * DAY  # 27 May 2026
YEARS = 730  # days of history
STAFF = 20  # people of an organization
OWN = 0.1  # part of the people who are ours
KINDS = ("call", "mail", "meeting")
CHANNELS = ("calendar", "mail", "phone")
_FACTS = ("i4", "i4", "i4", "i8", "i8", "f8", "i4", "i8")  # types of the columns
_DEALS = ("i4", "i4", "i4", "f8", "i4", "i4", "i4", "i8", "i8", "i1")
WORDS = tuple(sorted({*KINDS, *CHANNELS}))


@dataclass(frozen=True)
class Rows:
    """Interactions with one participant reached each, in any order."""

    time: Ints
    actor: Index
    target: Index
    kind: np.ndarray
    channel: np.ndarray

    def __len__(self) -> int:
        return len(self.time)

    def joined(self, more: Rows) -> Rows:
        """These rows and some more."""
        return Rows(*(np.concatenate((getattr(self, c), getattr(more, c))) for c in self.__dataclass_fields__))


def history(people: int, ties: int, rows: int, seed: int = 1) -> tuple[Projection, Rows]:
    """A graph of ``people`` with ``rows`` interactions over ``ties`` of them, two years; and the bare rows.

    Each tie lives for a while within the two years; strong ones have more interactions; one person in ten is ours.
    """
    rng = np.random.default_rng(seed)
    tail, head, strength = heavy_tailed(people, ties, seed)
    more = rng.choice(ties, rows - ties, p=strength / strength.sum())
    tie = np.concatenate((np.arange(ties), more))
    start = rng.uniform(-0.5, 1.0, ties).clip(0.0, 0.98)
    length = rng.exponential(0.4, ties).clip(0.02)
    at = start[tie] + rng.random(rows) * np.minimum(length, 1.0 - start)[tie]
    time = END - ((1.0 - at) * YEARS * 86_400).astype(np.int64) * 1_000_000
    turned = rng.random(rows) < 0.5
    actor, target = np.where(turned, head[tie], tail[tie]), np.where(turned, tail[tie], head[tie])
    made = Rows(time, actor.astype(np.int32), target.astype(np.int32), *_said(rng, rows))
    return projection(people, made), made


def events(rows: Rows, count: int, days: float, seed: int = 2) -> Rows:
    """New events of the last ``days``, nine of ten along ties there are, as busy as they are."""
    rng = np.random.default_rng(seed)
    along = rng.integers(0, len(rows), count)
    actor, target = rows.actor[along].copy(), rows.target[along].copy()
    fresh = rng.random(count) < 0.1
    target[fresh] = rows.target[rng.integers(0, len(rows), int(fresh.sum()))]
    keep = actor != target
    time = END - rng.integers(1, int(days * 86_400), count) * 1_000_000
    kind, channel = _said(rng, count)
    return Rows(time[keep], actor[keep], target[keep], kind[keep], channel[keep])


def _said(rng: np.random.Generator, count: int) -> tuple[np.ndarray, np.ndarray]:
    said = rng.integers(0, len(KINDS), count)
    kinds, channels = (np.array([WORDS.index(w) for w in words], dtype=np.int8) for words in (KINDS, CHANNELS))
    return kinds[said], channels[said]


def projection(people: int, rows: Rows, handle: Ints | None = None) -> Projection:
    """Rows as a Projection at ``END``; the handle of each is its number, unless given."""
    order = np.argsort(rows.time, kind="stable")
    n = len(order)
    handle = np.arange(1, n + 1) if handle is None else handle
    none, ones = np.full(n, -1, dtype=np.int8), np.ones(n, dtype=np.float32)
    x = Interactions(
        time=rows.time[order],
        key=np.arange(1, n + 1),
        actor=rows.actor[order],
        target=rows.target[order],
        role=np.zeros(n, dtype=np.int8),
        kind=rows.kind[order],
        channel=rows.channel[order],
        topic=none,
        object=none.astype(np.int32),
        participants=np.full(n, 2),
        weight=ones,
        relevance=ones * np.nan,
        row=handle[order],
    )
    p = Projection(
        as_of=END,
        known_at=END,
        sequence=1,
        own_known=True,
        entities=_entities(people),
        interactions=narrowed(x),
        facts=Facts(*(np.zeros(0, dtype=t) for t in _FACTS)),
        opportunities=Opportunities(*(np.zeros(0, dtype=t) for t in _DEALS)),
        words=WORDS,
        fact_kinds=tuple(sorted(FACT_KINDS)),
    )
    freeze(p.entities, p.interactions, p.facts, p.opportunities)
    return p


def later(p: Projection, people: int, rows: Rows, more: Rows) -> Projection:
    """The same graph with some more rows, whose handles follow."""
    whole = rows.joined(more)
    return replace(projection(people, whole), sequence=p.sequence + 1)


def _entities(people: int) -> Entities:
    companies = people // STAFF + 1
    n = people + companies
    internal: Bools = np.zeros(n, dtype=bool)
    internal[:people][np.random.default_rng(0).random(people) < OWN] = True
    home = np.append(people + np.arange(people) // STAFF, np.full(companies, -1)).astype(np.int32)
    home[internal] = n - 1
    internal[n - 1] = True
    label = np.append(np.full(people, Label.PERSON), np.full(companies, Label.ORGANIZATION)).astype(np.int8)
    no: Bools = np.zeros(n, dtype=bool)
    unknown = np.full(n, -1, dtype=np.int32)
    return Entities(
        id=np.array([b"%032x" % i for i in range(n)]),
        label=label,
        internal=internal,
        level=np.full(n, Level.UNKNOWN, dtype=np.int8),
        buyer=no.copy(),
        organization=home,
        left=no.copy(),
        restricted=no.copy(),
        industry=unknown.copy(),
        region=unknown.copy(),
        kind=unknown.copy(),
        topic=unknown.copy(),
        time=np.zeros(n, dtype=np.int64),
    )
