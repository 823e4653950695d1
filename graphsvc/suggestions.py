"""Suggestions: next steps made from scores, that a person confirms, declines or snoozes, and that stay so.

A suggestion is known by what it proposes (kind, owner, target, through), not by the run that made it: a declined one
stays away however often it is found again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from graphsvc.errors import InputError
from graphsvc.phrases import Phrase

State = Literal["proposed", "confirmed", "declined", "snoozed", "expired"]
Play = Literal[
    "reconnect", "ask_introduction", "second_thread", "invite", "grow_breadth", "grow_depth", "invest_pivot",
    "rest", "hand_over", "keep_in_touch", "find_contact",
]  # fmt: skip

DECISIONS: dict[State, frozenset[State]] = {
    "proposed": frozenset({"confirmed", "declined", "snoozed", "expired"}),
    "snoozed": frozenset({"proposed", "confirmed", "declined", "expired"}),
    "confirmed": frozenset({"proposed", "declined", "expired"}),
    "declined": frozenset({"proposed"}),
    "expired": frozenset({"proposed"}),
}


@dataclass(frozen=True)
class Suggestion:
    """One proposed step; entities by public id, times in [us] since the epoch."""

    play: Play
    owner: str | None  # rep who should act
    target: str  # person or organization it is about
    through: str | None = None  # introducer, where there is one
    gain: float = 0.0
    reasons: tuple[Phrase, ...] = ()
    evidence: tuple[tuple[str, int], ...] = ()  # (table, row handle)
    run_id: str | None = None
    expires: int | None = None
    state: State = "proposed"
    author: str | None = None  # who decided
    reason: str | None = None  # why, in their words
    decided: int | None = None
    until: int | None = None  # snoozed until

    @property
    def id(self) -> str:
        """Hash of what it proposes: stable over runs."""
        parts = (self.play, self.owner or "", self.target, self.through or "")
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def check_transition(old: State, new: State) -> None:
    """Refuse a decision that makes no sense, such as confirming a declined suggestion.

    Raises
    ------
    InputError
        Naming both states.
    """
    if new not in DECISIONS[old]:
        raise InputError("errors.bad_transition", old=old, new=new)
