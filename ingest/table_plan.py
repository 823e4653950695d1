"""Which column of a file is which column of a table, and what to say where that cannot be told."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from graphsvc.errors import InputError
from graphsvc.model import TABLES, TableName, column_names, required_columns
from graphsvc.phrases import Phrase, phrase
from ingest.files import DataFile, is_text
from ingest.headless import refuse_headless
from ingest.table_config import TablesConfig

# Columns whose values are keys. A work's authors may be a list.
_KEYS: dict[TableName, tuple[str, ...]] = {
    "organizations": ("id",),
    "people": ("id", "organization"),
    "works": ("id",),
    "opportunities": ("id", "organization", "owner"),
    "facts": ("subject", "object"),
    "interactions": ("id", "from", "to", "object"),
}


@dataclass(frozen=True)
class Plan:
    """One file to read: its table, and where each column of the model comes from."""

    table: TableName
    name: str
    file: DataFile
    columns: dict[str, str]  # column -> header
    constants: dict[str, str]  # column -> text of every row
    ignored: tuple[str, ...]  # headers not used

    @property
    def remarks(self) -> tuple[Phrase, ...]:
        out = []
        if self.file.encoding != "utf-8":
            out.append(phrase("sources.other_encoding", file=self.name, encoding=self.file.encoding.upper()))
        if self.ignored:
            out.append(phrase("sources.ignored_columns", file=self.name, columns=", ".join(self.ignored)))
        return tuple(out)


def plan_of(table: TableName, name: str, file: DataFile, config: TablesConfig) -> Plan:
    """Where the columns of a table are in a file.

    Raises
    ------
    InputError
        When a column that every row needs, or one that was mapped, is not there.
    """
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    if not file.headers:
        return Plan(table, name, file, columns, constants, ())
    missing: list[str] = []
    for column in column_names(TABLES[table]):
        meant = f"{table}.{column}" in config.map or config.table is not None or config.path.is_file()
        header = config.map.get(f"{table}.{column}", config.map.get(column))
        if header is not None and header.startswith("="):
            constants[column] = header[1:]
        elif (there := header_of(file, column, header, only_mapped=meant)) is not None:
            columns[column] = there
        elif header:
            refuse_headless(table, file, config)
            raise InputError(
                "sources.no_header", file=name, header=header, column=column, table=table, headers=shown_headers(file)
            )
        elif column in required_columns(TABLES[table]):
            missing.append(column)
    if missing:
        _refuse(table, name, file, config, missing)
    for header in columns.values():
        if file.headers.count(header) > 1:
            raise InputError("sources.twice_column", file=name, header=header)
    used = set(columns.values())
    ignored = tuple(h for h in file.headers if h and h not in used)
    keys = tuple(dict.fromkeys(columns[c] for c in _KEYS[table] if c in columns))
    file = replace(file, keys=keys, receivers=columns.get("to") if table == "interactions" else None)
    return Plan(table, name, file, columns, constants, ignored)


def _refuse(table: TableName, name: str, file: DataFile, config: TablesConfig, missing: list[str]) -> None:
    if not is_text(file.headers):
        raise InputError("sources.not_text", file=name)
    refuse_headless(table, file, config)
    told = {"file": name, "columns": ", ".join(missing), "column": missing[0], "table": table}
    raise InputError("sources.no_column", **told, headers=shown_headers(file))


def check_mapped(config: TablesConfig, plans: list[Plan]) -> None:
    """A mapping need not fit every file of a folder, but one that fits none is a slip of the pen."""
    headers = {h for plan in plans for h in plan.columns.values()}
    for column, header in config.map.items():
        if header and header[0] != "=" and not any(_same(h, header) for h in headers):
            files = ", ".join(plan.name for plan in plans if plan.file.headers)
            if files:
                raise InputError("sources.unused_map", header=header, column=column, files=files[:400])


def _same(header: str, wanted: str) -> bool:
    return re.sub(r"[\s-]+", "_", header.casefold()) == re.sub(r"[\s-]+", "_", wanted.casefold())


def header_of(file: DataFile, column: str, mapped: str | None, only_mapped: bool) -> str | None:
    """The file's header for a column, whatever its case: as mapped, else the column's own name.

    A mapping said for a whole folder need not fit every file of it; one said for this file or table must.
    """
    if mapped == "":
        return None
    for wanted in (mapped,) if mapped and only_mapped else (mapped, column):
        for header in file.headers:
            if wanted is not None and header == wanted:
                return header
        for header in file.headers:
            if wanted is not None and re.sub(r"[\s-]+", "_", header.casefold()) == wanted.casefold():
                return header
    return None


def shown_headers(file: DataFile) -> str:
    """A file's headers as a sentence quotes them."""
    return " ".join(", ".join(file.headers)[:400].split())
