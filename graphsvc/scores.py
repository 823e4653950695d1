"""Scores, Models and Runs: what algorithms give, what they learnt, and how it came about.

Every score is an exact sum: ``link(value) = sum of terms`` row by row, where ``link`` names the scale on which the
terms add up. Figures shown beside a score that are not part of the sum are in ``beside``. A value of NaN is null, "not
enough evidence", and always has a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graphsvc.phrases import Phrase
from graphsvc.projection import Floats, Index, Ints

Of = Literal["tie", "person", "organization"]
Link = Literal["identity", "log", "logit"]
Figures = NDArray[np.generic]

DIGITS = 9  # significant digits of stored values


@dataclass(frozen=True)
class Scores:
    """One score of many ties or entities, column by column.

    Attributes
    ----------
    name, of : the score's name (DESIGN, section 6) and what it is of.
    a, b : entity indices into the Projection; ties have ``a < b`` as indices; ``b`` is None for entities.
    value : float64, shape (n,), NaN where ``reason`` says why.
    terms : named float64 columns with ``link(value) = sum(terms)``; NaN rows are exempt.
    beside : further columns shown with the score (numbers or strings), such as ``active`` or ``verdict``.
    reason : shape (n,), index into ``reasons`` for null values, -1 elsewhere.
    notes : what holds for the whole table ("nobody said who ours are").
    accuracy : held-out figures of the model behind it, None where it is a plain count.
    """

    name: str
    of: Of
    a: Index
    b: Index | None
    value: Floats
    terms: Mapping[str, Floats]
    unit: str
    link: Link = "identity"
    low: Floats | None = None
    high: Floats | None = None
    beside: Mapping[str, Figures] = field(default_factory=dict)
    reason: NDArray[np.int8] | None = None
    reasons: tuple[Phrase, ...] = ()
    notes: tuple[Phrase, ...] = ()
    accuracy: Mapping[str, float] | None = None
    model_id: str | None = None

    def __len__(self) -> int:
        return len(self.a)

    def linked(self) -> Floats:
        """The value on the scale on which its terms add up; depth and breadth (0-100) are logs of value / 100."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.link == "log":
                return np.log(self.value / 100.0)
            if self.link == "logit":
                return np.log(self.value / (1.0 - self.value))
        return self.value

    def row_of(self, a: int, b: int | None = None) -> int | None:
        """Row of an entity, or of a tie in either order; None when it has no row."""
        keys, order = self._rows
        key = a if self.b is None else _pair(*sorted((a, -1 if b is None else b)))
        place = int(np.searchsorted(keys, key))
        return int(order[place]) if place < len(keys) and keys[place] == key else None

    def rows_of(self, a: int) -> Ints:
        """Rows of an entity, or of all ties of a person, ascending."""
        found = []
        for ends, order in self._ends:
            left, right = np.searchsorted(ends, (a, a + 1))
            found.append(order[left:right])
        return found[0] if len(found) == 1 else np.sort(np.concatenate(found))

    @cached_property
    def _rows(self) -> tuple[Ints, Ints]:
        """What rows are found by, ascending, and the row of each; of equal ones the first row first."""
        keys = self.a.astype(np.int64) if self.b is None else _pair(self.a.astype(np.int64), self.b.astype(np.int64))
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    @cached_property
    def _ends(self) -> list[tuple[Index, Ints]]:
        """Each column of ends, ascending, and the row of each."""
        columns = (self.a,) if self.b is None else (self.a, self.b)
        orders = [np.argsort(c, kind="stable") for c in columns]
        return [(c[order], order) for c, order in zip(columns, orders, strict=True)]

    def dense(self, n: int) -> Floats:
        """Value per entity index, NaN where there is none; for scores of entities only."""
        out = np.full(n, np.nan)
        out[self.a] = self.value
        return out


EvidenceKind = Literal["sum", "pointer", "absence", "context", "constant", "subgraph"]


@dataclass(frozen=True)
class TermEvidence:
    """How one term opens.

    ``rows`` are the store's handles of interactions (``table == "interactions"``) or facts; for kind *sum* ``shares``
    add up to ``value`` exactly, in proportion to each row's evidence weight; a *pointer* names the first or last
    event; *absence* gives dates in ``phrase``; *context* is a count of other people's activity and never opens.
    """

    term: str
    kind: EvidenceKind
    value: float
    table: str = "interactions"
    rows: Ints | None = None
    shares: Floats | None = None
    phrase: Phrase | None = None


@dataclass(frozen=True)
class Model:
    """A fitted model as plain numbers: readable, comparable, no pickles.

    ``label_cutoff`` is the last moment a training label looked at, <= as_of. ``heldout`` are figures measured on
    references after those trained on. ``content`` is whatever the algorithm needs to apply it (JSON values only).
    """

    name: str
    version: int
    as_of: int
    label_cutoff: int
    training_digest: str
    coefficients: Mapping[str, float]
    content: Mapping[str, Any] = field(default_factory=dict)
    heldout: Mapping[str, float] = field(default_factory=dict)
    cold_start: bool = False

    @cached_property
    def id(self) -> str:
        """Name and content hash; equal models have equal ids."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        blob = json.dumps(said, sort_keys=True, default=float)
        return f"{self.name}-{hashlib.sha256(blob.encode()).hexdigest()[:12]}"


@dataclass(frozen=True)
class Run:
    """How something came about: enough to do it again and get the same numbers to 1e-9."""

    id: str
    kind: Literal["sync", "fit", "score", "evaluate", "erase", "list"]
    name: str
    started: int
    seconds: float
    as_of: int | None
    known_at: int | None
    sequence: int
    version: str
    digest: str | None = None
    model_ids: tuple[str, ...] = ()
    source_runs: tuple[str, ...] = ()
    seed: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)


def _pair(a: Ints | int, b: Ints | int) -> Any:
    """One sortable number per pair of entity indices; -1 stands for nobody."""
    return (a << 32) + b


def significant(x: Floats, digits: int = DIGITS) -> Floats:
    """Round to significant digits, so that stored values do not depend on BLAS or thread order."""
    x = np.asarray(x, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        magnitude = np.where((x == 0) | ~np.isfinite(x), 0.0, np.floor(np.log10(np.abs(x))))
    scale = 10.0 ** (digits - 1 - magnitude)
    out: Floats = np.where(np.isfinite(x) & (np.abs(scale) < 1e290), np.round(x * scale) / scale, x)
    return out
