"""Questions about members, words and sources by their keys, texts and handles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class Keyed(NamedTuple):
    """A member by its key."""

    key: str
    pk: int
    id: str


class Twin(NamedTuple):
    """A member and the member of the same key under the other label, -1 where there is none."""

    pk: int
    twin: int


class MemberId(NamedTuple):
    """A member's public id."""

    pk: int
    id: str


class Word(NamedTuple):
    """A word and its handle."""

    text: str
    pk: int


class SourcePk(NamedTuple):
    """Handle of a source."""

    pk: int


class MemberPk(NamedTuple):
    """Handle of a member."""

    pk: int


class Said(NamedTuple):
    """A member's key and what one claim says of it."""

    pk: int
    key: str
    name: str | None
    title: str | None
    email: str | None


@dataclass(frozen=True)
class MembersByKey(Question[Keyed]):
    """Which members of one label and space have some keys?"""

    label: int
    space: str
    keys: Sequence[str]


@dataclass(frozen=True)
class AllMembers(Question[MemberPk]):
    """Which members are there?"""


@dataclass(frozen=True)
class TwinsOf(Question[Twin]):
    """Which twins do some members have?"""

    pks: Sequence[int]


@dataclass(frozen=True)
class MemberIds(Question[MemberId]):
    """What are the public ids of some members?"""

    pks: Sequence[int]


@dataclass(frozen=True)
class WordsByText(Question[Word]):
    """What are the handles of some words?"""

    texts: Sequence[str]


@dataclass(frozen=True)
class WordTexts(Question[Word]):
    """What are the texts of some words?"""

    pks: Sequence[int]


@dataclass(frozen=True)
class SourceByName(Question[SourcePk]):
    """What is the handle of a source?"""

    source: str


@dataclass(frozen=True)
class SearchTexts(Question[Said]):
    """What do live claims say of some members: names, titles, addresses? A member without claims has one row."""

    members: Sequence[int]
