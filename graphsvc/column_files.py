"""Columns as files that processes share: where they lie, how one is written and checked, and how all are removed.

Files hold numbers and public ids, no names and no texts, are readable by their owner only, and are never changed: a
folder is written beside its place and renamed, so that it is there whole or not at all. A reader maps them, so that the
processes of a machine share the memory; what it writes to a mapped column stays its own.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from graphsvc import __version__
from graphsvc.narrow import is_repeated, repeated
from graphsvc.settings import settings
from graphsvc.store import SCHEMA_VERSION, Lineage

FORMAT = 1
MANIFEST = "manifest.json"
DRAFT = ".draft-"
_ABANDONED = 3600.0  # age of a draft that nobody can still be writing [s]
_SQLITE = "sqlite:///"
Column = NDArray[Any]


class ColumnEntry(BaseModel):
    """One column: its type, its rows, and the checksum of its file; or the one value that all rows have, in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dtype: str
    rows: int
    crc: int = 0
    once: str | None = None


class Manifest(BaseModel):
    """What a folder holds, of which state of which workspace, and who wrote it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["graphsvc-columns"] = "graphsvc-columns"
    version: int = FORMAT
    product_version: str = __version__
    schema_version: int = SCHEMA_VERSION
    sequence: int
    lineage: Lineage
    columns: dict[str, ColumnEntry]  # by the name of the file, without its ending

    def ours(self) -> bool:
        """Whether this very release wrote it: another one may count or order otherwise."""
        made = Manifest(sequence=0, lineage=self.lineage, columns={})
        return (self.version, self.product_version, self.schema_version) == (
            made.version,
            made.product_version,
            made.schema_version,
        )


# -- places -----------------------------------------------------------------------------------------------------------


def home(url: str, workspace: str) -> Path | None:
    """The folder of a workspace's column files: beside an embedded file, or in the folder of the settings; None: none.

    Parameters
    ----------
    url, workspace : of the store, as in :class:`graphsvc.store.Lineage`.
    """
    chosen = settings()
    if not chosen.column_files:
        return None
    if chosen.cache_dir is not None:
        return Path(chosen.cache_dir) / f"{workspace}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return _beside(url)


def _beside(url: str) -> Path | None:
    return Path(f"{url.removeprefix(_SQLITE)}.columns") if url.startswith(_SQLITE) else None


def discard(url: str, workspace: str) -> None:
    """Remove every column file of a workspace that this process can know of, drafts of other processes included.

    Who is writing one meanwhile finds its draft gone, or sees by its lineage that what it wrote must go.
    """
    cache, beside = settings().cache_dir, _beside(url)
    for folder in [] if cache is None else sorted(Path(cache).glob(f"{workspace}-*")):
        remove(folder)
    if beside is not None:
        remove(beside)


def remove(folder: Path) -> None:
    """Remove a folder, as far as it can be; processes that have its files mapped keep them until they let go."""
    shutil.rmtree(folder, ignore_errors=True)


def generations(place: Path) -> list[Path]:
    """The folders of column files at a place, newest first; none where somebody else owns it."""
    try:
        if hasattr(os, "getuid") and place.stat().st_uid != os.getuid():
            return []
        return sorted((f for f in place.iterdir() if not f.name.startswith(DRAFT)), reverse=True)
    except OSError:
        return []


def publish(place: Path, manifest: Callable[[Path], Manifest]) -> Path:
    """Write a generation and give it its name; where another process was first, theirs stands.

    Raises
    ------
    OSError
        When it cannot be written; nothing is left behind.
    """
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place / f"{DRAFT}{os.getpid()}-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700)
    try:
        made = manifest(draft)
        _write_manifest(draft / MANIFEST, made)
        target = place / f"{made.sequence:012d}-{made.lineage.commits[:8]}-{made.lineage.erasures}"
        if not target.exists():
            draft.rename(target)
        return target
    finally:
        remove(draft)


def tidy(newest: Path) -> None:
    """Remove the generations before the newest, and drafts that a killed process left."""
    for folder in newest.parent.iterdir():
        if folder.name.startswith(DRAFT):
            if time.time() - folder.stat().st_mtime > _ABANDONED:
                remove(folder)
        elif folder.name < newest.name:
            remove(folder)


# -- files ------------------------------------------------------------------------------------------------------------


def write_column(path: Path, column: Column, spare: int = 0) -> ColumnEntry:
    """Write a column as a .npy file with room for ``spare`` more rows, which takes no disk until it is used."""
    if is_repeated(column):
        return ColumnEntry(dtype=column.dtype.str, rows=len(column), once=column[:1].tobytes().hex())
    whole = np.ascontiguousarray(column)
    shape = {"descr": whole.dtype.str, "fortran_order": False, "shape": (len(whole) + spare,)}
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        np.lib.format.write_array_header_1_0(file, shape)
        crc = 0
        for part in _bytes(whole):
            crc = zlib.crc32(part, crc)
            file.write(part)
        file.truncate(file.tell() + spare * whole.itemsize)
    return ColumnEntry(dtype=whole.dtype.str, rows=len(whole), crc=crc)


def read_column(path: Path, entry: ColumnEntry, *, own: bool) -> Column:
    """Map a column, spare rows included; with ``own`` it can be written to, which nobody else sees.

    Raises
    ------
    OSError, ValueError
        When the file is not what its entry says.
    """
    dtype = np.dtype(entry.dtype)
    if entry.once is not None:
        return repeated(np.frombuffer(bytes.fromhex(entry.once), dtype=dtype), entry.rows)
    found: Column = np.load(path, mmap_mode="c" if own else "r", allow_pickle=False).view(np.ndarray)
    crc = 0
    for part in _bytes(found[: entry.rows]):
        crc = zlib.crc32(part, crc)
    if found.dtype != dtype or found.ndim != 1 or len(found) < entry.rows or crc != entry.crc:
        raise ValueError(f"{path} is not as it was written")
    return found


def _bytes(column: Column, size: int = 2**22) -> Iterator[memoryview]:
    """The bytes of a column in parts: the first rows are still in the processor's cache when they are written."""
    plain = column.view(np.uint8)
    for start in range(0, len(plain), size):
        yield plain[start : start + size].data


def read_manifest(folder: Path) -> Manifest:
    """What a folder holds.

    Raises
    ------
    OSError, ValueError
        When there is none, or it is not whole.
    """
    body, _, digest = (folder / MANIFEST).read_bytes().rpartition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        raise ValueError(f"the manifest of {folder} is not as it was written")
    return Manifest.model_validate(orjson.loads(body))


def _write_manifest(path: Path, manifest: Manifest) -> None:
    body = manifest.model_dump_json().encode()
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(body + b"\n" + hashlib.sha256(body).hexdigest().encode())
