"""The part of a Store that tells records and decisions one by one; see :class:`graphsvc.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from graphsvc.policy import Caller, require
from graphsvc.store import Described
from graphsvc.stores import read
from graphsvc.stores.ledger import Ledger

ALONE = read.Entities(0, {}, {})  # each member stands for itself


class RecordShelf:
    """Single records over a ledger."""

    ledger: Ledger

    def record_ids(self, text: str, caller: Caller, label: str | None = None) -> list[str]:
        """Public ids of the very records with this id, key or address, not of the entities they were merged into."""
        require(caller, "read")
        return self.ledger.read(lambda reader: read.record_ids(reader, text, label))

    def describe_records(self, ids: Sequence[str], caller: Caller, sequence: int | None = None) -> dict[str, Described]:
        """Keys and names of the very records with these ids; as known at a sequence number, where one is given."""
        require(caller, "read")
        then = read.LATEST if sequence is None else sequence
        return self.ledger.read(lambda reader: read.describe(reader, ALONE, ids, caller.is_owner, then))

    def said_by(
        self, table: Literal["links", "judgements"], rows: Sequence[int], caller: Caller
    ) -> dict[int, tuple[str | None, str | None]]:
        """Who decided on links or judgements, and why, by handle."""
        require(caller, "read")
        found = self.ledger.read(lambda reader: reader.naming(table, "pk", list(rows), ("author", "reason")))
        return {pk: (author, reason) for pk, author, reason in found}
