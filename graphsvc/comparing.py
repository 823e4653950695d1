"""Two models of one score on the same rows, and their coefficients side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphsvc.errors import InputError, NotFoundError
from graphsvc.kernels.drift import paired
from graphsvc.projection import Floats
from graphsvc.registry import find_algorithm, find_judge
from graphsvc.scores import Model
from graphsvc.trials import Trial, told, unseen
from graphsvc.workspace import Moment, Workspace

Protocol = Literal["unseen", "forecasts", "seen", "none"]


@dataclass(frozen=True)
class Comparison:
    """Figures of two models on the same rows.

    Attributes
    ----------
    protocol : ``unseen``: labels neither model has seen, both as they are. ``forecasts``: labels the earlier one has
        not seen; the later one speaks by the forecasts its fit would have made then. ``seen``: as forecasts, but the
        earlier model has seen the labels. ``none``: there are no rows, or a model cannot be applied any more.
    difference, error : mean log loss of b minus that of a, positive where a is better, and its standard error.
    figures : per model (a, b): rows, rate, mean, log loss, AUC, ... on these rows.
    coefficients : by name, of a and of b; None where it has none.
    """

    a: Model
    b: Model
    protocol: Protocol
    rows: int
    dates: int
    difference: float | None
    error: float | None
    figures: tuple[Mapping[str, float], Mapping[str, float]]
    coefficients: Mapping[str, tuple[float | None, float | None]]


def find_model(workspace: Workspace, ident: str) -> Model:
    """The model of an id, or of the beginning of one, with or without the score's name.

    Raises
    ------
    NotFoundError
        There is none.
    InputError
        Several models begin so.
    """
    every = {m.id: m for m in workspace.store.models()}
    if ident in every:
        return every[ident]
    found = sorted(i for i in every if ident and (i.startswith(ident) or i.rpartition("-")[2].startswith(ident)))
    if not found:
        raise NotFoundError("models.no_model", id=ident)
    if len(found) > 1:
        raise InputError("models.ambiguous", id=ident, ids=", ".join(found[:10]))
    return every[found[0]]


def compare(workspace: Workspace, a: Model, b: Model, moment: Moment) -> Comparison:
    """Two models on the same rows, with labels known at a moment.

    Raises
    ------
    InputError
        They are models of different scores.
    """
    if a.name != b.name:
        raise InputError("models.other_score", a=a.name, b=b.name)
    spec, judge, p = find_algorithm(a.name), find_judge(a.name), workspace.projection(moment)
    pair = (a, b) if a.label_cutoff <= b.label_cutoff else (b, a)
    trial = None if judge is None else judge.trial(p, spec.params(), pair, pair[0].label_cutoff)
    protocol, rows, said = _rows(pair, trial) if trial is not None else ("none", None, None)
    names = dict.fromkeys((*a.coefficients, *b.coefficients))
    coefficients = {n: (a.coefficients.get(n), b.coefficients.get(n)) for n in names}
    if rows is None or said is None or not len(rows):
        return Comparison(a, b, "none", 0, 0, None, None, ({}, {}), coefficients)
    one, two = said if pair[0] is a else said[::-1]
    difference, error = paired(rows.y, one, two, rows.one, rows.two)
    figures = told(rows, one), told(rows, two)
    return Comparison(a, b, protocol, len(rows), rows.dates, difference, error, figures, coefficients)


def _rows(pair: tuple[Model, Model], trial: Trial) -> tuple[Protocol, Trial | None, tuple[Floats, Floats] | None]:
    """The fairest rows there are, and what the earlier and the later model say of them."""
    earlier, later = pair
    both = unseen(trial, later.label_cutoff)
    if len(both) and both.said[0] is not None and both.said[1] is not None:
        return "unseen", both, (both.said[0], both.said[1])
    trial = trial.only(np.isfinite(trial.forecast))
    new = unseen(trial, earlier.label_cutoff)
    rows = new if len(new) else trial
    said = None if rows.said[0] is None else (rows.said[0], rows.forecast)
    return "forecasts" if len(new) else "seen", rows, said
