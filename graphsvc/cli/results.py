"""Commands that learn, compute and hand results out: fit, score, export, runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphsvc.cli.app import COMMON, Command, command, group, say
from graphsvc.cli.context import ask, open_workspace
from graphsvc.cli.output import Ticker, accuracy, clock, emit, figure, note, table, word
from graphsvc.cli.output import say as text

if TYPE_CHECKING:
    from graphsvc.scores import Run

AsOf = Annotated[str | None, typer.Option("--as-of", help=say("option_as_of"))]
KnownAt = Annotated[str | None, typer.Option("--known-at", help=say("option_known_at"))]
Out = Annotated[Path, typer.Option("--out", help=say("option_out"))]

export_app = group("export", say("export"))
runs_app = group("runs", say("runs"), bare=True)


@command(help=say("fit"))
def fit(names: Annotated[list[str] | None, typer.Argument(help=say("score_names"))] = None, as_of: AsOf = None) -> None:
    """Learn the models from what was known at T."""
    from graphsvc.cli.models import entered
    from graphsvc.clock import show_moment
    from graphsvc.pipeline import fit as run

    question = ask(as_of, scope="admin")
    models = run(question.workspace, question.moment, names or ())
    if COMMON.json:
        emit(
            [
                asdict(m) | {"id": m.id, "as_of": show_moment(m.as_of), "label_cutoff": show_moment(m.label_cutoff)}
                for m in models
            ]
        )
        return
    for m in models:
        note(text("fitted", name=m.name, id=m.id, figures=accuracy(m.heldout) or text("cold")))
        note(f"  {entered(question.workspace, m)}")


@command(help=say("score"))
def score(
    names: Annotated[list[str] | None, typer.Argument(help=say("score_names"))] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Compute scores and keep them as a run."""
    import numpy as np

    from api.answers import refresh_suggestions
    from graphsvc.pipeline import score as run

    question = ask(as_of, known_at, scope="admin")
    with Ticker() as ticker:
        done, scores = run(question.workspace, question.moment, names or (), ticker)
        made = refresh_suggestions(question) if not names and as_of is None and known_at is None else 0
    rows = [(n, s.of, len(s), int(np.isnan(s.value).sum()), s.unit) for n, s in scores.items()]
    if COMMON.json:
        head = ("name", "of", "rows", "null", "unit")
        emit(_run(done) | {"scores": [dict(zip(head, r, strict=True)) for r in rows], "suggestions_new": made})
        return
    shown = [(n, word("of", of), count, null, word("unit", n)) for n, of, count, null, _ in rows]
    table([text("head_score"), text("of"), text("rows"), text("null"), text("unit")], shown)
    note(text("scored", run_id=done.id, as_of=_when(done.as_of), seconds=round(done.seconds, 2)))
    if made:
        note(text("suggested", count=figure(made)))


def _when(moment: int | None) -> str | None:
    from graphsvc.clock import show_moment

    return None if moment is None else show_moment(moment)


def _run(run: Run) -> dict[str, Any]:
    """A run with its moments as ISO 8601."""
    return asdict(run) | {k: _when(getattr(run, k)) for k in ("started", "as_of", "known_at")}


@export_app.command("scores", cls=Command, help=say("export_scores"))
def export_scores(
    name: Annotated[str, typer.Argument(help=say("score_name"))], out: Out, as_of: AsOf = None, known_at: KnownAt = None
) -> None:
    """Write one score to a file, computing what is missing."""
    from api.answers.export import export_scores as write

    _written(write(ask(as_of, known_at), name, out), out)


@export_app.command("ties", cls=Command, help=say("export_ties"))
def export_ties(out: Out, as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Write all ties with their strength and health to a file."""
    from api.answers.export import export_ties as write

    _written(write(ask(as_of, known_at), out), out)


def _written(rows: int, out: Path) -> None:
    emit({"rows": rows, "out": str(out)}) if COMMON.json else note(text("written", rows=figure(rows), out=str(out)))


@runs_app.callback()
def runs(
    context: typer.Context,
    kind: Annotated[
        Literal["sync", "fit", "score", "evaluate", "erase", "list"] | None, typer.Option(help=say("runs_kind"))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))] = 20,
) -> None:
    """List what was run, newest first."""
    if context.invoked_subcommand is not None:
        return
    from api.answers import runs as answer

    found = answer(ask(), kind, limit)
    if COMMON.json:
        emit(found.items)
        return
    rows = [
        (r["id"], word("run", r["kind"]), r["name"], clock(r["started"]), round(r["seconds"], 2), clock(r["as_of"]))
        for r in found.items
    ]
    heads = ("head_run", "head_what", "head_name", "started", "seconds", "head_as_of")
    table([text(h) for h in heads], rows)


@runs_app.command("verify", cls=Command, help=say("runs_verify"))
def runs_verify(run_id: Annotated[str | None, typer.Argument(help=say("run_id"))] = None) -> None:
    """Compute a score run again and compare it with what was kept."""
    from graphsvc.errors import NotFoundError
    from graphsvc.pipeline import verify

    workspace = open_workspace("admin")
    found = [r for r in workspace.store.runs("score", 1000) if run_id in (None, r.id)]
    if not found:
        raise NotFoundError("errors.no_run", run=run_id) if run_id else NotFoundError("errors.no_runs")
    result = verify(workspace, found[0])
    bad = [name for name, gap in result.items() if gap is None or gap > 1e-8]
    if COMMON.json:
        emit({"run": found[0].id, "equal": not bad, "largest_relative_difference": result})
    else:
        shown = [
            (n, text("not_comparable") if gap is None or gap == float("inf") else gap) for n, gap in result.items()
        ]
        table([text("head_score"), text("difference")], shown)
        note(text("verified" if not bad else "not_verified", run=found[0].id))
    raise typer.Exit(1 if bad else 0)


@runs_app.command("prune", cls=Command, help=say("runs_prune"))
def runs_prune(keep: Annotated[int, typer.Option(min=1, help=say("runs_keep"))] = 8) -> None:
    """Drop the scores of old runs."""
    dropped = open_workspace("admin").store.prune(keep)
    emit({"dropped": dropped}) if COMMON.json else note(text("pruned", count=figure(dropped)))
