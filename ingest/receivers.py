"""Several receivers in one field of text, as mail programs and spreadsheets write them: one row for each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graphsvc.parties import COMPOUND, addresses_in
from graphsvc.raw_columns import decoded, is_text, is_true, whole
from graphsvc.times import pc
from ingest.chunk import RowNumbers


def spread(table: pa.Table, rows: RowNumbers) -> tuple[pa.Table, RowNumbers]:
    """Rows whose ``to`` names several mail addresses once for each, with the numbers of the rows they come from.

    Examples
    --------
    >>> table, rows = spread(pa.table({"from": ["a", "b"], "to": ["b@x.com; C <c@x.com>", "c;d"]}), np.array([2, 3]))
    >>> table.column("to").to_pylist(), rows.tolist()
    (['b@x.com', 'c@x.com', 'c;d'], [2, 2, 3])
    """
    if "to" not in table.column_names or not table.num_rows:
        return table, rows
    to = whole(table.column("to"))
    if not is_text(to) and not pa.types.is_binary(to.type):
        return table, rows
    texts = decoded(to)
    compound = np.flatnonzero(is_true(pc.match_substring_regex(texts, COMPOUND))).tolist()
    several = {i: found for i in compound if (found := addresses_in(texts[i].as_py())) and len(found) > 1}
    if not several:
        return table, rows
    times = np.ones(table.num_rows, dtype=np.int64)
    times[list(several)] = [len(found) for found in several.values()]
    origin = np.repeat(np.arange(table.num_rows), times)
    each = texts.take(pa.array(origin)).to_pylist()
    first = np.cumsum(times) - times
    for i, found in several.items():
        each[first[i] : first[i] + len(found)] = found
    out = table.take(origin)
    return out.set_column(out.column_names.index("to"), "to", pa.array(each, pa.string())), rows[origin]
