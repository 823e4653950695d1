"""A table of ties renewed after a few new events: sums of the touched pairs anew, the rows of all others moved up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphsvc.incremental import Places, Touched, rows_between
from graphsvc.kernels.ties import TieTable, ties
from graphsvc.projection import Bools, Ints, Projection, take


def renewed_ties(old: TieTable, p: Projection, half_life_days: float, touched: Touched) -> TieTable:
    """The table of a graph, from that of an older one: what :func:`graphsvc.kernels.ties.ties` gives.

    Parameters
    ----------
    old : of the older graph, with the same half-life [days].
    p : the graph now; pairs without new events keep their sums.
    """
    from graphsvc.kernels.ties_loops import find_pairs

    rows = rows_between(p, touched)
    part = ties(replace(p, interactions=take(p.interactions, rows)), half_life_days)
    a, b = (old.a, old.b) if touched.nobody_new else (touched.image[old.a], touched.image[old.b])
    at, there = find_pairs(a, b, part.a, part.b)
    joined = Places(at, ~there).joined
    order, start = _spliced(old, (rows[part.order], part.start), at, ~there, _moved(touched.fresh, len(p.interactions)))
    return TieTable(
        a=joined(a, part.a),
        b=joined(b, part.b),
        s_ab=joined(old.s_ab, part.s_ab),
        s_ba=joined(old.s_ba, part.s_ba),
        n_ab=joined(old.n_ab, part.n_ab),
        n_ba=joined(old.n_ba, part.n_ba),
        first=joined(old.first, part.first),
        last=joined(old.last, part.last),
        order=order,
        start=start,
    )


def _spliced(
    old: TieTable, part: tuple[Ints, Ints], at: Ints, new: Bools, moved: tuple[int, Ints]
) -> tuple[Ints, Ints]:
    """Rows of all ties and where those of each begin, those of the ties made anew in place."""
    from graphsvc.kernels.ties_loops import splice

    gone = int((old.start[at[~new] + 1] - old.start[at[~new]]).sum())
    count = len(old.order) - gone + len(part[0])
    out = np.empty(count, dtype=np.int64), np.empty(len(old.start) + int(new.sum()), dtype=np.int64)
    splice((old.order, old.start), part, at, new, moved, out)
    return out


def _moved(fresh: Ints, count: int) -> tuple[int, Ints]:
    """The first row that has another number now, some having come in before it, and the numbers from there on."""
    if not len(fresh):
        return count, fresh
    first = int(fresh[0])
    kept = np.ones(count - first, dtype=bool)
    kept[fresh - first] = False
    return first, first + np.flatnonzero(kept)
