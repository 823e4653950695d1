"""Commands about structure: communities, brokers, silent groups, and the verdicts on organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import Ticker, emit_answer, figure, line, meta_notes, note, percent, table, title, word
from graphsvc.cli.output import say as text
from graphsvc.cli.results import AsOf
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.shapes import ScoreItem
    from api.structure_shapes import BrokerItem, CommunityItem, SilentItem

CANNOT_TELL = 0.5  # below it a verdict comes out otherwise more often than not
Limit = Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))]
By = Literal["organization", "community", "team"]


@command(help="structure.communities")
def communities(
    resolution: Annotated[float, typer.Option(min=0.001, max=1000, help="structure.option_resolution")] = 1.0,
    limit: Limit = 10,
    as_of: AsOf = None,
) -> None:
    """List the communities of current ties with their stability."""
    from api.answers.structure import communities as answer

    with Ticker() as ticker:
        found = answer(ask(as_of), resolution, limit, tell=_told_to(ticker))
    if COMMON.json:
        emit_answer(found)
        return
    for item in found.items:
        _show_community(item, found.meta.own_known)
    if not found.items:
        note(_text("none_communities"))
    figures = {"modularity": f"{found.modularity:.2f}", "small": figure(found.small), "people": figure(found.people)}
    note(_text("communities_title", count=figure(found.count), **figures))
    meta_notes(found.meta.model_dump())


@command(help="structure.brokers")
def brokers(
    by: Annotated[By | None, typer.Option(help="structure.option_by_default")] = None,
    side: Annotated[Literal["all", "ours", "outside"], typer.Option(help="structure.option_side")] = "all",
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """List who stands between groups, and what is lost without them."""
    from api.answers.structure import brokers as answer

    with Ticker() as ticker:
        found = answer(ask(as_of), by, side, limit, tell=_told_to(ticker))
    if COMMON.json:
        emit_answer(found)
        return
    for item in found.items:
        _show_broker(item)
    if not found.items:
        note(_text("none_brokers"))
    meta_notes(found.meta.model_dump())


@command(help="structure.silent")
def silent(
    weeks: Annotated[float, typer.Option(min=0.1, max=520, help="structure.option_weeks")] = 3.0,
    by: Annotated[By | None, typer.Option(help="structure.option_by_default")] = None,
    every: Annotated[bool, typer.Option("--all", help="structure.option_every")] = False,
    limit: Limit = 20,
    as_of: AsOf = None,
) -> None:
    """List pairs of groups that fell silent against their own rhythm."""
    from api.answers.structure import silent_groups as answer

    found = answer(ask(as_of), weeks, by, every, limit)
    if COMMON.json:
        emit_answer(found)
        return
    for number, item in enumerate(found.items, 1):
        _show_silent(number, item)
    if not found.items:
        note(_text("none_silent"))
    counts = {name: figure(found.counts.get(name, 0)) for name in ("silent", "in_rhythm", "cannot_tell")}
    if "talking" in found.counts:
        note(_text("silent_title", talking=figure(found.counts["talking"]), weeks=figure(weeks), **counts))
    else:
        note(_text("silent_title_own", weeks=figure(weeks), **counts))
    meta_notes(found.meta.model_dump())


@command(help="structure.ecosystem")
def ecosystem(limit: Limit = 100, as_of: AsOf = None) -> None:
    """List the verdicts on organizations with their signals and stability."""
    from api.answers import scores as answer

    found = answer(ask(as_of), "ecosystem", None, limit)
    if COMMON.json:
        emit_answer(found)
        return
    assessed = [item for item in found.items if item.value is not None]
    heads = ("verdict", "stable", "value", "shares", "adopting", "referrals")
    if assessed:
        table([text("head_name"), *(_text(f"head_{h}") for h in heads)], [_verdict(item) for item in assessed])
    else:
        note(_text("ecosystem_not"))
    meta_notes(found.meta.model_dump())


def _show_community(c: CommunityItem, own_known: bool) -> None:
    code = "community_line" if own_known else "community_line_all"
    head = {"id": c.id, "name": c.name, "size": c.size, "told": _told(c.told, c.stable)}
    title(_text(code, **head, **({"ours": c.ours} if own_known else {})))
    figures = {"inside": percent(c.inside), "density": percent(c.density), "modularity": f"{c.modularity:.3f}"}
    line(f"    {_text('community_figures', **figures)}")
    if c.organizations:
        held = ", ".join(
            _text("part", name=o.organization.name or o.organization.key, people=o.people) for o in c.organizations
        )
        line(f"    {_text('community_organizations', organizations=held)}")
    words = [w for w in (c.industry, word("level", c.level) if c.level else None) if w]
    if words:
        line(f"    {_text('community_most', words=', '.join(words))}")
    names = [
        m.person.name or m.person.key
        if m.stays is None
        else _text("member_stays", name=m.person.name or m.person.key, stays=f"{m.stays:.2f}")
        for m in c.members[:5]
    ]
    if names:
        line(f"    {_text('community_members', members=', '.join(names))}")


def _show_broker(b: BrokerItem) -> None:
    name = b.person.name or b.person.key
    if b.organization is not None and not b.internal:
        name = f"{name} ({b.organization.name or b.organization.key})"
    ends = {"rank": b.rank, "name": name, "low": b.low or "–", "high": b.high or "–"}
    if b.told is None or b.foremost is None:
        title(_text("broker_line_plain", **ends))
    else:
        code = "broker_doubt" if b.told == "cannot_tell" else "broker_first"
        first = _text(code, percent=f"{100 * b.foremost:.0f} %")
        title(_text("broker_line", **ends, told=first))
    sizes = {"constraint": figure(b.constraint), "size": f"{b.effective_size:.1f}", "contacts": b.contacts}
    roles = {name: figure(b.roles[name]) for name in ("gatekeeper", "liaison", "consultant")}
    line(f"    {_text('broker_figures', **sizes, **roles)}")
    for x in b.bridges:
        held = {"lost": figure(x.lost), "pairs": figure(x.pairs), "share": percent(x.share)}
        line(f"    - {_text('bridge', a=x.a.name, b=x.b.name, **held)}")


def _show_silent(number: int, s: SilentItem) -> None:
    title(_text("silent_line", number=number, a=s.a.name, b=s.b.name))
    line(f"    {s.text}")
    if s.reopen is None:
        line(f"    {_text('silent_nobody')}")
        return
    a, b = (e.name or e.key for e in (s.reopen.a, s.reopen.b))
    last = _text("silent_last", date=s.reopen.last[:10]) if s.reopen.last else ""
    line(f"    {_text('silent_reopen', a=a, b=b, band=word('band', s.reopen.band), last=last)}")


def _verdict(item: ScoreItem) -> tuple[Any, ...]:
    b = item.beside
    stable = b["stable"]
    verdict = _text(f"verdict_{b['verdict'] or 'none'}")
    told = "–" if stable is None else f"{stable:.2f}"
    if stable is not None and stable < CANNOT_TELL:
        told = _text("verdict_doubt", value=told)
    return (item.a.name or item.a.key, verdict, told, item.value, b["shares"], b["adopting_orgs"], b["referrals"])


def _told(told: str, value: float | None) -> str:
    if value is None:
        return _text("told_unknown")
    return _text(f"told_{told}", value=f"{value:.2f}")


def _text(name: str, /, **args: Any) -> str:
    return phrase(f"structure.{name}", **args).text()


def _told_to(ticker: Ticker) -> Any:
    """Progress of a resampling, as the ticker of the command line shows it."""
    return lambda part: ticker("replicates", round(100 * part))
