"""The parameters endpoints share, with their limits."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

KEY_HELP = "Public id, mail address, source key or exact name."

KeyPath = Annotated[str, Path(min_length=1, max_length=400, description=KEY_HELP, examples=["lena@customer.example"])]
KeyQuery = Annotated[str, Query(min_length=1, max_length=400, description=KEY_HELP)]
MaybeKey = Annotated[str | None, Query(min_length=1, max_length=400, description=KEY_HELP)]
KeyText = Annotated[str, Field(min_length=1, max_length=400)]
Keys = Annotated[list[KeyText] | None, Query(max_length=100, description=f"{KEY_HELP} May be repeated.")]
Text = Annotated[str, Query(min_length=1, max_length=200, description="Words of a name, key, title or mail address.")]
LabelName = Literal["person", "organization", "work", "opportunity"]
Label = Annotated[LabelName | None, Query(description="Only entities of this kind.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most [rows].")]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next_cursor` of the page before.")]
Grouped = Annotated[bool, Query(description="One entry for all of a kind on a day, with their count.")]
Week = Annotated[str | None, Query(description="ISO week; default: the week of T.", examples=["2026-W47"])]
ScoreName = Annotated[str, Path(max_length=60, description="A score's name.", examples=["tie_strength"])]
