"""A warm start: the columns a process read are kept as files; the next one maps them and reads only what came since.

Files are used only where the store itself vouches for them: same workspace, same commits up to their sequence number,
and nobody erased since. In any doubt they are removed and all is read anew. An erasure removes them itself; a process
that was writing meanwhile takes its own back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.attributes import Members
from graphsvc.column_files import (
    Column,
    ColumnEntry,
    Manifest,
    discard,
    generations,
    home,
    publish,
    read_column,
    read_manifest,
    remove,
    tidy,
    write_column,
)
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.projection import Interactions
from graphsvc.replica import Kept, Replica
from graphsvc.store import Store
from graphsvc.timeline import Timeline, timeline_at

SMALLEST = 200_000  # interactions; fewer are read anew as quickly
RENEWED = 20  # files are written anew when a 20th of the rows came after them
SPARE = 8  # room in the files for an 8th more rows, so that a process that appends need not copy all


def refreshed(store: Store, replica: Replica) -> tuple[Replica, bool]:
    """A replica at the store's last commit, and whether somebody was erased since it was there.

    An empty one starts from the files where there are some; what was read at length is kept as files.
    """
    replica = replica if replica.sequence else load(store) or replica
    erasures = store.lineage(0).erasures  # before the rows: an erasure between makes the files too old, never too new
    delta = store.delta(replica.sequence, OWNER, UNLIMITED)
    erased = any(len(pks) for pks in delta.dead.values())
    if erased:
        discard(store.url, store.lineage(0).workspace)
        replica.detach()
    replica.apply(delta)
    del delta
    pa.default_memory_pool().release_unused()  # what the rows took before they were columns
    size = replica.tables["interactions"].size
    if size >= SMALLEST and replica.unfiled >= size // RENEWED:
        replica = _kept(store, replica, erasures)
    return replica, erased


def load(store: Store) -> Replica | None:
    """The columns of the newest files that the store vouches for, None where there are none; others are removed."""
    place = home(store.url, store.lineage(0).workspace)
    for folder in [] if place is None else generations(place):
        with suppress(OSError, ValueError, KeyError, TypeError):
            if vouched(store, manifest := read_manifest(folder)):
                replica = _opened(store, folder, manifest)
                with suppress(OSError):  # another process is tidying up too
                    tidy(folder)
                return replica
        remove(folder)
    return None


def vouched(store: Store, manifest: Manifest) -> bool:
    """Whether a store says that files are a true copy of a state it was in, and of nobody erased since."""
    return manifest.ours() and store.lineage(manifest.sequence) == manifest.lineage


def check(store: Store) -> Mapping[str, Any]:
    """What ``doctor`` reports of the files: check, ok, detail."""
    place = home(store.url, store.lineage(0).workspace)
    found = [] if place is None else generations(place)
    if not found:
        code = "doctor.columns_off" if place is None else "doctor.columns_none"
        return {"check": "column_files", "ok": True, "detail": phrase(code).text()}
    with suppress(OSError, ValueError):
        if vouched(store, manifest := read_manifest(found[0])):
            size = sum(f.stat().st_blocks * 512 for f in found[0].iterdir())
            told = phrase("doctor.columns", sequence=manifest.sequence, megabytes=round(size / 1e6))
            return {"check": "column_files", "ok": len(found) == 1, "detail": told.text()}
    return {"check": "column_files", "ok": False, "detail": phrase("doctor.columns_doubtful").text()}


# -- a replica as files -----------------------------------------------------------------------------------------------


def _kept(store: Store, replica: Replica, erasures: int) -> Replica:
    """Keep a replica as files and give the one that stands on them; the same one where they cannot be written."""
    replica.unfiled = 0
    lineage = store.lineage(replica.sequence)
    place = home(store.url, lineage.workspace)
    if place is None or lineage.erasures != erasures:
        return replica
    timeline = timeline_at(replica, replica.sequence)

    def written(draft: Path) -> Manifest:
        entries = {n: write_column(draft / f"{n}.npy", c, spare) for n, c, spare in _columns(replica, timeline)}
        return Manifest(sequence=replica.sequence, lineage=lineage, columns=entries)

    try:
        folder = publish(place, written)
        if store.lineage(replica.sequence) != lineage:  # somebody was erased while we wrote
            remove(folder)
            return replica
        tidy(folder)
        return _opened(store, folder, read_manifest(folder))
    except (OSError, ValueError):
        return replica


def _columns(replica: Replica, timeline: Timeline) -> Iterator[tuple[str, Column, int]]:
    """Name, column and spare rows of everything that is kept: the store's tables, then the Timeline made of them."""
    for name, table in replica.tables.items():
        spare = table.size // SPARE + 4096
        yield f"{name}.alive", table.living, spare
        for column in table.columns:
            yield f"{name}.{column}", table[column], spare
    yield "members.of", timeline.members.of, 0
    yield "members.canonical", timeline.members.canonical, 0
    for f in fields(timeline.rows):
        yield f"timeline.{f.name}", getattr(timeline.rows, f.name), 0


def _opened(store: Store, folder: Path, manifest: Manifest) -> Replica:
    def column(name: str, *, own: bool = False) -> Column:
        entry: ColumnEntry = manifest.columns[name]
        return read_column(folder / f"{name}.npy", entry, own=own)

    replica = Replica()
    for name, table in replica.tables.items():
        table.alive = column(f"{name}.alive", own=True)
        table.size = manifest.columns[f"{name}.alive"].rows
        found = {c: column(f"{name}.{c}", own=True) for c in table.columns}
        table.columns = {c: _as_long(v, len(table.alive)) for c, v in found.items()}
    rows = Interactions(**{f.name: column(f"timeline.{f.name}") for f in fields(Interactions)})
    members = Members(column("members.of"), column("members.canonical"))
    replica.words = dict(store.words(OWNER))
    replica.sequence = manifest.sequence
    replica.kept = Kept(Timeline(manifest.sequence, members, rows))
    return replica


def _as_long(column: Column, capacity: int) -> Column:
    return np.broadcast_to(column[:1], capacity) if column.strides == (0,) else column
