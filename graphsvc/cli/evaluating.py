"""``graphsvc evaluate``: measure scores on held-out time, and write the report of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import Ticker, emit, line, note, table, title, word
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from api.answers import Ask
    from graphsvc.evaluations import Evaluation
    from graphsvc.registry import EvaluationSpec

ALL = "all"
REPORT = Path("evaluation.html")


@command(help=say("evaluate"))
def evaluate(
    names: Annotated[list[str] | None, typer.Argument(help=say("evaluate_names"), metavar="NAME...")] = None,
    horizon: Annotated[int | None, typer.Option(min=1, max=365, help=say("horizon"))] = None,
    start: Annotated[str | None, typer.Option(help=say("evaluate_start"))] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help=say("option_as_of"))] = None,
    out: Annotated[Path | None, typer.Option("--out", help=say("evaluate_out"))] = None,
) -> None:
    """Measure scores on held-out time; several at once, or all, write one report."""
    chosen = names or [ALL]
    question = ask(as_of, scope="admin")
    done = _run(question, chosen, _options(horizon, start))
    target = out if out is not None else REPORT if ALL in chosen else None
    if target is not None:
        _write(question, done, target)
    if COMMON.json:
        _emit(question, done)
        return
    for _, found in done:
        _show(found, whole=len(done) == 1)


def _options(horizon: int | None, start: str | None) -> dict[str, Any]:
    from graphsvc.clock import read_moment

    out: dict[str, Any] = {} if horizon is None else {"horizon_days": horizon}
    return out if start is None else out | {"start": read_moment(start)}


def _run(question: Ask, names: Sequence[str], options: dict[str, Any]) -> list[tuple[EvaluationSpec, Evaluation]]:
    """The evaluations one after the other; each result stays, whatever happens to the next."""
    from graphsvc.evaluating import evaluate as run

    with Ticker() as ticker:

        def tell(name: str, what: str, part: float) -> None:
            ticker.show("evaluating", name=name, what=word("evaluating", what), percent=f"{100 * part:.0f}")

        return list(run(question.workspace, question.moment, names, options, tell))


def _emit(question: Ask, done: Sequence[tuple[EvaluationSpec, Evaluation]]) -> None:
    """One evaluation alone as its own figures, several as the report's document."""
    from graphsvc.evaluating import as_report, document

    if len(done) == 1:
        spec, found = done[0]
        said = as_report(spec, found)
        emit(said.pop("detail") | said | {"verdict": found.verdict.text(), "protocol": found.protocol.text()})
    else:
        emit(document(done, question.projection))


def _show(found: Evaluation, *, whole: bool) -> None:
    from graphsvc.report import name_of

    title(f"{name_of(found.name)}: {found.verdict.text()}")
    if not whole:
        return
    for t in found.tables:
        line()
        line(t.title.text())
        table([c.text() for c in t.columns], t.rows)
    note(found.protocol.text())


def _write(question: Ask, done: Sequence[tuple[EvaluationSpec, Evaluation]], target: Path) -> None:
    """The report as HTML, its figures as JSON beside it; each file is whole or not there."""
    import orjson

    from graphsvc.evaluating import document
    from graphsvc.report import page

    html, figures = target.with_suffix(".html"), target.with_suffix(".json")
    text = page(done, question.projection)
    body = orjson.dumps(document(done, question.projection), option=orjson.OPT_INDENT_2)
    for path, content in ((html, text.encode()), (figures, body)):
        part = path.with_name(path.name + ".partial")
        part.write_bytes(content)
        part.replace(path)
    note(phrase("evaluations.written", html=str(html), json=str(figures)).text())
