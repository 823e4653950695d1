"""Suggestions, and what people decide about them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers, audit
from api.deps import ReadingDep, WritingDep
from api.parameters import KEY_HELP, Limit
from api.replies import json_response, reply_content
from api.shapes import SuggestionsAnswer
from graphsvc.clock import read_moment
from graphsvc.suggestions import State

router = APIRouter(tags=["recommendations"])


class Decision(BaseModel):
    """What a person decided about a suggestion."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"state": "snoozed", "reason": "on leave", "until": "2026-12-01"}]},
    )

    state: Literal["confirmed", "declined", "snoozed", "proposed"]
    reason: str = Field("", max_length=1000, description="Why, in the person's own words.")
    until: str | None = Field(None, max_length=40, description="Snoozed until, ISO 8601.")


@router.get("/recommendations", response_model=SuggestionsAnswer)
def list_recommendations(
    reading: ReadingDep,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    owner: Annotated[str | None, Query(max_length=400, description=f"Whose. {KEY_HELP}")] = None,
    limit: Limit = 50,
) -> Response:
    """List recommendations.

    Next steps made from the scores, by gain: each with its reasons, evidence, owner, expiry and state. Without a date
    those of the last scoring; with `as_of` or `known_at` those that the scores of that moment give, in the state they
    were in then.
    """
    return reply_content(reading, lambda ask: answers.recommendations(ask, state, owner, limit))


@router.post("/recommendations/{id}", response_model=SuggestionsAnswer)
def decide_recommendation(
    writing: WritingDep, id: Annotated[str, Path(max_length=64, description="Its id.")], decision: Decision
) -> Response:
    """Decide on a recommendation.

    Confirm, decline or snooze it, or propose it again; who and why are kept, and a declined one stays away. Needs the
    scope `write`.
    """
    until = read_moment(decision.until) if decision.until else None
    answer = answers.decide(writing.ask(), id, decision.state, decision.reason, until)
    audit.written(writing, "api.decide", {"suggestion": id, "state": decision.state})
    return json_response(answer)
