"""How models are judged: a judge of a score gives rows to judge them on; what it finds is weighed here, by rule.

A judge is a file in ``algorithms/`` beside the score it judges, and is found by its decorator. It sees a Projection and
Models only. Scores without a judge have no canaries: their newest model scores.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphsvc.clock import show_moment
from graphsvc.kernels import drift
from graphsvc.kernels.metrics import figures
from graphsvc.models import Cause
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Model

ENOUGH, OF_EACH = 50, 10  # rows, and rows of either outcome, below which labels cannot tell
GAP, SLOPE, ERRORS = 0.05, 0.5, 3.0  # |rate - mean|, |log slope|, standard errors
SHIFT = 0.25  # population stability index
NEWEST = 3  # reference dates where the scoring model has seen all labels
AHEAD = DAY  # how far a model's T may lie after now
PROFILE = "profile"  # in Model.content: distribution of what the model was applied to when it was fitted
LINEAR = "log_odds"  # in a profile: the log-odds; the other names are those of its groups

Histogram = Mapping[str, Any]  # {"edges": [float], "counts": [int]}
Profile = Mapping[str, Histogram]


@dataclass(frozen=True)
class Trial:
    """Rows with known outcomes, and what models say of them.

    Attributes
    ----------
    horizon : length of the outcome window [us].
    at : reference date of each row [us].
    y : outcome, 0 or 1.
    one, two : the ends of each row as entity indices; -1 in ``two`` where it has one end only.
    said : probability by each model asked for, as it is; None where it cannot be applied to today's features.
    forecast : what a model learnt at each date, from what was known then, says; NaN where that was too little.
    """

    horizon: int
    at: Ints
    y: Floats
    one: Index
    two: Index
    said: tuple[Floats | None, ...]
    forecast: Floats

    def __len__(self) -> int:
        return len(self.y)

    def only(self, rows: Bools) -> Trial:
        """Some of the rows."""
        said = tuple(None if s is None else s[rows] for s in self.said)
        return Trial(
            self.horizon, self.at[rows], self.y[rows], self.one[rows], self.two[rows], said, self.forecast[rows]
        )

    @property
    def tells(self) -> bool:
        """Are there enough rows of either outcome?"""
        hits = int(self.y.sum())
        return len(self) >= ENOUGH and min(hits, len(self) - hits) >= OF_EACH

    @property
    def dates(self) -> int:
        """How many reference dates the rows are of."""
        return len(np.unique(self.at))


RunTrial = Callable[[Projection, Any, Sequence[Model], int], Trial]
MakeProfile = Callable[[Projection, Any, Model, int], Profile | None]
Groups = Callable[[Model], Mapping[str, str]]
Applies = Callable[[Projection, Model], bool]


@dataclass(frozen=True)
class Judge:
    """A judge of some scores.

    ``trial(p, params, models, since)`` gives the rows of the reference dates whose outcome window ended after
    ``since`` and by ``p.as_of``, and where there are none, of the newest ``NEWEST``. ``profile(p, params, model, at)``
    is the distribution of what a model is applied to at a date, in the bins of the model's own profile where it has
    one; None where there are no rows or the model cannot be applied. ``groups(model)``: the group of each coefficient.
    ``applies(p, model)``: was the model learnt from the very features that ``p`` gives?
    """

    of: tuple[str, ...]
    trial: RunTrial
    profile: MakeProfile
    groups: Groups
    applies: Applies


@dataclass(frozen=True)
class Finding:
    """Something wrong with a model: why, in words, and the figures."""

    cause: Cause
    reason: Phrase
    detail: Mapping[str, Any]


def unseen(trial: Trial, cutoff: int) -> Trial:
    """The rows whose whole outcome window lies after a label cut-off: the model cannot have learnt from them."""
    return trial.only(trial.at >= cutoff)


def from_labels(model: Model, trial: Trial, p: Floats | None) -> Finding | None:
    """Do labels contradict probabilities? None where they do not, or are too few to tell."""
    if p is None or not trial.tells:
        return None
    found = measured(model, trial, p)
    detail = {"rows": found.rows, "rate": found.rate, "mean": found.mean, "gap_error": found.gap_error,
              "slope": found.slope, "slope_error": found.slope_error}  # fmt: skip
    if abs(found.gap) > max(GAP, ERRORS * found.gap_error):
        rate, mean = f"{100 * found.rate:.1f}", f"{100 * found.mean:.1f}"
        return Finding("labels", phrase("models.gap", rows=found.rows, rate=rate, mean=mean), detail)
    far = abs(np.log(max(found.slope, 1e-6))) > SLOPE
    if far and abs(found.slope - 1.0) > ERRORS * found.slope_error:
        return Finding("labels", phrase("models.slope", rows=found.rows, slope=f"{found.slope:.2f}"), detail)
    return None


def measured(model: Model, trial: Trial, p: Floats) -> drift.Calibration:
    """Calibration of a model's probabilities on a trial."""
    miss = float(model.content.get("miss", 0.0))
    return drift.calibration(trial.y, p, trial.one, trial.two, trial.dates, miss)


def from_shift(model: Model, now: Profile | None, then: Profile | None) -> Finding | None:
    """Is the model applied to what it was fitted for? None where it is, or where it has no profile.

    ``now`` is the profile of today, ``then`` that of the day of the fit, made from today's data: where it is like
    ``now``, it is not the world that has changed but what is known of the past.
    """
    own: Profile = model.content.get(PROFILE) or {}
    if now is None or LINEAR not in own or LINEAR not in now:
        return None
    by_name = {n: drift.stability(own[n]["counts"], now[n]["counts"]) for n in own if n in now}
    index, chance = by_name[LINEAR]
    if index <= max(SHIFT, chance):
        return None
    detail = {"psi": {name: round(v[0], 6) for name, v in by_name.items()}, "chance": chance}
    if then is not None and drift.stability(then[LINEAR]["counts"], now[LINEAR]["counts"])[0] <= SHIFT:
        return Finding("past", phrase("models.past", psi=f"{index:.2f}"), detail)
    most = max((v[0], n) for n, v in by_name.items() if n != LINEAR or len(by_name) == 1)[1]
    return Finding("shift", phrase("models.shift", psi=f"{index:.2f}", most=most), detail)


def from_volume(p: Projection) -> Finding | None:
    """Has everything, or a channel that was steady, gone silent?"""
    x = p.interactions
    first = np.append(True, x.key[1:] != x.key[:-1])[: len(x)]  # one row per interaction
    time, channel = x.time[first], x.channel[first]
    since = drift.silent_since(time, p.as_of)
    if since is not None:
        days = round((p.as_of - since) / DAY)
        return Finding("missing", phrase("models.all_silent", since=_day(since), days=days), {"since": since})
    silent = {int(c): drift.silent_since(time[channel == c], p.as_of) for c in np.unique(channel)}
    found = {p.text(c) or "other": s for c, s in silent.items() if s is not None}
    if not found:
        return None
    names = ", ".join(sorted(found))
    return Finding("missing", phrase("models.silent", channels=names, since=_day(min(found.values()))), dict(found))


def from_clock(model: Model, as_of: int) -> Finding | None:
    """Was the model fitted for a moment that has not come yet?"""
    if model.as_of <= as_of + AHEAD:
        return None
    reason = phrase("models.ahead", fitted=_day(model.as_of), now=_day(as_of))
    return Finding("missing", reason, {"fitted": model.as_of, "now": as_of})


def told(trial: Trial, p: Floats | None) -> dict[str, float]:
    """Figures of probabilities on a trial: rows, rate, mean, log loss, and AUC, ECE ... where they can be told."""
    if p is None or not len(trial):
        return {"rows": float(len(trial))}
    loss = float(drift.log_loss(trial.y, p).mean())
    said = {"rows": float(len(trial)), "rate": float(trial.y.mean()), "mean": float(p.mean()), "log_loss": loss}
    return said | {k: v for k, v in figures(trial.y, p).items() if np.isfinite(v)}


def _day(moment: int) -> str:
    return show_moment(moment)[:10]
