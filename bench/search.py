"""Search at 100,000 people: the first question (which reads all names), questions as people type, and after a change.

The peer scans the same file as a page without an index would: SQL ``LIKE`` over names, addresses and titles. It finds
neither pinyin nor initials nor the other script.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from api.answers import Ask, search
from bench.measure import Row, peak
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import Caller
from graphsvc.records import Page
from graphsvc.sample.names import Name, chinese_names, western_names
from graphsvc.search.romanise import romanised
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

PEOPLE, COMPANIES, ASKED = 100_000, 5_000, 400
_TITLES = ("采购经理", "Chief Executive Officer", "Quality Manager", "工艺工程师", "IT Director", "信息化总监")
_WORDS = ("华芯", "智联", "远景", "恒信", "蓝海", "星河", "Nordic", "Harrow", "Quarry", "Lindow", "Rowan", "Umber")
_PEER = (
    "SELECT member FROM people WHERE gone = 0 AND (name LIKE :t OR email LIKE :t OR title LIKE :t)"
    " UNION ALL SELECT member FROM organizations WHERE gone = 0 AND name LIKE :t LIMIT 20"
)


def search_suite(folder: Path) -> Iterator[Row]:
    """Build, ask, change, ask again; 20 answers each, on one thread."""
    path, names = folder / "search.db", people(np.random.default_rng(1))
    workspace = filled(path, names)
    ask = Ask(workspace)
    begin = time.perf_counter()
    _ = ask.projection
    graph = time.perf_counter() - begin
    begin = time.perf_counter()
    search(Ask(workspace), "zhang")
    first = time.perf_counter() - begin
    size = f"{PEOPLE:,} people, {COMPANIES:,} companies"
    yield Row("search, the first: all names read", f"{size}; the graph before it {graph:.1f} s", first, peak())
    asked = queries(names, np.random.default_rng(2))
    seconds, scanned = spent(workspace, asked), scans(path, asked)
    found = sum(bool(search(Ask(workspace), text, limit=5).items) for text in asked)
    p95, peer = np.quantile(seconds, 0.95), np.quantile(scanned, 0.95)
    text = f"{ASKED} queries, {found} with an answer; median {1e3 * statistics.median(seconds):.1f} ms"
    yield Row("search, p95", text, float(p95), None, "SQL LIKE scan, p95", float(peer), "100 ms")
    one = [int(i) for i in workspace.projection(workspace.moment()).people[:1]]
    rep = Caller(ask.projection.entities.id[one[0]].decode(), frozenset({"rep"}), "rep", frozenset({"read"}))
    rights = spent(workspace, asked[: ASKED // 4], caller=rep)
    yield Row("search by a rep, p95", "with rights", float(np.quantile(rights, 0.95)), goal="100 ms")
    changed = [_after_change(workspace, i) for i in range(5)]
    yield Row("search after one name changed", "median of 5", statistics.median(changed))


def people(rng: np.random.Generator) -> list[Name]:
    """Chinese and western names, six to four."""
    chinese = PEOPLE * 6 // 10
    return chinese_names(rng, chinese) + western_names(rng, PEOPLE - chinese)


def filled(path: Path, names: Sequence[Name]) -> Workspace:
    """A workspace of people and their companies."""
    store = open_store(f"sqlite:///{path}")
    rng = np.random.default_rng(3)
    words = rng.integers(0, len(_WORDS), (COMPANIES, 2))
    store.merge(
        page(
            "organizations",
            [
                {"id": f"c{i}", "name": f"{_WORDS[a]}{_WORDS[b]} {i} 科技有限公司", "domain": f"c{i}.example"}
                for i, (a, b) in enumerate(words)
            ],
        )
    )
    for at in range(0, len(names), 50_000):
        store.merge(page("people", [_person(i, names[i]) for i in range(at, min(at + 50_000, len(names)))]))
    return Workspace(store)


def page(table: str, rows: list[dict[str, Any]]) -> Page:
    """Rows as a source would give them."""
    return Page("crm", table, pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table])), read=len(rows))


def _person(i: int, name: Name) -> dict[str, Any]:
    company = f"c{i % COMPANIES}"
    return {
        "id": f"p{i}",
        "name": name.full,
        "email": f"{name.mailbox}{i}@{company}.example",
        "title": _TITLES[i % len(_TITLES)],
        "organization": company,
    }


def queries(names: Sequence[Name], rng: np.random.Generator) -> list[str]:
    """What people type on the way to a name: every kind of spelling, cut after some letters in one of three."""
    out = []
    for n, i in enumerate(rng.integers(0, len(names), ASKED).tolist()):
        name = names[i]
        words = romanised(name.full.lower(), person=True)[0].split()
        kinds = (
            name.full, "".join(words), " ".join(words), "".join(w[0] for w in words), f"{name.mailbox}{i}",
            f"{name.full} {_WORDS[n % len(_WORDS)]}", f"{name.last}总", _WORDS[n % len(_WORDS)],
        )  # fmt: skip
        text = kinds[n % len(kinds)]
        out.append(text if n % 3 else text[: max(1, len(text) * 2 // 3)])
    return out


def spent(workspace: Workspace, asked: Sequence[str], **more: Any) -> list[float]:
    """Seconds of each question."""
    out = []
    for text in asked:
        begin = time.perf_counter()
        search(Ask(workspace, **more), text)
        out.append(time.perf_counter() - begin)
    return out


def scans(path: Path, asked: Sequence[str]) -> list[float]:
    """Seconds of each scan of the peer."""
    out = []
    with sqlite3.connect(path) as connection:
        for text in asked:
            begin = time.perf_counter()
            connection.execute(_PEER, {"t": f"%{text}%"}).fetchall()
            out.append(time.perf_counter() - begin)
    return out


def _after_change(workspace: Workspace, i: int) -> float:
    """Seconds of a question after one person got another name; the graph is brought up to date before."""
    workspace.store.merge(page("people", [_person(i, Name("", "", f"新名{i}", f"new{i}"))]))
    ask = Ask(workspace)
    _ = ask.projection
    begin = time.perf_counter()
    search(ask, "zhang")
    return time.perf_counter() - begin
