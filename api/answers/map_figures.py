"""The figures a map shows at people and organizations, each computed only when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from api.answers.ask import Ask
from graphsvc.projection import Floats, Projection
from graphsvc.scores import Scores

# name on the map -> score, and the column beside it where it is not the value
FIGURES: dict[str, tuple[str, str | None]] = {
    "influence": ("influence", None),
    "reach": ("influence", "reach"),
    "pagerank": ("influence", "pagerank"),
    "betweenness": ("influence", "betweenness"),
    "core": ("influence", "core"),
    "depth": ("depth", None),
    "breadth": ("breadth", None),
    "ecosystem": ("ecosystem", None),
    "organization_health": ("organization_health", None),
}
HEALTH = "relationship_health"
ALL, NONE = "all", "none"


def wanted_scores(ask: Ask, asked: Iterable[str] | None) -> frozenset[str]:
    """The figures to compute: those asked for; where nothing is said all of them now, and none at another date.

    Models are fitted anew for a date in the past, which takes seconds: whoever moves through time asks for what the
    map is sized by.
    """
    names = frozenset(asked or ())
    if not names:
        live = ask.known_at is None and ask.moment.as_of >= ask.workspace.moment().as_of
        names = frozenset({ALL if live else NONE})
    return frozenset((*FIGURES, HEALTH)) if ALL in names else names - {NONE}


def figures_of(ask: Ask, names: frozenset[str]) -> dict[str, Floats]:
    """Value per entity of each figure asked for, NaN where there is none; people's overrides included."""
    out = {}
    for name, (score, column) in FIGURES.items():
        if name in names:
            out[name] = _dense(effective(ask, score), column, len(ask.projection))
    return out


def scores_behind(names: frozenset[str]) -> list[str]:
    """Names of the scores some figures come from, each once."""
    found = [FIGURES[name][0] for name in FIGURES if name in names]
    return list(dict.fromkeys([*found, *([HEALTH] if HEALTH in names else [])]))


def effective(ask: Ask, name: str) -> Scores:
    """A score at T with people's overrides in place of the computed values."""
    return ask.workspace.effective(name, replace(ask.moment, held=[ask.projection]))


def of_ties(p: Projection, strength: Scores, other: Scores) -> Floats:
    """Another score's value for each row of tie strength, NaN where it has none."""
    if strength.b is None or other.b is None:
        raise TypeError("scores of ties only")
    if np.array_equal(strength.a, other.a) and np.array_equal(strength.b, other.b):
        return other.value
    width = np.int64(max(len(p), 1))
    mine, theirs = strength.a * width + strength.b, other.a * width + other.b
    order = np.argsort(theirs)
    out = np.full(len(mine), np.nan)
    if len(theirs):
        place = order[np.minimum(np.searchsorted(theirs, mine, sorter=order), len(theirs) - 1)]
        hit = theirs[place] == mine
        out[hit] = other.value[place[hit]]
    return out


def _dense(scores: Scores, column: str | None, n: int) -> Floats:
    if column is None:
        return scores.dense(n)
    out = np.full(n, np.nan)
    if column in scores.beside:
        out[scores.a] = np.asarray(scores.beside[column], dtype=np.float64)
    return out
