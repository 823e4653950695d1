"""Commands by which people correct the graph: merge, split, override, erase, suggestions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit, emit_answer, figure, line, note, table, title, word
from graphsvc.cli.output import say as text
from graphsvc.clock import read_moment
from graphsvc.errors import InputError

if TYPE_CHECKING:
    from api.shapes import SuggestionItem

Key = Annotated[str, typer.Argument(help=say("key"))]
Reason = Annotated[str, typer.Option("--reason", help=say("reason"))]


@command(help=say("merge"))
def merge(a: Key, b: Key, reason: Reason = "") -> None:
    """Say that two entries are one."""
    from api.answers import merge as answer

    one = answer(ask(), a, b, reason)
    emit({"id": one.id}) if COMMON.json else note(text("merged", name=one.name or one.key, id=one.id))


@command(help=say("split"))
def split(a: Key, b: Annotated[str | None, typer.Argument(help=say("split_from"))] = None, reason: Reason = "") -> None:
    """Undo a merge: take an entry out of its entity and keep it apart."""
    from api.answers import split as answer

    apart = answer(ask(), a, b, reason)
    names = ", ".join(f"{e.name or e.key} [{e.id}]" for e in apart)
    emit({"ids": [e.id for e in apart]}) if COMMON.json else note(text("split_done", names=names))


@command(help=say("override"))
def override(
    name: Annotated[str, typer.Argument(help=say("override_name"))],
    key: Key,
    other: Annotated[str | None, typer.Argument(help=say("other"))] = None,
    value: Annotated[float | None, typer.Option(help=say("override_value"))] = None,
    clear: Annotated[bool, typer.Option("--clear", help=say("override_clear"))] = False,
    reason: Reason = "",
) -> None:
    """Set a person's value for a score, kept through every later run."""
    from api.answers import override as answer

    if (value is None) != clear:
        raise InputError("errors.value_or_clear")
    a, b = answer(ask(), name, key, other, value, reason)
    if COMMON.json:
        emit({"name": name, "a": a.id, "b": b.id if b else None, "value": value})
        return
    who = " – ".join(e.name or e.key for e in (a, b) if e)
    note(text("cleared", name=name, who=who) if value is None else text("overridden", name=name, who=who, value=value))


@command(help=say("erase"))
def erase(key: Key, yes: Annotated[bool, typer.Option("--yes", help=say("erase_yes"))] = False) -> None:
    """Remove a person and everything derived from them, for good."""
    question = ask(scope="admin")
    found = question.find(key, "person")
    who = question.entities([found])[found]
    if not yes:
        typer.confirm(text("erase_sure", who=f"{who.name or who.key} ({who.key})"), abort=True, err=True)
    counts = dict(question.workspace.store.erase(who.id, question.caller))
    if COMMON.json:
        emit({"id": who.id, "removed": counts})
        return
    table([text("head_removed"), text("rows")], [(word("table", name), n) for name, n in sorted(counts.items())])
    note(text("erased"))


@command(help=say("suggestions"))
def suggestions(
    decide: Annotated[str | None, typer.Argument(help=say("suggestion_id"))] = None,
    state: Annotated[
        Literal["confirmed", "declined", "snoozed", "proposed"] | None, typer.Option(help=say("state"))
    ] = None,
    owner: Annotated[str | None, typer.Option(help=say("owner"))] = None,
    until: Annotated[str | None, typer.Option(help=say("until"))] = None,
    reason: Reason = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))] = 20,
) -> None:
    """List suggestions, or decide on one."""
    from api.answers import decide as decided
    from api.answers import recommendations

    question = ask()
    if decide is not None:
        if state is None:
            raise InputError("errors.needs_state")
        answer = decided(question, decide, state, reason, read_moment(until) if until else None)
    else:
        answer = recommendations(question, state, owner, limit)
    if COMMON.json:
        emit_answer(answer)
        return
    for item in answer.items:
        _show(item)
    if not answer.items:
        note(text("no_suggestions"))


def _show(s: SuggestionItem) -> None:
    owner, target = (e.name or e.key if e else "–" for e in (s.owner, s.target))
    title(f"{s.id}  {text('suggested_line', play=s.play_text, owner=owner, target=target)}")
    line(f"    {text('suggested_state', state=word('state', s.state), gain=figure(s.gain))}")
    for reason in s.reasons:
        line(f"    - {reason}")
    if s.reason:
        line(f"    * {s.author}: {s.reason}")
