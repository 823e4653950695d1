"""Commands for models: how they stand, what they learnt, how they compare, and what a person decides on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphsvc.cli.app import COMMON, Command, group
from graphsvc.cli.context import ask
from graphsvc.cli.output import clock, emit, emit_answer, figure, line, note, table, title, word
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.answers.models import Decision
    from api.model_shapes import CompareAnswer
    from graphsvc.scores import Model
    from graphsvc.workspace import Workspace

FIGURES = ("rows", "rate", "mean", "log_loss", "auc", "ece")


def told(name: str) -> str:
    """Code of a text of this theme."""
    return f"models.{name}"


def text(name: str, /, **args: Any) -> str:
    """A text of this theme."""
    return phrase(told(name), **args).text()


models_app = group("models", told("help_models"), bare=True)
Id = Annotated[str, typer.Argument(help=told("help_id"))]
Reason = Annotated[str, typer.Option("--reason", help=told("help_reason"))]


@models_app.callback(help=told("help_models"))
def list_models(
    context: typer.Context,
    name: Annotated[str | None, typer.Option(help=told("help_name"))] = None,
    every: Annotated[bool, typer.Option("--all", help=told("help_all"))] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=told("help_limit"))] = 50,
) -> None:
    """List the models that score or wait, by score; with --all every one."""
    if context.invoked_subcommand is not None:
        return
    from api.answers import models as answer

    found = answer(ask(), name, 10_000).items
    shown = [m for m in found if every or m["state"] in ("active", "frozen", "candidate")][:limit]
    if COMMON.json:
        emit(shown)
        return
    heads = ("score", "model", "state", "as_of", "cutoff", "auc", "ece", "log_loss", "rows", "since", "reason")
    table([text(f"head_{h}") for h in heads], [_row(m) for m in sorted(shown, key=lambda m: str(m["name"]))])
    if not shown:
        note(text("no_models"))


def _row(m: dict[str, Any]) -> tuple[Any, ...]:
    held = m["heldout"]
    rows = held.get("rows", m["content"].get("rows"))
    figures = (held.get("auc"), held.get("ece"), held.get("log_loss"), None if rows is None else int(rows))
    dates = (m["as_of"][:10], m["label_cutoff"][:10])
    return (m["name"], _short(m["id"]), _state(m["state"]), *dates, *figures, clock(m["since"]), m["reason"])


def _state(state: str | None) -> str:
    return text(f"state_{state or 'none'}")


def _short(ident: str) -> str:
    return ident.rpartition("-")[2]


@models_app.command("show", cls=Command, help=told("help_show"))
def show(id: Id) -> None:
    """Show a model: coefficients by group and its history."""
    from api.answers import model as answer

    found = answer(ask(), id)
    if COMMON.json:
        emit_answer(found)
        return
    m = found.model
    title(m["id"])
    line(f"{text('head_state')}: {_state(m['state'])}")
    line(f"{text('head_as_of')}: {clock(m['as_of'])}; {text('head_cutoff')}: {clock(m['label_cutoff'])}")
    line(f"{text('head_version')}: {m['version']}; {text('head_digest')}: {m['training_digest'][:16]}")
    for name, value in sorted(m["heldout"].items()):
        line(f"  {name}: {figure(value)}")
    for name, values in found.groups.items():
        line(word("term", name) if name else "–")
        for coefficient, value in values.items():
            line(f"  {coefficient}: {figure(value)}")
    for entry in found.history:
        line(f"{clock(entry.since)}  {_state(entry.state)}  {entry.author}: {entry.reason}")


@models_app.command("compare", cls=Command, help=told("help_compare"))
def compare(id: Id, other: Annotated[str, typer.Argument(help=told("help_other"))]) -> None:
    """Compare two models on the same rows."""
    from api.answers import compare as answer

    found = answer(ask(), id, other)
    if COMMON.json:
        emit_answer(found)
        return
    heads = [_short(found.a.id), _short(found.b.id)]
    pairs = [(name, found.a.figures.get(name), found.b.figures.get(name)) for name in FIGURES]
    if found.rows:
        table([text("head_figure"), *heads], [(_figure_name(n), a, b) for n, a, b in pairs])
    table([text("head_name"), *heads], [(n, *pair) for n, pair in found.coefficients.items() if any(pair)])
    note(_protocol(found))


def _figure_name(name: str) -> str:
    return text(f"head_{name}")


def _protocol(found: CompareAnswer) -> str:
    if found.difference is None or found.error is None:
        return text("protocol_none")
    numbers = {"difference": f"{found.difference:+.4f}", "error": f"{found.error:.4f}"}
    return text(f"protocol_{found.protocol}", rows=figure(found.rows), dates=found.dates, **numbers)


@models_app.command("promote", cls=Command, help=told("help_promote"))
def promote(id: Id, reason: Reason) -> None:
    """Make a canary, or a retired model, the one that scores."""
    _decide(id, "active", reason)


@models_app.command("freeze", cls=Command, help=told("help_freeze"))
def freeze(id: Id, reason: Reason) -> None:
    """Freeze the active model: it keeps scoring, and nothing takes its place by rule."""
    _decide(id, "frozen", reason)


@models_app.command("unfreeze", cls=Command, help=told("help_unfreeze"))
def unfreeze(id: Id, reason: Reason) -> None:
    """Make a frozen model active again."""
    from api.answers import model as answer
    from graphsvc.errors import InputError

    state = answer(ask(scope="admin"), id).model["state"]
    if state != "frozen":
        raise InputError("models.not_frozen", id=id, state=_state(state))
    _decide(id, "active", reason)


@models_app.command("retire", cls=Command, help=told("help_retire"))
def retire(id: Id, reason: Reason) -> None:
    """Retire a canary."""
    _decide(id, "retired", reason)


def _decide(ident: str, state: Decision, reason: str) -> None:
    from api.answers import decide_model

    found = decide_model(ask(scope="admin"), ident, state, reason)
    if COMMON.json:
        emit_answer(found)
        return
    note(text("decided", id=found.model["id"], state=_state(found.model["state"])))


@models_app.command("check", cls=Command, help=told("help_check"))
def check(names: Annotated[list[str] | None, typer.Argument(help=told("help_scores"))] = None) -> None:
    """Check the scoring models; freezes and thaws them by rule."""
    from api.answers import check_models

    found = check_models(ask(scope="admin"), names or [])
    if COMMON.json:
        emit_answer(found)
        return
    heads = ("score", "model", "state", "rows", "rate", "mean", "auc", "found")
    rows = [
        (c.name, _short(c.id), _state(c.state), int(c.figures.get("rows", 0)), c.figures.get("rate"),
         c.figures.get("mean"), c.figures.get("auc"), "; ".join(c.findings) or text("nothing_found"))
        for c in found.items
    ]  # fmt: skip
    table([text(f"head_{h}") for h in heads], rows)


def entered(workspace: Workspace, model: Model) -> str:
    """What became of a model that was just fitted, in a line."""
    stand = workspace.standing(model.name)
    state, scoring = stand.state_of(model.id), stand.scoring
    beside = scoring.model if scoring else "–"
    if state is None:
        return text("entered_none", name=model.name, id=model.id)
    facts = {"name": model.name, "id": model.id, "reason": state.why()}
    return text(f"entered_{state.state}", **facts, **({"beside": beside} if state.state == "candidate" else {}))
