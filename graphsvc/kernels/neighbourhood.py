"""Who stands near some entities: breadth first over ties and facts, without a loop over nodes or edges.

A map is asked for again and again while somebody looks around or moves through time, so the neighbours of everybody are
sorted once per graph (compressed sparse rows) and each hop then costs what its frontier has of edges.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphsvc.model import Label
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

SHOWN_FACTS = ("REPORTS_TO", "FOLLOWS", "REFERRED", "SUPPLIES", "PARTNERS_WITH", "SUBSIDIARY_OF", "ADOPTED", "AUTHORED")


@dataclass(frozen=True)
class Neighbours:
    """Neighbours of every entity: those of ``i`` stand in ``to[start[i]:start[i + 1]]``.

    ``tie`` is the row of tie strength of each step, -1 for a fact or an employer. From an organization no step leads to
    its people: it has too many to be walked through.
    """

    start: Ints
    to: Index
    tie: Index

    def steps(self, some: Index) -> Ints:
        """Places in ``to`` of all steps from some entities."""
        length = self.start[some + 1] - self.start[some]
        begin = np.cumsum(length) - length
        out: Ints = np.repeat(self.start[some] - begin, length) + np.arange(int(length.sum()))
        return out


@dataclass(frozen=True)
class Wanted:
    """Where a walk may go: which entities, which ties, whether over facts; and how much each tie weighs, > 0."""

    entities: Bools
    ties: Bools
    facts: bool
    weight: Floats


def neighbours(p: Projection, strength: Scores) -> Neighbours:
    """Neighbours by tie (a row of ``strength``), fact or employment."""
    if strength.b is None:
        raise TypeError(f"{strength.name} is not a score of ties")
    facts, home = p.facts_of(*SHOWN_FACTS), p.entities.organization
    worker = p.people[home[p.people] >= 0]
    rows, none = np.arange(len(strength), dtype=np.int32), np.full(2 * len(facts) + len(worker), -1, dtype=np.int32)
    src = np.concatenate((strength.a, strength.b, facts.subject, facts.object, worker))
    dst = np.concatenate((strength.b, strength.a, facts.object, facts.subject, home[worker]))
    order = np.argsort(src, kind="stable")
    start = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(np.bincount(src, minlength=len(p)))))
    return Neighbours(start, dst[order].astype(np.int32), np.concatenate((rows, rows, none))[order])


def around(p: Projection, centres: Index) -> Index:
    """Who belongs to a centre though no step leads there: an organization's people, who takes part in a deal."""
    e, deals = p.entities, p.opportunities
    firm = centres[e.label[centres] == Label.ORGANIZATION]
    deal = centres[e.label[centres] == Label.OPPORTUNITY]
    inside = np.flatnonzero(np.isin(e.organization, firm) & (e.label == Label.PERSON))
    if not len(deal):
        return inside.astype(np.int32)
    part = p.facts_of("STAKEHOLDER_IN")
    here = np.isin(deals.entity, deal)
    theirs = (inside, part.subject[np.isin(part.object, deal)], deals.organization[here], deals.owner[here])
    whole: Index = np.concatenate(theirs).astype(np.int32)
    return np.unique(whole[whole >= 0])


def spread(
    near: Neighbours, centres: Index, hops: int, wanted: Wanted, beside: Index, check: Callable[[], None]
) -> tuple[Index, Index]:
    """Entities within some hops of the centres, nearest first; of one distance by their best step, then by index.

    Parameters
    ----------
    centres : entity indices, each once; they are always there.
    beside : entities one hop from the centres although no step leads there (:func:`around`).
    check : called before each hop; raises when the time is over.

    Returns
    -------
    The entities in order, and the distance of every entity [hops], -1 where it is not reached.
    """
    n = len(near.start) - 1
    distance, order, frontier = np.full(n, -1, dtype=np.int32), [centres], centres
    distance[centres] = 0
    for hop in range(1, hops + 1):
        check()
        at = near.steps(frontier)
        to, tie = near.to[at], near.tie[at]
        keep = np.where(tie >= 0, np.append(wanted.ties, False)[tie], wanted.facts)
        to, weight = to[keep], np.append(wanted.weight, 1.0)[tie[keep]]
        if hop == 1:
            to, weight = np.concatenate((to, beside)), np.concatenate((weight, np.ones(len(beside))))
        new = wanted.entities[to] & (distance[to] < 0)
        frontier = _best_first(to[new], weight[new], n)
        distance[frontier] = hop
        order.append(frontier)
    return np.concatenate(order).astype(np.int32), distance


def _best_first(to: Index, weight: Floats, n: int) -> Index:
    """Each entity once, by its largest weight, then by index."""
    best = np.full(n, -1.0)
    np.maximum.at(best, to, weight)
    found = np.flatnonzero(best >= 0)
    out: Index = found[np.lexsort((found, -best[found]))].astype(np.int32)
    return out
