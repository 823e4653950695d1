"""Graph Data Science as a peer: a server of our own, graphs sent into its memory, procedures timed there.

Nothing of ours runs in between: a procedure is called through the plain driver. Graphs are sent as columns, without
being stored, and sending is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import neo4j
import numpy as np

if TYPE_CHECKING:
    from tests.servers.neo4j import Neo4jServer

Rows = list[dict[str, Any]]
HEARS = 20.0  # longest that a procedure may take to hear that it was terminated [s]

SEND = """
UNWIND range(0, size($src) - 1) AS i
RETURN gds.graph.project($name, $src[i], $dst[i], {relationshipType: 'E', relationshipProperties: {weight: $weight[i]}},
                         {undirectedRelationshipTypes: $undirected})"""
RUNNING = """
SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.mark = $mark RETURN transactionId AS id"""
TERMINATE = "TERMINATE TRANSACTIONS $ids"


class Gds:
    """Named graphs in the server's memory; vertex v is node v."""

    def __init__(self, server: Neo4jServer) -> None:
        self._server = server

    @contextmanager
    def graph(self, n: int, src: Any, dst: Any, weight: Any, *, directed: bool) -> Iterator[str]:
        """A graph of all vertices below ``n``, while the block runs; who has no edge points to nobody."""
        alone = np.setdiff1d(np.arange(n), np.concatenate([src, dst])).tolist()
        nobody = [None] * len(alone)
        columns = {"src": src.tolist() + alone, "dst": dst.tolist() + nobody, "weight": weight.tolist() + nobody}
        name = f"bench_{time.monotonic_ns()}"
        self.run(SEND, name=name, undirected=[] if directed else ["E"], **columns)
        try:
            yield name
        finally:  # there is none any more after a new start
            self.run("CALL gds.graph.drop($name, false) YIELD graphName RETURN graphName", name=name)

    def run(self, text: str, *, patience: float | None = None, **parameters: Any) -> Rows:
        """Rows of a query.

        Raises
        ------
        TimeoutError
            After ``patience`` seconds; nothing goes on in the server then.
        """
        asked: Future[Rows] = Future()
        mark = uuid4().hex
        Thread(target=self._ask, args=(asked, text, parameters, mark), daemon=True).start()
        if not wait([asked], patience).done:
            self._end(asked, mark)
            raise TimeoutError(f"The server was not done with it in {patience:g} s.")
        return asked.result()

    def _end(self, asked: Future[Rows], mark: str) -> None:
        """Terminate a transaction; where its procedure does not hear of that, the server starts anew, without graphs.

        A transaction's own timeout would not do: procedures go on for minutes after it.
        """
        ids = [row["id"] for row in self._server.run(RUNNING, mark=mark)]
        if ids:
            self._server.run(TERMINATE, ids=ids)
        if not wait([asked], HEARS).done:
            self._server.kill()
            self._server.start()

    def _ask(self, asked: Future[Rows], text: Any, parameters: dict[str, Any], mark: str) -> None:
        try:
            with self._server.driver.session() as session:
                asked.set_result(session.run(neo4j.Query(text, metadata={"mark": mark}), parameters).data())
        except BaseException as error:  # raised again where it is waited for
            asked.set_exception(error)


@contextmanager
def served(folder: Path) -> Iterator[Gds | None]:
    """A server while the block runs; None, and why, where Java or its jars are missing."""
    from tests.servers.neo4j import FullSpeedNeo4j
    from tests.servers.process import ServerError

    server = FullSpeedNeo4j(folder / "neo4j", heap="3g")
    try:
        server.__enter__()
    except ServerError as error:
        print(f"left out: Graph Data Science, {error}", file=sys.stderr)
        yield None
        return
    try:
        yield Gds(server)
    finally:
        server.__exit__(None, None, None)
