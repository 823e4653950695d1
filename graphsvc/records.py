"""What a source hands over: pages of claims with their provenance, and what was wrong with the rest.

A Page holds rows of one table in the columns of :mod:`graphsvc.model`, already cleaned: times are UTC microseconds,
required fields are present, numbers are finite. Whatever was not clean is in ``rejects`` with its reason; whatever was
left out on purpose (list mail, a repeated recipient) is counted in ``left_out``. Nothing is dropped in silence:
``read = rows + rejects + left_out`` for every page, checked by the pipeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

import pyarrow as pa

from graphsvc.model import Personal
from graphsvc.phrases import Phrase


@dataclass(frozen=True)
class Provenance:
    """Where a claim comes from and when it holds; times in [us] since the epoch.

    ``scope`` is the namespace in which ``record_id`` is unique (a source's name, or ``message-id`` for mail, which is
    the same message in whichever mailbox it is found).
    """

    source: str
    record_id: str
    observed_at: int
    valid_from: int | None = None
    valid_to: int | None = None
    scope: str | None = None


@dataclass(frozen=True)
class Record:
    """One claim: a row of one table, with its provenance."""

    table: str
    row: Mapping[str, object]
    provenance: Provenance


@dataclass(frozen=True)
class Reject:
    """One row that could not be taken: where it stands, why, and its raw fields (kept 30 days in quarantine)."""

    where: str  # file and row, e.g. "people.csv:17"
    table: str
    reason: Phrase
    raw: Annotated[Mapping[str, str], Personal] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A bounded batch (about 100,000 rows) of one table of one source, merged in one transaction.

    Attributes
    ----------
    source : name of the source instance; record keys and ids are unique within it.
    table : one of :data:`graphsvc.model.TABLES`.
    rows : exactly the columns of ``arrow_schema(TABLES[table])``, clean.
    cursor : where to go on after this page; stored in the same transaction.
    scope : namespace of interaction ids; default the source's name.
    read : rows seen in the input for this page.
    left_out : reason code (``sources.<name>``) -> rows left out on purpose.
    notes : reason code -> rows taken but worth telling (self-addressed, unknown kind, odd date).
    remarks : sentences about the input as a whole, each said once (columns not used, another encoding).
    reread : file that is read again from its beginning with this page: its earlier lines leave quarantine.
    """

    source: str
    table: str
    rows: pa.Table
    cursor: str | None = None
    scope: str | None = None
    read: int = 0
    rejects: tuple[Reject, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[Phrase, ...] = ()
    reread: str | None = None


@dataclass
class MergeReport:
    """What became of a page's rows: ``read = taken + repeated + updated + blocked + left_out + quarantined``.

    ``taken`` rows are new; ``repeated`` rows the store had already, in this page or before; ``updated`` rows replaced
    an earlier claim of the same record; ``blocked`` rows name an erased person. ``reasons`` counts the left-out and
    quarantined rows and notes by reason code.
    """

    sequence: int = 0
    read: int = 0
    taken: int = 0
    repeated: int = 0
    updated: int = 0
    blocked: int = 0
    left_out: int = 0
    quarantined: int = 0
    linked: int = 0  # entities joined by an exact key
    reasons: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)

    def add(self, other: MergeReport) -> None:
        """Add the counts of another page to this one."""
        for name in ("read", "taken", "repeated", "updated", "blocked", "left_out", "quarantined", "linked"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.sequence = max(self.sequence, other.sequence)
        for mine, theirs in ((self.reasons, other.reasons), (self.notes, other.notes)):
            for code, count in theirs.items():
                mine[code] = mine.get(code, 0) + count

    @property
    def accounted(self) -> bool:
        """True when every row read has exactly one fate."""
        fates = (self.taken, self.repeated, self.updated, self.blocked, self.left_out, self.quarantined)
        return self.read == sum(fates)
