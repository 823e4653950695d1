"""A server process of ours: a folder and a loopback port of its own; it never outlives the process that started it."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

HOST = "127.0.0.1"
# Below the ports that Linux and macOS give to outgoing connections: nothing takes the port while a server is down
# between kill() and restart().
PORTS = range(20_000, 32_000)
START_TRIES = 5
STOP_SECONDS = 60.0


class ServerError(RuntimeError):
    """A server did not start, or something it needs is missing; the text says what to do, with the end of its log."""


class PortTakenError(ServerError):
    """Something else listens on the port."""


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ServerError(f"No free port found between {PORTS.start} and {PORTS.stop}.")


def program(name: str, package: str) -> str:
    """Full path of a program.

    Raises
    ------
    ServerError : it is not installed; names the Debian package.
    """
    if (found := shutil.which(name)) is None:
        raise ServerError(
            f"The program {name} is missing: install it (Debian: apt-get install {package}) and try again."
        )
    return found


def tail(file: Path, lines: int = 25) -> str:
    """Last lines of a log, or nothing where there is none."""
    if not file.is_file():
        return ""
    return "\n".join(file.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


class Server(ABC):
    """What Neo4j and Redis share: start, stop, kill, restart, and an end with the process that started it.

    Parameters
    ----------
    home : folder for data and logs; without one, a temporary folder that goes when the ``with`` block ends.
    port : loopback port; without one, a free one is taken and kept from the first start on.
    """

    name: ClassVar[str]
    start_seconds: ClassVar[float]
    outlives_us: ClassVar[bool] = False  # a server for trying out goes on after the command that started it

    def __init__(self, home: Path | None = None, port: int | None = None) -> None:
        self._throw_away = home is None
        self.home = (home or Path(tempfile.mkdtemp(prefix=f"graphsvc-{self.name.lower()}-"))).resolve()
        self._port_is_fixed = port is not None
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def prepare(self) -> None:
        """Write into :attr:`home` what the server reads at its start."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command line of the server, to run in the foreground in :attr:`home`."""

    @abstractmethod
    def answers(self) -> bool:
        """True once the server does what a client asks, False while it is still starting."""

    @abstractmethod
    def forget_connections(self) -> None:
        """Close what we ourselves hold open to the server; called before it goes down."""

    @property
    def logs(self) -> tuple[Path, ...]:
        """Where the server tells what went wrong."""
        return (self.home / "server.log",)

    @property
    def running(self) -> bool:
        """Whether the server process that this object started is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        if self._process is None or not self.running:
            raise ServerError(f"{self.name} in {self.home} is not running.")
        return self._process.pid

    def start(self) -> Self:
        """Start and wait until it answers; nothing happens where it runs already.

        Raises
        ------
        ServerError : it ended, or did not answer within ``start_seconds``; with the end of its log.
        PortTakenError : the port that was asked for is in use.
        """
        for left in reversed(range(START_TRIES)):
            try:
                self._start()
                break
            except PortTakenError:
                if self._port_is_fixed or not left:
                    raise
                self.port = free_port()
        self._port_is_fixed = True
        return self

    def _start(self) -> None:
        if self.running:
            return
        self.kill()  # what is left of one that ended by itself
        self.home.mkdir(parents=True, exist_ok=True)
        for log in self.logs:
            log.unlink(missing_ok=True)
        self._refuse_taken_port()
        self.prepare()
        with self.logs[0].open("ab") as log_file:
            # A session of its own: Ctrl-C in the terminal ends the tests, and the tests end the server.
            self._process = subprocess.Popen(
                list(self.command()), cwd=self.home, stdin=subprocess.DEVNULL, stdout=log_file, stderr=log_file,
                start_new_session=True,
            )  # fmt: skip
        if not self.outlives_us:
            self._watchdog = watch(self._process.pid, self.home if self._throw_away else None)
        self._wait()

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, self.port))
            except OSError as taken:
                raise PortTakenError(f"Port {self.port} of {HOST} is in use: choose another port.") from taken

    def _wait(self) -> None:
        until = time.monotonic() + self.start_seconds
        try:
            while not self.answers():
                if not self.running:
                    raise self._failure("ended while it was starting")
                if time.monotonic() > until:
                    raise self._failure(f"did not answer within {self.start_seconds:.0f} s")
                time.sleep(0.1)
        except BaseException:
            self.kill()
            raise

    def _failure(self, what: str) -> ServerError:
        text = "\n".join(filter(None, (tail(log) for log in self.logs)))
        kind = PortTakenError if "already in use" in text else ServerError
        return kind(f"{self.name} in {self.home} (port {self.port}) {what}. The end of its log:\n{text}")

    def stop(self) -> None:
        """End it in good order; kill it where that takes longer than a minute."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once by SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def restart(self) -> Self:
        """Start again on the same home and port; stops it first where it still runs."""
        self.stop()
        return self.start()

    def _end(self, how: signal.Signals) -> None:
        self.forget_connections()
        if self._process is not None:
            self._process.send_signal(how)  # does nothing once the process has ended
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._watchdog is not None:
            dismiss(self._watchdog)
        self._process = self._watchdog = None

    def discard(self) -> None:
        """Kill it; remove its folder where that was a temporary one."""
        self.kill()
        if self._throw_away:
            shutil.rmtree(self.home, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.discard()
            raise

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._throw_away:
            self.discard()
        else:
            self.stop()


def watch(pid: int, folder: Path | None = None) -> subprocess.Popen[bytes]:
    """A process that kills ``pid`` as soon as this one is gone, however it went, and then removes ``folder``.

    It waits for the end of a pipe that we hold. PR_SET_PDEATHSIG would know Linux only, and fires already when the
    *thread* that started the server ends.
    """
    script = 'read -r _; kill -9 "$0"; [ -z "$1" ] || { sleep 1; rm -rf "$1"; }'
    return subprocess.Popen(
        ["/bin/sh", "-c", script, str(pid), str(folder or "")],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


def dismiss(watchdog: subprocess.Popen[bytes]) -> None:
    """End a watchdog whose charge has ended, before the pid can belong to somebody else."""
    watchdog.kill()
    watchdog.communicate()
