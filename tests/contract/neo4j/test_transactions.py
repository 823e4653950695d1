"""A ledger's transactions: all or nothing, once, one change after the other, within their budgets."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from neo4j.exceptions import Neo4jError

from graphsvc.errors import BudgetError, InputError, StoreError, TransientError
from graphsvc.stores.ledger import Change, Writer
from graphsvc.stores.neo4j_ledger import Neo4jLedger
from queries.members import AllMembers
from queries.state import LastCommit, Meta, Published
from tests.contract.neo4j.conftest import Open, Set
from tests.contract.neo4j.proxy import Proxy, When
from tests.contract.neo4j.rows import members, texts, word
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
LONG = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a WHERE a < b RETURN count(a)"


def put(name: str, value: str) -> Callable[[Writer], None]:
    return lambda writer: writer.put("meta", {"name": [name], "value": [value]}, 1)


def value(ledger: Neo4jLedger, name: str) -> str | None:
    found = ledger.read(lambda reader: reader.one(Meta(name)))
    return found.value if found else None


def deadlock() -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code="Neo.TransientError.Transaction.DeadlockDetected", message="two at once")


# -- all or nothing ---------------------------------------------------------------------------------------------------


def test_a_change_that_fails_leaves_nothing(ledger: Neo4jLedger) -> None:
    def work(change: Change) -> None:
        change.insert("words", {"text": ["lost"]}, 1)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        ledger.change(work)
    assert texts(ledger) == []
    assert ledger.read(lambda reader: reader.one(LastCommit())) == (0, 0)


def test_a_change_that_changed_nothing_takes_no_number(ledger: Neo4jLedger) -> None:
    assert ledger.change(lambda change: change.sequence) == 1
    assert ledger.change(lambda change: change.sequence) == 1


def test_a_fault_that_passes_runs_the_work_again_once_in_all(ledger: Neo4jLedger) -> None:
    tries: list[int] = []

    def work(change: Change) -> int:
        tries.append(change.insert("words", {"text": ["once"]}, 1))
        if len(tries) < 3:
            raise deadlock()
        return len(tries)

    assert ledger.change(work) == 3
    assert texts(ledger) == ["once"]


def test_other_faults_are_not_tried_again(ledger: Neo4jLedger) -> None:
    tries = []

    def work(writer: Writer) -> None:
        tries.append(1)
        writer.add("audit", {"pk": [7, 7], "time": 0, "who": "a", "action": "b", "detail": "c"}, 2)

    with pytest.raises(Neo4jError, match="already exists"):
        ledger.write(work)
    assert len(tries) == 1


@pytest.mark.parametrize("when", [("after",), ("before",), ("before", "after"), ("before", "before")])
def test_a_commit_that_broke_off_is_done_once(
    neo4j_server: Neo4jServer, open_ledger: Open, when: tuple[When, ...]
) -> None:
    with Proxy(neo4j_server.port) as proxy:
        ledger = open_ledger(proxy.url)
        tries: list[int] = []

        def change(change: Change) -> int:
            tries.append(1)
            change.insert("words", {"text": ["one"]}, 1)
            return len(tries)

        def write(writer: Writer) -> int:
            return writer.number("lots")

        proxy.break_commits(*when)
        result = ledger.change(change)
        assert texts(ledger) == ["one"]
        assert ledger.read(lambda reader: reader.one(Published())) == ledger.read(lambda r: r.one(LastCommit()))
        assert len(tries) == 1 + when.count("before"), "the work ran though its commit had been done"
        assert result == len(tries), "the result is not that of the run that was committed"
        proxy.break_commits(*when)
        assert ledger.write(write) == 1
        assert ledger.write(write) == 2, "a write whose commit broke off was done twice"


def test_no_trace_of_a_commit_stays(open_ledger: Open, neo4j_server: Neo4jServer) -> None:
    ledger = open_ledger()
    for number in range(3):
        ledger.change(word(f"w{number}"))
        ledger.write(put("a", str(number)))
    assert neo4j_server.run("MATCH (w:Written) RETURN count(w) AS n")[0]["n"] <= 1
    ledger.close()
    assert neo4j_server.run("MATCH (w:Written) RETURN count(w) AS n")[0]["n"] == 0


# -- one after the other ----------------------------------------------------------------------------------------------


def test_changes_of_many_threads_come_one_after_the_other(open_ledger: Open) -> None:
    ledgers = [open_ledger() for _ in range(2)]
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda n: ledgers[n % 2].change(word(f"w{n}")), range(30)))
    assert sorted(numbers) == list(range(1, 31))
    assert sorted(texts(ledgers[0])) == sorted(f"w{n}" for n in range(30))


def holding(ledger: Neo4jLedger) -> tuple[threading.Thread, threading.Event]:
    """A thread that is inside a change until the event is set."""
    inside, leave = threading.Event(), threading.Event()

    def work(change: Change) -> None:
        inside.set()
        leave.wait(30)

    thread = threading.Thread(target=lambda: ledger.change(work))
    thread.start()
    assert inside.wait(30)
    return thread, leave


def test_who_waits_too_long_for_another_writer_is_told_so(open_ledger: Open, configure: Set) -> None:
    first = open_ledger()
    configure(wait_seconds=0.5)
    second = open_ledger()
    thread, leave = holding(first)
    try:
        with pytest.raises(TransientError) as caught:
            second.change(word("late"))
        assert caught.value.phrase.code == "store.busy"
    finally:
        leave.set()
        thread.join()
    assert second.change(word("in time")) == 1


def test_reads_and_writes_of_results_do_not_wait_for_a_change(open_ledger: Open, configure: Set) -> None:
    configure(wait_seconds=5)
    first, second = open_ledger(), open_ledger()
    thread, leave = holding(first)
    try:
        second.write(put("a", "1"))
        assert value(second, "a") == "1"
    finally:
        leave.set()
        thread.join()


def test_a_lock_keeps_a_read_and_its_write_together(open_ledger: Open) -> None:
    ledgers = [open_ledger() for _ in range(2)]
    ledgers[0].write(put("count", "0"))

    def add_one(writer: Writer) -> None:
        writer.lock("count")
        found = writer.one(Meta("count"))
        assert found is not None
        writer.put("meta", {"name": ["count"], "value": [str(int(found.value or 0) + 1)]}, 1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: ledgers[n % 2].write(add_one), range(24)))
    assert value(ledgers[0], "count") == "24"


def test_a_lock_is_waited_for_only_so_long(open_ledger: Open, configure: Set) -> None:
    first = open_ledger()
    configure(wait_seconds=0.5)
    second = open_ledger()

    def outer(writer: Writer) -> None:
        writer.lock("slot")
        with pytest.raises(TransientError, match="more than"):
            second.write(lambda w: w.lock("slot"))

    first.write(outer)
    second.write(lambda w: w.lock("slot"))


def test_no_handle_is_given_twice(open_ledger: Open) -> None:
    ledgers = [open_ledger() for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        firsts = list(pool.map(lambda n: ledgers[n % 2].write(lambda w: w.number("runs", 3)), range(24)))
    assert sorted(firsts) == list(range(1, 72, 3))


# -- who reads what ---------------------------------------------------------------------------------------------------


def test_every_thread_reads_what_any_of_them_wrote(ledger: Neo4jLedger) -> None:
    with ThreadPoolExecutor(1) as other:
        for number in range(20):
            ledger.write(put("a", str(number)))
            assert other.submit(value, ledger, "a").result() == str(number)


def test_a_forked_child_opens_a_connection_of_its_own(ledger: Neo4jLedger) -> None:
    ledger.write(put("a", "parent"))
    pid = os.fork()
    if not pid:
        try:
            seen = value(ledger, "a")
            ledger.write(put("b", f"child saw {seen}"))
            ledger.close()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    assert value(ledger, "b") == "child saw parent"


def test_a_reader_cannot_write(ledger: Neo4jLedger) -> None:
    def work() -> None:
        with ledger.server.session() as session:
            ledger.server.ask(session, "CREATE (:Meta {name: 'x', value: 'y'})", {}).consume()

    with pytest.raises(StoreError) as caught:
        ledger.server.attempt(work)
    assert caught.value.phrase.code == "neo4j.read_only"
    assert value(ledger, "x") is None


# -- budgets ----------------------------------------------------------------------------------------------------------


def test_a_question_past_its_time_is_ended_and_the_next_one_is_answered(open_ledger: Open, configure: Set) -> None:
    configure(query_seconds=0.5)
    ledger = open_ledger()

    def work() -> Any:
        with ledger.server.session() as session:
            return ledger.server.ask(session, LONG, {}).single()

    with pytest.raises(BudgetError, match=r"0\.5 s"):
        ledger.server.attempt(work)
    assert value(ledger, "erasures") == "0"


def test_an_answer_of_too_many_rows_is_refused(open_ledger: Open, configure: Set) -> None:
    open_ledger().change(lambda change: members(change, 5))
    configure(query_rows=4)
    ledger = open_ledger()
    with pytest.raises(BudgetError, match="more than 4 rows"):
        ledger.read(lambda reader: reader.ask(AllMembers()))
    lines: Iterator[Any] = iter(())
    with pytest.raises(BudgetError):
        ledger.read(lambda reader: list(reader.lines(AllMembers())))
    assert list(lines) == []
    configure(query_rows=5)
    assert len(open_ledger().read(lambda reader: reader.ask(AllMembers()))) == 5


def test_a_text_too_long_for_an_index_is_told(ledger: Neo4jLedger) -> None:
    with pytest.raises(InputError, match="too long"):
        ledger.change(word("x" * 9_000))
    assert texts(ledger) == []


# -- getting in -------------------------------------------------------------------------------------------------------


def test_a_wrong_password_is_told_without_it(open_ledger: Open, configure: Set) -> None:
    configure(neo4j_password="not-the-one")
    with pytest.raises(InputError) as caught:
        open_ledger()
    assert caught.value.phrase.code == "neo4j.wrong_password"
    assert "not-the-one" not in str(caught.value)


def test_an_absent_database_is_named(open_ledger: Open, configure: Set) -> None:
    configure(neo4j_database="absent")
    with pytest.raises(InputError, match="“absent”"):
        open_ledger()


def test_what_doctor_reports(ledger: Neo4jLedger, neo4j_server: Neo4jServer) -> None:
    assert all(line["ok"] for line in ledger.check())
    neo4j_server.run("DROP INDEX graphsvc_Interaction_time")
    bad = [line for line in ledger.check() if not line["ok"]]
    neo4j_server.wipe()  # a schema with a hole is nothing for the next test
    assert [(line["check"], line["detail"]) for line in bad] == [("indexes", "graphsvc_Interaction_time")]
