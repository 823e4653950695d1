"""Compiled loops behind lists of contacts: one pass over all rows each, without a column of all rows beside them.

What they fill is given to them: numpy asks for memory in large pages, a compiled loop in small ones, each of which
costs as much as some thousand rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graphsvc.projection import Bools, Floats, Index, Ints


@njit(cache=True, nogil=True)
def contact_rows(
    ends: tuple[Index, Index], kind: NDArray[Any], weight: NDArray[Any], heavy: Bools, us: Bools, out: Ints
) -> int:
    """Rows that are a contact with one of us, ascending, at the begin of ``out``; gives how many.

    Parameters
    ----------
    ends : actor and target of each row.
    kind, weight : of each row; a single value stands for all rows.
    heavy : by code of a kind, is it a contact? The last one serves code -1.
    us : per entity, is it one of us?
    out : room for all rows.
    """
    (actor, target), k = ends, 0
    kinds, weights = int(len(kind) > 1), int(len(weight) > 1)
    for i in range(len(actor)):
        out[k] = i  # stays where the row counts: no branch that would be foreseen badly
        k += (us[actor[i]] | us[target[i]]) & heavy[kind[i * kinds]] & (weight[i * weights] > 0)
    return k


@njit(cache=True, nogil=True)
def last_rows(rows: Ints, actor: Index, target: Index, us: Bools, sent: Ints, came: Ints) -> None:
    """Per entity beside us the last of some rows in which one of us reached it, and in which it reached one of us."""
    for i in rows:
        a, b = actor[i], target[i]
        if us[a] and not us[b]:
            sent[b] = i
        elif us[b] and not us[a]:
            came[a] = i


@njit(cache=True, nogil=True)
def best_ties(a: Index, b: Index, value: Floats, us: Bools, best: Floats, mate: Index) -> None:
    """Per entity beside us its tie of the highest finite value with one of us, and whose it is.

    Of equal ones that of the first of us counts; ``best`` and ``mate`` stay what they are, the least that counts and
    -1, where no value is above it.
    """
    for i in range(len(a)):
        if us[a[i]] == us[b[i]] or not np.isfinite(value[i]):
            continue
        who, one = (b[i], a[i]) if us[a[i]] else (a[i], b[i])
        if value[i] > best[who] or (value[i] == best[who] and mate[who] >= 0 and one < mate[who]):
            best[who], mate[who] = value[i], one
