"""How well an order of people names those who turn out to matter: rank correlation, precision and gain at the top.

References
----------
Spearman, C. (1904). The proof and measurement of association between two things. American Journal of Psychology 15(1).
Jarvelin, K. & Kekalainen, J. (2002). Cumulated gain-based evaluation of IR techniques. ACM TOIS 20(4), 422-446.
McSherry, F. & Najork, M. (2008). Computing information retrieval performance measures efficiently in the presence of
tied scores. ECIR 2008, 414-421 (equal scores share their places).
"""

from __future__ import annotations

import numpy as np

from graphsvc.projection import Floats


def mid_ranks(a: Floats, weight: Floats | None = None) -> Floats:
    """Ranks from 1 on, equal values sharing their mean rank; ``weight`` counts a row as that many.

    >>> mid_ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    values, place = np.unique(a, return_inverse=True)
    count = np.bincount(place, weight, len(values))
    out: Floats = (np.cumsum(count) - (count - 1.0) / 2.0)[place]
    return out


def spearman(a: Floats, b: Floats, weight: Floats | None = None) -> float:
    """Rank correlation; NaN where either is constant.

    >>> round(spearman(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 3)
    0.5
    """
    w = np.ones(len(a)) if weight is None else weight
    used = w > 0
    if not used.any() or np.ptp(a[used]) == 0 or np.ptp(b[used]) == 0:
        return float("nan")
    x, y = mid_ranks(a[used], w[used]), mid_ranks(b[used], w[used])
    x, y = x - np.average(x, weights=w[used]), y - np.average(y, weights=w[used])
    return float((w[used] * x * y).sum() / np.sqrt((w[used] * x * x).sum() * (w[used] * y * y).sum()))


def places(score: Floats, k: float, weight: Floats | None = None) -> Floats:
    """Part of each row that is among the first ``k`` by falling score; equal scores share the places left to them.

    >>> places(np.array([5.0, 1.0, 1.0]), 2).tolist()
    [1.0, 0.5, 0.5]
    """
    values, place = np.unique(-score, return_inverse=True)
    count = np.bincount(place, weight, len(values))
    before = np.cumsum(count) - count
    taken = np.clip(k - before, 0.0, count) / np.maximum(count, 1e-300)
    out: Floats = taken[place]
    return out


def gain_at(score: Floats, truth: Floats, k: int, weight: Floats | None = None) -> float:
    """Truth gathered by the first ``k``, as a part of the most that any ``k`` could; NaN without any truth.

    >>> gain_at(np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 3.0]), 1)
    0.3333333333333333
    """
    w = np.ones(len(score)) if weight is None else weight
    best = float((w * places(truth, k, w) * truth).sum())
    return float((w * places(score, k, w) * truth).sum()) / best if best > 0 else float("nan")


def precision_at(score: Floats, relevant: Floats, k: int, weight: Floats | None = None) -> float:
    """Part of the first ``k`` that is relevant (0 or 1 each); NaN with fewer than ``k`` rows."""
    w = np.ones(len(score)) if weight is None else weight
    return float((w * places(score, k, w) * relevant).sum()) / k if w.sum() >= k else float("nan")


def ndcg_at(score: Floats, truth: Floats, k: int, weight: Floats | None = None) -> float:
    """Normalised discounted cumulated gain of the first ``k``, gain = truth; equal scores share gains and places.

    >>> ndcg_at(np.array([2.0, 1.0]), np.array([4.0, 1.0]), 2)
    1.0
    """
    w = np.ones(len(score)) if weight is None else weight
    best = _discounted(truth, truth, k, w)
    return _discounted(score, truth, k, w) / best if best > 0 else float("nan")


def _discounted(score: Floats, truth: Floats, k: int, weight: Floats) -> float:
    """Sum over the first ``k`` places of the mean truth of the rows that share the place, over log2(1 + place)."""
    discount = np.append(0.0, np.cumsum(1.0 / np.log2(np.arange(2, k + 2))))
    values, place = np.unique(-score, return_inverse=True)
    count = np.bincount(place, weight, len(values))
    mean = np.bincount(place, weight * truth, len(values)) / np.maximum(count, 1e-300)
    end = np.cumsum(count)
    at = np.interp(np.minimum(end, k), np.arange(k + 1), discount)
    return float((mean * np.diff(np.append(0.0, at))).sum())
