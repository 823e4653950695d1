"""The engine of a Neo4j server: Graph Data Science, through its client ``graphdatascience``.

A graph that the database holds (same digest as the one asked for) is projected natively from its relationships; any
other is sent edge by edge as parameters of one Cypher projection, in columns. Memory is estimated before anything is
projected, and a projection is dropped however the measure ends.

References
----------
Leskovec, J. et al. (2007). Cost-effective outbreak detection in networks. KDD '07, 420-429 (CELF). All others as in
:mod:`graphsvc.kernels.measures`.
"""

from __future__ import annotations

import secrets
import threading
import warnings
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import neo4j
import numpy as np
from graphdatascience import GraphDataScience
from graphdatascience.error.gds_not_installed import GdsNotFound
from graphdatascience.error.unable_to_connect import UnableToConnectError
from graphdatascience.query_runner.neo4j_query_runner import Neo4jQueryRunner
from neo4j.exceptions import AuthError, DriverError, GqlError, Neo4jError
from numpy.typing import NDArray

from graphsvc.engines import EngineSource
from graphsvc.engines.graphs import GraphName, NamedGraph, Source, by_smallest, flat, plain
from graphsvc.engines.local import Seeds, reachable_sets, spread
from graphsvc.engines.materialise import Standing, standing, write_back
from graphsvc.errors import BudgetError, GraphsvcError, StoreError, TransientError
from graphsvc.kernels.measures import Graph
from graphsvc.projection import Floats, Ints

OLDEST = (2, 13)  # GDS that the client speaks to
PREFIX = "graphsvc_"
LEFTOVER_HOURS = 1
HEAP_PART = 0.8  # of the server's heap, where no limit is set
TOLERANCE, MAX_STEPS = 1e-14, 1000  # PageRank: absolute change per step; 0.85^200 is below it
SIMULATIONS = 200  # cascades per candidate in CELF
RESULT = "graphsvc_result"

WEIGHT: dict[GraphName, str] = {"FOLLOWS": "weight", "TIE": "strength", "CONTACT": "contact"}  # each contact counts 1

SEND = """
UNWIND range(0, size($src) - 1) AS i
RETURN gds.graph.project($name, $src[i], $dst[i], {{{data}}}, {{undirectedRelationshipTypes: $undirected}})"""
TYPED, WEIGHTED = "relationshipType: 'E'", "relationshipProperties: {weight: $weight[i]}"
COLUMNS = """
CALL gds.graph.nodeProperty.stream($name, $property) YIELD nodeId, propertyValue
RETURN collect({vertex}) AS vertex, collect(propertyValue) AS value"""
LEFTOVERS = """
CALL gds.graph.list() YIELD graphName, creationTime
WHERE graphName STARTS WITH $prefix AND creationTime <= datetime() - duration({hours: $hours})
RETURN collect(graphName) AS names"""


class MissingEngineError(StoreError):
    """The server has no Graph Data Science, or one too old."""


@dataclass(frozen=True)
class Ask:
    """One procedure of GDS: its name in the client, its options, and what of the graph it looks at."""

    procedure: str
    options: Mapping[str, Any] = field(default_factory=dict)
    weighted: bool = False
    directed: bool = True  # False: directions are dropped

    def seen(self, g: Graph) -> Graph:
        """The graph as this measure sees it."""
        return g if self.directed else flat(g, weighted=self.weighted)


class GdsEngine:
    """Measures computed by Graph Data Science in a Neo4j server.

    Parameters
    ----------
    source : where the server is.
    memory_mb : most memory that one measure may take there [MB]; None: 80 % of the server's heap.
    run : of whom: part of the names of projections, so that an operator sees whose they are.

    Notes
    -----
    Methods raise BudgetError (too little memory, with both figures), MissingEngineError (no GDS), StoreError (refused,
    unlicensed) and TransientError (no connection). Threads may share an engine.
    """

    name = "gds"

    def __init__(self, source: EngineSource, memory_mb: int | None = None, run: str = "engine") -> None:
        self._source, self._memory_mb, self._run = source, memory_mb, run
        self._lock = threading.Lock()
        self._open: _Connection | None = None

    # -- measures ---------------------------------------------------------------------------------------------------
    def pagerank(self, g: Source, damping: float = 0.85, *, write: str | None = None) -> Floats:
        """PageRank, normalised to sum 1, which is what ours gives: GDS lets the rank of dead ends go.

        Parameters
        ----------
        write : a run id: set ``pagerank`` and ``pagerank_run`` of the people of a named graph.
        """
        options = {"damping_factor": damping, "tolerance": TOLERANCE, "max_iterations": MAX_STEPS}
        rank = self._measure(g, Ask("page_rank", options, weighted=True))
        total = rank.sum()
        return self._written(g, "pagerank", rank / total if total > 0 else rank, write)

    def betweenness(self, g: Source, pivots: int | None = None, *, write: str | None = None) -> Floats:
        """Betweenness; with ``pivots`` from that many random vertices, scaled up (one thread, so that it repeats)."""
        n = plain(g).n
        if pivots is None or pivots >= n:
            return self._written(g, "betweenness", self._measure(g, Ask("betweenness")), write)
        sampled = self._measure(g, Ask("betweenness", {"sampling_size": pivots, "sampling_seed": 0, "concurrency": 1}))
        return self._written(g, "betweenness", sampled * (n / pivots), write)

    def communities(self, g: Source, seed: int = 0, *, write: str | None = None) -> NDArray[np.int32]:
        """Leiden by modularity; one thread, which is what makes a seed mean something, and is faster at our sizes."""
        if not len(plain(g).src):  # on which Leiden of GDS 2.13 fails with a null pointer
            return self._written(g, "community", np.arange(plain(g).n, dtype=np.int32), write)
        ask = Ask("leiden", {"random_seed": seed, "concurrency": 1}, weighted=True, directed=False)
        return self._written(g, "community", by_smallest(_whole(self._measure(g, ask))), write)

    def components(self, g: Source, *, write: str | None = None) -> NDArray[np.int32]:
        """Weakly connected components."""
        return self._written(g, "component", by_smallest(_whole(self._measure(g, Ask("wcc")))), write)

    def core_numbers(self, g: Source, *, write: str | None = None) -> NDArray[np.int32]:
        """Core numbers."""
        core = _whole(self._measure(g, Ask("kcore", directed=False))).astype(np.int32)
        return self._written(g, "core", core, write)

    def seeds(self, g: Source, k: int, probability: float = 0.1, seed: int = 0) -> Seeds:
        """CELF under independent cascades, by simulation; the spread is measured by our own sets.

        GDS 2.13 draws its simulations from neighbouring seeds of one generator, which are not independent: on directed
        graphs its spreads come out several times too high, and its choice suffers. Hence never under ``auto``.
        """
        graph = plain(g)
        if graph.n == 0 or k < 1:
            return Seeds(np.zeros(0, dtype=np.int32), np.zeros(0))
        count = min(k, graph.n)
        options = {"seed_set_size": count, "propagation_probability": probability, "random_seed": seed}
        ask = Ask("influence_maximization_celf", {**options, "monte_carlo_simulations": SIMULATIONS, "concurrency": 1})
        gain = self._measure(g, ask)
        chosen = np.argsort(-gain, kind="stable")[:count].astype(np.int32)
        sets = reachable_sets(graph, probability, np.random.default_rng(seed))
        return Seeds(chosen, np.array([spread(sets, graph.n, chosen[: i + 1]) for i in range(count)]))

    # -- the server -------------------------------------------------------------------------------------------------
    def check(self) -> str:
        """Version of GDS in the server.

        Raises
        ------
        MissingEngineError, StoreError, TransientError
            As said of the class.
        """
        with self._explained():
            return str(self._connection().gds.server_version())

    def projections(self) -> list[str]:
        """Names of the projections of ours in the server, those of other processes included."""
        with self._explained():
            return _names(self._connection().gds, hours=0)

    def close(self) -> None:
        """Let go of the connection."""
        with self._lock:
            last, self._open = self._open, None
        if last is not None:
            last.driver.close()

    def _connection(self) -> _Connection:
        with self._lock:
            if self._open is None:
                self._open = _connect(self._source)
                weakref.finalize(self, self._open.driver.close)  # a workspace that nobody closed
            return self._open

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Errors of the driver, the client and the server as ours."""
        try:
            yield
        except (DriverError, GqlError, UnableToConnectError, GdsNotFound) as error:
            raise explained(error, self._source.url) from error

    # -- one measure ------------------------------------------------------------------------------------------------
    def _measure(self, g: Source, ask: Ask) -> Floats:
        """Value of each vertex, shape (n,); 0 where the procedure gives none."""
        seen = ask.seen(plain(g))
        if seen.n == 0:
            return np.zeros(0)
        with self._explained():
            gds = self._connection().gds
            self._afford(gds, seen, ask)
            if isinstance(g, NamedGraph) and len(seen.src) and seen.directed == g.graph.directed:
                held = self._native(gds, g, ask)
                if held is not None:
                    return held
            return self._sent(gds, seen, ask)

    def _afford(self, gds: GraphDataScience, g: Graph, ask: Ask) -> None:
        """Refuse a graph and a measure that together need more memory than there is."""
        edges = len(g.src) * (1 if g.directed else 2)
        kind = {"type": "*", "properties": ["weight"] if ask.weighted else []}
        shape = {"nodeProjection": "*", "relationshipProjection": {"E": kind}, "nodeCount": g.n}
        options = dict(ask.options) | _weight(ask, "weight")
        estimate = getattr(gds, ask.procedure).estimate(shape | {"relationshipCount": edges}, **options)
        limit = self._connection().heap * HEAP_PART if self._memory_mb is None else self._memory_mb * 1e6
        if estimate.bytes_max > limit:
            figures = {"required": round(estimate.bytes_max / 1e6, 1), "available": round(limit / 1e6, 1)}
            raise BudgetError("engines.too_large", measure=ask.procedure, people=g.n, edges=len(g.src), **figures)

    def _sent(self, gds: GraphDataScience, g: Graph, ask: Ask) -> Floats:
        with self._projection(gds) as name:
            made = gds.graph.project.cypher(
                SEND.format(data=f"{TYPED}, {WEIGHTED}" if ask.weighted else TYPED), name=name, **_edges(g, ask)
            )
            getattr(gds, ask.procedure).mutate(
                made.graph, mutate_property=RESULT, **ask.options, **_weight(ask, "weight")
            )
            vertex, value = self._columns(gds, name, "nodeId")
            out = np.zeros(g.n)
            out[np.array(vertex, dtype=np.int64)] = value
            return out

    def _native(self, gds: GraphDataScience, g: NamedGraph, ask: Ask) -> Floats | None:
        """The measure over what the database holds; None where that is not (or not any more) this very graph."""
        before = self._standing(g)
        if before is None or before.digest != g.digest or not before.whole:
            return None
        with self._projection(gds) as name, self._projection(gds) as part:
            made = gds.graph.project.native(name, "Person", _relationships(g)).graph
            if g.name == "CONTACT" and before.edges < before.total:
                made = gds.graph.filter(made, part, "*", "r.contact > 0.0").graph
            edges = len(g.graph.src) * (1 if g.graph.directed else 2)
            if made.relationship_count() != edges or self._standing(g) != before:
                return None  # another run was written meanwhile
            weight = _weight(ask, WEIGHT[g.name])
            getattr(gds, ask.procedure).mutate(made, mutate_property=RESULT, **ask.options, **weight)
            ids, value = self._columns(gds, made.name(), "gds.util.asNode(nodeId).id")
            return by_id(g.ids, ids, value)

    def _standing(self, g: NamedGraph) -> Standing | None:
        with self._session() as session:
            return standing(session, g.name)

    def _session(self) -> neo4j.Session:
        return self._connection().driver.session(database=self._source.database)

    @contextmanager
    def _projection(self, gds: GraphDataScience) -> Iterator[str]:
        """A name for a projection, which is dropped at the end, whatever happens."""
        name = f"{PREFIX}{self._run}_{secrets.token_hex(6)}"
        try:
            yield name
        finally:
            # Without a connection the error under way says it all, and whoever connects next drops what is left.
            with suppress(DriverError, GqlError, UnableToConnectError):
                gds.graph.drop(name, fail_if_missing=False)

    def _columns(self, gds: GraphDataScience, name: str, vertex: str) -> tuple[list[Any], Floats]:
        """Vertices (as named in Cypher) and their results, as two columns: rows would take twenty times as long."""
        text = COLUMNS.replace("{vertex}", vertex)
        row = gds.run_cypher(text, {"name": name, "property": RESULT}).iloc[0]
        return row["vertex"], np.array(row["value"], dtype=np.float64)

    def _written(self, g: Source, name: str, values: NDArray[Any], run: str | None) -> NDArray[Any]:
        if run is not None:
            if not isinstance(g, NamedGraph):
                raise TypeError("only a named graph knows whose its vertices are")
            with self._explained(), self._session() as session:
                write_back(session, [i.decode() for i in g.ids.tolist()], {name: values}, run)
        return values


class _Runner(Neo4jQueryRunner):
    """The client's, but it gives up on a lost server after three attempts, not after ten minutes."""

    def run_cypher(self, *args: Any, **kwargs: Any) -> Any:
        few = Neo4jQueryRunner.ConnectivityRetriesConfig(max_retries=3)
        kwargs["connectivity_retry_config"] = kwargs.get("connectivity_retry_config") or few
        return super().run_cypher(*args, **kwargs)


@dataclass(frozen=True)
class _Connection:
    driver: neo4j.Driver
    gds: GraphDataScience
    heap: int  # of the server [bytes]


def _connect(source: EngineSource) -> _Connection:
    driver = neo4j.GraphDatabase.driver(
        source.url, auth=source.auth, connection_timeout=10.0, connection_acquisition_timeout=20.0,
        max_transaction_retry_time=10.0, notifications_min_severity="OFF",
    )  # fmt: skip
    try:
        driver.verify_connectivity()
        gds = _client_of(driver, source)
        for name in _names(gds, LEFTOVER_HOURS):  # of processes that were killed
            gds.graph.drop(name, fail_if_missing=False)
        return _Connection(driver, gds, int(gds.debug.sys_info().heap_max_in_bytes or 0))
    except BaseException:
        driver.close()
        raise


def _client_of(driver: neo4j.Driver, source: EngineSource) -> GraphDataScience:
    runner = _Runner(
        driver, Neo4jQueryRunner.parse_protocol(source.url), auth=source.auth, database=source.database,
        show_progress=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of an old server: refused below, in our words
        gds = GraphDataScience(runner, database=source.database, arrow=False, show_progress=False)
    version = gds.server_version()
    if (version.major, version.minor) < OLDEST:
        raise MissingEngineError("engines.old", found=str(version), oldest=".".join(map(str, OLDEST)))
    return gds


def _names(gds: GraphDataScience, hours: int) -> list[str]:
    """Projections of ours of at least this age, by the server's clock."""
    found = gds.run_cypher(LEFTOVERS, {"prefix": PREFIX, "hours": hours})
    return list(found["names"].iloc[0])


def _weight(ask: Ask, name: str) -> dict[str, str]:
    return {"relationship_weight_property": name} if ask.weighted else {}


def _edges(g: Graph, ask: Ask) -> dict[str, Any]:
    """Parameters of the Cypher projection; a vertex without an edge is one that points to null."""
    alone = np.setdiff1d(np.arange(g.n), np.concatenate([g.src, g.dst])).tolist()
    out: dict[str, Any] = {"src": g.src.tolist() + alone, "dst": g.dst.tolist() + [None] * len(alone)}
    if ask.weighted:
        out["weight"] = g.weight.tolist() + [None] * len(alone)
    return out | {"undirected": [] if g.directed or not len(g.src) else ["E"]}


def _relationships(g: NamedGraph) -> dict[str, Any]:
    if g.name == "FOLLOWS":
        return {"FOLLOWS": {"properties": ["weight"]}}
    return {"TIE": {"orientation": "UNDIRECTED", "properties": ["strength", "contact"]}}


def _whole(values: Floats) -> Ints:
    return values.astype(np.int64)


def by_id(ids: NDArray[np.bytes_], names: list[str], values: Floats) -> Floats | None:
    """Values in the order of ``ids`` (ascending), whatever others are there; None where one of them has none."""
    given = np.array(names, dtype=ids.dtype)
    place = np.searchsorted(ids, given)
    place[place == len(ids)] = 0
    ours = ids[place] == given
    if np.count_nonzero(ours) != len(ids):
        return None
    out = np.empty(len(ids))
    out[place[ours]] = values[ours]
    return out


def explained(error: Exception, url: str) -> GraphsvcError:
    """What an error of the driver, the client or the server means to whoever asked."""
    code, said = str(getattr(error, "code", "")), " ".join(str(getattr(error, "message", error)).split())[:300]
    low = said.lower()
    if isinstance(error, AuthError):
        return StoreError("engines.refused", url=url)
    if isinstance(error, GdsNotFound) or "ProcedureNotFound" in code or "unknown function 'gds." in low:
        return MissingEngineError("engines.missing", url=url)
    if "OutOfMemory" in code or "estimated memory" in low or "memory required" in low:
        return BudgetError("engines.out_of_memory", detail=said)
    if "license" in low or "enterprise" in low:
        return StoreError("engines.unlicensed", detail=said)
    if isinstance(error, Neo4jError) and not error.is_retryable():
        return StoreError("engines.failed", url=url, detail=said)
    return TransientError("engines.unreachable", url=url, detail=said)
