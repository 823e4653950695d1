"""The Cypher that follows from the tables: texts that write, mark, delete and read whole rows in Neo4j.

Questions stand in ``queries/`` and the schema in :mod:`graphsvc.stores.neo4j_schema`; nothing else of the store has
Cypher of its own. Every row is one node or one relationship (always bound to ``r``) that carries all its columns.
Values come as columns: ``$pk[i]`` for a list with one value per row, ``$pk`` for one value that all rows share.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from graphsvc.model import Label
from graphsvc.store import DELTA_TABLES
from graphsvc.stores.tables import SHELVES, columns_of, kind_of


@dataclass(frozen=True)
class Node:
    """Rows that are nodes of one label; ``about`` names the column of the member that a claim is about."""

    label: str
    about: str | None = None


@dataclass(frozen=True)
class Edge:
    """Rows that are relationships of one type, from the member in column ``start`` to the one in column ``end``."""

    type: str
    start: str
    end: str


CORE: Mapping[str, Node | Edge] = {
    "members": Node("Member"),
    "links": Edge("SAME_AS", "a", "b"),
    "words": Node("Word"),
    "people": Node("PersonRecord", about="member"),
    "organizations": Node("OrganizationRecord", about="member"),
    "works": Node("WorkRecord", about="member"),
    "opportunities": Node("OpportunityRecord", about="member"),
    "facts": Edge("FACT", "subject", "object"),
    "interactions": Edge("TOOK_PART", "actor", "target"),  # from the target to the event; the actor's is ACTED
    "own": Node("Own"),
    "judgements": Node("Judgement"),
    "commits": Node("Commit"),
}
_RENAMED = {"quarantine": "Quarantined", "change": "ChangeLine", "audit": "AuditLine"}
SHELF_LABELS = {name: _RENAMED.get(name, name.title().replace("_", "")) for name in SHELVES}
HELPERS = ("Interaction", "Counter", "Lock", "Written", "Migration")  # labels of nodes that are no rows
MEMBER_LABELS = tuple(label.name.title() for label in sorted(Label))  # by label code

# Columns by which rows are found: relationships are walked to from their members, properties have an index. In any
# other column a value is only looked for, until the first row that has it.
INDEXED: Mapping[str, tuple[str, ...]] = {
    "members": ("pk", "id", "key", "twin"),
    "words": ("pk", "text"),
    "people": ("pk", "name", "mail", "organization"),
    "organizations": ("pk", "name", "domain"),
    "works": ("pk", "name"),
    "opportunities": ("pk", "name", "organization", "owner"),
    "links": ("pk",),
    "facts": ("pk",),
    "interactions": ("pk",),
    "own": ("pk", "member", "domain"),
    "judgements": ("pk", "a", "b"),
    "commits": ("pk",),
}

# Values that are not kept: a row is written the faster the fewer properties it has, and most rows have these.
DEFAULTS: Mapping[str, Mapping[str, int]] = {"interactions": {"topic": -1, "object": -1}}

COUNT = "RETURN count(*) AS n"


def label_of(table: str) -> str:
    """Label or relationship type of a table's rows.

    Examples
    --------
    >>> label_of("score_sets"), label_of("links")
    ('ScoreSets', 'SAME_AS')
    """
    shape = CORE.get(table)
    if shape is None:
        return SHELF_LABELS[table]
    return shape.type if isinstance(shape, Edge) else shape.label


# -- writing ----------------------------------------------------------------------------------------------------------


@cache
def add(table: str, single: frozenset[str]) -> str:
    """Insert rows; ``single`` columns come as one value. Gives how many were written, which must be all."""
    shape = CORE.get(table)
    row = "{" + ", ".join(f"{c}: {_value(c, single)}" for c in columns_of(table)) + "}"
    if table == "members":
        label = _value("label", single)
        return f"{_each()} CREATE (r:Member:$($member_labels[{label}]) {row}) {COUNT}"
    if isinstance(shape, Edge):
        start, end = _member("a", shape.start, single), _member("b", shape.end, single)
        return f"{_each()} {start} {end} CREATE (a)-[r:{shape.type} {row}]->(b) {COUNT}"
    if shape is not None and shape.about:
        about = _member("m", shape.about, single)
        return f"{_each()} {about} CREATE (r:{shape.label} {row})-[:ABOUT]->(m) {COUNT}"
    return f"{_each()} CREATE (r:{label_of(table)} {row}) {COUNT}"


@cache
def add_interactions(single: frozenset[str], fresh: bool) -> str:
    """Insert rows of interactions that come sorted by event; none when a member is not there.

    ``$time``, ``$key`` and ``$actor`` have one value per event and actor, whose rows are those from ``$start[j]`` up to
    ``$start[j + 1]``; all other columns have one value per row. ``$members`` are looked up once each, ascending;
    ``$actor_at`` and ``$target_at`` are places among them. ``fresh``: no event is there yet, and each comes once.
    """
    how = "CREATE" if fresh else "MERGE"
    per_event = ("time", "key", "actor")
    row = ", ".join(
        f"{c}: ${c}[j]" if c in per_event else f"{c}: {_value(c, single)}" for c in columns_of("interactions")
    )
    return (
        "UNWIND $members AS pk MATCH (m:Member {pk: pk}) WITH m ORDER BY pk"
        " WITH collect(m) AS ms WHERE size(ms) = size($members)"
        " UNWIND range(0, $n - 1) AS j WITH ms, j, ms[$actor_at[j]] AS a"
        f" {how} (e:Interaction {{time: $time[j], key: $key[j]}}) {how} (a)-[:ACTED]->(e)"
        " WITH ms, e, j UNWIND range($start[j], $start[j + 1] - 1) AS i WITH e, i, j, ms[$target_at[i]] AS b"
        f" CREATE (b)-[r:TOOK_PART {{{row}}}]->(e) {COUNT}"
    )


ANY_EVENT = "MATCH (e:Interaction) WHERE $first <= e.time <= $last RETURN 1 AS found LIMIT 1"


@cache
def put(shelf: str, single: frozenset[str]) -> str:
    """Insert rows of a shelf or replace those of the same key; a row's own number, where it has one, stays."""
    rest = [c for c in SHELVES[shelf].columns if c not in SHELVES[shelf].key]
    new = _set("r", [c for c in rest if c == "pk"], single, "ON CREATE SET")
    return f"{_merge(shelf, single)}{new}{_set('r', [c for c in rest if c != 'pk'], single)} {COUNT}"


@cache
def add_missing(shelf: str, single: frozenset[str]) -> str:
    """Insert the rows of a shelf whose key is not there."""
    rest = [c for c in SHELVES[shelf].columns if c not in SHELVES[shelf].key]
    return f"{_merge(shelf, single)}{_set('r', rest, single, 'ON CREATE SET')} {COUNT}"


@cache
def amend(table: str, by: str, columns: tuple[str, ...], single: frozenset[str]) -> str:
    """Set columns of the rows whose column ``by`` is a key.

    Raises
    ------
    ValueError
        For a column that says between which members a row stands: such a row is never rewritten.
    """
    if fixed := _ends(table) & set(columns):
        raise ValueError(f"{table}.{min(fixed)} is where a row stands in the graph and cannot be amended")
    return f"{_each()} WITH i, $keys[i] AS value {_found(table, by)}{_set('r', columns, single)} {COUNT}"


@cache
def remove(table: str, by: str) -> str:
    """Delete the rows whose column is among keys; gives how many. An event goes with the last of its participants."""
    found = f"UNWIND $keys AS value {_found(table, by)}"
    if table == "interactions":
        return (
            f"{found} WITH DISTINCT r, endNode(r) AS e WITH collect(r) AS rows, collect(DISTINCT e) AS events"
            " WITH rows, events, size(rows) AS n FOREACH (x IN rows | DELETE x) WITH events, n"
            " CALL (events) { UNWIND events AS e MATCH (a)-[t:ACTED]->(e)"
            " WHERE NOT EXISTS { (e)<-[p:TOOK_PART]-() WHERE p.actor = a.pk } DELETE t"
            " WITH DISTINCT e WHERE NOT EXISTS { (e)--() } DELETE e RETURN count(*) AS gone }"
            " RETURN n"
        )
    kind = "DELETE" if isinstance(CORE.get(table), Edge) else "DETACH DELETE"
    return f"{found} WITH DISTINCT r {kind} r {COUNT}"


NUMBER = (
    "MERGE (h:Handles {what: $what}) SET h.what = $what"  # takes the lock before the value is read
    " WITH h SET h.last = coalesce(h.last, 0) + $count RETURN h.last - $count + 1 AS first"
)
LOCK = "MERGE (l:Lock {name: $what}) SET l.name = $what"


# -- reading ----------------------------------------------------------------------------------------------------------


@cache
def last(table: str) -> str:
    """The last handle of a core table; no row where it has none."""
    return f"{_pattern(table)} WHERE r.pk > 0 RETURN r.pk AS last ORDER BY last DESC LIMIT 1"


@cache
def span(table: str) -> str:
    """The delta columns of the rows with handles in some ranges, each gathered into one list."""
    found = f"UNWIND $ranges AS s {_pattern(table)} WHERE s[0] <= r.pk <= s[1]"
    return f"{found} {_gathered(table, tuple(DELTA_TABLES[table]), 'pk')}"


@cache
def claims(table: str, columns: tuple[str, ...]) -> str:
    """A source's live claims about members, in columns."""
    found = f"UNWIND $values AS value {_found(table, 'member')} WHERE r.source = $source AND r.gone = 0"
    return f"{found} {_gathered(table, ('pk', 'member', *columns), 'pk')}"


@cache
def naming(table: str, column: str, more: tuple[str, ...]) -> str:
    """Rows, dead ones included, whose column is among values, in columns.

    A column without an index tells only whether a value is used: one row for each that is.
    """
    wanted = tuple(dict.fromkeys(("pk", *more)))
    if column in INDEXED[table] or column in _ends(table):
        return f"UNWIND $values AS value {_found(table, column)} WITH DISTINCT r {_gathered(table, wanted, 'pk')}"
    one = f"CALL (value) {{ {_pattern(table)} WHERE r.{column} = value RETURN r LIMIT 1 }}"
    return f"UNWIND $values AS value {one} WITH DISTINCT r {_gathered(table, wanted, 'pk')}"


@cache
def rows(table: str) -> str:
    """Whole rows in columns: of a core table by handle after one, of a shelf by key after a number of rows."""
    if table in DELTA_TABLES:
        found, order = f"{_pattern(table)} WHERE r.pk > $after WITH r ORDER BY r.pk LIMIT $limit", "pk"
    else:
        keys = ", ".join(f"r.{c}" for c in SHELVES[table].key)
        found, order = f"{_pattern(table)} WITH r ORDER BY {keys} SKIP $after LIMIT $limit", None
    return f"{found} {_gathered(table, columns_of(table), order)}"


# -- parts ------------------------------------------------------------------------------------------------------------


def _each() -> str:
    return "UNWIND range(0, $n - 1) AS i"


def _value(column: str, single: Collection[str]) -> str:
    return f"${column}" if column in single else f"${column}[i]"


def _member(name: str, column: str, single: Collection[str]) -> str:
    return f"MATCH ({name}:Member {{pk: {_value(column, single)}}})"


def _merge(shelf: str, single: Collection[str]) -> str:
    key = ", ".join(f"{c}: {_value(c, single)}" for c in SHELVES[shelf].key)
    return f"{_each()} MERGE (r:{SHELF_LABELS[shelf]} {{{key}}})"


def _set(name: str, columns: Iterable[str], single: Collection[str], how: str = "SET") -> str:
    changes = ", ".join(f"{name}.{c} = {_value(c, single)}" for c in columns)
    return f" {how} {changes}" if changes else ""


def _ends(table: str) -> set[str]:
    """Columns that are members a row hangs on."""
    shape = CORE.get(table)
    if isinstance(shape, Edge):
        return {shape.start, shape.end}
    return {shape.about} if shape is not None and shape.about else set()


def _pattern(table: str) -> str:
    """All rows of a table."""
    shape = CORE.get(table)
    return f"MATCH ()-[r:{shape.type}]->()" if isinstance(shape, Edge) else f"MATCH (r:{label_of(table)})"


def _found(table: str, by: str) -> str:
    """The rows whose column ``by`` is ``value``, found from the member or by an index."""
    shape = CORE.get(table)
    if shape is None and by == SHELVES[table].key[0]:  # an index of several columns is sought by its first
        rest = " AND ".join(f"r.{c} IS NOT NULL" for c in SHELVES[table].key[1:])
        return f"MATCH (r:{SHELF_LABELS[table]} {{{by}: value}}){f' WHERE {rest}' if rest else ''}"
    if shape is None or by not in _ends(table):
        inner = f"[r:{shape.type} {{{by}: value}}]" if isinstance(shape, Edge) else ""
        return f"MATCH ()-{inner}->()" if inner else f"MATCH (r:{label_of(table)} {{{by}: value}})"
    if isinstance(shape, Node):
        return f"MATCH (:Member {{pk: value}})<-[:ABOUT]-(r:{shape.label})"
    if table == "interactions":
        if by == "target":
            return "MATCH (:Member {pk: value})-[r:TOOK_PART]->()"
        return "MATCH (:Member {pk: value})-[:ACTED]->()<-[r:TOOK_PART {actor: value}]-()"
    row = f"[r:{shape.type}]"
    return (
        f"MATCH (:Member {{pk: value}})-{row}->()" if by == shape.start else f"MATCH ()-{row}->(:Member {{pk: value}})"
    )


def _gathered(table: str, columns: Sequence[str], order: str | None) -> str:
    """One list per column, read with all properties of a row at once, which is twice as fast as one by one.

    ``collect`` leaves nulls out, so that stand-ins take their place.
    """
    sort = f"WITH r ORDER BY r.{order} " if order else ""
    return f"{sort}WITH properties(r) AS r RETURN " + ", ".join(f"collect({_filled(table, c)}) AS {c}" for c in columns)


def _filled(table: str, column: str) -> str:
    kind, default = kind_of(table, column), DEFAULTS.get(table, {}).get(column)
    if default is not None:
        return f"coalesce(r.{column}, {default})"
    return f"coalesce(r.{column}, $no_{kind[:-1]})" if kind.endswith("?") else f"r.{column}"
