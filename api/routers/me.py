"""Who asks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api.answers.me import me
from api.deps import ReadingDep
from api.replies import reply
from api.shapes_panels import MeAnswer

router = APIRouter(tags=["service"])


@router.get("/me", response_model=MeAnswer)
def get_me(reading: ReadingDep) -> Response:
    """Get who asks.

    The caller behind the key, what they may do, and what there is to choose from: reps, teams, channels, kinds of
    interaction, levels, industries, the range of time, and the scores.
    """
    return reply(reading, me)
