"""Graph measures behind small functions, by whatever computes them fastest: compiled loops, scipy.

Vertices are 0..n-1; parallel edges count with their summed weight, loops are dropped. igraph is under the GPL and
therefore optional: it only takes graphs out (:func:`interaction_graph`).

References
----------
Brin, S. & Page, L. (1998). The anatomy of a large-scale hypertextual web search engine. Computer Networks 30, 107-117.
Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25(2), 163-177.
Brandes, U. & Pich, C. (2007). Centrality estimation in large networks. Int. J. of Bifurcation and Chaos 17(7).
Geisberger, R., Sanders, P. & Schultes, D. (2008). Better approximation of betweenness centrality. ALENEX, 90-100.
Batagelj, V. & Zaversnik, M. (2003). An O(m) algorithm for cores decomposition of networks. arXiv:cs/0310049.
Gleich, D., Gray, A., Greif, C. & Lau, T. (2010). An inner-outer iteration for PageRank. SIAM J. Sci. Comput. 32(1)
(PageRank as a linear system, without the dead ends' rank).
Traag, V. A., Waltman, L. & van Eck, N. J. (2019). From Louvain to Leiden. Scientific Reports 9, 5233.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Floats, Index, Ints, Projection

if TYPE_CHECKING:
    import igraph
    from scipy import sparse

    Matrix = sparse.csr_array[np.float64, tuple[int, int]]

TOLERANCE = 1e-13  # of the largest relative change of a PageRank in one step
MAX_STEPS = 1000
BLOCKS = 8  # of sources, each searched by one thread


@dataclass(frozen=True)
class Graph:
    """A simple graph: no loops, no parallel edges; an undirected edge stands once, smaller vertex first."""

    n: int
    src: Index
    dst: Index
    weight: Floats
    directed: bool


def graph(n: int, src: Ints | Index, dst: Ints | Index, weight: Floats | None = None, *, directed: bool) -> Graph:
    """A :class:`Graph` of edges in any order.

    Parameters
    ----------
    n : number of vertices.
    src, dst : vertices of each edge, 0..n-1; loops are dropped, parallel edges become one of their summed weight.
    weight : weight of each edge, > 0; default 1 for each *pair*, however many parallel edges it has.
    """
    a, b = (src, dst) if directed else (np.minimum(src, dst), np.maximum(src, dst))
    keep, m = a != b, max(n, 1)
    keys: Ints = a[keep].astype(np.int64) * m + b[keep]
    if weight is None:
        keys.sort()  # far quicker than np.unique, which would hash them
        keys = keys[_new(keys)]
        total: Floats = np.ones(len(keys))
    else:
        order = np.argsort(keys)
        keys = keys[order]
        start = np.flatnonzero(_new(keys))
        keys, total = keys[start], _sums(np.asarray(weight, dtype=np.float64)[keep][order], start)
    tail = keys // m
    return Graph(n, tail.astype(np.int32), (keys - tail * m).astype(np.int32), total, directed)


def _new(keys: Ints) -> Bools:
    """Where a value of an ascending column differs from the one before."""
    out = np.ones(len(keys), dtype=bool)
    np.not_equal(keys[1:], keys[:-1], out=out[1:])
    return out


def _sums(values: Floats, start: Ints) -> Floats:
    return np.add.reduceat(values, start) if len(start) else np.zeros(0)


def connected(g: Graph) -> tuple[Graph, Index]:
    """The graph without its isolated vertices, and which vertices remain (ascending)."""
    used = np.zeros(g.n, dtype=bool)
    used[g.src] = used[g.dst] = True
    who = np.flatnonzero(used).astype(np.int32)
    place = np.cumsum(used, dtype=np.int32) - 1
    return Graph(len(who), place[g.src], place[g.dst], g.weight, g.directed), who


def pagerank(g: Graph, damping: float = 0.85, iterations: int | None = None) -> Floats:
    """PageRank along the edges, weighted; a vertex without outgoing edges passes its rank to all alike.

    Parameters
    ----------
    damping : probability to follow an edge.
    iterations : steps from the uniform start (LDBC Graphalytics prescribes a number); None: until converged.

    Returns
    -------
    float64, shape (n,), sums to 1; converged to a relative 1e-11.

    Notes
    -----
    Converged ranks solve (I - d P^T) y = 1, y scaled to sum 1: the rank of dead ends goes to all alike and need not be
    in the system. Gauss-Seidel takes about half the steps of the power iteration, and no product of a sparse matrix.
    """
    if g.n == 0:
        return np.zeros(0)
    if iterations is not None:
        return _power(g, damping, iterations)
    from graphsvc.kernels.measures_loops import incoming, settle

    rank = np.ones(g.n)
    settle(*incoming(g.n, *_steps(g)), damping, TOLERANCE, MAX_STEPS, rank)
    out: Floats = rank / rank.sum()
    return out


def _power(g: Graph, damping: float, iterations: int) -> Floats:
    """PageRank after a number of steps of the power iteration."""
    adjacency = _matrix(g)
    out: Floats = np.asarray(adjacency.sum(axis=1), dtype=np.float64).ravel()
    dangling = out == 0
    step, share = adjacency.T.tocsr(), np.divide(1.0, out, out=np.zeros(g.n), where=~dangling)
    rank: Floats = np.full(g.n, 1.0 / g.n)
    for _ in range(iterations):
        spread = step @ (rank * share) + rank[dangling].sum() / g.n
        rank = (1.0 - damping) / g.n + damping * spread
    return rank


def betweenness(g: Graph, pivots: int | None = None, *, normalized: bool = False) -> Floats:
    """How many shortest paths (in hops) between others run through each vertex; weights do not count.

    Parameters
    ----------
    pivots : None: exact (Brandes 2001). Else paths from this many evenly spaced vertices stand for all, scaled up
        (Brandes & Pich 2007); deterministic. On undirected graphs what a path adds grows with the distance from its
        pivot (Geisberger et al. 2008, linear scaling), which is as good as about four times the pivots.
    normalized : divide by the number of pairs of others.

    Returns
    -------
    float64, shape (n,), >= 0; an undirected pair counts once.
    """
    if g.n == 0:
        return np.zeros(0)
    sources = np.arange(g.n) if pivots is None or pivots >= g.n else _evenly(g.n, pivots)
    through = (
        _dependencies(g, sources, far=len(sources) < g.n and not g.directed)
        * (g.n / len(sources))
        / (1 if g.directed else 2)
    )
    pairs = (g.n - 1) * (g.n - 2) / (1 if g.directed else 2)
    return through / pairs if normalized and pairs > 0 else through


def core_numbers(g: Graph) -> NDArray[np.int32]:
    """Largest k such that the vertex is in a subgraph where all have k neighbours; directions do not count."""
    from graphsvc.kernels.measures_loops import core_numbers as peel

    if g.n == 0:
        return np.zeros(0, dtype=np.int32)
    flat = g if not g.directed else graph(g.n, g.src, g.dst, directed=False)
    return peel(*_rows(flat))


def components(g: Graph) -> NDArray[np.int32]:
    """Weakly connected component of each vertex, named by its smallest vertex."""
    from scipy.sparse.csgraph import connected_components

    if g.n == 0:
        return np.zeros(0, dtype=np.int32)
    _, label = connected_components(_matrix(g), directed=False)
    return _by_smallest(np.asarray(label, dtype=np.int64))


def path_lengths(g: Graph, sources: Ints | Index, *, weighted: bool = False) -> Floats:
    """Length of the shortest path from each source to each vertex: hops, or sums of edge weights.

    Returns
    -------
    float64, shape (len(sources), n), infinite where there is no path.
    """
    from scipy.sparse.csgraph import dijkstra

    if g.n == 0 or len(sources) == 0:
        return np.zeros((len(sources), g.n))
    lengths = dijkstra(_matrix(g), directed=g.directed, indices=sources, unweighted=not weighted)
    return np.asarray(lengths, dtype=np.float64)


def communities(g: Graph, seed: int = 0) -> NDArray[np.int32]:
    """Community of each vertex by modularity (Leiden, two rounds, seeded), named by its smallest vertex."""
    from graphsvc.kernels.communities import partitions

    if g.n == 0 or len(g.src) == 0:
        return components(g)
    flat = g if not g.directed else graph(g.n, g.src, g.dst, g.weight, directed=False)
    return next(partitions(flat, [flat.weight], seed=seed))


def interaction_graph(p: Projection) -> igraph.Graph:
    """Persons with one edge per reached participant; vertex attribute ``name`` is the public id, ``time`` in [us].

    Raises
    ------
    ModuleNotFoundError
        Where igraph is not installed.
    """
    import igraph

    ids = p.entities.id
    place = np.full(len(p), -1, dtype=np.int64)
    place[p.people] = np.arange(len(p.people))
    x = p.interactions
    edges = np.column_stack([place[x.actor], place[x.target]])
    return igraph.Graph(
        n=len(p.people),
        edges=edges,
        directed=True,
        vertex_attrs={"name": [ids[i].decode() for i in p.people]},
        edge_attrs={"time": x.time.tolist()},
    )


def _by_smallest(label: NDArray[np.int64]) -> NDArray[np.int32]:
    """Labels renamed to the smallest vertex that bears them."""
    first = np.full(int(label.max()) + 1, len(label), dtype=np.int32)
    np.minimum.at(first, label, np.arange(len(label), dtype=np.int32))
    out: NDArray[np.int32] = first[label]
    return out


def _rows(g: Graph) -> tuple[Ints, Index]:
    """Compressed rows: where each vertex's neighbours begin, and the neighbours; both triangles where undirected."""
    from graphsvc.kernels.measures_loops import both_ways, outgoing

    return (outgoing if g.directed else both_ways)(g.n, g.src, g.dst)


def _steps(g: Graph) -> tuple[Index, Index, Floats]:
    """From where to where one may go, and by what weight: an undirected edge goes both ways."""
    if g.directed:
        return g.src, g.dst, g.weight
    return np.concatenate([g.src, g.dst]), np.concatenate([g.dst, g.src]), np.concatenate([g.weight, g.weight])


def _dependencies(g: Graph, sources: Ints, *, far: bool) -> Floats:
    """Shares of shortest paths from the sources, in blocks of them whose sums come in one order on any machine."""
    from graphsvc.kernels.measures_loops import dependencies

    indptr, indices = _rows(g)
    blocks = np.array_split(sources, min(BLOCKS, len(sources)))
    parts = [np.zeros(g.n) for _ in blocks]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(lambda block, part: dependencies(indptr, indices, block, part, far), blocks, parts))
    out: Floats = np.sum(parts, axis=0)
    return out


def _matrix(g: Graph) -> Matrix:
    """Adjacency, row = source; an undirected graph has both triangles."""
    from scipy import sparse

    one = sparse.csr_array((g.weight, (g.src, g.dst)), shape=(g.n, g.n))
    return one if g.directed else (one + one.T).tocsr()


def _evenly(n: int, count: int) -> Ints:
    return (np.arange(count, dtype=np.int64) * n) // count
