"""Questions about the history of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from queries.question import Question


class ModelStateRow(NamedTuple):
    """An entry of the history; reason and detail as JSON."""

    pk: int
    model: str
    score: str
    state: Any
    time: int
    author: str
    reason: str
    said: str | None
    detail: str


class EntryNumber(NamedTuple):
    """Number of an entry."""

    pk: int


@dataclass(frozen=True)
class ModelStates(Question[ModelStateRow]):
    """What became of the models of a score, or of all?"""

    score: str | None


@dataclass(frozen=True)
class LastModelState(Question[EntryNumber]):
    """Which number has the last entry of the history of models?"""
