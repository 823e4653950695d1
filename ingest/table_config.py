"""What can be said about a folder of tables: where it is and how its files are written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator

from graphsvc.errors import InputError
from graphsvc.model import TABLES, TableName, column_names
from graphsvc.settings import settings
from graphsvc.times import TimeHabit

ORDER: tuple[TableName, ...] = ("organizations", "people", "works", "opportunities", "facts", "interactions")


class TablesConfig(BaseModel):
    """Where the tables are and how to read them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="A folder of files, or one file.")
    table: TableName | None = Field(None, description="The table, where the file's name does not tell it.")
    map: dict[str, str] = Field(
        default_factory=dict,
        description="[TABLE.]COLUMN=HEADER where a header is another; COLUMN==TEXT gives every row that text; "
        "COLUMN= leaves a column out.",
    )
    name: str = Field("tables", min_length=1, description="Name of this source instance; record keys are its own.")
    keep_repeats: bool = Field(False, description="Count repeated rows of one file as interactions of their own.")
    no_header: bool = Field(False, description="The first row is data; --map names columns by number: from=1, to=2.")
    timezone: str = Field("UTC", description="Time zone of times without an offset, as an IANA name (Asia/Shanghai).")
    date_order: Literal["dmy", "mdy"] | None = Field(
        None, description="Whether 03/05/2024 begins with the day (dmy) or the month (mdy)."
    )
    page_rows: int = Field(default_factory=lambda: settings().page_rows, ge=1, description="Rows per page.")
    received: int | None = Field(
        None, description="When the files were received, as UTC microseconds since 1970; empty: now."
    )

    @field_validator("table", mode="before")
    @classmethod
    def _table(cls, value: Any) -> Any:
        if value is not None and value not in TABLES:
            raise InputError("sources.unknown_table", table=str(value), tables=", ".join(ORDER))
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InputError("sources.unknown_zone", zone=value) from error
        return value

    @field_validator("date_order", mode="before")
    @classmethod
    def _order(cls, value: Any) -> Any:
        if value not in (None, "dmy", "mdy"):
            raise InputError("sources.unknown_order", order=str(value))
        return value

    @field_validator("map", mode="before")
    @classmethod
    def _entries(cls, value: Any) -> Any:
        """The command line's ``["from=from_id", "kind==FOLLOWS"]`` as ``{"from": "from_id", "kind": "=FOLLOWS"}``."""
        if isinstance(value, Mapping):
            return dict(value)
        for entry in value:
            if "=" not in entry:
                raise InputError("sources.bad_map", entry=entry, columns=all_columns())
        return {column.strip(): header.strip() for column, _, header in (entry.partition("=") for entry in value)}

    @field_validator("map")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        for entry in value:
            table, _, column = entry.rpartition(".")
            tables = [TABLES[table]] if table in TABLES else [] if table else list(TABLES.values())
            if not any(column in column_names(t) for t in tables):
                raise InputError("sources.bad_map", entry=f"{entry}={value[entry]}", columns=all_columns())
        return value

    @property
    def times(self) -> TimeHabit:
        """What was said about how times are written."""
        return TimeHabit(zone=self.timezone, order=self.date_order)

    @property
    def digest(self) -> str:
        """Of the options that decide what a row means."""
        told: tuple[Any, ...] = (self.table, sorted(self.map.items()), self.keep_repeats)
        later = (self.no_header, self.timezone, self.date_order)
        told += later if later != (False, "UTC", None) else ()  # cursors of before those options hold
        return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def all_columns() -> str:
    """The columns of all tables, as told to people."""
    return ", ".join(sorted({name for model in TABLES.values() for name in column_names(model)}))
