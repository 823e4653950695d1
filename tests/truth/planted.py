"""Cascades with known truth: who follows whom, who really passed a work on to whom, and what likeness alone does.

Every work starts with a few seeds; whoever takes it up passes it on to each follower with the giver's own strength,
after an exponential delay (independent cascade in continuous time). Beside it people take works up by themselves, at a
rate their group has for that work, in a wave of its own: likeness without influence.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphsvc import toy
from graphsvc.projection import Projection

GRAPHS = ("random", "scale_free", "grouped")


@dataclass(frozen=True)
class Plan:
    """What is planted; times in days."""

    graph: str = "random"
    people: int = 300
    degree: int = 8  # people each follows
    works: int = 20
    seeds: int = 2  # of each work
    strong: float = 0.05  # part of the people whose strength is ``strength``; the others have ``weak``
    strength: float = 0.5
    weak: float = 0.03
    delay: float = 30.0  # mean time from one's adoption to the follower's
    groups: int = 15
    likeness: float = 0.0  # adoptions of a work by likeness alone, as a part of the people
    end: float = 1000.0


@dataclass
class Cascades:
    """A planted world: rows of follows and adoptions, and who really caused which adoption."""

    plan: Plan
    follows: list[tuple[int, int]]
    group: list[int]
    strength: np.ndarray[Any, np.dtype[np.float64]]
    adopted: list[tuple[float, int, int, int]] = field(default_factory=list)  # (time, person, work, cause or -1)

    def projection(self, as_of: float | None = None, *, employers: bool = True) -> Projection:
        """The world as known at a time."""
        people = [
            {"id": name(i), **({"organization": f"o{g:03d}"} if employers else {})} for i, g in enumerate(self.group)
        ]
        facts = [{"subject": name(a), "kind": "FOLLOWS", "object": name(b)} for a, b in self.follows]
        facts += [
            {"subject": name(i), "kind": "ADOPTED", "object": f"w{w:03d}", "from": t} for t, i, w, _ in self.adopted
        ]
        return toy.build(people=people, facts=facts, as_of=self.plan.end if as_of is None else as_of)

    def caused(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Adoptions each person really caused, directly."""
        causes = np.array([c for _, _, _, c in self.adopted if c >= 0], dtype=np.int64)
        return np.bincount(causes, minlength=self.plan.people).astype(np.float64)


def name(i: int) -> str:
    """Key of a person."""
    return f"p{i:05d}"


def cascades(plan: Plan, seed: int) -> Cascades:
    """A world by plan."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, plan.groups, plan.people)
    follows = _follows(plan, group, rng)
    strength = np.full(plan.people, plan.weak)
    strength[rng.permutation(plan.people)[: round(plan.strong * plan.people)]] = plan.strength
    world = Cascades(plan, follows, group.tolist(), strength)
    followers: list[list[int]] = [[] for _ in range(plan.people)]
    for a, b in follows:
        followers[b].append(a)
    for work in range(plan.works):
        world.adopted += _spread(plan, work, followers, strength, group, rng)
    return world


def _follows(plan: Plan, group: np.ndarray[Any, Any], rng: np.random.Generator) -> list[tuple[int, int]]:
    n, out = plan.people, set()
    fame = rng.pareto(1.2, n) + 1.0 if plan.graph == "scale_free" else np.ones(n)
    for i in range(n):
        weight = fame * (np.where(group == group[i], 12.0, 1.0) if plan.graph == "grouped" else 1.0)
        weight[i] = 0.0
        out |= {(i, int(j)) for j in rng.choice(n, plan.degree, replace=False, p=weight / weight.sum())}
    return sorted(out)


def _spread(
    plan: Plan,
    work: int,
    followers: list[list[int]],
    strength: np.ndarray[Any, Any],
    group: np.ndarray[Any, Any],
    rng: np.random.Generator,
) -> list[tuple[float, int, int, int]]:
    start = float(rng.uniform(0, 0.8 * plan.end))
    queue = [(start + float(rng.exponential(plan.delay)), int(i), -1) for i in rng.choice(plan.people, plan.seeds)]
    if plan.likeness > 0:
        liking, peak = rng.gamma(0.3, size=plan.groups), rng.uniform(0, plan.end, plan.groups)
        rate = liking[group] / liking[group].mean() * plan.likeness
        for i in np.flatnonzero(rng.random(plan.people) < rate):
            queue.append((float(rng.normal(peak[group[i]], 60.0)), int(i), -1))
    heapq.heapify(queue)
    done: set[int] = set()
    out = []
    while queue:
        time, i, cause = heapq.heappop(queue)
        if i in done or not 0 <= time <= plan.end:
            continue
        done.add(i)
        out.append((time, i, work, cause))
        for j in followers[i]:
            if j not in done and rng.random() < strength[i]:
                heapq.heappush(queue, (time + float(rng.exponential(plan.delay)), j, i))
    return out
