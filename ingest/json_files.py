"""JSON Lines, and one JSON array of objects: their rows in chunks."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa

from graphsvc.errors import InputError
from ingest.chunk import Broken, Chunk
from ingest.encodings import DAMAGED, brief, utf8_of
from ingest.folders import shown_name

if TYPE_CHECKING:
    from ingest.files import DataFile

ARRAY_LIMIT = 100_000_000  # bytes of one JSON array, which is read at once
_LOOKED_AT = 1000  # objects whose names are the headers


def json_headers(path: Path, encoding: str) -> tuple[str, ...]:
    """Names in the first objects of a file of JSON Lines, in the order met."""
    names: dict[str, None] = {}
    blank = True
    with utf8_of(path, encoding) as lines:
        for _, line in zip(range(_LOOKED_AT), lines, strict=False):
            value = _object(line)
            names |= dict.fromkeys(value) if isinstance(value, dict) else {}
            blank &= not line.strip()
        if lines.damage and not names:
            raise EOFError(lines.damage)
    if not names and not blank:
        raise InputError("sources.no_objects", file=shown_name(path))
    return tuple(names)


def array_headers(path: Path, encoding: str) -> tuple[str, ...]:
    """Names in the first objects of a JSON array.

    Raises
    ------
    InputError
        When it is no JSON, holds no object, or is too large to be read at once.
    """
    values = _array(path, encoding)
    names: dict[str, None] = {}
    for value in values[:_LOOKED_AT]:
        names |= dict.fromkeys(value) if isinstance(value, dict) else {}
    if not names and values:
        raise InputError("sources.no_objects", file=shown_name(path))
    return tuple(names)


def _array(path: Path, encoding: str) -> list[Any]:
    with utf8_of(path, encoding) as stream:
        text = stream.read(ARRAY_LIMIT + 1)
    if len(text) > ARRAY_LIMIT:
        raise InputError("sources.large_json", file=shown_name(path), limit=f"{ARRAY_LIMIT // 1_000_000}")
    try:
        found = orjson.loads(text.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise InputError("sources.bad_file", file=shown_name(path), format="JSON", detail=brief(error)) from error
    return found if isinstance(found, list) else [found]


def _object(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with it."""
    try:
        value = orjson.loads(line.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        return brief(error)
    return value if isinstance(value, dict) else type(value).__name__


class Rows:
    """Objects gathered for the next chunk: those that are rows, those that are none, and how many were blank."""

    def __init__(self, file: DataFile) -> None:
        self._file = file
        self.number = 0
        self._clear()

    def _clear(self) -> None:
        self.objects: list[dict[str, Any]] = []
        self.rows: list[int] = []
        self.broken: list[Broken] = []
        self.blank = 0

    def add(self, value: dict[str, Any]) -> None:
        """One object: a row, or one for each receiver it lists; a key that is no text or number is none."""
        found = self._several(value)
        if isinstance(found, Broken):
            self.broken.append(found)
            return
        self.objects += found
        self.rows += [self.number] * len(found)

    def refuse(self, code: str, detail: str, text: str = "") -> None:
        """The present row cannot be read."""
        self.broken.append(Broken(self.number, code, {"detail": detail}, text))

    def chunk(self) -> Chunk:
        """What was gathered; the next one begins empty."""
        rows = np.array(self.rows, dtype=np.int64)
        out = Chunk(text_columns(self.objects), rows, tuple(self.broken), self.blank, self.number)
        self._clear()
        return out

    def _several(self, value: dict[str, Any]) -> list[dict[str, Any]] | Broken:
        out = [value]
        for header in self._file.keys:
            key = value.get(header)
            if not isinstance(key, bool | dict | list):
                continue
            parts = key if isinstance(key, list) else [key]
            several = len(parts) > 1 and header != self._file.receivers
            if several or any(p is None or isinstance(p, bool | dict | list) for p in parts):
                shown = orjson.dumps(key, default=str).decode()
                text = orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
                return Broken(self.number, "sources.no_key", {"field": header, "value": shown[:60]}, text)
            out = [{**one, header: part} for one in out for part in parts or [None]]
        return out


def json_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    """The rows of JSON Lines, about ``size`` at a time."""
    rows = Rows(file)
    try:
        with utf8_of(file.path, file.encoding) as lines:
            for line in lines:
                rows.number += 1
                value = _object(line) if line.strip() else None
                if isinstance(value, dict):
                    rows.add(value)
                elif value is None:
                    rows.blank += 1
                else:
                    rows.refuse("sources.bad_json", value, line.decode("utf-8", "replace"))
                if len(rows.objects) >= size:
                    yield rows.chunk()
            damage = lines.damage
    except DAMAGED as error:
        damage = brief(error)
    if damage:
        rows.number += 1
        rows.refuse("sources.damaged_file", damage)
    if rows.objects or rows.broken or rows.blank:
        yield rows.chunk()


def array_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    """The objects of a JSON array, about ``size`` at a time."""
    rows = Rows(file)
    for value in _array(file.path, file.encoding):
        rows.number += 1
        if isinstance(value, dict):
            rows.add(value)
        else:
            rows.refuse("sources.bad_json", type(value).__name__, orjson.dumps(value).decode())
        if len(rows.objects) >= size:
            yield rows.chunk()
    if rows.objects or rows.broken:
        yield rows.chunk()


def text_columns(objects: Sequence[dict[str, Any]]) -> pa.Table:
    """Objects as text columns; a value that is no text is written as JSON would, a list of texts with `;`."""
    names = dict.fromkeys(name for o in objects for name in o)
    return pa.table({name: text_column([o.get(name) for o in objects]) for name in names})


def text_column(values: list[Any]) -> pa.Array[Any]:
    """Values as one text column."""
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_plain(v) for v in values], pa.string())


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ";".join(value)
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
