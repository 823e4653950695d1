"""Questions about what a key may mean, what sources say of an entity, full text, and records behind a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question
from queries.state import Ident


class Since(NamedTuple):
    """A sequence number, 0 before all others."""

    sequence: int


class Link(NamedTuple):
    """Two members that are one entity, each with the change it was recorded with and its public id."""

    a: int
    a_rec: int
    a_id: str
    b: int
    b_rec: int
    b_id: str


class MemberPk(NamedTuple):
    """Handle of a public id."""

    id: str
    pk: int


class SourceName(NamedTuple):
    """Name of a source."""

    pk: int
    name: str


class Described(NamedTuple):
    """A member and what one claim says of it; ``source`` is null where no claim is there."""

    pk: int
    id: str
    label: int
    twin: int
    space: str
    key: str
    source: int | None
    name: str | None
    email: str | None
    title: str | None


class Pk(NamedTuple):
    """Handle of a member."""

    pk: int


class Hit(NamedTuple):
    """A member found by its text, and the text's length [characters]."""

    member: int
    length: int


class InteractionRecord(NamedTuple):
    """The source record behind an interaction row; ``key`` is the actor's."""

    pk: int
    source: str
    record_id: str | None
    time: int
    kind: str | None
    channel: str | None
    actor: int
    target: int
    role: int
    key: str


class FactRecord(NamedTuple):
    """The statement behind a fact row."""

    pk: int
    source: str
    time: int
    kind: str
    subject: int
    object: int
    role: str | None
    subject_key: str
    object_key: str


@dataclass(frozen=True)
class LinksChanged(Question[Since]):
    """At which change did links change last?"""


@dataclass(frozen=True)
class LinksAt(Question[Link]):
    """Which links held at a sequence number?"""

    sequence: int


@dataclass(frozen=True)
class MemberHandles(Question[MemberPk]):
    """What are the handles of some public ids?"""

    ids: Sequence[str]


@dataclass(frozen=True)
class SourceNames(Question[SourceName]):
    """Which sources are there?"""


@dataclass(frozen=True)
class Describe(Question[Described]):
    """What do sources say of some members, as known at a sequence number?"""

    members: Sequence[int]
    sequence: int


@dataclass(frozen=True)
class Resolve(Question[Pk]):
    """Which members have a text as public id, key, address or exact name; ``lower`` is the text in lower case."""

    text: str
    lower: str


@dataclass(frozen=True)
class RecordIds(Question[Ident]):
    """Which records have a text as their own public id, key or address?"""

    text: str
    lower: str
    label: int | None


@dataclass(frozen=True)
class Search(Question[Hit]):
    """Which members' texts contain every word? All texts without case; ``whole`` is the query as one text."""

    longest: str
    words: Sequence[str]
    whole: str
    label: int | None
    limit: int


@dataclass(frozen=True)
class EvidenceInteractions(Question[InteractionRecord]):
    """Which source records are behind interaction rows?"""

    rows: Sequence[int]


@dataclass(frozen=True)
class EvidenceFacts(Question[FactRecord]):
    """Which statements are behind fact rows?"""

    rows: Sequence[int]
