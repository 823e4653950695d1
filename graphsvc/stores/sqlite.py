"""The embedded store: one SQLite file that several processes may use at once.

This module is the Store protocol and who may call what; the work is in its neighbours ``sqlite_*``.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from graphsvc.errors import ForbiddenError, NotFoundError
from graphsvc.policy import Budget, Caller, require
from graphsvc.records import MergeReport, Page
from graphsvc.scores import Model, Run
from graphsvc.store import SCHEMA_VERSION, Candidate, Delta, Described, EvidenceRow
from graphsvc.stores import sqlite_delta, sqlite_judgements, sqlite_links, sqlite_read, sqlite_results
from graphsvc.stores import sqlite_suggestions as kept_suggestions
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite_connection import COMPACT_DUE, Clock, Database, meta, wall_clock
from graphsvc.stores.sqlite_erase import erase_person
from graphsvc.stores.sqlite_judgements import Judgement
from graphsvc.stores.sqlite_merge import merge_page
from graphsvc.stores.sqlite_retract import retract as withdraw
from graphsvc.suggestions import State, Suggestion

LOW_SPACE = 200 * 1024 * 1024  # [bytes] free on the disk; below it the next sync may not fit


class SqliteStore:
    """A Store in one SQLite file; see :class:`graphsvc.store.Store` for what each method promises.

    Parameters
    ----------
    path : the file; made where ``create`` is true.
    clock : gives the present moment [us]; record times follow it and never go back.
    """

    def __init__(self, path: Path, *, create: bool = True, clock: Clock = wall_clock) -> None:
        self.url = f"sqlite:///{path}"
        self.path = path
        self._db = Database(path, create=create, clock=clock)
        self._known: sqlite_read.Entities | None = None

    # -- claims ---------------------------------------------------------------------------------------------

    def merge(self, page: Page) -> MergeReport:
        """Take a page in, all or nothing, once."""
        return merge_page(self._db, page)

    def retract(self, source: str, table: str, keys: Sequence[str]) -> MergeReport:
        """Withdraw records of a source by their ids (or, without ids, as ``evidence`` names them)."""
        return withdraw(self._db, source, table, keys)

    def cursor(self, source: str) -> str | None:
        """Where the source's last committed page ended."""
        row = self._one("SELECT cursor FROM sources WHERE name = ?", source)
        return None if row is None else row[0]

    # -- people's decisions ------------------------------------------------------------------------------------

    def link(self, a: str, b: str, caller: Caller, reason: str = "") -> str:
        """Judge two entities to be one; gives the canonical id."""
        require(caller, "write")
        with self._db.changing() as change:
            first, second = (self._member(change.connection, i) for i in (a, b))
            head = sqlite_links.judge_one(change, first, second, caller.name, reason)
            self._note(change.connection, change.now, caller, "link", {"a": a, "b": b})
            return _id(change.connection, head)

    def split(self, a: str, b: str | None, caller: Caller, reason: str = "") -> list[str]:
        """Take what joined ``a`` to the rest (or to ``b``) back and keep it apart; gives the ids restored."""
        require(caller, "write")
        with self._db.changing() as change:
            first = self._member(change.connection, a)
            second = None if b is None else self._member(change.connection, b)
            heads = sqlite_links.judge_apart(change, first, second, caller.name, reason)
            self._note(change.connection, change.now, caller, "split", {"a": a, "b": b})
            return [_id(change.connection, pk) for pk in heads]

    def override(self, name: str, a: str, b: str | None, value: float | None, caller: Caller, reason: str) -> None:
        """Set or clear a person's value for a score, or a mark (``role:ROLE``, ``restricted``)."""
        require(caller, "write")
        kind, word = sqlite_judgements.kind_of(name)
        with self._db.changing() as change:
            ends = sorted([a] if b is None else [a, b])
            first, second = [*(self._member(change.connection, i) for i in ends), -1][:2]
            judgement = Judgement(kind, word, first, second, value, caller.name, reason)
            sqlite_judgements.replace_judgement(change, judgement, keep=value is not None)
            detail = {"name": kind, "a": a, "b": b, "value": value}
            self._note(change.connection, change.now, caller, "override", detail)

    def erase(self, entity: str, caller: Caller) -> Mapping[str, int]:
        """Remove a person and everything derived from them, at every date; block their keys. Counts per table."""
        require(caller, "admin")
        return erase_person(self._db, entity, caller)

    def own(self, values: Iterable[str], caller: Caller) -> None:
        """Say who ours is: mail domains, addresses and source keys, added to those already said."""
        require(caller, "write")
        with self._db.changing() as change:
            sqlite_judgements.put_own(self._db, change, values, caller.name)
            self._note(change.connection, change.now, caller, "own", {})

    # -- columns -----------------------------------------------------------------------------------------------

    @property
    def sequence(self) -> int:
        """Number of the last committed change."""
        with self._db.translated():
            return sqlite_delta.last_sequence(self._db.connection)

    def delta(self, since: int, caller: Caller, budget: Budget) -> Delta:
        """Everything in columns (``since`` 0), or what changed after a sequence number; the owner's only."""
        require(caller, "read")
        if not caller.is_owner:
            raise ForbiddenError("store.owner_only")
        with self._db.reading() as connection:
            delta = sqlite_delta.read_delta(connection, since)
        budget.limit(sum(len(t) for t in delta.tables.values()))
        return delta

    def changes(self, since: int, caller: Caller, budget: Budget) -> Iterator[Mapping[str, Any]]:
        """The change feed: sequence, time, what (table), change, count; whole numbers up to the budget's rows."""
        require(caller, "read")
        with self._db.reading() as connection:
            return iter(list(sqlite_delta.read_changes(connection, since, budget)))

    def content_digest(self) -> str:
        """Digest of all live content, whatever the order, handles and pages it came in."""
        with self._db.reading() as connection:
            return sqlite_delta.content_digest(connection)

    # -- look-ups ----------------------------------------------------------------------------------------------

    def resolve(self, text: str, caller: Caller, label: str | None = None) -> list[Candidate]:
        """Entities that a public id, mail address, source key or exact name may mean."""
        require(caller, "read")
        with self._db.reading() as connection:
            return sqlite_read.resolve(connection, self._entities(connection), text, label)

    def record_ids(self, text: str, caller: Caller, label: str | None = None) -> list[str]:
        """Public ids of the very records with this id, key or address, not of the entities they were merged into."""
        require(caller, "read")
        with self._db.reading() as connection:
            return sqlite_read.record_ids(connection, text, label)

    def describe(self, ids: Sequence[str], caller: Caller, sequence: int | None = None) -> dict[str, Described]:
        """Keys and names, by the ids asked for and by the canonical ids they mean; or as known at a sequence number."""
        require(caller, "read")
        with self._db.reading() as connection:
            if sequence is None:
                return sqlite_read.describe(connection, self._entities(connection), ids, caller.is_owner)
            then = sqlite_read.entities_at(connection, sequence)
            return sqlite_read.describe(connection, then, ids, caller.is_owner, sequence)

    def search(self, text: str, caller: Caller, budget: Budget, label: str | None = None) -> list[Candidate]:
        """Full text over names, keys, titles and mail addresses, best first, at most the budget's rows."""
        require(caller, "read")
        with self._db.reading() as connection:
            return sqlite_read.search(connection, self._entities(connection), text, label, budget.rows)

    def evidence(
        self, table: Literal["interactions", "facts"], rows: Sequence[int], caller: Caller
    ) -> list[EvidenceRow]:
        """The source records behind rows of a Projection, in the order of their handles."""
        require(caller, "read")
        read = sqlite_read.evidence_interactions if table == "interactions" else sqlite_read.evidence_facts
        with self._db.reading() as connection:
            return read(connection, self._entities(connection), rows)

    def latest_event(self, now: int) -> int | None:
        """Time of the newest event by ``now``: interaction, dated fact, deal opened or closed [us]."""
        with self._db.reading() as connection:
            (newest,) = connection.execute(query("latest_event"), {"now": now}).fetchone()
        return None if newest is None else int(newest)

    # -- results -----------------------------------------------------------------------------------------------

    def save_run(self, run: Run) -> None:
        """Keep a run's lineage."""
        with self._db.writing() as connection:
            sqlite_results.save_run(connection, run)

    def runs(self, kind: str | None = None, limit: int = 50) -> list[Run]:
        """Runs, newest first."""
        with self._db.reading() as connection:
            return sqlite_results.load_runs(connection, kind, limit)

    def save_scores(self, run: Run, name: str, rows: pa.Table) -> None:
        """Keep one score of a run."""
        with self._db.writing() as connection:
            sqlite_results.save_scores(connection, run.id, name, rows)

    def load_scores(self, name: str, run_id: str) -> pa.Table | None:
        """What ``save_scores`` kept."""
        with self._db.reading() as connection:
            return sqlite_results.load_scores(connection, name, run_id)

    def prune(self, keep: int) -> int:
        """Drop the scores of all but the newest ``keep`` score runs; gives how many runs lost theirs."""
        with self._db.writing() as connection:
            return sqlite_results.prune(connection, keep)

    def save_model(self, model: Model) -> None:
        """Keep a fitted model."""
        with self._db.writing() as connection:
            sqlite_results.save_model(connection, model)

    def models(self, name: str | None = None, as_of: int | None = None) -> list[Model]:
        """Models, newest first."""
        with self._db.reading() as connection:
            return sqlite_results.load_models(connection, name, as_of)

    def save_suggestions(self, suggestions: Sequence[Suggestion]) -> int:
        """Add new ones, refresh those still proposed, leave decided ones alone; gives how many are new."""
        with self._db.writing() as connection:
            return kept_suggestions.save(connection, suggestions, self._db.clock())

    def suggestions(self, caller: Caller, state: State | None = None, owner: str | None = None) -> list[Suggestion]:
        """Suggestions by gain, highest first; a caller who is not the owner sees those that are their own."""
        require(caller, "read")
        mine = owner if caller.is_owner else caller.entity or ""
        if not caller.is_owner and owner not in (None, mine):
            return []
        with self._db.reading() as connection:
            return kept_suggestions.load(connection, state, mine)

    def decide(
        self, suggestion_id: str, state: State, caller: Caller, reason: str = "", until: int | None = None
    ) -> Suggestion:
        """Confirm, decline or snooze one; author and reason are kept."""
        require(caller, "write")
        with self._db.writing() as connection:
            found = kept_suggestions.find(connection, suggestion_id)
            if not caller.is_owner and found.owner != caller.entity:
                raise NotFoundError("store.no_suggestion", id=suggestion_id)
            now = self._db.clock()
            self._note(connection, now, caller, "decide", {"suggestion": suggestion_id, "state": state})
            return kept_suggestions.decide(connection, suggestion_id, state, caller.name, reason, (now, until))

    def save_list(self, rep: str, week: str, run_id: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Keep a week's list."""
        with self._db.writing() as connection:
            sqlite_results.save_list(connection, rep, week, run_id, items)

    def load_list(self, rep: str, week: str) -> Sequence[Mapping[str, Any]] | None:
        """The list kept for a rep and ISO week."""
        with self._db.reading() as connection:
            return sqlite_results.load_list(connection, rep, week)

    # -- housekeeping --------------------------------------------------------------------------------------------

    def quarantine(self, caller: Caller, source: str | None = None, limit: int = 100) -> list[Mapping[str, Any]]:
        """Rows that could not be taken, newest first: time, source, table, where, code, args, raw."""
        require(caller, "admin")
        names = ("time", "source", "table", "where", "code", "args", "raw")
        with self._db.reading() as connection:
            rows = connection.execute(query("quarantine"), {"source": source, "limit": limit}).fetchall()
        return [dict(zip(names, (*r[:5], json.loads(r[5]), json.loads(r[6])), strict=True)) for r in rows]

    def audit(self, caller: Caller, limit: int = 100) -> list[Mapping[str, Any]]:
        """The append-only log, newest first: time, who, action, detail."""
        require(caller, "admin")
        with self._db.reading() as connection:
            rows = connection.execute(query("audit"), {"limit": limit}).fetchall()
        return [{"time": t, "who": w, "action": a, "detail": json.loads(d)} for t, w, a, d in rows]

    def log(self, caller: Caller, action: str, detail: Mapping[str, Any]) -> None:
        """Append to the audit log."""
        with self._db.writing() as connection:
            self._note(connection, self._db.clock(), caller, action, detail)

    def setting(self, name: str) -> str | None:
        """A workspace setting."""
        row = self._one("SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else str(row[0])

    def set_setting(self, name: str, value: str, caller: Caller) -> None:
        """Keep a workspace setting."""
        require(caller, "admin")
        with self._db.writing() as connection:
            connection.execute("INSERT OR REPLACE INTO settings(name, value) VALUES (?, ?)", (name, value))
            self._note(connection, self._db.clock(), caller, "setting", {"name": name})

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports: check, ok, detail."""
        with self._db.reading() as connection:
            sound = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            logged = int(connection.execute("SELECT ifnull(max(seq), 0) FROM change").fetchone()[0])
            last = sqlite_delta.last_sequence(connection)
            due = meta(connection, COMPACT_DUE) is not None
        free = shutil.disk_usage(self.path.resolve().parent).free
        wal = Path(f"{self.path}-wal")
        size = wal.stat().st_size if wal.exists() else 0
        found = (
            ("integrity", sound == "ok", sound),
            ("schema_version", version == SCHEMA_VERSION, version),
            ("change_log", logged <= last, f"{logged}/{last}"),
            ("free_space", free > max(LOW_SPACE, self.path.stat().st_size), free),
            ("write_ahead_log", size < 2**30, size),
            ("erasure_finished", not due, "due" if due else "ok"),
        )
        return [{"check": name, "ok": ok, "detail": detail} for name, ok, detail in found]

    def close(self) -> None:
        """Release the connections."""
        self._db.close()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _one(self, sql: str, *args: object) -> tuple[Any, ...] | None:
        with self._db.translated():
            row: tuple[Any, ...] | None = self._db.connection.execute(sql, args).fetchone()
        return row

    def _entities(self, connection: sqlite3.Connection) -> sqlite_read.Entities:
        self._known = found = sqlite_read.read_entities(connection, self._known)
        return found

    def _member(self, connection: sqlite3.Connection, ident: str) -> int:
        found = sqlite_read.member_handles(connection, [ident])
        if not found:
            raise NotFoundError("errors.not_found", text=ident)
        return found[ident]

    def _note(
        self, connection: sqlite3.Connection, now: int, caller: Caller, action: str, detail: Mapping[str, Any]
    ) -> None:
        connection.execute(
            "INSERT INTO audit(time, who, action, detail) VALUES (?, ?, ?, ?)",
            (now, caller.name, action, sqlite_results.dumped(dict(detail))),
        )


def _id(connection: sqlite3.Connection, pk: int) -> str:
    return str(connection.execute("SELECT id FROM members WHERE pk = ?", (pk,)).fetchone()[0])
