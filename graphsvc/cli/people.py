"""Commands by which people correct the graph: merge, split, override, erase, suggestions."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit, emit_answer, note, table
from graphsvc.cli.output import say as text
from graphsvc.clock import read_moment
from graphsvc.errors import InputError

Key = Annotated[str, typer.Argument(help=say("key"))]
Reason = Annotated[str, typer.Option("--reason", help=say("reason"))]


@command(help=say("merge"))
def merge(a: Key, b: Key, reason: Reason = "") -> None:
    """Say that two entries are one."""
    question = ask()
    ids = question.projection.entities.id
    first, second = (ids[question.find(k)].decode() for k in (a, b))
    canonical = question.workspace.store.link(first, second, question.caller, reason)
    emit({"id": canonical}) if COMMON.json else note(text("merged", id=canonical))


@command(help=say("split"))
def split(a: Key, b: Annotated[str | None, typer.Argument(help=say("split_from"))] = None, reason: Reason = "") -> None:
    """Undo a merge: take an entry out of its entity and keep it apart."""
    question = ask()
    store = question.workspace.store
    members = [question.member(k) for k in (a, b) if k is not None]
    restored = store.split(members[0], members[1] if b else None, question.caller, reason)
    emit({"ids": restored}) if COMMON.json else note(text("split_done", ids=", ".join(restored)))


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
    if (value is None) != clear:
        raise InputError("errors.value_or_clear")
    question = ask()
    ids = question.projection.entities.id
    a = ids[question.find(key)].decode()
    b = ids[question.find(other)].decode() if other else None
    question.workspace.store.override(name, a, b, value, question.caller, reason)
    emit({"name": name, "a": a, "b": b, "value": value}) if COMMON.json else note(text("overridden", name=name))


@command(help=say("erase"))
def erase(key: Key, yes: Annotated[bool, typer.Option("--yes", help=say("erase_yes"))] = False) -> None:
    """Remove a person and everything derived from them, for good."""
    question = ask()
    ident = question.projection.entities.id[question.find(key, "person")].decode()
    if not yes:
        typer.confirm(text("erase_sure"), abort=True, err=True)
    counts = dict(question.workspace.store.erase(ident, question.caller))
    emit({"id": ident, "removed": counts}) if COMMON.json else table(
        [text("table"), text("rows")], sorted(counts.items())
    )


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
    rows = [
        (s.id, s.play, s.owner.name if s.owner else None, s.target.name or s.target.key, s.gain, s.state, s.reasons)
        for s in answer.items
    ]
    table(["id", text("play"), text("owner"), text("who"), text("gain"), text("state"), text("why")], rows)
