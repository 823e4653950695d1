"""How a file writes its times and numbers: decided once per column by a clear majority, not by a value's neighbours.

Without it ``20240305`` would be a date or a second of August 1970 as its page happens to be cut, and ``1.250`` in a
German column a quarter more than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from graphsvc import words
from graphsvc.model import TABLES, arrow_schema
from graphsvc.raw_columns import bare, is_text, whole
from graphsvc.times import PLAIN, Column, TimeHabit, time_habit

LOOKED_AT = 20_000  # rows at the head of a file that decide


@dataclass(frozen=True)
class Habits:
    """How the columns of one file are written.

    Attributes
    ----------
    times : habit of each time column by name; other columns have ``otherwise``.
    commas : number columns in which a comma marks the decimals and a dot the thousands.
    """

    times: Mapping[str, TimeHabit] = field(default_factory=dict)
    commas: frozenset[str] = frozenset()
    otherwise: TimeHabit = PLAIN

    def of_time(self, name: str) -> TimeHabit:
        """The habit of a time column."""
        return self.times.get(name, self.otherwise)


def habits_of(table: str, raw: pa.Table, otherwise: TimeHabit | None = None) -> Habits:
    """What the rows of a table tell of how its columns are written.

    Parameters
    ----------
    table : one of :data:`graphsvc.model.TABLES`.
    raw : columns by their model names, such as the head of a file.
    otherwise : what was said about times (zone, order of day and month).

    Examples
    --------
    >>> habits = habits_of("opportunities", pa.table({"created": ["20240305"], "amount": ["1.250,50"]}))
    >>> habits.of_time("created").numbers.value, sorted(habits.commas)
    ('dates', ['amount'])
    """
    said = otherwise or PLAIN
    times: dict[str, TimeHabit] = {}
    commas = set()
    for column in arrow_schema(TABLES[table]):
        if column.name not in raw.column_names or pa.types.is_string(column.type):
            continue
        values = bare(whole(raw.column(column.name)))
        if pa.types.is_timestamp(column.type):
            times[column.name] = replace(said, numbers=time_habit(values))
        elif pa.types.is_floating(column.type) and is_text(values) and _has_decimal_comma(values):
            commas.add(column.name)
    return Habits(times, frozenset(commas), said)


def _has_decimal_comma(values: Column) -> bool:
    marks = [words.decimal_mark(v) for v in values.unique().to_pylist() if v]
    comma, point = marks.count(","), marks.count(".")
    return comma > point
