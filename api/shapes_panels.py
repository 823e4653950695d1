"""The forms of what the panels show: who asks, the course of a tie or entity, one tie, what people corrected."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.shapes import Entity, Meta, Shape, Tie


class Team(Shape):
    """A manager's team, under the manager's id; ``size`` counts the manager too."""

    id: str
    name: str
    size: int


class ScoreKind(Shape):
    """A score there is."""

    name: str
    of: str = Field(description="tie, person or organization.")
    unit: str


class MeAnswer(Shape):
    """Who asks, and what there is to choose from."""

    meta: Meta
    name: str = Field(description="Name of the key.")
    entity: Entity | None = Field(None, description="The person the key stands for; null for an owner.")
    owner: bool
    scopes: list[str]
    version: str
    week: str = Field(description="ISO week of T.")
    timezone: str
    reps: list[Entity] = Field(description="Who owns an account or an open deal; for a rep only themselves.")
    teams: list[Team] = Field(description="By size; for a rep those they belong to.")
    channels: list[str]
    kinds: list[str]
    levels: list[str]
    industries: list[str]
    first: str | None = Field(None, description="Time of the first interaction, ISO 8601.")
    last: str | None = Field(None, description="Time of the last interaction up to T.")
    scores: list[ScoreKind]


class Week(Shape):
    """One week; of an organization, ``sent`` is from its people to ours."""

    start: str = Field(description="Monday, UTC.")
    total: int
    sent: int
    received: int
    channels: dict[str, int]


class Period(Shape):
    """One period of a fact."""

    kind: str
    side: Literal["subject", "object"] = Field(description="Which side of the statement the entity asked for is.")
    role: str | None = None
    other: Entity | None = None
    from_: str | None = Field(None, alias="from", description="Since when; null: always.")
    to: str | None = Field(None, description="Until when; null: it holds at T.")
    source: str


class Point(Shape):
    """A score as a run kept it."""

    as_of: str
    value: float | None


class HistoryAnswer(Shape):
    """The course of an entity, or of what is between two."""

    meta: Meta
    entity: Entity
    other: Entity | None = None
    weeks: list[Week] = Field(description="Every week from the first with a contact to that of T.")
    facts: list[Period] = Field(description="Oldest first.")
    scores: dict[str, list[Point]] = Field(description="One value a week, oldest first, of runs that were kept.")
    notes: list[str] = Field([], description="What was left out.")


class Trend(Shape):
    """Relationship health then and now."""

    before: float
    after: float
    days: int


class TieDetail(Tie):
    """One relationship in full; numbers are null where the caller sees only that it exists and its band."""

    strength_ab: float | None = Field(None, description="What a does towards b.")
    strength_ba: float | None = None
    first: str | None = None
    channels: dict[str, int] = Field({}, description="Interactions by channel.")
    facts: list[Period] = Field([], description="Between the two, oldest first.")
    trend: Trend | None = None


class TieAnswer(Shape):
    """One relationship."""

    meta: Meta
    tie: TieDetail


class Record(Shape):
    """One source record of an entity, as the source has it."""

    side: Literal["a", "b"] | None = Field(None, description="Which side of a merge it came with.")
    id: str
    key: str
    name: str | None
    source: str
    email: str | None = None
    title: str | None = None


class Correction(Shape):
    """What a person said, or what one mail address or domain joined; ``a`` and ``b`` of a merge or split undo it."""

    kind: Literal["merge", "split", "override"]
    a: Entity
    b: Entity | None = None
    name: str | None = Field(None, description="Of an override: the score, role:ROLE or restricted.")
    value: float | None = None
    computed: float | None = Field(None, description="What the score would be without it.")
    automatic: bool
    by: str | None = None
    time: str | None = None
    reason: str | None = None
    undo: bool = Field(description="Whether this caller may take it back.")
    records: list[Record] = Field([], description="The records merged, side by side.")


class CorrectionsAnswer(Shape):
    """Corrections that hold, newest first, then what was joined automatically."""

    meta: Meta
    items: list[Correction]
    records: list[Record] = Field([], description="All records of the entity asked for.")
    cut: int = Field(0, description="How many more there are.")


class CorrectedAnswer(Shape):
    """What was corrected, as it is known from now on."""

    meta: Meta
    kind: Literal["merge", "split", "override"]
    entities: list[Entity]
