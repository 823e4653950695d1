"""The law of delay: how the chance to have learned from somebody falls with the time since.

An adopter learned from one of those it could have learned from; which one is not known. The likelihood of its delay is
therefore a mixture over its sources, and the law is fitted by expectation and maximisation, per kind of source. What
has not happened yet cannot be seen: a delay counts given that it is no longer than the source's age at T. Kinds with
few pairs are drawn to the law of all. The tail is exponential or heavier, whichever says more about adopters left out.

References
----------
Gomez-Rodriguez, M., Balduzzi, D. & Schoelkopf, B. (2011). Uncovering the temporal dynamics of diffusion networks.
ICML '11, 561-568 (likelihood of delays; exponential and power laws).
Dempster, A. P., Laird, N. M. & Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM algorithm.
Journal of the Royal Statistical Society B 39(1), 1-38.
Hosking, J. R. M. & Wallis, J. R. (1987). Parameter and quantile estimation for the generalized Pareto distribution.
Technometrics 29(3), 339-349.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.joins import Rows
from graphsvc.projection import Bools, Floats, Ints

MIN_PAIRS = 20  # pairs needed before a law is read from the data; also those that the law of all is worth to a kind
TAILS = (0.0, 0.5, 1.0)  # shapes of the generalized Pareto density: exponential, and two heavier tails
MOST = 20_000  # pairs a law is fitted on at most
STEPS = 12  # of expectation and maximisation
GRID = 48  # scales tried between the bounds before the best is refined
LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class Law:
    """Density of delays in [days] by kind: generalized Pareto with one ``tail`` (0: exponential) and scales by kind."""

    scale: Floats  # per kind [days]
    tail: float
    pooled: float  # scale of all kinds together [days]
    pairs: int  # that it was fitted on; 0: given, not fitted

    def log_density(self, delay: Floats, kind: Ints) -> Floats:
        """Log of the density at each delay; falls with the delay."""
        return _log_density(delay, self.scale[kind], self.tail)

    @property
    def half_life_days(self) -> float:
        """Delay at which the density of all kinds together is half that at once [days]."""
        return self.pooled * half_life_of(self.tail)

    def half_lives(self) -> list[float]:
        """The same per kind."""
        return [float(s) * half_life_of(self.tail) for s in self.scale]


@dataclass(frozen=True)
class Delays:
    """Pairs of an adopter and a source: delay, the source's age at T, both in [days] > 0, and kind; by adopter."""

    later: Rows
    delay: Floats
    age: Floats
    kind: Ints

    def __len__(self) -> int:
        return len(self.later)

    def some(self, keep: Bools) -> Delays:
        """The pairs of a mask."""
        return Delays(self.later[keep], self.delay[keep], self.age[keep], self.kind[keep])


def half_life_of(tail: float) -> float:
    """Delay at which the density has halved, in scales.

    >>> round(half_life_of(0.0), 4), half_life_of(1.0)
    (0.6931, 0.41421356237309515)
    """
    return LN2 if tail == 0 else float((2.0 ** (tail / (1.0 + tail)) - 1.0) / tail)


def given_law(half_life_days: float, kinds: int) -> Law:
    """The exponential law of a half-life, for all kinds alike."""
    scale = half_life_days / LN2
    return Law(np.full(kinds, scale), 0.0, scale, 0)


def fit_law(pairs: Delays, kinds: int, half_life_days: float) -> Law:
    """The law of delay of each kind; the exponential one of ``half_life_days`` below ``MIN_PAIRS`` pairs.

    Parameters
    ----------
    pairs : positive delays.
    kinds : number of kinds, ``pairs.kind`` below it.
    """
    if len(pairs) < MIN_PAIRS or pairs.delay.max() <= 0:
        return given_law(half_life_days, kinds)
    pairs = _thinned(pairs)
    tail = max(TAILS, key=lambda t: (_held_out(pairs, kinds, t), -t))
    return _fitted(pairs, kinds, tail)


def likelihood(pairs: Delays, law: Law) -> float:
    """Mean log likelihood per adopter: a mixture over its sources, each delay given that it has been seen."""
    _, start, count = np.unique(pairs.later, return_index=True, return_counts=True)
    z = law.log_density(pairs.delay, pairs.kind) - _log_seen(pairs.age, law.scale[pairs.kind], law.tail)
    top = np.repeat(np.maximum.reduceat(z, start), count)
    return float(np.mean(np.log(np.add.reduceat(np.exp(z - top), start) / count) + top[start]))


def _thinned(pairs: Delays) -> Delays:
    """Every k-th adopter, so that at most about ``MOST`` pairs are left."""
    k = -(-len(pairs) // MOST)
    _, rank = np.unique(pairs.later, return_inverse=True)
    return pairs.some(rank % k == 0) if k > 1 else pairs


def _held_out(pairs: Delays, kinds: int, tail: float) -> float:
    """Log likelihood of either half of the adopters under the law of the other."""
    _, rank = np.unique(pairs.later, return_inverse=True)
    halves = [pairs.some(rank % 2 == k) for k in (0, 1)]
    if min(len(half) for half in halves) == 0:
        return 0.0
    return sum(likelihood(halves[1 - k], _fitted(halves[k], kinds, tail)) for k in (0, 1))


def _fitted(pairs: Delays, kinds: int, tail: float) -> Law:
    pooled = float(np.mean(pairs.delay))
    scale = np.full(kinds, pooled)
    _, start, count = np.unique(pairs.later, return_index=True, return_counts=True)
    for _ in range(STEPS):
        law = Law(scale, tail, pooled, len(pairs))
        z = law.log_density(pairs.delay, pairs.kind) - _log_seen(pairs.age, scale[pairs.kind], tail)
        part = np.exp(z - np.repeat(np.maximum.reduceat(z, start), count))
        part /= np.repeat(np.add.reduceat(part, start), count)
        before = pooled
        pooled = _best_scale(pairs, part, tail, float(np.mean(pairs.delay)), 1.0)
        scale = np.array([_of_kind(pairs, part, k, tail, pooled) for k in range(kinds)])
        if abs(np.log(pooled / before)) < 1e-4:
            break
    return Law(scale, tail, pooled, len(pairs))


def _of_kind(pairs: Delays, part: Floats, kind: int, tail: float, pooled: float) -> float:
    mine = pairs.kind == kind
    return _best_scale(pairs.some(mine), part[mine], tail, pooled, MIN_PAIRS) if mine.any() else pooled


def _best_scale(pairs: Delays, part: Floats, tail: float, prior: float, worth: float) -> float:
    """Scale of greatest weighted likelihood; the prior is worth that many delays of its own mean."""
    log_scale = np.linspace(np.log(pairs.delay.min() / 4.0), np.log(pairs.delay.max() * 20.0), GRID)
    log_scale = np.clip(log_scale, np.log(prior) - 12.0, np.log(prior) + 12.0)

    def value(s: float) -> float:
        z = _log_density(pairs.delay, np.float64(np.exp(s)), tail) - _log_seen(pairs.age, np.float64(np.exp(s)), tail)
        return float(part @ z) - worth * float(s + prior * np.exp(-s))

    values = np.array([value(float(s)) for s in log_scale])
    best = int(np.argmax(values))
    low, high = log_scale[max(best - 1, 0)], log_scale[min(best + 1, GRID - 1)]
    for _ in range(3):  # the maximum is smooth: three finer grids give five digits
        fine = np.linspace(low, high, 9)
        best = int(np.argmax([value(float(s)) for s in fine]))
        low, high = fine[max(best - 1, 0)], fine[min(best + 1, 8)]
    return float(np.exp(0.5 * (low + high)))


def _log_density(delay: Floats, scale: Floats | np.float64, tail: float) -> Floats:
    fall = delay / scale if tail == 0 else (1.0 / tail + 1.0) * np.log1p(tail * delay / scale)
    out: Floats = -fall - np.log(scale)
    return out


def _log_seen(age: Floats, scale: Floats | np.float64, tail: float) -> Floats:
    """Log of the chance that a delay is no longer than the age."""
    short = -age / scale if tail == 0 else -np.log1p(tail * age / scale) / tail
    out: Floats = np.log(np.maximum(-np.expm1(short), 1e-300))
    return out
