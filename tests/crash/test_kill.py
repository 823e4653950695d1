"""A sync that is killed and run again leaves the same store as one that was left alone."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from graphsvc.stores.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
WRITER = Path(__file__).with_name("writer.py")
PAGES = 12  # as the writer has it


def start(path: Path) -> subprocess.Popen[str]:
    """A process that syncs into a file, one line per committed page."""
    env = os.environ | {"GRAPHSVC_WORKSPACE_KEY": "6b" * 32, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, str(WRITER), f"sqlite:///{path}"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )


def run_until_done(path: Path) -> None:
    with start(path) as writer:
        out, _ = writer.communicate(timeout=120)
    assert writer.returncode == 0
    assert out.endswith("done\n")


def kill_after(path: Path, pages: int, delay: float) -> None:
    """Start a writer, let it commit some pages, and kill it ``delay`` seconds into the next one."""
    with start(path) as writer:
        assert writer.stdout is not None
        for _ in range(1 + pages):
            writer.stdout.readline()
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
    assert writer.returncode in (-signal.SIGKILL, 0)


def digest(path: Path) -> str:
    """Content of a store that is sound, complete and has no gap in its sequence."""
    with closing(SqliteStore(path, create=False)) as store:
        assert all(c["ok"] for c in store.check() if c["check"] != "free_space")
        assert store.cursor("src") == str(PAGES)
        found = store.content_digest()
    with closing(sqlite3.connect(path)) as connection:
        count, last = connection.execute("SELECT count(*), max(pk) FROM commits").fetchone()
    assert count == last == PAGES, "a page was committed twice, or a sequence number was lost"
    return found


def killed_and_resumed(path: Path, kills: list[tuple[int, float]]) -> str:
    for pages, delay in kills:
        kill_after(path, pages, delay)
    run_until_done(path)
    return digest(path)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    run_until_done(path)
    return digest(path)


def test_a_killed_sync_run_again_equals_an_undisturbed_one(tmp_path: Path, undisturbed: str) -> None:
    assert killed_and_resumed(tmp_path / "killed.db", [(0, 0.02), (1, 0.03), (2, 0.05)]) == undisturbed


@pytest.mark.slow
def test_many_kills_at_all_moments(tmp_path: Path, undisturbed: str) -> None:
    kills = [(i % 2, 0.004 * i) for i in range(40)]
    assert killed_and_resumed(tmp_path / "killed.db", kills) == undisturbed
