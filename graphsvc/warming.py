"""Compile the loops before anybody waits for them: ``python -m graphsvc.warming``, and beside a server that starts.

A loop is compiled once per machine (half a minute for all of them) and kept in numba's cache, from which it takes a
second or two. Nothing depends on it: a loop that was not warmed is compiled by the first call that needs it.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING

from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from graphsvc.projection import Index


def warm() -> float:
    """Compile what questions of people use, and what new events ask for; gives the seconds it took."""
    import numpy as np

    from graphsvc.kernels import common, measures, paths, paths_renewal, whatif

    begin = time.perf_counter()
    paths.warm()
    ends = np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    line = measures.graph(3, *ends, directed=False)
    measures.betweenness(line)
    measures.core_numbers(line)
    measures.pagerank(line)
    measures.communities(line)
    graph = paths.path_graph(3, *ends, np.array([0.9, 0.8]), np.ones(3))
    tree = whatif.best_from(whatif.incoming(graph), np.array([0]))
    whatif.each_removed(tree, np.array([1], dtype=np.int32), np.array([-1, -1, 0], dtype=np.int32))
    same, some = np.arange(3, dtype=np.int32), np.array([True, True, False])
    ties = common.living(ends, (np.ones(2), np.ones(2)), 3)
    ties.around(ties, same, same, some).common(*ends)
    paths_renewal.renewed_graph(graph, same, some, (*ends, np.array([0.9, 0.8])), np.ones(3))
    _warm_events(*ends)
    return time.perf_counter() - begin


def _warm_events(a: Index, b: Index) -> None:
    """What new events ask for, over columns as a Projection has them: read-only, codes in one byte."""
    import numpy as np

    from graphsvc.kernels import outreach_loops, rows_loops, ties_loops

    ours, some, n = np.array([True, False, False]), np.arange(2), 3
    kind, weight = np.zeros(2, dtype=np.int8), np.ones(1, dtype=np.float32)
    rows, start, one = np.arange(2), np.arange(3), np.array([1])
    ties_loops.ascend(a, b)
    ties_loops.find_pairs(a, b, a, b)
    ties_loops.splice((rows, start), (one, rows), one, ~ours[:1], (2, rows), (np.empty(2, int), np.empty(3, int)))
    outreach_loops.best_ties(a, b, np.ones(2), ours, np.zeros(n), np.full(n, -1, dtype=np.int32))
    rows_loops.rows_of(a, b, ours, True)
    ends = a.copy(), b.copy()
    for column in (*ends, kind, weight):
        column.flags.writeable = False
    rows_loops.rows_of(*ends, ours, True)
    outreach_loops.contact_rows(ends, kind, weight, ours, ours, np.empty(2, int))
    outreach_loops.last_rows(some, *ends, ours, np.full(n, -1), np.full(n, -1))


def warm_beside() -> threading.Thread:
    """:func:`warm` in a thread of its own, for a server that answers meanwhile."""
    thread = threading.Thread(target=warm, name="warming", daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    print(phrase("paths.warmed", seconds=round(warm(), 1)).text(), file=sys.stderr)  # noqa: T201
