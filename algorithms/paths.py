"""Referral paths: through whom a rep, or all of us, can reach a person, an organization or the people of a deal.

Asking for an introduction is a chain of favours. A path's probability is the product of its hops'
(:mod:`algorithms.path_network`); :mod:`graphsvc.kernels.paths` finds the k most probable ones exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from algorithms.path_network import Network as Network
from algorithms.path_network import PathParams as PathParams
from algorithms.path_network import hop_probabilities as hop_probabilities
from algorithms.path_network import usable as usable
from graphsvc.errors import InputError, NotFoundError
from graphsvc.kernels.paths import Filters, FoundPath, KBest, Limits, k_best_paths
from graphsvc.kernels.paths_disjoint import disjoint_paths
from graphsvc.kernels.ties import TieTable
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Index, Projection

MAX_HOPS = 6
ROWS_PER_HOP = 3  # evidence rows shown for a hop: the latest


@dataclass(frozen=True)
class Hop:
    """One step: entity indices, probability, whether it is the path's weakest, its latest interaction rows.

    ``open_asks`` are the asks that wait at ``frm`` already, where it has to pass the request on; they lower the
    probability.
    """

    frm: int
    to: int
    probability: float
    weakest: bool
    rows: tuple[int, ...]
    open_asks: int = 0


@dataclass(frozen=True)
class Path:
    """A path; its probability is the product of its hops'."""

    probability: float
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class PathResult:
    """Paths, best first. Where not ``complete``, no missing path is more probable than ``bound``.

    ``calibrated`` False: the probabilities are a score. ``notes`` say why there is no path, or none to be expected.
    """

    paths: tuple[Path, ...]
    complete: bool
    bound: float | None
    calibrated: bool
    notes: tuple[Phrase, ...] = ()


@dataclass(frozen=True)
class Wish:
    """What kind of paths are asked for.

    Parameters
    ----------
    k, hops : at most so many paths of at most so many hops, 1 to 6.
    min_probability : paths below it are left out, 0 to 1.
    avoid : people and organizations no path may touch.
    via : people and organizations of which a path must touch at least one.
    among : mask of entities that count at the target, such as a role or a level; None: all.
    starts : people who may start, in place of all of us; None: all of us.
    nodes : mask of entities that may stand between the ends; None: all.
    edges : mask of the network's edges that may be used, in its order; None: all.
    disjoint : no two paths share anybody between their ends (:mod:`graphsvc.kernels.paths_disjoint`).
    seconds : when they are over, what was found is returned, incomplete, with a bound.
    """

    k: int = 5
    hops: int = MAX_HOPS
    min_probability: float = 0.01
    avoid: Sequence[int] = ()
    via: Sequence[int] = ()
    among: Bools | None = None
    starts: Index | None = None
    nodes: Bools | None = None
    edges: Bools | None = None
    disjoint: bool = False
    seconds: float = 2.0

    def check(self) -> None:
        """Refuse what is out of range.

        Raises
        ------
        InputError
        """
        if self.k < 1:
            raise InputError("paths.bad_k", k=self.k)
        if not 1 <= self.hops <= MAX_HOPS:
            raise InputError("paths.bad_hops", hops=self.hops, limit=MAX_HOPS)
        if not 0.0 <= self.min_probability <= 1.0:
            raise InputError("paths.bad_probability", value=self.min_probability)


def find_paths(
    network: Network, p: Projection, *, to: int, source: int | None = None, wish: Wish | None = None, **given: Any
) -> PathResult:
    """The best referral paths to ``to``.

    Parameters
    ----------
    to : a person; or an organization (any of its current people), or an opportunity (any of its stakeholders).
    source : a person, or an organization whose people may all start; None: all of us.
    wish : what is asked for; its fields may be given by name instead.

    Raises
    ------
    InputError
        When nobody said who we are and ``source`` is None; when an argument is out of range.
    NotFoundError
        When an entity is not in the Projection.
    """
    wish = wish or Wish(**given)
    wish.check()
    starts = _starts(network, p, wish) if source is None else people_of(p, source)
    ends = people_of(p, to) if wish.among is None else np.intersect1d(people_of(p, to), np.flatnonzero(wish.among))
    if source is not None and source == to:
        raise InputError("paths.same_ends")
    some = network.usable
    between = None if wish.nodes is None else _and_ends(wish.nodes, starts, ends)
    via = _all(p, wish.via) if len(wish.via) else None
    filters = Filters(nodes=between, edges=wish.edges, avoid=_all(p, wish.avoid), via=via)
    limits = Limits(wish.k, wish.hops, wish.min_probability, wish.seconds)
    search = disjoint_paths if wish.disjoint else k_best_paths
    found = search(network.graph, starts[some[starts]], ends[some[ends]], limits, filters)
    notes = _notes(p, starts, ends, found, wish.min_probability, wish.hops)
    paths = tuple(_path(network, p, f) for f in found.paths)
    return PathResult(paths, found.complete, found.bound, network.calibrated, notes)


def _starts(network: Network, p: Projection, wish: Wish) -> Index:
    return team_of(network, p) if wish.starts is None else wish.starts


def _and_ends(nodes: Bools, *ends: Index) -> Bools:
    out = nodes.copy()
    for some in ends:
        out[some] = True
    return out


def team_of(network: Network, p: Projection) -> Index:
    """All of us.

    Raises
    ------
    InputError
        When nobody said who we are.
    """
    if not p.own_known or not len(network.team):
        raise InputError("paths.own_unknown")
    return network.team


def people_of(p: Projection, entity: int) -> Index:
    """The people an entity stands for: itself, who works there now, or who has a stake in the deal.

    Raises
    ------
    NotFoundError
        When the index is not in the Projection.
    InputError
        When the entity stands for nobody (a work, a topic).
    """
    if not 0 <= entity < len(p):
        raise NotFoundError("paths.no_entity", entity=entity)
    label = p.entities.label[entity]
    if label == Label.PERSON:
        return np.array([entity], dtype=np.int32)
    if label == Label.ORGANIZATION:
        return np.flatnonzero((p.entities.organization == entity) & usable(p)).astype(np.int32)
    if label == Label.OPPORTUNITY:
        stakes = p.facts_of("STAKEHOLDER_IN")
        return np.unique(stakes.subject[stakes.object == entity])
    raise InputError("paths.not_people", label=Label(label).name.lower())


# -- answers --------------------------------------------------------------------------------------------------------


def _all(p: Projection, entities: Sequence[int]) -> Index:
    """The people of some entities."""
    nobody = np.zeros(0, dtype=np.int32)
    return np.concatenate([nobody, *(people_of(p, entity) for entity in entities)])


def _path(network: Network, p: Projection, found: FoundPath) -> Path:
    weakest = int(np.argmin(found.hops))
    hops = tuple(
        Hop(u, v, prob, i == weakest, evidence_of(network.table, p, u, v), int(network.open_asks[u]) if i else 0)
        for i, (u, v, prob) in enumerate(zip(found.nodes, found.nodes[1:], found.hops, strict=False))
    )
    return Path(found.probability, hops)


def evidence_of(table: TieTable, p: Projection, u: int, v: int) -> tuple[int, ...]:
    """Handles of the latest interaction rows of two people, newest first."""
    row = table.row_of(u, v)
    if row is None:
        return ()
    return tuple(p.interactions.row[table.rows(row)[-ROWS_PER_HOP:]][::-1].tolist())


def why_closed(p: Projection, starts: Index, ends: Index) -> Phrase | None:
    """Why no path can begin or end where it is asked to, None where it can: nobody there, restricted, gone."""
    e = p.entities
    if not len(ends):
        return phrase("paths.nobody_there")
    for who, code in ((ends, "target"), (starts, "source")):
        if len(who) and e.restricted[who].all():
            return phrase(f"paths.{code}_restricted")
        if len(who) and e.left[who].all():
            return phrase(f"paths.{code}_left")
    return None


def _notes(p: Projection, starts: Index, ends: Index, found: KBest, least: float, hops: int) -> tuple[Phrase, ...]:
    """Why there is no path, in the order one would check."""
    if found.paths:
        return ()
    if closed := why_closed(p, starts, ends):
        return (closed,)
    if not found.complete:
        return (phrase("paths.cut"),)
    return (phrase("paths.none", hops=hops, percent=round(100 * least, 3)),)
