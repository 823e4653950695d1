"""Compiled loop behind :func:`graphsvc.kernels.credit.landing`; imported only there, where it is needed."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Floats, Ints


@njit(cache=True, nogil=True)
def land(blocks: Ints, later: Ints, earlier: Ints, share: Floats, home: Ints) -> Floats:
    """Per event: credit from adopters of other known organizations, at once and along chains.

    Edges are in blocks of one work that begin at ``blocks``, those of late sources first, so that what came to an
    adopter is known before it is passed on. Each organization of a source takes one pass over the work's edges.
    """
    n = len(home)
    out, gained = np.zeros(n), np.zeros(n)
    done = np.zeros(home.max() + 2 if n else 1, dtype=np.bool_)
    for b in range(len(blocks) - 1):
        low, high = blocks[b], blocks[b + 1]
        for i in range(low, high):
            mine = home[earlier[i]]
            if mine < 0 or done[mine]:
                continue
            done[mine] = True
            for k in range(low, high):
                gained[later[k]] = gained[earlier[k]] = 0.0
            for k in range(low, high):
                theirs = home[later[k]]
                abroad = 1.0 if theirs >= 0 and theirs != mine else 0.0
                gained[earlier[k]] += share[k] * (abroad + gained[later[k]])
            for k in range(low, high):
                if home[earlier[k]] == mine:
                    out[earlier[k]] = gained[earlier[k]]
        for i in range(low, high):
            if home[earlier[i]] >= 0:
                done[home[earlier[i]]] = False
    return out
