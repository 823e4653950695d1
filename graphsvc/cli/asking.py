"""Commands that ask: search, top, why-not, paths, explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import (
    clock,
    emit_answer,
    figure,
    line,
    meta_notes,
    note,
    percent,
    signed,
    table,
    title,
    word,
)
from graphsvc.cli.output import say as text
from graphsvc.cli.results import AsOf, KnownAt
from graphsvc.errors import InputError
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.shapes import Evidence, ExplainAnswer, Hop, PathsAnswer, Term, TopAnswer, TopItem

Key = Annotated[str, typer.Argument(help=say("key"))]
Week = Annotated[str | None, typer.Option(help=say("week"))]


@command(help=say("search"))
def search(
    words: Annotated[str, typer.Argument(help=say("search_words"))],
    label: Annotated[
        Literal["person", "organization", "work", "opportunity"] | None, typer.Option(help=say("label"))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))] = 20,
) -> None:
    """Find people, organizations, works and opportunities."""
    from api.answers import search as answer

    found = answer(ask(), words, label, limit)
    if COMMON.json:
        emit_answer(found)
    elif found.items:
        table(
            [text("head_name"), text("head_what"), text("head_key")],
            [(e.name, word("label", e.label), e.key) for e in found.items],
        )
    else:
        note(text("nothing_found", words=words))


@command(help=say("top"))
def top(
    rep: Annotated[str | None, typer.Argument(help=say("rep"))] = None,
    team: Annotated[str | None, typer.Option(help=say("team"))] = None,
    week: Week = None,
    as_of: AsOf = None,
) -> None:
    """Print a rep's, or the team's, weekly top 20."""
    from api.answers import top as answer

    if (rep is None) == (team is None):
        raise InputError("errors.rep_or_team")
    question = ask(as_of)
    found = answer(question, rep, team, week, keep=True)
    if COMMON.json:
        emit_answer(found)
        return
    who = None if rep is None else question.entities([question.find(rep, "person")])
    title(
        text("list_title", who=" ".join(e.name or e.key for e in who.values()) if who else found.rep, week=found.week)
    )
    _show_top(found)


def _show_top(found: TopAnswer) -> None:
    for item in found.items:
        _show_line(item)
    if not found.items:
        note(text("empty_list"))
    for reason, count in found.left_out.items():
        note(f"  {count:>6,}  {reason}")
    meta_notes(found.meta.model_dump())


def _show_line(item: TopItem) -> None:
    who = item.name or item.key
    where = f" · {item.organization}" if item.organization and item.organization != who else ""
    gain = f"{figure(item.gain)} {item.currency}" if item.currency else text("units", gain=figure(item.gain))
    step = text("by_channel", play=item.play_text, channel=word("channel", item.channel)) if item.channel else ""
    title(f"{item.rank:>2}. {who}{where}")
    line(f"    {text('next_step', step=step or item.play_text, gain=gain)}")
    for reason in item.reasons:
        line(f"    - {reason}")
    for news in item.changed:
        line(f"    * {text('news', what=news)}")


@command("why-not", help=say("why_not"))
def why_not(
    rep: Annotated[str, typer.Argument(help=say("rep"))], key: Key, week: Week = None, as_of: AsOf = None
) -> None:
    """Say why somebody is not on a rep's list."""
    from api.answers import why_not as answer

    found = answer(ask(as_of), rep, key, week)
    if COMMON.json:
        emit_answer(found)
        return
    title(found.name or found.key)
    for reason in found.reasons:
        line(f"  - {reason}")
    meta_notes(found.meta.model_dump(exclude={"accuracy", "notes"}))


@command(help=say("paths"))
def paths(
    to: Annotated[str, typer.Option("--to", help=say("paths_to"))],
    source: Annotated[str | None, typer.Option("--from", help=say("paths_from"))] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10, help=say("paths_k"))] = 5,
    hops: Annotated[int, typer.Option(min=1, max=6, help=say("paths_hops"))] = 6,
    min_probability: Annotated[float, typer.Option(min=1e-6, max=1, help=say("paths_min"))] = 0.01,
    via: Annotated[list[str] | None, typer.Option(help=say("paths_via"))] = None,
    avoid: Annotated[list[str] | None, typer.Option(help=say("paths_avoid"))] = None,
    team: Annotated[bool, typer.Option("--team", help="paths.help_team")] = False,
    disjoint: Annotated[bool, typer.Option("--disjoint", help="paths.help_disjoint")] = False,
    as_of: AsOf = None,
) -> None:
    """Find the best referral paths to a person or organization."""
    from api.answers import paths as answer

    if team and source is not None:
        raise InputError("paths.team_or_from")
    found = answer(
        ask(as_of), to, source, k=k, hops=hops, min_probability=min_probability, via=via or (), avoid=avoid or (),
        disjoint=disjoint,
    )  # fmt: skip
    emit_answer(found) if COMMON.json else _show_paths(found, to)


def _show_paths(found: PathsAnswer, to: str) -> None:
    for number, path in enumerate(found.paths, 1):
        names = [path.hops[0].from_name or path.hops[0].from_, *(h.to_name or h.to for h in path.hops)]
        chance = (
            percent(path.probability)
            if found.calibrated
            else text("score_of_100", score=f"{100 * path.probability:.1f}")
        )
        title(f"{number:>2}. {chance}  {' → '.join(names)}")
        for hop in path.hops:
            _show_hop(hop)
    if not found.paths:
        note(text("no_path", to=to))
    if not found.complete:
        note(text("incomplete", bound=percent(found.bound)))
    if not found.calibrated and found.paths:
        note(text("uncalibrated"))
    meta_notes(found.meta.model_dump())


def _show_hop(hop: Hop) -> None:
    strength = text("band_only", band=word("band", hop.band)) if hop.probability is None else percent(hop.probability)
    last = max((e for e in hop.evidence if e.time), key=lambda e: e.time or "", default=None)
    seen = "" if last is None else text("last_seen", time=(last.time or "")[:10], kind=word("kind", last.kind))
    weakest = text("weakest") if hop.weakest else ""
    asked = phrase("paths.open_asks", count=hop.open_asks).text() if hop.open_asks else ""
    line(f"      {hop.from_name or hop.from_} → {hop.to_name or hop.to}  {strength}  {seen}  {asked}  {weakest}")


@command(help=say("explain"))
def explain(
    name: Annotated[str, typer.Argument(help=say("score_name"))],
    key: Key,
    other: Annotated[str | None, typer.Argument(help=say("other"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=say("limit_evidence"))] = 5,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Take a score apart, down to the source records."""
    from api.answers import explain as answer

    found = answer(ask(as_of, known_at), name, key, other, limit)
    emit_answer(found) if COMMON.json else _show_explained(found)


def _show_explained(found: ExplainAnswer) -> None:
    item = found.score
    title(f"{item.name}  {' – '.join(e.name or e.key for e in (item.a, item.b) if e is not None)}")
    line(f"  {_value(found)}")
    if item.override is not None:
        line(f"  {text('overridden_by', value=figure(item.override))}")
    summed = [t for t in found.terms if t.value is not None and t.kind != "subgraph"]
    if item.value is not None and summed:
        line(f"  {text(f'link_{item.link}')}")
    for term in summed:
        _show_term(term, signed(term.value))
    beside = [t for t in found.terms if t.value is not None and t.kind == "subgraph"]
    if beside:
        line(f"  {text('beside')}")
    for term in beside:
        _show_term(term, figure(term.value or 0.0))
    meta_notes(found.meta.model_dump())


def _value(found: ExplainAnswer) -> str:
    item = found.score
    if item.value is None:
        return f"–  {item.reason or ''}"
    chance = item.link == "logit"
    show = percent if chance else figure
    parts = [show(item.value) if chance else f"{figure(item.value)} {word('unit', item.name)}"]
    if item.low is not None and item.high is not None:
        parts.append(text("interval", low=show(item.low), high=show(item.high)))
    if item.rank is not None:
        parts.append(text("ranked", rank=figure(item.rank)))
    return "  ".join([*parts, item.reason or ""])


def _show_term(term: Term, value: str) -> None:
    about = term.text or (text("records", count=figure(term.evidence_count)) if term.evidence_count else "")
    line(f"  {value:>10}  {word('term', term.term)}  {about}")
    for e in term.evidence:
        line(f"  {'':>10}  {_record(e)}")
    if term.evidence and term.evidence_count > len(term.evidence):
        line(f"  {'':>10}  {text('more_evidence', count=figure(term.evidence_count - len(term.evidence)))}")


def _record(e: Evidence) -> str:
    share = "" if e.share is None else signed(e.share)
    who = f"{e.from_name or e.from_} → {e.to_name or e.to}"
    return f"{share:>10}  {clock(e.time)}  {word('kind', e.kind)}  {who}  [{e.source}: {e.record_id}]"
