"""``graphsvc seats``: whom to invite so that most people are reached."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphsvc.cli.app import COMMON, command
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit_answer, figure, line, meta_notes, note, table, title
from graphsvc.cli.results import AsOf
from graphsvc.errors import InputError
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.shapes_plans import SeatItem, SeatsAnswer


def told(name: str, /, **args: str | float | None) -> str:
    """A text of this command's theme."""
    return phrase(f"seats.{name}", **args).text()


@command(help="seats.help")
def seats(
    k: Annotated[int | None, typer.Option("-k", min=1, max=1000, help="seats.help_k")] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="seats.help_budget")] = None,
    costs: Annotated[Path | None, typer.Option(help="seats.help_costs")] = None,
    cost_by: Annotated[Literal["level"] | None, typer.Option(help="seats.help_cost_by")] = None,
    p: Annotated[str, typer.Option("--p", metavar="wc|fitted|P", help="seats.help_p")] = "wc",
    group: Annotated[list[str] | None, typer.Option(help="seats.help_group")] = None,
    at_most: Annotated[int | None, typer.Option(min=1, help="seats.help_at_most")] = None,
    invited: Annotated[list[str] | None, typer.Option(help="seats.help_invited")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="seats.help_exclude")] = None,
    as_of: AsOf = None,
) -> None:
    """Choose whom to invite so that most people are reached."""
    from api.answers.seats import SeatsQuestion
    from api.answers.seats import seats as answer

    if budget is not None and not 0 < budget < float("inf"):
        raise InputError("seats.bad_budget", value=budget)
    priced = read_costs(costs) if costs is not None else None
    question = SeatsQuestion(k, budget, priced, cost_by, p, group or (), at_most, invited or (), exclude or ())
    found = answer(ask(as_of), question)
    emit_answer(found) if COMMON.json else _show(found)


def read_costs(path: Path) -> dict[str, float]:
    """Cost by key from a CSV file with the columns ``key`` and ``cost``.

    Raises
    ------
    InputError
        Naming file and line: no such file, no such column, a cost that is no number above 0.
    """
    if not path.is_file():
        raise InputError("seats.costs_file", path=str(path))
    out: dict[str, float] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"key", "cost"} <= set(rows.fieldnames or ()):
            raise InputError("seats.costs_header", path=str(path))
        for row in rows:
            text = (row["cost"] or "").strip()
            try:
                cost = float(text)
            except ValueError:
                cost = float("nan")
            if not 0 < cost < float("inf"):
                raise InputError("seats.costs_row", path=str(path), line=rows.line_num, value=text[:40])
            out[(row["key"] or "").strip()] = cost
    return out


def _show(found: SeatsAnswer) -> None:
    if found.seats:
        title(told("title", count=len(found.seats), reached=figure(round(found.spread.value)) if found.spread else "–"))
        priced = any(s.cost is not None for s in found.seats)
        heads = ["head_rank", "head_person", "head_organization", "head_marginal", "head_listeners", "head_reaches"]
        table([told(h) for h in (*heads, *(["head_cost"] if priced else []))], [_row(s, priced) for s in found.seats])
        _show_certainty(found)
    meta_notes(found.meta.model_dump())


def _row(seat: SeatItem, priced: bool) -> tuple[object, ...]:
    where = seat.organization.name or seat.organization.key if seat.organization else None
    reaches = ", ".join(e.name or e.key for e in seat.reaches) or None
    cells = (seat.rank, seat.person.name or seat.person.key, where, round(seat.marginal, 1), seat.listeners, reaches)
    return (*cells, seat.cost) if priced else cells


def _show_certainty(found: SeatsAnswer) -> None:
    if found.spread is None or found.guarantee is None:
        return
    s, g = found.spread, found.guarantee
    line(told("spread", value=figure(round(s.value)), low=figure(round(s.low)), high=figure(round(s.high)),
             audience=figure(found.audience)))  # fmt: skip
    if found.method == "degree" or abs(found.reached_excess or 0.0) <= 2 * (found.reached_excess_error or 0.0):
        line(told("as_degree"))
    else:
        excess, error = found.reached_excess or 0.0, found.reached_excess_error or 0.0
        line(told("excess", value=f"{excess:.1f}", error=f"{2 * error:.1f}"))
    if found.cost is not None:
        line(told("cost", value=figure(found.cost)))
    line(g.text)
    line(g.promise)
    note(told("how", sets=figure(found.sets), seconds=f"{found.seconds or 0.0:.2g}"))
