"""Scores after 1,000 new events beside those of a full run, in the same process: ``python -m bench rescore``.

The graph grows by a page of events again and again; each time every score is renewed from the last one. The first page
counts for nothing: it warms memory and compiled loops. In the end all is made in full of the same graph and compared:
equal means to 1e-9. Health is by the published prior, whose coefficients cost what learnt ones do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from algorithms.health import VERSION
from algorithms.health_model import RHYTHM, cold_model
from algorithms.path_network import Network, hop_probabilities, renewed_hops
from algorithms.weekly import WeeklyList, weekly
from bench.histories import events, history, later
from bench.measure import Row, peak
from graphsvc.incremental import Touched, touched
from graphsvc.kernels.contacts import find_contacts
from graphsvc.kernels.rhythm import lent_at
from graphsvc.projection import Projection
from graphsvc.registry import Inputs, algorithms
from graphsvc.scores import Model, Scores

SIZES = ((10_000, 25_000, 100_000), (100_000, 250_000, 1_000_000), (1_000_000, 2_500_000, 10_000_000))
EVENTS = 1_000
ROUNDS = 4  # the first warms up
NAMES = ("tie_strength", "active", "relationship_health", "depth", "organization_health")
GOAL = "<= 1 s, equal to 1e-9"
T = TypeVar("T")


class Clock:
    """What steps took."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}

    def step(self, name: str, work: Callable[[], T]) -> T:
        """What a step gives, its seconds kept."""
        wall, cpu = time.perf_counter(), time.process_time()
        out = work()
        self.wall[name], self.cpu[name] = time.perf_counter() - wall, time.process_time() - cpu
        return out


@dataclass(frozen=True)
class Made:
    """Scores, the network of paths and a weekly list of one graph, and what each of them took."""

    p: Projection
    scores: Mapping[str, Scores]
    network: Network
    listed: WeeklyList
    clock: Clock


def rescore(_: Path) -> Iterator[Row]:
    """Every size, one after the other."""
    for people, ties, rows in SIZES:
        yield from measured(people, ties, rows)


def measured(people: int, ties: int, rows: int) -> Iterator[Row]:
    """Each score renewed after some pages of events, beside the full run."""
    p, raw = history(people, ties, rows)
    models = _models(p)
    last, rounds, hit = in_full(p, models), list[Clock](), 0
    for seed in range(ROUNDS):
        more = events(raw, EVENTS, 1.0, seed)
        p, raw = later(p, people, raw, more), raw.joined(more)
        last, hit = renewed(p, last, models)
        rounds.append(last.clock)
    off, full = compared(last, models)
    for name in last.clock.wall:
        least = min(r.wall[name] for r in rounds[1:])
        cpu = min(r.cpu[name] for r in rounds[1:])
        figure = f"{cpu:.3f} s processor, off by {off[name]:.1e} at most; {hit:,} ties touched"
        what = f"{people:,} people, {rows:,} interactions: {name} after {EVENTS:,} events"
        peer = full.wall.get(name)
        yield Row(what, figure, least, peak(), "full run", peer, GOAL)


def _models(p: Projection) -> dict[str, Model]:
    lent = lent_at(find_contacts(p), p.as_of).told()
    made = {n: cold_model(n, VERSION, p.as_of, directed=n != "active") for n in ("active", "relationship_health")}
    return {n: replace(m, content={**m.content, RHYTHM: lent}) for n, m in made.items()}


def in_full(p: Projection, models: Mapping[str, Model]) -> Made:
    """Everything, of nothing but the graph."""
    clock, scores = Clock(), dict[str, Scores]()
    for name in NAMES:
        spec = algorithms()[name]
        given = Inputs(scores, models.get(name))
        scores[name] = clock.step(name, partial(spec.compute, p, spec.params(), given))
    strength, health = scores["tie_strength"], scores["relationship_health"]
    network = clock.step("paths", lambda: hop_probabilities(p, strength, health))
    listed = clock.step("weekly list", lambda: weekly(p, scores, rep=rep_of(p)))
    return Made(p, scores, network, listed, clock)


def renewed(p: Projection, last: Made, models: Mapping[str, Model]) -> tuple[Made, int]:
    """Everything, of what there was and the new events; and how many ties these touch."""
    clock, scores = Clock(), dict[str, Scores]()
    what = clock.step("what is new", lambda: touched(last.p, p))
    if what is None:
        raise RuntimeError("more than a few events came in")
    for name in NAMES:
        scores[name] = clock.step(name, partial(_again, p, name, scores, models, last.scores[name], what))
    both = scores["tie_strength"], scores["relationship_health"]
    network = clock.step("paths", lambda: renewed_hops(last.network, p, both, what))
    listed = clock.step("weekly list", lambda: weekly(p, scores, rep=rep_of(p)))
    if network is None:
        raise RuntimeError("more than ties changed")
    ties = scores["active"]
    hit = int((what.people[ties.a] | what.people[ties.b if ties.b is not None else ties.a]).sum())
    return Made(p, scores, network, listed, clock), hit


def _again(
    p: Projection, name: str, made: Mapping[str, Scores], models: Mapping[str, Model], old: Scores, what: Touched
) -> Scores:
    spec = algorithms()[name]
    if spec.rescore is None:
        raise RuntimeError(f"{name} cannot be renewed")
    old = replace(old, a=what.image[old.a], b=None if old.b is None else what.image[old.b])
    return spec.rescore(p, spec.params(), Inputs(made, models.get(name)), old, what)


def rep_of(p: Projection) -> int:
    """The colleague with the most contacts of the last rows: a busy rep."""
    x = p.interactions
    ours = x.actor[-100_000:][p.entities.internal[x.actor[-100_000:]]]
    return int(np.argmax(np.bincount(ours, minlength=len(p))))


def compared(last: Made, models: Mapping[str, Model]) -> tuple[dict[str, float], Clock]:
    """Largest relative difference to a full run of everything, one after the other, and what that took."""
    p, clock, off = replace(last.p), Clock(), {"what is new": 0.0}
    for name in NAMES:
        spec, given = algorithms()[name], Inputs(last.scores, models.get(name))
        full = clock.step(name, partial(spec.compute, p, spec.params(), given))
        off[name] = _apart(last.scores[name], full)
        del full
    strength, health = last.scores["tie_strength"], last.scores["relationship_health"]
    network = clock.step("paths", lambda: hop_probabilities(p, strength, health))
    ours, theirs = last.network.graph, network.graph
    same = all(np.array_equal(getattr(ours.rows, c), getattr(theirs.rows, c)) for c in ("node", "links"))
    off["paths"] = 0.0 if same and np.array_equal(ours.probability, theirs.probability) else np.inf
    listed = clock.step("weekly list", lambda: weekly(p, last.scores, rep=rep_of(p)))
    off["weekly list"] = 0.0 if str(last.listed) == str(listed) else np.inf
    return off, clock


def _apart(one: Scores, two: Scores) -> float:
    ends = [(one.a, two.a), *([(one.b, two.b)] if one.b is not None and two.b is not None else [])]
    if not all(np.array_equal(x, y) for x, y in ends):
        return np.inf
    columns: list[tuple[Any, Any]] = [(one.value, two.value), *((one.terms[k], v) for k, v in two.terms.items())]
    columns += [(one.beside[k], v) for k, v in two.beside.items() if v.dtype.kind != "U"]
    most = 0.0
    for x, y in columns:
        if not np.array_equal(np.isnan(x), np.isnan(y)):
            return np.inf
        with np.errstate(invalid="ignore"):
            most = max(most, float(np.nanmax(np.abs(x - y) / np.maximum(np.abs(y), 1e-6), initial=0.0)))
    return most
