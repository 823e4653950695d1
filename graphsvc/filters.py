"""Which ties and people a reader wants to see: one filter that map, paths and boards share.

A filter may be asked by somebody who does not see everything. What such a caller may not see must not decide what they
get, or it could be found out by asking often: a tie that is not theirs has no channel, no kind and no date, and is as
strong as its band says beside their own ties; a person whose details they may not open has no level.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.ties import kind_weights, pair_key
from graphsvc.model import Label, Level
from graphsvc.policy import BANDS, bands
from graphsvc.projection import Bools, Codes, Floats, Index, Projection
from graphsvc.scores import Scores

LEVELS = tuple(level.name.lower() for level in Level)


@dataclass(frozen=True)
class Seen:
    """What a caller may see: ties by row of tie strength, entities, and the terciles that bands are cut at."""

    ties: Bools
    entities: Bools
    cuts: tuple[float, float]


@dataclass(frozen=True)
class TieFilter:
    """What is wanted; empty sets and None ask for nothing.

    Parameters
    ----------
    channels, kinds : a tie has at least one interaction that is of one of these channels and of one of these kinds.
    strength_min : least tie strength [weighted recent interactions].
    age_max : most days since the tie's last interaction [days].
    levels : names of :class:`graphsvc.model.Level`, in lower case; of customers.
    industries : of customers, by their organization.
    facts : whether facts are wanted beside ties.
    """

    channels: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    strength_min: float = 0.0
    age_max: float | None = None
    levels: frozenset[str] = frozenset()
    industries: frozenset[str] = frozenset()
    facts: bool = True

    @property
    def any_tie(self) -> bool:
        """True when every tie is wanted."""
        return not self.channels and not self.kinds and self.strength_min <= 0 and self.age_max is None

    @property
    def any_person(self) -> bool:
        """True when everybody is wanted."""
        return not self.levels and not self.industries

    def ties(self, p: Projection, strength: Scores, seen: Seen | None = None) -> Bools:
        """Which rows of ``strength`` are wanted; ``seen`` says what the caller may see, None everything.

        Parameters
        ----------
        strength : the score ``tie_strength`` of ``p``, people's overrides included.
        """
        keep = np.ones(len(strength), dtype=bool)
        if self.any_tie:
            return keep
        value = np.nan_to_num(strength.value)
        if seen is not None:
            value = _known(value, bands(strength.value, seen.cuts), seen.ties)
            if self.channels or self.kinds or self.age_max is not None:
                keep &= seen.ties
        keep &= value >= self.strength_min
        if self.age_max is not None:
            keep &= p.age_days(np.asarray(strength.beside["last_time"], dtype=np.int64)) <= self.age_max
        if self.channels or self.kinds:
            keep &= self._talked(p, strength)
        return keep

    def people(self, p: Projection, seen: Seen | None = None) -> Bools:
        """Which entities are wanted: colleagues, and all that are no person or organization, always are."""
        e, keep = p.entities, np.ones(len(p), dtype=bool)
        if self.levels:
            wanted = np.array([name in self.levels for name in LEVELS])
            level = e.level if seen is None else np.where(seen.entities, e.level, Level.UNKNOWN)
            keep &= wanted[level] | (e.label != Label.PERSON)
        if self.industries:
            keep &= np.append(_are(p, self.industries), False)[industries(p)]
        out: Bools = keep | ~p.customer
        return out

    def _talked(self, p: Projection, strength: Scores) -> Bools:
        """Which ties have an interaction of the channels and kinds asked for; worked out once per graph."""
        key = f"filter {sorted(self.channels)} {sorted(self.kinds)}"
        found = p.derived.get(key)
        if not isinstance(found, np.ndarray) or len(found) != len(strength):
            p.derived[key] = found = _with_some(p, strength, self._wanted_rows(p))
        return found

    def _wanted_rows(self, p: Projection) -> Bools:
        x = p.interactions
        keep = x.weight > 0
        for words, codes in ((self.channels, x.channel), (self.kinds, x.kind)):
            if words:
                keep &= np.append(_are(p, words), False)[codes]  # the last one serves code -1
        return keep


def _known(value: Floats, band: Index, own: Bools) -> Floats:
    """What a caller knows of each tie's strength: of ``own`` ones all, of others a lower bound that follows from those.

    A tie is stronger than every own tie of a lower band. Its band's cut would be a closer bound, but one that asking
    with one least strength after the other would tell, and the cuts lie between strengths of other people's ties.

    Examples
    --------
    >>> value, own = np.array([1.0, 3.0, 9.0, 5.0]), np.array([True, True, False, False])
    >>> _known(value, np.array([0, 1, 2, 1], dtype=np.int32), own).tolist()
    [1.0, 3.0, 3.0, 1.0]
    """
    lower = np.array([np.max(value[own & (band < b)], initial=0.0) for b in range(len(BANDS))])
    out: Floats = np.where(own, value, lower[band])
    return out


def industries(p: Projection) -> Codes:
    """Industry per entity: an organization's own, a person's by the employer; -1 unknown."""
    e = p.entities
    out: Codes = np.where(e.organization >= 0, e.industry[np.maximum(e.organization, 0)], e.industry)
    return out


def _are(p: Projection, words: frozenset[str]) -> Bools:
    return np.array([word in words for word in p.words], dtype=bool)


def _with_some(p: Projection, strength: Scores, rows: Bools) -> Bools:
    """Which ties have one of some interaction rows (robot mail, which makes no tie, is none)."""
    x, out = p.interactions, np.zeros(len(strength), dtype=bool)
    if strength.b is None or not len(out):
        return out
    some = np.flatnonzero(rows & (kind_weights(p) > 0))
    actor, target = x.actor[some], x.target[some]
    ties = pair_key(strength.a, strength.b, len(p))
    wanted = pair_key(np.minimum(actor, target), np.maximum(actor, target), len(p))
    place = np.minimum(np.searchsorted(ties, wanted), len(ties) - 1)
    out[place[ties[place] == wanted]] = True
    return out
