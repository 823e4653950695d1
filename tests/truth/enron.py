"""The Enron mail set as a Projection, straight from its file (no store, no source)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from graphsvc import toy
from graphsvc.projection import Interactions, Projection, freeze

FILE = Path(__file__).parents[2] / ".." / "shared" / "data" / "mail-enron" / "messages.csv.gz"


def projection(internal=()) -> Projection:
    """Distinct (time, from) is a message; its distinct receivers other than the sender are participants."""
    table = csv.read_csv(FILE)
    time = pc.cast(pc.cast(table["time"], pa.timestamp("us")), pa.int64()).to_numpy()
    actor, target = (table[c].to_numpy().astype(np.int64) for c in ("from_id", "to_id"))
    rows = np.unique(np.stack([time, actor, target], axis=1)[actor != target], axis=0)
    time, actor, target = rows.T
    _, key, size = np.unique(rows[:, :2], axis=0, return_inverse=True, return_counts=True)
    n = int(max(actor.max(), target.max())) + 1
    people = [{"id": f"{i:04d}", "internal": i in set(internal)} for i in range(n)]
    base = toy.build(people=people, as_of=time[-1] / 86_400_000_000)
    zero = np.zeros(len(time), dtype=np.int16)
    x = Interactions(
        time=time, key=key.ravel() + 1, actor=actor.astype(np.int32), target=target.astype(np.int32),
        role=zero.astype(np.int8), kind=zero, channel=zero, topic=zero - 1, object=zero.astype(np.int32) - 1,
        participants=(size[key.ravel()] + 1).astype(np.int32), weight=np.ones(len(time), dtype=np.float32),
        relevance=np.full(len(time), np.nan, dtype=np.float32), row=np.arange(1, len(time) + 1),
    )  # fmt: skip
    freeze(x)
    return Projection(
        as_of=int(time[-1]), known_at=int(time[-1]), sequence=1, own_known=bool(internal), entities=base.entities,
        interactions=x, facts=base.facts, opportunities=base.opportunities, words=("mail",),
        fact_kinds=base.fact_kinds,
    )  # fmt: skip
