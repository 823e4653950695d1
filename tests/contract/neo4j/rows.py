"""Rows that tests write into a ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from graphsvc.stores.ledger import Change, Ledger

NAMES = ("Ann", "Bo", "Cy", "Di", "Ed", "Flo")


def members(change: Change, count: int, first: int = 1) -> int:
    """People, the first with handle ``first``."""
    numbers = range(first, first + count)
    values = {
        "id": [f"{n:032x}" for n in numbers], "label": 0, "twin": -1, "domain": -1, "space": "mail",
        "key": [f"p{n}@x.example" for n in numbers],
    }  # fmt: skip
    return change.insert("members", values, count)


def word(text: str) -> Callable[[Change], int]:
    """A change that adds one word; gives its sequence number."""

    def work(change: Change) -> int:
        change.insert("words", {"text": [text]}, 1)
        return change.sequence

    return work


def texts(ledger: Ledger) -> list[str]:
    """All words there are, by handle."""
    return [text for _, text in ledger.read(lambda reader: reader.rows("words", 0, 10_000))]


def interactions(change: Change, moments: Sequence[tuple[int, int, int, int]], **more: Any) -> int:
    """Rows (time, key, actor, target)."""
    columns = dict(zip(("time", "key", "actor", "target"), (list(c) for c in zip(*moments, strict=True)), strict=True))
    rest = {"role": 0, "kind": 1, "channel": 2, "topic": -1, "object": -1, "weight": 1.0, "relevance": None,
            "source": 1, "record_id": None}  # fmt: skip
    return change.insert("interactions", {**columns, **rest, **more}, len(moments))
