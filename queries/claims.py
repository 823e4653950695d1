"""Questions a merge asks of statements that are there already, and of rows that could not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class HeldFact(NamedTuple):
    """A live fact a source stated."""

    subject: int
    object: int
    kind: int
    valid_from: int
    role: int
    pk: int
    valid_to: int
    weight: float


class WorkFact(NamedTuple):
    """A live fact that follows from a source's row of a work."""

    subject: int
    object: int
    kind: int
    valid_from: int
    role: int
    pk: int


class LinePk(NamedTuple):
    """Handle of a row in quarantine."""

    pk: int


@dataclass(frozen=True)
class StatedFacts(Question[HeldFact]):
    """Which live facts did a source state among some claims: (subject, object, kind, valid_from, role)?"""

    claims: Sequence[tuple[int, int, int, int, int]]
    source: int


@dataclass(frozen=True)
class WorkFacts(Question[WorkFact]):
    """Which live facts follow from a source's rows of some works?"""

    works: Sequence[int]
    source: int


class Line(NamedTuple):
    """A row in quarantine and the digest of what is kept of it."""

    pk: int
    digest: str


@dataclass(frozen=True)
class LinesOfFile(Question[Line]):
    """Which rows of a source's file are in quarantine? The place begins with the file's name and a colon."""

    source: str
    place: str


@dataclass(frozen=True)
class StaleLines(Question[LinePk]):
    """Which rows in quarantine are older than a moment [us]?"""

    before: int
