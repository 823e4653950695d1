"""Communities as the map colours by them: found in a moment at any date, and called what they are elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from algorithms.structure import Communities, StructureParams, find_communities
from api.answers.ask import Ask
from api.answers.structure import LEAST, community_name, known_people, spoken_of
from graphsvc.projection import Index


def partition(ask: Ask) -> Communities:
    """The communities at T: from memory with their stability, else without it, in a tenth of the time.

    The partition is the same; only the stability comes from drawing the interactions again.
    """
    p = ask.projection
    at = (p.sequence, p.as_of, p.known_at)
    whole: Communities | None = ask.workspace.kept.peek([("communities", *at, 1.0)])[0]
    if whole is not None:
        return whole
    strength = ask.workspace.effective("tie_strength", ask.moment)
    params = StructureParams(replicates=0)
    return ask.workspace.kept.get(("partition", *at), lambda: find_communities(p, strength, params))


def group_of(ask: Ask, found: Communities) -> Index:
    """Community per entity, -1 for who is in none, or only in a tiny one, or is not the caller's to know of."""
    of = found.of_entities(len(ask.projection))
    who = found.ties.who
    of[who[~known_people(ask, who)]] = -1
    small = np.append(found.parts.size < LEAST, True)
    out: Index = np.where(small[of], -1, of).astype(np.int32)
    return out


def group_names(ask: Ask, found: Communities, some: Iterable[int]) -> dict[int, str]:
    """What some communities are called."""
    wanted = sorted(set(some))
    seen = known_people(ask, found.ties.who)
    names = ask.entities(spoken_of(ask, found, wanted, seen))
    return {c: community_name(ask, found, c, names, seen).text() for c in wanted}
