"""Neo4j or a sync is killed at any moment: what was acknowledged is there, once, and running it again does the rest."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from graphsvc.errors import TransientError
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.settings import settings
from graphsvc.stores import open_store
from tests.contract.neo4j.proxy import Proxy
from tests.crash.neo4j_writer import PAGES, main
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).parents[2]
KEY = "6b" * 32
PATIENT, IMPATIENT = 120, 1  # [s] that a writer waits for a server that is away
ONE_PAGE = 0.25  # [s], about: a kill comes somewhere within


@pytest.fixture
def server(small: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Neo4jServer:
    """A server to kill, with an empty workspace of the key that all processes have."""
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    settings.cache_clear()
    return small


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """Content of an undisturbed sync into SQLite, by the number of sources."""
    url, out = f"sqlite:///{tmp_path_factory.mktemp('whole') / 'whole.db'}", {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
        settings.cache_clear()
        for count, source in enumerate(("one", "two"), 1):
            main(url, source)
            with closing(open_store(url)) as store:
                out[count] = store.content_digest()
        settings.cache_clear()
    return out


class Writer:
    """A sync in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.acknowledged: list[tuple[int, int]] = []  # page, and the sequence that the store told after it

    def line(self) -> str:
        """What it says next; empty when it has ended."""
        assert self.process.stdout is not None
        said = self.process.stdout.readline().strip()
        if said and said[0].isdigit():
            page, sequence = map(int, said.split())
            self.acknowledged.append((page, sequence))
        return said

    def until(self, pages: int) -> bool:
        """Wait until that many pages of its source are acknowledged; False when it ends before."""
        while not self.acknowledged or self.acknowledged[-1][0] + 1 < pages:
            if self.line() in ("", "done"):
                return False
        return True

    def end(self) -> tuple[int, str]:
        """Wait for its end; its exit code and what it said on stderr."""
        while self.line():
            pass
        _, said = self.process.communicate(timeout=PATIENT)
        assert "Traceback" not in said, said
        return self.process.returncode, said


@contextmanager
def syncing(url: str, source: str = "one", wait: float = PATIENT) -> Iterator[Writer]:
    """A sync that has opened its store."""
    env = os.environ | {"GRAPHSVC_WAIT_SECONDS": str(wait), "PYTHONPATH": str(ROOT), "GRAPHSVC_LANG": "en"}
    command = [sys.executable, "-m", "tests.crash.neo4j_writer", url, source]
    with subprocess.Popen(command, cwd=ROOT, env=env, text=True, stdout=-1, stderr=-1) as process:
        writer = Writer(process)
        try:
            assert writer.line() == "ready", process.communicate()[1]
            yield writer
        finally:
            process.kill()
            process.communicate()


def kill_and_restart(server: Neo4jServer, writer: Writer) -> None:
    """SIGKILL for the Java process; back again it has all that the writer was told."""
    server.kill()
    told = list(writer.acknowledged)
    server.start()
    if told:
        kept = server.run("MATCH (c:Counter {name: 'committed'}) RETURN c.sequence AS sequence")[0]["sequence"]
        assert kept >= max(sequence for _, sequence in told), "a page that was acknowledged is gone"


def whole(server: Neo4jServer, content: str, sources: tuple[str, ...] = ("one",)) -> None:
    """All pages are there exactly once, and nothing else."""
    with closing(open_store(server.url, create=False)) as store:
        unsound = [check for check in store.check() if not check["ok"] and check["check"] != "free_space"]
        assert unsound == []
        assert [store.cursor(source) for source in sources] == [str(PAGES)] * len(sources)
        assert store.content_digest() == content, "not what an undisturbed sync leaves"
        assert len(store.quarantine(OWNER, limit=1000)) == PAGES * len(sources), "a held-back row is lost or doubled"
        numbers = list(range(1, PAGES * len(sources) + 1))
        assert sorted({change["sequence"] for change in store.changes(0, OWNER, UNLIMITED)}) == numbers
    counters = server.run("MATCH (c:Counter) RETURN c.name AS name, c.sequence AS sequence ORDER BY name")
    last = len(numbers)
    assert counters == [{"name": "committed", "sequence": last}, {"name": "published", "sequence": last}]
    commits = server.run("MATCH (c:Commit) RETURN c.pk AS pk ORDER BY pk")
    assert [row["pk"] for row in commits] == numbers, "a page was committed twice, or a number was lost"


def killed_in_commit(server: Neo4jServer, delay: float) -> None:
    """A sync whose server is killed while it commits the next page; the sync says so, and the server is restarted."""

    def kill() -> None:
        time.sleep(delay)
        server.kill()

    with Proxy(server.port) as proxy, syncing(proxy.url, wait=IMPATIENT) as writer:
        proxy.during = kill
        proxy.break_commits("during")
        code, said = writer.end()
        assert code == TransientError.exit_code and "cannot be reached or went away" in said
        kill_and_restart(server, writer)


def test_kill_9_of_the_server_in_a_commit_and_between(server: Neo4jServer, undisturbed: dict[int, str]) -> None:
    killed_in_commit(server, 0.002)
    with syncing(server.url) as writer:
        for pages, delay in ((3, 0.3 * ONE_PAGE), (7, 0.8 * ONE_PAGE)):
            assert writer.until(pages)
            time.sleep(delay)
            kill_and_restart(server, writer)
        assert writer.end() == (0, "")
    whole(server, undisturbed[1])


def test_a_killed_sync_run_again_equals_an_undisturbed_one(server: Neo4jServer, undisturbed: dict[int, str]) -> None:
    for pages, delay in ((0, 0.2), (2, 0.05), (4, 0.1), (6, 0.02), (8, 0.0)):
        with syncing(server.url) as writer:
            assert pages == 0 or writer.until(pages)
            time.sleep(delay)
            writer.process.send_signal(signal.SIGKILL)
            assert writer.end()[0] == -signal.SIGKILL, "killed too late to prove anything"
    with syncing(server.url) as writer:
        assert writer.end() == (0, "")
    whole(server, undisturbed[1])


def test_two_syncs_at_once_and_one_is_killed(server: Neo4jServer, undisturbed: dict[int, str]) -> None:
    with ExitStack() as stack:
        first, second = (stack.enter_context(syncing(server.url, source)) for source in ("one", "two"))
        assert second.until(5)
        second.process.send_signal(signal.SIGKILL)
        with syncing(server.url, "two") as again:
            assert again.end() == (0, "")
        assert first.end() == (0, "")
    whole(server, undisturbed[2], ("one", "two"))


@pytest.mark.slow
def test_fifty_kills_of_the_server_at_all_moments(server: Neo4jServer, undisturbed: dict[int, str]) -> None:
    rng, kills = random.Random(4), 0
    while kills < 50:
        server.wipe(schema=False)
        for _ in range(3):
            killed_in_commit(server, rng.random() * 0.02)
            kills += 1
        with syncing(server.url) as writer:
            pages = 0
            while writer.until(pages := max(pages, writer.acknowledged[-1][0] if writer.acknowledged else 0) + 1):
                time.sleep(rng.random() * ONE_PAGE)
                kill_and_restart(server, writer)
                kills += 1
            assert writer.end() == (0, "")
        whole(server, undisturbed[1])


@pytest.mark.slow
def test_forty_kills_of_the_sync_at_all_moments(server: Neo4jServer, undisturbed: dict[int, str]) -> None:
    rng = random.Random(5)
    for _ in range(8):
        server.wipe(schema=False)
        for _ in range(5):
            with syncing(server.url) as writer:
                time.sleep(rng.random() * 3 * ONE_PAGE)
                writer.process.send_signal(signal.SIGKILL)
        with syncing(server.url) as writer:
            assert writer.end() == (0, "")
        whole(server, undisturbed[1])
