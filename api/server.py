"""The server: uvicorn, which ends the streams of live events before it waits for the last answers to be out."""

from __future__ import annotations

import contextlib
import socket
import threading

import uvicorn

from algorithms.health_renewal import all_ties
from algorithms.weekly import weekly
from api.answers import Ask
from api.answers.live import Live
from api.answers.paths import network
from api.answers.steps import LIST_SCORES
from graphsvc.errors import GraphsvcError
from graphsvc.workspace import Moment, Workspace


class Server(uvicorn.Server):
    """uvicorn over an app with live events.

    A stream has no last answer, so that a server that waits for it would never stop.
    """

    def __init__(self, config: uvicorn.Config, live: Live) -> None:
        super().__init__(config)
        self._live = live

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then stop as ever."""
        self._live.close()
        await super().shutdown(sockets)


EVENTS_AT_HAND = 2_000_000  # interactions up to which what events renew is kept ready: beyond, it takes gigabytes


class Preparation:
    """Gets ready, in a thread of its own, what the first reader would wait for: names to search, scores of the list.

    Then what the first event would wait for: what scores, lists and paths are renewed from.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace, self._over = workspace, threading.Event()
        threading.Thread(target=self._prepare, name="graphsvc-prepare", daemon=True).start()

    def end(self) -> None:
        """The server stops: what fails from now on fails because the store is being closed."""
        self._over.set()

    def _prepare(self) -> None:
        try:
            # whatever is wrong with the data, the first question meets it again and says it
            with contextlib.suppress(GraphsvcError):
                moment = self._workspace.moment()
                for name in LIST_SCORES:
                    self._workspace.effective(name, moment)
                self._workspace.directory()
                self._expect_events(moment)
        except Exception:
            if not self._over.is_set():
                raise

    def _expect_events(self, moment: Moment) -> None:
        p = self._workspace.projection(moment)
        if not p.own_known or len(p.interactions) > EVENTS_AT_HAND:
            return
        all_ties(p, directed=True)
        weekly(p, {name: self._workspace.effective(name, moment) for name in LIST_SCORES}, rep=None)
        network(Ask(self._workspace))
