"""The columns of a snapshot: the schema that :mod:`graphsvc.snapshot` writes and docs/snapshot.md tells.

Words and enumerations are dictionary-encoded text, times UTC timestamps, and entities are referred to by the number of
their row. There are ids, and no names, titles, addresses or source keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from graphsvc.model import TIME, Label, Level, Role, Won
from graphsvc.projection import FOREVER

SCHEMA_VERSION = 1
ALWAYS = int(np.iinfo(np.int64).min)
_DTYPES = {
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.float32(): "float32",
    pa.float64(): "float64",
    pa.bool_(): "bool",
}
TEXT = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class Column:
    """One column: its Arrow type, what it says in which unit, and how the Projection's values are written.

    ``unknown`` is the Projection's value that becomes null. ``texts`` are the words of a code column ("words" and
    "fact_kinds": those of the Projection), the first of which belongs to the code ``first``.
    """

    name: str
    type: pa.DataType
    unit: str
    meaning: str
    unknown: float | None = None
    texts: tuple[str, ...] | Literal["words", "fact_kinds"] | None = None
    first: int = 0
    dtype: str = ""  # of the Projection's array, where the Arrow type does not say it

    @property
    def numpy(self) -> np.dtype[Any]:
        """Type of the Projection's array."""
        return np.dtype(self.dtype or _DTYPES[self.type])


def _entity(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, pa.int32(), "row of `entities`", meaning, None if required else -1)


def _word(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, TEXT, "", meaning, None if required else -1, "words", dtype="int32")


def _enum(name: str, kind: type[IntEnum], meaning: str) -> Column:
    texts = tuple(member.name.lower() for member in kind)
    listed = f"{meaning}: {', '.join(texts)}."
    return Column(name, TEXT, "", listed, None, texts, int(min(kind)), dtype="int8")


def _time(name: str, meaning: str, unknown: int | None = None) -> Column:
    return Column(name, TIME, "µs, UTC", meaning, unknown, dtype="int64")


def _flag(name: str, meaning: str) -> Column:
    return Column(name, pa.bool_(), "", meaning)


def _number(name: str, type_: pa.DataType, unit: str, meaning: str, *, nan: bool = False) -> Column:
    return Column(name, type_, unit, meaning, np.nan if nan else None)


_ROW = _number("row", pa.int64(), "", "Handle of the source record in the store it came from; means nothing elsewhere.")

TABLES: dict[str, tuple[Column, ...]] = {
    "entities": (
        _number("index", pa.int32(), "row of `entities`", "Number of the row, from 0: what other columns refer to."),
        Column("id", pa.string(), "", "Public id (32 hexadecimal digits), ascending.", dtype="S32"),
        _enum("label", Label, "What it is"),
        _flag("internal", "A colleague of ours, or ourselves."),
        _enum("level", Level, "Seniority of a person"),
        _flag("buyer", "Holds, or held, a buying role, or has a title that signs."),
        _entity("organization", "Employer of a person, account of an opportunity."),
        _flag("left", "The person has left the last known employer."),
        _flag("restricted", "Must not appear on paths or lists."),
        _word("industry", "Industry of an organization."),
        _word("region", "Region of an organization."),
        _word("kind", "Kind of an organization or work."),
        _word("topic", "Topic of a work."),
        _time("time", "When a work appeared.", 0),
    ),
    "interactions": (
        _time("time", "When it happened; rows stand in the order (time, key, target)."),
        _number("key", pa.int64(), "", "Equal for the rows of one interaction."),
        _entity("actor", "Who acted.", required=True),
        _entity("target", "Whom it reached.", required=True),
        _enum("role", Role, "How the target took part"),
        _word("kind", "What happened: mail, meeting, call ..."),
        _word("channel", "Where it happened: mail, calendar, phone ..."),
        _word("topic", "Topic."),
        _entity("object", "The work it was about."),
        _number("participants", pa.int32(), "persons", "Distinct persons of the interaction, the actor included."),
        _number("weight", pa.float32(), "factor", "Factor on the evidence weight, at least 0."),
        _number("relevance", pa.float32(), "0 to 1", "How much it was about our subject; null: unmeasured.", nan=True),
        _ROW,
    ),
    "facts": (
        Column("kind", TEXT, "", "Kind of the fact, such as FOLLOWS.", None, "fact_kinds", dtype="int32"),
        _entity("subject", "Of whom it is said.", required=True),
        _entity("object", "What is said to stand in this relation.", required=True),
        _time("valid_from", "Start; of an event (ADOPTED) its time. Null: always.", ALWAYS),
        _time("valid_to", "End, exclusive. Null: still true.", FOREVER),
        _number("weight", pa.float64(), "factor", "Strength of the statement, at least 0."),
        _word("role", "Role in STAKEHOLDER_IN or WORKS_AT, outcome of ASKED_INTRODUCTION, as the source writes it."),
        _ROW,
    ),
    "opportunities": (
        _entity("entity", "The opportunity itself.", required=True),
        _entity("organization", "The account."),
        _entity("owner", "The rep who owns it."),
        _number("amount", pa.float64(), "`currency`", "Amount; null: none given.", nan=True),
        _word("currency", "ISO 4217 code."),
        _word("stage", "Stage as the source writes it."),
        _word("product", "Product or segment."),
        _time("created", "When it was opened.", 0),
        _time("closed", "When it was won or lost; null: open at as_of.", FOREVER),
        _enum("won", Won, "Outcome at as_of"),
    ),
    "overrides": (
        Column("score", pa.string(), "", "Name of the score that a person has set.", dtype="O"),
        _entity("a", "The entity, or one side of the tie.", required=True),
        _entity("b", "The other side of the tie."),
        _number("value", pa.float64(), "the score's", "The value set in place of the computed one."),
    ),
}  # fmt: skip


def documentation() -> str:
    """Markdown: one table of columns per file, as docs/snapshot.md holds it."""
    return "\n\n".join(_documented(name, columns) for name, columns in TABLES.items())


def _documented(name: str, columns: Sequence[Column]) -> str:
    lines = [f"### {name}.parquet", "", "| column | type | unit | null | meaning |", "|---|---|---|---|---|"]
    for c in columns:
        kind = "text" if c.type in (TEXT, pa.string()) else str(c.type)
        null = "yes" if c.unknown is not None else ""
        lines.append(f"| `{c.name}` | {kind} | {c.unit} | {null} | {c.meaning} |")
    return "\n".join(lines)
