"""Questions that withdrawing and erasing ask: what a source holds, and everything that may name a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class FactPk(NamedTuple):
    """Handle of a fact."""

    pk: int


class Scope(NamedTuple):
    """A scope in which record ids are unique."""

    scope: str


class HeldRow(NamedTuple):
    """An interaction a source holds; ``other`` is the source it stays with when this one lets go, None for none."""

    pk: int
    time: int
    key: int
    other: int | None


class Labelled(NamedTuple):
    """A member and its label."""

    pk: int
    label: int


class MemberPk(NamedTuple):
    """Handle of a member."""

    pk: int


class WordPk(NamedTuple):
    """Handle of a word."""

    pk: int


class PersonalText(NamedTuple):
    """A text that tells who somebody is."""

    text: str


class Key(NamedTuple):
    """A source's key."""

    key: str


class Reason(NamedTuple):
    """Why a row is there, in a person's words."""

    pk: int
    reason: str


class SuggestionText(NamedTuple):
    """Texts of a suggestion."""

    id: str
    reasons: str
    reason: str | None


class ListRow(NamedTuple):
    """A weekly list, its items in JSON."""

    rep: str
    week: str
    run_id: str
    items: str


class ScorePart(NamedTuple):
    """A part of a score's rows, an Arrow stream."""

    kept: int
    part: int
    rows: bytes


class QuarantineText(NamedTuple):
    """Texts of a line held back, each a JSON object."""

    pk: int
    raw: str
    args: str


class JobText(NamedTuple):
    """Texts of a job."""

    id: str
    args: str
    note: str | None
    error: str | None
    report: str | None


class JobLine(NamedTuple):
    """A line of a job's log; time [us]."""

    job: str
    line: int
    time: int
    text: str


@dataclass(frozen=True)
class StatedFactsBetween(Question[FactPk]):
    """Which facts of one kind did a source itself state between some subjects and objects?"""

    source: int
    kind: str
    subjects: Sequence[int]
    objects: Sequence[int]


@dataclass(frozen=True)
class ScopesOf(Question[Scope]):
    """In which scopes are the ids of a source's records unique?"""

    source: int


@dataclass(frozen=True)
class HeldByRecord(Question[HeldRow]):
    """Which interactions with some keys made of record ids does a source hold, and which other source does too?"""

    source: int
    keys: Sequence[int]


@dataclass(frozen=True)
class HeldByMoment(Question[HeldRow]):
    """Which interactions of some (time, key) does a source hold, and which other source does too?"""

    source: int
    moments: Sequence[tuple[int, int]]


@dataclass(frozen=True)
class MemberLabel(Question[Labelled]):
    """Which member has a public id, and of which label is it?"""

    id: str


@dataclass(frozen=True)
class PossibleTwins(Question[MemberPk]):
    """Which organizations are there because the key of some people might have meant one?"""

    members: Sequence[int]


@dataclass(frozen=True)
class PersonalTexts(Question[PersonalText]):
    """Which keys, addresses and names were ever given to some people?"""

    members: Sequence[int]


@dataclass(frozen=True)
class KeysOfNobodyElse(Question[Key]):
    """Which keys have some members and no other?"""

    members: Sequence[int]


@dataclass(frozen=True)
class WordsInUse(Question[WordPk]):
    """Which of some words does a row other than an interaction use?"""

    words: Sequence[int]


@dataclass(frozen=True)
class WordsOfInteractions(Question[WordPk]):
    """Which of some words does an interaction use?"""

    words: Sequence[int]


@dataclass(frozen=True)
class LinkReasons(Question[Reason]):
    """Which reasons were given for links?"""


@dataclass(frozen=True)
class JudgementReasons(Question[Reason]):
    """Which reasons were given for judgements?"""


@dataclass(frozen=True)
class ModelReasons(Question[Reason]):
    """Which reasons did people give for what became of models?"""


@dataclass(frozen=True)
class SuggestionTexts(Question[SuggestionText]):
    """Which texts do suggestions have?"""


@dataclass(frozen=True)
class ListItems(Question[ListRow]):
    """What do the weekly lists hold?"""


@dataclass(frozen=True)
class AllScoreParts(Question[ScorePart]):
    """What are the parts of all scores that are kept?"""


@dataclass(frozen=True)
class QuarantineTexts(Question[QuarantineText]):
    """Which texts are held back?"""


@dataclass(frozen=True)
class JobTexts(Question[JobText]):
    """Which texts do jobs have?"""


@dataclass(frozen=True)
class AllJobLines(Question[JobLine]):
    """What do the logs of all jobs say?"""
