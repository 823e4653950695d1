"""``graphsvc board`` and ``graphsvc handover``: how relationships, organizations and data stand, and who takes over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from graphsvc.cli.app import COMMON, Command, command, group
from graphsvc.cli.context import ask
from graphsvc.cli.output import (
    clock,
    emit_answer,
    figure,
    line,
    meta_notes,
    note,
    percent,
    table,
    title,
    word,
)
from graphsvc.cli.results import AsOf
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.shapes import Entity
    from api.shapes_boards import FreshnessBoard, HandoverAccount, HandoverAnswer, HealthBoard

Limit = Annotated[int, typer.Option(min=1, max=1000, help="cli.limit")]
board = group("board", "boards.help")


def told(name: str, /, **args: str | float | None) -> str:
    """A text of this theme."""
    return phrase(f"boards.{name}", **args).text()


@board.command("health", cls=Command, help="boards.help_health")
def health(
    team: Annotated[str | None, typer.Option(help="boards.help_team")] = None,
    territory: Annotated[str | None, typer.Option(help="boards.help_territory")] = None,
    since: Annotated[str | None, typer.Option(help="boards.help_since")] = None,
    limit: Limit = 10,
    as_of: AsOf = None,
) -> None:
    """Show how relationships stand."""
    from api.answers.boards import HealthQuestion, health_board
    from graphsvc.clock import read_moment

    question = HealthQuestion(team, territory, read_moment(since) if since else None, limit)
    found = health_board(ask(as_of), question)
    emit_answer(found) if COMMON.json else _show_health(found)


@board.command("ecosystem", cls=Command, help="boards.help_ecosystem")
def ecosystem(limit: Limit = 20, as_of: AsOf = None) -> None:
    """Show organizations by depth and breadth."""
    from api.answers.boards import ecosystem_board

    found = ecosystem_board(ask(as_of), limit)
    if COMMON.json:
        emit_answer(found)
        return
    cuts = {k: "–" if v is None else figure(v) for k, v in found.cuts.model_dump().items()}
    title(told("title_ecosystem", **cuts))
    line(", ".join(f"{told(f'quadrant_{name}')}: {figure(count)}" for name, count in found.counts.items()))
    heads = ["organization", "quadrant", "depth", "breadth", "play"]
    rows = [
        (_name(i.organization), told(f"quadrant_{i.quadrant}"), i.depth, i.breadth, i.play_text) for i in found.items
    ]
    table([told(f"head_{h}") for h in heads], rows)
    meta_notes(found.meta.model_dump())


@board.command("freshness", cls=Command, help="boards.help_freshness")
def freshness(as_of: AsOf = None) -> None:
    """Show how fresh the data are."""
    from api.answers.freshness import freshness_board

    found = freshness_board(ask(as_of))
    emit_answer(found) if COMMON.json else _show_freshness(found)


@command(help="boards.help_handover")
def handover(
    rep: Annotated[str, typer.Argument(help="boards.help_rep")],
    to: Annotated[str | None, typer.Option(help="boards.help_to")] = None,
    as_of: AsOf = None,
) -> None:
    """Plan the hand-over of a colleague who leaves."""
    from api.answers.handover import handover as answer

    found = answer(ask(as_of), rep, to)
    emit_answer(found) if COMMON.json else _show_handover(found)


def _show_health(found: HealthBoard) -> None:
    title(told("title_bands", name=found.scope.name, count=figure(found.count), **found.bands.model_dump()))
    title(told("title_risk", count=figure(found.at_risk_count)))
    heads = ["organization", "owner", "health", "change", "amount", "why"]
    rows = [
        (
            _name(i.organization),
            _name(i.owner),
            percent(i.health),
            _points(i.change),
            _money(i.amount, i.currency),
            i.why,
        )
        for i in found.at_risk
    ]
    table([told(f"head_{h}") for h in heads], rows) if rows else note(told("none_risk"))
    title(told("title_movers", date=found.since[:10]))
    moved = [(f"{_name(m.a)} – {_name(m.b)}", percent(m.before), percent(m.after)) for m in found.movers]
    table([told(f"head_{h}") for h in ("tie", "before", "after")], moved)
    meta_notes(found.meta.model_dump())


def _show_freshness(found: FreshnessBoard) -> None:
    heads = [told(f"head_{h}") for h in ("channel", "age", "usual", "late")]
    table(heads, [(word("channel", c.channel), round(c.age_days, 1), c.usual_days, told("late") if c.late else "")
                  for c in found.channels])  # fmt: skip
    if found.sources:
        heads = [told(f"head_{h}") for h in ("source", "state", "rows", "held", "why")]
        table(heads, [(s.source, f"{told(f'state_{s.state}')} {clock(s.last_run)}", s.rows, s.quarantined,
                       [f"{r.count} × {r.reason}" for r in s.reasons]) for s in found.sources])  # fmt: skip
    meta_notes(found.meta.model_dump())


def _show_handover(found: HandoverAnswer) -> None:
    title(told("title_handover", name=_name(found.rep), people=figure(found.people), at_risk=figure(found.at_risk)))
    for account in found.accounts:
        if account.contacts:
            _show_account(account)
    meta_notes(found.meta.model_dump())


def _show_account(account: HandoverAccount) -> None:
    amount = _money(account.amount, account.currency)
    name = _name(account.organization) or told("no_organization")
    title(f"{name} · {amount}" if account.amount is not None else name)
    heads = [told(f"head_{h}") for h in ("person", "band", "suggested", "why")]
    table(heads, [(_name(c.person), word("band", c.band), _name(c.suggested), c.why) for c in account.contacts])


def _name(entity: Entity | None) -> str | None:
    return None if entity is None else entity.name or entity.key


def _points(change: float | None) -> str | None:
    return None if change is None else f"{100 * change:+.1f}"


def _money(amount: float | None, currency: str | None) -> str | None:
    return None if amount is None else f"{figure(amount)} {currency or ''}".rstrip()
