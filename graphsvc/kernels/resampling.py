"""Ties resampled from their interactions: what the graph might have looked like had chance fallen otherwise.

Two stages, as for any data in clusters: each tie is drawn with a weight of its own (Exp(1), the Bayesian bootstrap),
and inside it each interaction is drawn Poisson(1) times, with all its participants. A tie that rests on one
mail often vanishes, one that rests on fifty stays about what it is; and a pattern that hangs on which of many like
ties there happen to be does not come back.

References
----------
Rubin, D. B. (1981). The Bayesian bootstrap. Annals of Statistics 9(1), 130-134.
Davison, A. C. & Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge, section 3.8 (two stages).
Rosvall, M. & Bergstrom, C. T. (2010). Mapping change in large networks. PLoS ONE 5(1), e8694 (Poisson link weights).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.ties import evidence_weights, is_kind, ties
from graphsvc.model import MUTUAL_KINDS
from graphsvc.projection import Floats, Index, Ints, Projection


@dataclass(frozen=True)
class TieRows:
    """Evidence of each tie, row by row: those of tie i are ``start[i]:start[i + 1]``.

    ``forth`` is a row's evidence of ``a`` acting towards ``b``, ``back`` the other way; ``event`` numbers the
    interaction it belongs to; ``last`` is each tie's last interaction [us].
    """

    a: Index
    b: Index
    last: Ints
    start: Ints
    forth: Floats
    back: Floats
    event: Ints
    events: int

    def __len__(self) -> int:
        return len(self.a)


def tie_rows(p: Projection, half_life_days: float) -> TieRows:
    """All ties of a Projection with their evidence in rows."""
    t, x = ties(p, half_life_days), p.interactions
    rows = t.order
    w = evidence_weights(p, half_life_days)[rows]
    share = np.where(is_kind(p, MUTUAL_KINDS)[rows], 0.5, x.actor[rows] < x.target[rows])
    keys, event = np.unique(x.key[rows], return_inverse=True)
    return TieRows(t.a, t.b, t.last, t.start, w * share, w * (1.0 - share), event.astype(np.int64), len(keys))


def resampled(rows: TieRows, replicates: int, seed: int, *, ties_too: bool = True) -> Iterator[tuple[Floats, Floats]]:
    """Evidence of each tie in both directions (a to b, b to a), once per replicate.

    Parameters
    ----------
    seed : replicate k draws from (seed, k), so that it is the same however many there are.
    ties_too : False draws interactions only.
    """
    for k in range(replicates):
        rng = np.random.default_rng((seed, k))
        times = rng.poisson(1.0, rows.events).astype(np.float64)[rows.event]
        whole = rng.exponential(1.0, len(rows)) if ties_too else np.ones(len(rows))
        forth, back = (np.add.reduceat(w * times, rows.start[:-1]) if len(rows) else w for w in (rows.forth, rows.back))
        yield forth * whole, back * whole
