"""The SQL that follows from the tables: DDL, and the texts that write and read whole rows.

Questions stand in ``queries/``; nothing else in the SQLite store has SQL of its own but pragmas.
"""

from __future__ import annotations

from functools import cache

from graphsvc.store import DELTA_TABLES
from graphsvc.stores.tables import EXTRA, SHELVES, Kind, columns_of, kind_of

_TYPES: dict[Kind, str] = {
    "int": "INTEGER NOT NULL", "int?": "INTEGER", "text": "TEXT NOT NULL", "text?": "TEXT", "real": "REAL NOT NULL",
    "real?": "REAL", "bytes": "BLOB NOT NULL",
}  # fmt: skip

# Interactions in few packed integers per row: a row costs most by its number of values, each of which becomes a Python
# object on the way. What mostly holds its default comes apart, for the rows where it does not.
PACKED = (
    "SELECT pk, time, key, (actor << 32) | target, role | ((kind + 1) << 4) | ((channel + 1) << 32), rec"
    " FROM interactions WHERE pk BETWEEN ? AND ? ORDER BY pk"
)
RARE = (
    "SELECT pk, topic, object, weight, ifnull(relevance, 1e999), gone FROM interactions WHERE pk BETWEEN ? AND ?"
    " AND (topic >= 0 OR object >= 0 OR weight <> 1 OR relevance IS NOT NULL OR gone <> 0) ORDER BY pk"
)


def core_ddl(table: str) -> str:
    """CREATE TABLE of a core table."""
    columns = [f"{c} {_TYPES[kind_of(table, c)]}" for c in (*DELTA_TABLES[table], *EXTRA[table]) if c != "pk"]
    return f"CREATE TABLE {table}({', '.join(('pk INTEGER PRIMARY KEY', *columns))}) STRICT"


def shelf_ddl(name: str) -> list[str]:
    """CREATE TABLE and CREATE INDEX of a shelf."""
    shelf = SHELVES[name]
    number = shelf.key[0] if len(shelf.key) == 1 and shelf.columns[shelf.key[0]] == "int" else "pk"
    numbered = number in shelf.columns
    columns = [f"{c} {'INTEGER PRIMARY KEY' if c == number else _TYPES[k]}" for c, k in shelf.columns.items()]
    if (number,) != shelf.key:
        columns.append(f"{'UNIQUE' if numbered else 'PRIMARY KEY'}({', '.join(shelf.key)})")
    rowid = numbered or "bytes" in shelf.columns.values()  # large values do badly in the leaves of an index
    indexes = [f"CREATE INDEX {name}_{c} ON {name}({c})" for c in shelf.looked_up if c not in (number, shelf.key[0])]
    return [f"CREATE TABLE {name}({', '.join(columns)}) {'STRICT' if rowid else 'STRICT, WITHOUT ROWID'}", *indexes]


@cache
def insert(table: str) -> str:
    """INSERT of whole rows, values in the order of ``columns_of``."""
    columns = columns_of(table)
    return f"INSERT INTO {table}({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


@cache
def insert_missing(shelf: str) -> str:
    """INSERT of the rows whose key is not there."""
    return insert(shelf) + " ON CONFLICT DO NOTHING"


@cache
def upsert(shelf: str) -> str:
    """INSERT or replacement of the row of the same key; its own number, where it has one, stays."""
    key, columns = SHELVES[shelf].key, SHELVES[shelf].columns
    rest = [c for c in columns if c not in key and c != "pk"]
    then = "DO UPDATE SET " + ", ".join(f"{c} = excluded.{c}" for c in rest) if rest else "DO NOTHING"
    return f"{insert(shelf)} ON CONFLICT({', '.join(key)}) {then}"


@cache
def update(table: str, by: str, columns: tuple[str, ...]) -> str:
    """UPDATE of some columns of the rows of one key; parameters: the columns, then the key."""
    return f"UPDATE {table} SET {', '.join(f'{c} = ?' for c in columns)} WHERE {by} = ?"  # noqa: S608


@cache
def delete(table: str, by: str) -> str:
    """DELETE of the rows whose column is in a JSON list."""
    return f"DELETE FROM {table} WHERE {by} IN (SELECT value FROM json_each(?))"  # noqa: S608


@cache
def select_span(table: str) -> str:
    """The delta columns of the rows with handles in a range."""
    return f"SELECT {', '.join(DELTA_TABLES[table])} FROM {table} WHERE pk BETWEEN ? AND ? ORDER BY pk"  # noqa: S608


@cache
def select_claims(table: str, columns: tuple[str, ...]) -> str:
    """A source's live claims about members in a JSON list."""
    wanted = ", ".join(("pk", "member", *columns))
    where = "source = ? AND gone = 0 AND member IN (SELECT value FROM json_each(?))"
    return f"SELECT {wanted} FROM {table} WHERE {where} ORDER BY pk"  # noqa: S608


@cache
def select_naming(table: str, column: str, more: tuple[str, ...]) -> str:
    """Rows of a core table, dead ones included, whose column is in a JSON list."""
    wanted = ", ".join(("pk", *more))
    return f"SELECT {wanted} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY pk"  # noqa: S608


@cache
def select_rows(table: str) -> str:
    """Whole rows: of a core table by handle after one, of a shelf by key after a number of rows; and how many."""
    wanted = f"SELECT {', '.join(columns_of(table))} FROM {table}"  # noqa: S608
    if table in DELTA_TABLES:
        return wanted + " WHERE pk > ? ORDER BY pk LIMIT ?"
    return wanted + f" ORDER BY {', '.join(SHELVES[table].key)} LIMIT ?2 OFFSET ?1"
