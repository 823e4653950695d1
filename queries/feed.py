"""Questions about the change feed, and when something happened last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class ChangeCount(NamedTuple):
    """How many rows of a table one change touched; ``op`` 1: they no longer exist."""

    sequence: int
    time: int
    what: str
    op: int
    touched: int


class ChangedRange(NamedTuple):
    """Rows of a table, first and last handle; ``op`` 1: they no longer exist."""

    what: str
    op: int
    first: int
    last: int


class Moment(NamedTuple):
    """A moment [us], null where there is none."""

    time: int | None


@dataclass(frozen=True)
class Changes(Question[ChangeCount]):
    """What changed after one sequence number and up to another, counted by table?"""

    since: int
    until: int
    limit: int


@dataclass(frozen=True)
class ChangedRanges(Question[ChangedRange]):
    """Which rows were added, changed or erased after one sequence number and up to another?"""

    since: int
    until: int


@dataclass(frozen=True)
class LatestEvent(Question[Moment]):
    """When was the newest event by a moment?"""

    now: int
