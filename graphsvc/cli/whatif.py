"""``graphsvc whatif``: what is lost when people or a channel are gone, and who the key people are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphsvc.cli.app import COMMON, command
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit_answer, figure, line, meta_notes, note, table, title, word
from graphsvc.cli.output import say as text
from graphsvc.cli.results import AsOf
from graphsvc.errors import InputError
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.shapes import Entity
    from api.shapes_plans import AccountChange, Change, KeyPeopleAnswer, KeyPerson, WhatIfAnswer


def told(name: str, /, **args: str | float | None) -> str:
    """A text of this command's theme."""
    return phrase(f"whatif.{name}", **args).text()


@command(help="whatif.help")
def whatif(
    remove: Annotated[list[str] | None, typer.Option(help="whatif.help_remove")] = None,
    team: Annotated[list[str] | None, typer.Option(help="whatif.help_team")] = None,
    channel: Annotated[str | None, typer.Option(help="whatif.help_channel")] = None,
    rank: Annotated[bool, typer.Option("--rank", help="whatif.help_rank")] = False,
    who: Annotated[Literal["ours", "contacts", "all"], typer.Option(help="whatif.help_who")] = "ours",
    by: Annotated[Literal["paths", "contacts", "reach", "pipeline"], typer.Option(help="whatif.help_by")] = "paths",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="whatif.help_limit")] = 10,
    as_of: AsOf = None,
) -> None:
    """See what would be lost without somebody, a team or a channel; or rank key people."""
    from api.answers.whatif import Removal, key_people_of, what_if_removed

    if rank and (remove or team or channel):
        raise InputError("whatif.rank_alone")
    if rank:
        ranked = key_people_of(ask(as_of), who, by, limit)
        emit_answer(ranked) if COMMON.json else _show_ranked(ranked)
        return
    found = what_if_removed(ask(as_of), Removal(remove or (), team or (), channel), limit)
    emit_answer(found) if COMMON.json else _show(found)


def _show(found: WhatIfAnswer) -> None:
    gone = [_name(e) for e in found.removed[:3]]
    if len(found.removed) > len(gone):
        gone.append(told("others", count=len(found.removed) - len(gone)))
    if found.channel:
        gone.append(told("channel", name=word("channel", found.channel)))
    title(told("title", what=", ".join(gone)))
    rows = [_figures("paths", found.paths), _figures("reachable", found.reachable), _figures("people", found.people),
            _figures("ties", found.ties), _figures("active", found.active)]  # fmt: skip
    rows += [(told("row_pipeline", currency=c or "–"), *_change(f)) for c, f in found.pipeline.items()]
    table([told("head_figure"), told("head_before"), told("head_after"), told("head_lost")], rows)
    _show_accounts(found)
    _show_health(found)
    _show_deals(found)
    if not found.accounts_hurt and not found.deals_at_risk and not found.ties.loss:
        line(told("nothing_lost"))
    _closing(found)


def _figures(name: str, change: Change) -> tuple[str, float, float, float]:
    return (told(f"row_{name}"), *_change(change))


def _change(change: Change) -> tuple[float, float, float]:
    return _short(change.before), _short(change.after), _short(change.loss)


def _short(value: float) -> float:
    """A figure with one digit behind the point at most."""
    return round(value) if value == round(value) or abs(value) >= 1000 else round(value, 1)


def _show_accounts(found: WhatIfAnswer) -> None:
    if not found.accounts:
        return
    line()
    title(told("accounts", count=found.accounts_hurt, cut=found.accounts_cut))
    heads = ("head_account", "head_before", "head_after", "head_via_before", "head_via_after")
    table([told(h) for h in heads], [_account(a) for a in found.accounts])


def _account(a: AccountChange) -> tuple[object, ...]:
    after = " → ".join(_name(e) for e in a.path_after) or told("no_path")
    return _name(a.account), _score(a.before), _score(a.after), " → ".join(_name(e) for e in a.path_before), after


def _show_health(found: WhatIfAnswer) -> None:
    if not found.health:
        return
    line()
    title(told("health", count=found.health_fallen))
    rows = [(_name(h.account), _score(h.before), None if h.after is None else _score(h.after)) for h in found.health]
    table([told("head_account"), told("head_before"), told("head_after")], rows)


def _show_deals(found: WhatIfAnswer) -> None:
    if not found.deals:
        return
    line()
    title(told("deals", count=found.deals_at_risk))
    heads = ("head_deal", "head_account", "head_amount", "head_currency", "head_risk", "head_owner")
    rows = [
        (_name(d.deal), _name(d.account), d.amount, d.currency or "–", f"{100 * d.loss:.0f} %",
         told("goes") if d.orphaned else "")
        for d in found.deals
    ]  # fmt: skip
    table([told(h) for h in heads], rows)


def _show_ranked(found: KeyPeopleAnswer) -> None:
    title(told("ranked", count=found.count, by=told(f"rank_by_{found.by}")))
    lost = ("head_hurt", "head_paths", "head_sole", "head_cut_off", "head_active", "head_risk_amount", "head_deals")
    table([told(h) for h in ("head_rank", "head_person", *lost, "head_worst")], [_key_person(i) for i in found.items])
    _closing(found)


def _key_person(k: KeyPerson) -> tuple[object, ...]:
    risk = ", ".join(f"{figure(round(v))} {c}" for c, v in k.pipeline.items() if round(v)) or None
    worst = _name(k.worst[0]) if k.worst else None
    lost = round(k.paths, 1), k.sole, k.cut_off, round(k.active, 1)
    return k.rank, _name(k.person), k.hurt, *lost, risk, k.deals, worst


def _closing(found: WhatIfAnswer | KeyPeopleAnswer) -> None:
    note(told("how"))
    if not found.calibrated:
        note(text("uncalibrated"))
    meta_notes(found.meta.model_dump())


def _name(e: Entity) -> str:
    return e.name or e.key


def _score(value: float) -> float:
    return round(100 * value, 1)
