"""Whom do we lack? The one new tie that would bring us closest to a person or an organization.

A tie of typical new strength between somebody we reach, u, and somebody close to the target, v, would open a path

    best way from us to u  x  hop over the new tie  x  best way on from v to the target

The best such tie is found exactly: a path that meets a person twice is never better than its shortcut, so that the two
ways may be taken each for itself. Knowing the target itself is always best, and said beside; the list names whom else.

Where no new tie gives a better path than today's best, what is named are ties that raise the best way *beside* it, one
that shares nobody with it: the gain is what they add to the chance that at least one of the two ways works.

Of an organization, whose people are several targets, what counts is the sum over its people of what the tie adds to the
best path to each: how many of them more could be reached. There a tie to one of its own people may be best.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from algorithms.path_network import Network
from algorithms.paths import MAX_HOPS, people_of, team_of, why_closed
from graphsvc.errors import InputError
from graphsvc.kernels.paths import NEVER, SCALE, Filters, Limits, k_best_paths
from graphsvc.kernels.paths_reach import finish_costs, start_costs
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Floats, Index, Ints, Projection

LEAST = 1e-6  # paths below it do not count as a way
MEETING_HOPS = 3  # longest chain over which the two ends of a new tie may be brought together


@dataclass(frozen=True)
class Lack:
    """One tie to build, by entity indices.

    Attributes
    ----------
    frm, to : who of those we reach should get to know whom.
    probability : of the best path over the new tie; ``gain`` is what the tie adds to today's best path, or summed over
        the people of an organization [people].
    path : the people of that path, from us to the target.
    meeting : the best chain of people from ``frm`` to ``to`` as of today (empty: none within three hops).
    knows : how many of the people to be reached ``to`` has a tie with.
    """

    frm: int
    to: int
    probability: float
    gain: float
    path: tuple[int, ...]
    meeting: tuple[int, ...]
    knows: int


@dataclass(frozen=True)
class Lacks:
    """Ties to build, best first.

    ``now`` is the probability of today's best path (0: none), summed where there are several ``people`` to be reached;
    ``direct`` is what a tie with the target itself, or with one of them, would give;
    ``strength`` the typical strength of a new tie. ``beside``: no tie beats today's best path, the items raise the best
    way that shares nobody with it. ``complete`` is False where time ran out before the list was proven.
    """

    items: tuple[Lack, ...]
    now: float
    direct: float
    strength: float
    calibrated: bool
    people: int = 1
    beside: bool = False
    complete: bool = True
    notes: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class _Question:
    """One question: both ends, the new tie's cost, and least costs by hops."""

    network: Network
    starts: Index
    ends: Index
    hops: int
    hop: int
    start: Ints
    finish: Ints
    avoid: Index
    deadline: float

    def tied(self, v: int) -> Index:
        """Whom a person has a tie with."""
        node, links = self.network.graph.rows.node, self.network.graph.rows.links
        out: Index = np.concatenate([links[s, node[v, s] : node[v + 1, s], 0] & 0xFFFFFFFF for s in (0, 1)])
        return out


def lacks(
    network: Network, p: Projection, *, to: int, source: int | None = None, hops: int = MAX_HOPS, k: int = 10,
    seconds: float = 2.0,
) -> Lacks:  # fmt: skip
    """The ``k`` new ties that would raise the probability of the best path to ``to`` most.

    Parameters
    ----------
    to : a person, an organization or an opportunity, as for :func:`algorithms.paths.find_paths`.
    source : a person or an organization; None: all of us.
    seconds : when they are over, the best ties found so far are returned, incomplete.

    Raises
    ------
    InputError, NotFoundError
        As :func:`algorithms.paths.find_paths`.
    """
    if not 1 <= hops <= MAX_HOPS:
        raise InputError("paths.bad_hops", hops=hops, limit=MAX_HOPS)
    if source is not None and source == to:
        raise InputError("paths.same_ends")
    deadline = time.monotonic() + seconds
    starts = team_of(network, p) if source is None else people_of(p, source)
    ends = people_of(p, to)
    closed = why_closed(p, starts, ends)
    starts, ends = starts[network.usable[starts]], ends[network.usable[ends]]
    starts = np.setdiff1d(starts, ends).astype(np.int32)
    if not len(starts) or not len(ends) or math.isnan(network.typical):
        code = "no_ties" if math.isnan(network.typical) else "nobody_there" if not len(ends) else "nobody_starts"
        why = closed or phrase(f"paths.{code}")
        return Lacks((), 0.0, 0.0, network.typical, network.calibrated, notes=(why,))
    hop = round(-math.log(network.carries(network.typical)) * SCALE)
    return (_to_one if len(ends) == 1 else _to_several)(network, starts, ends, (hops, k, hop), deadline)


def _to_one(network: Network, starts: Index, ends: Index, sizes: tuple[int, int, int], deadline: float) -> Lacks:
    """Ties that raise the best path to one person; ``sizes`` are hops, how many ties, and what the new tie costs."""
    hops, _, hop = sizes
    now = k_best_paths(network.graph, starts, ends, Limits(1, hops, LEAST))
    today, beside = now.paths[0].probability if now.paths else 0.0, False
    nobody = np.zeros(0, dtype=np.int32)
    items, complete = _raising(network, (starts, ends, nobody), sizes, (today, 1.0), deadline)
    if not items and today > 0.0:
        inner = np.array(now.paths[0].nodes[1:-1], dtype=np.int32)
        two = k_best_paths(network.graph, starts, ends, Limits(2, hops, LEAST), Filters(avoid=inner)).paths
        second = max((f.probability for f in two if f.nodes != now.paths[0].nodes), default=0.0)
        items, complete = _raising(network, (starts, ends, inner), sizes, (second, 1.0 - today), deadline)
        beside = bool(items)
    return Lacks(
        items, today, max(today, math.exp(-hop / SCALE)), network.typical, network.calibrated, beside=beside,
        complete=complete and now.complete, notes=() if items else (phrase("paths.lacks_nobody"),),
    )  # fmt: skip


def _raising(
    network: Network,
    who: tuple[Index, Index, Index],
    sizes: tuple[int, int, int],
    worth: tuple[float, float],
    deadline: float,
) -> tuple[tuple[Lack, ...], bool]:
    """Ties that raise a probability ``worth[0]``, each gain times ``worth[1]``; ``who`` starts, ends and is avoided."""
    (starts, ends, avoid), (hops, k, hop), (today, times) = who, sizes, worth
    limit = math.floor(-math.log(max(LEAST, today)) * SCALE)
    start = start_costs(network.graph, starts, hops - 1, limit, avoid)
    finish = finish_costs(network.graph, ends, hops - 1, limit, np.r_[avoid, starts])
    made = _Question(network, starts, ends, hops, hop, start, finish, avoid, deadline)
    ties, complete = _best(made, k, limit)
    return tuple(_lack(made, c, u, v, times * (math.exp(-c / SCALE) - today)) for c, u, v in ties), complete


def _to_several(network: Network, starts: Index, ends: Index, sizes: tuple[int, int, int], deadline: float) -> Lacks:
    """Ties of ours that raise the sum of the best paths to several people."""
    hops, k, hop = sizes
    limit = math.floor(-math.log(LEAST) * SCALE)
    start = start_costs(network.graph, starts, hops, limit)
    today = _probability(start[-1, ends])
    gain, closest, done = np.zeros(len(network.graph)), np.full(len(network.graph), NEVER, dtype=np.int64), 0
    for t, before in zip(ends.tolist(), today.tolist(), strict=True):
        if time.monotonic() > deadline:
            break
        cost = finish_costs(network.graph, np.array([t], dtype=np.int32), hops - 1, limit)[-1] + hop
        gain += np.maximum(_probability(cost) - before, 0.0)
        closest, done = np.minimum(closest, cost), done + 1
    gain[starts] = 0.0
    reach = start, finish_costs(network.graph, ends, hops - 1, limit)
    made = _Question(network, starts, ends, hops, hop, *reach, np.zeros(0, dtype=np.int32), deadline)
    items: list[Lack] = []
    for v in np.argsort(-gain, kind="stable").tolist():
        if len(items) == k or gain[v] <= LEAST:
            break
        best = _nearest(made, v)
        if best is not None and len(np.setdiff1d(starts, made.tied(v))):
            items.append(_lack(made, int(closest[v]), best[1], v, float(gain[v])))
    direct = float(today.sum() + gain[ends].max())
    return Lacks(
        tuple(items), float(today.sum()), direct, network.typical, network.calibrated, people=len(ends),
        complete=done == len(ends), notes=() if items else (phrase("paths.lacks_nobody"),),
    )  # fmt: skip


def _probability(cost: Ints) -> Floats:
    out: Floats = np.where(cost < NEVER, np.exp(-np.minimum(cost, NEVER) / SCALE), 0.0)
    return out


def _best(q: _Question, k: int, limit: int) -> tuple[list[tuple[int, int, int]], bool]:
    """The cheapest ties as (cost of the path they open, u, v), best first, one per v, and whether none is missed."""
    found: list[tuple[int, int, int]] = []
    for bound, v in _candidates(q, limit):
        if len(found) >= k and bound > sorted(found)[k - 1][0]:
            break
        if time.monotonic() > q.deadline:
            return sorted(found)[:k], False
        best = _nearest(q, v)
        if best is not None and best[0] < limit:
            found.append((*best, v))
    return sorted(found)[:k], True


def _candidates(q: _Question, limit: int) -> Iterator[tuple[int, int]]:
    """Whom to get to know, and the least cost that could bring, by that cost; neither us nor the target."""
    cost = q.finish[-1] + q.hop
    cost[q.starts], cost[q.ends], cost[q.avoid] = NEVER, NEVER, NEVER
    some = np.flatnonzero(cost < limit)
    some = some[np.argsort(cost[some], kind="stable")]
    yield from zip(cost[some].tolist(), some.tolist(), strict=True)


def _nearest(q: _Question, v: int) -> tuple[int, int] | None:
    """The least cost of a path over a new tie to ``v``, and the tie's other end; None where there is no such tie."""
    known = np.append(q.tied(v), v)
    strangers = np.setdiff1d(q.starts, known)
    if len(strangers):
        meeting = k_best_paths(q.network.graph, strangers, np.array([v]), Limits(1, MEETING_HOPS, LEAST, 0.2))
        who = meeting.paths[0].nodes[0] if meeting.paths else int(strangers[0])
        return int(q.finish[-1, v]) + q.hop, int(who)
    best: tuple[int, int] | None = None
    for left in range(q.hops):  # all of us know v: somebody we reach may know it better
        cost = q.start[q.hops - 1 - left] + q.network.graph.rows.node[:-1, 2] + q.finish[left, v] + q.hop
        cost[known], cost[q.ends], cost[q.avoid] = NEVER, NEVER, NEVER
        u = int(np.argmin(cost))
        if cost[u] < NEVER and (best is None or (int(cost[u]), u) < best):
            best = int(cost[u]), u
    return best


def _lack(q: _Question, cost: int, u: int, v: int, gain: float) -> Lack:
    g, starts = q.network.graph, set(q.starts.tolist())
    before: tuple[int, ...] = (u,)
    if u not in starts:
        way = k_best_paths(g, q.starts, np.array([u]), Limits(1, q.hops - 1, LEAST), Filters(avoid=q.avoid))
        before = way.paths[0].nodes
    after: tuple[int, ...] = (v,)
    if v not in q.ends:
        clear = Filters(avoid=np.r_[q.avoid, q.starts, before].astype(np.int32))
        limits = Limits(1, q.hops - len(before), LEAST)
        after = k_best_paths(g, np.array([v]), q.ends, limits, clear).paths[0].nodes
    met = k_best_paths(g, np.array([u]), np.array([v]), Limits(1, MEETING_HOPS, LEAST))
    return Lack(
        u, v, math.exp(-cost / SCALE), gain, (*before, *after),
        met.paths[0].nodes if met.paths else (), int(np.isin(q.ends, q.tied(v)).sum()),
    )  # fmt: skip
