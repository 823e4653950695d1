"""Addresses, credentials and errors, without a server."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from neo4j.exceptions import Neo4jError

from graphsvc.errors import BudgetError, GraphsvcError, InputError, StoreError, TransientError
from graphsvc.settings import Settings, settings
from graphsvc.stores.neo4j_connection import SCHEMES, Server, checked_url, credentials, passes


def server_error(code: str) -> Neo4jError:
    return Neo4jError._hydrate_neo4j(code=code, message="said by the server")


@pytest.mark.parametrize("scheme", ["neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"])
def test_all_schemes_of_neo4j_are_taken(scheme: str) -> None:
    assert scheme in SCHEMES
    assert checked_url(f"{scheme}://graph.example:7687/") == f"{scheme}://graph.example:7687"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("neo4j://me:secret@graph.example:7687", "neo4j.password_in_url"),
        ("neo4j://me@graph.example", "neo4j.password_in_url"),
        ("http://graph.example:7474", "neo4j.bad_url"),
        ("neo4j://", "neo4j.bad_url"),
        ("neo4j://graph.example:0", "neo4j.bad_url"),
        ("neo4j://graph.example:99999", "neo4j.bad_url"),
        ("neo4j://graph.example/sales", "neo4j.path_in_url"),
        ("neo4j://graph.example?policy=eu", "neo4j.path_in_url"),
    ],
)
def test_any_other_address_is_refused_without_repeating_its_password(url: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        checked_url(url)
    assert caught.value.phrase.code == code
    assert "secret" not in caught.value.text("en") + caught.value.text("zh")


def test_the_password_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("from file\n")
    assert credentials(Settings(neo4j_user="ann", neo4j_password="plain")) == ("ann", "plain")
    assert credentials(Settings(neo4j_password_file=str(file))) == ("neo4j", "from file")
    assert credentials(Settings()) is None
    with pytest.raises(InputError, match="keep one"):
        credentials(Settings(neo4j_password="plain", neo4j_password_file=str(file)))
    with pytest.raises(InputError, match="cannot be read"):
        credentials(Settings(neo4j_password_file=str(tmp_path / "absent")))


def test_settings_never_show_the_password() -> None:
    assert "plain" not in repr(Settings(neo4j_password="plain"))


@pytest.mark.parametrize(
    ("code", "kind", "again"),
    [
        ("Neo.ClientError.Security.Unauthorized", InputError, False),
        ("Neo.ClientError.Security.CredentialsExpired", InputError, False),
        ("Neo.ClientError.Security.AuthenticationRateLimit", TransientError, False),
        ("Neo.ClientError.Security.Forbidden", InputError, False),
        ("Neo.ClientError.Database.DatabaseNotFound", InputError, False),
        ("Neo.ClientError.Statement.AccessMode", StoreError, False),
        ("Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration", BudgetError, False),
        ("Neo.ClientError.Transaction.TransactionTimedOut", BudgetError, False),
        ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", StoreError, False),
        ("Neo.TransientError.General.TransactionOutOfMemoryError", StoreError, False),
        ("Neo.DatabaseError.Transaction.TransactionCommitFailed", StoreError, False),
        ("Neo.DatabaseError.Database.UnableToStartDatabase", StoreError, False),
        ("Neo.TransientError.Transaction.DeadlockDetected", TransientError, True),
        ("Neo.TransientError.General.DatabaseUnavailable", TransientError, True),
        ("Neo.TransientError.Transaction.LeaderSwitch", TransientError, True),
    ],
)
def test_each_error_of_a_server_is_a_sentence_in_both_languages(
    code: str, kind: type[GraphsvcError], again: bool
) -> None:
    settings.cache_clear()
    error = server_error(code)
    said = Server("bolt://127.0.0.1:1").sentence(error)
    assert isinstance(said, kind)
    assert passes(error) is again
    for language in ("en", "zh"):
        assert "127.0.0.1:1" in said.text(language)


def test_an_error_nobody_foresaw_stays_what_it_is() -> None:
    settings.cache_clear()
    error = server_error("Neo.ClientError.Statement.SyntaxError")
    assert Server("bolt://127.0.0.1:1").sentence(error) is error


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_server_that_is_down_is_waited_for_and_then_told(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.4")
    settings.cache_clear()
    server = Server(f"{scheme}://127.0.0.1:{port}")
    before = time.monotonic()
    try:
        with pytest.raises(TransientError, match=f"127.0.0.1:{port}"):
            server.version()
    finally:
        server.close()
        settings.cache_clear()
    assert time.monotonic() - before < 20  # bounded: far less than the driver's own patience


def test_a_fault_that_passes_is_tried_again_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    server = Server("bolt://127.0.0.1:1")
    faults: list[Any] = [server_error("Neo.TransientError.Transaction.DeadlockDetected")] * 2

    def work() -> str:
        if faults:
            raise faults.pop()
        return "done"

    assert server.attempt(work) == "done"
    faults += [server_error("Neo.ClientError.Statement.AccessMode")] * 2
    with pytest.raises(StoreError):
        server.attempt(work)
    assert len(faults) == 1, "a fault that stays was tried again"
