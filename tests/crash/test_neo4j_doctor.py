"""``graphsvc doctor`` on a Neo4j: what is well, what is not and what to do about it, also when the server is away."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graphsvc.clock import now
from graphsvc.dispatch import HANDED_OUT
from graphsvc.jobs import Job
from graphsvc.stores import neo4j as neo4j_store
from graphsvc.stores import open_store
from tests.command_line import Said
from tests.servers.neo4j import Neo4jServer

Cli = Callable[..., Said]
WELL = {
    "server", "schema_version", "indexes", "published", "edition", "memory", "free_space", "gds", "change_log",
    "erasure_finished", "engine", "jobs", "column_files",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "interactions.csv").write_text("time,from,to,channel\n2024-01-01,a,b,mail\n")
    return tmp_path / "in"


@pytest.fixture
def workspace(neo4j_url: str, cli: Cli, folder: Path) -> str:
    """URL of a workspace with one interaction."""
    assert cli("--db", neo4j_url, "sync", "tables", folder).code == 0
    return neo4j_url


def examined(cli: Cli, url: str, code: int) -> dict[str, dict[str, Any]]:
    """The lines of a report, by check; its exit code says whether all is well."""
    found = cli("--db", url, "--json", "doctor")
    assert found.code == code and found.err == "", found
    assert found.json["ok"] == (code == 0)
    return {check["check"]: check for check in found.json["checks"]}


def bad(cli: Cli, url: str) -> dict[str, str]:
    """What is not well, by check."""
    return {name: check["detail"] for name, check in examined(cli, url, 1).items() if not check["ok"]}


@pytest.mark.neo4j
def test_a_sound_server_is_told_in_both_languages(workspace: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    found = examined(cli, workspace, 0)
    assert set(found) == WELL
    assert found["server"]["detail"] == "Neo4j/5.26.30" and found["edition"]["detail"] == "community"
    assert found["published"]["detail"] == "1/1" and found["gds"]["detail"] == "2.13.9"
    assert "1.00GiB" in found["memory"]["detail"] and found["free_space"]["detail"] > 0
    assert "gds" in found["engine"]["detail"]
    monkeypatch.setenv("GRAPHSVC_ENGINE", "local")
    assert examined(cli, workspace, 0)["engine"]["detail"] == "local"
    english, chinese = (cli("--db", workspace, "--lang", language, "doctor") for language in ("en", "zh"))
    assert english.code == chinese.code == 0
    assert "published / committed" in english.out and "heap" in english.out and "mail" in english.out
    assert "已发布 / 已提交" in chinese.out and "堆内存" in chinese.out and "heap" not in chinese.out
    assert "_" not in english.out + chinese.out, "a machine's word is shown"


@pytest.mark.neo4j
def test_what_is_not_well_is_told(
    workspace: str, neo4j_server: Neo4jServer, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    neo4j_server.run("DROP INDEX graphsvc_Interaction_time")
    monkeypatch.setattr(neo4j_store, "LOW_SPACE", 2**62)
    with closing(open_store(workspace)) as store:
        store.add_job(Job("forgotten", "fit", created=now() - HANDED_OUT - 10_000_000))
        store.add_job(Job("dropped", "fit", state="running", owner="w", lease=now() - HANDED_OUT - 10_000_000))
        store.add_job(Job("fresh", "fit", created=now()))
        store.add_job(Job("under-way", "fit", state="running", owner="w", lease=now() + 10**12))
    try:
        found = bad(cli, workspace)
        assert set(found) == {"indexes", "free_space", "jobs"}
        assert found["indexes"] == "graphsvc_Interaction_time"
        assert "forgotten" in found["jobs"] and "dropped" in found["jobs"] and "graphsvc serve" in found["jobs"]
        assert "fresh" not in found["jobs"] and "under-way" not in found["jobs"]
        assert "停滞" in cli("--db", workspace, "--lang", "zh", "doctor").out
    finally:
        neo4j_server.wipe()


@pytest.mark.neo4j
@pytest.mark.redis
def test_redis_is_asked_where_one_is_set(
    workspace: str, redis_url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_REDIS_URL", redis_url)
    assert examined(cli, workspace, 0)["redis"]["detail"] == redis_url
    monkeypatch.setenv("GRAPHSVC_REDIS_URL", "redis://:the-secret@127.0.0.1:1/0")
    said = bad(cli, workspace)["redis"]
    assert "does not answer" in said and "the-secret" not in said


@pytest.mark.neo4j
def test_without_gds_it_says_what_that_means(
    small: Neo4jServer, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.wipe()
    assert "graphsvc sync" in bad(cli, small.url)["workspace"], "no workspace yet"
    assert cli("--db", small.url, "sync", "tables", folder).code == 0
    found = examined(cli, small.url, 0)
    assert "not installed" in found["gds"]["detail"] and found["engine"]["detail"] == "local"
    assert "24.00MiB" in found["memory"]["detail"]
    monkeypatch.setenv("GRAPHSVC_ENGINE", "gds")
    assert {"gds", "engine"} == set(missing := bad(cli, small.url))
    assert "plugins folder" in missing["engine"]
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", "not-the-one")
    refused = bad(cli, small.url)
    assert set(refused) == {"server"} and "not-the-one" not in refused["server"]


def test_a_server_that_is_down_is_a_line_of_the_table(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.2")
    monkeypatch.setenv("GRAPHSVC_REDIS_URL", "redis://127.0.0.1:1/0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"neo4j://127.0.0.1:{taken.getsockname()[1]}"
    assert set(found := bad(cli, url)) == {"server", "redis"}
    assert "check that it runs" in found["server"]
    for language, heading, word in (("en", "check", "✗"), ("zh", "检查项", "无法连接")):
        shown = cli("--db", url, "--lang", language, "doctor")
        assert shown.code == 1 and shown.err == "" and heading in shown.out and word in shown.out
    hidden = cli("--db", url.replace("://", "://me:in-the-url@"), "--json", "doctor")
    assert hidden.code == 1 and "in-the-url" not in hidden.out and hidden.json["database"] == url
