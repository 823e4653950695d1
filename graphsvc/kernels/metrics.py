"""How good probabilities are: ranking (AUC, average precision) and calibration (Brier, ten equal-mass bins).

References
----------
Fawcett, T. (2006). An introduction to ROC analysis. Pattern Recognition Letters 27(8), 861-874.
Naeini, M. P., Cooper, G. F. & Hauskrecht, M. (2015). Obtaining well calibrated probabilities using Bayesian binning.
AAAI 2015.
"""

from __future__ import annotations

import numpy as np

from graphsvc.projection import Floats

BINS = 10


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
