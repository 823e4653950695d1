"""A small company as pages of records, and what is asked of every store that took them in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.records import Page
from graphsvc.replica import Replica
from graphsvc.store import Store

T0 = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


KEY = "6b" * 32


MakeStore = Callable[[str], Any]

# What only an embedded file can promise or suffer; servers have tests of their own.
SQLITE_ONLY = pytest.mark.parametrize("kind", ["sqlite"], indirect=True)


def page(table: str, rows: list[dict[str, Any]], source: str = "crm", **more: Any) -> Page:
    table_rows = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
    return Page(source, table, table_rows, read=len(rows) + len(more.get("rejects", ())), **more)


def mail(day: float, sender: str, to: str, **more: Any) -> dict[str, Any]:
    return {"time": T0 + dt.timedelta(days=day), "from": sender, "to": to, "channel": "mail", "kind": "mail"} | more


def person(key: str, name: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": name, "email": email} | more


def rows_of(store: Store, table: str, *, live: bool = True) -> list[dict[str, Any]]:
    rows = store.delta(0, OWNER, UNLIMITED).tables[table].to_pylist()
    return [r for r in rows if not live or r.get("gone", 0) == 0]


def only(store: Store, text: str, label: str | None = None) -> str:
    found = store.resolve(text, OWNER, label)
    assert len(found) == 1, found
    return found[0].id


def replica_of(store: Store) -> Replica:
    replica = Replica()
    replica.apply(store.delta(0, OWNER, UNLIMITED))
    return replica


COMPANY = (
    page("organizations", [{"id": "o1", "name": "数据公司上海", "domain": "Ex.cn", "kind": "Customer"}]),
    page(
        "people",
        [
            person("1", "Li Na", "Li.Na@ex.cn", title="VP Sales", organization="o1", internal=False),
            person("2", "王伟", "wang@ours.com", title="Sales", internal=True),
        ],
    ),
    page("interactions", [mail(1, "wang@ours.com", "li.na@ex.cn", id="<1@m>")], "mailbox", scope="message-id"),
    page("interactions", [mail(d, "li.na@ex.cn", "wang@ours.com") for d in (2, 3)], "exchange"),
    page("facts", [{"subject": "1", "kind": "ADOPTED", "object": "w1", "valid_from": T0}]),
    page("works", [{"id": "w1", "name": "Design", "author": "1; 2", "time": T0, "topic": "cooling"}]),
    page("opportunities", [{"id": "d1", "organization": "o1", "owner": "2", "stage": "Closed Won", "amount": 5.0}]),
)


def fill(store: Store) -> None:
    for one in COMPANY:
        store.merge(one)


def scores_table(ids: list[str]) -> pa.Table:
    n = len(ids)
    table = pa.table(
        {
            "a": ids,
            "b": pa.nulls(n, pa.string()),
            "value": pa.array([1.5, None, 2.5][:n], pa.float64()),
            "low": pa.nulls(n, pa.float64()),
            "high": pa.array([2.0] * n),
            "rank": list(range(1, n + 1)),
            "reason": [None, '{"code": "x"}', None][:n],
            "term:frequency": pa.array([0.1, None, 1 / 3][:n], pa.float64()),
            "beside:verdict": ["pivot", None, "x"][:n],
            "beside:count": list(range(n)),
            "beside:active": pa.array([0.25] * n),
        }
    )
    return table.replace_schema_metadata({"graphsvc": '{"link": "log"}'})
