"""Some rows of a data file, and those in between that could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from graphsvc.phrases import Arg

RowNumbers: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Broken:
    """A row that could not be split into fields: its number, the reason's code and arguments, the start of its text."""

    row: int
    code: str
    args: dict[str, Arg]
    text: str = ""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, in order.

    Attributes
    ----------
    table : one column per header; text, or typed as Parquet has it.
    rows : int64, number of each row in the file: in a CSV the header is row 1 (comments above it count), else the first
        row is; one that names several receivers stands there once for each.
    broken : rows in between that could not be read.
    blank : how many rows in between were blank.
    last : highest row number dealt with in this chunk.
    """

    table: pa.Table
    rows: RowNumbers
    broken: tuple[Broken, ...] = ()
    blank: int = 0
    last: int = 0
