"""Referral paths."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import KEY_HELP, KeyQuery, Keys
from api.replies import reply_content
from api.shapes import PathsAnswer
from api.shapes_paths import LacksAnswer

router = APIRouter(tags=["paths"])
Source = Annotated[str | None, Query(alias="from", max_length=400, description=f"{KEY_HELP} Default: anybody of ours.")]
Count = Annotated[int, Query(ge=1, le=10, description="How many paths.")]
Hops = Annotated[int, Query(ge=1, le=6, description="Longest path [hops].")]
Disjoint = Annotated[bool, Query(description="Alternatives that share nobody between their ends.")]
Rows = Annotated[int, Query(ge=1, le=50, description="How many ties.")]
Least = Annotated[float, Query(ge=0, le=1, description="Paths less probable than this are left out.")]


@router.get("/paths", response_model=PathsAnswer)
def find_paths(
    reading: ReadingDep,
    to: KeyQuery,
    source: Source = None,
    k: Count = 5,
    hops: Hops = 6,
    min_probability: Least = 0.01,
    via: Keys = None,
    avoid: Keys = None,
    disjoint: Disjoint = False,
) -> Response:
    """Find who can introduce you.

    The `k` best loopless paths from a colleague, or from anybody of ours, to a person or organization, ranked by the
    product of their hops' probabilities, weakest hop named; `via` and `avoid` (repeated) hold inside the search.
    `disjoint` asks for alternatives that do not hang by the same people.
    """
    return reply_content(
        reading,
        lambda ask: answers.paths(
            ask, to, source, k=k, hops=hops, min_probability=min_probability, via=via or (), avoid=avoid or (),
            disjoint=disjoint,
        ),
    )  # fmt: skip


@router.get("/lacks", response_model=LacksAnswer)
def find_lacks(
    reading: ReadingDep, to: KeyQuery, source: Source = None, k: Rows = 10, hops: Hops = 6
) -> Response:  # fmt: skip
    """Find whom we lack.

    The new ties, of typical strength, that would raise the probability of the best path to a person or organization
    most: who should get to know whom, and through whom they may meet.
    """
    return reply_content(reading, lambda ask: answers.lacks(ask, to, source, k=k, hops=hops))
