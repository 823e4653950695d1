"""Questions about documents that people keep beside the graph."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from queries.question import Question


class DocumentRow(NamedTuple):
    """A document as kept; value as JSON, moments [us]."""

    pk: int
    kind: str
    id: str
    owner: str
    value: str
    version: int
    created: int
    changed: int


@dataclass(frozen=True)
class DocumentById(Question[DocumentRow]):
    """What does one document of a kind say?"""

    kind: str
    id: str


@dataclass(frozen=True)
class Documents(Question[DocumentRow]):
    """Which documents of a kind are there, of one owner or of all?"""

    kind: str
    owner: str | None


@dataclass(frozen=True)
class AllDocuments(Question[DocumentRow]):
    """Which documents are there?"""
