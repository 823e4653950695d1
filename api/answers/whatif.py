"""Answers about what would be lost without people or a channel, and about key people."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from algorithms.key_people import By, KeyPeople, Who, key_people
from algorithms.paths import PathParams, hop_probabilities, people_of
from algorithms.scenarios import team_of, ties_where, ties_without, without_channel, without_people
from algorithms.whatif import AccountLoss, Figure, Standing, WhatIf, what_if
from api.answers.ask import Ask
from api.answers.paths import incoming_of, network
from api.shapes import Entity
from api.shapes_plans import (
    AccountChange,
    Change,
    DealChange,
    HealthChange,
    KeyPeopleAnswer,
    KeyPerson,
    WhatIfAnswer,
)
from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import coarse, rounded
from graphsvc.projection import Bools, Index, Projection
from graphsvc.registry import Inputs, find_algorithm
from graphsvc.scores import Model, Scores

DIGITS = 2  # of sums over other people's ties, as a rep sees them
RECOMPUTED = ("tie_strength", "active", "relationship_health", "organization_health")


@dataclass(frozen=True)
class Removal:
    """Who, or what, is taken away: keys of people or organizations, teams, a channel."""

    remove: Sequence[str] = ()
    teams: Sequence[str] = ()
    channel: str | None = None


def what_if_removed(ask: Ask, removal: Removal, limit: int = 20) -> WhatIfAnswer:
    """What is lost when people, teams or a channel are gone: paths, health, reach and open deals, worst first.

    A rep is told of own accounts and own ties only.

    Raises
    ------
    InputError
        When nothing is taken away, nobody said who we are, or the channel is not known.
    NotFoundError, AmbiguousError
        When a key names nobody, or several.
    """
    ask.budget.limit(limit)
    p, gone = ask.projection, _gone(ask, removal)
    if not len(gone) and removal.channel is None:
        raise InputError("whatif.nothing")
    before = _standing(ask)
    after = _without(ask, before, gone, removal.channel)
    found = what_if(p, _seen(ask, before), _seen(ask, after), gone.tolist(), _view(ask))
    return _answer(ask, removal, gone, found, calibrated=before.network.calibrated, limit=limit)


def key_people_of(ask: Ask, who: Who = "ours", by: By = "paths", limit: int = 20) -> KeyPeopleAnswer:
    """People by what their removal alone would cost; for a rep, at own accounts and of own ties only.

    Raises
    ------
    InputError
        When nobody said who we are.
    """
    ask.budget.limit(limit)
    standing = _seen(ask, _standing(ask))
    found = key_people(ask.projection, standing, who, _view(ask)).ordered(by)
    shown = found.take(np.arange(min(limit, len(found))))
    homes = ask.projection.entities.organization[shown.entity]
    names = ask.entities({*shown.entity.tolist(), *homes.tolist(), *shown.worst.ravel().tolist()} - {-1})
    return KeyPeopleAnswer(
        meta=ask.meta("relationship_health", hidden=_hidden(ask), notes=_notes(ask)),
        as_of=show_moment(ask.projection.as_of),
        calibrated=standing.network.calibrated,
        who=who,
        by=by,
        items=[_key_person(ask, shown, i, names, len(found)) for i in range(len(shown))],
        count=len(found),
    )


# -- standings ------------------------------------------------------------------------------------------------------


def _gone(ask: Ask, removal: Removal) -> Index:
    parts = [people_of(ask.projection, ask.find(key)) for key in removal.remove]
    parts += [team_of(ask.projection, ask.find(key)) for key in removal.teams]
    return np.unique(np.concatenate([np.zeros(0, dtype=np.int32), *parts])).astype(np.int32)


def _standing(ask: Ask) -> Standing:
    health = ask.workspace.effective("relationship_health", ask.moment)
    p, graph = ask.projection, network(ask)
    there = np.ones(len(p), dtype=bool)
    return Standing(graph, health, ask.scores("organization_health"), there, incoming_of(ask, graph))


def _without(ask: Ask, before: Standing, gone: Index, channel: str | None) -> Standing:
    """How we stand without some people, and without a channel; scores anew where they would change."""
    p, there = ask.projection, before.there.copy()
    there[gone] = False
    graph, health, edges = before.network, before.health, before.edges
    if channel is not None:
        p = without_channel(p, channel)
        made: dict[str, Scores] = {}
        for name in RECOMPUTED[:3]:
            made[name] = _overridden(p, _compute(ask, p, name, made))
        health = made["relationship_health"]
        graph, edges = hop_probabilities(p, made["tie_strength"], health, PathParams()), None
    health = ties_without(health, gone)
    p = without_people(p, gone)
    organizations = _compute(ask, p, "organization_health", {"relationship_health": health})
    return Standing(graph, health, organizations, there, edges)


def _compute(ask: Ask, p: Projection, name: str, made: Mapping[str, Scores]) -> Scores:
    """A score of a changed Projection by the model in use; the model is not fitted anew."""
    spec = find_algorithm(name)
    return spec.compute(p, spec.params(), Inputs({n: made[n] for n in spec.uses}, _model(ask, name)))


def _model(ask: Ask, name: str) -> Model | None:
    wanted = ask.scores(name).model_id
    kept = ask.workspace.store.models(name, ask.projection.as_of) if wanted else []
    return next((m for m in kept if m.id == wanted), None)


def _overridden(p: Projection, scores: Scores) -> Scores:
    value = scores.value.copy()
    for name, a, b, v in p.overrides:
        row = scores.row_of(a, b if b >= 0 else None) if name == scores.name else None
        if row is not None:
            value[row] = v
    return replace(scores, value=value)


def _seen(ask: Ask, standing: Standing) -> Standing:
    """A standing with the ties whose numbers the caller may see; paths run over all."""
    if ask.caller.is_owner:
        return standing
    health = standing.health
    b = health.a if health.b is None else health.b
    return replace(standing, health=ties_where(health, ask.sight.ties(health.a, b)))


def _view(ask: Ask) -> Bools | None:
    return None if ask.caller.is_owner else ask.sight.own


# -- words ----------------------------------------------------------------------------------------------------------


def _notes(ask: Ask) -> list[Phrase]:
    return [] if ask.caller.is_owner else [phrase("whatif.own_only")]


def _answer(ask: Ask, removal: Removal, gone: Index, found: WhatIf, *, calibrated: bool, limit: int) -> WhatIfAnswer:
    accounts, health, deals = found.accounts[:limit], found.health[:limit], found.deals[:limit]
    shown = {i for a in accounts for i in (a.account, *a.path_before, *a.path_after)}
    shown |= {a for a, _, _ in health} | {i for d in deals for i in (d.deal, d.account)}
    names = ask.entities(shown | set(gone.tolist()))
    return WhatIfAnswer(
        meta=ask.meta("relationship_health", "organization_health", hidden=_hidden(ask), notes=_notes(ask)),
        as_of=show_moment(ask.projection.as_of),
        removed=[names[i] for i in gone.tolist()],
        channel=removal.channel,
        calibrated=calibrated,
        paths=_change(ask, found.paths),
        reachable=_change(ask, found.reachable),
        people=_change(ask, found.people),
        expected=_change(ask, found.expected),
        ties=_change(ask, found.ties),
        active=_change(ask, found.active),
        pipeline={c: _change(ask, f) for c, f in found.pipeline.items()},
        accounts=[_account(ask, a, names) for a in accounts],
        accounts_hurt=len(found.accounts),
        accounts_cut=sum(a.after == 0.0 for a in found.accounts),
        health=[HealthChange(account=names[a], before=b, after=None if math.isnan(c) else c) for a, b, c in health],
        health_fallen=len(found.health),
        deals=[
            DealChange(
                deal=names[d.deal],
                account=names[d.account],
                amount=d.amount,
                currency=d.currency,
                loss=d.loss if ask.caller.is_owner else rounded(d.loss, 1),
                orphaned=d.orphaned,
            )
            for d in deals
        ],
        deals_at_risk=len(found.deals),
    )


def _hidden(ask: Ask) -> int:
    """Accounts that do not count for this caller."""
    e, p = ask.projection.entities, ask.projection
    return 0 if ask.caller.is_owner else int((~e.internal & ~ask.sight.own)[p.organizations].sum())


def _change(ask: Ask, f: Figure) -> Change:
    """A figure; what a rep sees is rounded, since it sums over other people's ties."""
    if ask.caller.is_owner:
        return Change(before=f.before, after=f.after, loss=f.loss)
    before, after = rounded(f.before, DIGITS), rounded(f.after, DIGITS)
    return Change(before=before, after=after, loss=rounded(f.loss, 1))


def _account(ask: Ask, loss: AccountLoss, names: Mapping[int, Entity]) -> AccountChange:
    both = (loss.path_before, loss.path_after)
    full = [all(ask.sight.tie(a, b) for a, b in itertools.pairwise(path)) for path in both]
    chance = [v if seen else coarse(v) for v, seen in zip((loss.before, loss.after), full, strict=True)]
    return AccountChange(
        account=names[loss.account],
        before=chance[0],
        after=chance[1],
        path_before=[names[i] for i in loss.path_before],
        path_after=[names[i] for i in loss.path_after],
    )


def _key_person(ask: Ask, k: KeyPeople, i: int, names: Mapping[int, Entity], of: int) -> KeyPerson:
    entity, owner = int(k.entity[i]), ask.caller.is_owner

    def told(value: float) -> float:
        return float(value) if owner else rounded(float(value), 1)

    return KeyPerson(
        rank=i + 1,
        of=of,
        person=names[entity],
        organization=names.get(int(ask.projection.entities.organization[entity])),
        paths=told(k.paths[i]),
        hurt=int(k.hurt[i]),
        sole=int(k.sole[i]),
        worst=[names[a] for a in k.worst[i].tolist() if a >= 0],
        reach=told(k.reach[i]),
        cut_off=int(k.cut_off[i]),
        ties=int(k.ties[i]),
        active=float(k.active[i]),
        pipeline={c: told(v[i]) for c, v in k.pipeline.items()},
        share=told(k.share[i]),
        deals=int(k.deals[i]),
    )
