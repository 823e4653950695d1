"""Questions about what joins members: links, and the mail addresses, domains and judgements they follow from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class Link(NamedTuple):
    """A link between two members; ``judged`` 1 when a person said so."""

    pk: int
    a: int
    b: int
    judged: int


class LinkCount(NamedTuple):
    """How many links lead to a member."""

    member: int
    links: int


class StatedMail(NamedTuple):
    """A person and the member of a mail address some record gives."""

    member: int
    mail: int


class Placed(NamedTuple):
    """A member, its public id and label."""

    pk: int
    id: str
    label: int


class Pair(NamedTuple):
    """A judgement and the members it names."""

    pk: int
    a: int
    b: int


class Domain(NamedTuple):
    """A mail domain, as a word."""

    domain: int


class DomainRecord(NamedTuple):
    """An organization of a domain by a source; ``live`` 1 when a record says so now."""

    domain: int
    source: int
    member: int
    live: int


@dataclass(frozen=True)
class LinksOf(Question[Link]):
    """Which links that hold now touch some members?"""

    members: Sequence[int]


@dataclass(frozen=True)
class AutomaticLinks(Question[Link]):
    """Which automatic links hold now from some members?"""

    members: Sequence[int]


@dataclass(frozen=True)
class LinkCounts(Question[LinkCount]):
    """How many links that hold now lead to some members? Members without one are left out."""

    members: Sequence[int]


@dataclass(frozen=True)
class StatedMails(Question[StatedMail]):
    """Which mail addresses, as members, do the live records of some people give?"""

    members: Sequence[int]


@dataclass(frozen=True)
class MembersInOrder(Question[Placed]):
    """What are the public ids and labels of some members, the canonical one first?"""

    members: Sequence[int]


@dataclass(frozen=True)
class JudgedPairs(Question[Pair]):
    """Which pairs of members do the judgements of one kind that hold now name?"""

    kind: str


@dataclass(frozen=True)
class DomainsOf(Question[Domain]):
    """Which mail domains do the records of some organizations give, or gave before?"""

    members: Sequence[int]


@dataclass(frozen=True)
class DomainRecords(Question[DomainRecord]):
    """Which organizations have, or had, some mail domains, by source?"""

    domains: Sequence[int]
