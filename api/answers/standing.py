"""How suggestions stood at a moment: decided as they were then, and about whom their records belong to by now.

The store keeps how a suggestion stands. What was decided on it before is kept beside it, in a document of its own, so
that an answer for an earlier T tells what held then, and so that what is taken back still held until it was.

Decisions are kept by the public ids they were made on. When people are merged, or a merge is undone, nothing is
rewritten: whoever reads them follows each id to the entity it belongs to as known at the moment asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.answers.ask import Ask
from graphsvc.errors import TransientError
from graphsvc.projection import FOREVER
from graphsvc.suggestions import State, Suggestion

LOG = "decided"  # kind of the documents that hold all decisions on a suggestion, oldest first
TRIES = 20
Key = tuple[str, str | None, str, str | None]


def known_until(ask: Ask) -> int:
    """Decisions up to this moment count [us]."""
    return min((t for t in (ask.as_of, ask.known_at) if t is not None), default=FOREVER)


def followed(ask: Ask, idents: Iterable[str | None]) -> dict[str, str]:
    """Public ids, and to which entity each belongs as known at the moment asked about; unknown ones stay."""
    wanted, there = {i for i in idents if i}, ask.projection.index
    gone = {i for i in wanted if i not in there}
    return {i: i for i in wanted} | (ask.workspace.canonicals(gone, ask.moment) if gone else {})


def proposes(s: Suggestion, to: Mapping[str, str]) -> Key:
    """What a suggestion proposes, by the entities its ids belong to now."""
    owner, through = (None if i is None else to.get(i, i) for i in (s.owner, s.through))
    return s.play, owner, to.get(s.target, s.target), through


def stood(ask: Ask, found: Sequence[Suggestion], owner: str | None = None) -> list[Suggestion]:
    """Suggestions with what was decided on them by the moment asked about; ``owner`` names whose they are, if one's."""
    until = known_until(ask)
    if until == FOREVER:
        return list(found)
    logs = {d.id: d.value["decisions"] for d in ask.workspace.store.documents(LOG, owner)}
    return [_at(s, logs.get(s.id, ()), until) for s in found]


def decide(ask: Ask, s: Suggestion, state: State, reason: str = "", until: int | None = None) -> Suggestion:
    """Keep a decision on a suggestion, and all those before it.

    Raises
    ------
    InputError
        When that decision makes no sense after the last one.
    """
    caller, store = ask.caller, ask.workspace.store
    if not caller.is_owner and followed(ask, [s.owner]).get(s.owner or "") == caller.entity:
        caller = replace(caller, entity=s.owner)  # who was merged into the caller decides as the caller
    made = store.decide(s.id, state, caller, reason, until)
    for _ in range(TRIES):
        kept = store.document(LOG, s.id)
        before = list(kept.value["decisions"]) if kept else [_entry(s)] if s.decided is not None else []
        value = {"owner": s.owner, "target": s.target, "through": s.through, "decisions": [*before, _entry(made)]}
        if store.put_document(LOG, s.id, s.owner or "", value, kept.version if kept else 0):
            return made
    raise TransientError("lists.busy")


def _entry(s: Suggestion) -> dict[str, Any]:
    return {"at": s.decided, "state": s.state, "author": s.author, "reason": s.reason, "until": s.until}


def _at(s: Suggestion, log: Sequence[Mapping[str, Any]], until: int) -> Suggestion:
    """A suggestion as decided last by a moment [us]; what was put off until then is proposed again."""
    newest = log[-1]["at"] if log else -1
    held = [*log, _entry(s)] if s.decided is not None and s.decided > newest else log
    last = next((e for e in reversed(held) if e["at"] <= until), None)
    if last is None or (last["state"] == "snoozed" and last["until"] is not None and last["until"] <= until):
        return replace(s, state="proposed", author=None, reason=None, decided=None, until=None)
    return replace(
        s, state=last["state"], author=last["author"], reason=last["reason"], decided=last["at"], until=last["until"]
    )
