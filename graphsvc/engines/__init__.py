"""Engines: what computes the measures of whole graphs, in this process or in the database (Graph Data Science).

An algorithm declares which engines it supports and calls ``inputs.engine``; :func:`choose_engine` is the one place that
knows which engine that is. The engines agree: see docs/engines.md for the tolerance of each measure.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from graphsvc.engines.graphs import NamedGraph, Source, plain
from graphsvc.engines.local import LOCAL, LocalEngine, Seeds
from graphsvc.errors import BudgetError, GraphsvcError, InputError
from graphsvc.extras import installed, needs
from graphsvc.kernels.measures import Graph
from graphsvc.projection import Floats, Projection

__all__ = [
    "LOCAL",
    "Automatic",
    "Engine",
    "EngineSource",
    "HasEngine",
    "KeepsGraph",
    "LocalEngine",
    "NamedGraph",
    "Seeds",
    "Source",
    "choose_engine",
]  # fmt: skip

V = TypeVar("V")
_log = logging.getLogger("graphsvc.engines")


class Engine(Protocol):
    """Measures of a graph, or of a named one that the database may hold; vertices are 0..n-1 in answers."""

    @property
    def name(self) -> str:
        """What an algorithm declares to support it by."""

    def pagerank(self, g: Source, damping: float = 0.85) -> Floats:
        """PageRank along the weighted edges, shape (n,), sums to 1."""

    def betweenness(self, g: Source, pivots: int | None = None) -> Floats:
        """Shortest paths in hops through each vertex, shape (n,); exact, or estimated from this many vertices."""

    def communities(self, g: Source, seed: int = 0) -> NDArray[np.int32]:
        """Community by modularity (Leiden), directions dropped, shape (n,), named by its smallest vertex."""

    def components(self, g: Source) -> NDArray[np.int32]:
        """Weakly connected component, shape (n,), named by its smallest vertex."""

    def core_numbers(self, g: Source) -> NDArray[np.int32]:
        """Largest k of a k-core the vertex is in, directions and weights dropped, shape (n,)."""

    def seeds(self, g: Source, k: int, probability: float = 0.1, seed: int = 0) -> Seeds:
        """The k vertices that reach most others when each edge passes something on with one probability."""

    def close(self) -> None:
        """Let go of connections."""


@dataclass(frozen=True)
class EngineSource:
    """Where a database's engine is: URL, (user, password), name of the database (None: the user's default)."""

    url: str
    auth: tuple[str, str] | None = field(default=None, repr=False)
    database: str | None = None


@runtime_checkable
class HasEngine(Protocol):
    """A store whose server may compute measures."""

    def engine_source(self) -> EngineSource:
        """Where its server is."""


@runtime_checkable
class KeepsGraph(Protocol):
    """A store whose database is a graph that others read: it keeps a run's relationships beside the claims."""

    def materialise(self, p: Projection, ties: Graph, follows: Graph, run_id: str) -> Mapping[str, int]:
        """Write TIE and FOLLOWS of a run in place of the former run's; gives how many of each."""


class Automatic:
    """The database's engine for measures that both give to 1e-9, the local one for the rest.

    Leiden, sampled betweenness and seeds depend on random choices of the engine, and an answer must not tell which
    engine gave it. A graph too large for the server's memory is measured locally too, which is logged.
    """

    def __init__(self, server: Engine) -> None:
        self.server = server

    @property
    def name(self) -> str:
        return self.server.name

    def pagerank(self, g: Source, damping: float = 0.85) -> Floats:
        return _either(lambda: self.server.pagerank(g, damping), lambda: LOCAL.pagerank(g, damping))

    def betweenness(self, g: Source, pivots: int | None = None) -> Floats:
        if pivots is not None and pivots < plain(g).n:
            return LOCAL.betweenness(g, pivots)
        return _either(lambda: self.server.betweenness(g), lambda: LOCAL.betweenness(g))

    def communities(self, g: Source, seed: int = 0) -> NDArray[np.int32]:
        return LOCAL.communities(g, seed)

    def components(self, g: Source) -> NDArray[np.int32]:
        return _either(lambda: self.server.components(g), lambda: LOCAL.components(g))

    def core_numbers(self, g: Source) -> NDArray[np.int32]:
        return _either(lambda: self.server.core_numbers(g), lambda: LOCAL.core_numbers(g))

    def seeds(self, g: Source, k: int, probability: float = 0.1, seed: int = 0) -> Seeds:
        return LOCAL.seeds(g, k, probability, seed)

    def close(self) -> None:
        self.server.close()


def choose_engine(
    store: object, chosen: Literal["auto", "local", "gds"] = "auto", memory_mb: int | None = None
) -> Engine:
    """The engine for a store.

    Parameters
    ----------
    store : one with ``engine_source()`` (:class:`HasEngine`) has a server that may compute.
    chosen : ``local``; ``gds``, for every measure; ``auto``: the server's where it has one that answers alike.
    memory_mb : most memory one measure may take in the server [MB]; None: what GDS says its heap can hold.

    Raises
    ------
    InputError
        ``gds`` for a store without a server.
    StoreError
        The server has no GDS or one too old (``gds`` only), or refuses the credentials.
    TransientError
        The server does not answer.
    """
    if chosen == "local" or not isinstance(store, HasEngine):
        if chosen == "gds":
            raise InputError("engines.needs_neo4j")
        return LOCAL
    if not installed("graphdatascience") and chosen == "auto":
        return LOCAL
    needs("graphdatascience")
    from graphsvc.engines.gds import GdsEngine, MissingEngineError

    server = GdsEngine(store.engine_source(), memory_mb)
    try:
        server.check()
    except GraphsvcError as error:
        server.close()
        if chosen == "auto" and isinstance(error, MissingEngineError):
            return LOCAL
        raise
    return server if chosen == "gds" else Automatic(server)


def _either(first: Callable[[], V], second: Callable[[], V]) -> V:
    try:
        return first()
    except BudgetError as error:
        _log.warning("%s", error)
        return second()
