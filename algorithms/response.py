"""What a touch does after a silence: how often people act within 28 days of it, measured on the workspace's own past.

An episode is a message of ours to somebody after at least two weeks without contact; it is answered when they act
towards the sender within 28 days. Rates by length of the silence are drawn to a published curve as if by twenty
further episodes each, and never rise with the silence. A touch then works beside whatever would have happened without
it: P(active | touched) = 1 - (1 - P(active)) (1 - rate). That nothing else differs between episodes is an assumption:
observed data cannot tell the effect of a touch from the reasons for it, and the answers say "model-implied".

References
----------
Pearl, J. (1988). Probabilistic Reasoning in Intelligent Systems. Morgan Kaufmann, section 4.3 (noisy-or).
Barlow, R. E., Bartholomew, D. J., Bremner, J. M. & Brunk, H. D. (1972). Statistical Inference under Order
Restrictions. Wiley (rates that do not rise).
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np

from graphsvc.incremental import touched
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.ties import contacts, is_kind, pair_key
from graphsvc.model import MUTUAL_KINDS
from graphsvc.projection import DAY, Bools, Floats, Ints, Projection, take

BANDS = np.array([14.0, 28.0, 56.0, 112.0, 224.0])  # lower ends of the bands of silence [days]
CENTRES = np.array([20.0, 40.0, 80.0, 160.0, 320.0])
WITHIN = 28  # days an answer may take
PRIOR = 20.0  # episodes that the published curve is worth in each band
NEWEST = 500_000  # interaction rows looked at, newest first: rates hardly move beyond, and a list must not wait
KEPT = "response"  # among what a Projection keeps
ENOUGH = 50  # episodes from which the rates count as measured


def published(silent_days: Floats) -> Floats:
    """The rate without data: 0.37 after two weeks of silence, 0.25 after eight, 0.12 after a year."""
    return sigmoid(-0.5 * np.log1p(np.maximum(silent_days, 0.0) / 7.0))


@dataclass(frozen=True)
class Response:
    """Rates by band of silence; ``episodes`` and ``answered`` are what they were read from."""

    episodes: Ints
    answered: Ints
    rates: Floats

    @property
    def measured(self) -> bool:
        """Is there enough of the workspace's own past in it?"""
        return int(self.episodes.sum()) >= ENOUGH

    def rate(self, silent_days: Floats) -> Floats:
        """P(they act within 28 days of a touch) after a silence [days]; of shorter ones than two weeks as of these."""
        days = np.clip(np.nan_to_num(silent_days, nan=CENTRES[-1]), CENTRES[0], CENTRES[-1])
        out: Floats = np.interp(np.log(days), np.log(CENTRES), self.rates)
        return out


def response(p: Projection) -> Response:
    """Measured rates of answer: of ours to others where somebody said who ours are, else of anybody.

    Examples
    --------
    >>> from graphsvc import toy
    >>> nobody = response(toy.build(as_of=5))
    >>> nobody.measured, nobody.rate(np.array([20.0, 320.0])).round(2).tolist()
    (False, [0.34, 0.13])
    """
    kept = p.derived.get(KEPT)
    if not isinstance(kept, Response):  # every list of every rep asks for it
        kept = p.derived[KEPT] = _carried(p) or _measured(p)
        _newest[:] = [weakref.ref(p)]
    return kept


_newest: list[weakref.ref[Projection]] = []  # the graph measured last: at most one


def _carried(p: Projection) -> Response | None:
    """The rates of the graph before, when only events of this day came since."""
    older = _newest[0]() if _newest else None
    what = None if older is None or older is p else touched(older, p)
    if older is None or what is None or not what.since(p, _over(p)):
        return None
    kept = older.derived.get(KEPT)
    return kept if isinstance(kept, Response) else None


def _over(p: Projection) -> int:
    """The start of the day that T ends [us]: what comes in on a day changes no rate before the next one."""
    return p.as_of - DAY


def _measured(p: Projection) -> Response:
    silence, answered = _episodes(p)
    band = np.searchsorted(BANDS, silence, side="right") - 1
    n = np.bincount(band, minlength=len(BANDS)).astype(np.int64)
    hits = np.bincount(band[answered], minlength=len(BANDS)).astype(np.int64)
    drawn = (hits + PRIOR * published(CENTRES)) / (n + PRIOR)
    return Response(n, hits, _falling(drawn, (n + PRIOR).astype(np.float64)))


def _falling(rates: Floats, weight: Floats) -> Floats:
    from scipy.optimize import isotonic_regression

    out: Floats = np.asarray(isotonic_regression(rates, weights=weight, increasing=False).x, dtype=np.float64)
    return out


def _episodes(p: Projection) -> tuple[Floats, Bools]:
    """Silence before each touch [days] and whether it was answered; touches whose 28 days were over this morning."""
    known = int(np.searchsorted(p.interactions.time, _over(p), side="right"))
    x, n = take(p.interactions, np.arange(max(0, known - NEWEST), known)), len(p)
    p = replace(p, interactions=x)
    rows = np.flatnonzero(contacts(p))
    low, high = np.minimum(x.actor[rows], x.target[rows]), np.maximum(x.actor[rows], x.target[rows])
    key = pair_key(low, high, n)
    order = np.argsort(key, kind="stable")  # rows are in time order already
    rows, key = rows[order], key[order]
    time, by_low = x.time[rows], x.actor[rows] == low[order]
    both = is_kind(p, MUTUAL_KINDS)[rows]
    same = np.r_[False, key[1:] == key[:-1]]
    silence = np.where(same, (time - np.r_[0, time[:-1]]) / DAY, 0.0)
    ours = p.entities.internal
    touch = ~both & same & (silence >= BANDS[0]) & (time <= _over(p) - WITHIN * DAY)
    if p.own_known:
        touch &= ours[x.actor[rows]] & ~ours[x.target[rows]]
    gap = np.minimum(_wait(key, time, ~by_low | both, touch & by_low), _wait(key, time, by_low | both, touch & ~by_low))
    return silence[touch], (gap <= WITHIN * DAY)[touch]


def _wait(key: Ints, time: Ints, acts: Bools, touch: Bools) -> Ints:
    """Per row of ``touch``: time until the next row of its pair among ``acts`` [us]; the largest integer elsewhere."""
    never = np.iinfo(np.int64).max
    out = np.full(len(key), never)
    where, at = np.flatnonzero(acts), np.flatnonzero(touch)
    following = np.searchsorted(where, at, side="right")
    there = following < len(where)
    nearest = where[following[there]]
    same = key[nearest] == key[at[there]]
    out[at[there][same]] = time[nearest[same]] - time[at[there][same]]
    return out
