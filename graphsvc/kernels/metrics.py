"""How good probabilities are: ranking (AUC, average precision) and calibration (Brier, log loss, equal-mass bins).

Each figure has a form with weights for its rows (:class:`Ranking`, :class:`Calibration`), for a bootstrap that counts
rows more than once; with weights of 1 it equals the plain form.

References
----------
Fawcett, T. (2006). An introduction to ROC analysis. Pattern Recognition Letters 27(8), 861-874.
Naeini, M. P., Cooper, G. F. & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using Bayesian binning.
AAAI 2015.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.projection import Floats, Ints

BINS = 10
LEAST = 1e-15  # probabilities nearer to 0 or 1 count as this in the log loss


def sigmoid(z: Floats) -> Floats:
    """Probability of log-odds."""
    out: Floats = 0.5 * (1.0 + np.tanh(0.5 * z))
    return out


def auc(y: Floats, score: Floats) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative; a tie counts half.

    NaN where one of the classes is missing.
    """
    values, inverse = np.unique(score, return_inverse=True)
    positive = np.bincount(inverse, y, len(values))
    total = np.bincount(inverse, minlength=len(values))
    negative = total - positive
    below = np.cumsum(negative) - negative
    pairs = positive.sum() * negative.sum()
    return float((positive * (below + 0.5 * negative)).sum() / pairs) if pairs else float("nan")


def average_precision(y: Floats, score: Floats) -> float:
    """Mean precision over the positives, by falling score; equal scores enter together. NaN without positives."""
    values, inverse = np.unique(-score, return_inverse=True)
    hits = np.bincount(inverse, y, len(values))
    seen = np.cumsum(np.bincount(inverse, minlength=len(values)))
    return float((hits * np.cumsum(hits) / seen).sum() / hits.sum()) if hits.sum() else float("nan")


def brier(y: Floats, p: Floats) -> float:
    """Mean squared difference of probability and outcome."""
    return float(np.mean((p - y) ** 2)) if len(y) else float("nan")


def calibration_error(y: Floats, p: Floats, bins: int = BINS) -> float:
    """Expected calibration error: |mean probability - rate|, averaged over bins of equal mass by probability."""
    if not len(y):
        return float("nan")
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(y)))
    return float(sum(abs(float(y[i].mean() - p[i].mean())) * len(i) for i in parts) / len(y))


def figures(y: Floats, p: Floats, score: Floats | None = None) -> dict[str, float]:
    """AUC, average precision (of ``score``, default ``p``), Brier and calibration error (of ``p``)."""
    rank = p if score is None else score
    return {
        "auc": auc(y, rank),
        "ap": average_precision(y, rank),
        "brier": brier(y, p),
        "ece": calibration_error(y, p),
    }


def log_loss(y: Floats, p: Floats) -> float:
    """Mean of -log of the probability given to what happened [nats]."""
    return float(_surprise(y, p).mean()) if len(y) else float("nan")


def _surprise(y: Floats, p: Floats) -> Floats:
    out: Floats = -np.log(np.maximum(np.where(y > 0, p, 1.0 - p), LEAST))
    return out


@dataclass(frozen=True)
class Ranking:
    """Rows by ascending score, sorted once for many weightings; ``start`` is where each run of equal scores begins."""

    order: Ints
    start: Ints
    y: Floats

    def figures(self, weight: Floats) -> tuple[float, float]:
        """Weighted AUC and average precision; NaN where a class has no weight."""
        w = weight[self.order]
        hits = np.add.reduceat(w * self.y, self.start)
        total = np.add.reduceat(w, self.start)
        misses = total - hits
        positive, negative = float(hits.sum()), float(misses.sum())
        if not positive:
            return float("nan"), float("nan")
        seen = np.maximum(np.cumsum(total[::-1]), LEAST)
        precision = float((hits[::-1] * np.cumsum(hits[::-1]) / seen).sum()) / positive
        if not negative:
            return float("nan"), precision
        below = np.cumsum(misses) - misses
        return float((hits * (below + 0.5 * misses)).sum()) / (positive * negative), precision


def rank(y: Floats, score: Floats) -> Ranking:
    """Sort rows by score, of which there is at least one."""
    order = np.argsort(score, kind="stable")
    ordered = score[order]
    start = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    return Ranking(order, start, y[order])


@dataclass(frozen=True)
class Calibration:
    """Rows by ascending probability, for many weightings; ``date`` numbers their reference dates from 0."""

    order: Ints
    y: Floats
    p: Floats
    date: Ints
    loss: Floats
    square: Floats

    def figures(self, weight: Floats) -> tuple[float, float, float, float]:
        """Weighted Brier score, log loss, calibration error and worst gap at any date (:func:`worst_gap`)."""
        w = weight[self.order]
        total = float(w.sum())
        off = w * (self.y - self.p)
        bins = np.minimum(BINS - 1, ((np.cumsum(w) - 0.5 * w) * (BINS / total)).astype(np.intp))
        here = np.bincount(self.date, w)
        gaps = np.abs(np.bincount(self.date, off))[here > 0] / here[here > 0]
        ece = float(np.abs(np.bincount(bins, off, BINS)).sum()) / total
        return float((w * self.square).sum()) / total, float((w * self.loss).sum()) / total, ece, float(gaps.max())


def calibrated_rows(y: Floats, p: Floats, date: Ints) -> Calibration:
    """Sort rows by probability; ``date`` numbers their reference dates from 0."""
    order = np.argsort(p, kind="stable")
    y, p = y[order], p[order]
    return Calibration(order, y, p, date[order], _surprise(y, p), (p - y) ** 2)


def worst_gap(y: Floats, p: Floats, date: Ints) -> float:
    """Largest |mean probability - rate| at any date; ``date`` numbers the dates from 0."""
    n = np.bincount(date)
    gaps = np.abs(np.bincount(date, y - p))[n > 0] / n[n > 0]
    return float(gaps.max()) if len(gaps) else float("nan")
