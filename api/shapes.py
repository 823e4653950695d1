"""The forms of all answers: what the HTTP API serves and ``--json`` prints.

Every answer has a ``meta`` that says of which moment it speaks, how fresh each channel is, what is missing, what was
hidden from this caller, and how accurate the models behind it were on held-out time.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Base of all answers."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)


class Channel(Shape):
    """Freshness of one channel."""

    channel: str
    newest: str = Field(description="Time of its newest interaction, ISO 8601 UTC.")
    age_days: float = Field(description="Age at as_of [days].")


class ModelUsed(Shape):
    """The model behind a score."""

    id: str
    fitted: str | None = Field(None, description="The T it was fitted at, ISO 8601; null: the published prior.")
    state: str | None = Field(None, description="active, frozen or retired; null: made for a T in the past.")
    age_days: float | None = Field(None, description="Age of the fit at as_of [days].")


class Meta(Shape):
    """What holds for the whole answer."""

    as_of: str = Field(description="Event time T of the answer, ISO 8601 UTC.")
    as_of_note: str | None = Field(None, description="Why T is not now, where it is not.")
    known_at: str | None = Field(None, description="Record time; null means now.")
    sequence: int = Field(description="Number of the last change in the answer.")
    channels: list[Channel] = []
    missing_channels: list[str] = Field([], description="Usual channels nothing came from.")
    own_known: bool = Field(description="False: nobody said who is ours, so any person may be the rep.")
    hidden: int = Field(0, description="How many things this caller may not see.")
    total: int | None = Field(None, description="How many there are in all, where the answer is some of them.")
    accuracy: dict[str, dict[str, float]] = Field({}, description="Held-out figures of the models used, by score.")
    models: dict[str, ModelUsed] = Field({}, description="The models used, by score; a plain count has none.")
    computed: dict[str, str] = Field({}, description="The T that each score used was computed for, ISO 8601.")
    notes: list[str] = []


class Evidence(Shape):
    """One source record behind a number."""

    table: str
    source: str
    record_id: str = Field(description="The source's own id, down to the Message-ID.")
    time: str | None
    kind: str | None
    channel: str | None
    from_: str = Field(alias="from", description="Key of the acting side.")
    from_name: str | None = None
    to: str
    to_name: str | None = None
    share: float | None = Field(None, description="What this record adds to the term.")


class Entity(Shape):
    """A person, organization, work or opportunity, as lists show it."""

    id: str
    label: str
    key: str
    name: str | None


class ScoreItem(Shape):
    """One score of one entity or tie; ``value`` null always has a ``reason``."""

    name: str
    a: Entity
    b: Entity | None = None
    value: float | None
    rank: int | None = None
    of: int | None = Field(None, description="How many were ranked; beside a rank.")
    low: float | None = None
    high: float | None = None
    terms: dict[str, float] = {}
    beside: dict[str, Any] = {}
    reason: str | None = None
    override: float | None = Field(None, description="A person's value, shown beside the computed one.")
    unit: str
    link: str = Field(description="Scale on which the terms add up: identity, log (of value / 100) or logit.")


class ScoresAnswer(Shape):
    """A page of one score."""

    meta: Meta
    name: str
    items: list[ScoreItem]
    next_cursor: str | None = None
    unknown: list[str] = Field([], description="Keys asked for that nobody is known by.")


class EntityAnswer(Shape):
    """One person or organization with its scores."""

    meta: Meta
    entity: Entity
    email: str | None = None
    title: str | None = None
    level: str | None = None
    organization: Entity | None = None
    internal: bool = False
    left: bool = False
    scores: list[ScoreItem] = []
    opportunities: list[dict[str, Any]] = []


class Tie(Shape):
    """One relationship; numbers are null where the caller sees only that it exists and its band."""

    a: Entity
    b: Entity
    a_internal: bool = Field(False, description="a is one of ours.")
    b_internal: bool = Field(False, description="b is one of ours.")
    band: str
    strength: float | None = None
    health: float | None = None
    active: float | None = None
    reciprocity: float | None = None
    last: str | None = None


class TiesAnswer(Shape):
    """Relationships, strongest first."""

    meta: Meta
    items: list[Tie]
    next_cursor: str | None = None


class Term(Shape):
    """One term of a score and how it opens."""

    term: str
    kind: str
    value: float | None = Field(description="Null where it is not measured.")
    text: str | None = None
    evidence: list[Evidence] = []
    evidence_count: int = 0


class ExplainAnswer(Shape):
    """A score taken apart: on the ``link`` scale its terms add up to the value exactly."""

    meta: Meta
    score: ScoreItem
    terms: list[Term]


class Hop(Shape):
    """One step of a path."""

    from_: str = Field(alias="from", description="Key.")
    from_id: str
    from_name: str | None = None
    from_organization: str | None = Field(None, description="Name of the employer.")
    to: str
    to_id: str
    to_name: str | None = None
    to_organization: str | None = Field(None, description="Name of the employer.")
    title: str | None = Field(None, description="Title of whom the step leads to; null where it is not to be seen.")
    probability: float | None = Field(
        description="`tie` times `pass_on`; null where the caller sees only the band of this tie."
    )
    tie: float | None = Field(None, description="That the tie carries a request at all. Null: hidden.")
    pass_on: float | None = Field(
        None,
        description="That `from` passes a request on, which falls with every ask that waits there; 1 at who asks. "
        "Null: hidden.",
    )
    weakest: bool
    band: str | None = None
    open_asks: int | None = Field(
        None, description="Asks that wait at who passes the request on here; they lower the probability. Null: hidden."
    )
    evidence: list[Evidence] = []


class Path(Shape):
    """One referral path; its probability is the product of the hops'."""

    probability: float
    hops: list[Hop]


class PathsAnswer(Shape):
    """The k best loopless paths."""

    meta: Meta
    as_of: str
    calibrated: bool = Field(description="False: the hop number is a score from a published prior, not a frequency.")
    complete: bool = True
    bound: float | None = Field(None, description="No missing path is better than this.")
    paths: list[Path]


class LineDecision(Shape):
    """What a person decided about somebody for a list."""

    state: Literal["done", "snooze", "wrong"]
    time: str = Field(description="When it was decided, ISO 8601 UTC.")
    until: str | None = Field(None, description="Put off until, ISO 8601 UTC.")
    reason: str | None = Field(None, description="Why, in the person's own words.")
    author: str | None = Field(None, description="Name of the key that decided.")


class TopItem(Shape):
    """One line of a weekly list."""

    rank: int
    of: int = Field(description="How many were ranked; the list holds the first of them.")
    id: str
    key: str
    name: str | None
    organization: str | None
    organization_id: str | None = None
    gain: float
    currency: str | None = None
    reasons: list[str]
    evidence: list[Evidence]
    play: str
    play_text: str
    channel: str | None
    changed: list[str]
    decision: LineDecision | None = Field(None, description="Done this week; who is put off or not right is in `away`.")


class AwayItem(Shape):
    """Somebody a decision keeps off a list."""

    entity: Entity
    decision: LineDecision


class TopAnswer(Shape):
    """A rep's, or the team's, weekly top 20."""

    meta: Meta
    rep: str
    week: str
    as_of: str
    items: list[TopItem]
    away: list[AwayItem] = Field([], description="Whom decisions keep off this list, newest first.")
    left_out: dict[str, int] = Field({}, description="Why others are not on it, counted.")


class WhyNotAnswer(Shape):
    """Why somebody is not on a list."""

    meta: Meta
    rep: str
    key: str
    name: str | None
    rank: int | None = None
    of: int | None = Field(None, description="How many were ranked; beside a rank.")
    reasons: list[str]


class SuggestionItem(Shape):
    """A proposed next step and what a person decided about it."""

    id: str
    play: str
    play_text: str
    owner: Entity | None
    target: Entity
    through: Entity | None
    gain: float
    reasons: list[str]
    evidence: list[Evidence]
    state: str
    author: str | None
    reason: str | None
    expires: str | None


class SuggestionsAnswer(Shape):
    """Suggestions, highest gain first."""

    meta: Meta
    items: list[SuggestionItem]


class ChangesAnswer(Shape):
    """The change feed after a sequence number; ids and counts only."""

    meta: Meta
    items: list[dict[str, Any]]
    next_since: int


class LineResult(Shape):
    """What became of one line of records."""

    line: int
    status: str = Field(description="accepted, rejected or blocked.")
    reason: str | None = None


class RecordsAnswer(Shape):
    """A result per line, in order."""

    meta: Meta
    accepted: int
    rejected: int
    sequence: int
    results: list[LineResult]


class ModelsAnswer(Shape):
    """Fitted models, newest first."""

    meta: Meta
    items: list[dict[str, Any]]


class DayGroup(Shape):
    """Runs, or jobs, of one kind on one day of the workspace's zone."""

    kind: str
    day: str
    count: int
    seconds: float | None = Field(None, description="Of runs: how long all of them took [s].")
    states: dict[str, int] = Field({}, description="Of jobs: how many are in each state.")
    latest: dict[str, Any] = Field(description="The newest of them, as the plain listing has it.")


class RunsAnswer(Shape):
    """Runs, newest first; grouped, ``items`` is empty."""

    meta: Meta
    items: list[dict[str, Any]]
    groups: list[DayGroup] = Field([], description="By kind and day, where asked for; the latest first.")


class JobItem(Shape):
    """A job: a sync, fit, scoring, the weekly lists or their delivery, run by a worker."""

    id: str
    kind: str = Field(description="sync, fit, score, weekly or deliver.")
    name: str = Field(description="What of it: the source's name; empty where there is nothing to tell.")
    state: str = Field(description="queued, running, done, failed or cancelled.")
    slot: str | None = Field(description="The slot of the schedule it stands for; null: somebody asked for it.")
    args: dict[str, Any]
    created: str
    started: str | None
    finished: str | None
    owner: str | None = Field(description="Which worker has it.")
    lease: str | None = Field(description="Until when that worker holds it without another word.")
    attempts: int
    progress: float | None = Field(description="0 to 1; null where the end is not known.")
    done_rows: int
    note: str | None = Field(description="What it is doing.")
    error: str | None = Field(description="Why it failed, or is tried again.")
    report: dict[str, Any] | None = Field(description="What it did.")
    cancel: bool = Field(description="Somebody asked it to stop.")


class JobLine(Shape):
    """A line of a job's log."""

    time: str
    text: str


class JobsAnswer(Shape):
    """Jobs, newest first; grouped, ``items`` is empty."""

    meta: Meta
    items: list[JobItem]
    groups: list[DayGroup] = Field([], description="By kind and day, where asked for; the latest first.")


class JobAnswer(Shape):
    """One job with its log."""

    meta: Meta
    job: JobItem
    log: list[JobLine]
