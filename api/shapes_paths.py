"""The forms of answers about whom we lack."""

from __future__ import annotations

from pydantic import Field

from api.shapes import Entity, Meta, Shape


class LackItem(Shape):
    """One tie to build."""

    rank: int
    from_: Entity = Field(alias="from", description="Who of those we reach should get to know them.")
    to: Entity
    probability: float = Field(description="Of the best path over the new tie.")
    gain: float = Field(description="What the tie adds to today's best path, summed over the people to be reached.")
    path: list[Entity] = Field(description="The people of that path, from us to the target.")
    meeting: list[Entity] = Field([], description="Chain of people through whom the two may meet; empty: none.")
    knows: int = Field(description="How many of the people to be reached they have a tie with.")


class LacksAnswer(Shape):
    """Whom do we lack: the new ties that would bring us closest."""

    meta: Meta
    as_of: str
    calibrated: bool = Field(description="False: probabilities are scores from a published prior.")
    complete: bool = Field(True, description="False: time ran out before the list was proven best.")
    now: float = Field(description="Probability of today's best path, summed over the people to be reached.")
    direct: float = Field(description="What a tie with the target itself, or with the best of them, would give.")
    people: int = Field(1, description="How many people are to be reached; more than 1: sums are in people.")
    beside: bool = Field(
        False,
        description="No new tie beats today's best path: the ties raise the best way that shares nobody with it, "
        "gains are in the chance that one of both ways works.",
    )
    strength: float | None = Field(description="Strength a new tie is taken to have: the median of last year's ones.")
    items: list[LackItem]
