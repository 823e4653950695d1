"""The whole company as groups: what a map is too large for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from algorithms.groups import OURS, By, Groups, grouped
from algorithms.structure import dominant
from api.answers import filtering
from api.answers.ask import Ask
from api.answers.groups import group_names, partition
from api.answers.map_figures import effective, figures_of, scores_behind, wanted_scores
from api.answers.map_reach import weights
from api.answers.structure import LEAST, MOST, known_people
from api.shapes import Entity
from api.shapes_map import OverviewAnswer, OverviewEdge, OverviewGroup
from graphsvc.clock import show_moment
from graphsvc.filters import TieFilter, industries
from graphsvc.model import Label
from graphsvc.phrases import phrase
from graphsvc.projection import Bools, Floats, Index, Ints
from graphsvc.scores import Scores

MEMBERS = 5  # shown of each group
FIGURES = frozenset({"influence", "organization_health"})


@dataclass(frozen=True)
class _Company:
    """The groups of a company: ``of`` per entity (-1: none, or not wanted), those shown, and the ties kept."""

    ask: Ask
    groups: Groups
    of: Index
    shown: Index
    strength: Scores
    ties: Bools


def overview(
    ask: Ask,
    by: By = "community",
    limit: int = 100,
    wanted: TieFilter | None = None,
    scores: Sequence[str] | None = None,
) -> OverviewAnswer:
    """Groups by size, largest first, with all ties between two of them as one edge.

    A rep sees the communities of the own contacts and all organizations and teams; sums go over what they may see.
    """
    ask.budget.limit(limit)
    figures = wanted_scores(ask, scores) & FIGURES
    company, hidden, cut = _company(ask, by, limit, wanted or TieFilter())
    edges, closed = _edges(company)
    return OverviewAnswer(
        meta=ask.meta(*scores_behind(figures), hidden=hidden + closed),
        by=by,
        groups=_items(company, figures),
        edges=edges,
        cut=cut,
    )


def _company(ask: Ask, by: By, limit: int, wanted: TieFilter) -> tuple[_Company, int, int]:
    """The company; how many groups the caller may not know of, and how many did not fit."""
    p, strength = ask.projection, effective(ask, "tie_strength")
    ties, people = filtering.kept(ask, wanted, strength)
    groups = grouped(p, by, partition(ask) if by == "community" else None, LEAST)
    of = np.where(people & (p.entities.label == Label.PERSON), groups.of, -1).astype(np.int32)
    size = np.bincount(of[of >= 0], minlength=len(groups))
    there = np.flatnonzero(size)
    allowed = there if by != "community" else there[_known_groups(ask, of, len(groups))[there]]
    order = allowed[np.lexsort((allowed, -size[allowed]))]
    shown = order[:limit].astype(np.int32)
    return _Company(ask, groups, of, shown, strength, ties), len(there) - len(allowed), len(order) - len(shown)


def _known_groups(ask: Ask, of: Index, count: int) -> Bools:
    """Groups in which the caller knows of somebody."""
    out, inside = np.zeros(count, dtype=bool), np.flatnonzero(of >= 0).astype(np.int32)
    out[of[inside[known_people(ask, inside)]]] = True
    return out


# -- groups ------------------------------------------------------------------------------------------------------------


def _items(company: _Company, figures: frozenset[str]) -> list[OverviewGroup]:
    ask, e = company.ask, company.ask.projection.entities
    names, members = _names(company), _members(company)
    size = np.bincount(company.of[company.of >= 0], minlength=len(company.groups))
    ours = np.bincount(company.of[(company.of >= 0) & e.internal], minlength=len(company.groups))
    shown = ask.entities(i for some in members.values() for i in some)
    health, influence = _health(company, figures), _influence(company, figures)
    industry = _industries(company)
    return [
        OverviewGroup(
            id=names[g].id,
            name=names[g].name or names[g].key,
            size=int(size[g]),
            ours=int(ours[g]),
            industry=industry.get(g),
            health=health.get(g),
            influence=influence.get(g),
            members=[shown[i] for i in members.get(g, ()) if i in shown],
        )
        for g in company.shown.tolist()
    ]


def _names(company: _Company) -> dict[int, Entity]:
    """Id and name of each group shown."""
    ask, groups, shown = company.ask, company.groups, company.shown.tolist()
    if groups.by == "community":
        said = group_names(ask, partition(ask), shown)
        return {g: Entity(id=str(g + 1), label="group", key=str(g + 1), name=said[g]) for g in shown}
    held = {g: int(groups.named[g]) for g in shown}
    names = ask.entities(i for i in held.values() if i >= 0)
    out = {}
    for g, i in held.items():
        if i == OURS:
            out[g] = Entity(id="ours", label="group", key="ours", name=phrase("structure.ours").text())
        elif groups.by == "team":
            who = phrase("structure.team", who=names[i].name or names[i].key).text()
            out[g] = names[i].model_copy(update={"name": who})
        else:
            out[g] = names[i]
    return out


def _members(company: _Company) -> dict[int, list[int]]:
    """The most central members of each group that the caller knows of: those with most ties by strength."""
    ask, strength = company.ask, company.strength
    n, rows = len(ask.projection), np.flatnonzero(company.ties)
    ends = np.concatenate((strength.a[rows], _b(strength)[rows]))
    central = np.bincount(ends, np.tile(weights(ask, strength)[rows], 2), n)
    who = np.flatnonzero(np.isin(company.of, company.shown)).astype(np.int32)
    who = who[known_people(ask, who)]
    who = who[np.lexsort((who, -central[who], company.of[who]))]
    first = np.searchsorted(company.of[who], company.of[who])
    out: dict[int, list[int]] = {}
    for i in who[np.arange(len(who)) - first < MEMBERS].tolist():
        out.setdefault(int(company.of[i]), []).append(i)
    return out


def _industries(company: _Company) -> dict[int, str]:
    """The industry most members' employers have in common."""
    p, code = company.ask.projection, industries(company.ask.projection)
    out = {}
    for g in company.shown.tolist():
        best = dominant(code[company.of == g])[:1]
        word = p.text(best[0][0]) if best and best[0][1] >= MOST else None
        if word is not None:
            out[g] = word
    return out


def _health(company: _Company, figures: frozenset[str]) -> dict[int, float]:
    """organization_health of the organizations the caller may open."""
    ask, named = company.ask, company.groups.named
    if company.groups.by != "organization" or "organization_health" not in figures:
        return {}
    value = figures_of(ask, frozenset({"organization_health"}))["organization_health"]
    found = {g: int(named[g]) for g in company.shown.tolist() if named[g] >= 0}
    return {g: float(value[i]) for g, i in found.items() if ask.sight.entity(i) and not np.isnan(value[i])}


def _influence(company: _Company, figures: frozenset[str]) -> dict[int, float]:
    """Sum of influence of the groups all of whose members the caller may open."""
    ask, of = company.ask, company.of
    if "influence" not in figures:
        return {}
    value = figures_of(ask, frozenset({"influence"}))["influence"]
    inside, count = of >= 0, len(company.groups)
    total = np.bincount(of[inside], np.nan_to_num(value[inside]), count)
    measured = np.bincount(of[inside], ~np.isnan(value[inside]), count)
    open_ = np.ones(len(of), dtype=bool) if ask.caller.is_owner else ask.sight.own
    closed = np.bincount(of[inside], ~open_[inside], count)
    return {g: float(total[g]) for g in company.shown.tolist() if measured[g] and not closed[g]}


# -- edges -------------------------------------------------------------------------------------------------------------


def _edges(company: _Company) -> tuple[list[OverviewEdge], int]:
    """Ties between groups; and of how many the numbers are not the caller's to see."""
    strength, of, count = company.strength, company.of, len(company.groups)
    a, b = of[strength.a], of[_b(strength)]
    shown = np.append(np.isin(np.arange(count), company.shown), False)
    rows = np.flatnonzero(company.ties & shown[a] & shown[b] & (a != b))
    low, high = np.minimum(a[rows], b[rows]).astype(np.int64), np.maximum(a[rows], b[rows])
    keys, place = np.unique(low * max(count, 1) + high, return_inverse=True)
    open_ = company.ask.sight.ties(strength.a[rows], _b(strength)[rows])
    value, last, known = _sums(strength, rows, place, open_, len(keys))
    names, ties = _names(company), np.bincount(place, minlength=len(keys))
    edges = [
        OverviewEdge(
            a=names[key // count].id,
            b=names[key % count].id,
            ties=int(ties[k]),
            strength=float(value[k]) if known[k] else None,
            last=show_moment(int(last[k])) if known[k] else None,
        )
        for k, key in enumerate(keys.tolist())
    ]
    return edges, int((~open_).sum())


def _sums(strength: Scores, rows: Ints, place: Ints, open_: Bools, count: int) -> tuple[Floats, Ints, Ints]:
    """Sum of strengths and last contact [us] of the ties that are open, and how many these are, per pair."""
    value = np.bincount(place[open_], np.nan_to_num(strength.value[rows][open_]), count).astype(np.float64)
    last = np.zeros(count, dtype=np.int64)
    np.maximum.at(last, place[open_], np.asarray(strength.beside["last_time"], dtype=np.int64)[rows][open_])
    return value, last, np.bincount(place[open_], minlength=count).astype(np.int64)


def _b(strength: Scores) -> Index:
    if strength.b is None:
        raise TypeError(f"{strength.name} is not a score of ties")
    return strength.b
