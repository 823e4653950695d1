"""The server: uvicorn, which ends the streams of live events before it waits for the last answers to be out."""

from __future__ import annotations

import socket

import uvicorn

from api.answers.live import Live


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
