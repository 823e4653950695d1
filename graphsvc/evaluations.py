"""What a test on held-out time says: figures, tables and plots, for a terminal, a page and other programs.

An evaluation looks at the past as it was: it asks for the graph or for scores at a date and is given nothing later. It
names what it found in one sentence; where the past is too short it says so (``told`` is False) and gives no figures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from graphsvc.phrases import Phrase
from graphsvc.projection import Projection
from graphsvc.scores import Scores

Cell = Phrase | str | int | float | None
Progress = Callable[[str, float], None]  # what is being done, the fraction done


class Past(Protocol):
    """A workspace's past, as known now. ``now`` is the graph at the evaluation's own T."""

    @property
    def now(self) -> Projection:
        """The graph at the T of the evaluation; its later part is what earlier dates are judged by."""

    def at(self, as_of: int) -> Projection:
        """The graph at an earlier date [us]; its entity indices are its own, public ids tie it to ``now``."""

    def scores(self, name: str, as_of: int) -> Scores:
        """A score at an earlier date, by a model that learnt from nothing later than the Monday before."""


@dataclass(frozen=True)
class Table:
    """A table of figures; a cell of None was not measured."""

    title: Phrase
    columns: tuple[Phrase, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Series:
    """One line, set of points or set of bars; ``error`` is one standard error of each y."""

    name: Phrase
    x: tuple[float, ...]
    y: tuple[float, ...]
    error: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Plot:
    """A picture of figures.

    ``diagonal`` draws y = x, ``labels`` name the bars (of points: their rows), ``dates`` says that x is in [us].
    """

    title: Phrase
    x_axis: Phrase
    y_axis: Phrase
    series: tuple[Series, ...]
    kind: Literal["line", "points", "bars"] = "line"
    diagonal: bool = False
    dates: bool = False
    labels: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Evaluation:
    """What one test found.

    Attributes
    ----------
    name : of the evaluation.
    verdict : one sentence: what holds and what does not, or why it cannot be told yet.
    protocol : how it was measured, in a sentence or two.
    told : False where the past is too short to tell; ``figures`` is then empty.
    figures : headline figures, shown beside the scores they measure.
    detail : everything, as plain JSON values with stable names; public ids only, no names of people.
    """

    name: str
    verdict: Phrase
    protocol: Phrase
    told: bool
    figures: Mapping[str, float | None] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()
    plots: tuple[Plot, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
