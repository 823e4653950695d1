"""One report of evaluations for people: an HTML page that needs nothing beside itself, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphsvc.clock import show_moment
from graphsvc.evaluations import Cell, Evaluation, Table
from graphsvc.extras import installed, needs
from graphsvc.figures import figure
from graphsvc.phrases import Phrase, current_language, phrase
from graphsvc.projection import Projection
from graphsvc.registry import EvaluationSpec

Done = Sequence[tuple[EvaluationSpec, Evaluation]]


def page(done: Done, p: Projection) -> str:
    """The report of some evaluations at the T of a Projection.

    Raises
    ------
    InputError
        When the packages that write reports are not installed.
    """
    needs("jinja2", "report")
    from jinja2 import Environment, PackageLoader, StrictUndefined

    drawn = installed("matplotlib")
    made = Environment(
        loader=PackageLoader("graphsvc", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    return made.get_template("evaluations.html.j2").render(
        language={"en": "en", "zh": "zh-CN"}[current_language()],
        title=phrase("evaluations.title").text(),
        lead=phrase("evaluations.lead", as_of=show_moment(p.as_of)).text(),
        missing="" if drawn else phrase("evaluations.no_plots").text(),
        summary=_summary(done),
        parts=[_part(found, drawn=drawn) for _, found in done],
    )


def _summary(done: Done) -> dict[str, Any]:
    heads = ("head_test", "head_verdict")
    rows = [(found.name, name_of(found.name), found.verdict.text()) for _, found in done]
    return {"columns": [phrase(f"evaluations.{h}").text() for h in heads], "rows": rows}


def name_of(name: str) -> str:
    """An evaluation's name in the reader's language."""
    return phrase(f"evaluations.name_{name}").text()


def _part(found: Evaluation, *, drawn: bool) -> dict[str, Any]:
    return {
        "name": found.name,
        "title": name_of(found.name),
        "told": found.told,
        "verdict": found.verdict.text(),
        "protocol": found.protocol.text(),
        "tables": [_table(t) for t in found.tables],
        "plots": [_plot(plot) for plot in found.plots] if drawn else [],
    }


def _plot(plot: Any) -> dict[str, Any]:
    from markupsafe import Markup

    from graphsvc.plots import svg

    # matplotlib escapes the texts it writes into SVG; everything else on the page is escaped by the template
    return {"title": plot.title.text(), "svg": Markup(svg(plot))}  # noqa: S704


def _table(t: Table) -> dict[str, Any]:
    return {
        "title": t.title.text(),
        "columns": [c.text() for c in t.columns],
        "rows": [[said(cell) for cell in row] for row in t.rows],
    }


def said(cell: Cell) -> str:
    """A cell as people read it; None was not measured.

    Examples
    --------
    >>> said(None), said(0.123456), said("Leiden")
    ('–', '0.1235', 'Leiden')
    """
    if cell is None or cell != cell:
        return "–"
    if isinstance(cell, Phrase):
        return cell.text()
    return cell if isinstance(cell, str) else figure(cell)
