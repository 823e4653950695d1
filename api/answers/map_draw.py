"""The nodes and edges of a map at one moment, with what the caller may see of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from api.aliases import aliased
from api.answers.ask import Ask
from api.answers.map_figures import HEALTH, effective, figures_of, of_ties
from api.answers.map_reach import Reach
from api.shapes import Entity
from api.shapes_map import MapEdge, MapNode
from graphsvc.clock import show_moment
from graphsvc.filters import industries
from graphsvc.kernels.neighbourhood import SHOWN_FACTS
from graphsvc.kernels.ties import pair_key
from graphsvc.model import KIND_WEIGHTS, Label, Level
from graphsvc.policy import BANDS, OWNER, bands
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection, take
from graphsvc.scores import Scores

EDGES = 20_000  # most edges of one map
REP = "rep"
_TIE = "TIE"
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Drawn:
    """Nodes by id and edges by their ends and kind; how many numbers the caller may not see, and edges left out."""

    nodes: dict[str, MapNode]
    edges: dict[Key, MapEdge]
    hidden: int
    cut: int


def draw(reach: Reach, shown: Index, scores: frozenset[str], groups: Index | None = None) -> Drawn:
    """Draw some entities of a reach with all edges among them.

    Parameters
    ----------
    scores : figures to show.
    groups : community per entity, -1 for none; None: no groups are shown.
    """
    names = reach.ask.entities(shown.tolist())
    inside = np.zeros(len(reach.ask.projection), dtype=bool)
    inside[[i for i in shown.tolist() if i in names]] = True
    nodes = _nodes(reach, np.flatnonzero(inside).astype(np.int32), names, figures_of(reach.ask, scores), groups)
    ties = _ties(reach, inside)
    ties, cut = ties[:EDGES], max(len(ties) - EDGES, 0)
    open_ = reach.ask.sight.ties(reach.strength.a[ties], _other(reach.strength)[ties])
    edges = _tie_edges(reach, ties, open_, names, HEALTH in scores)
    facts = _fact_edges(reach, inside, names)
    left = max(EDGES - len(edges), 0)
    closed = sum(not reach.ask.sight.entity(i) for i in names if nodes[names[i].id].label in ("person", "organization"))
    edges |= dict(list(facts.items())[:left])
    return Drawn(
        {names[i].id: nodes[names[i].id] for i in shown.tolist() if i in names},
        edges,
        int((~open_).sum()) + closed,
        cut + max(len(facts) - left, 0),
    )


# -- nodes -------------------------------------------------------------------------------------------------------------


def _nodes(
    reach: Reach, some: Index, names: Mapping[int, Entity], figures: Mapping[str, Floats], groups: Index | None
) -> dict[str, MapNode]:
    ask = reach.ask
    p, e = ask.projection, ask.projection.entities
    homes = ask.entities(e.organization[some].tolist())
    open_ = {i for i in some.tolist() if ask.sight.entity(i)}
    titles, roles, industry = _titles(ask, open_), _roles(ask, open_), industries(p)
    owners = _owners(p)
    out = {}
    for i in some.tolist():
        home = homes.get(int(e.organization[i]))
        full = i in open_
        out[names[i].id] = MapNode(
            **names[i].__dict__,
            organization=(home.name or home.key) if home else None,
            organization_id=home.id if home else None,
            title=titles.get(i),
            level=Level(int(e.level[i])).name.lower() if full and e.level[i] > 0 else None,
            industry=p.text(int(industry[i])),
            internal=bool(e.internal[i]),
            left=full and bool(e.left[i]),
            distance=int(reach.distance[i]),
            group=None if groups is None or groups[i] < 0 else int(groups[i]) + 1,
            roles=[*roles.get(i, ()), *([REP] if owners[i] else [])],
            scores=_figures(i, figures) if full else {},
        )
    return out


def _figures(i: int, figures: Mapping[str, Floats]) -> dict[str, float]:
    return {name: float(column[i]) for name, column in figures.items() if not np.isnan(column[i])}


def _titles(ask: Ask, open_: set[int]) -> dict[int, str]:
    if aliased():
        return {}
    ids = {ask.projection.entities.id[i].decode(): i for i in open_}
    said = ask.describe(list(ids), OWNER)
    return {ids[d.id]: d.title for d in said.values() if d.title and d.id in ids}


def _roles(ask: Ask, open_: set[int]) -> dict[int, list[str]]:
    """Buying roles held now, by person."""
    p = ask.projection
    part = p.facts_of("STAKEHOLDER_IN")
    found: dict[int, set[str]] = {}
    for i, code in zip(part.subject.tolist(), part.role.tolist(), strict=True):
        if i in open_ and code >= 0:
            found.setdefault(i, set()).add(p.words[code])
    return {i: sorted(roles) for i, roles in found.items()}


def _owners(p: Projection) -> Bools:
    """Who owns an account or a deal."""
    out = np.zeros(len(p), dtype=bool)
    out[p.facts_of("OWNS").subject] = True
    deals = p.opportunities.owner
    out[deals[deals >= 0]] = True
    out &= p.entities.label == Label.PERSON
    return out


# -- edges -------------------------------------------------------------------------------------------------------------


def _ties(reach: Reach, inside: Bools) -> Index:
    """Rows of the ties among some entities that the filter keeps, by row; the strongest first where they are many."""
    strength = reach.strength
    rows = np.flatnonzero(reach.ties & inside[strength.a] & inside[_other(strength)])
    if len(rows) > EDGES:
        rows = rows[np.lexsort((rows, -reach.weight[rows]))]
    return rows.astype(np.int32)


def _tie_edges(
    reach: Reach, rows: Index, open_: Bools, names: Mapping[int, Entity], with_health: bool
) -> dict[Key, MapEdge]:
    ask, strength, p = reach.ask, reach.strength, reach.ask.projection
    health = np.full(len(strength), np.nan)
    if with_health:
        health = of_ties(p, strength, effective(ask, HEALTH))
    last = np.asarray(strength.beside["last_time"], dtype=np.int64)[rows]
    channels = channels_of(p, strength, rows[open_])
    band = bands(strength.value[rows], ask.cuts(strength)).tolist()
    ends = zip(strength.a[rows].tolist(), _other(strength)[rows].tolist(), strict=True)
    out: dict[Key, MapEdge] = {}
    for k, (row, (a, b), full) in enumerate(zip(rows.tolist(), ends, open_.tolist(), strict=True)):
        first, second = names[a].id, names[b].id
        shown = {}
        if full:
            value = float(strength.value[row])
            shown = {
                "strength": None if np.isnan(value) else value,
                "health": None if np.isnan(health[row]) else float(health[row]),
                "last": show_moment(int(last[k])),
                "age_days": round((p.as_of - int(last[k])) / DAY, 3),
                "channels": channels[row],
            }
        out[first, second, _TIE] = MapEdge(a=first, b=second, kind=_TIE, band=BANDS[band[k]], **shown)
    return out


def channels_of(p: Projection, strength: Scores, rows: Index) -> dict[int, list[str]]:
    """Names of the channels of some ties, by row, ascending; of interactions that make a tie, robot mail does not."""
    x, n = p.interactions, len(p)
    out: dict[int, list[str]] = {row: [] for row in rows.tolist()}
    if not out:
        return out
    inside = np.zeros(n, dtype=bool)
    inside[strength.a[rows]] = inside[_other(strength)[rows]] = True
    some = np.flatnonzero(inside[x.actor] & inside[x.target])
    weighs = np.array([KIND_WEIGHTS.get(word, 1.0) > 0 for word in p.words] + [True])
    some = some[(x.weight[some] > 0) & weighs[x.kind[some]] & (x.channel[some] >= 0)]
    place, hit = _places(p, strength, rows, np.minimum(x.actor[some], x.target[some]),
                         np.maximum(x.actor[some], x.target[some]))  # fmt: skip
    pairs = np.unique(place[hit] * len(p.words) + x.channel[some][hit].astype(np.int64))
    for pair in pairs.tolist():
        out[int(rows[pair // len(p.words)])].append(p.words[pair % len(p.words)])
    return out


def _places(p: Projection, strength: Scores, rows: Index, low: Index, high: Index) -> tuple[Ints, Bools]:
    """Place in ``rows`` of some pairs, and whether they are there."""
    keys = pair_key(strength.a[rows], _other(strength)[rows], len(p))
    order, wanted = np.argsort(keys), pair_key(low, high, len(p))
    place = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return place, keys[place] == wanted


def _fact_edges(reach: Reach, inside: Bools, names: Mapping[int, Entity]) -> dict[Key, MapEdge]:
    """Facts that hold among some entities, each kind once between two, and who works where."""
    out: dict[Key, MapEdge] = {}
    if not reach.facts:
        return out
    p, e = reach.ask.projection, reach.ask.projection.entities
    facts = p.facts_of(*SHOWN_FACTS, "WORKS_AT", "STAKEHOLDER_IN")
    facts = take(facts, inside[facts.subject] & inside[facts.object])
    staff = np.flatnonzero(inside & (e.label == Label.PERSON) & (e.organization >= 0) & ~e.left)
    staff = staff[inside[e.organization[staff]]]
    kinds = [p.fact_kinds[kind] for kind in facts.kind.tolist()] + ["WORKS_AT"] * len(staff)
    ends = zip(
        [*facts.subject.tolist(), *staff.tolist()],
        [*facts.object.tolist(), *e.organization[staff].tolist()],
        strict=True,
    )
    for kind, (a, b) in zip(kinds, ends, strict=True):
        first, second = names[a].id, names[b].id
        out[first, second, kind] = MapEdge(a=first, b=second, kind=kind, directed=True)
    return out


def _other(strength: Scores) -> Index:
    if strength.b is None:
        raise TypeError(f"{strength.name} is not a score of ties")
    return strength.b
