"""Models: how they stand, how they compare, and what a person decides on them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers, audit
from api.answers.models import Decision
from api.deps import ReadingDep, WritingDep
from api.model_shapes import CompareAnswer, ModelAnswer
from api.parameters import Limit
from api.replies import json_response, reply_content
from api.shapes import ModelsAnswer
from graphsvc.models import State

router = APIRouter(tags=["models"])
Id = Annotated[str, Path(max_length=100, description="Its id, or the beginning of it.")]


class ModelDecision(BaseModel):
    """What is to become of a model."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"state": "active", "reason": "Try it."}]}
    )

    state: Decision = Field(description="active promotes or thaws, frozen keeps it scoring but unreplaced, retired.")
    reason: str = Field(min_length=1, max_length=500)


@router.get("/models", response_model=ModelsAnswer)
def list_models(
    reading: ReadingDep,
    name: Annotated[str | None, Query(max_length=60, description="Only the models of this score.")] = None,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
) -> Response:
    """List fitted models.

    State with its reason, coefficients, training digest, label cut-off and held-out accuracy, newest first. A model
    that was made for a date in the past has no state.
    """
    return reply_content(reading, lambda ask: answers.models(ask, name, limit, state))


@router.get("/models/{id}", response_model=ModelAnswer)
def get_model(reading: ReadingDep, id: Id) -> Response:
    """Get a model.

    Coefficients by group, and the history of its states: who decided what, when and why.
    """
    return reply_content(reading, lambda ask: answers.model(ask, id))


@router.get("/models/{id}/compare", response_model=CompareAnswer)
def compare_models(
    reading: ReadingDep,
    id: Id,
    other: Annotated[str, Query(max_length=100, description="The model to compare it with.")],
) -> Response:
    """Compare two models.

    On the same rows, with labels that neither has seen where there are any; the paired difference in log loss with its
    standard error, and coefficients side by side. Needs the role owner.
    """
    return reply_content(reading, lambda ask: answers.compare(ask, id, other))


@router.post("/models/{id}/state", response_model=ModelAnswer)
def decide_model(writing: WritingDep, id: Id, decision: ModelDecision) -> Response:
    """Promote, freeze or thaw a model.

    `active` makes a canary, or a retired model, the one that scores, or thaws a frozen one; `frozen` keeps the active
    one scoring and lets no rule replace it. Author and reason are kept. Needs the scope `admin`.
    """
    answer = answers.decide_model(writing.ask(), id, decision.state, decision.reason)
    audit.written(writing, "api.model", {"model": answer.model["id"], "state": decision.state})
    return json_response(answer)
