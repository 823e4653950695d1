"""Freshness of each channel against its own rhythm: how long its silences usually are, and whether this one is longer.

Of the gaps between days on which something came, 95 of 100 are at most the usual gap (nearest rank); a channel is late
when the days since its newest day are more than that. Week-ends and holidays are thereby in what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.projection import DAY, Codes, Floats, Ints, Projection

USUAL = 95  # of 100 gaps
FEW_GAPS = 10  # fewer gaps say nothing about what is usual
LOOKED_AT = 366  # days of the past that count
WEEKS = 26


@dataclass(frozen=True)
class Freshness:
    """One row per channel that ever had an interaction; ``channel`` is a word code, -1 where none is named.

    ``newest`` [us]; ``days`` since the newest day; ``usual`` gap [days], NaN where too few are known; ``weeks`` int64,
    shape (channels, 26): interactions of each of the last weeks, oldest first.
    """

    channel: Codes
    newest: Ints
    days: Ints
    usual: Floats
    weeks: Ints

    def late(self, row: int) -> bool:
        """Whether a channel has been silent for longer than usual."""
        return bool(self.days[row] > self.usual[row])  # never more than NaN


def freshness(p: Projection) -> Freshness:
    """How fresh each channel is at T."""
    x = p.interactions
    codes = np.asarray(x.channel, dtype=np.int64) + 1
    there = np.flatnonzero(np.bincount(codes)) if len(x) else np.zeros(0, dtype=np.int64)
    newest = np.zeros(int(there[-1]) + 1 if len(there) else 0, dtype=np.int64)
    newest[codes] = x.time  # rows are in time order: the last one stays
    today, recent = p.as_of // DAY, np.flatnonzero(x.time > p.as_of - LOOKED_AT * DAY)
    usual = [_usual(np.unique(x.time[recent][codes[recent] == c] // DAY)) for c in there.tolist()]
    weeks = _weeks(p, codes, len(newest))
    return Freshness(
        (there - 1).astype(np.int32), newest[there], today - newest[there] // DAY, np.array(usual), weeks[there]
    )


def _usual(days: Ints) -> float:
    gaps = np.diff(days)
    if len(gaps) < FEW_GAPS:
        return float("nan")
    return float(np.percentile(gaps, USUAL, method="inverted_cdf"))


def _weeks(p: Projection, codes: Ints, size: int) -> Ints:
    """Interactions (not their rows) per channel and week."""
    x = p.interactions
    recent = np.flatnonzero(x.time > p.as_of - WEEKS * 7 * DAY)
    first = recent[np.unique(np.asarray(x.key)[recent], return_index=True)[1]]
    back = (p.as_of - x.time[first]) // (7 * DAY)
    place = codes[first] * WEEKS + (WEEKS - 1 - back)
    return np.bincount(place, minlength=size * WEEKS).reshape(size, WEEKS).astype(np.int64)
