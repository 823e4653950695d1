"""From files to scores: imports, Enron, the sample company, start-up."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench import make
from bench.measure import DATA, Row, graphsvc, process, timed


def imports(folder: Path) -> Iterator[Row]:
    """Tables into SQLite beside the plain csv + sqlite3 executemany; an mbox beside the standard library's parser."""
    for rows, ids in ((100_000, False), (1_000_000, False), (1_000_000, True)):
        with_ids = " with ids" if ids else ""
        path = folder / f"interactions{rows}{ids}" / "interactions.csv"
        path.parent.mkdir()
        make.interactions_csv(path, rows, ids=ids)
        seconds, peak = graphsvc("sync", "tables", path, db=folder / f"{rows}{ids}.db")
        peer = _naive_sqlite(path, folder / f"naive{rows}{ids}.db")
        yield Row(
            f"tables -> SQLite, {rows:,} interactions{with_ids}", f"{rows / seconds:,.0f} rows/s", seconds, peak,
            "csv + executemany of bare rows", peer, ">= 100,000 rows/s, <= 1 GB",
        )  # fmt: skip
    messages = 20_000
    mbox = folder / "box.mbox"
    make.mbox(mbox, messages)
    seconds, peak = graphsvc("sync", "mail", mbox, db=folder / "mail.db")
    yield Row(
        f"mbox -> SQLite, {messages:,} messages", f"{messages / seconds:,.0f} messages/s", seconds, peak,
        "mailbox + email.parser, not stored", _stdlib_mbox(mbox), ">= 5,000 messages/s",
    )  # fmt: skip


def _naive_sqlite(path: Path, db: Path) -> float:
    begin = time.perf_counter()
    with path.open(newline="") as source, sqlite3.connect(db) as connection:
        rows = csv.reader(source)
        names = [f'"{name}"' for name in next(rows)]
        key = '"id"' if '"id"' in names else '"time", "from", "to"'
        connection.execute(f"create table t ({', '.join(names)}, unique ({key}))")
        marks = ", ".join("?" * len(names))
        connection.executemany(f"insert or ignore into t values ({marks})", rows)
    return time.perf_counter() - begin


def _stdlib_mbox(path: Path) -> float:
    import mailbox
    from email.utils import getaddresses, parsedate_to_datetime

    begin = time.perf_counter()
    for message in mailbox.mbox(path):
        getaddresses([str(message["From"]), str(message["To"])])
        parsedate_to_datetime(message["Date"])
    return time.perf_counter() - begin


def enron(folder: Path) -> Iterator[Row]:
    """Enron from files to all scores, and `evaluate health`, as a user runs them."""
    messages = DATA / "mail-enron" / "messages.csv.gz"
    if not messages.exists():
        print(f"left out: {messages} is not there", file=sys.stderr)
        return
    db = folder / "enron.db"
    maps = [x for m in ("from=from_id", "to=to_id", "role=rec_type") for x in ("--map", m)]
    total, peak = 0.0, 0.0
    steps = (("sync", "tables", messages, "--table", "interactions", *maps), ("fit",), ("score",))
    for step in steps:
        seconds, memory = graphsvc(*step, db=db)
        total, peak = total + seconds, max(peak, memory)
    yield Row("Enron: files -> all scores", "125,409 rows", total, peak, goal="<= 20 s")
    seconds, peak = graphsvc("evaluate", "health", "--start", "1999-06-01", "--json", db=db)
    yield Row("Enron: evaluate health", "", seconds, peak)


def sample(folder: Path) -> Iterator[Row]:
    """The sample company: files to list, then paths and the list once loaded, and `--help`."""
    from api.answers import Ask, paths, top
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    db, company = folder / "sample.db", folder / "company"
    total = graphsvc("sample", company, db=db)[0]
    truth = json.loads((company / "truth.json").read_text(encoding="utf-8"))
    for step in (("crm", "--own", truth["own"]), ("tables",), ("mail",)):
        total += graphsvc("sync", step[0], company / step[0], *step[1:], db=db)[0]
    total += sum(graphsvc(verb, db=db)[0] for verb in ("fit", "score"))
    yield Row("sample company: files -> scores", "", total, goal="demo <= 30 s")
    ask = Ask(Workspace(open_store(f"sqlite:///{db}")))
    plan = truth["truths"]["referral_path"]
    rep, target = (plan[who] if isinstance(plan[who], str) else plan[who]["key"] for who in ("rep", "target"))
    yield Row("sample: k = 5 paths, once loaded", "", timed(lambda: paths(ask, target, rep)), goal="<= 0.1 s")
    yield Row("sample: weekly top 20, once loaded", "", timed(lambda: top(ask, rep)), goal="<= 0.1 s")
    seconds = timed(lambda: process([sys.executable, "-m", "graphsvc.cli", "--help"]))
    yield Row("graphsvc --help", "", seconds, goal="<= 0.5 s")


def enron_rows() -> list[tuple[str, str]]:
    """(from, to) pairs of the Enron messages, self-addressed ones left out."""
    path = DATA / "mail-enron" / "messages.csv.gz"
    if not path.exists():
        return []
    with gzip.open(path, "rt", newline="") as source:
        return [(r["from_id"], r["to_id"]) for r in csv.DictReader(source) if r["from_id"] != r["to_id"]]
