"""Interaction rows as columns, and the ledger that numbers interactions and collects rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.model import MUTUAL_KINDS, Role
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Bools, Floats, Ints

KINDS = ["mail", "reply", "chat", "call", "meeting", "visit", "event", "share", "download", "ticket"]
KIND = {name: code for code, name in enumerate(KINDS)}
MUTUAL = [KIND[name] for name in KINDS if name in MUTUAL_KINDS]  # in these both sides act
CHANNELS = ["mail", "wecom", "phone", "calendar", "visit", "event", "site", "service", "community"]
CHANNEL = {name: code for code, name in enumerate(CHANNELS)}
CHANNEL_OF = {
    "mail": "mail", "reply": "mail", "chat": "wecom", "call": "phone", "meeting": "calendar", "visit": "visit",
    "event": "event", "share": "wecom", "download": "site", "ticket": "service",
}  # fmt: skip
_CHANNEL_CODE = np.array([CHANNEL[CHANNEL_OF[k]] for k in KINDS], dtype=np.int8)

Rows = NDArray[np.void]
ROW = np.dtype(
    [
        ("number", np.int64),  # interaction: rows with the same number are one
        ("time", np.int64),  # [s] since the epoch
        ("actor", np.int32),
        ("target", np.int32),
        ("role", np.int8),
        ("kind", np.int8),
        ("channel", np.int8),
        ("topic", np.int8),  # into words.TOPICS, -1 none
        ("object", np.int32),  # work, -1 none
        ("relevance", np.float32),  # NaN: not measured
        ("parent", np.int64),  # interaction it answers, -1 none
    ]
)


def draft(time: Ints, actor: NDArray[Any], target: NDArray[Any], kind: NDArray[Any] | int) -> Rows:
    """Rows without numbers: one ``to`` participant each, the channel that goes with the kind."""
    rows = np.zeros(len(time), dtype=ROW)
    rows["time"], rows["actor"], rows["target"], rows["kind"] = time, actor, target, kind
    rows["channel"] = _CHANNEL_CODE[rows["kind"]]
    rows["role"] = np.where(rows["kind"] == KIND["meeting"], Role.ATTENDEE, Role.TO)
    rows["topic"] = rows["object"] = rows["parent"] = -1
    rows["relevance"] = np.nan
    return rows


class Ledger:
    """Collects rows; every drafted row becomes an interaction of its own, further participants join it."""

    def __init__(self) -> None:
        self._blocks: list[Rows] = []
        self._next = 0
        self._silences: list[tuple[Ints, Ints, Ints]] = []

    def add(self, rows: Rows) -> Rows:
        """Number the rows as new interactions and keep them."""
        rows["number"] = self._next + np.arange(len(rows))
        self._next += len(rows)
        self._blocks.append(rows)
        return rows

    def join(self, rows: Rows, target: NDArray[Any], role: Role) -> None:
        """Further participants of interactions already added: ``target[i]`` takes part in that of ``rows[i]``."""
        more = rows.copy()
        more["target"], more["role"] = target, role
        self._blocks.append(more)

    def answer(self, rng: np.random.Generator, rows: Rows, chance: Floats | float) -> Rows:
        """Answers to mails and chats, each with its chance, after a delay of minutes (chat) to days (mail)."""
        asked = rows[(rng.random(len(rows)) < chance) & np.isin(rows["kind"], (0, 1, 2))]
        mail = asked["kind"] != KIND["chat"]
        delay = np.exp(rng.normal(np.where(mail, 9.4, 6.2), np.where(mail, 1.1, 1.3)))  # medians 3.4 h and 8 min
        kind = np.where(mail, KIND["reply"], KIND["chat"])
        out = draft(
            asked["time"] + np.clip(delay, 30, 12 * 86_400).astype(np.int64), asked["target"], asked["actor"], kind
        )
        for column in ("channel", "topic", "object", "relevance"):
            out[column] = asked[column]
        out["parent"] = asked["number"]
        return self.add(out)

    def silence(self, ours: Ints, theirs: Ints, since: Ints) -> None:
        """From ``since`` [s] on ``theirs[i]`` does nothing towards ``ours[i]``, and no two-sided thing happens."""
        self._silences.append((ours, theirs, since))

    def _broken(self, rows: Rows, n: int) -> Bools:
        """Rows that a silence forbids, among ``n`` people."""
        ours, theirs, since = (np.concatenate(c) for c in zip(*self._silences, strict=True))
        code = theirs.astype(np.int64) * n + ours
        order = np.argsort(code, kind="stable")
        code, since = code[order], since[order]
        broken = np.zeros(len(rows), dtype=bool)
        actor, target = rows["actor"].astype(np.int64), rows["target"].astype(np.int64)
        for acts, counts in ((actor * n + target, True), (target * n + actor, np.isin(rows["kind"], MUTUAL))):
            at = np.minimum(np.searchsorted(code, acts), len(code) - 1)
            broken |= (code[at] == acts) & (rows["time"] >= since[at]) & counts
        return broken

    def rows(self, company: Company) -> Rows:
        """All rows that can have happened, in (time, number, target) order, renumbered from 0 without repeats.

        Nobody acts after leaving or against a silence, nobody writes to oneself, nothing lies outside the two years.
        """
        rows = np.concatenate(self._blocks)
        gone = company.calendar.zero + np.minimum(company.people.leaves, 1e6) * 86_400
        rows = rows[rows["time"] >= company.calendar.zero]
        rows = rows[(rows["time"] <= company.calendar.limit) & (rows["actor"] != rows["target"])]
        rows = rows[(rows["time"] < gone[rows["actor"]]) & (rows["time"] < gone[rows["target"]])]
        rows = rows[~self._broken(rows, len(company.people))] if self._silences else rows
        rows = rows[np.lexsort((rows["role"], rows["target"], rows["number"], rows["time"]))]
        again = (rows["number"][1:] == rows["number"][:-1]) & (rows["target"][1:] == rows["target"][:-1])
        return _renumber(rows[np.r_[True, ~again]])


def _renumber(rows: Rows) -> Rows:
    known, first = np.unique(rows["number"], return_index=True)
    order = np.argsort(first, kind="stable")
    new = np.empty(len(known), dtype=np.int64)
    new[order] = np.arange(len(known))
    parent = np.searchsorted(known, rows["parent"])
    found = (parent < len(known)) & (known[np.minimum(parent, len(known) - 1)] == rows["parent"])
    rows["parent"] = np.where(found, new[np.minimum(parent, len(known) - 1)], -1)
    rows["number"] = new[np.searchsorted(known, rows["number"])]
    return rows
