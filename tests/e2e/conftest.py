"""A small sample company, synced, fitted and scored once by the command line; copies of it for tests that write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphsvc.sample import write_sample
from graphsvc.settings import settings
from tests.command_line import Said, call


@dataclass(frozen=True)
class Cli:
    """``graphsvc`` in this process, on one database; unless told otherwise it must leave with 0."""

    db: Path
    folder: Path

    def __call__(self, *args: object, code: int = 0) -> Said:
        said = call(*args, "--db", self.db)
        command = " ".join(map(str, args))
        assert said.code == code, f"graphsvc {command} --db {self.db} left with {said.code}: {said.err}"
        return said

    @property
    def truth(self) -> Any:
        """What was planted."""
        return json.loads((self.folder / "truth.json").read_text(encoding="utf-8"))

    def copy(self, to: Path) -> Cli:
        """The same on a copy of the database."""
        with closing(sqlite3.connect(self.db)) as source, closing(sqlite3.connect(to)) as target:
            source.backup(target)
        return Cli(to, self.folder)


@pytest.fixture(scope="session")
def sample_cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The sample company at its smallest; tests must not change it."""
    folder = tmp_path_factory.mktemp("small")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_WORKSPACE_KEY", "5c" * 32)
        for name in ("GRAPHSVC_DATABASE_URL", "GRAPHSVC_LANG", "LC_ALL", "LC_MESSAGES", "LANG", "COLUMNS"):
            patch.delenv(name, raising=False)
        settings.cache_clear()
        write_sample(folder, scale=0.05)
        cli = Cli(folder / "w.db", folder)
        for source in ("crm", "tables", "mail"):
            cli("sync", source, folder / source, "--own", "yuanlan.example")
        cli("fit")
        cli("score")
        yield cli
    settings.cache_clear()


@pytest.fixture
def own_cli(sample_cli: Cli, tmp_path: Path) -> Cli:
    """A copy of the sample company that a test may change."""
    return sample_cli.copy(tmp_path / "copy.db")
