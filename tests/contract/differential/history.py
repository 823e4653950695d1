"""Random histories of a workspace: pages in any order, corrections, retractions, erasures; the same for every store."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from graphsvc.errors import GraphsvcError
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER
from graphsvc.records import Page
from graphsvc.store import Store

DAY = dt.timedelta(days=1)
T0 = dt.datetime(2025, 1, 6, tzinfo=dt.UTC)
DAYS = 420
OURS = [f"u{i}" for i in range(4)]
THEIRS = [f"c{i}" for i in range(14)]
FIRMS = [f"firm{i}" for i in range(5)]
WORKS = [f"w{i}" for i in range(3)]
Step = Callable[[Store], Any]


class History:
    """A list of steps; each is a function of a store, so that one history can be told to several."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps: list[Step] = [self._page(*self._people()), self._page(*self._firms()), own]
        pages = [self._interactions, self._interactions, self._facts, self._works, self._deals, self._people]
        for _ in range(self.random.randint(4, 9)):
            self.steps.append(self._page(*self.random.choice(pages)()))
            if self.random.random() < 0.4:
                self.steps.append(self.random.choice(self.steps[:-1]))  # told again
            if self.random.random() < 0.6:
                self.steps.append(self._decision())
        if self.random.random() < 0.5:
            self.random.shuffle(self.steps)

    def tell(self, store: Store, clock: Callable[[int], None]) -> list[str]:
        """Do all steps; gives what each said, refusals too."""
        said = []
        for number, step in enumerate(self.steps):
            clock(number)
            try:
                said.append(repr(step(store)))
            except GraphsvcError as error:
                said.append(f"{type(error).__name__}: {error.text('en')}")
        return said

    # -- pages ------------------------------------------------------------------------------------------------------

    def _page(self, table: str, rows: list[dict[str, Any]], source: str = "crm") -> Step:
        self.random.shuffle(rows)
        full = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
        page = Page(source, table, full, read=len(rows), cursor=f"{table}:{self.random.randrange(1000)}")
        return lambda store: store.merge(page)

    def _moment(self) -> dt.datetime:
        return T0 + self.random.randrange(DAYS) * DAY + dt.timedelta(minutes=self.random.randrange(1200))

    def _anybody(self) -> str:
        key = self.random.choice(OURS + THEIRS)
        return f"{key}@{'ours' if key in OURS else 'x'}.example" if self.random.random() < 0.3 else key

    def _people(self) -> tuple[str, list[dict[str, Any]], str]:
        chosen = self.random.sample(OURS + THEIRS, self.random.randint(6, 18))
        source = self.random.choice(["crm", "crm", "hr"])
        return "people", [
            {
                "id": key, "name": f"Name {key} {self.random.choice('甲乙丙')}",
                "organization": self.random.choice(FIRMS),
                "email": f"{key}@{'ours' if key in OURS else 'x'}.example" if self.random.random() < 0.7 else None,
                "title": self.random.choice(["CTO", "Engineer", "采购经理", "VP Sales", None]),
                "internal": True if key in OURS else None,
            }
            for key in chosen
        ], source  # fmt: skip

    def _firms(self) -> tuple[str, list[dict[str, Any]], str]:
        return "organizations", [
            {"id": key, "name": key.title(), "domain": self.random.choice([None, f"{key}.example"]),
             "industry": self.random.choice(["auto", "bank", None]), "kind": "customer"}
            for key in FIRMS
        ], self.random.choice(["crm", "hr"])  # fmt: skip

    def _interactions(self) -> tuple[str, list[dict[str, Any]], str]:
        rows = []
        for _ in range(self.random.randint(30, 120)):
            one, other = self.random.choice(OURS), self._anybody()
            ends = (one, other) if self.random.random() < 0.6 else (other, one)
            rows.append(
                {
                    "id": self.random.choice([None, None, f"m{self.random.randrange(60)}"]), "time": self._moment(),
                    "from": ends[0], "to": ends[1], "kind": self.random.choice(["mail", "meeting", "call", "reply"]),
                    "channel": self.random.choice(["mail", "phone", "wecom"]),
                    "role": self.random.choice([None, "cc", "attendee"]),
                    "weight": self.random.choice([None, None, 0.5]), "topic": self.random.choice([None, "edge"]),
                    "relevance": self.random.choice([None, 0.25]), "object": self.random.choice([None, None, "w1"]),
                }
            )  # fmt: skip
        return "interactions", rows, self.random.choice(["crm", "log"])

    def _facts(self) -> tuple[str, list[dict[str, Any]], str]:
        rows = []
        for _ in range(self.random.randint(10, 40)):
            kind = self.random.choice(["FOLLOWS", "FOLLOWS", "ADOPTED", "KNOWS", "REPORTS_TO", "OWNS", "REFERRED"])
            ends = {"ADOPTED": WORKS, "OWNS": FIRMS}.get(kind, THEIRS)
            begin = self._moment() if kind == "ADOPTED" or self.random.random() < 0.6 else None
            rows.append(
                {"subject": self.random.choice(OURS if kind == "OWNS" else THEIRS), "kind": kind,
                 "object": self.random.choice(ends), "valid_from": begin,
                 "valid_to": begin + 200 * DAY if begin and self.random.random() < 0.2 else None,
                 "weight": self.random.choice([None, 2.0])}
            )  # fmt: skip
        return "facts", rows, "crm"

    def _works(self) -> tuple[str, list[dict[str, Any]], str]:
        return "works", [
            {"id": key, "name": f"Work {key}", "kind": "design", "time": T0,
             "author": ";".join(self.random.sample(THEIRS, self.random.randint(0, 2))) or None}
            for key in WORKS
        ], "crm"  # fmt: skip

    def _deals(self) -> tuple[str, list[dict[str, Any]], str]:
        return "opportunities", [
            {"id": f"d{i}", "organization": self.random.choice(FIRMS), "owner": self.random.choice(OURS),
             "stage": self.random.choice(["open", "closed won", "lost"]), "currency": "EUR", "created": self._moment(),
             "amount": self.random.choice([None, 1000.0 * self.random.randint(1, 90)])}
            for i in range(self.random.randint(2, 8))
        ], "crm"  # fmt: skip

    # -- decisions --------------------------------------------------------------------------------------------------

    def _decision(self) -> Step:
        a, b = self.random.sample(THEIRS, 2)
        return self.random.choice(
            [
                lambda store: store.link(ident(store, a), ident(store, b), OWNER, "the same"),
                lambda store: store.split(ident(store, a), None, OWNER, "not the same"),
                lambda store: store.erase(ident(store, a), OWNER),
                lambda store: store.override("depth", ident(store, a), None, 77.0, OWNER, "known"),
                lambda store: store.override("restricted", ident(store, b), None, 1.0, OWNER, "asked"),
                lambda store: store.retract("crm", "people", [a]),
                lambda store: store.retract("log", "interactions", ["m1", "m2", "m3"]),
                lambda store: store.retract("crm", "interactions", ["m4", "m5"]),
                lambda store: store.retract("crm", "facts", [f"{a}|FOLLOWS|{b}"]),
                lambda store: store.retract("crm", "works", ["w0"]),
            ]
        )


def own(store: Store) -> None:
    """Say who ours is."""
    store.own(["ours.example", "u0"], OWNER)


def ident(store: Store, key: str) -> str:
    """Public id of a person by key, any of them where a key means several; the key itself where it means nobody."""
    found = store.resolve(key, OWNER, "person")
    return found[0].id if found else "0" * 32
