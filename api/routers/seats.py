"""Seats: whom to invite."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from algorithms.seats import MAX_SEATS
from api.answers.seats import SeatsQuestion, seats
from api.deps import ReadingDep
from api.parameters import KEY_HELP, KeyText
from api.replies import json_response
from api.shapes_plans import SeatsAnswer

router = APIRouter(tags=["plans"])


class SeatsOrder(BaseModel):
    """How many, or for how much, and who may sit."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"k": 10, "p": "wc", "at_most": 2}]}, frozen=True
    )

    k: int | None = Field(None, ge=1, le=MAX_SEATS, description="Seats at most; default 10, or as the budget allows.")
    budget: float | None = Field(None, gt=0, allow_inf_nan=False, description="What all seats may cost; needs costs.")
    costs: dict[KeyText, float] | None = Field(
        None, max_length=10_000, description="Cost of each person by key; who has none is left out."
    )
    cost_by: Literal["level"] | None = Field(None, description="Costs by seniority instead.")
    p: str = Field("wc", max_length=40, description="Probability of an edge: wc, fitted, or a number in (0, 1].")
    groups: list[KeyText] = Field([], max_length=1000, description="Only people of these organizations may sit.")
    at_most: int | None = Field(None, ge=1, description="At most this many people of one organization.")
    invited: list[KeyText] = Field([], max_length=1000, description=f"Who sits already. {KEY_HELP}")
    exclude: list[KeyText] = Field([], max_length=1000, description="People or organizations who may not sit.")
    seed: Annotated[int, Field(ge=0, lt=2**31, description="Seed of the sampling.")] = 0


@router.post("/seats", response_model=SeatsAnswer)
def choose_seats(reading: ReadingDep, order: SeatsOrder) -> Response:
    """Choose whom to invite.

    The people who, invited together, reach most others, within seats, a budget and limits per organization; with an
    interval of the spread and a certified part of the best possible one. Computes only: nothing is kept.
    """
    return json_response(seats(reading.ask(), SeatsQuestion(**order.model_dump())))
