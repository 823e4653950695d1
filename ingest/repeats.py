"""Rows of one file that name the same receiver of the same interaction, counted one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from graphsvc.cleaning import Cleaned
from graphsvc.times import pc

_INTERACTION = ("id", "time", "from", "channel")


@dataclass
class Repeats:
    """Numbers rows that repeat a receiver: the second gets an id of its own, and so do the third and on.

    It is a repeat whatever its other columns say, since of one interaction each receiver is kept once. Rows without id
    that repeat get ``time|from|channel#2``, so that what was one interaction with several receivers is, the second
    time, again one. The numbers follow the order of the file: read again, also with rows added at its end, every row
    has the id it had.
    """

    seen: Counter[str] = field(default_factory=Counter)

    def number(self, cleaned: Cleaned) -> Cleaned:
        """The rows with ids for repeats, and a note of how many there were."""
        rows = cleaned.rows
        which = np.array([self._next(key) for key in _joined(rows, (*_INTERACTION, "to"))], dtype=np.int64)
        repeats = np.flatnonzero(which > 1)
        if not len(repeats):
            return cleaned
        ids: list[str | None] = rows.column("id").to_pylist()
        own = _joined(rows.take(repeats), _INTERACTION[1:])
        for i, base in zip(repeats.tolist(), own, strict=True):
            ids[i] = f"{ids[i] or base}#{which[i]}"
        rows = rows.set_column(rows.column_names.index("id"), rows.schema.field("id"), pa.array(ids, pa.string()))
        return replace(cleaned, rows=rows, notes={**cleaned.notes, "sources.kept_repeats": len(repeats)})

    def _next(self, key: str) -> int:
        self.seen[key] += 1
        return self.seen[key]


def _joined(rows: pa.Table, names: Iterable[str]) -> list[str]:
    parts = [pc.fill_null(rows.column(n).cast(pa.string()), "") for n in names]
    joined: list[str] = pc.binary_join_element_wise(*parts, "|").to_pylist()
    return joined
