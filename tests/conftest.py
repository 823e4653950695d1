"""What tests of the whole product share: the command line, called in this process."""

from __future__ import annotations

import contextvars
import hashlib
import io
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphsvc.settings import settings
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite import SqliteStore

KEY = "6b" * 32


@dataclass(frozen=True)
class Said:
    """What one call of the command line said, and the code it left with."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Cli = Callable[..., Said]


def call(*args: object) -> Said:
    """``graphsvc ARGS``; anything but an exit with a code is raised, as a user would see a traceback."""
    from graphsvc.cli import main

    out, err, code = io.StringIO(), io.StringIO(), 0
    begin = time.perf_counter()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            contextvars.copy_context().run(main, [str(a) for a in args])
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
    return Said(code, out.getvalue(), err.getvalue(), time.perf_counter() - begin)


def content(db: Path) -> str:
    """Digest of what a store says, whichever files it came from and wherever those stand."""
    whole = hashlib.sha256()
    with closing(SqliteStore(db, create=False)), closing(sqlite3.connect(db)) as connection:
        for name in ("members", "links", "people", "organizations", "works", "opportunities", "facts", "interactions"):
            for line in sorted(map(repr, connection.execute(query(f"digest_{name}")))):
                whole.update(line.encode(errors="surrogatepass"))
    return whole.hexdigest()


@pytest.fixture
def content_of() -> Callable[[Path], str]:
    """:func:`content`, for tests that cannot import this file."""
    return content


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in this process, with one workspace key for all databases and no settings from outside."""
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.delenv("GRAPHSVC_DATABASE_URL", raising=False)

    def fresh(*args: object) -> Said:
        settings.cache_clear()
        try:
            return call(*args)
        finally:
            settings.cache_clear()

    return fresh
