"""The servers of the tests themselves: each test begins empty, a restart keeps, nothing outlives the tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from neo4j import GraphDatabase
from neo4j.exceptions import AuthError, ClientError
from redis import Redis

from tests.servers import jars as fetching
from tests.servers.neo4j import Neo4jServer
from tests.servers.process import HOST, PortTakenError, Server, ServerError, free_port, program, watch
from tests.servers.redis import RedisServer

ROOT = Path(__file__).parents[2]


def gone(pid: int, seconds: float = 20.0) -> bool:
    """Whether the process ends within a bounded time; one that ended and waits for its parent counts as gone."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False


class TestNeo4j:
    @pytest.mark.neo4j
    def test_url_and_credentials_of_the_environment_open_an_empty_database_with_gds(self, neo4j_url: str) -> None:
        auth = os.environ["GRAPHSVC_NEO4J_USER"], os.environ["GRAPHSVC_NEO4J_PASSWORD"]
        with GraphDatabase.driver(neo4j_url, auth=auth) as driver:
            left = "MATCH (n) WHERE NOT n:Migration RETURN count(n)"
            assert driver.execute_query(left).records[0].value() == 0
            assert driver.execute_query("RETURN gds.version()").records[0].value() == "2.13.9"

    @pytest.mark.neo4j
    def test_only_the_password_opens_it(self, neo4j_server: Neo4jServer) -> None:
        with (
            GraphDatabase.driver(neo4j_server.url, auth=("neo4j", "not the password")) as driver,
            pytest.raises(AuthError),
        ):
            driver.verify_connectivity()
        assert neo4j_server.password_file.stat().st_mode & 0o077 == 0

    @pytest.mark.neo4j
    def test_wipe_leaves_neither_data_nor_schema_nor_projections(self, neo4j_server: Neo4jServer) -> None:
        neo4j_server.wipe()
        run = neo4j_server.run
        run("CREATE CONSTRAINT `odd name` FOR (a:Wiped) REQUIRE a.key IS UNIQUE")
        run("CREATE INDEX wiped_time FOR (a:Wiped) ON (a.time)")
        run("CREATE FULLTEXT INDEX wiped_text FOR (a:Wiped) ON EACH [a.name]")
        run("UNWIND range(1, 25000) AS i CREATE (:Wiped {key: i})-[:NEXT]->(:Other)")
        run("CALL gds.graph.project('wiped', '*', '*')")
        with neo4j_server.driver.session() as forgotten:
            forgotten.begin_transaction().run("MATCH (a:Wiped {key: 1}) SET a.time = 1")
            neo4j_server.wipe()
        assert run("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]
        assert run("SHOW CONSTRAINTS") == []
        assert run("SHOW INDEXES YIELD type WHERE type <> 'LOOKUP'") == []
        assert run("CALL gds.graph.list() YIELD graphName") == []

    @pytest.mark.neo4j
    def test_what_was_committed_outlives_a_kill(self, own_neo4j: Neo4jServer) -> None:
        url, pid = own_neo4j.url, own_neo4j.pid
        own_neo4j.run("CREATE (:Kept {n: 1})")
        own_neo4j.kill()
        assert not own_neo4j.running
        assert gone(pid)
        own_neo4j.restart()
        assert own_neo4j.url == url
        assert own_neo4j.run("MATCH (a:Kept) RETURN a.n AS n") == [{"n": 1}]

    @pytest.mark.neo4j
    def test_without_gds_and_without_password(self) -> None:
        with Neo4jServer(gds=False, auth=False) as server:
            home, pid = server.home, server.pid
            with (
                GraphDatabase.driver(server.url) as driver,
                pytest.raises(ClientError, match=r"gds\.version"),
            ):
                driver.execute_query("RETURN gds.version()")
            server.wipe()
        assert gone(pid)
        assert not home.exists()

    @pytest.mark.neo4j
    def test_a_server_that_does_not_start_tells_why(self) -> None:
        with (
            pytest.raises(ServerError, match=r"(?s)ended while it was starting.*heap"),
            Neo4jServer(heap="1k"),
        ):
            pass


class TestRedis:
    @pytest.mark.redis
    def test_url_opens_an_empty_redis(self, redis_url: str) -> None:
        with Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0
            client.set("left", "behind")

    @pytest.mark.redis
    def test_nothing_is_left_of_another_test(self, redis_url: str) -> None:
        with Redis.from_url(redis_url) as client:
            assert client.dbsize() == 0

    @pytest.mark.redis
    def test_what_was_acknowledged_outlives_a_kill(self, own_redis: RedisServer) -> None:
        with Redis.from_url(own_redis.url) as client:
            for n in range(100):
                client.rpush("kept", n)
        own_redis.kill()
        own_redis.start()
        with Redis.from_url(own_redis.url) as client:
            assert client.llen("kept") == 100


class Sleeper(Server):
    """A server that listens to nothing."""

    name = "Sleeper"
    start_seconds = 0.5
    ready = True

    def prepare(self) -> None:
        pass

    def forget_connections(self) -> None:
        pass

    def command(self) -> list[str]:
        return [sys.executable, "-c", "import time; print('sleeping', flush=True); time.sleep(600)"]

    def answers(self) -> bool:
        return self.ready


class TestProcess:
    def test_a_server_that_never_answers_is_killed_and_its_log_told(self) -> None:
        server = Sleeper()
        server.ready = False
        with pytest.raises(ServerError, match=r"(?s)did not answer within 0 s.*sleeping"):
            server.start()
        assert not server.running
        server.discard()

    def test_a_taken_port_is_refused_by_name(self) -> None:
        with socket.socket() as taken:
            taken.bind((HOST, 0))
            taken.listen()
            port = taken.getsockname()[1]
            server = Sleeper(port=port)
            with pytest.raises(PortTakenError, match=f"Port {port} .* in use"):
                server.start()
        server.discard()

    def test_a_free_port_that_was_taken_meanwhile_is_changed(self) -> None:
        server = Sleeper()
        with socket.socket() as taken:
            taken.bind((HOST, server.port))
            taken.listen()
            first = server.port
            with server:
                assert server.port != first
                assert free_port() not in (first,)

    def test_the_watchdog_ends_the_server_when_the_tests_are_killed(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir()
        sleeper = subprocess.Popen(["sleep", "600"])
        script = "from tests.servers.process import watch; import sys, time; from pathlib import Path; "
        script += f"w = watch({sleeper.pid}, Path({str(home)!r})); print('watching', flush=True); time.sleep(600)"
        tests = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
        assert tests.stdout is not None
        assert tests.stdout.readline() == b"watching\n"
        tests.send_signal(signal.SIGKILL)
        tests.communicate()
        assert sleeper.wait(20) == -signal.SIGKILL
        until = time.monotonic() + 20
        while home.exists() and time.monotonic() < until:
            time.sleep(0.05)
        assert not home.exists()

    def test_a_dismissed_watchdog_harms_nobody(self) -> None:
        with Sleeper() as server:
            pid = server.pid
            server.stop()
            assert gone(pid)
        assert not server.running
        other = subprocess.Popen(["sleep", "600"])
        dog = watch(other.pid)
        dog.kill()
        dog.communicate()
        assert other.poll() is None
        other.kill()
        other.wait()

    def test_a_missing_program_is_named_with_its_package(self) -> None:
        with pytest.raises(ServerError, match=r"no-such-program is missing.*apt-get install some-package"):
            program("no-such-program", "some-package")


class TestJars:
    """With a stand-in for Maven: the real one is run before the tests that need its jars."""

    @pytest.fixture
    def maven(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """An ``mvn`` that writes down its calls and makes one jar; it fails where a file says so."""
        calls = tmp_path / "calls"
        mvn = tmp_path / "bin" / "mvn"
        mvn.parent.mkdir()
        mvn.write_text(
            f'#!/bin/sh\necho "$@" >> {calls}\nfor a; do case $a in -Djars=*) d=${{a#-Djars=}};; esac; done\n'
            f"mkdir -p $d/lib $d/plugins; sleep 0.3\n"
            f'test ! -e {tmp_path}/broken || {{ echo "[ERROR] no route to host"; exit 1; }}\ntouch $d/lib/x.jar\n'
        )
        mvn.chmod(0o755)
        monkeypatch.setenv("PATH", f"{mvn.parent}:{os.environ['PATH']}")
        monkeypatch.setenv("GRAPHSVC_NEO4J_JARS", str(tmp_path / "cache"))
        return calls

    def test_two_processes_at_once_fetch_once(self, maven: Path) -> None:
        ask = [sys.executable, "-c", "from tests.servers.jars import jars; print(jars().lib)"]
        both = [subprocess.Popen(ask, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        said = {process.communicate(timeout=60)[0] for process in both}
        assert said == {f"{fetching.jars().lib}\n"}
        assert len(maven.read_text().splitlines()) == 1

    def test_another_pom_fetches_anew(self, maven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        first = fetching.jars()
        pom = tmp_path / "pom.xml"
        pom.write_text("<project/>")
        monkeypatch.setattr(fetching, "POM", pom)
        assert fetching.jars().folder != first.folder
        assert len(maven.read_text().splitlines()) == 2

    def test_a_failed_fetch_says_what_maven_said_and_leaves_no_half(self, maven: Path, tmp_path: Path) -> None:
        (tmp_path / "broken").touch()
        with pytest.raises(ServerError, match="no route to host"):
            fetching.jars()
        (tmp_path / "broken").unlink()
        assert (fetching.jars().lib / "x.jar").exists()
