"""Whether whoever asked is still there: a question that waited for its place is not answered to nobody.

A slider that is drawn along asks for a map at every step and gives up on all but the last; those given up on while they
wait would otherwise be computed one after the other.
"""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive


class Hearing:
    """What a request without a body receives, listened to ahead of the app, which gets the same messages later."""

    def __init__(self, receive: Receive) -> None:
        self._receive, self._heard = receive, list[Message]()

    async def gone(self) -> bool:
        """True when the connection is closed already; never waits."""
        while not self._over():
            message = await _at_once(self._receive)
            if message is None:
                return False
            self._heard.append(message)
        return True

    def _over(self) -> bool:
        return any(message["type"] == "http.disconnect" for message in self._heard)

    async def receive(self) -> Message:
        """For the app: what was heard, then what comes."""
        return self._heard.pop(0) if self._heard else await self._receive()


async def _at_once(receive: Receive) -> Message | None:
    """The next message if it is there already."""
    task = asyncio.ensure_future(receive())
    done, _ = await asyncio.wait({task}, timeout=0)
    if done:
        return task.result()
    task.cancel()
    await asyncio.wait({task})
    return None if task.cancelled() else task.result()
