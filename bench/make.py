"""Seeded inputs: a heavy-tailed interactions table, and an mbox."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv


def interactions_csv(path: Path, rows: int, seed: int = 1, *, ids: bool = False) -> None:
    """Rows (time, from, to, kind, channel) with Zipf-like activity over rows / 20 people, two years.

    With ``ids`` every row has an id of its own, of the length of a mail's, as a system of record gives it.
    """
    rng = np.random.default_rng(seed)
    people = max(rows // 20, 10)
    popularity = 1.0 / np.arange(1, people + 1) ** 0.8
    popularity /= popularity.sum()
    sender, receiver = (rng.choice(people, rows, p=popularity) for _ in range(2))
    receiver = np.where(receiver == sender, (receiver + 1) % people, receiver)
    start = np.datetime64("2024-01-01T00:00:00")
    time = np.sort(start + rng.integers(0, 730 * 86_400, rows).astype("timedelta64[s]"))
    table = pa.table(
        ({"id": [f"<m{i}@own.example>" for i in range(rows)]} if ids else {})
        | {
            "time": np.datetime_as_string(time),
            "from": np.char.add("p", sender.astype(str)),
            "to": np.char.add("p", receiver.astype(str)),
            "kind": rng.choice(["mail", "meeting", "call"], rows),
            "channel": rng.choice(["mail", "calendar", "phone"], rows),
        }
    )
    pa.csv.write_csv(table, path)


def mbox(path: Path, messages: int, seed: int = 1) -> None:
    """Messages between 500 people with short bodies; one in five has several recipients."""
    rng = np.random.default_rng(seed)
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    with path.open("w", encoding="utf-8") as out:
        for i in range(messages):
            sender, *to = rng.integers(0, 500, 2 + (i % 5 == 0) * 3)
            when = start + dt.timedelta(minutes=7 * i)
            names = ", ".join(f"Person {t} <p{t}@acme.example>" for t in to)
            out.write(
                f"From p{sender}@own.example {when:%a %b %d %H:%M:%S %Y}\n"
                f"From: Person {sender} <p{sender}@own.example>\nTo: {names}\nMessage-ID: <m{i}@own.example>\n"
                f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000\nSubject: subject {i}\n"
                f"Content-Type: text/plain; charset=utf-8\n\n" + "A line of the body.\n" * 20 + "\n"
            )
