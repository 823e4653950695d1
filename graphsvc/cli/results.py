"""Commands that learn, compute and hand results out: fit, score, export, evaluate, runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from graphsvc.cli.app import COMMON, app, command, say
from graphsvc.cli.context import ask, open_workspace
from graphsvc.cli.output import Ticker, emit, note, percent, table
from graphsvc.cli.output import say as text

AsOf = Annotated[str | None, typer.Option("--as-of", help=say("option_as_of"))]
KnownAt = Annotated[str | None, typer.Option("--known-at", help=say("option_known_at"))]
Out = Annotated[Path, typer.Option("--out", help=say("option_out"))]

export_app = typer.Typer(help=say("export"), no_args_is_help=True, rich_markup_mode=None)
evaluate_app = typer.Typer(help=say("evaluate"), no_args_is_help=True, rich_markup_mode=None)
runs_app = typer.Typer(help=say("runs"), invoke_without_command=True, rich_markup_mode=None)
app.add_typer(export_app, name="export")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(runs_app, name="runs")


@command(help=say("fit"))
def fit(names: Annotated[list[str] | None, typer.Argument(help=say("score_names"))] = None, as_of: AsOf = None) -> None:
    """Learn the models from what was known at T."""
    from graphsvc.clock import show_moment
    from graphsvc.pipeline import fit as run

    question = ask(as_of)
    models = run(question.workspace, question.moment, names or ())
    if COMMON.json:
        emit([asdict(m) | {"id": m.id, "as_of": show_moment(m.as_of)} for m in models])
        return
    for m in models:
        figures = ", ".join(f"{k} {v:.3f}" for k, v in m.heldout.items())
        note(text("fitted", name=m.name, id=m.id, figures=figures or text("cold")))


@command(help=say("score"))
def score(
    names: Annotated[list[str] | None, typer.Argument(help=say("score_names"))] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> None:
    """Compute scores and keep them as a run."""
    import numpy as np

    from graphsvc.pipeline import score as run

    question, ticker = ask(as_of, known_at), Ticker()
    done, scores = run(question.workspace, question.moment, names or (), ticker)
    made = _suggest(question) if not names and as_of is None else 0
    ticker.done()
    rows = [(n, s.of, len(s), int(np.isnan(s.value).sum()), s.unit) for n, s in scores.items()]
    if COMMON.json:
        head = ("name", "of", "rows", "null", "unit")
        emit(asdict(done) | {"scores": [dict(zip(head, r, strict=True)) for r in rows], "suggestions_new": made})
        return
    table([text("score_name"), text("of"), text("rows"), text("null"), text("unit")], rows)
    note(text("scored", run_id=done.id, seconds=round(done.seconds, 2), suggestions=made))


def _suggest(question: object) -> int:
    from api.answers import Ask, refresh_suggestions

    return refresh_suggestions(question) if isinstance(question, Ask) else 0


@export_app.command("scores", help=say("export_scores"))
def export_scores(
    name: Annotated[str, typer.Argument(help=say("score_name"))], out: Out, as_of: AsOf = None, known_at: KnownAt = None
) -> None:
    """Write one score to a file, computing what is missing."""
    from api.answers.export import export_scores as write

    _written(write(ask(as_of, known_at), name, out), out)


@export_app.command("ties", help=say("export_ties"))
def export_ties(out: Out, as_of: AsOf = None, known_at: KnownAt = None) -> None:
    """Write all ties with their strength and health to a file."""
    from api.answers.export import export_ties as write

    _written(write(ask(as_of, known_at), out), out)


def _written(rows: int, out: Path) -> None:
    emit({"rows": rows, "out": str(out)}) if COMMON.json else note(text("written", rows=rows, out=str(out)))


@evaluate_app.command("health", help=say("evaluate_health"))
def evaluate_health(
    horizon: Annotated[int, typer.Option(min=1, max=365, help=say("horizon"))] = 28,
    start: Annotated[str | None, typer.Option(help=say("evaluate_start"))] = None,
    as_of: AsOf = None,
) -> None:
    """Measure the health score on held-out time, beside the public formulas."""
    from importlib import import_module

    from graphsvc.clock import read_moment

    question, ticker = ask(as_of), Ticker()
    evaluation = import_module("algorithms.evaluation")
    result = evaluation.evaluate_health(
        question.projection,
        horizon_days=horizon,
        start=read_moment(start) if start else None,
        progress=ticker,
    )
    ticker.done()
    if COMMON.json:
        emit(result)
        return
    rows = [("model", result["model"]), *result["baselines"].items()]
    table(
        [text("method"), "AUC", "AP", "Brier", "ECE"],
        [(n, *(f.get(k) for k in ("auc", "ap", "brier", "ece"))) for n, f in rows],
    )
    note(result["protocol"])
    note(text("evaluated", rows=result["test_rows"], rate=percent(result["alive_rate"])))


@runs_app.callback()
def runs(
    context: typer.Context,
    kind: Annotated[str | None, typer.Option(help=say("runs_kind"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help=say("limit"))] = 20,
) -> None:
    """List what was run, newest first."""
    if context.invoked_subcommand is not None:
        return
    from graphsvc.clock import show_moment

    found = open_workspace().store.runs(kind, limit)
    if COMMON.json:
        emit([asdict(r) for r in found])
        return
    rows = [
        (
            r.id,
            r.kind,
            r.name,
            show_moment(r.started)[:19],
            round(r.seconds, 2),
            show_moment(r.as_of) if r.as_of else None,
        )
        for r in found
    ]
    table(["run", text("kind"), text("what"), text("started"), "s", "T"], rows)


@runs_app.command("verify", help=say("runs_verify"))
def runs_verify(run_id: Annotated[str | None, typer.Argument(help=say("run_id"))] = None) -> None:
    """Compute a score run again and compare it with what was kept."""
    from graphsvc.errors import NotFoundError
    from graphsvc.pipeline import verify

    workspace = open_workspace()
    found = [r for r in workspace.store.runs("score", 1000) if run_id in (None, r.id)]
    if not found:
        raise NotFoundError("errors.no_run", run=run_id or "")
    result = verify(workspace, found[0])
    bad = [name for name, gap in result.items() if gap is None or gap > 1e-8]
    if COMMON.json:
        emit({"run": found[0].id, "equal": not bad, "largest_relative_difference": result})
    else:
        table([text("score_name"), text("difference")], list(result.items()))
        note(text("verified" if not bad else "not_verified", run=found[0].id))
    raise typer.Exit(1 if bad else 0)


@runs_app.command("prune", help=say("runs_prune"))
def runs_prune(keep: Annotated[int, typer.Option(min=1, help=say("runs_keep"))] = 8) -> None:
    """Drop the scores of old runs."""
    dropped = open_workspace().store.prune(keep)
    emit({"dropped": dropped}) if COMMON.json else note(text("pruned", count=dropped))
