"""Many tests at once: which are no accident.

References
----------
Benjamini, Y. & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B 57(1), 289-300.
"""

from __future__ import annotations

import numpy as np

from graphsvc.projection import Bools, Floats


def discoveries(chance: Floats, rate: float) -> Bools:
    """Tests whose null is rejected so that at most ``rate`` of the rejections are expected to be false.

    NaN is no test.

    Examples
    --------
    >>> discoveries(np.array([0.001, 0.02, 0.9, np.nan]), 0.05).tolist()
    [True, True, False, False]
    """
    tested = np.isfinite(chance)
    ranked = np.sort(chance[tested])
    passed = np.flatnonzero(ranked <= rate * np.arange(1, len(ranked) + 1) / max(len(ranked), 1))
    limit = ranked[passed[-1]] if len(passed) else -1.0
    out: Bools = tested & (chance <= limit)
    return out
