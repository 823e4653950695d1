"""A Neo4j that is down, away, refusing, small, slow or read-only: one sentence, an exit code, and no harm."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import neo4j
import pytest
from neo4j.exceptions import DriverError, Neo4jError

from graphsvc.stores import neo4j_rows, open_store
from queries.question import text_of
from queries.results import Quarantined
from tests.command_line import Said
from tests.contract.neo4j.proxy import Proxy, When
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
Cli = Callable[..., Said]
PAGES, PAGE_ROWS, BAD = 8, 100, 5
NEVER_ENDS = "UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a WHERE a < b RETURN count(a)"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Interactions of eight pages, five of them with a time that is none."""
    out = tmp_path_factory.mktemp("source")
    lines = [f"2024-01-{1 + i % 28:02}T{i // 60 % 24:02}:{i % 60:02},p{i % 97},q{i % 89}" for i in range(800)]
    lines[:: 800 // BAD] = ["soon,a,b"] * BAD
    (out / "interactions.csv").write_text("time,from,to\n" + "\n".join(lines) + "\n")
    return out


@pytest.fixture
def undisturbed(folder: Path, tmp_path: Path, cli: Cli) -> str:
    """Content of the same sync into SQLite."""
    assert cli("--db", tmp_path / "whole.db", "sync", "tables", folder).code == 0
    return content(f"sqlite:///{tmp_path / 'whole.db'}")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_PAGE_ROWS", str(PAGE_ROWS))
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "1")


@pytest.fixture
def small_url(small: Neo4jServer) -> str:
    """URL of the small server."""
    return small.url


def content(url: str) -> str:
    """Digest of what a database says."""
    store: Any = open_store(url, create=False)
    try:
        return str(store.content_digest())
    finally:
        store.close()


def refused(cli: Cli, url: str, command: Sequence[object], code: str, exit_code: int) -> str:
    """A command is refused by one sentence in each language, with this code; gives the English one."""
    found = cli("--db", url, "--json", *command)
    assert (found.code, found.json["error"]) == (exit_code, code), found
    said = {}
    for language in ("en", "zh"):
        found = cli("--db", url, "--lang", language, *command)
        assert found.code == exit_code and found.out == "", found
        assert found.err.startswith("graphsvc: ") and found.err.count("\n") == 1, found.err
        assert "Traceback" not in found.err and url.partition("://")[2] in found.err, found.err
        said[language] = found.err
    assert any("一" <= letter <= "鿿" for letter in said["zh"]), said["zh"]
    return said["en"]


@contextmanager
def meanwhile(work: Callable[[], None]) -> Iterator[None]:
    """Something done beside the body; its failure is the test's."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    assert failed == []


def committed(server: Neo4jServer) -> int:
    """Pages that a server has."""
    with suppress(DriverError, Neo4jError):
        if found := server.run("MATCH (c:Counter {name: 'committed'}) RETURN c.sequence AS n"):
            return int(found[0]["n"])
    return 0


# -- away -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["neo4j", "bolt"])
@pytest.mark.parametrize("command", ["sync", "score", "runs", "quarantine"])
def test_a_server_that_is_down_is_one_sentence(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, scheme: str, command: str
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.2")
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", "the-secret-one")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    args = [command, "tables", folder] if command == "sync" else [command]
    said = refused(cli, f"{scheme}://127.0.0.1:{port}", args, "neo4j.down", 75)
    assert "check that it runs" in said and "the-secret-one" not in said


def test_a_server_that_comes_back_in_time_is_not_noticed(
    small: Neo4jServer, small_url: str, cli: Cli, folder: Path, undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "120")
    seen: list[int] = []

    def interrupt() -> None:
        until = time.monotonic() + 120
        while committed(small) < 2 and time.monotonic() < until:
            time.sleep(0.02)
        seen.append(committed(small))
        small.kill()
        time.sleep(1)
        small.start()

    with meanwhile(interrupt):
        found = cli("--db", small_url, "sync", "tables", folder)
    assert 2 <= seen[0] < PAGES, "the server went too early or too late to prove anything"
    assert found.code == 0 and "Traceback" not in found.err, found
    assert content(small_url) == undisturbed and committed(small) == PAGES


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_that_breaks_at_a_commit_loses_and_doubles_nothing(
    neo4j_server: Neo4jServer,
    neo4j_url: str,
    cli: Cli,
    folder: Path,
    undisturbed: str,
    monkeypatch: pytest.MonkeyPatch,
    when: When,
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "60")
    open_store(neo4j_url).close()
    with Proxy(neo4j_server.port) as proxy:
        proxy.break_commits(when, when)
        found = cli("--db", proxy.url, "sync", "tables", folder)
    assert found.code == 0 and "Traceback" not in found.err, found
    assert proxy.commits > 2, "nothing was broken"
    assert content(neo4j_url) == undisturbed and committed(neo4j_server) == PAGES


def test_a_connection_that_breaks_in_mid_batch_is_taken_up_again(
    neo4j_server: Neo4jServer,
    neo4j_url: str,
    cli: Cli,
    folder: Path,
    undisturbed: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "60")
    open_store(neo4j_url).close()
    with Proxy(neo4j_server.port) as proxy:
        proxy.break_after(30_000)
        found = cli("--db", proxy.url, "sync", "tables", folder)
    assert found.code == 0 and "Traceback" not in found.err, found
    assert proxy.broken == 1, "nothing was broken"
    assert content(neo4j_url) == undisturbed and committed(neo4j_server) == PAGES


# -- refusing ---------------------------------------------------------------------------------------------------------


def test_a_wrong_or_missing_password_is_told_without_it(
    small: Neo4jServer, small_url: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command, right = ["sync", "tables", folder], small.password
    for wrong in ("not-the-one", "不是这个"):
        monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", wrong)
        said = refused(cli, small_url, command, "neo4j.wrong_password", 2)
        assert wrong not in said and "GRAPHSVC_NEO4J_PASSWORD" in said
    monkeypatch.delenv("GRAPHSVC_NEO4J_PASSWORD")
    assert "none is set" in refused(cli, small_url, command, "neo4j.no_password", 2)
    file = tmp_path / "password"
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD_FILE", str(file))
    found = cli("--db", small_url, "--json", *command)
    assert (found.code, found.json["error"]) == (2, "neo4j.no_password_file")
    file.write_text(right)
    assert cli("--db", small_url, *command).code == 0
    for language in ("en", "zh"):
        shown = cli("--db", small_url.replace("://", "://me:in-the-url@"), "--lang", language, "doctor", "--json")
        assert "in-the-url" not in shown.out + shown.err and "neo4j://127" in shown.out


def test_another_version_is_told(neo4j_url: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = SimpleNamespace(agent="Neo4j/4.4.36")
    monkeypatch.setattr(neo4j.Driver, "get_server_info", lambda *_, **__: told)
    said = refused(cli, neo4j_url, ["sync", "tables", folder], "neo4j.old_server", 6)
    assert "4.4.36" in said and "5.26" in said


def test_a_read_only_database_can_be_read(small: Neo4jServer, small_url: str, cli: Cli, folder: Path) -> None:
    assert cli("--db", small_url, "sync", "tables", folder).code == 0
    before = content(small_url)
    small.stop()  # in good order: a database that may not be written cannot recover either
    with Neo4jServer(small.home, small.port, gds=False, settings={"server.databases.read_only": "neo4j"}):
        refused(cli, small_url, ["own", "ours.example"], "neo4j.read_only", 6)
        assert cli("--db", small_url, "quarantine").code == 0
        assert content(small_url) == before


# -- too much ---------------------------------------------------------------------------------------------------------


def test_a_page_too_large_for_the_server_says_what_to_do_and_smaller_ones_go_in(
    small_url: str, small: Neo4jServer, cli: Cli, folder: Path, undisturbed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = folder.parent / "large.csv"
    rows = (f"2024-01-{1 + i % 28:02}T{i // 60 % 24:02}:{i % 60:02}:{i % 59:02},u{i},v{i}" for i in range(15_000))
    large.write_text("time,from,to\n" + "\n".join(rows) + "\n")
    monkeypatch.setenv("GRAPHSVC_PAGE_ROWS", "15000")
    command = ["sync", "tables", large, "--table", "interactions", "--name", "large"]
    said = refused(cli, small_url, command, "neo4j.out_of_memory", 6)
    assert "GRAPHSVC_PAGE_ROWS" in said and "heap" in said
    assert committed(small) == 0, "half of a page is there"
    monkeypatch.setenv("GRAPHSVC_PAGE_ROWS", str(PAGE_ROWS))
    assert cli("--db", small_url, "sync", "tables", folder).code == 0
    assert content(small_url) == undisturbed


def test_a_question_past_its_time_is_ended_and_the_next_is_answered(
    neo4j_url: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("--db", neo4j_url, "sync", "tables", folder).code == 0
    with monkeypatch.context() as slow:
        slow.setattr(neo4j_rows, "text_of", lambda q, how: NEVER_ENDS if q is Quarantined else text_of(q, how))
        slow.setenv("GRAPHSVC_QUERY_SECONDS", "0.5")
        said = refused(cli, neo4j_url, ["quarantine"], "neo4j.too_slow", 5)
        assert "0.5 s" in said and "GRAPHSVC_QUERY_SECONDS" in said
    assert cli("--db", neo4j_url, "quarantine").code == 0


def test_an_answer_of_too_many_rows_is_refused(
    neo4j_url: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("--db", neo4j_url, "sync", "tables", folder).code == 0
    monkeypatch.setenv("GRAPHSVC_QUERY_ROWS", str(BAD - 1))
    found = cli("--db", neo4j_url, "--json", "quarantine")
    assert (found.code, found.json["error"]) == (5, "neo4j.too_many_rows")
    for language, word in (("en", "more than"), ("zh", "超过")):
        found = cli("--db", neo4j_url, "--lang", language, "quarantine")
        assert found.code == 5 and word in found.err and found.err.count("\n") == 1 and found.out == ""
    monkeypatch.setenv("GRAPHSVC_QUERY_ROWS", str(BAD))
    assert len(cli("--db", neo4j_url, "--json", "quarantine").json) == BAD


# -- without Graph Data Science ---------------------------------------------------------------------------------------


def test_without_gds_scores_are_those_of_sqlite_and_asking_for_it_says_how_to_get_it(
    small_url: str, cli: Cli, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for db in (small_url, tmp_path / "s.db"):
        assert cli("--db", db, "sync", "tables", folder).code == 0
    monkeypatch.setenv("GRAPHSVC_ENGINE", "gds")
    said = refused(cli, small_url, ["score", "influence"], "engines.missing", 6)
    assert "plugins folder" in said and "GRAPHSVC_ENGINE=local" in said
    monkeypatch.setenv("GRAPHSVC_ENGINE", "auto")
    values = []
    for db, out in ((small_url, tmp_path / "n.csv"), (tmp_path / "s.db", tmp_path / "s.csv")):
        assert cli("--db", db, "score", "influence").code == 0
        assert cli("--db", db, "export", "scores", "influence", "--out", out).code == 0
        values.append([line.rpartition(",")[0] for line in out.read_text().splitlines()])  # without the run's id
    assert values[0] == values[1] and len(values[0]) > 100
