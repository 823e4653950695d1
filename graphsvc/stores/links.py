"""Links between members: automatic ones by mail address, and what people judge to be one or apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from graphsvc.errors import InputError, NotFoundError
from graphsvc.stores.judgements import Judgement, insert_judgements
from graphsvc.stores.ledger import Change, Reader
from graphsvc.stores.names import Names
from queries.links import AutomaticLinks, JudgedPairs, Link, LinkCounts, LinksOf, MembersInOrder, StatedMails

APART = "apart"
Asking: TypeAlias = Reader | Change
Ends = tuple[int, int]


def put_mail_links(names: Names, members: Iterable[int]) -> int:
    """Bring the automatic links of people in step with the mail addresses their records give; counts new joins."""
    change, chosen = names.change, sorted(members)
    if not chosen:
        return 0
    wanted = [(row.member, row.mail) for row in change.ask(StatedMails(chosen))]
    stored = {(link.a, link.b): link.pk for link in change.ask(AutomaticLinks(chosen))}
    change.retire("links", [stored[pair] for pair in stored.keys() - set(wanted)])
    new = [pair for pair in wanted if pair not in stored]
    apart = apart_among(change, new)
    new = [pair for pair in new if pair not in apart]
    insert_links(change, new, judged=0, author=None, reason=None)
    return _joins(change, [mail for _, mail in new], names.first_new)


def insert_links(change: Change, pairs: Sequence[Ends], judged: int, author: str | None, reason: str | None) -> None:
    """Write links between members."""
    values = {"a": [a for a, _ in pairs], "b": [b for _, b in pairs]}
    change.insert("links", {**values, "judged": judged, "author": author, "reason": reason}, len(pairs))


def component(reader: Asking, member: int) -> list[int]:
    """Members that are one entity with a member, the canonical one first."""
    whole = {member} | {end for link in _touching(reader, [member]) for end in (link.a, link.b)}
    return [row.pk for row in reader.ask(MembersInOrder(sorted(whole)))]


def kept_apart(reader: Asking, a: int, b: int) -> bool:
    """True when a person judged some member of a's entity and some of b's to be apart."""
    return bool(_apart(reader, [(a, b)]))


def apart_among(reader: Asking, pairs: Sequence[Ends]) -> set[Ends]:
    """Those of some pairs of members whose entities a person judged to be apart."""
    return set(_apart(reader, pairs))


def judge_one(change: Change, a: int, b: int, author: str, reason: str) -> int:
    """Link two members by a person's judgement; gives the canonical member."""
    if len({row.label for row in change.ask(MembersInOrder([a, b]))}) > 1:
        raise InputError("store.link_labels")
    if a == b:
        raise InputError("store.link_itself")
    change.retire("judgements", _apart(change, [(a, b)]).get((a, b), ()))
    if not any(link.judged and {link.a, link.b} == {a, b} for link in change.ask(LinksOf([a]))):
        insert_links(change, [(a, b)], judged=1, author=author, reason=reason)
    return component(change, a)[0]


def judge_apart(change: Change, a: int, b: int | None, author: str, reason: str) -> list[int]:
    """Undo what joins member ``a`` to the rest (or to ``b``); gives the canonical members that are restored.

    A person's judgement is undone before an exact key is: what is cut off is all that exact keys join to ``a``, or,
    where no judgement joined it, ``a`` alone.
    """
    whole = component(change, a)
    cut = _cut(change.ask(LinksOf(whole)), a, b)
    if not cut:
        raise NotFoundError("store.nothing_to_split")
    change.retire("links", [link.pk for link in cut])
    pairs = [(min(link.a, link.b), max(link.a, link.b)) for link in cut]
    insert_judgements(change, [Judgement(APART, APART, *pair, None, author, reason) for pair in pairs])
    return _heads(change, [a, *whole], whole)


def _heads(reader: Asking, members: Sequence[int], in_order: Sequence[int]) -> list[int]:
    """Canonical members of the entities of some members, in their order; ``in_order`` are all of them, sorted."""
    group = _groups(_touching(reader, members), members)
    first: dict[int, int] = {}
    for member in in_order:
        first.setdefault(group[member], member)
    return list(dict.fromkeys(first[group[member]] for member in members))


def _cut(links: Sequence[Link], a: int, b: int | None) -> list[Link]:
    by_key = _reached(_neighbours(x for x in links if not x.judged), a)
    judged = [x for x in links if (x.a in by_key) != (x.b in by_key)]
    inside = by_key if judged and (b is None or b not in by_key) else {a}
    crossing = [x for x in links if (x.a in inside) != (x.b in inside)]
    if b is None:
        return crossing
    beyond = _reached(_neighbours(x for x in links if x.a not in inside and x.b not in inside), b)
    return [x for x in crossing if x.a in beyond or x.b in beyond]


def _neighbours(links: Iterable[Link]) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for link in links:
        out.setdefault(link.a, []).append(link.b)
        out.setdefault(link.b, []).append(link.a)
    return out


def _reached(neighbours: dict[int, list[int]], start: int) -> set[int]:
    seen, todo = {start}, [start]
    while todo:
        for other in neighbours.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _groups(links: Iterable[Link], members: Iterable[int]) -> dict[int, int]:
    """The entities of some members: member -> the member that stands for its entity here."""
    neighbours = _neighbours(links)
    out: dict[int, int] = {}
    for member in members:
        if member not in out:
            out.update(dict.fromkeys(_reached(neighbours, member), member))
    return out


def _touching(reader: Asking, members: Iterable[int]) -> list[Link]:
    """All links that hold among the entities of some members, found step by step."""
    todo = seen = set(members)
    links: dict[int, Link] = {}
    while todo:
        found = reader.ask(LinksOf(sorted(todo)))
        links.update((link.pk, link) for link in found)
        todo = {end for link in found for end in (link.a, link.b)} - seen
        seen = seen | todo
    return list(links.values())


def _apart(reader: Asking, pairs: Sequence[Ends]) -> dict[Ends, list[int]]:
    """Judgements that keep the entities of two members apart, for those of some pairs that have any."""
    judged = reader.ask(JudgedPairs(APART)) if pairs else []
    if not judged:
        return {}
    ends = {end for row in judged for end in (row.a, row.b)}
    group = _groups(_touching(reader, ends), ends)
    said: dict[frozenset[int], list[int]] = {}
    for row in judged:
        said.setdefault(frozenset((group[row.a], group[row.b])), []).append(row.pk)
    found = {(a, b): said.get(frozenset((group.get(a, a), group.get(b, b)))) for a, b in pairs}
    return {pair: pks for pair, pks in found.items() if pks}


def _joins(change: Change, mails: Sequence[int], first_new: int) -> int:
    """How many new links join something that was there before, rather than adding their own fresh addresses."""
    fresh = sorted({mail for mail in mails if mail >= first_new})
    counts = {row.member: row.links for row in change.ask(LinkCounts(fresh))} if fresh else {}
    return sum(mail < first_new or counts.get(mail, 0) > 1 for mail in mails)
