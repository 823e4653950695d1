"""Joining organizations across sources by their mail domain, an exact key like a person's mail address.

Two records of one source with the same domain (branches, subsidiaries) are two organizations; a domain that any source
uses twice therefore joins nobody. The rule looks at the live records only, so that the order of arrival is nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter

from graphsvc.stores.sqlite_links import insert_links, kept_apart
from graphsvc.stores.sqlite_names import Names


def put_domain_links(names: Names, members: Iterable[int]) -> int:
    """Bring the automatic links of organizations in step with the domains of some changed ones; counts new joins."""
    change, connection = names.change, names.connection
    domains = _domains(connection, members)
    wanted = _wanted(connection, domains)
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


def _wanted(connection: sqlite3.Connection, domains: list[int]) -> set[tuple[int, int]]:
    rows = connection.execute(
        "SELECT DISTINCT domain, source, member FROM organizations WHERE gone = 0 AND domain >= 0"
        " AND domain IN (SELECT value FROM json_each(?)) ORDER BY domain, member",
        (json.dumps(domains),),
    )
    out: set[tuple[int, int]] = set()
    for _, group in groupby(rows, key=itemgetter(0)):
        found = list(group)
        if max(Counter(source for _, source, _ in found).values()) == 1:
            first = found[0][2]
            out |= {(first, member) for _, _, member in found if member != first}
    return out


def _stored(connection: sqlite3.Connection, domains: list[int]) -> dict[tuple[int, int], int]:
    """Automatic links among organizations that have, or had, one of these domains."""
    rows = connection.execute(
        "WITH mine AS (SELECT DISTINCT member FROM organizations"
        " WHERE domain >= 0 AND domain IN (SELECT value FROM json_each(?)))"
        " SELECT a, b, pk FROM links WHERE gone = 0 AND judged = 0 AND a IN mine AND b IN mine",
        (json.dumps(domains),),
    )
    return {(a, b): pk for a, b, pk in rows}
