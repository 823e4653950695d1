"""The forms of answers about how a rep gets the weekly list."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.shapes import Entity, Meta, Shape


class Delivered(Shape):
    """What became of this week's list on one channel."""

    week: str
    channel: str
    state: Literal["claimed", "sending", "sent", "failed", "unclear", "quiet"] = Field(
        description="unclear: it may have arrived; quiet: there was nothing to say."
    )
    time: str = Field(description="Since when, ISO 8601 UTC.")
    reason: str | None = None


class DeliveryAnswer(Shape):
    """How a rep gets the weekly list."""

    meta: Meta
    rep: Entity
    configured: bool = Field(description="False: nobody set up deliveries here, so nothing is sent.")
    language: Literal["en", "zh"]
    timezone: str
    weekday: str
    hour: int = Field(description="Hour of the rep's day.")
    channels: list[str]
    unsubscribed: bool
    available: list[str] = Field(description="Channels there are for this rep.")
    next: str | None = Field(description="When the next list is due, ISO 8601 UTC; null: none is.")
    delivered: list[Delivered] = Field(description="This week's deliveries.")
