"""The influence map: who stands around some people, on the way to somebody, and what changed since another moment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from algorithms.structure import Communities
from api.answers.ask import Ask
from api.answers.groups import group_names, group_of, partition
from api.answers.map_draw import Drawn, draw
from api.answers.map_figures import scores_behind, wanted_scores
from api.answers.map_reach import MapWish, Reach, reach
from api.shapes_map import EdgeChange, MapAnswer, MapCompared, MapEdge, MapGroup, MapNode, NodeChange
from graphsvc.clock import show_moment
from graphsvc.errors import NotFoundError
from graphsvc.policy import BANDS
from graphsvc.projection import Index

M = TypeVar("M", MapNode, MapEdge)
FEW_TIES = 50_000  # up to which communities are told unasked: they are found anew after every change
CHANGED = 1.25  # how many times as strong a tie must be to be called stronger, or the other to be called weaker


def ego_map(ask: Ask, key: str, hops: int = 1, limit: int = 100) -> MapAnswer:
    """:func:`influence_map` around one entity."""
    return influence_map(ask, MapWish(focus=[key], hops=hops, limit=limit))


def influence_map(ask: Ask, wish: MapWish) -> MapAnswer:
    """The map asked for, within the caller's budget and sight.

    Raises
    ------
    BudgetError
        For more nodes, hops or seconds than allowed.
    InputError, NotFoundError
        Where nobody is asked for, or nobody of them is there.
    """
    here, scores = reach(ask, wish), wanted_scores(ask, wish.scores)
    grouped = len(here.strength) <= FEW_TIES if wish.groups is None else wish.groups
    found = partition(ask) if grouped else None
    drawn, compared = _drawn(here, wish, scores, None if found is None else group_of(ask, found))
    names = ask.entities(here.centres.tolist())
    return MapAnswer(
        meta=ask.meta(*scores_behind(scores), hidden=drawn.hidden, notes=here.notes),
        center=[names[i] for i in here.centres.tolist() if i in names],
        nodes=list(drawn.nodes.values()),
        edges=list(drawn.edges.values()),
        cut=len(here.order) - len(here.kept),
        cut_edges=drawn.cut,
        groups=[] if found is None else _groups(ask, found, drawn),
        compare=compared,
        paths=_ways(here, drawn),
    )


def _ways(here: Reach, drawn: Drawn) -> list[list[str]]:
    """The paths of which all people are drawn."""
    ways = (here.ids(np.array(way, dtype=np.int32)) for way in here.ways)
    return [way for way in ways if all(ident in drawn.nodes for ident in way)]


def _groups(ask: Ask, found: Communities, drawn: Drawn) -> list[MapGroup]:
    """The communities of which somebody is shown."""
    used = sorted({node.group - 1 for node in drawn.nodes.values() if node.group is not None})
    called = group_names(ask, found, used)
    return [MapGroup(id=c + 1, name=called[c], size=int(found.parts.size[c])) for c in used]


def _drawn(
    here: Reach, wish: MapWish, scores: frozenset[str], groups: Index | None
) -> tuple[Drawn, MapCompared | None]:
    if wish.compare is None:
        return draw(here, here.kept, scores, groups), None
    then = Ask(here.ask.workspace, here.ask.caller, here.ask.budget, as_of=wish.compare, known_at=here.ask.known_at)
    there = _reached(then, wish)
    gone: list[str] = []
    if there is not None:
        now = set(here.ids(here.order))
        gone = [ident for ident in there.ids(there.kept) if ident not in now]
    drawn = draw(here, _and(here, here.kept, gone), scores, groups)
    drawn, new = _compared(drawn, there, gone)
    return drawn, MapCompared(as_of=show_moment(then.moment.as_of), new=new, gone=len(gone))


# -- two moments -------------------------------------------------------------------------------------------------------


def _reached(ask: Ask, wish: MapWish) -> Reach | None:
    """What was within reach at the other moment, None where nobody asked for was there."""
    try:
        found = reach(ask, wish, strict=False)
    except NotFoundError:
        return None
    return found if len(found.centres) else None


def _and(reached: Reach, some: Index, ids: Iterable[str]) -> Index:
    """Some entities, and those of some ids that are there."""
    index = reached.ask.projection.index
    return np.array(list(dict.fromkeys((*some.tolist(), *(index[i] for i in ids if i in index)))), dtype=np.int32)


def _compared(now: Drawn, there: Reach | None, gone: list[str]) -> tuple[Drawn, int]:
    """What is drawn with its changes marked and what is gone put back; and how many nodes are new."""
    then = Drawn({}, {}, 0, 0)
    before: set[str] = set()
    if there is not None:
        before = set(there.ids(there.order))
        then = draw(there, _and(there, there.kept[:0], (*now.nodes, *gone)), frozenset())
    lost, whole = set(gone), not (now.cut or then.cut)
    nodes = {i: _mark(n, None if i in before else "new") for i, n in now.nodes.items() if i not in lost}
    new = sum(n.change == "new" for n in nodes.values())
    nodes |= {i: _mark(then.nodes[i], "gone") for i in gone if i in then.nodes}
    edges = {k: _mark(e, _change(e, then.edges.get(k), whole)) for k, e in now.edges.items()}
    if whole:
        edges |= {k: _mark(e, "gone") for k, e in then.edges.items() if k not in edges}
    return replace(now, nodes=nodes, edges=edges), new


def _change(now: MapEdge, then: MapEdge | None, whole: bool) -> EdgeChange | None:
    """What became of an edge; of a tie that is not the caller's by its band alone."""
    if then is None:
        return "new" if whole else None
    if now.strength is not None and then.strength is not None:
        up, down = now.strength >= CHANGED * then.strength, then.strength >= CHANGED * now.strength
    else:
        up, down = _band(now) > _band(then), _band(now) < _band(then)
    return None if up == down else "stronger" if up else "weaker"


def _band(edge: MapEdge) -> int:
    return next((place for place, band in enumerate(BANDS) if band == edge.band), -1)


def _mark(item: M, change: NodeChange | EdgeChange | None) -> M:
    return item if change is None else item.model_copy(update={"change": change})
