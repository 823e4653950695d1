"""Tables of the SQLite store: the columns of the delta, what only the store keeps beside them, and migrations.

The numeric columns follow from ``DELTA_TABLES``; personal text stands in columns of its own beside them, so that
``erase`` and ``delta`` each see what they need and nothing more.
"""

from __future__ import annotations

import sqlite3
from functools import cache

import pyarrow as pa

from graphsvc.store import DELTA_TABLES, SCHEMA_VERSION

APPLICATION_ID = 0x67737663  # "gsvc", in the file's header

# Columns of the store only. ``source`` is a pk of sources; ``mail`` the member of a person's mail address, or -1;
# ``origin`` 1 marks a fact that follows from a row of works.
EXTRA: dict[str, dict[str, str]] = {
    "members": {"space": "TEXT NOT NULL", "key": "TEXT NOT NULL"},
    "links": {"author": "TEXT", "reason": "TEXT"},
    "words": {},
    "people": {
        "source": "INTEGER NOT NULL",
        "mail": "INTEGER NOT NULL",
        "name": "TEXT",
        "email": "TEXT",
        "title": "TEXT",
        "level_text": "TEXT",
    },
    "organizations": {"source": "INTEGER NOT NULL", "name": "TEXT"},
    "works": {"source": "INTEGER NOT NULL", "name": "TEXT"},
    "opportunities": {"source": "INTEGER NOT NULL", "name": "TEXT"},
    "facts": {"source": "INTEGER NOT NULL", "origin": "INTEGER NOT NULL"},
    "interactions": {"source": "INTEGER NOT NULL", "record_id": "TEXT"},
    "own": {"author": "TEXT"},
    "judgements": {"author": "TEXT", "reason": "TEXT"},
    "commits": {},
}

_INDEXES = (
    "CREATE UNIQUE INDEX members_key ON members(label, space, key)",
    "CREATE UNIQUE INDEX members_id ON members(id)",
    "CREATE INDEX members_text ON members(key)",
    "CREATE INDEX links_a ON links(a) WHERE gone = 0",
    "CREATE INDEX links_b ON links(b) WHERE gone = 0",
    "CREATE UNIQUE INDEX words_text ON words(text)",
    "CREATE UNIQUE INDEX people_claim ON people(member, source, gone)",
    "CREATE INDEX people_name ON people(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX organizations_claim ON organizations(member, source, gone)",
    "CREATE INDEX organizations_name ON organizations(name) WHERE gone = 0",
    "CREATE INDEX organizations_domain ON organizations(domain) WHERE domain >= 0",
    "CREATE UNIQUE INDEX works_claim ON works(member, source, gone)",
    "CREATE INDEX works_name ON works(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX opportunities_claim ON opportunities(member, source, gone)",
    "CREATE INDEX opportunities_name ON opportunities(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX facts_claim ON facts(subject, object, kind, valid_from, role, source, origin, gone)",
    "CREATE INDEX facts_object ON facts(object)",
    "CREATE UNIQUE INDEX interactions_claim ON interactions(time, key, target, gone)",
    "CREATE INDEX interactions_record ON interactions(key) WHERE record_id IS NOT NULL AND gone = 0",
)

_OTHER = (
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    # the last handle each table gave out: none is ever used again (AUTOINCREMENT does it too, a fifth slower)
    "CREATE TABLE handles(what TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE settings(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE sources(pk INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, cursor TEXT) STRICT",
    "CREATE TABLE scopes(source INTEGER NOT NULL, scope TEXT NOT NULL, PRIMARY KEY(source, scope)) "
    "STRICT, WITHOUT ROWID",
    # keys said to be ours, for records still to come
    "CREATE TABLE own_keys(key TEXT PRIMARY KEY, author TEXT) STRICT, WITHOUT ROWID",
    # an interaction row that further sources hold too
    "CREATE TABLE also(row INTEGER NOT NULL, source INTEGER NOT NULL, PRIMARY KEY(row, source)) STRICT, WITHOUT ROWID",
    # op 0: rows first..last were added or touched; op 1: they no longer exist
    "CREATE TABLE change(seq INTEGER NOT NULL, what TEXT NOT NULL, op INTEGER NOT NULL, first INTEGER NOT NULL, "
    "last INTEGER NOT NULL) STRICT",
    "CREATE INDEX change_seq ON change(seq)",
    "CREATE INDEX change_what ON change(what, seq)",
    "CREATE TABLE erased(id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
    "CREATE TABLE quarantine(pk INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, time INTEGER NOT NULL, "
    "source TEXT NOT NULL, what TEXT NOT NULL, place TEXT NOT NULL, code TEXT NOT NULL, args TEXT NOT NULL, "
    "raw TEXT NOT NULL) STRICT",
    "CREATE TABLE runs(pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, "
    "started INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
    "CREATE TABLE models(pk INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, "
    "as_of INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
    "CREATE TABLE score_sets(pk INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, name TEXT NOT NULL, "
    "shape BLOB NOT NULL, UNIQUE(run_id, name)) STRICT",
    "CREATE TABLE scores(kept INTEGER NOT NULL, row INTEGER NOT NULL, a TEXT NOT NULL, b TEXT, value REAL, low REAL, "
    "high REAL, rank INTEGER, reason TEXT, figures BLOB NOT NULL, beside TEXT, PRIMARY KEY(kept, row)) "
    "STRICT, WITHOUT ROWID",
    "CREATE TABLE suggestions(id TEXT PRIMARY KEY, state TEXT NOT NULL, play TEXT NOT NULL, owner TEXT, "
    "target TEXT NOT NULL, through TEXT, gain REAL NOT NULL, run_id TEXT, expires INTEGER, until INTEGER, "
    "author TEXT, reason TEXT, decided INTEGER, reasons TEXT NOT NULL, evidence TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE TABLE lists(rep TEXT NOT NULL, week TEXT NOT NULL, run_id TEXT NOT NULL, items TEXT NOT NULL, "
    "PRIMARY KEY(rep, week)) STRICT, WITHOUT ROWID",
    "CREATE TABLE audit(pk INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, who TEXT NOT NULL, "
    "action TEXT NOT NULL, detail TEXT NOT NULL) STRICT",
    "CREATE VIRTUAL TABLE found USING fts5(key, name, title, email, tokenize = 'trigram')",
)

# Version n -> statements that lead from n to n + 1; the first release has none.
MIGRATIONS: dict[int, tuple[str, ...]] = {}


def create(connection: sqlite3.Connection) -> None:
    """Create every table and index of the newest version; the caller holds the write lock."""
    for table in DELTA_TABLES:
        connection.execute(_table(table))
    for statement in _OTHER + _INDEXES:
        connection.execute(statement)
    mark(connection)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Lead an older database to the newest version, step by step; the caller holds the write lock."""
    for step in range(version, SCHEMA_VERSION):
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
    mark(connection)


def mark(connection: sqlite3.Connection) -> None:
    """Write our mark and the schema version into the file's header."""
    connection.execute("PRAGMA application_id = " + str(APPLICATION_ID))
    connection.execute("PRAGMA user_version = " + str(SCHEMA_VERSION))


@cache
def stored_columns(table: str) -> tuple[str, ...]:
    """Columns of a table as stored, ``pk`` first."""
    return (*DELTA_TABLES[table], *EXTRA[table])


@cache
def insert_sql(table: str) -> str:
    """INSERT of whole rows, values in the order of :func:`stored_columns`."""
    columns = stored_columns(table)
    marks = ", ".join("?" * len(columns))
    return " ".join(("INSERT INTO", table, "(", ", ".join(columns), ") VALUES (", marks, ")"))


@cache
def select_sql(table: str, columns: tuple[str, ...], where: str) -> str:
    """SELECT of some columns of a table; ``where`` is a constant of ours, never a value."""
    return " ".join(("SELECT", ", ".join(columns), "FROM", table, "WHERE", where))


@cache
def gone_sql(table: str) -> str:
    """UPDATE that retracts one row: parameters (sequence, pk)."""
    return " ".join(("UPDATE", table, "SET gone = ? WHERE pk = ? AND gone = 0"))


def among(column: str) -> str:
    """Condition that a column is in a JSON list."""
    return " ".join((column, "IN (SELECT value FROM json_each(?))"))


@cache
def delete_sql(table: str, column: str) -> str:
    """DELETE of the rows whose column is in a JSON list."""
    return " ".join(("DELETE FROM", table, "WHERE", among(column)))


def _table(name: str) -> str:
    columns = [f"{c} {_sql_type(c, t)}" for c, t in DELTA_TABLES[name].items() if c != "pk"]
    columns += [f"{c} {kind}" for c, kind in EXTRA[name].items()]
    return f"CREATE TABLE {name}({', '.join(('pk INTEGER PRIMARY KEY', *columns))}) STRICT"


def _sql_type(column: str, kind: pa.DataType) -> str:
    if pa.types.is_floating(kind):
        return "REAL"
    return "TEXT NOT NULL" if pa.types.is_string(kind) else "INTEGER NOT NULL"
