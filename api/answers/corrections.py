"""What people correct by hand: one or two of them, an override of a score, a role, a restriction."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from api.answers.ask import Ask
from api.shapes import Entity
from api.shapes_panels import CorrectedAnswer
from graphsvc.errors import InputError, NotFoundError
from graphsvc.policy import require
from graphsvc.registry import find_algorithm

LARGEST = {"probability": 1.0, "points (0-100)": 100.0}  # by unit; others only have no negative values


def merge(ask: Ask, a: str, b: str, reason: str = "") -> Entity:
    """Judge two entries to be one person or organization; gives it as it is known from now on.

    Raises
    ------
    ForbiddenError
        For a rep: who is one with whom decides who may see what.
    """
    require(ask.caller, "admin")
    first, second = (_id(ask, ask.find(key)) for key in (a, b))
    return _entities(ask, [ask.workspace.store.link(first, second, ask.caller, reason)])[0]


def split(ask: Ask, a: str, b: str | None = None, reason: str = "") -> list[Entity]:
    """Take an entry out of the entity it was merged into (or apart from ``b``); gives those restored.

    Raises
    ------
    ForbiddenError
        For a rep, as with :func:`merge`.
    """
    require(ask.caller, "admin")
    first, second = ask.member(a), None if b is None else ask.member(b)
    return _entities(ask, ask.workspace.store.split(first, second, ask.caller, reason))


def override(
    ask: Ask, name: str, key: str, other: str | None, value: float | None, reason: str = ""
) -> tuple[Entity, Entity | None]:
    """Set (``None``: take back) a person's value for a score, ``role:ROLE`` or ``restricted``; kept by every later run.

    Raises
    ------
    InputError
        When the score cannot have that value.
    NotFoundError
        When there is no such score, or a tie's score is asked for with one side.
    ForbiddenError
        When a rep speaks of what is not theirs.
    """
    _check(name, other, value)
    a, b = ask.find(key), None if other is None else ask.find(other)
    if not (ask.sight.entity(a) if b is None else ask.sight.tie(a, b)):
        raise ask.refusal(a) if b is None else ask.refusal(a, b)
    first, second = _id(ask, a), None if b is None else _id(ask, b)
    ask.workspace.store.override(name, first, second, value, ask.caller, reason)
    known = ask.entities([a] if b is None else [a, b])
    return known[a], None if b is None else known[b]


def corrected(ask: Ask, kind: Literal["merge", "split", "override"], found: Sequence[Entity]) -> CorrectedAnswer:
    """What was corrected, with the state it is part of."""
    after = Ask(ask.workspace, ask.caller, ask.budget)
    return CorrectedAnswer(meta=after.meta(), kind=kind, entities=list(found))


def _check(name: str, other: str | None, value: float | None) -> None:
    if value is not None and not math.isfinite(value):
        raise InputError("errors.override_range", name=name, value=str(value), largest="")
    if name == "restricted" or (name.startswith("role:") and name.removeprefix("role:").strip()):
        return
    spec = find_algorithm(name)
    if spec.of == "tie" and other is None:
        raise NotFoundError("errors.needs_two", name=name)
    if spec.of != "tie" and other is not None:
        raise InputError("errors.needs_one", name=name)
    largest = LARGEST.get(spec.unit, math.inf)
    if value is not None and not 0 <= value <= largest:
        top = "" if math.isinf(largest) else f" – {largest:g}"
        raise InputError("errors.override_range", name=name, value=f"{value:g}", largest=top)


def _id(ask: Ask, index: int) -> str:
    return str(ask.projection.entities.id[index].decode())


def _entities(ask: Ask, ids: list[str]) -> list[Entity]:
    known = ask.workspace.store.describe(ids, ask.caller)
    after = Ask(ask.workspace, ask.caller, ask.budget)
    return [after.shown(known[i]) for i in ids]
