"""The Store protocol over a ledger, the same for every database: who may call what, and which piece of logic answers.

What differs (a file's health, a server's engines) is added by the classes of :mod:`graphsvc.stores.sqlite` and
:mod:`graphsvc.stores.neo4j`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import pyarrow as pa

from graphsvc.errors import ForbiddenError, NotFoundError
from graphsvc.identity import signature
from graphsvc.jobs import Job
from graphsvc.jobs import State as JobState
from graphsvc.models import ModelState
from graphsvc.policy import Budget, Caller, require
from graphsvc.records import MergeReport, Page
from graphsvc.scores import Model, Run
from graphsvc.store import Called, Candidate, Delta, Described, EvidenceRow, Lineage
from graphsvc.stores import delta, judgements, kept_jobs, kept_models, kept_suggestions, links, read, results
from graphsvc.stores.documents import DocumentShelf
from graphsvc.stores.erase import erase_person
from graphsvc.stores.judgements import Judgement
from graphsvc.stores.ledger import COMPACT_DUE, Change, Ledger, Reader, Writer, meta
from graphsvc.stores.merge import merge_page
from graphsvc.stores.record_shelf import RecordShelf
from graphsvc.stores.retract import retract as withdraw
from graphsvc.suggestions import State, Suggestion
from queries.feed import LatestEvent
from queries.results import AuditLines, Quarantined
from queries.state import LastLogged, Setting, SourceCursor


class LedgerStore(DocumentShelf, RecordShelf):
    """A Store over a ledger; see :class:`graphsvc.store.Store` for what each method promises."""

    page_rows: int | None = None

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.url = ledger.url
        self._known: read.Entities | None = None

    # -- claims ---------------------------------------------------------------------------------------------

    def merge(self, page: Page) -> MergeReport:
        """Take a page in, all or nothing, once."""
        return merge_page(self.ledger, page)

    def retract(self, source: str, table: str, keys: Sequence[str]) -> MergeReport:
        """Withdraw records of a source by their ids (or, without ids, as ``evidence`` names them)."""
        return withdraw(self.ledger, source, table, keys)

    def cursor(self, source: str) -> str | None:
        """Where the source's last committed page ended."""
        row = self.ledger.read(lambda reader: reader.one(SourceCursor(source)))
        return row.value if row else None

    # -- people's decisions ------------------------------------------------------------------------------------

    def link(self, a: str, b: str, caller: Caller, reason: str = "") -> str:
        """Judge two entities to be one; gives the canonical id."""
        require(caller, "write")

        def work(change: Change) -> str:
            first, second = (_member(change.writer, i) for i in (a, b))
            head = links.judge_one(change, first, second, caller.name, reason)
            _note(change.writer, change.now, caller, "link", {"a": a, "b": b})
            return _ids(change.writer, [head])[0]

        return self.ledger.change(work)

    def split(self, a: str, b: str | None, caller: Caller, reason: str = "") -> list[str]:
        """Take what joined ``a`` to the rest (or to ``b``) back and keep it apart; gives the ids restored."""
        require(caller, "write")

        def work(change: Change) -> list[str]:
            first = _member(change.writer, a)
            second = None if b is None else _member(change.writer, b)
            heads = links.judge_apart(change, first, second, caller.name, reason)
            _note(change.writer, change.now, caller, "split", {"a": a, "b": b})
            return _ids(change.writer, heads)

        return self.ledger.change(work)

    def override(self, name: str, a: str, b: str | None, value: float | None, caller: Caller, reason: str) -> None:
        """Set or clear a person's value for a score, or a mark (``role:ROLE``, ``restricted``)."""
        require(caller, "write")
        kind, word = judgements.kind_of(name)

        def work(change: Change) -> None:
            ends = sorted([a] if b is None else [a, b])
            first, second = [*(_member(change.writer, i) for i in ends), -1][:2]
            judgement = Judgement(kind, word, first, second, value, caller.name, reason)
            judgements.replace_judgement(change, judgement, keep=value is not None)
            detail = {"name": kind, "a": a, "b": b, "value": value}
            _note(change.writer, change.now, caller, "override", detail)

        self.ledger.change(work)

    def erase(self, entity: str, caller: Caller) -> Mapping[str, int]:
        """Remove a person and everything derived from them, at every date; block their keys. Counts per table."""
        require(caller, "admin")
        return erase_person(self.ledger, entity, caller)

    def own(self, values: Iterable[str], caller: Caller) -> None:
        """Say who ours is: mail domains, addresses and source keys, added to those already said."""
        require(caller, "write")
        said = list(values)

        def work(change: Change) -> None:
            judgements.put_own(self.ledger, change, said, caller.name)
            _note(change.writer, change.now, caller, "own", {})

        self.ledger.change(work)

    # -- columns -----------------------------------------------------------------------------------------------

    @property
    def sequence(self) -> int:
        """Number of the last committed change."""
        return self.ledger.remembered("sequence", delta.last_sequence)

    def delta(self, since: int, caller: Caller, budget: Budget) -> Delta:
        """Everything in columns (``since`` 0), or what changed after a sequence number; the owner's only."""
        require(caller, "read")
        if not caller.is_owner:
            raise ForbiddenError("store.owner_only")
        found = self.ledger.read(lambda reader: delta.read_delta(reader, since))
        budget.limit(sum(len(t) for t in found.tables.values()))
        return found

    def lineage(self, sequence: int) -> Lineage:
        """Whose columns these are, and what led to their state at a sequence number."""
        return self.ledger.read(lambda reader: delta.read_lineage(reader, self.ledger.key, sequence))

    def words(self, caller: Caller) -> Mapping[int, str]:
        """The texts behind the handles of words in the columns; the owner's only."""
        require(caller, "read")
        if not caller.is_owner:
            raise ForbiddenError("store.owner_only")
        return self.ledger.read(delta.read_words)

    def changes(self, since: int, caller: Caller, budget: Budget) -> Iterator[Mapping[str, Any]]:
        """The change feed: sequence, time, what (table), change, count; whole numbers up to the budget's rows."""
        require(caller, "read")
        return iter(self.ledger.read(lambda reader: list(delta.read_changes(reader, since, budget))))

    def content_digest(self) -> str:
        """Digest of all live content, whatever the order, handles and pages it came in."""
        return self.ledger.read(delta.content_digest)

    # -- look-ups ----------------------------------------------------------------------------------------------

    def resolve(self, text: str, caller: Caller, label: str | None = None) -> list[Candidate]:
        """Entities that a public id, mail address, source key or exact name may mean."""
        require(caller, "read")
        return self.ledger.read(lambda reader: read.resolve(reader, self._entities(reader), text, label))

    def describe(self, ids: Sequence[str], caller: Caller, sequence: int | None = None) -> dict[str, Described]:
        """Keys and names, by the ids asked for and by the canonical ids they mean; or as known at a sequence number."""
        require(caller, "read")

        def work(reader: Reader) -> dict[str, Described]:
            if sequence is None:
                return read.describe(reader, self._entities(reader), ids, caller.is_owner)
            then = read.entities_at(reader, sequence)
            return read.describe(reader, then, ids, caller.is_owner, sequence)

        return self.ledger.read(work)

    def search(self, text: str, caller: Caller, budget: Budget, label: str | None = None) -> list[Candidate]:
        """Full text over names, keys, titles and mail addresses, best first, at most the budget's rows."""
        require(caller, "read")
        return self.ledger.read(lambda reader: read.search(reader, self._entities(reader), text, label, budget.rows))

    def called(self, members: Sequence[int] | None, caller: Caller) -> Iterator[Called]:
        """What sources call the entities of some members, or all entities, in parts; the owner's only."""
        require(caller, "read")
        if not caller.is_owner:
            raise ForbiddenError("store.owner_only")
        for part in self.ledger.read(lambda reader: read.parts(reader, self._entities(reader), members)):
            yield from self._called(part)

    def _called(self, heads: Sequence[int]) -> list[Called]:
        return self.ledger.read(lambda reader: read.called(reader, self._entities(reader), heads))

    def evidence(
        self, table: Literal["interactions", "facts"], rows: Sequence[int], caller: Caller
    ) -> list[EvidenceRow]:
        """The source records behind rows of a Projection, in the order of their handles."""
        require(caller, "read")
        find = read.evidence_interactions if table == "interactions" else read.evidence_facts
        return self.ledger.read(lambda reader: find(reader, self._entities(reader), rows))

    def latest_event(self, now: int) -> int | None:
        """Time of the newest event by ``now``: interaction, dated fact, deal opened or closed [us]."""
        return self.ledger.read(lambda reader: reader.ask(LatestEvent(now))[0].time)

    # -- results -----------------------------------------------------------------------------------------------

    def save_run(self, run: Run) -> None:
        """Keep a run's lineage."""
        self.ledger.write(lambda writer: results.save_run(writer, run))

    def runs(self, kind: str | None = None, limit: int = 50) -> list[Run]:
        """Runs, newest first."""
        if limit == 1:  # asked with every answer
            return list(self.ledger.remembered(f"run {kind}", lambda reader: results.load_runs(reader, kind, 1)))
        return self.ledger.read(lambda reader: results.load_runs(reader, kind, limit))

    def save_scores(self, run: Run, name: str, rows: pa.Table) -> None:
        """Keep one score of a run."""
        self.ledger.write(lambda writer: results.save_scores(writer, run.id, name, rows))

    def load_scores(self, name: str, run_id: str, columns: Sequence[str] = ()) -> pa.Table | None:
        """What ``save_scores`` kept; only some columns, where they are named."""
        return self.ledger.read(lambda reader: results.load_scores(reader, name, run_id, columns))

    def prune(self, keep: int) -> int:
        """Drop the scores of all but the newest ``keep`` score runs; gives how many runs lost theirs."""
        return self.ledger.write(lambda writer: results.prune(writer, keep))

    def save_model(self, model: Model) -> None:
        """Keep a fitted model."""
        self.ledger.write(lambda writer: results.save_model(writer, model))

    def models(self, name: str | None = None, as_of: int | None = None) -> list[Model]:
        """Models, newest first."""
        return self.ledger.read(lambda reader: results.load_models(reader, name, as_of))

    def add_model_states(self, states: Sequence[ModelState], after: int) -> bool:
        """Add to the history of models, all or nothing; False where entry ``after`` is not the last one any more."""
        return self.ledger.write(lambda writer: kept_models.add(writer, states, after))

    def model_states(self, score: str | None = None) -> list[ModelState]:
        """The history of the models of a score, or of all, oldest first."""
        return self.ledger.read(lambda reader: kept_models.load(reader, score))

    @property
    def last_model_state(self) -> int:
        """Number of the last entry of that history; 0 when it is empty."""
        return self.ledger.remembered("model state", kept_models.last)

    def save_suggestions(self, suggestions: Sequence[Suggestion]) -> int:
        """Add new ones, refresh those still proposed, leave decided ones alone; gives how many are new."""
        return self.ledger.write(lambda writer: kept_suggestions.save(writer, suggestions, self.ledger.clock()))

    def expire_suggestions(self, idents: Sequence[str]) -> int:
        """Let proposed ones expire; they are proposed again where they are saved again. Gives how many."""
        return self.ledger.write(lambda writer: kept_suggestions.expire(writer, idents))

    def suggestions(self, caller: Caller, state: State | None = None, owner: str | None = None) -> list[Suggestion]:
        """Suggestions by gain, highest first; a caller who is not the owner sees those that are their own."""
        require(caller, "read")
        mine = owner if caller.is_owner else caller.entity or ""
        if not caller.is_owner and owner not in (None, mine):
            return []
        return self.ledger.read(lambda reader: kept_suggestions.load(reader, state, mine))

    def decide(
        self, suggestion_id: str, state: State, caller: Caller, reason: str = "", until: int | None = None
    ) -> Suggestion:
        """Confirm, decline or snooze one; author and reason are kept."""
        require(caller, "write")

        def work(writer: Writer) -> Suggestion:
            writer.lock("suggestions")
            found = kept_suggestions.find(writer, suggestion_id)
            if not caller.is_owner and found.owner != caller.entity:
                raise NotFoundError("store.no_suggestion", id=suggestion_id)
            now = self.ledger.clock()
            _note(writer, now, caller, "decide", {"suggestion": suggestion_id, "state": state})
            return kept_suggestions.decide(writer, suggestion_id, state, caller.name, reason, (now, until))

        return self.ledger.write(work)

    def save_list(self, rep: str, week: str, run_id: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Keep a week's list."""
        self.ledger.write(lambda writer: results.save_list(writer, rep, week, run_id, items))

    def load_list(self, rep: str, week: str) -> Sequence[Mapping[str, Any]] | None:
        """The list kept for a rep and ISO week."""
        return self.ledger.read(lambda reader: results.load_list(reader, rep, week))

    def load_lists(self, rep: str) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
        """The lists kept for a rep (``team:`` for any team's), newest first: ISO week and items."""
        return self.ledger.read(lambda reader: results.load_lists(reader, rep))

    # -- jobs ----------------------------------------------------------------------------------------------------

    def add_job(self, job: Job) -> bool:
        """Add a job; False when one of its id, or of its slot, is there already."""
        return self.ledger.write(lambda writer: kept_jobs.add_job(writer, job))

    def change_job(self, id: str, when: Sequence[JobState], *, held_by: str | None = None, **fields: Any) -> Job | None:
        """Change a job in one of some states (held by an owner, where one is named); None when it is not."""
        return self.ledger.write(lambda writer: kept_jobs.change_job(writer, id, when, fields, held_by))

    def get_job(self, id: str) -> Job | None:
        """A job by its id."""
        return self.ledger.read(lambda reader: kept_jobs.get_job(reader, id))

    def list_jobs(self, state: JobState | None = None, limit: int = 50) -> list[Job]:
        """Jobs, newest first."""
        return self.ledger.read(lambda reader: kept_jobs.list_jobs(reader, state, limit))

    def log_job(self, id: str, line: str, now: int) -> None:
        """Append a line to a job's log."""
        self.ledger.write(lambda writer: kept_jobs.log_job(writer, id, line, now))

    def job_lines(self, id: str) -> list[tuple[int, str]]:
        """A job's log: moments [us] and lines."""
        return self.ledger.read(lambda reader: kept_jobs.job_lines(reader, id))

    def prune_jobs(self, before: int) -> int:
        """Remove the jobs that ended before a moment [us], with their logs; gives how many."""
        return sum(iter(lambda: self.ledger.write(lambda writer: kept_jobs.prune_jobs(writer, before)), 0))

    # -- housekeeping --------------------------------------------------------------------------------------------

    def quarantine(self, caller: Caller, source: str | None = None, limit: int = 100) -> list[Mapping[str, Any]]:
        """Rows that could not be taken, newest first: time, source, table, where, code, args, raw."""
        require(caller, "admin")
        rows = self.ledger.read(lambda reader: reader.ask(Quarantined(source, limit)))
        names = ("time", "source", "table", "where", "code", "args", "raw")
        return [dict(zip(names, (*r[:5], json.loads(r[5]), json.loads(r[6])), strict=True)) for r in rows]

    def audit(self, caller: Caller, limit: int = 100) -> list[Mapping[str, Any]]:
        """The append-only log, newest first: time, who, action, detail."""
        require(caller, "admin")
        rows = self.ledger.read(lambda reader: reader.ask(AuditLines(limit)))
        return [{"time": r.time, "who": r.who, "action": r.action, "detail": json.loads(r.detail)} for r in rows]

    def log(self, caller: Caller, action: str, detail: Mapping[str, Any]) -> None:
        """Append to the audit log."""
        self.ledger.write(lambda writer: _note(writer, self.ledger.clock(), caller, action, detail))

    def setting(self, name: str) -> str | None:
        """A workspace setting."""
        row = self.ledger.remembered(f"setting {name}", lambda reader: reader.one(Setting(name)))
        return row.value if row else None

    def set_setting(self, name: str, value: str, caller: Caller) -> None:
        """Keep a workspace setting."""
        require(caller, "admin")

        def work(writer: Writer) -> None:
            writer.put("settings", {"name": [name], "value": [value]}, 1)
            _note(writer, self.ledger.clock(), caller, "setting", {"name": name})

        self.ledger.write(work)

    def sign(self, purpose: str, text: str) -> str:
        """A signature under the workspace's key."""
        return signature(self.ledger.key, purpose, text)

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports of every store: check, ok, detail."""

        def work(reader: Reader) -> tuple[int, int, bool]:
            logged = reader.ask(LastLogged())[0].last
            return logged, delta.last_sequence(reader), meta(reader, COMPACT_DUE) is not None

        logged, last, due = self.ledger.read(work)
        return [
            {"check": "change_log", "ok": logged <= last, "detail": f"{logged}/{last}"},
            {"check": "erasure_finished", "ok": not due, "detail": "due" if due else "ok"},
        ]

    def close(self) -> None:
        """Release the connections."""
        self.ledger.close()

    # -- inside ----------------------------------------------------------------------------------------------------

    def _entities(self, reader: Reader) -> read.Entities:
        self._known = found = read.read_entities(reader, self._known)
        return found


def _member(reader: Reader, ident: str) -> int:
    found = read.member_handles(reader, [ident])
    if not found:
        raise NotFoundError("errors.not_found", text=ident)
    return found[ident]


def _ids(reader: Reader, pks: Sequence[int]) -> list[str]:
    found = read.member_ids(reader, pks)
    return [found[pk] for pk in pks]


def _note(writer: Writer, now: int, caller: Caller, action: str, detail: Mapping[str, Any]) -> None:
    line = {"time": now, "who": caller.name, "action": action, "detail": results.dumped(dict(detail))}
    writer.add("audit", {**line, "pk": [writer.number("audit")]}, 1)
