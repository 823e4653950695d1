"""Joining organizations across sources by their mail domain, an exact key like a person's mail address.

Two records of one source with the same domain (branches, subsidiaries) are two organizations; a domain that any source
uses twice therefore joins nobody. The rule looks at the live records only, so that the order of arrival is nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable

from graphsvc.stores.sqlite_links import insert_links, kept_apart
from graphsvc.stores.sqlite_names import Names


def put_domain_links(names: Names, members: Iterable[int]) -> int:
    """Bring the automatic links of organizations in step with the domains of some changed ones; counts new joins."""
    change, connection = names.change, names.connection
    domains = _domains(connection, members)
    wanted = {pair for d in domains for pair in _pairs(connection, d)}
    stored = _stored(connection, domains)
    change.retire("links", [pk for pair, pk in stored.items() if pair not in wanted])
    new = sorted(pair for pair in wanted if pair not in stored and not kept_apart(connection, *pair))
    insert_links(change, new, judged=0, author=None, reason=None)
    return len(new)


def _domains(connection: sqlite3.Connection, members: Iterable[int]) -> list[int]:
    """Domains that the records of some members give, or gave before."""
    rows = connection.execute(
        "SELECT DISTINCT domain FROM organizations WHERE domain >= 0 AND member IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(members)),),
    )
    return sorted(d for (d,) in rows)


def _pairs(connection: sqlite3.Connection, domain: int) -> list[tuple[int, int]]:
    rows = connection.execute(
        "SELECT DISTINCT source, member FROM organizations WHERE gone = 0 AND domain = ? ORDER BY member", (domain,)
    ).fetchall()
    if max(Counter(source for source, _ in rows).values(), default=0) > 1:
        return []
    first, *others = sorted({member for _, member in rows}) or [0]
    return [(first, other) for other in others]


def _stored(connection: sqlite3.Connection, domains: list[int]) -> dict[tuple[int, int], int]:
    """Automatic links among organizations that have, or had, one of these domains."""
    rows = connection.execute(
        "WITH mine AS (SELECT DISTINCT member FROM organizations WHERE domain IN (SELECT value FROM json_each(?)))"
        " SELECT a, b, pk FROM links WHERE gone = 0 AND judged = 0 AND a IN mine AND b IN mine",
        (json.dumps(domains),),
    )
    return {(a, b): pk for a, b, pk in rows}
