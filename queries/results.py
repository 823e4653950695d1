"""Questions about results: runs, models, scores, lists, suggestions, jobs; and the audit log and quarantine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question
from queries.state import Ident


class Body(NamedTuple):
    """A run or model as JSON."""

    body: str


class ScoreSet(NamedTuple):
    """Handle of a kept score."""

    pk: int


class ScorePart(NamedTuple):
    """Some rows of a kept score, an Arrow stream."""

    rows: bytes


class ScoredRun(NamedTuple):
    """A run with scores: when it started [us] and in which order it was kept."""

    run_id: str
    started: int | None
    pk: int | None


class ListItems(NamedTuple):
    """A weekly list as JSON."""

    items: str


class KeptList(NamedTuple):
    """A weekly list as JSON, and its ISO week."""

    week: str
    items: str


class SuggestionRow(NamedTuple):
    """A suggestion as kept; reasons and evidence as JSON."""

    play: str
    owner: str | None
    target: str
    through: str | None
    gain: float
    reasons: str
    evidence: str
    run_id: str | None
    expires: int | None
    state: str
    author: str | None
    reason: str | None
    decided: int | None
    until: int | None


class Standing(NamedTuple):
    """How a suggestion stands."""

    id: str
    state: str
    author: str | None
    until: int | None


class AuditRow(NamedTuple):
    """Who did what, when [us]; detail as JSON."""

    time: int
    who: str
    action: str
    detail: str


class QuarantinedRow(NamedTuple):
    """A row that could not be taken; args and raw as JSON."""

    time: int
    source: str
    what: str
    place: str
    code: str
    args: str
    raw: str


class JobRow(NamedTuple):
    """A job as kept."""

    id: str
    kind: str
    args: str
    state: str
    slot: str | None
    created: int
    started: int | None
    finished: int | None
    owner: str | None
    lease: int | None
    attempts: int
    progress: float | None
    done_rows: int
    note: str | None
    error: str | None
    report: str | None
    cancel: int


class JobLine(NamedTuple):
    """A line of a job's log."""

    time: int
    text: str


class LineNumber(NamedTuple):
    """Number of a line."""

    line: int


@dataclass(frozen=True)
class Runs(Question[Body]):
    """Which runs were there, of one kind or of all?"""

    kind: str | None
    limit: int


@dataclass(frozen=True)
class Models(Question[Body]):
    """Which models are there, of one name and by a moment where given?"""

    named: str | None
    as_of: int | None


@dataclass(frozen=True)
class ScoreSets(Question[ScoreSet]):
    """Which scores of a run are kept, or one of them?"""

    run_id: str
    score: str | None


@dataclass(frozen=True)
class ScoreParts(Question[ScorePart]):
    """What are the rows of a score of a run?"""

    run_id: str
    score: str


@dataclass(frozen=True)
class ScoredRuns(Question[ScoredRun]):
    """Which runs have scores that are kept?"""


@dataclass(frozen=True)
class ListItemsOf(Question[ListItems]):
    """Which list was kept for a rep and ISO week?"""

    rep: str
    week: str


@dataclass(frozen=True)
class KeptLists(Question[KeptList]):
    """Which weekly lists were kept for a rep, or of any team?"""

    rep: str


@dataclass(frozen=True)
class Suggestions(Question[SuggestionRow]):
    """Which suggestions are in a state, for an owner?"""

    state: str | None
    owner: str | None


@dataclass(frozen=True)
class SuggestionById(Question[SuggestionRow]):
    """What does one suggestion say?"""

    id: str


@dataclass(frozen=True)
class SuggestionStates(Question[Standing]):
    """How do some suggestions stand?"""

    ids: Sequence[str]


@dataclass(frozen=True)
class AuditLines(Question[AuditRow]):
    """Who did what, and when?"""

    limit: int


@dataclass(frozen=True)
class Quarantined(Question[QuarantinedRow]):
    """Which rows could not be taken, and why?"""

    source: str | None
    limit: int


@dataclass(frozen=True)
class JobById(Question[JobRow]):
    """What does one job say?"""

    id: str


@dataclass(frozen=True)
class Jobs(Question[JobRow]):
    """Which jobs are there, in one state or all?"""

    state: str | None
    limit: int


@dataclass(frozen=True)
class JobsOfSlot(Question[Ident]):
    """Which jobs have a slot?"""

    slot: str


@dataclass(frozen=True)
class FinishedJobs(Question[Ident]):
    """Which jobs ended before a moment?"""

    before: int
    limit: int


@dataclass(frozen=True)
class JobLines(Question[JobLine]):
    """What does a job's log say?"""

    job: str


@dataclass(frozen=True)
class LastJobLine(Question[LineNumber]):
    """Which number has the last line of a job's log?"""

    job: str
