"""The graph as columns, as of one moment: what algorithms see, and all they see.

A Projection knows no database. Entities have one index space, in ascending order of their public id, so that two
stores with the same input give the same arrays; interactions are in (time, key, target) order. All times are int64
microseconds since the epoch, UTC. Arrays are read-only.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphsvc.clock import DAY as DAY
from graphsvc.model import Label
from graphsvc.narrow import CHUNK, is_repeated, narrow

if TYPE_CHECKING:
    import igraph
    import networkx

Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Codes = NDArray[np.int32]
Small = NDArray[np.signedinteger[Any]]  # the smallest signed type that holds the values: widen before multiplying
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FOREVER = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Entities:
    """One row per entity, by ascending id; ``-1`` means unknown in every index or code column."""

    id: NDArray[np.bytes_]  # S32, lower-case hexadecimal
    label: NDArray[np.int8]  # Label
    internal: Bools  # a colleague of ours (persons), or ourselves (organizations)
    level: NDArray[np.int8]  # Level, persons
    buyer: Bools  # holds, or held, a buying role in an opportunity, or a title that signs
    organization: Index  # employer of a person, account of an opportunity
    left: Bools  # the person left their last known employer at or before as_of
    restricted: Bools  # must not appear on paths or lists
    industry: Codes
    region: Codes
    kind: Codes  # kind of organization or work
    topic: Codes  # topic of a work
    time: Ints  # when a work appeared; 0 unknown

    def __len__(self) -> int:
        return len(self.id)


@dataclass(frozen=True)
class Interactions:
    """One row per participant that ``actor`` reached, in (time, key, target) order.

    Self-addressed rows are not here. ``participants`` counts distinct persons of the whole interaction, actor included.
    A column that says the same of every row may hold it once (stride 0).
    """

    time: Ints
    key: Small  # number of the interaction: equal for its rows
    actor: Index
    target: Index
    role: NDArray[np.int8]  # Role
    kind: Small  # code, as channel and topic
    channel: Small
    topic: Small
    object: Index  # work, or -1
    participants: Small
    weight: NDArray[np.float32]  # >= 0
    relevance: NDArray[np.float32]  # 0..1; NaN = not measured
    row: Small  # the store's handle of the evidence

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True)
class Facts:
    """Claims with valid_from <= as_of, those that have ended included; order (kind, subject, object, valid_from)."""

    kind: Codes  # into Projection.fact_kinds
    subject: Index
    object: Index
    valid_from: Ints  # minimum of int64 where unknown
    valid_to: Ints  # FOREVER while it holds
    weight: Floats
    role: Codes
    row: Ints

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True)
class Opportunities:
    """One row per opportunity, as known; ``won`` and ``closed`` are as of T (a later close is still open here)."""

    entity: Index
    organization: Index
    owner: Index
    amount: Floats  # NaN = none given
    currency: Codes
    stage: Codes
    product: Codes
    created: Ints  # 0 unknown
    closed: Ints  # FOREVER while open
    won: NDArray[np.int8]  # Won

    def __len__(self) -> int:
        return len(self.entity)


@dataclass(frozen=True)
class Projection:
    """The graph as of ``as_of`` (event time), as known at ``known_at`` (record time), at one store sequence."""

    as_of: int
    known_at: int
    sequence: int
    own_known: bool  # False: nobody said who "ours" is, so any person may be the rep and all ties count
    entities: Entities
    interactions: Interactions
    facts: Facts
    opportunities: Opportunities
    words: tuple[str, ...]  # texts of all code columns, ascending: code k means words[k]
    fact_kinds: tuple[str, ...]  # texts of Facts.kind
    overrides: tuple[tuple[str, int, int, float], ...] = field(default=())  # (score, a, b or -1, value)

    def __len__(self) -> int:
        return len(self.entities)

    def text(self, code: int) -> str | None:
        """The word of a code, None for -1."""
        return self.words[code] if code >= 0 else None

    @cached_property
    def people(self) -> Index:
        """Indices of persons, ascending."""
        return np.flatnonzero(self.entities.label == Label.PERSON).astype(np.int32)

    @cached_property
    def organizations(self) -> Index:
        """Indices of organizations, ascending."""
        return np.flatnonzero(self.entities.label == Label.ORGANIZATION).astype(np.int32)

    @cached_property
    def customer(self) -> Bools:
        """Per entity: a person or organization outside our own; all of them when nobody said who ours are."""
        label = self.entities.label
        out: Bools = ((label == Label.PERSON) | (label == Label.ORGANIZATION)) & ~self.entities.internal
        return out

    def facts_of(self, *kinds: str, current: bool = True) -> Facts:
        """Facts of some kinds; ``current`` keeps those that hold at as_of (as_of < valid_to)."""
        codes = [i for i, kind in enumerate(self.fact_kinds) if kind in kinds]
        keep = np.isin(self.facts.kind, codes)
        if current:
            keep &= self.facts.valid_to > self.as_of
        return take(self.facts, keep)

    def age_days(self, time: Ints) -> Floats:
        """Age of times at as_of [days]."""
        return (self.as_of - time) / DAY

    @cached_property
    def index(self) -> dict[str, int]:
        """Entity index by public id; that of the graph asked before, where nobody is new in this one."""
        older = _indexed[0]() if _indexed else None
        if older is not None and older is not self and np.array_equal(older.entities.id, self.entities.id):
            found = older.index
        else:
            found = {ident.decode(): i for i, ident in enumerate(self.entities.id)}
        _indexed[:] = [weakref.ref(self)]
        return found

    def places_in(self, other: Projection) -> Index:
        """Index in ``other`` of each entity here, by public id; -1 where it is not there."""
        ids = other.entities.id
        if not len(ids):
            return np.full(len(self), -1, dtype=np.int32)
        at = np.minimum(np.searchsorted(ids, self.entities.id), len(ids) - 1)
        out: Index = np.where(ids[at] == self.entities.id, at, -1).astype(np.int32)
        return out

    @cached_property
    def derived(self) -> dict[str, object]:
        """Small things that algorithms worked out of this graph and ask for often, by name; gone with it."""
        return {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything an algorithm can see; equal input gives equal digests on every store."""
        h = hashlib.sha256(f"2:{self.as_of}:{self.own_known}:{self.overrides}".encode())
        for table in (self.entities, self.interactions, self.facts, self.opportunities):
            for f in fields(table):
                if f.name != "row":
                    _add(h, getattr(table, f.name))
        h.update("\x1f".join((*self.words, *self.fact_kinds)).encode())
        return h.hexdigest()

    def to_arrow(self) -> dict[str, pa.Table]:
        """Entities, interactions, facts and opportunities as Arrow tables."""
        out = {}
        for name in ("entities", "interactions", "facts", "opportunities"):
            table = getattr(self, name)
            columns = {f.name: pa.array(_plain(getattr(table, f.name))) for f in fields(table)}
            out[name] = pa.table(columns)
        return out

    def to_networkx(self) -> networkx.MultiDiGraph[str]:
        """Persons with one edge per reached participant, as a networkx multigraph; nodes are public ids."""
        import networkx as nx

        g: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        ids = [i.decode() for i in self.entities.id]
        g.add_nodes_from((ids[i], {"label": "person"}) for i in self.people)
        x = self.interactions
        g.add_edges_from((ids[a], ids[b], {"time": int(t)}) for a, b, t in zip(x.actor, x.target, x.time, strict=True))
        return g

    def to_igraph(self) -> igraph.Graph:
        """The same graph in igraph; vertex attribute ``name`` is the public id."""
        from graphsvc.kernels.measures import interaction_graph

        return interaction_graph(self)


_indexed: list[weakref.ref[Projection]] = []  # the graph whose index was asked for last: at most one

T = TypeVar("T", Entities, Interactions, Facts, Opportunities)


def take(table: T, where: NDArray[np.generic]) -> T:
    """The rows of a column table that a mask or an index selects."""
    return type(table)(**{f.name: getattr(table, f.name)[where] for f in fields(table)})


_WHOLE = ("time", "actor", "target")
_LEAST = {"key": 4, "object": 4, "participants": 2, "row": 4}  # bytes; the others: 1


def narrowed(x: Interactions) -> Interactions:
    """The same interactions in columns as small as their values allow: about 30 bytes a row, 42 at most.

    An entity, a handle and the number of an interaction take four bytes while they fit; a column that says the same of
    every row takes none.
    """
    small = {f.name: narrow(getattr(x, f.name), _LEAST.get(f.name, 1)) for f in fields(x) if f.name not in _WHOLE}
    return replace(x, **small)


def freeze(*tables: Entities | Interactions | Facts | Opportunities) -> None:
    """Make every column read-only: an algorithm that writes into its input fails at once."""
    for table in tables:
        for f in fields(table):
            getattr(table, f.name).flags.writeable = False


def _add(h: hashlib._Hash, column: NDArray[Any]) -> None:
    """Hash a column's values, whatever type they are held in."""
    if not len(column):
        return
    plain = narrow(column)
    h.update(f"{plain.dtype.str}{len(plain)}".encode())
    if is_repeated(plain):
        plain = plain[:1]
    for start in range(0, len(plain), CHUNK):
        h.update(np.ascontiguousarray(plain[start : start + CHUNK]).view(np.uint8).data)


def _plain(column: NDArray[np.generic]) -> NDArray[np.generic]:
    return column.astype(str) if column.dtype.kind == "S" else column
