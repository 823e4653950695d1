"""The jars of Neo4j and Graph Data Science: fetched by Maven once, kept in ``.neo4j/jars`` or GRAPHSVC_NEO4J_JARS."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.process import ServerError, program

ROOT = Path(__file__).parents[2]
POM = ROOT / "scripts" / "neo4j" / "pom.xml"
FETCH_SECONDS = 900.0


@dataclass(frozen=True)
class Jars:
    """Folders of jars: ``lib`` is the server, ``plugins`` Graph Data Science."""

    folder: Path

    @property
    def lib(self) -> Path:
        return self.folder / "lib"

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    @property
    def classes(self) -> Path:
        """Java's archive of the classes that a test server loads; see :func:`tests.servers.neo4j.archive_classes`."""
        return self.folder / "classes.jsa"


def cache() -> Path:
    """Folder of the kept jars, one folder inside for each state of the pom."""
    given = os.environ.get("GRAPHSVC_NEO4J_JARS")
    return Path(given).resolve() if given else ROOT / ".neo4j" / "jars"


def jars() -> Jars:
    """The jars that the pom names, fetched where they are not there yet.

    The folder is named by the hash of the pom and appears by one rename, so that whoever sees it sees it whole; of
    several processes at once one fetches and the others wait.

    Raises
    ------
    ServerError : Maven is missing or failed; with what it said.
    """
    folder = cache() / hashlib.sha256(POM.read_bytes()).hexdigest()[:16]
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with alone(folder.parent / "lock"):
            if not folder.is_dir():
                _fetch(folder)
    return Jars(folder)


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold a file lock; of several processes at once one is in the block and the others wait."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # freed by the system when the process goes, however it goes
        yield


def _fetch(folder: Path) -> None:
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    goals = [f"dependency:copy-dependencies@{name}" for name in ("lib", "plugins")]
    said = subprocess.run(
        [program("mvn", "maven"), "-q", "-B", "-C", "-f", str(POM), *goals, f"-Djars={part}"],
        capture_output=True, text=True, errors="replace", timeout=FETCH_SECONDS, check=False,
    )  # fmt: skip
    if said.returncode:
        last = "\n".join((said.stdout + said.stderr).splitlines()[-25:])
        raise ServerError(
            f"Maven could not fetch the jars of {POM}: check the network and Maven's settings, or set "
            f"GRAPHSVC_NEO4J_JARS to a folder that another run filled. Maven said:\n{last}"
        )
    part.rename(folder)
