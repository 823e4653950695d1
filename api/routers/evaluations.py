"""How far the scores can be trusted."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.answers.evaluations import evaluations
from api.deps import ReadingDep
from api.replies import reply
from api.shapes_evaluations import EvaluationsAnswer

router = APIRouter(tags=["scores"])


@router.get("/evaluations", response_model=EvaluationsAnswer)
def list_evaluations(reading: ReadingDep) -> Response:
    """Get how far the scores can be trusted.

    The newest test of each kind on the workspace's own past: what was found in a sentence, and its figures. Tests are
    run by `graphsvc evaluate`.
    """
    return reply(reading, evaluations)
