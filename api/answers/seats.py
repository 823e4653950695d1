"""Answers about seats: whom to invite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from algorithms.seats import Basis, Seat, Seating, SeatsParams, choose_seats, level_costs
from api.answers.ask import Ask
from api.shapes import Entity
from api.shapes_plans import Guarantee, SeatItem, SeatsAnswer, SpreadItem
from graphsvc.clock import show_moment
from graphsvc.errors import InputError, NotFoundError
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import rounded
from graphsvc.projection import Floats

NAMED = 3  # unknown keys named in a note


@dataclass(frozen=True)
class SeatsQuestion:
    """What is asked: limits as given, keys as written.

    ``p``: ``wc``, ``fitted`` or a number in (0, 1]; ``costs``: cost by key, or ``cost_by`` level; ``groups``:
    organizations whose people may sit (none: all).
    """

    k: int | None = None
    budget: float | None = None
    costs: Mapping[str, float] | None = None
    cost_by: Literal["level"] | None = None
    p: str = "wc"
    groups: Sequence[str] = ()
    at_most: int | None = None
    invited: Sequence[str] = ()
    exclude: Sequence[str] = ()
    seed: int = 0


def seats(ask: Ask, question: SeatsQuestion) -> SeatsAnswer:
    """Whom to invite so that most people outside are reached, with what is certain of it.

    Raises
    ------
    InputError
        When limits contradict each other, or too few adoptions are known to fit edges.
    NotFoundError, AmbiguousError
        When a key names nobody, or several.
    """
    q = question
    basis, constant = _probability(q.p)
    if q.costs is not None and q.cost_by is not None:
        raise InputError("seats.two_costs")
    params = SeatsParams(
        seats=10 if q.k is None and q.budget is None else q.k,
        budget=q.budget,
        basis=basis,
        constant=constant,
        at_most=q.at_most,
        seconds=min(SeatsParams().seconds, ask.budget.seconds),
        seed=q.seed,
    )
    cost, notes = _costs(ask, q)
    found = choose_seats(
        ask.projection,
        params,
        cost=cost,
        among=[ask.find(g, "organization") for g in q.groups],
        invited=[ask.find(i, "person") for i in q.invited],
        exclude=[ask.find(e) for e in q.exclude],
    )
    return _answer(ask, q, params, found, notes)


def _probability(text: str) -> tuple[Basis, float]:
    if text == "wc":
        return "wc", 0.1
    if text == "fitted":
        return "fitted", 0.1
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise InputError("seats.bad_p", value=text[:40])
    return "const", value


def _costs(ask: Ask, q: SeatsQuestion) -> tuple[Floats | None, list[Phrase]]:
    if q.cost_by is not None:
        return level_costs(ask.projection), [phrase("seats.cost_by_level")]
    if q.costs is None:
        return None, []
    cost, unknown = np.full(len(ask.projection), np.nan), []
    for key, value in q.costs.items():
        if not 0.0 < value < np.inf:
            raise InputError("seats.bad_cost", key=key[:100], value=value)
        try:
            cost[ask.find(key, "person")] = value
        except NotFoundError:
            unknown.append(key)
    named = ", ".join(unknown[:NAMED]) + (", …" if len(unknown) > NAMED else "")
    return cost, [phrase("seats.costs_unknown", count=len(unknown), keys=named)] if unknown else []


def _answer(ask: Ask, q: SeatsQuestion, params: SeatsParams, found: Seating, notes: list[Phrase]) -> SeatsAnswer:
    plan = found.plan
    home = ask.projection.entities.organization
    shown = {s.entity for s in found.seats} | {int(home[s.entity]) for s in found.seats}
    names = ask.entities({*shown, *(i for s in found.seats for i in s.reaches)})
    hidden = sum(not ask.sight.entity(i) for s in found.seats for i in s.reaches)
    spent = [s.cost for s in found.seats if s.cost is not None]
    spread = plan and SpreadItem(value=plan.spread.value, low=plan.spread.low, high=plan.spread.high)
    return SeatsAnswer(
        meta=ask.meta(hidden=hidden, notes=(*found.notes, *notes)),
        as_of=show_moment(ask.projection.as_of),
        probability=q.p,
        seats=[_item(ask, rank, s, names) for rank, s in enumerate(found.seats, 1)],
        spread=spread,
        guarantee=_guarantee(params, found),
        method=plan.method if plan else None,
        tried=dict(plan.tried) if plan else {},
        reached_excess=plan.excess if plan else None,
        reached_excess_error=plan.excess_error if plan else None,
        cost=sum(spent) if spent else None,
        audience=len(found.audience),
        candidates=found.candidates,
        follows=found.audience.follows,
        ties=found.audience.ties,
        sets=plan.sets if plan else 0,
        stopped=plan.stopped if plan else None,
        seconds=plan.seconds if plan else None,
    )


def _guarantee(params: SeatsParams, found: Seating) -> Guarantee | None:
    plan, sure = found.plan, 1.0 - params.failure
    if plan is None or found.promise is None:
        return None
    percent, confidence = round(100 * plan.ratio, 1), round(100 * sure, 4)
    return Guarantee(
        certified_ratio=plan.ratio,
        best_possible=plan.best,
        confidence=sure,
        text=phrase("seats.certified", percent=f"{percent:g}", confidence=f"{confidence:g}").text(),
        promise=found.promise.text(),
    )


def _item(ask: Ask, rank: int, seat: Seat, names: Mapping[int, Entity]) -> SeatItem:
    """A seat as the caller may see it: of people who are not theirs, sizes to one digit, and not whom they reach."""
    full = ask.sight.entity(seat.entity)
    home = int(ask.projection.entities.organization[seat.entity])
    return SeatItem(
        rank=rank,
        person=names[seat.entity],
        organization=names.get(home),
        marginal=seat.marginal if full else rounded(seat.marginal, 1),
        alone=seat.alone if full else rounded(seat.alone, 1),
        cost=seat.cost,
        listeners=seat.listeners if full else int(rounded(seat.listeners, 1)),
        reaches=[names[i] for i in seat.reaches if ask.sight.entity(i)],
    )
