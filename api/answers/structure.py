"""Answers about structure: communities, brokers between groups, groups that fell silent.

All of it is computed over all ties, as scores are. The owner sees it whole. A rep sees the communities of the own
contacts, with the members they may know of; brokers among the people of own accounts; and the silence of own accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from algorithms.brokers import TOP, Brokers, find_brokers
from algorithms.groups import OURS, Groups, best_grouping, grouped
from algorithms.silent import SILENT, Silences, SilentParams, find_silences, ours_first
from algorithms.structure import Communities, StructureParams, dominant, find_communities, told
from api.answers.ask import Ask
from api.cursors import decode_cursor, encode_cursor
from api.shapes import Entity
from api.structure_shapes import (
    BridgeItem,
    BrokerItem,
    BrokersAnswer,
    CommunitiesAnswer,
    CommunityItem,
    GroupItem,
    Member,
    Opener,
    Part,
    SilentAnswer,
    SilentItem,
)
from graphsvc.clock import show_moment
from graphsvc.kernels.brokers import ROLES, Bridge
from graphsvc.model import Level
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import rounded
from graphsvc.projection import Bools, Floats, Index

By = Literal["organization", "community", "team"]
Tell = Callable[[float], None]
LEAST = 3  # people below which a community is left out
MEMBERS, PARTS = 10, 5  # shown of each community
BRIDGES = 3
MOST = 0.5  # of the members have it in common


def communities(
    ask: Ask, resolution: float = 1.0, limit: int = 20, cursor: str | None = None, tell: Tell | None = None
) -> CommunitiesAnswer:
    """The communities of the ties that are alive, largest first, each with its stability under resampling."""
    ask.budget.limit(limit)
    found = _communities(ask, resolution, tell)
    large = np.flatnonzero(found.parts.size >= LEAST)
    seen = known_people(ask, found.ties.who)
    allowed = [int(c) for c in large if ask.caller.is_owner or seen[found.label == c].any()]
    page, following = _page(ask, allowed, limit, cursor)
    names = ask.entities(spoken_of(ask, found, page, seen))
    unseen = sum(int((~seen[found.label == c]).sum()) for c in page)
    return CommunitiesAnswer(
        meta=ask.meta(hidden=len(large) - len(allowed) + unseen, notes=_notes(found.params.replicates)),
        items=[_community(ask, found, c, seen, names) for c in page],
        next_cursor=following,
        count=len(allowed),
        modularity=found.modularity,
        resolution=resolution,
        replicates=found.params.replicates,
        people=found.ties.graph.n,
        small=len(found) - len(large),
    )


def brokers(
    ask: Ask,
    by: By | None = None,
    side: Literal["all", "ours", "outside"] = "all",
    limit: int = 20,
    cursor: str | None = None,
    tell: Tell | None = None,
) -> BrokersAnswer:
    """Who joins groups that would otherwise not know of each other, lowest constraint first; ranks are among all."""
    ask.budget.limit(limit)
    found = _brokers(ask, by, tell)
    who, internal = found.ties.who[found.vertex], ask.projection.entities.internal
    wanted = np.ones(len(found), dtype=bool) if side == "all" else internal[who] == (side == "ours")
    allowed = wanted if ask.caller.is_owner else wanted & ask.sight.own[who]
    page, following = _page(ask, np.flatnonzero(allowed).tolist(), limit, cursor)
    bridges = {row: found.bridges(row, BRIDGES) for row in page}
    groups = {g for pairs in bridges.values() for a, b, _ in pairs for g in (a, b)}
    homes = ask.projection.entities.organization[who]
    names = ask.entities(i for i in (*who[page].tolist(), *homes[page].tolist()) if i >= 0)
    items = _group_items(ask, found.groups, groups)
    return BrokersAnswer(
        meta=ask.meta(hidden=int(wanted.sum() - allowed.sum()), notes=_notes(found.replicates)),
        by=found.groups.by,
        items=[_broker(ask, found, row, bridges[row], names, items) for row in page],
        next_cursor=following,
        replicates=found.replicates,
    )


def silent_groups(
    ask: Ask,
    weeks: float = 3.0,
    by: By | None = None,
    every: bool = False,
    limit: int = 20,
    cursor: str | None = None,
) -> SilentAnswer:
    """Pairs of groups without contact for some weeks: those whose rhythm is broken, or ``every`` one of them."""
    ask.budget.limit(limit)
    found = _silences(ask, weeks, by)
    allowed = _own_pairs(ask, found)
    rows = np.flatnonzero(allowed & (every | (found.verdict == SILENT)))
    page, following = _page(ask, rows.tolist(), limit, cursor)
    groups = {int(g) for side in (found.rhythm.a, found.rhythm.b) for g in side[page]}
    names = ask.entities(i for i in (*found.one[page].tolist(), *found.two[page].tolist()) if i >= 0)
    items = _group_items(ask, found.groups, groups)
    verdicts, count = np.unique(found.verdict[allowed], return_counts=True)
    counts = dict(zip(verdicts.tolist(), count.tolist(), strict=True))
    return SilentAnswer(
        meta=ask.meta(hidden=int((~allowed).sum()), notes=_silent_notes(ask, found.groups.by)),
        by=found.groups.by,
        weeks=weeks,
        items=[_silent(ask, found, row, names, items) for row in page],
        next_cursor=following,
        counts=counts | ({"talking": found.talking} if ask.caller.is_owner else {}),
    )


# -- computed once per state of the store ------------------------------------------------------------------------------


def _communities(ask: Ask, resolution: float, tell: Tell | None = None) -> Communities:
    p, params = ask.projection, StructureParams(resolution=resolution)
    strength = ask.workspace.effective("tie_strength", ask.moment)
    key = ("communities", p.sequence, p.as_of, p.known_at, resolution)
    return ask.workspace.kept.get(key, lambda: find_communities(p, strength, params, tell))


def _grouping(ask: Ask, by: By | None) -> By:
    return by or best_grouping(ask.projection, ask.projection.people)


def _brokers(ask: Ask, by: By | None, tell: Tell | None) -> Brokers:
    p, found = ask.projection, _communities(ask, 1.0, (lambda part: tell(part / 2)) if tell else None)
    groups = grouped(p, _grouping(ask, by), found, LEAST)
    key = ("brokers", p.sequence, p.as_of, p.known_at, groups.by)
    half = (lambda part: tell(0.5 + part / 2)) if tell else None
    return ask.workspace.kept.get(key, lambda: find_brokers(found.ties, groups, StructureParams(), half))


def _silences(ask: Ask, weeks: float, asked: By | None) -> Silences:
    p, params, by = ask.projection, SilentParams(weeks=weeks), _grouping(ask, asked)
    groups = grouped(p, by, _communities(ask, 1.0) if by == "community" else None, LEAST)
    strength = ask.workspace.effective("tie_strength", ask.moment)
    key = ("silences", p.sequence, p.as_of, p.known_at, by, weeks)
    return ask.workspace.kept.get(key, lambda: find_silences(p, strength, groups, params))


# -- what a caller sees ------------------------------------------------------------------------------------------------


def known_people(ask: Ask, who: Index) -> Bools:
    """Which people the caller knows of: everybody for the owner, else own contacts and who they are in touch with."""
    if ask.caller.is_owner:
        return np.ones(len(who), dtype=bool)
    out: Bools = ask.sight.own[who] | ask.sight.met[who]
    return out


def _own_pairs(ask: Ask, found: Silences) -> Bools:
    """Which pairs of groups the caller may hear of: own accounts with us, or with each other."""
    if ask.caller.is_owner:
        return np.ones(len(found), dtype=bool)
    if found.groups.by != "organization":
        return np.zeros(len(found), dtype=bool)
    named = found.groups.named
    mine = (named == OURS) | ask.sight.own[np.maximum(named, 0)]
    out: Bools = mine[found.rhythm.a] & mine[found.rhythm.b]
    return out


def _figure(ask: Ask, value: float) -> float | None:
    """A figure over everybody's ties: whole for the owner, to one digit for others."""
    if np.isnan(value):
        return None
    return float(value) if ask.caller.is_owner else rounded(float(value), 1)


def _page(ask: Ask, rows: list[int], limit: int, cursor: str | None) -> tuple[list[int], str | None]:
    sequence = ask.projection.sequence
    start = decode_cursor(cursor, sequence) if cursor else 0
    more = start + limit < len(rows)
    return rows[start : start + limit], encode_cursor(start + limit, sequence) if more else None


def _notes(replicates: int) -> tuple[Phrase, ...]:
    return (phrase("structure.resampled", replicates=replicates, days=round(StructureParams().window_days)),)


def _silent_notes(ask: Ask, by: By) -> tuple[Phrase, ...]:
    if not ask.caller.is_owner and by != "organization":
        return (phrase("structure.own_accounts_only"),)
    if by == "organization" and not (ask.projection.entities.organization[ask.projection.people] >= 0).any():
        return (phrase("structure.no_organizations"),)
    return ()


# -- items -------------------------------------------------------------------------------------------------------------


def spoken_of(ask: Ask, found: Communities, page: list[int], seen: Bools) -> Iterable[int]:
    """Entities that the items of a page name."""
    home = ask.projection.entities.organization
    for c in page:
        members = found.members(c)
        yield from found.ties.who[members[seen[members]][:MEMBERS]].tolist()
        yield from (org for org, _ in dominant(home[found.ties.who[members]])[:PARTS])


def _community(ask: Ask, found: Communities, c: int, seen: Bools, names: dict[int, Entity]) -> CommunityItem:
    members, e = found.members(c), ask.projection.entities
    who = found.ties.who[members]
    parts = [(names[org], share) for org, share in dominant(e.organization[who])[:PARTS] if org in names]
    industry = np.where(e.organization[who] >= 0, e.industry[np.maximum(e.organization[who], 0)], -1)
    level = _common(np.where(e.level[who] > 0, e.level[who].astype(np.int64), -1))
    kept = members[seen[members]][:MEMBERS]
    return CommunityItem(
        id=str(c + 1),
        name=community_name(ask, found, c, names, seen).text(),
        size=int(found.parts.size[c]),
        ours=int(e.internal[who].sum()),
        stable=_nullable(found.stable[c]),
        told=told(float(found.stable[c])),
        density=_figure(ask, float(found.density[c])),
        inside=_figure(ask, float(found.inside[c])) or 0.0,
        modularity=_figure(ask, float(found.parts.modularity[c])) or 0.0,
        organizations=[Part(organization=o, people=round(share * len(who)), share=share) for o, share in parts],
        industry=ask.projection.text(_common(industry)),
        level=None if level < 0 else Level(level).name.lower(),
        members=[_member(ask, found, v, names) for v in kept.tolist()],
    )


def _member(ask: Ask, found: Communities, v: int, names: dict[int, Entity]) -> Member:
    i = int(found.ties.who[v])
    full = ask.sight.entity(i)
    return Member(
        person=names[i],
        internal=bool(ask.projection.entities.internal[i]),
        central=float(found.central[v]) if full else None,
        stays=_nullable(found.stays[v]) if full else None,
    )


def community_name(ask: Ask, found: Communities, c: int, names: dict[int, Entity], seen: Bools) -> Phrase:
    """What a community is called: where its outsiders work, else around whom it stands."""
    members, e = found.members(c), ask.projection.entities
    who = found.ties.who[members]
    outside = who[~e.internal[who]] if ask.projection.own_known else who
    homes = [(names[org], share) for org, share in dominant(e.organization[outside])[:2] if org in names]
    if homes and homes[0][1] >= MOST:
        return phrase("structure.named_one", org=_name(homes[0][0]))
    if len(homes) == 2 and homes[0][1] + homes[1][1] >= MOST:
        return phrase("structure.named_two", one=_name(homes[0][0]), two=_name(homes[1][0]))
    visible = found.ties.who[members[seen[members]]].tolist()
    around = next((names[i] for i in visible if i in names), None)
    if around is None:
        return phrase("structure.named_number", number=c + 1)
    return phrase("structure.named_around", who=_name(around))


def _broker(
    ask: Ask,
    found: Brokers,
    row: int,
    bridges: list[tuple[int, int, Bridge]],
    names: dict[int, Entity],
    groups: dict[int, GroupItem],
) -> BrokerItem:
    i = int(found.ties.who[found.vertex[row]])
    first = row < TOP and not np.isnan(found.foremost[row])
    return BrokerItem(
        rank=row + 1,
        of=len(found),
        low=_whole(found.low, row),
        high=_whole(found.high, row),
        foremost=_nullable(found.foremost[row]),
        told=told(float(found.foremost[row])) if first else None,
        person=names[i],
        internal=bool(ask.projection.entities.internal[i]),
        organization=names.get(int(ask.projection.entities.organization[i])),
        constraint=float(found.constraint[row]),
        effective_size=float(found.size[row]),
        contacts=int(found.degree[row]),
        roles=dict(zip(ROLES, found.roles[row].tolist(), strict=True)),
        bridges=[_bridge(found.groups, a, b, held, groups) for a, b, held in bridges],
    )


def _bridge(groups: Groups, a: int, b: int, held: Bridge, items: dict[int, GroupItem]) -> BridgeItem:
    a, b = ours_first(groups, a, b)
    share = held.lost / held.pairs if held.pairs else 0.0
    return BridgeItem(a=items[a], b=items[b], joined=held.joined, pairs=held.pairs, lost=held.lost, share=share)


def _silent(ask: Ask, found: Silences, row: int, names: dict[int, Entity], items: dict[int, GroupItem]) -> SilentItem:
    r, groups = found.rhythm, found.groups
    first, second = ours_first(groups, int(r.a[row]), int(r.b[row]))
    ends = [int(found.one[row]), int(found.two[row])]
    return SilentItem(
        a=items[first],
        b=items[second],
        verdict=str(found.verdict[row]),
        text=_silent_text(found, row).text(),
        days=float(found.silent[row]),
        last=show_moment(int(r.last[row])),
        contact_days=int(r.days[row]),
        typical_days=_nullable(found.typical[row]),
        chance=_nullable(found.chance[row]),
        reopen=_opener(ask, int(found.tie[row]), ends if first == r.a[row] else ends[::-1], names),
    )


def _silent_text(found: Silences, row: int) -> Phrase:
    days = round(float(found.silent[row]))
    if np.isnan(found.chance[row]):
        return phrase("structure.silent_unknown", days=days, count=int(found.rhythm.days[row]))
    odds = float(found.chance[row])
    percent = f"{100 * odds:.0f}" if odds >= 0.01 else "< 1"  # further out nothing is measured
    code = "structure.silent_broken" if found.verdict[row] == SILENT else "structure.silent_usual"
    return phrase(code, days=days, typical=f"{found.typical[row]:.0f}", percent=percent)


def _opener(ask: Ask, row: int, ends: list[int], names: dict[int, Entity]) -> Opener | None:
    if row < 0 or not all(i in names for i in ends):
        return None
    strength = ask.workspace.effective("tie_strength", ask.moment)
    full = ask.sight.tie(ends[0], ends[1])
    return Opener(
        a=names[ends[0]],
        b=names[ends[1]],
        band=ask.band(strength, row),
        strength=float(strength.value[row]) if full else None,
        last=show_moment(int(np.asarray(strength.beside["last_time"])[row])) if full else None,
    )


def _group_items(ask: Ask, groups: Groups, some: Iterable[int]) -> dict[int, GroupItem]:
    """Groups as answers show them, by number."""
    if groups.by == "community":
        return _community_items(ask, sorted(some))
    named = {g: int(groups.named[g]) for g in some}
    names = ask.entities(i for i in named.values() if i >= 0)
    return {g: _group(groups.by, names[i]) if i != OURS else _ours() for g, i in named.items()}


def _group(by: By, held: Entity) -> GroupItem:
    name = _name(held) if by == "organization" else phrase("structure.team", who=_name(held)).text()
    return GroupItem(kind=by, id=held.id, name=name)


def _ours() -> GroupItem:
    return GroupItem(kind="ours", id=None, name=phrase("structure.ours").text())


def _community_items(ask: Ask, some: list[int]) -> dict[int, GroupItem]:
    found = _communities(ask, 1.0)
    seen = known_people(ask, found.ties.who)
    names = ask.entities(spoken_of(ask, found, some, seen))
    out = {}
    for c in some:
        name = phrase("structure.numbered", number=c + 1, name=community_name(ask, found, c, names, seen).text())
        out[c] = GroupItem(kind="community", id=str(c + 1), name=name.text())
    return out


def _common(codes: Any) -> int:
    """The value that most have in common, -1 where none is."""
    best = dominant(np.asarray(codes, dtype=np.int32))[:1]
    return best[0][0] if best and best[0][1] >= MOST else -1


def _name(e: Entity) -> str:
    return e.name or e.key


def _nullable(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def _whole(column: Floats, row: int) -> int | None:
    return None if np.isnan(column[row]) else int(column[row])
