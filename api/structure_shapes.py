"""The forms of answers about structure: communities, brokers, silent groups."""

from __future__ import annotations

from pydantic import Field

from api.shapes import Entity, Meta, Shape


class GroupItem(Shape):
    """A group of people."""

    kind: str = Field(description="organization, community, team or ours (all of our own people).")
    id: str | None = Field(description="Public id of the organization or of the team's manager; number of a community.")
    name: str


class Part(Shape):
    """How many of a community's members have something in common."""

    organization: Entity
    people: int
    share: float = Field(description="Of all members.")


class Member(Shape):
    """A member of a community; figures are null where the caller may not see them."""

    person: Entity
    internal: bool
    central: float | None = Field(None, description="Weight of the ties to other members.")
    stays: float | None = Field(None, description="Share of the replicates in which the person stays with the others.")


class CommunityItem(Shape):
    """People who are more in touch with each other than with others."""

    id: str = Field(description="Number, 1 is the largest.")
    name: str = Field(description="What its members have in common, from facts.")
    size: int
    ours: int = Field(description="Members who are our own people.")
    stable: float | None = Field(description="Mean Jaccard coefficient with what was found again (Hennig 2007).")
    told: str = Field(description="stable (from 0.75 on), partly, or cannot_tell (below 0.5).")
    density: float | None = Field(description="Pairs of members with a tie, over all pairs.")
    inside: float = Field(description="Share of the members' tie weight that stays inside.")
    modularity: float = Field(description="What it adds to the modularity of all.")
    organizations: list[Part] = Field(description="Where its members work, most first.")
    industry: str | None = Field(description="Industry of most members, where one is.")
    level: str | None = Field(description="Seniority of most members, where one is.")
    members: list[Member] = Field(description="Most central first.")


class CommunitiesAnswer(Shape):
    """Communities, largest first."""

    meta: Meta
    items: list[CommunityItem]
    next_cursor: str | None = None
    count: int = Field(description="Communities the caller may see, on all pages.")
    modularity: float = Field(description="Of all communities together.")
    resolution: float
    replicates: int = Field(description="How often ties were drawn again for the stabilities.")
    people: int = Field(description="People with a current tie.")
    small: int = Field(description="Communities of fewer than three people, which are left out.")


class BridgeItem(Shape):
    """Two groups that somebody joins."""

    a: GroupItem
    b: GroupItem
    joined: int = Field(description="Pairs of people, one of either group, that the person brings together.")
    pairs: int = Field(description="Pairs at most two steps apart.")
    lost: int = Field(description="Of these, the ones no longer so without the person.")
    share: float = Field(description="lost / pairs.")


class BrokerItem(Shape):
    """Somebody between groups."""

    rank: int
    of: int = Field(description="How many were ranked.")
    low: int | None = Field(description="Rank in 5 % of the replicates.")
    high: int | None = Field(description="Rank in 95 % of the replicates.")
    foremost: float | None = Field(description="Share of the replicates in which they are among the first twenty.")
    told: str | None = Field(description="Of the first twenty: stable, partly or cannot_tell, by `foremost`.")
    person: Entity
    internal: bool
    organization: Entity | None
    constraint: float = Field(description="Burt's constraint; low = broker.")
    effective_size: float = Field(description="Contacts less those that lead to the same people.")
    contacts: int
    roles: dict[str, int] = Field(description="Open triads in the middle of which they are, by role.")
    bridges: list[BridgeItem]


class BrokersAnswer(Shape):
    """People between groups, lowest constraint first."""

    meta: Meta
    by: str = Field(description="What the groups are: organization, community or team.")
    items: list[BrokerItem]
    next_cursor: str | None = None
    replicates: int


class Opener(Shape):
    """Who could reopen: the strongest tie that is left."""

    a: Entity
    b: Entity
    band: str
    strength: float | None = Field(None, description="Null where the caller sees only the band.")
    last: str | None = None


class SilentItem(Shape):
    """Two groups without contact."""

    a: GroupItem
    b: GroupItem
    verdict: str = Field(description="silent, in_rhythm, or cannot_tell (fewer than three pauses).")
    text: str
    days: float = Field(description="Since the last contact.")
    last: str
    contact_days: int = Field(description="Days with a contact, ever.")
    typical_days: float | None = Field(description="Median of their latest pauses.")
    chance: float | None = Field(description="P(a pause lasts this long | their pauses).")
    reopen: Opener | None


class SilentAnswer(Shape):
    """Pairs of groups without contact for some weeks, broken rhythms first."""

    meta: Meta
    by: str
    weeks: float
    items: list[SilentItem]
    next_cursor: str | None = None
    counts: dict[str, int] = Field(description="Pairs by verdict; `talking` had contact within these weeks.")
