"""Scores, and what they are made of."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import KEY_HELP, Cursor, KeyQuery, Keys, KeyText, Limit, ScoreName
from api.replies import json_response, reply, reply_listing
from api.shapes import ExplainAnswer, ScoresAnswer

router = APIRouter(tags=["scores"])


class KeyList(BaseModel):
    """The entities whose scores are asked for."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"keys": ["lena@customer.example"]}]})

    keys: list[KeyText] = Field(min_length=1, max_length=1000, description=KEY_HELP)


@router.get("/scores/{name}", response_model=ScoresAnswer)
def list_scores(
    reading: ReadingDep, name: ScoreName, key: Keys = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List one score.

    All rows by rank in pages, or the rows of the entities that `key` (repeated) names. A value that is null has its
    reason.
    """
    return reply_listing(reading, cursor, lambda ask, inner: answers.scores(ask, name, key, limit, inner))


@router.post("/scores/{name}", response_model=ScoresAnswer)
def query_scores(reading: ReadingDep, name: ScoreName, body: KeyList) -> Response:
    """Get one score of up to 1,000 entities.

    Like the listing, for many keys at once; `unknown` lists those that nobody, or more than one, is known by. Changes
    nothing.
    """
    return json_response(answers.scores(reading.ask(), name, body.keys, len(body.keys)))


@router.get("/explain/{name}", response_model=ExplainAnswer)
def explain_score(
    reading: ReadingDep,
    name: ScoreName,
    key: KeyQuery,
    other: Annotated[str | None, Query(max_length=400, description="The other side, for scores of ties.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Records per term at most.")] = 50,
) -> Response:
    """Take a score apart.

    Its terms, which add up to the value on the score's `link` scale, and the source records each term opens to, down
    to the message id.
    """
    return reply(reading, lambda ask: answers.explain(ask, name, key, other, limit))
