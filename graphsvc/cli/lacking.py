"""``graphsvc lacks``: the ties we would have to build to come closer to somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from graphsvc.cli.app import COMMON, command
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit_answer, figure, line, meta_notes, note, percent, title
from graphsvc.cli.results import AsOf
from graphsvc.phrases import Phrase

if TYPE_CHECKING:
    from api.shapes import Entity
    from api.shapes_paths import LackItem, LacksAnswer


def said(code: str, **args: str | float | None) -> str:
    """A text in the reader's language."""
    return Phrase(code, args).text()


@command(help="paths.help_lacks")
def lacks(
    to: Annotated[str, typer.Option("--to", help="cli.paths_to")],
    source: Annotated[str | None, typer.Option("--from", help="cli.paths_from")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="paths.help_lacks_k")] = 10,
    hops: Annotated[int, typer.Option(min=1, max=6, help="cli.paths_hops")] = 6,
    as_of: AsOf = None,
) -> None:
    """Find whom we lack on the way to a person or organization."""
    from api.answers import lacks as answer

    found = answer(ask(as_of), to, source, k=k, hops=hops)
    emit_answer(found) if COMMON.json else _show(found)


def people(count: float) -> str:
    """An expected number of people."""
    return said("paths.people", count=f"{count:.2f}")


def _show(found: LacksAnswer) -> None:
    if found.strength is not None:
        code, show = ("paths.lacks_today", percent) if found.people == 1 else ("paths.lacks_people", people)
        figures = {"now": show(found.now), "direct": show(found.direct)}
        line(said(code, **figures, strength=figure(found.strength), people=found.people))
    if found.beside:
        line(said("paths.lacks_beside"))
    for item in found.items:
        _show_item(item, percent if found.people == 1 else people)
    if not found.complete:
        note(said("paths.lacks_cut"))
    if not found.calibrated and found.items:
        note(said("cli.uncalibrated"))
    meta_notes(found.meta.model_dump())


def _show_item(item: LackItem, show: Callable[[float], str]) -> None:
    title(f"{item.rank:>2}. {_name(item.from_)} ⇢ {_name(item.to)}  {percent(item.probability)}")
    line(f"    {said('paths.lacks_gain', gain=show(item.gain), path=' → '.join(map(_name, item.path)))}")
    if item.knows > 1:
        line(f"    {said('paths.lacks_knows', who=_name(item.to), count=item.knows)}")
    if len(item.meeting) > 2:
        line(f"    {said('paths.lacks_meeting', path=' → '.join(map(_name, item.meeting)))}")


def _name(e: Entity) -> str:
    return e.name or e.key
