"""Standard errors when rows come in families: whole clusters are drawn again, all of their rows together.

Rows of one pair at several dates share their luck, so that drawing rows alone would make errors too small.

References
----------
Efron, B. & Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman & Hall, chapters 6 and 8.
Field, C. A. & Welsh, A. H. (2007). Bootstrapping clustered data. JRSS B 69(3), 369-390.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from graphsvc.projection import Floats, Ints

Progress = Callable[[float], None]


def cluster_weights(cluster: Ints, replicates: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn, per replicate: clusters with replacement, as many as there are.

    Parameters
    ----------
    cluster : any number that rows of one cluster share, shape (n,).

    Yields
    ------
    Counts, shape (n,); never are all of them 0.
    """
    _, place = np.unique(cluster, return_inverse=True)
    n = int(place.max()) + 1 if len(place) else 0
    rng = np.random.default_rng(seed)
    for _ in range(replicates if n else 0):
        yield np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)[place]


def bootstrap(
    cluster: Ints, figures: Callable[[Floats], Floats], replicates: int, seed: int, tell: Progress | None = None
) -> Floats:
    """Figures of every replicate.

    Parameters
    ----------
    cluster : any number that rows of one cluster share, shape (n,).
    figures : the figures at given weights of the rows, shape (k,); of one replicate, so that differences are paired.
    tell : called with the fraction done.

    Returns
    -------
    float64, shape (replicates, k); (0, 0) without rows.
    """
    made = []
    for i, weight in enumerate(cluster_weights(cluster, replicates, seed)):
        made.append(figures(weight))
        if tell is not None:
            tell((i + 1) / replicates)
    return np.array(made) if made else np.zeros((0, 0))


def standard_error(values: Floats) -> Floats:
    """Standard deviation of each column over the replicates that could measure it; NaN with fewer than half of them."""
    if len(values) < 2:
        return np.full(values.shape[1:], np.nan)
    known = np.isfinite(values)
    n = known.sum(axis=0)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0) / np.maximum(n, 1)
    square = (np.where(known, values - mean, 0.0) ** 2).sum(axis=0)
    out: Floats = np.where(2 * n > len(values), np.sqrt(square / np.maximum(n - 1, 1)), np.nan)
    return out
