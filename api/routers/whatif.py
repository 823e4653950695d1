"""What if people or a channel were gone, and who the key people are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from algorithms.key_people import By, Who
from api.answers.whatif import Removal, key_people_of, what_if_removed
from api.deps import ReadingDep
from api.parameters import KEY_HELP, KeyText, Limit
from api.replies import json_response, reply
from api.shapes_plans import KeyPeopleAnswer, WhatIfAnswer

router = APIRouter(tags=["plans"])


class RemovalOrder(BaseModel):
    """Who, or what, is taken away."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"remove": ["anna@us.example"]}]}
    )

    remove: list[KeyText] = Field(
        [], max_length=1000, description=f"People, or organizations with all their people. {KEY_HELP}"
    )
    teams: list[KeyText] = Field(
        [], max_length=100, description="Somebody with all who report to them, or an organization."
    )
    channel: str | None = Field(None, max_length=200, description="A channel, such as mail.")
    limit: Annotated[int, Field(ge=1, le=1000, description="Rows of each list at most.")] = 20


@router.post("/whatif", response_model=WhatIfAnswer)
def what_if(reading: ReadingDep, order: RemovalOrder) -> Response:
    """See what would be lost.

    Paths to accounts, their health, customers within reach and open deals, without some people, teams or a channel.
    Computes only: nothing is kept.
    """
    removal = Removal(order.remove, order.teams, order.channel)
    return json_response(what_if_removed(reading.ask(), removal, order.limit))


@router.get("/key-people", response_model=KeyPeopleAnswer)
def list_key_people(
    reading: ReadingDep,
    who: Annotated[Who, Query(description="Our people, contacts outside, or all.")] = "ours",
    by: Annotated[By, Query(description="The loss to rank by.")] = "paths",
    limit: Limit = 20,
) -> Response:
    """List key people.

    What the removal of each person alone would cost: paths to accounts, contacts, reach and open deals.
    """
    return reply(reading, lambda ask: key_people_of(ask, who, by, limit))
