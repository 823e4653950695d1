"""Planted interactions: a tie written out day by day, and shares of our works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from graphsvc.sample import words
from graphsvc.sample.company import Company
from graphsvc.sample.interactions import spread
from graphsvc.sample.rows import KIND, Ledger, Rows, draft

LIVELY = ("mail", "mail", "call", "mail", "chat", "meeting")


@dataclass(frozen=True)
class Plan:
    """How a planted tie lives: the first of the pair acts on each of ``days``, in turn by each of ``kinds``.

    ``answer`` is the chance that a message is answered, ``back`` the share begun by the second of the pair.
    """

    days: ArrayLike
    kinds: Sequence[str] = LIVELY
    answer: float = 0.8
    back: float = 0.4
    topic: str | None = None  # about one topic of ours, and so highly relevant


def weekly(first: float, last: float, every: float = 7.0) -> list[float]:
    """Days from ``first`` to ``last``, ``every`` so many days."""
    return [float(day) for day in np.arange(first, last + 1e-9, every)]


def dialogue(rng: np.random.Generator, company: Company, ledger: Ledger, pair: tuple[int, int], plan: Plan) -> Rows:
    """Write a tie out; days on a weekend move to the Friday before."""
    day = company.calendar.workday(np.asarray(plan.days, dtype=np.float64))
    back = rng.random(len(day)) < plan.back
    actor, target = np.where(back, pair[1], pair[0]), np.where(back, pair[0], pair[1])
    kind = np.array([KIND[plan.kinds[k % len(plan.kinds)]] for k in range(len(day))], dtype=np.int64)
    rows = draft(company.calendar.moments(rng, day, company.people.offset[actor]), actor, target, kind)
    if plan.topic is not None:
        rows["topic"] = words.TOPICS.index(plan.topic)
        rows["relevance"] = np.round(rng.uniform(0.95, 1.0, len(rows)), 2)
    rows = ledger.add(rows)
    ledger.answer(rng, rows, plan.answer)
    return rows


def shares(rng: np.random.Generator, company: Company, ledger: Ledger, triples: Sequence[tuple[int, int, int]]) -> None:
    """People pass a work of ours on: (who, to whom, index of the work), some time in the two years."""
    if triples:
        who, to, work = (np.array(column, dtype=np.int64) for column in zip(*triples, strict=True))
        rows = draft(spread(rng, company, len(who), int(who[0])), who, to, KIND["share"])
        rows["object"] = work
        ledger.add(rows)
