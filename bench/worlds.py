"""Interactions, works and relations over one graph as a Projection: everything that any score looks at."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.histories import END, STAFF, YEARS, history
from graphsvc.clock import DAY
from graphsvc.model import FACT_KINDS, Label
from graphsvc.projection import FOREVER, Entities, Facts, Projection, freeze

if TYPE_CHECKING:
    from graphsvc.projection import Ints

PER_WORK, ADOPTERS = 100, 10  # people per work, and who takes it up
NEAR = 200  # who takes up, follows: at most so far away in the order of people, where groups lie together


def world(people: int, ties: int, rows: int, seed: int = 1) -> Projection:
    """:func:`bench.histories.history`, and one work per hundred people with ten adopters each, people who follow
    somebody of their neighbourhood, and companies that supply and refer others; one row per fact.
    """
    p, _ = history(people, ties, rows, seed)
    rng = np.random.default_rng(seed + 10)
    works = people // PER_WORK
    entities = _with_works(p.entities, works, rng)
    first, companies = len(p), people + np.arange(people // STAFF)
    author = rng.integers(0, people, works)
    wrote, work = END - _days(rng, works, YEARS), first + np.arange(works)
    taken = np.repeat(np.arange(works), ADOPTERS)
    taker = _near(rng, author[taken], people)
    took = wrote[taken] + (rng.exponential(60.0, len(taken)) * DAY).astype(np.int64)
    came = (took < END) & (taker != author[taken])
    follower = rng.permutation(people)
    some = rng.choice(companies, len(companies) // 5)
    other = rng.choice(companies, len(some))
    table = {
        "AUTHORED": (author, work, wrote),
        "ADOPTED": (taker[came], work[taken[came]], took[came]),
        "FOLLOWS": (follower, _near(rng, follower, people), END - _days(rng, people, YEARS)),
        "SUPPLIES": (some[::2], other[::2], END - _days(rng, len(some[::2]), YEARS)),
        "REFERRED": (some[1::2], other[1::2], END - _days(rng, len(some[1::2]), YEARS)),
    }
    made = replace(p, entities=entities, facts=_facts(table))
    freeze(made.entities, made.facts)
    return made


def _days(rng: np.random.Generator, count: int, most: int) -> Ints:
    out: Ints = (rng.random(count) * most * DAY).astype(np.int64)
    return out


def _near(rng: np.random.Generator, who: Any, people: int) -> Any:
    return np.clip(who + rng.integers(-NEAR, NEAR + 1, len(who)), 0, people - 1)


def _with_works(entities: Entities, works: int, rng: np.random.Generator) -> Entities:
    """Works after all others, of unknown everything."""
    n = len(entities)
    more = {
        "id": np.array([b"%032x" % (n + i) for i in range(works)]),
        "label": np.full(works, Label.WORK, dtype=np.int8),
        "time": END - _days(rng, works, YEARS),
    }
    columns = {}
    for f in fields(Entities):
        column = getattr(entities, f.name)
        empty = np.zeros(works, dtype=column.dtype) if column.dtype == bool else np.full(works, -1).astype(column.dtype)
        columns[f.name] = np.concatenate([column, more.get(f.name, empty)])
    return Entities(**columns)


def _facts(table: dict[str, tuple[Any, Any, Any]]) -> Facts:
    kinds = sorted(FACT_KINDS)
    kind = np.concatenate([np.full(len(rows[0]), kinds.index(name)) for name, rows in table.items()])
    subject, target, since = (np.concatenate(column) for column in zip(*table.values(), strict=True))
    keep = subject != target
    order = np.flatnonzero(keep)[np.lexsort((since[keep], target[keep], subject[keep], kind[keep]))]
    size = len(order)
    return Facts(
        kind=kind[order].astype(np.int32),
        subject=subject[order].astype(np.int32),
        object=target[order].astype(np.int32),
        valid_from=since[order],
        valid_to=np.full(size, FOREVER),
        weight=np.ones(size),
        role=np.full(size, -1, dtype=np.int32),
        row=np.arange(1, size + 1),
    )
