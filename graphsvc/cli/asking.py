"""Commands that ask: search, top, paths, explain, why-not."""

from __future__ import annotations

from typing import Annotated

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit_answer, line, meta_notes, note, percent, table
from graphsvc.cli.output import say as text
from graphsvc.cli.results import AsOf, KnownAt
from graphsvc.errors import InputError

Key = Annotated[str, typer.Argument(help=say("key"))]


@command(help=say("search"))
def search(
    words: Annotated[str, typer.Argument(help=say("search_words"))],
    label: Annotated[str | None, typer.Option(help=say("label"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))] = 20,
) -> None:
    """Find people, organizations, works and opportunities."""
    from api.answers import search as answer

    found = answer(ask(), words, label, limit)
    if COMMON.json:
        emit_answer(found)
        return
    table(["id", text("label"), text("key"), text("name")], [(e.id, e.label, e.key, e.name) for e in found.items])


@command(help=say("top"))
def top(
    rep: Annotated[str | None, typer.Argument(help=say("rep"))] = None,
    team: Annotated[str | None, typer.Option(help=say("team"))] = None,
    week: Annotated[str | None, typer.Option(help=say("week"))] = None,
    as_of: AsOf = None,
) -> None:
    """Print a rep's, or the team's, weekly top 20."""
    from api.answers import top as answer

    if (rep is None) == (team is None):
        raise InputError("errors.rep_or_team")
    found = answer(ask(as_of), rep, team, week, keep=True)
    if COMMON.json:
        emit_answer(found)
        return
    rows = [
        (
            i.rank,
            f"{i.name or i.key}\n{i.organization or ''}",
            i.gain,
            "\n".join(i.reasons),
            i.play_text,
            i.channel,
            i.changed,
        )
        for i in found.items
    ]
    headers = ("rank", "who", "gain", "why", "play", "channel", "changed")
    table([text(h) for h in headers], rows)
    if not rows:
        note(text("empty_list"))
    for reason, count in found.left_out.items():
        note(f"  {count:>6,}  {reason}")
    meta_notes(found.meta.model_dump())


@command("why-not", help=say("why_not"))
def why_not(rep: Annotated[str, typer.Argument(help=say("rep"))], key: Key, as_of: AsOf = None) -> None:
    """Say why somebody is not on a rep's list."""
    from api.answers import why_not as answer

    found = answer(ask(as_of), rep, key)
    if COMMON.json:
        emit_answer(found)
        return
    for reason in found.reasons:
        line(reason)


@command(help=say("paths"))
def paths(
    to: Annotated[str, typer.Option("--to", help=say("paths_to"))],
    source: Annotated[str | None, typer.Option("--from", help=say("paths_from"))] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10, help=say("paths_k"))] = 5,
    hops: Annotated[int, typer.Option(min=1, max=6, help=say("paths_hops"))] = 6,
    min_probability: Annotated[float, typer.Option(min=1e-6, max=1, help=say("paths_min"))] = 0.01,
    via: Annotated[list[str] | None, typer.Option(help=say("paths_via"))] = None,
    avoid: Annotated[list[str] | None, typer.Option(help=say("paths_avoid"))] = None,
    as_of: AsOf = None,
) -> None:
    """Find the best referral paths to a person or organization."""
    from api.answers import paths as answer

    question = ask(as_of)
    found = answer(
        question, to, source, k=k, hops=hops, min_probability=min_probability, via=via or (), avoid=avoid or ()
    )
    if COMMON.json:
        emit_answer(found)
        return
    for number, path in enumerate(found.paths, 1):
        line(text("path_line", number=number, probability=percent(path.probability)))
        for hop in path.hops:
            weakest = text("weakest") if hop.weakest else ""
            line(f"    {hop.from_name or hop.from_} → {hop.to_name or hop.to}  {percent(hop.probability)} {weakest}")
    if not found.paths:
        note(text("no_path", to=to))
    if not found.calibrated:
        note(text("uncalibrated"))
    meta_notes(found.meta.model_dump())


@command(help=say("explain"))
def explain(
    name: Annotated[str, typer.Argument(help=say("score_name"))],
    key: Key,
    other: Annotated[str | None, typer.Argument(help=say("other"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=say("limit"))] = 10,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Take a score apart, down to the source records."""
    from api.answers import explain as answer

    found = answer(ask(as_of, known_at), name, key, other, limit)
    if COMMON.json:
        emit_answer(found)
        return
    item = found.score
    who = " – ".join(e.name or e.key for e in (item.a, item.b) if e is not None)
    line(f"{item.name}  {who}: {'–' if item.value is None else f'{item.value:.6g}'} {item.unit}  {item.reason or ''}")
    line(text(f"link_{item.link}"))
    for term in found.terms:
        line(f"  {term.value:+.6g}  {term.term}  [{term.kind}] {term.text or ''}")
        for e in term.evidence:
            share = "" if e.share is None else f"{e.share:+.6g}"
            act = f"{(e.time or '')[:19]}  {e.kind or ''}  {e.from_} → {e.to}"
            line(f"      {share:>12}  {act}  {e.source}: {e.record_id}")
        if term.evidence_count > len(term.evidence):
            line(text("more_evidence", count=term.evidence_count - len(term.evidence)))
    meta_notes(found.meta.model_dump())
