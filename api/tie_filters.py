"""The filter of ties and people as query parameters: the same names wherever it is asked for."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import Field

from graphsvc.filters import TieFilter

_Word = Annotated[str, Field(min_length=1, max_length=100)]
_Level = Literal["unknown", "staff", "manager", "director", "vp", "c_level"]


async def tie_filter(
    channel: Annotated[
        list[_Word] | None, Query(max_length=50, description="Ties with an interaction here. May be repeated.")
    ] = None,
    kind: Annotated[
        list[_Word] | None, Query(max_length=50, description="Ties with such an interaction. May be repeated.")
    ] = None,
    strength_min: Annotated[
        float, Query(ge=0, allow_inf_nan=False, description="Least strength [weighted recent interactions].")
    ] = 0.0,
    age_max: Annotated[
        float | None, Query(ge=0, allow_inf_nan=False, description="Most days since the last interaction [days].")
    ] = None,
    level: Annotated[
        list[_Level] | None, Query(max_length=6, description="Customers of these levels. May be repeated.")
    ] = None,
    industry: Annotated[
        list[_Word] | None, Query(max_length=50, description="Customers of these industries. May be repeated.")
    ] = None,
    facts: Annotated[bool, Query(description="Whether facts are wanted beside ties.")] = True,
) -> TieFilter:
    """The filter asked for."""
    words = (frozenset(given or ()) for given in (channel, kind, level, industry))
    channels, kinds, levels, industries = words
    return TieFilter(channels, kinds, strength_min, age_max, levels, industries, facts)


FilterDep = Annotated[TieFilter, Depends(tie_filter)]
