"""Every table a store has, whatever the database: the core tables with their columns, and the shelves.

The core tables are those of the delta (``DELTA_TABLES``) and, beside each, columns only the store keeps. A shelf is a
plain table known by a key. From these follow the DDL of each database, the texts that write, and ``graphsvc copy``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import pyarrow as pa

from graphsvc.store import DELTA_TABLES

Kind = Literal["int", "text", "text?", "int?", "real", "real?", "bytes"]

# Columns of the store only. ``source`` is a pk of sources; ``mail`` the member of a person's mail address, or -1;
# ``origin`` 1 marks a fact that follows from a row of works.
EXTRA: dict[str, dict[str, Kind]] = {
    "members": {"space": "text", "key": "text"},
    "links": {"author": "text?", "reason": "text?"},
    "words": {},
    "people": {
        "source": "int", "mail": "int", "name": "text?", "email": "text?", "title": "text?", "level_text": "text?",
    },
    "organizations": {"source": "int", "name": "text?"},
    "works": {"source": "int", "name": "text?"},
    "opportunities": {"source": "int", "name": "text?"},
    "facts": {"source": "int", "origin": "int"},
    "interactions": {"source": "int", "record_id": "text?"},
    "own": {"author": "text?"},
    "judgements": {"author": "text?", "reason": "text?"},
    "commits": {},
}  # fmt: skip


@dataclass(frozen=True)
class Shelf:
    """A plain table: its columns, the key that makes a row unique, and columns looked up by (each an index)."""

    columns: dict[str, Kind]
    key: tuple[str, ...]
    looked_up: tuple[str, ...] = ()


SHELVES: dict[str, Shelf] = {
    "meta": Shelf({"name": "text", "value": "text"}, ("name",)),
    # the last handle each table gave out: none is ever used again
    "handles": Shelf({"what": "text", "last": "int"}, ("what",)),
    "settings": Shelf({"name": "text", "value": "text"}, ("name",)),
    "sources": Shelf({"pk": "int", "name": "text", "cursor": "text?"}, ("name",), ("pk",)),
    "scopes": Shelf({"source": "int", "scope": "text"}, ("source", "scope")),
    # keys said to be ours, for records still to come
    "own_keys": Shelf({"key": "text", "author": "text?"}, ("key",)),
    # an interaction row that further sources hold too
    "also": Shelf({"row": "int", "source": "int"}, ("row", "source"), ("row",)),
    # op 0: rows first..last were added or touched; op 1: they no longer exist
    "change": Shelf({"seq": "int", "what": "text", "op": "int", "first": "int", "last": "int"},
                    ("seq", "what", "op", "first", "last"), ("what", "seq")),
    "erased": Shelf({"id": "text"}, ("id",)),
    # what search looks at: all keys, names, titles and addresses of a member, in one text without case
    "found": Shelf({"member": "int", "text": "text"}, ("member",)),
    "quarantine": Shelf(
        {"pk": "int", "digest": "text", "time": "int", "source": "text", "what": "text", "place": "text",
         "code": "text", "args": "text", "raw": "text"}, ("digest",), ("pk", "time")),
    "runs": Shelf({"pk": "int", "id": "text", "kind": "text", "started": "int", "body": "text"}, ("id",), ("pk",)),
    "models": Shelf({"pk": "int", "id": "text", "name": "text", "as_of": "int", "body": "text"}, ("id",), ("pk",)),
    # what became of a model, one row per decision; ``said`` is a person's reason in their own words
    "model_states": Shelf(
        {"pk": "int", "model": "text", "score": "text", "state": "text", "time": "int", "author": "text",
         "reason": "text", "said": "text?", "detail": "text"}, ("pk",)),
    # a score of a run; its rows in parts, each an Arrow stream
    "score_sets": Shelf({"pk": "int", "run_id": "text", "name": "text"}, ("run_id", "name"), ("pk",)),
    "score_parts": Shelf({"kept": "int", "part": "int", "rows": "bytes"}, ("kept", "part"), ("kept",)),
    "suggestions": Shelf(
        {"id": "text", "state": "text", "play": "text", "owner": "text?", "target": "text", "through": "text?",
         "gain": "real", "run_id": "text?", "expires": "int?", "until": "int?", "author": "text?", "reason": "text?",
         "decided": "int?", "reasons": "text", "evidence": "text"}, ("id",), ("owner", "target", "through")),
    "lists": Shelf({"rep": "text", "week": "text", "run_id": "text", "items": "text"}, ("rep", "week"), ("rep",)),
    "audit": Shelf({"pk": "int", "time": "int", "who": "text", "action": "text", "detail": "text"}, ("pk",)),
    "jobs": Shelf(
        {"id": "text", "kind": "text", "args": "text", "state": "text", "slot": "text?", "created": "int",
         "started": "int?", "finished": "int?", "owner": "text?", "lease": "int?", "attempts": "int",
         "progress": "real?", "done_rows": "int", "note": "text?", "error": "text?", "report": "text?",
         "cancel": "int"},
        ("id",), ("slot", "created")),
    "job_lines": Shelf({"job": "text", "line": "int", "time": "int", "text": "text"}, ("job", "line"), ("job",)),
    # what people keep beside the graph, such as a saved map; ``value`` is a JSON object
    "documents": Shelf(
        {"pk": "int", "kind": "text", "id": "text", "owner": "text", "value": "text", "version": "int",
         "created": "int", "changed": "int"}, ("kind", "id"), ("pk", "kind", "owner")),
}  # fmt: skip


@cache
def columns_of(table: str) -> tuple[str, ...]:
    """All columns of a table as stored, ``pk`` first where it has one."""
    if table in SHELVES:
        return tuple(SHELVES[table].columns)
    return (*DELTA_TABLES[table], *EXTRA[table])


@cache
def kind_of(table: str, column: str) -> Kind:
    """Kind of a column as stored; numbers of a core table are never null but for floats, where null is NaN."""
    if table in SHELVES:
        return SHELVES[table].columns[column]
    if column in EXTRA[table]:
        return EXTRA[table][column]
    arrow = DELTA_TABLES[table][column]
    if pa.types.is_floating(arrow):
        return "real?"
    return "text" if pa.types.is_string(arrow) else "int"
