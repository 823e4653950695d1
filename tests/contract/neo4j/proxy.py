"""A loopback proxy that breaks a connection to Neo4j at its COMMIT: before the server sees it, or after."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Literal, Self

HOST = "127.0.0.1"
COMMIT = b"\x00\x02\xb0\x12\x00\x00"  # one chunk of two bytes: a structure without fields, signature 0x12
When = Literal["before", "after"]


class Proxy:
    """Passes everything on until it is told to break the next commits."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._listener = socket.create_server((HOST, 0))
        self._breaks: list[When] = []
        self._open: list[socket.socket] = []
        self.commits = 0  # that reached the proxy
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"bolt://{HOST}:{self._listener.getsockname()[1]}"

    def break_commits(self, *when: When) -> None:
        """Break the next commits, one for each word."""
        self._breaks = list(when)
        self.commits = 0

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
            server = socket.create_connection((HOST, self._port))
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
            if not _sent(server, data):
                break
        _end(client)
        _end(server)

    def _break(self, when: When, data: bytes, client: socket.socket, server: socket.socket) -> None:
        _end(client)  # first, so that no answer comes through
        if when == "after":
            _sent(server, data)
            _received(server)
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
