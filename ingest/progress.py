"""What a source of files remembers between syncs: the files it has finished, and how far it is in the current one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.files import fingerprint

Mark = list[int | str]  # size, modification time [ns], digest of the bytes


@dataclass
class Progress:
    """The cursor of a source of files.

    Attributes
    ----------
    options : digest of the options that decide what a row means; under others every file is read again.
    files : marks of finished files by name.
    current, rows : the file being read as (name, size, modification time), and the row number it was read up to.
    """

    options: str
    files: dict[str, Mark] = field(default_factory=dict)
    current: Mark | None = None
    rows: int = 0

    @staticmethod
    def read(cursor: str | None, options: str) -> Progress:
        """From a cursor; a cursor of other options, or none, starts from nothing."""
        kept: Mapping[str, Any] = json.loads(cursor) if cursor else {}
        if kept.get("options") != options:
            return Progress(options)
        return Progress(options, dict(kept["files"]), kept["current"], kept["rows"])

    @property
    def cursor(self) -> str:
        """As text for the store."""
        kept = {"options": self.options, "files": self.files, "current": self.current, "rows": self.rows}
        return json.dumps(kept, sort_keys=True, ensure_ascii=False)

    def unchanged(self, name: str, path: Path) -> bool:
        """True for a finished file with the same bytes; a file only touched is remembered by its new time."""
        mark, stat = self.files.get(name), path.stat()
        if mark is None or mark[0] != stat.st_size:
            return False
        if mark[1] != stat.st_mtime_ns:
            if mark[2] != fingerprint(path):
                return False
            self.files[name] = [stat.st_size, stat.st_mtime_ns, mark[2]]
        return True

    def rows_done(self, name: str, path: Path) -> int:
        """Row number up to which the file was taken before a sync was interrupted; 0 when it has changed since."""
        stat = path.stat()
        return self.rows if self.current == [name, stat.st_size, stat.st_mtime_ns] else 0

    def reached(self, name: str, path: Path, row: int) -> None:
        """The file is taken up to a row."""
        stat = path.stat()
        self.current, self.rows = [name, stat.st_size, stat.st_mtime_ns], row

    def finished(self, name: str, path: Path) -> None:
        """The file is taken whole."""
        stat = path.stat()
        self.files[name] = [stat.st_size, stat.st_mtime_ns, fingerprint(path)]
        self.current, self.rows = None, 0
