"""Referral paths."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import answers
from api.answers.path_wishes import PathQuestion
from api.answers.paths import paths_for
from api.deps import ReadingDep
from api.parameters import KEY_HELP, KeyQuery, Keys
from api.replies import reply_content
from api.shapes import PathsAnswer
from api.shapes_paths import LacksAnswer
from api.tie_filters import FilterDep

router = APIRouter(tags=["paths"])
Source = Annotated[str | None, Query(alias="from", max_length=400, description=f"{KEY_HELP} Default: anybody of ours.")]
TO_HELP = (
    f"A person, an organization, or `role:ROLE@ORGANIZATION` for whoever has a role, level or title there. {KEY_HELP}"
)
To = Annotated[str, Query(min_length=1, max_length=400, description=TO_HELP)]
Team = Annotated[str | None, Query(max_length=400, description=f"A manager: anybody of the team may start. {KEY_HELP}")]
Count = Annotated[int, Query(ge=1, le=10, description="How many paths.")]
Hops = Annotated[int, Query(ge=1, le=6, description="Longest path [hops].")]
Disjoint = Annotated[bool, Query(description="Alternatives that share nobody between their ends.")]
Rows = Annotated[int, Query(ge=1, le=50, description="How many ties.")]
Least = Annotated[float, Query(ge=0, le=1, description="Paths less probable than this are left out.")]


@router.get("/paths", response_model=PathsAnswer)
def find_paths(
    reading: ReadingDep,
    to: To,
    wanted: FilterDep,
    source: Source = None,
    team: Team = None,
    k: Count = 5,
    hops: Hops = 6,
    min_probability: Least = 0.01,
    via: Keys = None,
    avoid: Keys = None,
    disjoint: Disjoint = False,
) -> Response:
    """Find who can introduce you.

    The `k` best loopless paths from a colleague, a team, or anybody of ours, to a person, an organization or a role
    there, ranked by the product of their hops' probabilities, weakest hop named; `via` and `avoid` (repeated) and the
    filters of ties and people hold inside the search. `disjoint` asks for alternatives that do not hang by the same
    people.
    """
    question = PathQuestion(to, source, team, k, hops, min_probability, via or (), avoid or (), disjoint, wanted)
    return reply_content(reading, lambda ask: paths_for(ask, question))


@router.get("/lacks", response_model=LacksAnswer)
def find_lacks(
    reading: ReadingDep, to: KeyQuery, source: Source = None, k: Rows = 10, hops: Hops = 6
) -> Response:  # fmt: skip
    """Find whom we lack.

    The new ties, of typical strength, that would raise the probability of the best path to a person or organization
    most: who should get to know whom, and through whom they may meet.
    """
    return reply_content(reading, lambda ask: answers.lacks(ask, to, source, k=k, hops=hops))
