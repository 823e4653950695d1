"""What stands on a map: who is asked for, who is near them or on the way to somebody, and what the filter keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from algorithms.paths import PathResult, find_paths, people_of
from algorithms.scenarios import team_of
from api.answers import filtering
from api.answers.ask import Ask
from api.answers.map_figures import effective
from api.answers.path_wishes import PathQuestion, target_of, wish_of
from api.answers.paths import network
from graphsvc.errors import BudgetError, GraphsvcError, InputError, NotFoundError
from graphsvc.filters import TieFilter
from graphsvc.kernels.neighbourhood import Neighbours, Wanted, around, neighbours, spread
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import bands
from graphsvc.projection import Bools, Floats, Index
from graphsvc.scores import Scores

MOST_NODES = 5_000
PATHS = 10  # best ones that a map to somebody is the union of


@dataclass(frozen=True)
class MapWish:
    """What map is asked for.

    Parameters
    ----------
    focus : keys of the centres; ``team`` : a manager with all who report to them, or an organization, as centres too.
    to : whom the map should lead to; it is then the union of the best paths from the centres, or from all of us.
    hops : how far around the centres; None: 1, and 0 around paths.
    limit : most nodes.
    hide : public ids that are not there, not even to be walked through.
    compare : another moment [us].
    scores : figures asked for (:func:`api.answers.map_figures.wanted_scores`).
    groups : whether communities are wanted; None: unless the graph is so large that finding them takes seconds.
    """

    focus: Sequence[str] = ()
    team: str | None = None
    to: str | None = None
    hops: int | None = None
    limit: int = 100
    hide: Sequence[str] = ()
    compare: int | None = None
    filter: TieFilter = field(default_factory=TieFilter)
    scores: Sequence[str] | None = None
    groups: bool | None = None


@dataclass(frozen=True)
class Reach:
    """What is within reach at one moment: ``order`` is nearest and strongest first, of it ``kept`` are shown.

    ``centres`` are those asked for, ``ties`` the rows of ``strength`` that the filter keeps, ``weight`` what this
    caller's ties are ordered by, ``ways`` the paths to whom the map leads, best first.
    """

    ask: Ask
    strength: Scores
    centres: Index
    order: Index
    distance: Index
    ties: Bools
    weight: Floats
    limit: int
    facts: bool = True
    notes: tuple[Phrase, ...] = ()
    ways: tuple[tuple[int, ...], ...] = ()

    @property
    def kept(self) -> Index:
        """The entities shown."""
        return self.order[: self.limit]

    def ids(self, some: Index) -> list[str]:
        """Public ids of some entities."""
        return [ident.decode() for ident in self.ask.projection.entities.id[some].tolist()]


def reach(ask: Ask, wish: MapWish, *, strict: bool = True) -> Reach:
    """What a map shows at one moment.

    Parameters
    ----------
    strict : somebody asked for must be there; else the map may be empty.

    Raises
    ------
    BudgetError
        For more nodes, hops or seconds than allowed.
    InputError, NotFoundError
        Where nobody is asked for, or nobody of them is there.
    """
    _check(ask, wish)
    focus, notes = _centres(ask, wish, strict)
    p, strength = ask.projection, effective(ask, "tie_strength")
    ties, people = filtering.kept(ask, wish.filter, strength)
    people &= ~_hidden(ask, wish.hide)
    weight = weights(ask, strength)
    way = _way(ask, wish, focus, people)
    wanted = Wanted(people, ties, wish.filter.facts, weight)
    near, check = _neighbours(ask, strength), ask.budget.deadline().check
    hops = ask.budget.reach((1 if wish.to is None else 0) if wish.hops is None else wish.hops)
    beside = around(p, way.centres)
    order, distance = spread(near, way.centres, hops, wanted, beside[people[beside]], check)
    distance[way.centres] = way.distance
    said = (*notes, *way.notes)
    facts = wish.filter.facts
    return Reach(ask, strength, way.asked, order, distance, ties, weight, wish.limit, facts, said, way.ways)


def _check(ask: Ask, wish: MapWish) -> None:
    if wish.limit > MOST_NODES:
        raise BudgetError("map.too_many_nodes", wanted=wish.limit, limit=MOST_NODES)
    ask.budget.limit(wish.limit)
    if not any(wish.focus) and not wish.team and not wish.to:
        raise InputError("map.nobody")


def weights(ask: Ask, strength: Scores) -> Floats:
    """What ties are ordered by: strength, for a rep their band."""
    if ask.caller.is_owner:
        return np.nan_to_num(strength.value)
    out: Floats = 1.0 + bands(strength.value, ask.cuts(strength)).astype(np.float64)
    return out


def _neighbours(ask: Ask, strength: Scores) -> Neighbours:
    """Everybody's neighbours, once per graph."""
    kept = ask.projection.derived
    found = kept.get("neighbours")
    if not isinstance(found, Neighbours):
        kept["neighbours"] = found = neighbours(ask.projection, strength)
    return found


def _hidden(ask: Ask, hide: Sequence[str]) -> Bools:
    out, index = np.zeros(len(ask.projection), dtype=bool), ask.projection.index
    out[[index[ident] for ident in hide if ident in index]] = True
    return out


def _centres(ask: Ask, wish: MapWish, strict: bool) -> tuple[Index, list[Phrase]]:
    """Who is asked for and not hidden; who is not there is passed over while somebody is."""
    found: list[int] = []
    missing: list[GraphsvcError] = []
    for key in filter(None, wish.focus):
        try:
            found.append(ask.find(key))
        except NotFoundError as error:
            missing.append(error)
    if wish.team and wish.to is None:
        found += _team(ask, wish.team, strict).tolist()
    if strict and missing and not found:
        raise missing[0]
    hidden = _hidden(ask, wish.hide)
    centres = [i for i in dict.fromkeys(found) if not hidden[i]]
    notes = [phrase("map.not_there", count=len(missing))] if missing else []
    return np.array(centres, dtype=np.int32), notes


def _team(ask: Ask, key: str, strict: bool) -> Index:
    try:
        return team_of(ask.projection, ask.find(key))
    except NotFoundError:
        if strict:
            raise
        return np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class _Way:
    """The centres of a walk and the distance of each; of these ``asked`` are those somebody asked for."""

    centres: Index
    distance: Index
    asked: Index
    notes: tuple[Phrase, ...] = ()
    ways: tuple[tuple[int, ...], ...] = ()


def _way(ask: Ask, wish: MapWish, focus: Index, people: Bools) -> _Way:
    """The centres; with whom is asked for and who is on the way there, where somebody is."""
    if wish.to is None:
        return _Way(focus, np.zeros(len(focus), dtype=np.int32), focus)
    at = dict.fromkeys(focus.tolist(), 0)
    target, found = _paths(ask, wish, focus, people)
    for path in found.paths:
        for step, hop in enumerate(path.hops, start=1):
            at.setdefault(hop.frm, step - 1)
            at.setdefault(hop.to, step)
    at.setdefault(target, max(at.values(), default=-1) + 1)
    hidden = _hidden(ask, wish.hide)
    shown = np.array([(i, d) for i, d in at.items() if not hidden[i]], dtype=np.int32).reshape(-1, 2)
    asked = np.isin(shown[:, 0], [*focus.tolist(), target])
    ways = tuple((path.hops[0].frm, *(hop.to for hop in path.hops)) for path in found.paths)
    return _Way(shown[:, 0], shown[:, 1], shown[asked, 0], found.notes, ways)


def _paths(ask: Ask, wish: MapWish, focus: Index, people: Bools) -> tuple[int, PathResult]:
    """The best paths from the centres and the team, or from all of us."""
    p, net = ask.projection, network(ask)
    target, among = target_of(ask, wish.to or "")
    starts = [people_of(p, int(i)) for i in focus if p.entities.label[i] in (Label.PERSON, Label.ORGANIZATION)]
    if wish.team:
        starts.append(_team(ask, wish.team, strict=True))
    asked = wish_of(ask, PathQuestion(wish.to or "", k=PATHS, filter=wish.filter), among, net)
    some = np.setdiff1d(np.concatenate(starts), people_of(p, target)).astype(np.int32) if starts else None
    nodes = people if wish.hide or not wish.filter.any_person else None
    return target, find_paths(net, p, to=target, wish=replace(asked, starts=some, nodes=nodes))
