"""The embedded store: one SQLite file that several processes may use at once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphsvc.clock import Clock, now
from graphsvc.store import SCHEMA_VERSION
from graphsvc.stores.ledger_store import LedgerStore
from graphsvc.stores.sqlite_ledger import SqliteLedger

LOW_SPACE = 200 * 1024 * 1024  # [bytes] free on the disk; below it the next sync may not fit


class SqliteStore(LedgerStore):
    """A Store in one SQLite file.

    Parameters
    ----------
    path : the file; made where ``create`` is true.
    clock : gives the present moment [us]; record times follow it and never go back.
    """

    def __init__(self, path: Path, *, create: bool = True, clock: Clock = now) -> None:
        ledger = SqliteLedger(path, create=create, clock=clock)
        super().__init__(ledger)
        self.path = path
        self._file = ledger

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports: check, ok, detail."""
        with self._file.translated():
            sound = str(self._file.connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            version = int(self._file.connection.execute("PRAGMA user_version").fetchone()[0])
        free = shutil.disk_usage(self.path.resolve().parent).free
        wal = Path(f"{self.path}-wal")
        size = wal.stat().st_size if wal.exists() else 0
        found = (
            ("integrity", sound == "ok", sound),
            ("schema_version", version == SCHEMA_VERSION, version),
            ("free_space", free > max(LOW_SPACE, self.path.stat().st_size), free),
            ("write_ahead_log", size < 2**30, size),
        )
        return [*({"check": name, "ok": ok, "detail": detail} for name, ok, detail in found), *super().check()]
