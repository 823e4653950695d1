"""Organizations in four quadrants of depth and breadth, cut at the medians of those assessed, with a play for each.

A verdict counts more than a quadrant: a pivot is invested in and a lighthouse is served, wherever they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Floats, Index, Ints, Projection
from graphsvc.scores import Scores

Quadrant = Literal["deep_broad", "deep_narrow", "shallow_broad", "shallow_narrow", "not_assessed"]
Play = Literal["invest_pivot", "grow_breadth", "grow_depth", "serve", "keep_in_touch"]
QUADRANTS: tuple[Quadrant, ...] = ("deep_broad", "deep_narrow", "shallow_broad", "shallow_narrow", "not_assessed")
PLAYS: Mapping[Quadrant, Play] = {
    "deep_broad": "invest_pivot", "deep_narrow": "grow_breadth", "shallow_broad": "grow_depth",
    "shallow_narrow": "serve", "not_assessed": "keep_in_touch",
}  # fmt: skip
_VERDICTS: Mapping[str, Play] = {"pivot": "invest_pivot", "lighthouse": "serve"}


@dataclass(frozen=True)
class Quadrants:
    """One row per organization outside, ascending; values NaN where not assessed, ``quadrant`` into QUADRANTS.

    ``cuts`` are the medians of depth and breadth of those that have both; NaN where nobody has.
    """

    entity: Index
    depth: Floats
    breadth: Floats
    ecosystem: Floats
    verdict: NDArray[np.str_]
    quadrant: NDArray[np.int8]
    cuts: tuple[float, float]

    def order(self) -> Ints:
        """Rows by quadrant, in each the deepest and broadest first, then by id."""
        size = np.nan_to_num(self.depth) + np.nan_to_num(self.breadth)
        return np.lexsort((self.entity, -size, self.quadrant)).astype(np.int64)

    def play(self, row: int) -> Play:
        """What to do about an organization."""
        return _VERDICTS.get(str(self.verdict[row])) or PLAYS[QUADRANTS[int(self.quadrant[row])]]


def quadrants(p: Projection, depth: Scores, breadth: Scores, ecosystem: Scores) -> Quadrants:
    """Every organization outside by depth and breadth."""
    n = len(p)
    entity = p.organizations[~p.entities.internal[p.organizations]]
    deep, broad, outward = (s.dense(n)[entity] for s in (depth, breadth, ecosystem))
    both = np.isfinite(deep) & np.isfinite(broad)
    cuts = (float(np.median(deep[both])), float(np.median(broad[both]))) if both.any() else (np.nan, np.nan)
    code = np.where(deep >= cuts[0], 0, 2) + np.where(broad >= cuts[1], 0, 1)
    quadrant = np.where(both, code, len(QUADRANTS) - 1).astype(np.int8)
    return Quadrants(entity, deep, broad, outward, _verdicts(n, ecosystem)[entity], quadrant, cuts)


def _verdicts(n: int, ecosystem: Scores) -> NDArray[Any]:
    out = np.full(n, "", dtype="U16")
    column = ecosystem.beside.get("verdict")
    if column is not None:
        out[ecosystem.a] = column.astype("U16")
    return out
