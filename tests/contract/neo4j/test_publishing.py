"""Readers of the feed go by the published counter, and miss nothing whoever writes and dies meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing

import pytest

from graphsvc.policy import OWNER, Budget
from graphsvc.stores import neo4j_ledger
from graphsvc.stores.neo4j import Neo4jStore
from graphsvc.stores.neo4j_ledger import Neo4jLedger
from queries.state import LastCommit, Published
from tests.contract.neo4j.conftest import Open
from tests.contract.neo4j.rows import texts, word

pytestmark = pytest.mark.neo4j
CHANGES = 25


def published(ledger: Neo4jLedger) -> int:
    return ledger.read(lambda reader: reader.ask(Published()))[0].sequence


def committed(ledger: Neo4jLedger) -> int:
    return ledger.read(lambda reader: reader.ask(LastCommit()))[0].sequence


class Follower:
    """Reads the feed again and again, from where the last answer ended."""

    def __init__(self, store: Neo4jStore) -> None:
        self.store = store
        self.seen: list[tuple[int, str]] = []
        self.commits: list[int] = []
        self.sequences: list[int] = [0]
        self.fault: BaseException | None = None
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._follow)
        self.thread.start()

    def _follow(self) -> None:
        try:
            while not self.done.is_set():
                self.step()
        except BaseException as fault:  # told by the test
            self.fault = fault

    def step(self) -> None:
        delta = self.store.delta(self.sequences[-1], OWNER, Budget())
        words = delta.tables["words"].to_pydict()
        self.seen += zip(words["pk"], words["text"], strict=True)
        self.commits += delta.tables["commits"].to_pydict()["pk"]
        self.sequences.append(delta.sequence)

    def end(self) -> None:
        self.done.set()
        self.thread.join()
        if self.fault:
            raise self.fault
        self.step()


def processes(url: str, names: Sequence[str]) -> list[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.contract.neo4j.writer", url]
    return [subprocess.Popen([*command, n, str(CHANGES)], stdout=subprocess.PIPE, text=True) for n in names]


def test_a_reader_of_the_feed_misses_no_row_of_two_writing_processes(open_ledger: Open) -> None:
    url = open_ledger().url
    with closing(Neo4jStore(url)) as store:
        follower = Follower(store)
        try:
            writers = processes(url, ["a", "b"])
            numbers = [int(line) for w in writers for line in w.communicate(timeout=120)[0].split()]
        finally:
            follower.done.set()
            follower.thread.join()
        follower.end()
        whole = store.delta(0, OWNER, Budget()).tables["words"].to_pydict()
    assert [w.returncode for w in writers] == [0, 0]
    assert sorted(numbers) == list(range(1, 2 * CHANGES + 1))
    # Words carry no number: one may come a read early, and then again with its change.
    assert dict(follower.seen) == dict(zip(whole["pk"], whole["text"], strict=True)), "a row was missed"
    assert follower.commits == list(range(1, 2 * CHANGES + 1)), "a change was missed, came twice or in another order"
    assert follower.sequences == sorted(follower.sequences)


@pytest.fixture
def left_behind(open_ledger: Open, monkeypatch: pytest.MonkeyPatch) -> Neo4jLedger:
    """A ledger whose writer dies after its commit, before it publishes."""
    writer = open_ledger()
    writer.change(word("first"))
    with monkeypatch.context() as patch:
        patch.setattr(writer, "_publish", lambda commit: None)
        writer.change(word("second"))
    assert (published(writer), committed(writer)) == (1, 2)
    return writer


def test_who_opens_the_database_publishes_what_was_left(left_behind: Neo4jLedger, open_ledger: Open) -> None:
    assert published(open_ledger()) == 2


def test_a_reader_who_sees_it_behind_for_long_publishes_it(
    left_behind: Neo4jLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert published(left_behind) == 1, "a writer may still be about to publish"
    monkeypatch.setattr(neo4j_ledger, "LATE", 0.05)
    time.sleep(0.1)
    assert published(left_behind) == 2


def test_the_next_change_publishes_what_was_left_even_if_it_changes_nothing(left_behind: Neo4jLedger) -> None:
    left_behind.change(lambda change: None)
    assert published(left_behind) == 2


def test_a_reader_does_not_wait_where_somebody_writes_just_now(
    left_behind: Neo4jLedger, open_ledger: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_ledger, "LATE", 0.0)
    monkeypatch.setattr(neo4j_ledger, "SHORT", 0.1)
    seen: list[int] = []

    def work(change: object) -> None:
        monkeypatch.setattr(left_behind, "_publish", lambda commit: None)
        seen.extend((published(left_behind), published(left_behind)))

    with monkeypatch.context() as patch:
        patch.setattr(left_behind, "_publish", lambda commit: None)
        left_behind.change(work)
    assert seen == [1, 1]
    assert texts(left_behind) == ["first", "second"]
