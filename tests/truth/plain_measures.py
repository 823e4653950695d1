"""Graph measures in plain numpy and scipy: what the compiled loops are compared with."""

from __future__ import annotations

import numpy as np

from graphsvc.kernels.measures import Graph, _matrix

BATCH = 64  # sources searched at once


def dependencies(g: Graph, sources, *, far: bool = False):
    """Sum over sources of the share of shortest paths from the source through each vertex (Brandes 2001).

    ``far``: a path counts by 2 * (hops from the source) / (hops of the path) (Geisberger et al. 2008).
    """
    adjacency = _matrix(g)
    adjacency.data[:] = 1.0
    total = np.zeros(g.n)
    for at in range(0, len(sources), BATCH):
        total += dependencies_of(adjacency, sources[at : at + BATCH], far)
    return total if g.directed else total / 2.0


def dependencies_of(adjacency, sources, far):
    """Dependencies of a batch: breadth-first levels forward (path counts), then back (Buluc & Gilbert 2011)."""
    n, columns = adjacency.shape[0], np.arange(len(sources))
    forward = adjacency.T.tocsr()
    paths = np.zeros((n, len(sources)))
    paths[sources, columns] = 1.0
    levels = [paths.copy()]  # path counts of the vertices first reached at each depth
    while levels[-1].any():
        reached = np.asarray(forward @ levels[-1], dtype=np.float64)
        reached[paths > 0] = 0.0
        paths += reached
        levels.append(reached)
    dependency = np.zeros_like(paths)
    for depth in range(len(levels) - 1, 0, -1):
        at = levels[depth] > 0
        own = 2.0 / depth if far else 1.0
        given = np.divide(own + dependency, paths, out=np.zeros_like(paths), where=at)
        dependency += np.asarray(adjacency @ given) * levels[depth - 1]
    dependency[sources, columns] = 0.0
    if far:
        hops = sum(depth * (level > 0) for depth, level in enumerate(levels))
        dependency = dependency * hops
    return np.asarray(dependency.sum(axis=1), dtype=np.float64)


def peel(g: Graph):
    """Core numbers by taking away, round after round, everything of degree at most k."""
    adjacency = _matrix(g)
    adjacency.data[:] = 1.0
    degree = np.asarray(adjacency.sum(axis=1), dtype=np.float64).ravel()
    core, here, k = np.zeros(g.n, dtype=np.int32), np.ones(g.n, dtype=bool), 0
    while here.any():
        k = max(k, int(degree[here].min()))
        gone = here & (degree <= k)
        core[gone], here = k, here & ~gone
        degree = degree - adjacency @ gone.astype(np.float64)
    return core
