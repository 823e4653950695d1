"""The files of a CRM export: one table per file by name, or records of any object in sObject-tree JSON."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from graphsvc.errors import InputError
from ingest.chunk import Chunk
from ingest.crm_presets import PRESETS, Preset
from ingest.files import DataFile, format_of, is_text, open_file, stem_of, texts_of
from ingest.folders import listed, shown_name
from ingest.json_files import text_columns


@dataclass(frozen=True)
class RecordFile:
    """Records of one object out of a JSON file, as a table; numbered from 1 in the order of the file."""

    path: Path
    headers: tuple[str, ...]
    table: pa.Table

    def chunks(self, size: int) -> Generator[Chunk, None, None]:
        """The rows, in chunks of ``size``."""
        for begin in range(0, self.table.num_rows, size):
            part = self.table.slice(begin, size)
            rows = np.arange(begin + 1, begin + 1 + part.num_rows, dtype=np.int64)
            yield Chunk(part, rows, last=int(rows[-1]))


ObjectFile = DataFile | RecordFile


@dataclass
class Export:
    """An export that fits a preset: its files by object, and the names of those it does not use."""

    preset: Preset
    files: Mapping[str, list[ObjectFile]]
    unused: tuple[str, ...]
    _kept: dict[Any, Any] = field(default_factory=dict)

    @staticmethod
    def open(path: Path, preset: str) -> Export:
        """Find the files of an export and check their headers.

        Raises
        ------
        InputError
            When there is none, or a file lacks a column that its object always has.
        """
        paths = listed(path)
        for one in PRESETS.values() if preset == "auto" else [PRESETS[preset]]:
            files, unused = _sorted_out(paths, one)
            if any(files.get(o) for o in one.signs):
                _check(one, files)
                return Export(one, files, tuple(unused))
        expected = "; ".join(f"{p.name}: {', '.join(p.objects)}" for p in PRESETS.values())
        raise InputError("sources.no_export", path=str(path), expected=expected)

    @property
    def paths(self) -> list[Path]:
        """The files in use, each once."""
        return sorted({f.path for files in self.files.values() for f in files})

    def texts(self, object_: str, header: str) -> list[str]:
        """The filled values of a small object's column, in order."""
        return [v for v in self._column(object_, header) if v]

    def least(self, object_: str, keys: tuple[str, str], header: str) -> dict[tuple[str, str], str]:
        """The smallest filled value of a column per pair of keys."""
        if (object_, keys, header) not in self._kept:
            first: dict[tuple[str, str], str] = {}
            columns = (self._column(object_, h) for h in (*keys, header))
            for a, b, value in zip(*columns, strict=True):
                if value and value < first.get((a, b), "~"):
                    first[a, b] = value
            self._kept[object_, keys, header] = first
        kept: dict[tuple[str, str], str] = self._kept[object_, keys, header]
        return kept

    def _column(self, object_: str, header: str) -> list[str]:
        if (object_, header) not in self._kept:
            self._kept[object_, header] = [
                (v or "").strip()
                for file in self.files.get(object_, [])
                if header in file.headers
                for chunk in file.chunks(1 << 20)
                for v in texts_of(chunk.table.column(header))
            ]
        kept: list[str] = self._kept[object_, header]
        return kept


def _sorted_out(paths: list[Path], preset: Preset) -> tuple[dict[str, list[ObjectFile]], list[str]]:
    """Files by object, and names of data files that hold none of them."""
    files: dict[str, list[ObjectFile]] = {}
    unused = []
    for path in paths:
        if path.suffix.lower() == ".json":
            found = {o: f for o, f in _records(path).items() if o in preset.objects}
        else:
            object_ = _object_of(path, preset)
            found = {object_: open_file(path)} if object_ else {}
        for name, file in found.items():
            files.setdefault(name, []).append(file)
        if not found and (format_of(path) or path.suffix.lower() == ".json"):
            unused.append(shown_name(path))
    return files, unused


def _object_of(path: Path, preset: Preset) -> str | None:
    if format_of(path) is None:
        return None
    return next((o for o, names in preset.objects.items() if stem_of(path) in names), None)


def _check(preset: Preset, files: Mapping[str, list[ObjectFile]]) -> None:
    for object_, required in preset.required.items():
        for file in files.get(object_, []):
            there = {h.casefold() for h in file.headers}
            for header in required if there else ():
                if header.casefold() not in there and not is_text(file.headers):
                    raise InputError("sources.not_text", file=shown_name(file.path))
                if header.casefold() not in there:
                    raise InputError(
                        "sources.no_export_column",
                        file=shown_name(file.path),
                        column=header,
                        preset=preset.name,
                        headers=", ".join(file.headers)[:400],
                    )


# -- sObject-tree JSON -------------------------------------------------------------------------------------------------


def _records(path: Path) -> dict[str, ObjectFile]:
    """Tables by object out of ``{"records": [{"attributes": {"type": ...}, ...}]}`` or a list of such records."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError("sources.unreadable", path=str(path), detail=error.strerror or "") from error
    except orjson.JSONDecodeError as error:
        raise InputError("sources.bad_file", file=shown_name(path), format="JSON", detail=str(error)) from error
    by_object: dict[str, list[dict[str, Any]]] = {}
    _gather(content, {}, by_object)
    tables = {object_: text_columns(rows) for object_, rows in by_object.items()}
    return {object_: RecordFile(path, tuple(t.column_names), t) for object_, t in tables.items()}


def _gather(content: Any, parent: Mapping[str, Any], out: dict[str, list[dict[str, Any]]]) -> None:
    """Collect records; those nested in another one (a subquery) get its id as ``<Object>Id``."""
    records = content.get("records") if isinstance(content, dict) else content
    for record in records if isinstance(records, list) else ():
        attributes = record.get("attributes") if isinstance(record, dict) else None
        if not isinstance(attributes, dict) or "type" not in attributes:
            continue
        object_ = str(attributes["type"])
        plain = {k: _reference(v) for k, v in record.items() if not isinstance(v, dict | list)}
        plain.setdefault("Id", attributes.get("referenceId"))
        out.setdefault(object_, []).append({**parent, **plain})
        for value in record.values():
            _gather(value if isinstance(value, dict) and "records" in value else [], {f"{object_}Id": plain["Id"]}, out)


def _reference(value: Any) -> Any:
    """``@AccountRef1`` points at the record whose referenceId is AccountRef1."""
    return value[1:] if isinstance(value, str) and value.startswith("@") and value[1:].isidentifier() else value
