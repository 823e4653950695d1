"""The published prior: what is assumed of ties before a workspace has enough past of its own to learn from.

It is where every fit begins: coefficients are drawn to it with the weight of a few rows, so that a short past moves it
a little and a long one forgets it. With no past at all it is the model itself, marked.

Origin: logistic regressions (signs held, ridge 20) on *young* histories, reference dates 28, 56 and 84 days after a
start before which everything is forgotten: starts four weeks apart in the Enron mail set (Priebe, Conroy, Marchette &
Park 2005; igraphdata 1.0.1) with outcomes known by March 2001, people with even and with odd numbers taken as "ours" in
turn for the other side's acts; and starts twelve weeks apart in two made-up companies (`graphsvc sample --scale 0.4`,
seeds 1 and 2). The mail set and the two companies together weigh the same. Of 57,056 rows for any contact and 31,946
for the other side's acts. Learnt on the companies and tested on the mail set: AUC 0.755 (recency alone 0.726) and 0.781
(0.698); the other way round 0.767 (0.678) and 0.787 (0.695). The level then was off by 0.92 (root mean square of four,
in log-odds), which is what the interval allows for.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from graphsvc.kernels.features import columns
from graphsvc.kernels.logistic import Linear

MISS = 0.92  # [log-odds]

# feature -> (coefficient, mean over the rows it was learnt from)
ANY_INTERCEPT = 0.738
ANY: Mapping[str, tuple[float, float]] = {
    "count_28": (0.318, 1.247),
    "weighted_28": (0.170, 2.043),
    "over_usual": (0.003, -0.719),
    "weeks_4": (0.345, 1.585),
    "renewal": (0.372, 1.056),
    "share_one": (0.220, 0.981),
    "share_two": (0.412, 1.980),
    "contacts_one": (0.209, 1.123),
    "contacts_two": (0.217, 2.406),
    "acts_one": (0.065, 1.242),
    "acts_two": (0.338, 2.819),
    "absent_two": (0.013, -0.757),
    "common_share": (0.274, 0.200),
    "together_28": (0.496, 0.289),
}
THEIRS_INTERCEPT = 0.573
THEIRS: Mapping[str, tuple[float, float]] = {
    "over_usual": (0.262, -0.700),
    "weeks_4": (0.107, 1.811),
    "both_28": (0.008, 0.678),
    "share_one": (0.583, 1.892),
    "share_two": (0.220, 0.978),
    "contacts_two": (0.213, 2.591),
    "acts_one": (0.451, 1.638),
    "acts_two": (0.062, 2.925),
    "week_two": (0.428, 0.284),
    "together_28": (0.172, 0.304),
    "theirs_28": (0.789, 0.923),
    "theirs_renewal": (0.458, 0.772),
}


def prior(*, directed: bool) -> tuple[Linear, float]:
    """The prior model over :func:`columns` and how far whole dates may be off it [log-odds]."""
    intercept, table = (THEIRS_INTERCEPT, THEIRS) if directed else (ANY_INTERCEPT, ANY)
    names = [c.name for c in columns(directed=directed)]
    pairs = np.array([table.get(name, (0.0, 0.0)) for name in names])
    size = len(names) + 1
    return Linear(intercept, pairs[:, 0], pairs[:, 1], np.zeros((size, size))), MISS
