"""Plots of evaluations and benchmarks as SVG: text stays text, so that the reader's own fonts show Chinese too.

matplotlib is imported where a plot is drawn; the figures look the same wherever they are made.
"""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from graphsvc.evaluations import Cell, Plot, Series
from graphsvc.phrases import Phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#0b6fa4", "#d1495b", "#3a7d44", "#8d6a9f", "#b07d2b", "#5c677d", "#00798c", "#9c6644")
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # text, not outlines: searchable, and in whatever font the reader has
    "svg.hashsalt": "graphsvc",  # the same figures give the same bytes
    "font.family": "sans-serif",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "legend.frameon": False,
}


def svg(plot: Plot, width: float = 6.0, height: float = 3.4) -> str:
    """A plot as an ``<svg>`` element, sizes in inches; needs matplotlib (the extra ``report``)."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        _draw(axes, plot)
        out = io.BytesIO()
        with warnings.catch_warnings():  # glyphs are the reader's: here only their width is guessed
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue().decode()
    return text[text.index("<svg") :]


def _draw(axes: Axes, plot: Plot) -> None:
    axes.set_title(plot.title.text(), loc="left", fontsize=10)
    axes.set_xlabel(plot.x_axis.text())
    axes.set_ylabel(plot.y_axis.text())
    for place, (series, colour) in enumerate(zip(plot.series, COLOURS, strict=False)):
        _series(axes, plot, series, colour, place)
    if plot.diagonal:
        low, high = axes.get_xlim()
        axes.plot([low, high], [low, high], color="#999999", linewidth=1, linestyle="--", zorder=0)
        axes.set_xlim(low, high)
    if plot.kind == "points" and plot.labels:
        axes.set_yticks(range(len(plot.labels)), [_said(x) for x in plot.labels], fontsize=7)
    if plot.kind == "bars":
        axes.set_xticks(range(len(plot.labels)), [_said(x) for x in plot.labels], rotation=20, ha="right")
    if len(plot.series) > 1:  # beneath the axes: nothing drawn is hidden
        axes.figure.legend(loc="outside lower center", ncols=min(4, len(plot.series)))


def _series(axes: Axes, plot: Plot, series: Series, colour: str, place: int) -> None:
    x = np.array(series.x, dtype=np.float64)
    y = np.array([np.nan if v is None else v for v in series.y], dtype=np.float64)
    name, error = series.name.text(), None if series.error is None else 1.96 * np.array(series.error)
    if plot.kind == "bars":
        width = 0.8 / len(plot.series)
        axes.bar(x - 0.4 + width * (place + 0.5), y, width, label=name, color=colour, yerr=error, capsize=2)
        return
    shown = np.array(x, dtype="datetime64[us]") if plot.dates else x
    mark = {"line": "-", "points": "o"}[plot.kind]
    if error is None:
        axes.plot(shown, y, mark, label=name, color=colour, markersize=4)
    else:
        axes.errorbar(shown, y, yerr=error, fmt=mark, label=name, color=colour, markersize=4, capsize=2)
    if plot.dates:
        axes.tick_params(axis="x", rotation=20)


def _said(cell: Cell) -> str:
    return cell.text() if isinstance(cell, Phrase) else str(cell)
