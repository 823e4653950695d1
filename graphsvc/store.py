"""The Store protocol: what an embedded file and a database server both do, and all the rest may rely on.

Order of things: every committed change takes the next number of one sequence, first thing inside its transaction, so
that a reader of ``delta(since)`` or ``changes(since)`` never skips a late commit. Rows are never rewritten in place
as far as a reader of the past is concerned: each has ``rec`` (sequence it came with) and ``gone`` (sequence that
retracted or replaced it, else 0). Only ``erase`` removes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pyarrow as pa

from graphsvc.documents import Document
from graphsvc.jobs import Job
from graphsvc.jobs import State as JobState
from graphsvc.models import ModelState
from graphsvc.policy import Budget, Caller
from graphsvc.records import MergeReport, Page
from graphsvc.scores import Model, Run
from graphsvc.suggestions import State, Suggestion

SCHEMA_VERSION = 4

# The columnar form of everything algorithms need, table by table: name -> Arrow type. ``pk`` is the store's handle
# of the row (positive, never used again), member and word columns hold pks of those tables or -1, times are [us].
_i64, _i32, _i8, _f64, _f32 = pa.int64(), pa.int32(), pa.int8(), pa.float64(), pa.float32()
_LIFE = {"rec": _i64, "gone": _i64}
DELTA_TABLES: dict[str, dict[str, pa.DataType]] = {
    # one row per (label, source, key); id is hexadecimal. twin: the same key under the other label a fact allows, or -1
    "members": {"pk": _i64, "id": pa.string(), "label": _i8, "twin": _i64, "domain": _i64, "rec": _i64},
    # two members are one entity: by an exact key, or by a person's judgement (then judged = 1)
    "links": {"pk": _i64, "a": _i64, "b": _i64, "judged": _i8, **_LIFE},
    "words": {"pk": _i64, "text": pa.string()},
    "people": {
        "pk": _i64, "member": _i64, "internal": _i8, "level": _i8, "signs": _i8, "organization": _i64, **_LIFE,
    },
    "organizations": {
        "pk": _i64, "member": _i64, "domain": _i64, "industry": _i64, "region": _i64, "kind": _i64, **_LIFE,
    },
    "works": {"pk": _i64, "member": _i64, "kind": _i64, "topic": _i64, "time": _i64, **_LIFE},
    "opportunities": {
        "pk": _i64, "member": _i64, "organization": _i64, "owner": _i64, "stage": _i64, "amount": _f64,
        "currency": _i64, "product": _i64, "created": _i64, "closed": _i64, "won": _i8, **_LIFE,
    },
    "facts": {
        "pk": _i64, "kind": _i64, "subject": _i64, "object": _i64, "valid_from": _i64, "valid_to": _i64,
        "weight": _f64, "role": _i64, **_LIFE,
    },
    "interactions": {
        "pk": _i64, "time": _i64, "key": _i64, "actor": _i64, "target": _i64, "role": _i8, "kind": _i32,
        "channel": _i32, "topic": _i32, "object": _i64, "weight": _f32, "relevance": _f32, **_LIFE,
    },
    # who "ours" is: a mail domain (word) or one member
    "own": {"pk": _i64, "domain": _i64, "member": _i64, **_LIFE},
    # restrictions and score overrides: what a person said of an entity or tie
    "judgements": {"pk": _i64, "kind": _i64, "name": _i64, "a": _i64, "b": _i64, "value": _f64, **_LIFE},
    "commits": {"pk": _i64, "time": _i64},  # pk is the sequence number
}  # fmt: skip


@dataclass(frozen=True)
class Delta:
    """Rows added or changed after ``since`` up to ``sequence``; ``dead`` lists pks that no longer exist at all."""

    since: int
    sequence: int
    tables: Mapping[str, pa.Table]
    dead: Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Lineage:
    """What a copy of the columns must agree with: the workspace, how often a person was erased, the commits so far."""

    workspace: str  # a digest of its key
    erasures: int
    commits: str  # a digest of the numbers and times of the last commits up to a sequence number


@dataclass(frozen=True)
class Candidate:
    """An entity a key may mean: canonical public id, label, the source's key and the name."""

    id: str
    label: str
    key: str
    name: str | None


@dataclass(frozen=True)
class Described:
    """What answers and exports print of an entity; ``key`` is the source's key of the canonical member."""

    id: str
    label: str
    key: str
    source: str
    name: str | None
    email: str | None
    title: str | None


@dataclass(frozen=True)
class Called:
    """All that sources call an entity, for search: the first name and key are those that are shown."""

    id: str
    label: int
    key: str
    described: bool  # some source tells of it; it is more than a key in another's record
    names: Sequence[str]
    emails: Sequence[str]
    titles: Sequence[str]
    members: Sequence[tuple[int, tuple[str, str]]]  # handle, (space, key)


@dataclass(frozen=True)
class EvidenceRow:
    """One source record behind a score: an interaction row or a fact."""

    table: Literal["interactions", "facts"]
    row: int
    source: str
    record_id: str  # the source's own id (a Message-ID), or "time|from|channel" where the source has none
    time: int | None
    kind: str | None
    channel: str | None
    subject: str  # canonical public ids
    object: str
    role: str | None


class Store(Protocol):
    """Everything that outlives a process. Methods raise StoreError (final) or TransientError (try again)."""

    url: str
    page_rows: int | None  # most rows it likes in one page, where nobody says otherwise; None: any number

    # -- claims ---------------------------------------------------------------------------------------------
    def merge(self, page: Page) -> MergeReport:
        """Take a page in, all or nothing, once: merging it again changes nothing. Stores the page's cursor too."""

    def retract(self, source: str, table: str, keys: Sequence[str]) -> MergeReport:
        """Withdraw records of a source by their ids; a reader of the past still sees them at an earlier known_at."""

    def cursor(self, source: str) -> str | None:
        """Where the source's last committed page ended."""

    # -- people's decisions ------------------------------------------------------------------------------------
    def link(self, a: str, b: str, caller: Caller, reason: str = "") -> str:
        """Judge two entities (public ids) to be one; gives the canonical id."""

    def split(self, a: str, b: str | None, caller: Caller, reason: str = "") -> list[str]:
        """Undo: take member ``a`` out of its entity (or apart from ``b``) and keep it apart; gives the ids restored."""

    def override(self, name: str, a: str, b: str | None, value: float | None, caller: Caller, reason: str) -> None:
        """Set (None: clear) a person's value for a score; name ``role:ROLE`` or ``restricted`` sets a mark."""

    def erase(self, entity: str, caller: Caller) -> Mapping[str, int]:
        """Remove a person and everything derived from them, at every as_of; block re-ingest. Counts per table."""

    def own(self, values: Iterable[str], caller: Caller) -> None:
        """Say who ours is: mail domains and source keys (added to those already said)."""

    # -- columns -----------------------------------------------------------------------------------------------
    @property
    def sequence(self) -> int:
        """Number of the last committed change."""

    def delta(self, since: int, caller: Caller, budget: Budget) -> Delta:
        """Everything in columns (``since=0``), or what changed after a sequence number. Owner scope only."""

    def lineage(self, sequence: int) -> Lineage:
        """Whose columns these are, and what led to their state at a sequence number."""

    def words(self, caller: Caller) -> Mapping[int, str]:
        """The texts behind the handles of words in the columns. Owner scope only."""

    def changes(self, since: int, caller: Caller, budget: Budget) -> Iterator[Mapping[str, Any]]:
        """The change feed for people and other services: sequence, time, what (table), how many; ids, no names."""

    # -- look-ups ----------------------------------------------------------------------------------------------
    def resolve(self, text: str, caller: Caller, label: str | None = None) -> list[Candidate]:
        """Entities that a public id, mail address, source key or exact name may mean."""

    def record_ids(self, text: str, caller: Caller, label: str | None = None) -> list[str]:
        """Public ids of the very records with this id, key or address, not of the entities they were merged into."""

    def describe(self, ids: Sequence[str], caller: Caller, sequence: int | None = None) -> dict[str, Described]:
        """Keys and names of entities, by canonical id; as known at a sequence number, where one is given."""

    def search(self, text: str, caller: Caller, budget: Budget, label: str | None = None) -> list[Candidate]:
        """Full text over names, keys, titles and mail addresses, best first."""

    def called(self, members: Sequence[int] | None, caller: Caller) -> Iterator[Called]:
        """What sources call the entities of some members, or all entities. Owner scope only."""

    def evidence(
        self, table: Literal["interactions", "facts"], rows: Sequence[int], caller: Caller
    ) -> list[EvidenceRow]:
        """The source records behind rows of a Projection."""

    def describe_records(self, ids: Sequence[str], caller: Caller, sequence: int | None = None) -> dict[str, Described]:
        """Keys and names of the very records with these ids; as known at a sequence number, where one is given."""

    def said_by(
        self, table: Literal["links", "judgements"], rows: Sequence[int], caller: Caller
    ) -> Mapping[int, tuple[str | None, str | None]]:
        """Who decided on links or judgements, and why, by handle."""

    def latest_event(self, now: int) -> int | None:
        """Time of the newest event by ``now``: interaction, dated fact, deal opened or closed [us]."""

    # -- results -----------------------------------------------------------------------------------------------
    def save_run(self, run: Run) -> None:
        """Keep a run's lineage."""

    def runs(self, kind: str | None = None, limit: int = 50) -> list[Run]:
        """Runs, newest first."""

    def save_scores(self, run: Run, name: str, rows: pa.Table) -> None:
        """Keep one score of a run; columns ``a, b, value, low, high, rank, reason, term:*, beside:*`` (ids as text)."""

    def load_scores(self, name: str, run_id: str, columns: Sequence[str] = ()) -> pa.Table | None:
        """What ``save_scores`` kept; only some columns, where they are named."""

    def prune(self, keep: int) -> int:
        """Drop the scores of all but the newest ``keep`` score runs; gives how many runs were dropped."""

    def save_model(self, model: Model) -> None:
        """Keep a fitted model."""

    def models(self, name: str | None = None, as_of: int | None = None) -> list[Model]:
        """Models, newest first; with ``as_of`` only those whose as_of is not later."""

    def add_model_states(self, states: Sequence[ModelState], after: int) -> bool:
        """Add to the history of models, all or nothing; False where the last entry is not number ``after`` any more.

        So nobody decides on a state that somebody else has changed meanwhile: read again, decide again.
        """

    def model_states(self, score: str | None = None) -> list[ModelState]:
        """The history of the models of a score, or of all, oldest first."""

    @property
    def last_model_state(self) -> int:
        """Number of the last entry of that history; 0 when it is empty."""

    def save_suggestions(self, suggestions: Sequence[Suggestion]) -> int:
        """Add new ones, refresh those still proposed, leave decided ones alone; gives how many are new."""

    def expire_suggestions(self, idents: Sequence[str]) -> int:
        """Let proposed ones expire; they are proposed again where they are saved again. Gives how many."""

    def suggestions(self, caller: Caller, state: State | None = None, owner: str | None = None) -> list[Suggestion]:
        """Suggestions by gain, highest first."""

    def decide(
        self, suggestion_id: str, state: State, caller: Caller, reason: str = "", until: int | None = None
    ) -> Suggestion:
        """Confirm, decline or snooze one; author and reason are kept."""

    def save_list(self, rep: str, week: str, run_id: str, items: Sequence[Mapping[str, Any]]) -> None:
        """Keep a week's list (ids only), so that the next one can say what changed."""

    def load_list(self, rep: str, week: str) -> Sequence[Mapping[str, Any]] | None:
        """The list kept for a rep and ISO week."""

    def load_lists(self, rep: str) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
        """The lists kept for a rep (``team:`` for any team's), newest first: ISO week and items."""

    # -- jobs ----------------------------------------------------------------------------------------------------
    def add_job(self, job: Job) -> bool:
        """Add a job; False when one of its id, or of its slot, is there already. One atomic step."""

    def change_job(self, id: str, when: Sequence[JobState], *, held_by: str | None = None, **fields: Any) -> Job | None:
        """Change a job in one of some states, and held by an owner where one is named; one atomic step.

        Gives the job after the change, None when the condition did not hold.
        """

    def get_job(self, id: str) -> Job | None:
        """A job by its id."""

    def list_jobs(self, state: JobState | None = None, limit: int = 50) -> list[Job]:
        """Jobs, newest first."""

    def log_job(self, id: str, line: str, now: int) -> None:
        """Append a line to a job's log."""

    def job_lines(self, id: str) -> list[tuple[int, str]]:
        """A job's log: moments [us] and lines, oldest first."""

    def prune_jobs(self, before: int) -> int:
        """Remove the jobs that ended before a moment [us], with their logs; gives how many."""

    # -- documents -----------------------------------------------------------------------------------------------
    def document(self, kind: str, id: str) -> Document | None:
        """A document by kind and id; None where there is none."""

    def documents(self, kind: str, owner: str | None = None) -> list[Document]:
        """Documents of a kind, of one owner or of all, oldest first."""

    def put_document(self, kind: str, id: str, owner: str, value: Mapping[str, Any], when: int) -> Document | None:
        """Keep a document if its version is still ``when`` (0: if there is none); one atomic step.

        Gives it with its new version; None where somebody else was first. Who may do so is the caller's question.
        """

    def drop_document(self, kind: str, id: str, when: int) -> bool:
        """Remove a document if its version is still ``when``; False where it is not. One atomic step."""

    # -- housekeeping --------------------------------------------------------------------------------------------
    def quarantine(self, caller: Caller, source: str | None = None, limit: int = 100) -> list[Mapping[str, Any]]:
        """Rows that could not be taken, with their reason."""

    def audit(self, caller: Caller, limit: int = 100) -> list[Mapping[str, Any]]:
        """The append-only log: who did what when; ids only."""

    def log(self, caller: Caller, action: str, detail: Mapping[str, Any]) -> None:
        """Append to the audit log; ``detail`` must hold no names or source keys."""

    def setting(self, name: str) -> str | None:
        """A workspace setting, such as ``timezone``."""

    def set_setting(self, name: str, value: str, caller: Caller) -> None:
        """Keep a workspace setting."""

    def sign(self, purpose: str, text: str) -> str:
        """A signature under the workspace's key, for what comes back to us from outside; 32 hexadecimal digits."""

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports: (check, ok, detail) rows."""

    def close(self) -> None:
        """Release the connection."""
