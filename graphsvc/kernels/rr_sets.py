"""Whom to start with so that most are reached: independent cascades by reverse-reachable sets, with a certificate.

Under the independent cascade, whoever is reached passes on to each of those who listen to them once, with the edge's
probability. A reverse-reachable set is all who would have reached one randomly drawn person; the share of sets that a
group of seeds meets is the share of people it reaches (Borgs et al. 2014). Seeds are chosen greedily on one collection
of sets and judged on another that played no part in the choice, and both grow twofold until what was found is certainly
a given part of the best possible (OPIM-C, Tang et al. 2018).

What is certain, with probability at least 1 - ``failure`` over all rounds together: the spread lies in its interval,
and is at least ``ratio`` times the largest spread that *any* seeds within the same limits have. The certificate is
computed from the data, so that it holds under budgets and group limits too; what greedy choice promises beforehand is
1 - 1/e for a number of seats (Nemhauser, Wolsey & Fisher 1978), 1/2 with limits per group (Fisher, Nemhauser & Wolsey
1978), 0.405 for a budget (Tang et al. 2021), nothing for a budget together with other limits.

References
----------
Kempe, D., Kleinberg, J. & Tardos, E. (2003). Maximizing the spread of influence through a social network. KDD.
Borgs, C., Brautbar, M., Chayes, J. & Lucier, B. (2014). Maximizing social influence in nearly optimal time. SODA.
Tang, J., Tang, X., Xiao, X. & Yuan, J. (2018). Online processing algorithms for influence maximization. SIGMOD.
Hoeffding, W. (1963). Probability inequalities for sums of bounded random variables. JASA 58, 13-30.
Fisher, M., Nemhauser, G. & Wolsey, L. (1978). An analysis of approximations for maximizing submodular set functions II.
Tang, J., Tang, X., Lim, A., Han, K., Li, C. & Yuan, J. (2021). Revisiting modified greedy algorithm for monotone
submodular maximization with a knapsack constraint. Proc. ACM Meas. Anal. Comput. Syst. 5(1).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from typing import Literal

import numpy as np

from graphsvc.kernels.max_cover import Limits, Sets, chosen_by, greedy, richest_single
from graphsvc.projection import Bools, Floats, Index, Ints

FIRST = 512  # sets of the first round
ROUNDS = 18  # most rounds: 2^17 times as many sets as in the first
PLAIN = "degree"  # the rule that every other must beat: those with most listeners
SURE = 1.645  # standard errors by which it must be beaten (95 %); where it is not, what needs no sampling is taken
FLAT = 0.01  # a doubling that raises the ratio by less has come to the end of what sampling can show
BATCH = 2_000_000  # members made between two looks at the clock

Stopped = Literal["ratio", "flat", "rounds", "seconds", "members"]


@dataclass(frozen=True)
class Cascade:
    """Who may pass on to whom, by whom they reach: edges into each node in compressed rows (see ``reverse_sets``)."""

    n: int
    node: Floats
    src: Index
    probability: Floats
    top: Floats

    @property
    def columns(self) -> tuple[Floats, Index, Floats, Floats]:
        """What the compiled loop takes."""
        return self.node, self.src, self.probability, self.top


@dataclass(frozen=True)
class Sampling:
    """How long to sample: until the certified ``ratio``, or until sets stop adding to it, within work and time.

    ``members`` bounds the members of one collection (4 bytes each, and as much again for the index): the work, so that
    the answer does not depend on how busy a machine is; ``seconds`` end it only where that is far too slow.
    """

    ratio: float = 0.8
    failure: float = 0.001
    seconds: float = 10.0
    members: int = 12_000_000
    seed: int = 0
    precision: float = 0.05


@dataclass(frozen=True)
class Spread:
    """People reached: the estimate, and an interval that holds for all methods and rounds at once."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SeatPlan:
    """Seeds in the order chosen, and what is known of their spread.

    Attributes
    ----------
    seeds, marginal : nodes, and how many more people each adds to those before it [people].
    spread : of all seeds together, beyond what the invited reach.
    ratio : certified part of the best possible spread; ``best`` is the upper bound of the latter [people].
    method : which rule gave the seeds; ``tried`` the spread of each rule on the same sets.
    excess, excess_error : spread beyond that of the people with most listeners, and its standard error.
    alone : spread of each node on its own, roughly [people], shape (n,).
    """

    seeds: Index
    marginal: Floats
    spread: Spread
    best: float
    ratio: float
    method: str
    tried: Mapping[str, float]
    excess: float
    excess_error: float
    sets: int
    members: int
    rounds: int
    stopped: Stopped
    seconds: float
    alone: Floats = field(repr=False)


def cascade(n: int, src: Index | Ints, dst: Index | Ints, probability: Floats) -> Cascade:
    """The cascade of edges ``src`` -> ``dst``, along which influence goes; loops and edges of probability 0 go.

    Parameters
    ----------
    src, dst : nodes 0..n-1, shape (m,); parallel edges are several chances.
    probability : in [0, 1], shape (m,).

    Raises
    ------
    ValueError
        When a probability is not a number in [0, 1].
    """
    if not np.all((probability >= 0.0) & (probability <= 1.0)):
        raise ValueError("probability must lie in [0, 1]")
    keep = np.flatnonzero((src != dst) & (probability > 0.0))
    keep = keep[np.lexsort((src[keep], dst[keep]))]
    into, each = dst[keep], probability[keep].astype(np.float64)
    count = np.bincount(into, minlength=n)
    end, top = np.cumsum(count), np.zeros(n)
    np.maximum.at(top, into, each)
    with np.errstate(divide="ignore"):
        skip = 1.0 / np.log1p(-top)
    node = np.column_stack([end - count, end, (1.0 - top) ** count, skip]).astype(np.float64)
    mixed = bool(np.any(each < top[into]))
    return Cascade(n, node, src[keep].astype(np.int32), each if mixed else np.zeros(0), top if mixed else np.zeros(0))


def weighted_cascade(n: int, dst: Index | Ints) -> Floats:
    """Probability of each edge when everybody is reached once on average by those they listen to: 1 / in-degree.

    Examples
    --------
    >>> weighted_cascade(3, np.array([1, 1, 2])).tolist()
    [0.5, 0.5, 1.0]
    """
    out: Floats = 1.0 / np.bincount(dst, minlength=n)[dst]
    return out


class Collection:
    """Reverse-reachable sets of one stream of random numbers, growing."""

    def __init__(self, graph: Cascade, roots: Index, seed: int) -> None:
        self.graph, self.roots, self.seed = graph, roots, seed
        self.offset, self.member = np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int32)
        self._mark = np.zeros(graph.n, dtype=np.int32)

    def __len__(self) -> int:
        return len(self.offset) - 1

    def grow(self, count: int, deadline: float = math.inf, most: int = 2**62) -> Stopped | None:
        """Make sets up to ``count``; where time or work ends before, keep those there were and say which."""
        from graphsvc.kernels.rr_loops import reverse_sets

        offsets, members = [self.offset], [self.member]
        held, at = len(self.member), len(self)
        while at < count:
            if time.monotonic() > deadline:
                return "seconds"
            if held > most:
                return "members"
            offset, member = reverse_sets(self.graph.columns, self.roots, self.seed, (at, count, BATCH), self._mark)
            offsets.append(offset[1:] + held)
            members.append(member)
            held, at = held + len(member), at + len(offset) - 1
        self.offset, self.member = np.concatenate(offsets), np.concatenate(members)
        return None

    def hits(self, order: Index, before: Index) -> Ints:
        """How many sets each node of ``order`` meets that neither ``before`` nor an earlier one meets."""
        from graphsvc.kernels.rr_loops import first_hits

        place = np.full(self.graph.n, len(order) + 1, dtype=np.int32)
        place[order[::-1]] = np.arange(len(order), dtype=np.int32)[::-1]
        place[before] = -1
        found = first_hits(place, self.offset, self.member)
        return np.bincount(found[(found >= 0) & (found < len(order))], minlength=len(order))

    def met(self, seeds: Index, before: Index) -> Bools:
        """Per set: whether ``seeds`` meet it and ``before`` do not."""
        from graphsvc.kernels.rr_loops import first_hits

        place = np.full(self.graph.n, 1, dtype=np.int32)
        place[seeds], place[before] = 0, -1
        out: Bools = first_hits(place, self.offset, self.member) == 0
        return out


def best_seeds(
    graph: Cascade,
    roots: Index,
    limits: Limits,
    rivals: Mapping[str, Index],
    invited: Index,
    sampling: Sampling | None = None,
) -> SeatPlan:
    """Seeds within ``limits`` that reach most of ``roots`` beyond those the ``invited`` reach.

    Parameters
    ----------
    roots : whom to reach, ascending, not empty.
    rivals : other orders of the nodes, best first, by name (``degree`` among them); whichever does best is taken, but
        ``degree`` where nothing is surely better.
    """
    search = _Search(graph, roots, limits, rivals, invited, sampling or Sampling())
    return search.run()


@dataclass(frozen=True)
class _Round:
    """What one round found: the greedy choice, what it covers on the hold-out sets, and the bounds."""

    greedy: Mapping[str, Index]
    counts: Mapping[str, Ints]
    name: str
    ratio: float
    best: float
    sets: int
    alone: Floats


class _Search:
    """One search: limits, and the two collections as they grow."""

    def __init__(
        self,
        graph: Cascade,
        roots: Index,
        limits: Limits,
        rivals: Mapping[str, Index],
        invited: Index,
        sampling: Sampling,
    ) -> None:
        self.graph, self.roots, self.limits, self.sampling, self.invited = graph, roots, limits, sampling, invited
        self.rivals = {name: chosen_by(order, limits) for name, order in rivals.items()}
        rules = len(self.rivals) + (3 if limits.priced else 1)
        self.a_best = math.log(2 * ROUNDS / sampling.failure)
        self.a_spread = math.log(4 * ROUNDS * rules / sampling.failure)
        _compile()
        self.begin = time.monotonic()
        self.deadline = self.begin + sampling.seconds
        self.choose, self.judge = (Collection(graph, roots, 2 * sampling.seed + side) for side in (0, 1))

    def run(self) -> SeatPlan:
        """Rounds until something stops them."""
        last: _Round | None = None
        for rounds in count(1):
            stopped = self._grow(FIRST << (rounds - 1), first=last is None)
            if stopped and last is not None:
                return self._plan(last, rounds - 1, stopped)
            last, before = self._round(), last
            stopped = stopped or self._enough(last, before) or ("rounds" if rounds == ROUNDS else None)
            if stopped:
                return self._plan(last, rounds, stopped)
        raise AssertionError("the rounds are counted")

    def _grow(self, sets: int, *, first: bool) -> Stopped | None:
        """Both collections to ``sets`` sets, or neither; the first round is made whatever it takes."""
        if first:
            _both(lambda c: c.grow(sets), self.choose, self.judge)
            return "seconds" if time.monotonic() > self.deadline else None
        kept = self.choose.offset, self.choose.member
        ends = _both(lambda c: c.grow(sets, self.deadline, self.sampling.members), self.choose, self.judge)
        stopped = ends[0] or ends[1]
        if stopped:
            self.choose.offset, self.choose.member = kept
        return stopped

    def _enough(self, now: _Round, last: _Round | None) -> Stopped | None:
        spread = self._spread(int(now.counts[now.name].sum()), now.sets)
        sure = spread.high - spread.low <= 2 * self.sampling.precision * max(spread.value, 1e-300)
        if now.ratio >= self.sampling.ratio and (sure or spread.value == 0.0):
            return "ratio"
        if last is not None and now.ratio - last.ratio < FLAT and now.ratio > 0.5 and sure:
            return "flat"
        spent = time.monotonic() - self.begin  # the next round takes as long as all so far, and as many members
        if 2 * max(len(self.choose.member), len(self.judge.member)) > self.sampling.members:
            return "members"
        return "seconds" if 2 * spent > self.sampling.seconds else None

    def _round(self) -> _Round:
        sets = Sets(self.graph.n, self.choose.offset, self.choose.member)
        alone = np.diff(sets.index[0]) * (len(self.roots) / len(sets))
        found = {"greedy": greedy(sets, self.limits, self.invited)}
        if self.limits.priced:
            found["density"] = greedy(sets, self.limits, self.invited, by_cost=True)
            found["single"] = richest_single(sets, self.limits, self.invited)
        counts = {name: self.judge.hits(c.seeds, self.invited) for name, c in found.items()}
        name = max(counts, key=lambda rule: int(counts[rule].sum()))
        least = min(c.bound for c in found.values())
        best = chernoff(min(1.0, least / len(sets)), self.a_best / len(sets), upper=True) * len(self.roots)
        low = self._spread(int(counts[name].sum()), len(sets)).low
        ratio = 1.0 if best == 0.0 else min(1.0, low / best)
        return _Round({r: c.seeds for r, c in found.items()}, counts, name, ratio, best, len(sets), alone)

    def _spread(self, hits: int, sets: int) -> Spread:
        whole, rate, a = float(len(self.roots)), hits / sets, self.a_spread / sets
        return Spread(rate * whole, chernoff(rate, a, upper=False) * whole, chernoff(rate, a, upper=True) * whole)

    def _plan(self, r: _Round, rounds: int, stopped: Stopped) -> SeatPlan:
        """The best of all rules on the hold-out sets; the rivals, whose choice needs no sets, join here."""
        size = min(r.sets, len(self.judge))
        seeds = {**self.rivals, **r.greedy}
        counts = {name: self.judge.hits(s, self.invited) for name, s in self.rivals.items()} | dict(r.counts)
        name = max(counts, key=lambda rule: (int(counts[rule].sum()), rule in r.counts))
        excess, error = self._excess(seeds, name, size)
        if name != PLAIN and PLAIN in seeds and error > 0.0 and excess < SURE * error:
            name, excess, error = PLAIN, 0.0, 0.0
        scale = len(self.roots) / size
        spread = self._spread(int(counts[name].sum()), size)
        return SeatPlan(
            seeds=seeds[name],
            marginal=np.asarray(counts[name] * scale, dtype=np.float64),
            spread=spread,
            best=max(r.best, spread.low),
            ratio=1.0 if r.best == 0.0 else min(1.0, spread.low / r.best),
            method=name,
            tried={rule: int(c.sum()) * scale for rule, c in counts.items()},
            excess=excess,
            excess_error=error,
            sets=2 * size,
            members=len(self.choose.member) + len(self.judge.member),
            rounds=rounds,
            stopped=stopped,
            seconds=time.monotonic() - self.begin,
            alone=r.alone,
        )

    def _excess(self, seeds: Mapping[str, Index], name: str, size: int) -> tuple[float, float]:
        """Spread of a rule's seeds beyond that of the people with most listeners, and its standard error [people]."""
        plain = seeds.get(PLAIN, np.zeros(0, dtype=np.int32))
        mine, theirs = (self.judge.met(s, self.invited) for s in (seeds[name], plain))
        gap = mine.astype(np.int8) - theirs.astype(np.int8)
        whole = len(self.roots)
        return float(gap.mean()) * whole, float(gap.std()) * whole / math.sqrt(size)


@cache
def _compile() -> None:
    """Have the loops compiled, or read from their cache, before the clock runs."""
    tiny = cascade(2, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32), np.array([0.5]))
    sets = Collection(tiny, np.arange(2, dtype=np.int32), 0)
    sets.grow(1)
    nobody = np.zeros(0, dtype=np.int32)
    sets.hits(nobody, nobody)
    greedy(Sets(2, sets.offset, sets.member), Limits(np.ones(2, dtype=bool), 1), nobody)


def _both(work: Callable[[Collection], Stopped | None], one: Collection, two: Collection) -> list[Stopped | None]:
    """Work on two collections at once: the compiled loop lets go of the interpreter."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(work, (one, two)))


def chernoff(rate: float, a: float, *, upper: bool) -> float:
    """The furthest rate that is still within ``a`` nats (per trial) of one observed: a bound failing with exp(-a n).

    Chernoff's bound in Hoeffding's form: the divergence of the observed rate from the true one exceeds a / n on one
    side with probability at most exp(-a). Tighter than the bounds of Tang et al. (2018) most of all where rates are
    high, and as valid: the sets of a round are independent and their number was fixed beforehand.

    Examples
    --------
    >>> chernoff(0.5, 0.02, upper=True).__round__(4), chernoff(1.0, 0.02, upper=False).__round__(4)
    (0.599, 0.9802)
    """
    near, far = rate, 1.0 if upper else 0.0
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if _divergence(rate, middle) <= a else (near, middle)
    return far


def _divergence(observed: float, true: float) -> float:
    """Kullback-Leibler divergence of two rates [nats]."""
    out = 0.0
    for x, y in ((observed, true), (1.0 - observed, 1.0 - true)):
        if x > 0.0:
            out += math.inf if y <= 0.0 else x * math.log(x / y)
    return out
