"""Small random draws shared by the parts of the sample; every draw goes through one seeded numpy Generator."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

T = TypeVar("T")
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def pick(rng: np.random.Generator, weights: ArrayLike, n: int) -> Ints:
    """``n`` indices drawn with replacement in proportion to ``weights``."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    drawn = np.searchsorted(edges, rng.random(n) * edges[-1], side="right")
    index: Ints = np.minimum(drawn, len(edges) - 1).astype(np.int64)
    return index


def choose(rng: np.random.Generator, items: Sequence[T], n: int) -> list[T]:
    """``n`` different items (all of them where there are fewer), in a random order."""
    order = rng.permutation(len(items))[:n]
    return [items[int(i)] for i in order]


def one(rng: np.random.Generator, items: Sequence[T]) -> T:
    """One item."""
    return items[int(rng.integers(0, len(items)))]


def heavy(rng: np.random.Generator, n: int, sigma: float) -> Floats:
    """``n`` log-normal factors with mean 1."""
    return rng.lognormal(-sigma * sigma / 2, sigma, n)
