"""A loopback proxy that breaks a connection to Neo4j at its COMMIT: before the server sees it, after, or meanwhile.

It may also break one in the middle of what is sent, after so many bytes.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

HOST = "127.0.0.1"
COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # one chunk of two bytes: a structure without fields, signature 0x12
When = Literal["before", "after", "during"]


class Proxy:
    """Passes everything on until it is told to break the next commits."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((HOST, 0))
        self._breaks: list[When] = []
        self._open: list[socket.socket] = []
        self._left: int | None = None  # bytes to pass on before the next break
        self.commits = 0  # that reached the proxy
        self.broken = 0  # connections broken in the middle of what was sent
        self.during: Callable[[], None] = lambda: None  # done when the server has a COMMIT and its answer cannot come
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"bolt://{HOST}:{self._listener.getsockname()[1]}"

    def break_commits(self, *when: When) -> None:
        """Break the next commits, one for each word."""
        self._breaks = list(when)
        self.commits = 0

    def break_after(self, count: int) -> None:
        """Break a connection, once, when so many more bytes went to the server: in the middle of what is sent."""
        self._left = count

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # A shutdown wakes the thread that accepts; a close alone leaves it waiting.
        for each in (self._listener, *self._open):
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._port))
            except OSError:  # the server is down
                _end(client)
                continue
            self._open += [client, server]
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        while data := _received(client):
            if COMMIT in data:
                self.commits += 1
                if self._breaks:
                    self._break(self._breaks.pop(0), data, client, server)
                    return
            if not _sent(server, self._passed(data)) or self._left == 0:
                self.broken += self._left == 0
                self._left = None
                break
        _end(client)
        _end(server)

    def _passed(self, data: bytes) -> bytes:
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        return data

    def _break(self, when: When, data: bytes, client: socket.socket, server: socket.socket) -> None:
        _end(client)  # first, so that no answer comes through
        if when == "after":
            _sent(server, data)
            _received(server)
        if when == "during":
            _sent(server, data)
            self.during()
        _end(server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        while (data := _received(server)) and _sent(client, data):
            pass


def _received(end: socket.socket) -> bytes:
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


def _sent(end: socket.socket, data: bytes) -> bool:
    try:
        end.sendall(data)
    except OSError:
        return False
    return True


def _end(end: socket.socket) -> None:
    with suppress(OSError):  # the other side was faster
        end.shutdown(socket.SHUT_RDWR)
    end.close()
