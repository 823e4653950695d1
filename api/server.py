"""The server: uvicorn, which ends the streams of live events before it waits for the last answers to be out."""

from __future__ import annotations

import contextlib
import socket
import threading

import uvicorn

from api.answers.live import Live
from api.answers.steps import LIST_SCORES
from graphsvc.errors import GraphsvcError
from graphsvc.workspace import Workspace


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


class Preparation:
    """Gets ready, in a thread of its own, what the first reader would wait for: names to search, scores of the list."""

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
        except Exception:
            if not self._over.is_set():
                raise
