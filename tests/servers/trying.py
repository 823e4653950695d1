"""A Neo4j for trying out: it goes on after the command that started it, until it is told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.servers.neo4j import FullSpeedNeo4j
from tests.servers.process import ServerError

STOP_SECONDS = 60.0


class LongLivedNeo4j(FullSpeedNeo4j):
    """One server per home; ``home/server.pid`` holds its process id and its port."""

    outlives_us = True

    def start(self) -> Self:
        """Start it for good.

        Raises
        ------
        ServerError : it runs already, or did not start.
        """
        if running(self.home) is not None:
            raise ServerError(f"Neo4j in {self.home} runs already.")
        super().start()
        (self.home / "server.pid").write_text(f"{self.pid} {self.port}\n")
        return self


def running(home: Path) -> tuple[int, int] | None:
    """Process id and port of the server in ``home``, None where none runs."""
    home = home.resolve()
    try:
        pid, port = map(int, (home / "server.pid").read_text().split())
    except FileNotFoundError:
        return None
    # The number may belong to another process by now.
    command = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return (pid, port) if f"--home-dir={home}" in command.stdout.split() else None


def stop(home: Path) -> bool:
    """End the server in ``home`` in good order, or kill it after a minute; False where none ran."""
    found = running(home)
    if found is None:
        return False
    until = time.monotonic() + STOP_SECONDS
    os.kill(found[0], signal.SIGTERM)
    while running(home) is not None:
        if time.monotonic() > until:
            os.kill(found[0], signal.SIGKILL)
        time.sleep(0.2)
    (home / "server.pid").unlink()
    return True
