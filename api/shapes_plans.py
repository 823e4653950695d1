"""The forms of answers about plans: whom to invite, what is lost when people go, who is a key person."""

from __future__ import annotations

from pydantic import Field

from api.shapes import Entity, Meta, Shape


class SeatItem(Shape):
    """One seat, in the order chosen."""

    rank: int
    person: Entity
    organization: Entity | None
    marginal: float = Field(description="People reached beyond those the seats before reach.")
    alone: float = Field(description="People reached if nobody else sat, roughly.")
    cost: float | None = None
    listeners: int = Field(description="People who listen to them directly.")
    reaches: list[Entity] = Field([], description="Listeners through whom most others are reached.")


class SpreadItem(Shape):
    """People reached by all seats, those who sit included, beyond what the invited reach."""

    value: float
    low: float
    high: float


class Guarantee(Shape):
    """What is certain of the seats."""

    certified_ratio: float = Field(
        description="The spread is at least this part of the best possible within the limits."
    )
    best_possible: float = Field(description="No choice within the limits reaches more people than this.")
    confidence: float = Field(description="Probability with which interval, ratio and best_possible hold together.")
    text: str
    promise: str = Field(description="What the way of choosing promises before any data is seen.")


class SeatsAnswer(Shape):
    """Whom to invite so that most people are reached."""

    meta: Meta
    as_of: str
    probability: str = Field(description="wc, fitted, or the constant.")
    seats: list[SeatItem]
    spread: SpreadItem | None = Field(description="Null where nobody can be invited or reached.")
    guarantee: Guarantee | None
    method: str | None = Field(description="The rule that gave the seats: greedy, density, single, degree or pagerank.")
    tried: dict[str, float] = Field({}, description="Spread of each rule on the same hold-out sets [people].")
    reached_excess: float | None = Field(description="People reached beyond what those with most listeners reach.")
    reached_excess_error: float | None = Field(None, description="Its standard error.")
    cost: float | None = Field(None, description="What the seats cost together.")
    audience: int = Field(description="People outside who listen to, or are listened to by, somebody.")
    candidates: int = Field(description="Of them, those who may sit.")
    follows: int
    ties: int
    sets: int = 0
    stopped: str | None = Field(None, description="Why sampling ended: ratio, flat, rounds, seconds or members.")
    seconds: float | None = None


class Change(Shape):
    """A figure as it is, as it would be, and what goes."""

    before: float
    after: float
    loss: float


class AccountChange(Shape):
    """An account whose best path from our team gets worse."""

    account: Entity
    before: float = Field(description="Probability of the best path; a coarse step where it runs over others' ties.")
    after: float
    path_before: list[Entity]
    path_after: list[Entity] = Field(description="Empty: no path is left.")


class HealthChange(Shape):
    """An account whose organization_health falls; ``after`` null: no tie is left to judge by."""

    account: Entity
    before: float
    after: float | None


class DealChange(Shape):
    """An open deal at risk."""

    deal: Entity
    account: Entity
    amount: float | None
    currency: str | None
    loss: float = Field(description="Part of the best path to its account that is lost, 0 to 1.")
    orphaned: bool = Field(description="Its owner is among those who go.")


class WhatIfAnswer(Shape):
    """What is lost when people, or a channel, are gone; lists hold the worst, the counts all."""

    meta: Meta
    as_of: str
    removed: list[Entity]
    channel: str | None
    calibrated: bool = Field(description="False: path probabilities are a score from a published prior.")
    paths: Change = Field(description="Sum over accounts of the probability of the best path.")
    reachable: Change = Field(description="Accounts with a path.")
    people: Change = Field(description="Customers with a path.")
    expected: Change = Field(description="Sum over customers of the probability of the best path.")
    ties: Change = Field(description="Ties between ours and customers.")
    active: Change = Field(description="Sum of their relationship_health: contacts expected within 28 days.")
    pipeline: dict[str, Change] = Field(description="Open amounts by currency, less the part lost of each path.")
    accounts: list[AccountChange]
    accounts_hurt: int
    accounts_cut: int = Field(description="Accounts left without any path.")
    health: list[HealthChange]
    health_fallen: int
    deals: list[DealChange]
    deals_at_risk: int


class KeyPerson(Shape):
    """What the removal of one person alone costs."""

    rank: int
    of: int = Field(description="How many were ranked.")
    person: Entity
    organization: Entity | None
    paths: float = Field(description="Probability lost, summed over accounts' best paths.")
    hurt: int = Field(description="Accounts whose best path gets worse.")
    sole: int = Field(description="Accounts left without any path.")
    worst: list[Entity] = Field(description="The accounts hurt most.")
    reach: float = Field(description="Probability lost, summed over customers' best paths.")
    cut_off: int = Field(description="Customers out of reach then.")
    ties: int = Field(description="Ties of ours with customers that go.")
    active: float = Field(description="Sum of their relationship_health.")
    pipeline: dict[str, float] = Field(description="Open amounts at risk by currency.")
    share: float = Field(description="Share of all open amounts at risk, currencies weighing by number of deals.")
    deals: int = Field(description="Open deals they own.")


class KeyPeopleAnswer(Shape):
    """People by what their removal costs, most costly first."""

    meta: Meta
    as_of: str
    calibrated: bool
    who: str
    by: str
    items: list[KeyPerson]
    count: int = Field(description="How many people were looked at.")
