"""A table of ties renewed after a few new events: sums of the touched pairs anew, the rows of all others moved up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphsvc.incremental import Places, Touched, places, rows_between
from graphsvc.kernels.ties import TieTable, pair_key, ties
from graphsvc.projection import Ints, Projection, take


def renewed_ties(old: TieTable, p: Projection, half_life_days: float, touched: Touched) -> TieTable:
    """The table of a graph, from that of an older one: what :func:`graphsvc.kernels.ties.ties` gives.

    Parameters
    ----------
    old : of the older graph, with the same half-life [days].
    p : the graph now; pairs without new events keep their sums.
    """
    rows = rows_between(p, touched)
    part = ties(replace(p, interactions=take(p.interactions, rows)), half_life_days)
    a, b = touched.image[old.a], touched.image[old.b]
    where = places(pair_key(a, b, len(p)), pair_key(part.a, part.b, len(p)))
    joined = where.joined
    size = joined(np.diff(old.start), np.diff(part.start))
    return TieTable(
        a=joined(a, part.a),
        b=joined(b, part.b),
        s_ab=joined(old.s_ab, part.s_ab),
        s_ba=joined(old.s_ba, part.s_ba),
        n_ab=joined(old.n_ab, part.n_ab),
        n_ba=joined(old.n_ba, part.n_ba),
        first=joined(old.first, part.first),
        last=joined(old.last, part.last),
        order=_spliced(_moved(old.order, touched.fresh, len(p.interactions)), old.start, where, part, rows),
        start=np.append(0, np.cumsum(size)),
    )


def _moved(order: Ints, fresh: Ints, count: int) -> Ints:
    """Rows as numbered now, some having come in between; nothing to do where they came last."""
    if not len(fresh) or fresh[0] == count - len(fresh):
        return order
    later = np.flatnonzero(order >= fresh[0])
    kept = np.ones(count - int(fresh[0]), dtype=bool)
    kept[fresh - fresh[0]] = False
    out = order.copy()
    out[later] = fresh[0] + np.flatnonzero(kept)[order[later] - fresh[0]]
    return out


def _spliced(order: Ints, start: Ints, where: Places, part: TieTable, rows: Ints) -> Ints:
    """Rows of all ties, those of the ties made anew in place; ``rows`` are what ``part`` numbers its own by."""
    theirs, pieces, done = rows[part.order], [], 0
    for i, (at, new) in enumerate(zip(where.at.tolist(), where.new.tolist(), strict=True)):
        pieces += [order[done : start[at]], theirs[part.start[i] : part.start[i + 1]]]
        done = start[at] if new else start[at + 1]
    return np.concatenate([*pieces, order[done:]])
