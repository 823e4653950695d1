"""One graph measure by one library, in a process of its own: ``python -m bench.peer LIBRARY MEASURE FILE REPEAT``.

igraph and NetworKit cannot be loaded into one process (both bring OpenMP, and it crashes). Prints one line of JSON:
median seconds to build the library's graph from arrays and to compute, peak memory, and what tells that the answers
agree (modularity, or a digest of values); the values go beside the file.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import peak

DAMPING, PIVOTS = 0.85, 16
ENOUGH = 15.0  # after so many seconds nothing is repeated any more
DIRECTED = {"PageRank"}
WEIGHTED = {"PageRank", "Leiden", "Louvain"}


@dataclass(frozen=True)
class Edges:
    """An edge list as arrays: what every library starts from."""

    n: int
    src: Any
    dst: Any
    weight: Any
    directed: bool


Build, Compute = Callable[[Edges, str], Any], Callable[[Any, Edges], Any]
Library = tuple[Build, dict[str, Compute]]


def main(library: str, measure: str, file: str, repeat: str) -> None:
    """Measure and print."""
    edges = read(Path(file), measure in DIRECTED)
    build, computes = LIBRARIES[library]()
    found, times, start = None, [], time.perf_counter()
    while len(times) < int(repeat) and (not times or time.perf_counter() - start < ENOUGH):
        begin = time.perf_counter()
        graph = build(edges, measure)
        built = time.perf_counter()
        found = computes[measure](graph, edges)
        times.append((built - begin, time.perf_counter() - built))
    out = Path(f"{file}.{library}.{measure}.npy".replace(" ", "-"))
    np.save(out, np.asarray(found))
    built_s, seconds = (statistics.median(column) for column in zip(*times, strict=True))
    print(json.dumps({"build": built_s, "compute": seconds, "peak": peak(), "values": str(out)}))


def read(file: Path, directed: bool) -> Edges:
    """The kept graph; directed: each tie turned one way or the other, by lot."""
    kept = np.load(file)
    src, dst = kept["tail"], kept["head"]
    if directed:
        turned = np.random.default_rng(2).random(len(src)) < 0.5
        src, dst = np.where(turned, dst, src), np.where(turned, src, dst)
    return Edges(int(kept["n"]), src, dst, kept["strength"], directed)


# -- libraries --------------------------------------------------------------------------------------------------------


def _ours() -> Library:
    """What the product calls; the compiled loops are read from their cache before anything is timed."""
    from graphsvc.kernels import measures as m
    from graphsvc.warming import warm

    def build(edges: Edges, _: str) -> m.Graph:
        return m.Graph(edges.n, edges.src, edges.dst, edges.weight, edges.directed)

    computes: dict[str, Compute] = {
        "PageRank": lambda g, _: m.pagerank(g, DAMPING),
        "Leiden": lambda g, _: m.communities(g),
        "core numbers": lambda g, _: m.core_numbers(g),
        "betweenness": lambda g, _: m.betweenness(g),
        "betweenness, 16 pivots": lambda g, _: m.betweenness(g, PIVOTS),
    }
    warm()
    few = np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32), np.ones(2)
    for measure, compute in computes.items():
        edges = Edges(3, *few, measure in DIRECTED)
        compute(build(edges, measure), edges)
    return build, computes


def _igraph() -> Library:
    import random

    import igraph

    def build(edges: Edges, measure: str) -> Any:
        pairs = np.column_stack([edges.src, edges.dst])
        weight = {"weight": edges.weight.tolist()} if measure in WEIGHTED else {}
        return igraph.Graph(n=edges.n, edges=pairs, directed=edges.directed, edge_attrs=weight)

    def pivots(g: Any, edges: Edges) -> Any:
        some = (np.arange(PIVOTS) * edges.n // PIVOTS).tolist()
        return np.array(g.betweenness(directed=False, sources=some)) * edges.n / PIVOTS

    igraph.set_random_number_generator(random.Random(0))
    return build, {
        "PageRank": lambda g, _: g.pagerank(damping=DAMPING, weights="weight"),
        "Leiden": lambda g, _: g.community_leiden("modularity", weights="weight").membership,
        "core numbers": lambda g, _: g.coreness(),
        "betweenness": lambda g, _: g.betweenness(directed=False),
        "betweenness, 16 pivots": pivots,
    }


def _networkit() -> Library:
    import networkit as nk

    nk.setSeed(1, False)

    def build(edges: Edges, measure: str) -> Any:
        ends = edges.src.astype(np.uint64), edges.dst.astype(np.uint64)
        weighted = measure in WEIGHTED
        weight = edges.weight if weighted else np.ones(len(edges.src))
        return nk.GraphFromCoo((weight, ends), edges.n, weighted=weighted, directed=edges.directed)

    def scores(run: Any) -> Any:
        return np.array(run.run().scores())

    def partition(run: Any) -> Any:
        run.run()
        return np.array(run.getPartition().getVector())

    return build, {
        "PageRank": lambda g, _: scores(nk.centrality.PageRank(g, DAMPING, 1e-14)),
        "Leiden": lambda g, _: partition(nk.community.ParallelLeiden(g)),
        "Louvain": lambda g, _: partition(nk.community.PLM(g, refine=True)),
        "core numbers": lambda g, _: scores(nk.centrality.CoreDecomposition(g)),
        "betweenness": lambda g, _: scores(nk.centrality.Betweenness(g)) / 2.0,
        "betweenness, 16 pivots": lambda g, _: scores(nk.centrality.EstimateBetweenness(g, PIVOTS, False, True)),
    }


def _networkx() -> Library:
    import networkx as nx

    def build(edges: Edges, _: str) -> Any:
        g: Any = nx.DiGraph() if edges.directed else nx.Graph()
        g.add_nodes_from(range(edges.n))
        columns = (c.tolist() for c in (edges.src, edges.dst, edges.weight))
        g.add_weighted_edges_from(zip(*columns, strict=True))
        return g

    def values(by_node: dict[int, float], edges: Edges) -> Any:
        return np.array([by_node[i] for i in range(edges.n)])

    def louvain(g: Any, edges: Edges) -> Any:
        label = np.zeros(edges.n, dtype=np.int64)
        for i, members in enumerate(nx.community.louvain_communities(g, seed=0)):
            label[list(members)] = i
        return label

    return build, {
        "PageRank": lambda g, e: values(nx.pagerank(g, DAMPING, tol=1e-14, max_iter=500), e),
        "Louvain": louvain,
        "core numbers": lambda g, e: values(nx.core_number(g), e),
        "betweenness": lambda g, e: values(nx.betweenness_centrality(g, normalized=False), e),
        "betweenness, 16 pivots": lambda g, e: values(
            nx.betweenness_centrality(g, PIVOTS, normalized=False, seed=0), e
        ),
    }


LIBRARIES: dict[str, Callable[[], Library]] = {
    "ours": _ours, "igraph": _igraph, "NetworKit": _networkit, "networkx": _networkx,
}  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
