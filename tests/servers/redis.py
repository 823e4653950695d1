"""Redis as one process on a loopback port, with an append-only file: what it acknowledged outlives its kill."""

from __future__ import annotations

from collections.abc import Sequence

from redis import Redis
from redis.exceptions import RedisError

from tests.servers.process import HOST, Server, program


class RedisServer(Server):
    """A Redis of one's own, without password; ``url`` is ``redis://127.0.0.1:PORT/0``."""

    name = "Redis"
    start_seconds = 20.0

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def prepare(self) -> None:
        """Redis needs no files."""

    def command(self) -> Sequence[str]:
        # Without fsync: that guards against the end of the machine, not of the process.
        return [
            program("redis-server", "redis-server"), "--bind", HOST, "--port", str(self.port), "--dir", str(self.home),
            "--save", "", "--appendonly", "yes", "--appendfsync", "no",
        ]  # fmt: skip

    def answers(self) -> bool:
        try:
            with Redis.from_url(self.url, socket_timeout=2.0) as client:
                return bool(client.ping())
        except RedisError:  # still starting, or reading its file
            return False

    def forget_connections(self) -> None:
        """None is held open."""

    def wipe(self) -> None:
        """Empty all databases."""
        with Redis.from_url(self.url, socket_timeout=30.0) as client:
            client.flushall()
