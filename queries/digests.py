"""Questions for a digest of all live content: by public ids and texts, without handles, in any order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class CursorRow(NamedTuple):
    """A source and where its last page ended."""

    name: str
    cursor: str | None


class FactRow(NamedTuple):
    """A fact."""

    source: str
    origin: int
    kind: str
    subject: str
    object: str
    valid_from: int
    valid_to: int
    weight: float | None
    role: str | None


class InteractionRow(NamedTuple):
    """An interaction row; ``sources`` are names joined by the unit separator, in any order."""

    time: int
    key: int
    actor: str
    target: str
    role: int
    kind: str | None
    channel: str | None
    topic: str | None
    object: str | None
    weight: float
    relevance: float | None
    record_id: str | None
    sources: str


class JudgementRow(NamedTuple):
    """A person's judgement."""

    kind: str
    name: str
    a: str
    b: str | None
    value: float | None


class LinkRow(NamedTuple):
    """Two members that are one entity."""

    a: str
    b: str
    judged: int


class MemberRow(NamedTuple):
    """A member."""

    id: str
    label: int
    space: str
    key: str
    domain: str | None
    twin: str | None


class OpportunityRow(NamedTuple):
    """What a source says of a deal."""

    source: str
    member: str
    organization: str | None
    owner: str | None
    stage: str | None
    amount: float | None
    currency: str | None
    product: str | None
    created: int
    closed: int
    won: int
    name: str | None


class OrganizationRow(NamedTuple):
    """What a source says of an organization."""

    source: str
    member: str
    domain: str | None
    industry: str | None
    region: str | None
    kind: str | None
    name: str | None


class OwnRow(NamedTuple):
    """A domain or a member that is ours."""

    domain: str | None
    member: str | None


class PersonRow(NamedTuple):
    """What a source says of a person."""

    source: str
    member: str
    internal: int
    level: int
    signs: int
    organization: str | None
    name: str | None
    email: str | None
    title: str | None
    level_text: str | None


class QuarantineRow(NamedTuple):
    """A row that could not be taken."""

    digest: str


class SuggestionRow(NamedTuple):
    """How a suggestion stands."""

    id: str
    state: str
    author: str | None
    reason: str | None


class WorkRow(NamedTuple):
    """What a source says of a work."""

    source: str
    member: str
    kind: str | None
    topic: str | None
    time: int
    name: str | None


@dataclass(frozen=True)
class DigestCursors(Question[CursorRow]):
    """The live content of cursors."""


@dataclass(frozen=True)
class DigestFacts(Question[FactRow]):
    """The live content of facts."""


@dataclass(frozen=True)
class DigestInteractions(Question[InteractionRow]):
    """The live content of interactions."""


@dataclass(frozen=True)
class DigestJudgements(Question[JudgementRow]):
    """The live content of judgements."""


@dataclass(frozen=True)
class DigestLinks(Question[LinkRow]):
    """The live content of links."""


@dataclass(frozen=True)
class DigestMembers(Question[MemberRow]):
    """The content of members."""


@dataclass(frozen=True)
class DigestOpportunities(Question[OpportunityRow]):
    """The live content of opportunities."""


@dataclass(frozen=True)
class DigestOrganizations(Question[OrganizationRow]):
    """The live content of organizations."""


@dataclass(frozen=True)
class DigestOwn(Question[OwnRow]):
    """Who is ours."""


@dataclass(frozen=True)
class DigestPeople(Question[PersonRow]):
    """The live content of people."""


@dataclass(frozen=True)
class DigestQuarantine(Question[QuarantineRow]):
    """The content of quarantine."""


@dataclass(frozen=True)
class DigestSuggestions(Question[SuggestionRow]):
    """How suggestions stand."""


@dataclass(frozen=True)
class DigestWorks(Question[WorkRow]):
    """The live content of works."""
