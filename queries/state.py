"""Questions about the state of a workspace: its sequence, its handles, its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class Commit(NamedTuple):
    """A committed change: its number and its moment [us]."""

    sequence: int
    time: int


class Number(NamedTuple):
    """A handle or a count."""

    last: int


class Text(NamedTuple):
    """A text, None where it was never set."""

    value: str | None


class Ident(NamedTuple):
    """A public id."""

    id: str


class Member(NamedTuple):
    """A member's handle."""

    pk: int


@dataclass(frozen=True)
class AllMembers(Question[Member]):
    """Which members are there?"""


@dataclass(frozen=True)
class LastLogged(Question[Number]):
    """What is the newest change in the change log? 0 where there is none."""


@dataclass(frozen=True)
class LastCommit(Question[Commit]):
    """Which change was committed last? Zeros where none was. Exact inside a change; elsewhere ask Published."""


@dataclass(frozen=True)
class Published(Question[Commit]):
    """Up to which change may everybody read? Zeros where there is none."""


@dataclass(frozen=True)
class Handle(Question[Number]):
    """What was the last handle a table gave out?"""

    what: str


@dataclass(frozen=True)
class Meta(Question[Text]):
    """What is a value of the workspace itself?"""

    name: str


@dataclass(frozen=True)
class ErasedIds(Question[Ident]):
    """Which public ids were erased?"""


@dataclass(frozen=True)
class Setting(Question[Text]):
    """What is a workspace setting?"""

    name: str


@dataclass(frozen=True)
class SourceCursor(Question[Text]):
    """Where did the last committed page of a source end?"""

    name: str
