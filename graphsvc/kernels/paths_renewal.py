"""A path graph renewed around some nodes: all their edges anew, every other edge as it was."""

from __future__ import annotations

import numpy as np

from graphsvc.kernels.paths import PathGraph, cost_of, path_graph
from graphsvc.projection import Bools, Floats, Index, Ints


def renewed_graph(
    old: PathGraph, image: Index, anew: Bools, edges: tuple[Index, Index, Floats], pass_on: Floats
) -> PathGraph:
    """The graph that :func:`graphsvc.kernels.paths.path_graph` builds of all edges.

    Parameters
    ----------
    old : a graph in which no edge between two other nodes had another probability.
    image : of each node of ``old`` its number now, ascending.
    anew : the nodes whose edges changed, shape (n,).
    edges : tail, head and probability of all edges with an end among these.
    pass_on : probability that a node passes a request on, shape (n,); for those that were there it is what it was.
    """
    from graphsvc.kernels.paths_ball_loops import Rows
    from graphsvc.kernels.paths_renewal_loops import edges_left, inward, outward

    n, none = len(pass_on), np.zeros(0, dtype=bool)
    part = path_graph(n, *edges, pass_on)
    back = np.full(n, -1, dtype=np.int32)
    back[image] = np.arange(len(image), dtype=np.int32)
    starts, links = old.rows.node, old.rows.links
    count = edges_left(starts, links, image, anew) + len(part.probability)
    node, made, chances = np.zeros((n + 1, 4), dtype=np.int64), np.empty((2, count, 2), dtype=np.int64), np.empty(count)
    node[:n, 2] = cost_of(pass_on)
    given = part.indptr, part.head.astype(np.int32), part.rows.links[0, :, 1], part.probability
    moved, placed = outward((starts, links, old.probability), given, back, image, anew, (node, made, chances))
    coming = part.rows.node[:, 1], *_coming(part, placed)
    dearest = inward((starts, links), coming, back, image, moved, (node, made))
    return PathGraph(Rows(node, made, none, none), chances, pass_on, int(dearest))


def _coming(part: PathGraph, placed: Ints) -> tuple[Index, Ints, Ints]:
    """Inward links of the part: tails, costs and the numbers its edges have now, in their order."""
    links = part.rows.links[1]
    return (links[:, 0] & 0xFFFFFFFF).astype(np.int32), links[:, 1], placed[links[:, 0] >> 32]
