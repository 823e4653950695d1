"""The forms of decisions on lists, asks, drafts, boards and the hand-over."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.shapes import Entity, LineDecision, Meta, Shape, SuggestionItem
from api.shapes_panels import Team

# -- lists and asks ---------------------------------------------------------------------------------------------------


class DecidedAnswer(SuggestionItem):
    """The suggestion that keeps a decision on a line of a list, and how the line stands now."""

    meta: Meta
    decision: LineDecision | None = Field(description="Null: taken back.")


class KeptWeek(Shape):
    """A weekly list that was handed out."""

    week: str
    items: int = Field(description="Its lines.")
    done: int = Field(description="How many of them were marked done.")


class ListsAnswer(Shape):
    """The weekly lists kept for a rep or the team, newest first."""

    meta: Meta
    rep: str
    weeks: list[KeptWeek]


Outcome = Literal["open", "met", "silent"]


class AskItem(SuggestionItem):
    """An ask for an introduction."""

    asked: str | None = Field(description="When it was asked, ISO 8601 UTC.")
    outcome: Outcome | None = Field(
        description="open: within 45 days and no contact yet; met: asker and target had contact within 45 days; "
        "silent: they had none. Null: not asked, or taken back."
    )


class AskAnswer(AskItem):
    """The ask that was recorded."""

    meta: Meta


class AsksAnswer(Shape):
    """Asks for introductions, newest first."""

    meta: Meta
    items: list[AskItem]


class DraftAnswer(Shape):
    """The draft of a message that asks for an introduction; plain text."""

    meta: Meta
    language: Literal["en", "zh"]
    subject: str
    body: str


# -- health -----------------------------------------------------------------------------------------------------------


class Scope(Shape):
    """What a board covers."""

    name: str
    team: str | None = Field(None, description="Id of the manager.")
    territory: str | None = None


class HealthBin(Shape):
    """Ties whose health lies in [low, high); the last one holds 1 too."""

    low: float
    high: float
    ties: int


class Bands(Shape):
    """Ties by health against their own rhythm."""

    good: int
    fair: int
    poor: int


class Mover(Shape):
    """A tie whose health changed."""

    a: Entity
    b: Entity
    before: float
    after: float
    change: float
    beyond_chance: bool | None = Field(None, description="More than two standard errors of chance; null: not known.")


class AccountHealth(Shape):
    """An account and how we stand there."""

    organization: Entity
    owner: Entity | None
    health: float | None
    warm_ties: int | None = Field(description="Warm ties of which no two share a person.")
    change: float | None = Field(None, description="Of health, since the earlier date.")
    last: str | None = Field(description="Last contact with anyone there, ISO 8601 UTC.")


class AtRisk(AccountHealth):
    """An account worth something whose health is poor for its own rhythm, or fell."""

    amount: float | None = Field(description="Open amount.")
    currency: str | None = None
    why: list[str]


class HealthBoard(Shape):
    """Relationship health of a team or territory."""

    meta: Meta
    as_of: str
    since: str = Field(description="The earlier date changes are against, ISO 8601 UTC.")
    teams: list[Team]
    territories: list[str]
    scope: Scope
    count: int = Field(description="Ties with a health.")
    distribution: list[HealthBin]
    bands: Bands
    movers: list[Mover] = Field(description="Largest changes first, falls and rises.")
    at_risk: list[AtRisk] = Field(description="Most at stake first.")
    at_risk_count: int
    accounts: list[AccountHealth] = Field(description="Poorest health first; not assessed last.")
    accounts_count: int


# -- ecosystem --------------------------------------------------------------------------------------------------------

Quadrant = Literal["deep_broad", "deep_narrow", "shallow_broad", "shallow_narrow", "not_assessed"]


class Cuts(Shape):
    """Where quadrants are cut: the medians of those assessed."""

    depth: float | None
    breadth: float | None


class EcosystemItem(Shape):
    """An organization in the quadrant of depth and breadth."""

    organization: Entity
    depth: float | None
    breadth: float | None
    ecosystem: float | None
    verdict: str | None
    quadrant: Quadrant
    play: str
    play_text: str
    reason: str | None = Field(None, description="Why it is not assessed.")


class EcosystemBoard(Shape):
    """Organizations by depth and breadth, with a play for each."""

    meta: Meta
    as_of: str
    cuts: Cuts
    counts: dict[str, int] = Field(description="Organizations by quadrant.")
    items: list[EcosystemItem]


# -- freshness --------------------------------------------------------------------------------------------------------


class ChannelFreshness(Shape):
    """How fresh one channel is, against its own rhythm."""

    channel: str
    newest: str
    age_days: float
    usual_days: float | None = Field(description="95 of 100 of its gaps are at most so long; null: too few to tell.")
    late: bool = Field(description="Silent for longer than that.")
    weeks: list[int] = Field(description="Interactions of each of the last 26 weeks, oldest first; empty: hidden.")


class ReasonCount(Shape):
    """Rows that could not be taken for one reason."""

    reason: str
    count: int


class SourceFreshness(Shape):
    """How a source's last sync went."""

    source: str
    last_run: str | None
    state: Literal["ok", "partly", "failed", "never"]
    rows: int = Field(description="Rows its last sync read.")
    quarantined: int = Field(description="Rows of it that are held back now.")
    reasons: list[ReasonCount]


class FreshnessBoard(Shape):
    """Freshness of the data per channel and source."""

    meta: Meta
    as_of: str
    channels: list[ChannelFreshness]
    sources: list[SourceFreshness]


# -- hand-over --------------------------------------------------------------------------------------------------------


class HandoverContact(Shape):
    """A contact of who leaves, and who may take over."""

    person: Entity
    title: str | None = None
    band: str
    strength: float | None = None
    health: float | None = None
    last: str | None = None
    important: bool = Field(description="Has a buying role, a stake in an open deal, or a warm tie with who leaves.")
    suggested: Entity | None = Field(None, description="Who of the colleagues should take over; null: nobody.")
    suggested_band: str | None = Field(None, description="Band of their own tie; null: they have none yet.")
    path: list[Entity] = Field([], description="Where they have no tie: the people on the best way there.")
    why: list[str]


class HandoverAccount(Shape):
    """An account of who leaves, or one where only ties of theirs lead to."""

    organization: Entity | None = Field(description="Null: contacts whose employer is not known.")
    owned: bool
    amount: float | None = Field(description="Open amount; null: none, or not the caller's to see.")
    currency: str | None = None
    open_deals: int
    count: int = Field(description="Contacts there in all; `contacts` has at most as many of them as were asked for.")
    contacts: list[HandoverContact] = Field(description="The important ones first.")


class HandoverAnswer(Shape):
    """What a colleague leaves behind, account by account."""

    meta: Meta
    as_of: str
    rep: Entity
    to: Entity | None
    accounts: list[HandoverAccount]
    people: int = Field(description="Contacts in all.")
    at_risk: int = Field(description="Important contacts whom no other colleague has a tie with.")
