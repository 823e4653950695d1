"""Scores made of factors' percentiles: 100 * geometric mean, exactly a sum of logarithms.

Raw products of factors are the factor that varies most in disguise; each factor therefore enters as its mid-rank
percentile among all customers with evidence. The reference is frozen at the start of the calendar quarter, so that a
score moves because its customer does; where less than a quarter of history lies before that, it is today's table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Floats
from graphsvc.scores import significant

QUARTER = 91 * DAY  # [us], history needed before a quarter starts
RANK_DIGITS = 12  # figures closer than this are equal: rounding must not make ranks


@dataclass(frozen=True)
class Ranked:
    """Percentile terms of one kind of customer; ``measured`` names the factors that vary."""

    percentiles: Mapping[str, Floats]
    terms: Mapping[str, Floats]
    measured: tuple[str, ...]

    @property
    def value(self) -> Floats:
        """100 * exp(sum of terms); NaN everywhere when no factor is measured."""
        total: Floats = np.sum(list(self.terms.values()), axis=0)
        return 100.0 * np.exp(total) if self.measured else np.full(len(total), np.nan)


def rank(factors: Mapping[str, Floats], reference: Mapping[str, Floats] | None) -> Ranked:
    """Percentile terms ln(percentile) / number of measured factors.

    Parameters
    ----------
    factors : raw factors by name, each of shape (n,).
    reference : the same factors of the customers to rank against; None: these themselves.

    Notes
    -----
    A factor that is constant in the reference is not measured: its term is 0 and the others count more.
    """
    against = factors if reference is None else reference
    rounded = {name: significant(column, RANK_DIGITS) for name, column in factors.items()}
    frozen = {name: np.sort(significant(column, RANK_DIGITS)) for name, column in against.items()}
    measured = tuple(name for name, column in frozen.items() if len(column) and column[0] < column[-1])
    percentiles = {name: midrank(rounded[name], frozen[name], inside=reference is None) for name in factors}
    flat = np.zeros(len(next(iter(factors.values()))))
    terms = {name: np.log(percentiles[name]) / len(measured) if name in measured else flat for name in factors}
    return Ranked(percentiles, terms, measured)


def midrank(values: Floats, reference: Floats, *, inside: bool) -> Floats:
    """Mid-rank percentile of each value among the reference and itself, inside (0, 1).

    Parameters
    ----------
    reference : ascending.
    inside : the values stand in the reference already.

    Examples
    --------
    >>> midrank(np.array([1.0, 5.0, 5.0, 9.0]), np.array([1.0, 5.0, 5.0, 9.0]), inside=True).tolist()
    [0.125, 0.5, 0.5, 0.875]
    """
    less, up_to = np.searchsorted(reference, values), np.searchsorted(reference, values, side="right")
    others = max(len(reference), 1) if inside else len(reference) + 1
    return np.asarray((less + up_to + (0.0 if inside else 1.0)) / (2.0 * others), dtype=np.float64)


def quarter_start(time: int) -> int:
    """Start of the calendar quarter (UTC) of a time [us].

    Examples
    --------
    >>> quarter_start(200 * DAY) // DAY  # 20 July 1970 lies in the quarter that began on 1 July
    181
    """
    month = int(np.datetime64(time, "us").astype("datetime64[M]").astype(np.int64))
    return int(np.datetime64(month // 3 * 3, "M").astype("datetime64[us]").astype(np.int64))


def reference_time(as_of: int, first: int) -> int | None:
    """When the reference is frozen: the quarter's start, or None (today) without a quarter of history before it."""
    start = quarter_start(as_of)
    return start if first <= start - QUARTER else None


def reference_note(frozen: int | None) -> Phrase:
    """What the percentiles are measured against, in words."""
    if frozen is None:
        return phrase("scores.reference_now")
    return phrase("scores.reference_quarter", date=str(np.datetime64(frozen, "us").astype("datetime64[D]")))


def expected_classes(sizes: NDArray[np.integer], draws: NDArray[np.integer]) -> Floats:
    """Expected number of distinct classes among ``draws`` random members without replacement (Hurlbert 1971).

    Parameters
    ----------
    sizes : members of each class.
    draws : numbers of members drawn, each at least 1; more than there are counts as all.

    References
    ----------
    Hurlbert, S. H. (1971). The nonconcept of species diversity. Ecology 52(4), 577-586.

    Examples
    --------
    >>> expected_classes(np.array([2, 2]), np.array([1, 2, 4])).round(6).tolist()  # 2 of 4: 1 + 2/3
    [1.0, 1.666667, 2.0]
    """
    from scipy.special import gammaln

    total = int(sizes.sum())
    k = np.minimum(draws, total).astype(np.float64)[:, None]
    rest = (total - sizes).astype(np.float64)[None, :]
    with np.errstate(invalid="ignore"):
        missed = gammaln(rest + 1) - gammaln(rest - k + 1) - gammaln(total + 1) + gammaln(total - k + 1)
    out: Floats = np.where(rest >= k, 1.0 - np.exp(missed), 1.0).sum(axis=1)
    return out
