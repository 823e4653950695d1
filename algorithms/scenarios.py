"""Scenarios: a Projection, or a score of its ties, without some people or without a channel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphsvc.errors import InputError
from graphsvc.model import Label
from graphsvc.projection import Bools, Index, Projection, take
from graphsvc.scores import Scores


def team_of(p: Projection, entity: int) -> Index:
    """The people a team stands for: those who work at an organization of ours; a person and all who report to them.

    Raises
    ------
    InputError
        When the entity is neither.
    """
    label = p.entities.label[entity]
    if label == Label.ORGANIZATION:
        return np.flatnonzero((p.entities.organization == entity) & (p.entities.label == Label.PERSON)).astype(np.int32)
    if label != Label.PERSON:
        raise InputError("whatif.no_team")
    boss = p.facts_of("REPORTS_TO")
    team = np.array([entity], dtype=np.int32)
    while True:
        wider = np.union1d(team, boss.subject[np.isin(boss.object, team)]).astype(np.int32)
        if len(wider) == len(team):
            return wider
        team = wider


def without_people(p: Projection, gone: Index) -> Projection:
    """The Projection without the interactions of some people; the others' stay as they are."""
    x = p.interactions
    out = np.isin(x.actor, gone) | np.isin(x.target, gone)
    return replace(p, interactions=take(x, ~out))


def without_channel(p: Projection, channel: str) -> Projection:
    """The Projection without a channel's interactions.

    Raises
    ------
    InputError
        When nothing ever came over this channel, naming those there are.
    """
    used = sorted({p.words[c] for c in np.unique(p.interactions.channel) if c >= 0})
    if channel not in used:
        raise InputError("whatif.no_channel", name=channel, names=", ".join(used) or "-")
    return replace(p, interactions=take(p.interactions, p.interactions.channel != p.words.index(channel)))


def ties_without(health: Scores, gone: Index) -> Scores:
    """A score of ties without those of some people."""
    b = health.a if health.b is None else health.b
    return ties_where(health, ~(np.isin(health.a, gone) | np.isin(b, gone)))


def ties_where(health: Scores, keep: Bools) -> Scores:
    """A score of ties with some of its rows only."""
    return replace(
        health,
        a=health.a[keep],
        b=None if health.b is None else health.b[keep],
        value=health.value[keep],
        terms={k: v[keep] for k, v in health.terms.items()},
        beside={k: v[keep] for k, v in health.beside.items()},
        low=None if health.low is None else health.low[keep],
        high=None if health.high is None else health.high[keep],
        reason=None if health.reason is None else health.reason[keep],
    )
