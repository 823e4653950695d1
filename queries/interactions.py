"""Questions a merge asks of interactions that are there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class Moment(NamedTuple):
    """A moment [us]."""

    time: int


class SourceOf(NamedTuple):
    """Handle of a source."""

    source: int


class RecordRow(NamedTuple):
    """A live row of an interaction that has an id in its source."""

    pk: int
    key: int
    time: int


class StoredRow(NamedTuple):
    """A live row of an interaction."""

    time: int
    key: int
    actor: int
    target: int
    role: int
    kind: int
    channel: int
    topic: int
    object: int
    weight: float
    relevance: float | None
    record_id: str | None
    source: int
    pk: int


class FurtherSource(NamedTuple):
    """A row and a source that holds it too."""

    row: int
    source: int


@dataclass(frozen=True)
class ScopeSources(Question[SourceOf]):
    """Which sources gave interactions with ids of a scope?"""

    scope: str


@dataclass(frozen=True)
class RecordRows(Question[RecordRow]):
    """Which live rows with an id belong to some interaction keys?"""

    keys: Sequence[int]


@dataclass(frozen=True)
class SomeMoment(Question[Moment]):
    """Is there any interaction between two moments [us], both included?"""

    first: int
    last: int


@dataclass(frozen=True)
class StoredInteractions(Question[StoredRow]):
    """Which live rows do the interactions of some (time, key) have?"""

    moments: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class FurtherSources(Question[FurtherSource]):
    """Which further sources hold some interaction rows?"""

    rows: Sequence[int]
