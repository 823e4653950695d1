"""A server that is killed, restarted, out of memory or older than needed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graphsvc.errors import StoreError, TransientError
from graphsvc.stores.ledger import Change
from graphsvc.stores.neo4j_ledger import Neo4jLedger
from queries.state import LastCommit, Published
from tests.contract.neo4j.conftest import Set
from tests.contract.neo4j.rows import interactions, members, texts, word
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def killed_server() -> Iterator[Neo4jServer]:
    """A server of this module, to kill."""
    with Neo4jServer(gds=False) as server:
        yield server


@pytest.fixture
def url(killed_server: Neo4jServer, configure: Set) -> str:
    killed_server.start()
    killed_server.wipe(schema=False)
    configure(neo4j_user=killed_server.user, neo4j_password=killed_server.password, wait_seconds=90)
    return killed_server.url


def kill_and_restart(server: Neo4jServer, writer: subprocess.Popen[str], after: int) -> list[int]:
    """Kill the server once the writer was told of some changes; gives their numbers."""
    assert writer.stdout is not None
    numbers = [int(writer.stdout.readline()) for _ in range(after)]
    server.kill()
    server.restart()
    return numbers


def writing(url: str, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.contract.neo4j.writer", url, name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def once_each(url: str, names: list[str]) -> None:
    with closing(Neo4jLedger(url, create=False)) as ledger:
        assert texts(ledger) == names, "a change was lost or done twice"
        last = ledger.read(lambda reader: reader.one(LastCommit()))
        assert last is not None
        assert last.sequence == len(names)
        assert ledger.read(lambda reader: reader.one(Published())) == last


def test_a_writer_lives_through_kill_9_of_the_server(killed_server: Neo4jServer, url: str) -> None:
    with writing(url, "w", 30) as writer:
        numbers = kill_and_restart(killed_server, writer, 8)
        numbers += [int(line) for line in writer.communicate(timeout=180)[0].split()]
    assert writer.returncode == 0
    assert numbers == list(range(1, 31))
    once_each(url, [f"w-{n}" for n in range(30)])


@pytest.mark.slow
def test_a_writer_lives_through_many_kills(killed_server: Neo4jServer, url: str) -> None:
    with writing(url, "w", 20 * 12) as writer:
        numbers = [n for _ in range(20) for n in kill_and_restart(killed_server, writer, 11)]
        numbers += [int(line) for line in writer.communicate(timeout=180)[0].split()]
    assert numbers == list(range(1, 20 * 12 + 1))
    once_each(url, [f"w-{n}" for n in range(20 * 12)])


def test_a_killed_writer_leaves_no_half_change_and_no_lock(killed_server: Neo4jServer, url: str) -> None:
    with writing(url, "w", 10_000) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(10)]
        writer.kill()
    with closing(Neo4jLedger(url, create=False)) as ledger:
        done = len(texts(ledger))
        assert told == list(range(1, 11))
        assert done in (10, 11), "more than the one change under way was done"
        assert ledger.change(word("next")) == done + 1


def test_a_server_that_stays_away_is_told_and_the_next_try_succeeds(
    killed_server: Neo4jServer, url: str, configure: Set
) -> None:
    configure(wait_seconds=3)  # a server that has just started is slow to answer
    with closing(Neo4jLedger(url)) as ledger:
        ledger.change(word("before"))
        killed_server.kill()
        for work in (lambda: texts(ledger), lambda: ledger.change(word("away"))):
            with pytest.raises(TransientError) as caught:
                work()
            assert caught.value.phrase.code == "neo4j.down"
        killed_server.restart()
        assert ledger.change(word("after")) == 2
        assert texts(ledger) == ["before", "after"]


def test_threads_that_read_during_a_restart_get_their_answers(killed_server: Neo4jServer, url: str) -> None:
    with closing(Neo4jLedger(url)) as ledger:
        ledger.change(word("w"))
        answers: list[list[str]] = []
        leave = threading.Event()

        def read() -> None:
            while not leave.is_set():
                answers.append(texts(ledger))

        threads = [threading.Thread(target=read) for _ in range(2)]
        for thread in threads:
            thread.start()
        killed_server.kill()
        killed_server.restart()
        answers.append(texts(ledger))
        leave.set()
        for thread in threads:
            thread.join()
    assert all(answer == ["w"] for answer in answers)


def test_a_page_too_large_for_the_memory_is_told_and_leaves_nothing(configure: Set) -> None:
    with Neo4jServer(gds=False, settings={"db.memory.transaction.max": "16m"}) as server:
        configure(neo4j_user=server.user, neo4j_password=server.password)

        def work(change: Change) -> None:
            members(change, 20)
            moments = [(n, n, 1 + n % 19, 2 + n % 18) for n in range(20_000)]
            interactions(change, moments)

        with closing(Neo4jLedger(server.url)) as ledger:
            with pytest.raises(StoreError) as caught:
                ledger.change(work)
            assert caught.value.phrase.code == "neo4j.out_of_memory"
            assert ledger.read(lambda reader: reader.rows("members", 0, 10)) == []
            assert ledger.change(word("small")) == 1
