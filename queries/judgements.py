"""Questions about what people said of entities and ties, and about who is ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class JudgementPk(NamedTuple):
    """Handle of a judgement."""

    pk: int


class Holder(NamedTuple):
    """A key and a member that has it."""

    key: str
    pk: int


class Newcomer(NamedTuple):
    """A member with a key of ours, and who said that the key is."""

    author: str | None
    pk: int


class OwnPair(NamedTuple):
    """A mail domain (a word) or a member said to be ours; the other is -1."""

    domain: int
    member: int


@dataclass(frozen=True)
class JudgementsOf(Question[JudgementPk]):
    """Which judgements of one kind and name (both words) on one member or pair hold now?"""

    kind: int
    word: int
    a: int
    b: int


@dataclass(frozen=True)
class HoldersOfKeys(Question[Holder]):
    """Which members of some labels have some keys, whatever their source?"""

    keys: Sequence[str]
    labels: Sequence[int]


@dataclass(frozen=True)
class OwnNewcomers(Question[Newcomer]):
    """Which members from a handle on have a key said to be ours, and who said so?"""

    first_new: int
    labels: Sequence[int]


@dataclass(frozen=True)
class OwnPairs(Question[OwnPair]):
    """Which mail domains and members are said to be ours now?"""
