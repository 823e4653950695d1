"""Answers about how far scores can be trusted."""

from __future__ import annotations

from pydantic import Field

from api.shapes import Meta, Shape


class EvaluationItem(Shape):
    """What a test on held-out time found last."""

    name: str
    of: list[str] = Field(description="The scores, or lists, whose accuracy it measures.")
    run: str = Field(description="Id of its run.")
    as_of: str = Field(description="Event time T of the test, ISO 8601 UTC.")
    told: bool = Field(description="False: the past was too short to tell, and there are no figures.")
    verdict: str
    protocol: str
    figures: dict[str, float | None]


class EvaluationsAnswer(Shape):
    """The newest test of each kind."""

    meta: Meta
    items: list[EvaluationItem]
