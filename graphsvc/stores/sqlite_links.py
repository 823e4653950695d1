"""Links between members: automatic ones by mail address, and what people judge to be one or apart."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from itertools import product

from graphsvc.errors import InputError, NotFoundError
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite_connection import Transaction
from graphsvc.stores.sqlite_judgements import Judgement, insert_judgements
from graphsvc.stores.sqlite_names import Names

APART = "apart"
Link = tuple[int, int, int, int]  # pk, a, b, judged


def put_mail_links(names: Names, members: Iterable[int]) -> int:
    """Bring the automatic links of people in step with the mail addresses their records give; counts new joins."""
    change, connection = names.change, names.connection
    chosen = json.dumps(sorted(members))
    stated = connection.execute(
        "SELECT DISTINCT member, mail FROM people WHERE gone = 0 AND mail >= 0 AND mail <> member"
        " AND member IN (SELECT value FROM json_each(?)) ORDER BY member, mail",
        (chosen,),
    )
    wanted = [(a, b) for a, b in stated]
    held = connection.execute(
        "SELECT a, b, pk FROM links WHERE gone = 0 AND judged = 0 AND a IN (SELECT value FROM json_each(?))", (chosen,)
    )
    stored = {(a, b): pk for a, b, pk in held}
    change.retire("links", [stored[pair] for pair in stored.keys() - set(wanted)])
    new = [pair for pair in wanted if pair not in stored and not kept_apart(connection, *pair)]
    insert_links(change, new, judged=0, author=None, reason=None)
    return sum(_joins(connection, mail, names.first_new) for _, mail in new)


def insert_links(
    change: Transaction, pairs: Sequence[tuple[int, int]], judged: int, author: str | None, reason: str | None
) -> None:
    """Write links between members."""
    first = change.next_pk("links")
    rows = ((first + n, a, b, judged, change.sequence, 0, author, reason) for n, (a, b) in enumerate(pairs))
    change.insert("links", rows, first, len(pairs))


def component(connection: sqlite3.Connection, member: int) -> list[int]:
    """Members that are one entity with a member, the canonical one first."""
    return [pk for (pk,) in connection.execute(query("component"), {"member": member})]


def kept_apart(connection: sqlite3.Connection, a: int, b: int) -> bool:
    """True when a person judged some member of a's entity and some of b's to be apart."""
    return bool(_apart(connection, a, b))


def judge_one(change: Transaction, a: int, b: int, author: str, reason: str) -> int:
    """Link two members by a person's judgement; gives the canonical member."""
    connection = change.connection
    labels = connection.execute("SELECT DISTINCT label FROM members WHERE pk IN (?, ?)", (a, b)).fetchall()
    if len(labels) > 1:
        raise InputError("store.link_labels")
    if a == b:
        raise InputError("store.link_itself")
    change.retire("judgements", _apart(connection, a, b))
    known = connection.execute(
        "SELECT 1 FROM links WHERE gone = 0 AND judged = 1 AND a IN (:a, :b) AND b IN (:a, :b)", {"a": a, "b": b}
    )
    if not known.fetchone():
        insert_links(change, [(a, b)], judged=1, author=author, reason=reason)
    return component(connection, a)[0]


def judge_apart(change: Transaction, a: int, b: int | None, author: str, reason: str) -> list[int]:
    """Undo what joins member ``a`` to the rest (or to ``b``); gives the canonical members that are restored.

    A person's judgement is undone before an exact key is: what is cut off is all that exact keys join to ``a``, or,
    where no judgement joined it, ``a`` alone.
    """
    connection = change.connection
    whole = component(connection, a)
    links = _links_among(connection, whole)
    cut = _cut(links, a, b)
    if not cut:
        raise NotFoundError("store.nothing_to_split")
    change.retire("links", [pk for pk, *_ in cut])
    _keep_apart(change, [(x, y) for _, x, y, _ in cut], author, reason)
    return list(dict.fromkeys(component(connection, pk)[0] for pk in (a, *whole)))


def _cut(links: Sequence[Link], a: int, b: int | None) -> list[Link]:
    by_key = _reached([x for x in links if not x[3]], a)
    judged = [x for x in links if (x[1] in by_key) != (x[2] in by_key)]
    inside = by_key if judged and (b is None or b not in by_key) else {a}
    crossing = [x for x in links if (x[1] in inside) != (x[2] in inside)]
    if b is None:
        return crossing
    rest = [x for x in links if x[1] not in inside and x[2] not in inside]
    beyond = _reached(rest, b)
    return [x for x in crossing if x[1] in beyond or x[2] in beyond]


def _reached(links: Sequence[Link], start: int) -> set[int]:
    neighbours: dict[int, list[int]] = {}
    for _, a, b, _ in links:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    seen, todo = {start}, [start]
    while todo:
        for other in neighbours.get(todo.pop(), ()):
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return seen


def _links_among(connection: sqlite3.Connection, members: Sequence[int]) -> list[Link]:
    found = connection.execute(
        "SELECT pk, a, b, judged FROM links WHERE gone = 0 AND a IN (SELECT value FROM json_each(?)) ORDER BY pk",
        (json.dumps(members),),
    )
    return [(pk, a, b, judged) for pk, a, b, judged in found]


def _keep_apart(change: Transaction, pairs: Sequence[tuple[int, int]], author: str, reason: str) -> None:
    insert_judgements(change, [Judgement(APART, APART, min(p), max(p), None, author, reason) for p in pairs])


def _apart(connection: sqlite3.Connection, a: int, b: int) -> list[int]:
    """Judgements that keep the entities of two members apart."""
    rows = connection.execute(
        "SELECT j.pk, j.a, j.b FROM judgements AS j JOIN words AS w ON w.pk = j.kind WHERE j.gone = 0 AND w.text = ?",
        (APART,),
    ).fetchall()
    if not rows:
        return []
    pairs = {frozenset(p) for p in product(component(connection, a), component(connection, b))}
    return [pk for pk, x, y in rows if frozenset((x, y)) in pairs]


def _joins(connection: sqlite3.Connection, mail: int, first_new: int) -> bool:
    """True when a new link joins something that was there before, rather than adding its own fresh address."""
    links = connection.execute("SELECT count(*) FROM links WHERE gone = 0 AND b = ?", (mail,)).fetchone()[0]
    return mail < first_new or links > 1
