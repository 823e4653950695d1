"""A live graph after 1,000 new events, against the same graph built anew in the same run: ``python -m bench refresh``.

Times are the best of five, since other programs on the machine only ever add to them; processor seconds stand beside.
Every refreshed Projection is compared with the one built anew, by its digest, before its time counts.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench import make
from bench.measure import Row, graphsvc
from graphsvc.clock import DAY
from graphsvc.model import TABLES, arrow_schema
from graphsvc.projection import Projection
from graphsvc.records import Page
from graphsvc.stores import open_store
from graphsvc.workspace import Moment, Workspace

SIZES = (100_000, 1_000_000)
EVENTS = 1_000
ROUNDS = 5
GOAL = {1_000_000: "<= 0.5 s"}  # by number of interactions


@dataclass(frozen=True)
class Best:
    """The least wall and processor time of some rounds [s]."""

    wall: float
    cpu: float


def refresh(folder: Path) -> Iterator[Row]:
    """Refresh of a live Projection by size and by what the events are."""
    for rows in SIZES:
        place = folder / str(rows)
        place.mkdir()
        make.interactions_csv(place / "interactions.csv", rows)
        graphsvc("sync", "tables", place / "interactions.csv", db=place / "w.db")
        yield from _measured(place / "w.db", rows)


def _measured(db: Path, rows: int) -> Iterator[Row]:
    store = open_store(f"sqlite:///{db}", create=False)
    workspace = Workspace(store)
    moment = workspace.moment()
    pages = Pages(moment.as_of, people=rows // 20)
    workspace.projection(moment)
    anew = best(lambda: Workspace(store).projection(moment))
    columns = best(lambda: workspace.projection(moment), before=lambda: _forget(workspace))
    yield Row(f"{rows:,} interactions: all anew from the store", f"{anew.cpu:.3f} s processor", anew.wall)
    yield Row(f"{rows:,} interactions: all anew from the columns", f"{columns.cpu:.3f} s processor", columns.wall)
    for what, page in (("latest", pages.latest), ("of two years", pages.scattered), ("of new people", pages.strangers)):
        taken, peak = _refreshes(workspace, moment, page)
        figure = f"{taken.cpu:.3f} s processor, {peak:.0f} MB more at its peak"
        name = f"{rows:,} interactions: {EVENTS:,} new events, {what}"
        yield Row(name, figure, taken.wall, None, "all anew from the store", anew.wall, GOAL.get(rows))
    store.close()


def _refreshes(workspace: Workspace, moment: Moment, page: Callable[[], Page]) -> tuple[Best, float]:
    """The best refresh after one page, and what memory one takes at its peak beside what was there before it [MB]."""

    def merge() -> None:
        workspace.store.merge(page())

    taken = best(lambda: workspace.projection(moment), before=merge)
    merge()
    tracemalloc.start()
    workspace.projection(moment)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    _same(workspace.projection(moment), Workspace(workspace.store).projection(moment))
    return taken, peak / 1e6


def best(step: Callable[[], object], before: Callable[[], object] = lambda: None) -> Best:
    """The best of some rounds of a step; what comes ``before`` each is not timed."""
    walls, cpus = [], []
    for _ in range(ROUNDS):
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return Best(min(walls), min(cpus))


def _forget(workspace: Workspace) -> None:
    """Leave the columns, drop everything made of them."""
    workspace.forget()
    workspace.refresh()


def _same(refreshed: Projection, anew: Projection) -> None:
    if refreshed.digest != anew.digest:
        raise RuntimeError("a refreshed projection differs from one built anew")


class Pages:
    """Pages of new events between people of :func:`bench.make.interactions_csv`; each call gives other ones."""

    def __init__(self, as_of: int, people: int, seed: int = 7) -> None:
        self.as_of, self.people = as_of, people
        self._rng = np.random.default_rng(seed)
        self._strangers = 0

    def latest(self) -> Page:
        """Events of the last day."""
        return self._page(self._rng.integers(0, self.people, (2, EVENTS)).astype(str), DAY)

    def scattered(self) -> Page:
        """Events of any day of two years."""
        return self._page(self._rng.integers(0, self.people, (2, EVENTS)).astype(str), 730 * DAY)

    def strangers(self) -> Page:
        """Events of the last day from people nobody heard of before."""
        self._strangers += 1
        sender = np.char.add(f"new{self._strangers}-", np.arange(EVENTS).astype(str))
        return self._page(np.stack((sender, self._rng.integers(0, self.people, EVENTS).astype(str))), DAY)

    def _page(self, ends: np.ndarray, back: int) -> Page:
        schema = arrow_schema(TABLES["interactions"])
        moments = self.as_of - self._rng.integers(1, back // 1_000_000, EVENTS) * 1_000_000
        given = {"time": pa.array(moments).cast(schema.field("time").type)}
        given |= {n: pa.array(np.char.add("p", e)) for n, e in zip(("from", "to"), ends, strict=True)}
        rows = [given.get(f.name, pa.nulls(EVENTS, f.type)) for f in schema]
        return Page("new", "interactions", pa.Table.from_arrays(rows, schema=schema), read=EVENTS)
