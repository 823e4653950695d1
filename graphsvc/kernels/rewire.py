"""Another graph as like as chance allows: who follows whom dealt out anew, everybody's numbers kept.

References
----------
Maslov, S. & Sneppen, K. (2002). Specificity and stability in topology of protein networks. Science 296, 910-913.
La Fond, T. & Neville, J. (2010). Randomization tests for distinguishing social influence and homophily effects.
WWW '10, 601-610.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphsvc.kernels.adoptions import TIE, Sources, ordered
from graphsvc.kernels.joins import Rows
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.projection import Bools, Index, Ints

ROUNDS = 50  # of exchanging ends that would make a pair twice, or somebody follow themselves


def rewired(known: Sources, group: Index, rng: np.random.Generator) -> Sources:
    """Follows and ties between the same groups with their ends dealt out anew.

    Everybody follows as many, is followed by as many and has as many ties as before, in the same groups. A row keeps
    its dates with the one who learns; both directions of a tie stay together.

    Parameters
    ----------
    known : acquaintances of persons; a tie stands once in each direction.
    group : group of each entity.
    """
    tie = known.relation == TIE
    follows, ties = known.some(~tie), known.some(tie & (known.who < known.of))
    turned = group[ties.who] > group[ties.of]  # ties run from the lower group to the higher, so that ends are alike
    a, b = np.where(turned, ties.of, ties.who), np.where(turned, ties.who, ties.of)
    pairs, place = np.unique(pair_key(follows.who, follows.of, len(group)), return_inverse=True)  # in several spans
    followed = _dealt(*split_key(pairs, len(group)), group, rng, directed=True)[place]
    b = _dealt(a, b, group, rng, directed=False)
    parts = (replace(follows, of=followed), replace(ties, who=a, of=b), replace(ties, who=b, of=a))
    names = ("who", "of", "since", "until", "relation")
    return ordered(Sources(*(np.concatenate([getattr(part, name) for part in parts]) for name in names)))


def _dealt(who: Index, of: Index, group: Index, rng: np.random.Generator, *, directed: bool) -> Index:
    """``of`` shuffled inside each pair of groups; pairs that occur twice or join one with oneself exchange ends."""
    n = len(group)
    block = pair_key(group[who], group[of], n)
    order = np.argsort(block, kind="stable")
    out = of.copy()
    out[order] = of[order[np.lexsort((rng.random(len(of)), block[order]))]]
    first = np.searchsorted(block[order], block)
    size = np.searchsorted(block[order], block, side="right") - first
    for _ in range(ROUNDS):
        bad = np.flatnonzero(_clashes(who, out, n, directed=directed))
        if not len(bad):
            break
        partner = order[first[bad] + (rng.random(len(bad)) * size[bad]).astype(np.int64)]
        for i, j in _disjoint(bad, partner):
            out[i], out[j] = out[j], out[i]
    return out


def _clashes(who: Index, of: Index, n: int, *, directed: bool) -> Bools:
    low, high = (who, of) if directed else (np.minimum(who, of), np.maximum(who, of))
    key: Ints = pair_key(low, high, n)
    order = np.argsort(key, kind="stable")
    again = np.zeros(len(key), dtype=bool)
    again[order[1:]] = key[order[1:]] == key[order[:-1]]
    out: Bools = again | (who == of)
    return out


def _disjoint(bad: Rows, partner: Rows) -> list[tuple[int, int]]:
    """Exchanges one after the other; each row takes part once in a round."""
    used: set[int] = set()
    out = []
    for i, j in zip(bad.tolist(), partner.tolist(), strict=True):
        if i != j and i not in used and j not in used:
            used |= {i, j}
            out.append((i, j))
    return out
