"""Graph Data Science as a peer: a server of our own, graphs sent into its memory, procedures timed there.

Nothing of ours runs in between: a procedure is called through the plain driver. Graphs are sent as columns, without
being stored, and sending is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import neo4j
import numpy as np

Rows = list[dict[str, Any]]

SEND = """
UNWIND range(0, size($src) - 1) AS i
RETURN gds.graph.project($name, $src[i], $dst[i], {relationshipType: 'E', relationshipProperties: {weight: $weight[i]}},
                         {undirectedRelationshipTypes: $undirected})"""


class Gds:
    """Named graphs in the server's memory; vertex v is node v."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver

    @contextmanager
    def graph(self, n: int, src: Any, dst: Any, weight: Any, *, directed: bool) -> Iterator[str]:
        """A graph of all vertices below ``n``, while the block runs; who has no edge points to nobody."""
        alone = np.setdiff1d(np.arange(n), np.concatenate([src, dst])).tolist()
        nobody = [None] * len(alone)
        columns = {"src": src.tolist() + alone, "dst": dst.tolist() + nobody, "weight": weight.tolist() + nobody}
        name = f"bench_{time.monotonic_ns()}"
        self.run(SEND, name=name, undirected=[] if directed else ["E"], **columns)
        yield name
        with suppress(TimeoutError):  # busy with what was given up
            self.run("CALL gds.graph.drop($name, false) YIELD graphName RETURN graphName", name=name, patience=30.0)

    def run(self, text: str, *, patience: float | None = None, **parameters: Any) -> Rows:
        """Rows of a query.

        Raises
        ------
        TimeoutError
            After ``patience`` seconds. Procedures do not hear of a transaction's own timeout for minutes: the server
            goes on with it until it is stopped, so that nothing should be asked of it after that.
        """
        asked: Future[Rows] = Future()
        Thread(target=self._ask, args=(asked, text, parameters), daemon=True).start()
        return asked.result(patience)

    def _ask(self, asked: Future[Rows], text: Any, parameters: dict[str, Any]) -> None:
        try:
            with self._driver.session() as session:
                asked.set_result(session.run(neo4j.Query(text), parameters).data())
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
        yield Gds(server.driver)
    finally:
        server.__exit__(None, None, None)
