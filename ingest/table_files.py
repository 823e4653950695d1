"""Which files of a folder are which table: by name, and for a single file also by its columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from graphsvc.errors import InputError
from graphsvc.model import TABLES, TableName, column_names, required_columns
from graphsvc.phrases import Phrase, phrase
from ingest.files import ENDINGS, DataFile, format_of, is_text, open_file, stem_of
from ingest.folders import left_aside, listed, shown_name
from ingest.headless import refuse_headless
from ingest.table_config import ORDER, TablesConfig
from ingest.table_plan import header_of, shown_headers

# Names a file may begin with; what follows must not be a letter ("people-2026.csv", "interactions_01.parquet").
FILE_NAMES: dict[TableName, tuple[str, ...]] = {
    "organizations": ("organizations", "organisations", "accounts", "companies", "组织", "客户", "公司"),
    "people": ("people", "persons", "contacts", "人员", "联系人"),
    "works": ("works", "作品"),
    "opportunities": ("opportunities", "deals", "商机"),
    "facts": ("facts", "事实"),
    "interactions": ("interactions", "messages", "activities", "互动"),
}
_SPREADSHEETS = {".xlsx", ".xls", ".xlsm", ".ods", ".numbers"}
_SHOWN = 20  # names told of files that are not read


@dataclass(frozen=True)
class Found:
    """Files to read as (table, name, path) in their order, and what is to be said of the others."""

    files: list[tuple[TableName, str, Path]]
    remarks: tuple[Phrase, ...]


def table_of(path: Path) -> TableName | None:
    """The table that a file's name tells.

    Examples
    --------
    >>> table_of(Path("People-2026.csv.gz")), table_of(Path("peoples.csv")), table_of(Path("people.txt"))
    ('people', None, None)
    """
    if format_of(path) is None:
        return None
    for table, names in FILE_NAMES.items():
        if any(re.match(rf"{name}(?![a-z])", stem_of(path)) for name in names):
            return table
    return None


def find(config: TablesConfig) -> Found:
    """The files of a folder that are tables, or one file.

    Raises
    ------
    InputError
        When there is none, or no table is known for a single file.
    """
    path = config.path
    there = listed(path)
    told = [(table_of(p), p) for p in there]
    if config.table is not None:
        mine = [p for t, p in told if t == config.table] if path.is_dir() else there
        told = [(config.table, p) for p in mine or [p for t, p in told if t is None and format_of(p)]]
    elif there == [path] and told[0][0] is None:
        told = [(_by_columns(path, config), path)]
    files = [(t, shown_name(p), p) for t, p in told if t is not None]
    if not files:
        names = ", ".join(n for t in ORDER for n in FILE_NAMES[t])
        raise InputError("sources.no_tables", path=str(path), names=names, endings=", ".join(ENDINGS))
    files.sort(key=lambda f: (ORDER.index(f[0]), f[1]))
    return Found(files, _left_aside(config, {p for _, _, p in files}) if path.is_dir() else ())


def _left_aside(config: TablesConfig, used: set[Path]) -> tuple[Phrase, ...]:
    """Every file and folder beside those that are read, by name."""
    rest = [p for p in listed(config.path) if p not in used]
    nameless = [shown_name(p) for p in rest if format_of(p) and config.table is None]
    others = [shown_name(p) for p in rest if not format_of(p) or config.table is not None]
    others += left_aside(config.path)
    out = []
    if nameless:
        out.append(phrase("sources.ignored_files", files=_some(nameless)))
    if others:
        out.append(phrase("sources.other_files", files=_some(others), endings=", ".join(ENDINGS)))
    return tuple(out)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return shown if len(names) <= _SHOWN else f"{shown} … (+{len(names) - _SHOWN})"


def _by_columns(path: Path, config: TablesConfig) -> TableName:
    """The table of a file whose name tells none: that of which it has all columns a row needs, more than a key."""
    if path.suffix.lower() in _SPREADSHEETS:
        raise InputError("sources.spreadsheet", file=shown_name(path))
    file = open_file(path, header=not config.no_header)
    for table in ("interactions", "facts"):
        if file.headers and _fits(table, file, config):
            return table
    if not is_text(file.headers):
        raise InputError("sources.not_text", file=shown_name(path))
    refuse_headless("interactions", file, config)
    raise InputError("sources.no_table", file=shown_name(path), headers=shown_headers(file), tables=", ".join(ORDER))


def _fits(table: TableName, file: DataFile, config: TablesConfig) -> bool:
    mapped = {entry.rpartition(".")[2]: header for entry, header in config.map.items()}
    columns = column_names(TABLES[table])
    return set(mapped) <= set(columns) and all(
        mapped.get(c, "").startswith("=") or header_of(file, c, mapped.get(c), only_mapped=False)
        for c in required_columns(TABLES[table])
    )
