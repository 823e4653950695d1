"""Evidence weights and their sums per pair of persons: what every score of ties and customers is made of.

A row of :class:`graphsvc.projection.Interactions` is one act of ``actor`` towards ``target``. Its evidence weight is

    omega(kind) * weight * relevance * 2^(-age / half-life) / max(1, participants - 1)

(DESIGN, section 6.1). No decayed sum is ever stored: sums are taken from the columns each time, so that a Projection
kept fresh from changes gives the same numbers as one built anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.order import stable_order
from graphsvc.model import KIND_WEIGHTS, MUTUAL_KINDS
from graphsvc.narrow import is_repeated, mark
from graphsvc.projection import Bools, Floats, Index, Ints, Projection

CONTACTS = "contacts"  # among what a Projection keeps
CONTACT_WEIGHT = 0.1  # kinds below it (list mail, robots) are no contact between two people


def kind_weights(p: Projection) -> Floats:
    """Evidence factor omega of each interaction row; 1 for a kind that is not in ``KIND_WEIGHTS``."""
    return kind_factors(p)[p.interactions.kind]


def kind_factors(p: Projection) -> Floats:
    """Evidence factor omega by the code of a kind; the last one serves code -1."""
    return np.array([KIND_WEIGHTS.get(word, 1.0) for word in p.words] + [1.0])


def is_kind(p: Projection, kinds: frozenset[str], *, other: bool = False, rows: Ints | None = None) -> Bools:
    """Per interaction row, or of some ``rows``: is its kind one of these? ``other`` where it has none."""
    table = np.array([word in kinds for word in p.words] + [other])
    kind = p.interactions.kind
    return table[kind if rows is None else kind[rows]]


def unknown_kinds(p: Projection) -> list[str]:
    """Kinds seen that have no evidence factor of their own and weigh 1, ascending."""
    used = np.zeros(len(p.words) + 1, dtype=bool)  # the last one serves code -1
    mark(used, p.interactions.kind)
    return sorted(p.words[code] for code in np.flatnonzero(used[:-1]) if p.words[code] not in KIND_WEIGHTS)


def unmeasured_relevance(p: Projection) -> int:
    """How many interaction rows have no relevance."""
    relevance = p.interactions.relevance
    if is_repeated(relevance):
        return len(relevance) * int(np.isnan(relevance[0]))
    return int(np.isnan(relevance).sum())


def contacts(p: Projection) -> Bools:
    """Per interaction row: a contact between two people, not list or robot mail and not weighted to nothing."""
    kept = p.derived.get(CONTACTS)
    if not isinstance(kept, np.ndarray):
        kept = contact_kinds(p)[p.interactions.kind]
        kept &= p.interactions.weight > 0
        kept.flags.writeable = False
        p.derived[CONTACTS] = kept
    out: Bools = kept
    return out


def contact_kinds(p: Projection) -> Bools:
    """By the code of a kind: is it a contact between two people? The last one serves code -1."""
    return np.array([KIND_WEIGHTS.get(word, 1.0) >= CONTACT_WEIGHT for word in p.words] + [True])


def decay(p: Projection, half_life_days: float) -> Floats:
    """2^(-age / half-life) of each interaction row."""
    out: Floats = np.exp2(p.age_days(p.interactions.time) / -half_life_days)
    return out


def evidence_weights(p: Projection, half_life_days: float, *, with_relevance: bool = True) -> Floats:
    """Evidence weight w_e of each interaction row.

    Parameters
    ----------
    p : interactions with kind, weight, relevance (0..1, NaN = not measured and taken as 1) and participants.
    half_life_days : age at which evidence counts half [days], > 0.
    with_relevance : False leaves relevance out of the product.

    Returns
    -------
    float64, shape (interaction rows,), >= 0.
    """
    x = p.interactions
    w = kind_weights(p) * x.weight * decay(p, half_life_days)
    if with_relevance:
        w *= np.nan_to_num(x.relevance.astype(np.float64), nan=1.0)
    w /= np.maximum(1, x.participants - 1)
    return w


def directed(p: Projection, w: Floats) -> tuple[Index, Index, Floats]:
    """Sums of row weights over ordered pairs; meetings, calls and visits count half each way.

    Parameters
    ----------
    w : weight of each interaction row.

    Returns
    -------
    ``src``, ``dst`` (entity indices) and the sum, sorted by (src, dst); pairs whose sum is 0 are left out.
    """
    x = p.interactions
    mutual = is_kind(p, MUTUAL_KINDS)
    half = np.where(mutual, 0.5 * w, w)
    src = np.concatenate([x.actor, x.target[mutual]])
    dst = np.concatenate([x.target, x.actor[mutual]])
    keys, inverse = np.unique(pair_key(src, dst, len(p)), return_inverse=True)
    both = np.concatenate([half, half[mutual]])
    total = np.bincount(inverse, weights=both, minlength=len(keys)).astype(np.float64)
    keep = total > 0
    a, b = split_key(keys[keep], len(p))
    return a, b, total[keep]


@dataclass(frozen=True)
class TieTable:
    """One row per unordered pair of persons with an interaction of positive weight, by ascending (a, b).

    ``s_ab`` is the evidence of ``a`` acting towards ``b``, ``n_ab`` the rows in which ``a`` acted; a mutual kind adds
    half its weight to both directions and its row to the direction of its actor. Interaction rows of tie ``i``, by
    time: ``order[start[i]:start[i + 1]]``.
    """

    a: Index
    b: Index
    s_ab: Floats
    s_ba: Floats
    n_ab: Ints
    n_ba: Ints
    first: Ints  # [us]
    last: Ints  # [us]
    order: NDArray[np.int64]
    start: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.a)

    def rows(self, i: int) -> NDArray[np.int64]:
        """Indices into the interaction columns of the rows of tie ``i``, by time."""
        return self.order[self.start[i] : self.start[i + 1]]

    def row_of(self, a: int, b: int) -> int | None:
        """Row of the tie of two persons, in either order; None when they have none."""
        low, high = min(a, b), max(a, b)
        left, right = np.searchsorted(self.a, low), np.searchsorted(self.a, low, side="right")
        i = int(left + np.searchsorted(self.b[left:right], high))
        return i if i < right and self.b[i] == high else None


def ties(p: Projection, half_life_days: float, *, with_relevance: bool = True) -> TieTable:
    """All ties with their evidence in both directions.

    Parameters
    ----------
    half_life_days : age at which evidence counts half [days], > 0.

    Notes
    -----
    Rows with kind or row weight 0 (robot mail) make no tie. One stable sort of the pair keys, then sums over runs:
    no loop over ties, no hash of pairs.
    """
    x = p.interactions
    some = np.flatnonzero((kind_weights(p) > 0) & (x.weight > 0))
    w = evidence_weights(p, half_life_days, with_relevance=with_relevance)[some]
    actor, target = x.actor[some], x.target[some]
    key = pair_key(np.minimum(actor, target), np.maximum(actor, target), len(p))
    by_pair = stable_order(key)
    key = key[by_pair]
    start = np.flatnonzero(np.r_[True, key[1:] != key[:-1]]) if len(key) else np.zeros(0, dtype=np.int64)
    a, b = split_key(key[start], len(p))
    forward, w = (actor < target)[by_pair], w[by_pair]
    mutual = is_kind(p, MUTUAL_KINDS)[some][by_pair]
    share = np.where(mutual, 0.5, forward)  # the part of a row's weight that goes from a to b
    time, n_ab = x.time[some][by_pair], _runs(forward.astype(np.float64), start).astype(np.int64)
    bounds = np.append(start, len(key))
    return TieTable(
        a=a,
        b=b,
        s_ab=_runs(w * share, start),
        s_ba=_runs(w * (1.0 - share), start),
        n_ab=n_ab,
        n_ba=np.diff(bounds) - n_ab,
        first=time[start],
        last=time[bounds[1:] - 1],
        order=some[by_pair],
        start=bounds,
    )


def pair_key(src: NDArray[np.integer], dst: NDArray[np.integer], n: int) -> Ints:
    """One sortable int64 per ordered pair of indices below ``n``."""
    return src.astype(np.int64) * max(n, 1) + dst


def split_key(key: Ints, n: int) -> tuple[Index, Index]:
    """The two indices of :func:`pair_key`."""
    return (key // max(n, 1)).astype(np.int32), (key % max(n, 1)).astype(np.int32)


def proportional(total: float, w: Floats) -> Floats:
    """Shares of ``total`` in proportion to weights; they add up to it exactly, rounding goes to the largest."""
    if len(w) == 0 or w.sum() <= 0:
        return np.zeros(len(w))
    shares: Floats = total * (w / w.sum())
    shares[np.argmax(w)] += total - shares.sum()
    return shares


def _runs(values: Floats, start: NDArray[np.int64]) -> Floats:
    """Sum of each run of ``values`` that begins at ``start``."""
    return np.add.reduceat(values, start) if len(start) else np.zeros(0)
