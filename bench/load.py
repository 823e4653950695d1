"""A small load generator: keep-alive connections that ask prepared requests one after the other, and time each.

Requests are bytes made beforehand and answers are not decoded, so that the generator takes little of the processor it
shares with the server it measures.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from bench.measure import ROOT, processor


def get(path: str, **asked: object) -> bytes:
    """A GET request."""
    query = f"?{urlencode(asked, doseq=True)}" if asked else ""
    return f"GET {path}{query} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()


def post(path: str, body: bytes, kind: str = "application/json") -> bytes:
    """A POST request."""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        self._socket.sendall(request)
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head = data[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        while len(data) < end + 4 + length:
            data += self._more()
        self._rest = data[end + 4 + length :]
        return int(head[9:12]), data[end + 4 : end + 4 + length]

    def json(self, request: bytes) -> Any:
        """The answer's body; it must be a success.

        Raises
        ------
        RuntimeError
            With the problem, when it is none.
        """
        status, body = self.ask(request)
        if status != 200:
            raise RuntimeError(f"{request[:200]!r} gave {status}: {body[:500]!r}")
        return json.loads(body)

    def _more(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


@dataclass(frozen=True)
class Server:
    """A `graphsvc serve` process."""

    port: int
    pid: int

    @property
    def busy(self) -> float:
        """Processor seconds it has taken so far."""
        return processor(self.pid)

    def connect(self) -> Connection:
        """A connection to it."""
        return Connection(self.port)


@contextmanager
def serving(db: Path, **env: str) -> Iterator[Server]:
    """Serve a database on a free port of this machine, with one compute thread per library, until the block ends."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    args = [sys.executable, "-m", "graphsvc.cli", "--db", f"sqlite:///{db}", "serve", "--port", str(port)]
    log = db.with_suffix(".log").open("wb")
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen([*args, "--no-schedule"], stdout=log, stderr=log, cwd=ROOT, env=os.environ | one | env)
    try:
        _wait(port, child)
        yield Server(port, child.pid)
    finally:
        child.terminate()
        child.wait(30)
        log.close()


def _wait(port: int, child: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if child.poll() is not None:
                raise RuntimeError(f"graphsvc serve ended with {child.returncode}") from None
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("graphsvc serve does not listen")


@dataclass(frozen=True)
class Taken:
    """What some requests took; ``waits`` [s] in no order."""

    waits: np.ndarray
    wall: float
    processor: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.waits) / self.wall

    @property
    def each(self) -> float:
        """The server's processor seconds per request."""
        return self.processor / len(self.waits)

    def quantile(self, q: float) -> float:
        """A quantile of the waits [s]."""
        return float(np.quantile(self.waits, q))


def load(server: Server, requests: Sequence[bytes], connections: int = 1, seconds: float = 3.0) -> Taken:
    """Ask requests round and round for some time over some connections.

    Raises
    ------
    RuntimeError
        When one of them is not answered with success.
    """
    waits: list[list[float]] = [[] for _ in range(connections)]
    failed: list[Exception] = []
    end = time.perf_counter() + seconds

    def work(mine: list[float], number: int) -> None:
        try:
            with server.connect() as connection:
                _asking(connection, requests, number * 7, end, mine)
        except Exception as error:  # told below, in the caller's thread
            failed.append(error)

    threads = [threading.Thread(target=work, args=(w, i)) for i, w in enumerate(waits)]
    begin, busy = time.perf_counter(), server.busy
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return Taken(np.concatenate(waits), time.perf_counter() - begin, server.busy - busy)


def _asking(connection: Connection, requests: Sequence[bytes], at: int, end: float, waits: list[float]) -> None:
    while (begin := time.perf_counter()) < end:
        request = requests[at % len(requests)]
        status, body = connection.ask(request)
        waits.append(time.perf_counter() - begin)
        if status != 200:
            raise RuntimeError(f"{request[:200]!r} gave {status}: {body[:300]!r}")
        at += 1
