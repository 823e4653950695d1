"""How fresh each channel is, and whether anybody said who is ours: of a graph, or of the rows alone.

Whoever sends records is told the state they make, and need not wait until a graph is made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphsvc.attributes import says_own
from graphsvc.projection import Interactions, Projection
from graphsvc.timeline import timeline_at

if TYPE_CHECKING:
    from graphsvc.replica import Replica

NO_CHANNEL = "other"


@dataclass(frozen=True)
class Freshness:
    """Of one state of the store: time of the newest interaction of each channel [us], by the channel's name."""

    sequence: int
    own_known: bool
    newest: Mapping[str, int]


def of_graph(p: Projection) -> Freshness:
    """How fresh the channels of a graph are."""
    return Freshness(p.sequence, p.own_known, _newest(p.interactions, p.text))


def of_rows(replica: Replica, as_of: int) -> Freshness | None:
    """The same of the newest rows; None where only the graph could tell who is ours."""
    if not says_own(replica, replica.sequence):
        return None
    rows = timeline_at(replica, replica.sequence).until(as_of)
    return Freshness(replica.sequence, True, _newest(rows, replica.words.get))


def _newest(x: Interactions, name: Callable[[int], str | None]) -> dict[str, int]:
    codes = int(x.channel.max()) + 1 if len(x) else 0
    last = np.full(codes + 1, -1)  # newest row of each code; the last slot is that of -1
    last[x.channel] = np.arange(len(x))
    found = np.flatnonzero(last >= 0).tolist()
    named = {(name(slot) if slot < codes else None) or NO_CHANNEL: int(x.time[last[slot]]) for slot in found}
    return dict(sorted(named.items()))
