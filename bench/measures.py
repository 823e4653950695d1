"""Graph measures on the Enron graph beside networkx in the same run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.measure import Row, timed
from bench.pipeline import enron_rows


def graph_measures(folder: Path) -> Iterator[Row]:
    """PageRank, betweenness, core numbers and components, ours and networkx's on the same distinct pairs."""
    import networkx as nx

    from graphsvc.kernels import measures

    rows = enron_rows()
    if not rows:
        print("left out: the Enron messages are not there", file=sys.stderr)
        return
    index = {k: i for i, k in enumerate(sorted({x for row in rows for x in row}))}
    pairs = sorted({(index[a], index[b]) for a, b in rows})
    n, src, dst = len(index), np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    directed = nx.DiGraph(pairs)
    simple = nx.Graph(pairs)
    flow = measures.graph(n, src, dst, directed=True)
    ties = measures.graph(n, src, dst, directed=False)
    cases = (
        ("PageRank", lambda: measures.pagerank(flow, 0.85), lambda: nx.pagerank(directed, tol=1e-12, max_iter=500)),
        ("betweenness", lambda: measures.betweenness(ties), lambda: nx.betweenness_centrality(simple)),
        ("core numbers", lambda: measures.core_numbers(ties), lambda: nx.core_number(simple)),
        ("components", lambda: measures.components(ties), lambda: list(nx.connected_components(simple))),
    )
    for name, ours, theirs in cases:
        seconds, peer = timed(ours), timed(theirs, repeat=2)
        yield Row(f"Enron graph ({n} nodes, {len(pairs):,} pairs): {name}", "", seconds, None, "networkx", peer)
