"""A local Neo4j with Graph Data Science for trying out: start, stop, status. Needs Java 17 and Maven, no container."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOT_RUNNING = 3  # as `systemctl status` and init scripts say it


def main() -> int:
    """Do what the arguments say; the exit code is 0, 1 after an error, 3 for the status "not running"."""
    sys.path.insert(0, str(ROOT))
    from tests.servers.process import ServerError

    arguments = _parser().parse_args()
    try:
        return {"start": start, "stop": stop, "status": status, "fetch": fetch}[arguments.do](arguments)
    except ServerError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "do", choices=("start", "stop", "status", "fetch"), help="fetch: only get the jars ready, for tests"
    )
    parser.add_argument("--home", type=Path, default=ROOT / ".neo4j" / "server", help="folder of its data and logs")
    parser.add_argument("--port", type=int, default=7687, help="loopback port of Bolt (default 7687)")
    parser.add_argument("--heap", default="2g", help="most memory of Java objects (default 2g)")
    return parser


def start(arguments: argparse.Namespace) -> int:
    """Start it and say how to reach it; says the same where it runs already."""
    from tests.servers.trying import LongLivedNeo4j, running

    if running(arguments.home) is None:
        LongLivedNeo4j(arguments.home, arguments.port, heap=arguments.heap).start()
    return status(arguments)


def status(arguments: argparse.Namespace) -> int:
    """Say whether it runs, its URL and where its password is."""
    from tests.servers.trying import running

    found = running(arguments.home)
    if found is None:
        _say(f"No Neo4j runs in {_short(arguments.home)}.")
        return NOT_RUNNING
    pid, port = found
    _say(f"Neo4j listens at neo4j://127.0.0.1:{port} (process {pid}, data and logs in {_short(arguments.home)}).")
    _say(f"User neo4j; the password is in {_short(arguments.home / 'password')}.")
    _say("")
    _say(f"  export GRAPHSVC_NEO4J_PASSWORD_FILE={arguments.home.resolve() / 'password'}")
    _say(f"  make demo DATABASE_URL=neo4j://127.0.0.1:{port}")
    return 0


def stop(arguments: argparse.Namespace) -> int:
    """Stop it; its data stay."""
    from tests.servers import trying

    ended = trying.stop(arguments.home)
    _say(f"Neo4j in {_short(arguments.home)} has ended." if ended else f"No Neo4j runs in {_short(arguments.home)}.")
    return 0


def fetch(arguments: argparse.Namespace) -> int:
    """Fetch the jars, and get them ready for quick starts."""
    from tests.servers.neo4j import archive_classes

    archive_classes()
    return 0


def _short(path: Path) -> str:
    full = path.resolve()
    return str(full.relative_to(Path.cwd()) if full.is_relative_to(Path.cwd()) else full)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
