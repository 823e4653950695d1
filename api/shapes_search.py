"""Answers of the search."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.shapes import Entity, Meta, Shape

Matched = Literal[
    "name", "key", "email", "title", "pinyin", "initials", "traditional", "organization", "similar"
]  # fmt: skip


class FoundItem(Entity):
    """An entity that fits a text, with what tells it from others of its name."""

    organization: Entity | None = Field(None, description="Employer of a person, account of an opportunity, at T.")
    title: str | None = Field(None, description="Job title; null where the caller may not see it.")
    internal: bool = Field(False, description="A colleague, or ourselves.")
    matched: Matched = Field(
        "name",
        description="What the text fits: `pinyin` a Chinese name by its sound, `initials` first letters, `traditional` "
        "the other script, `organization` the employer's name, `similar` a word with one letter wrong.",
    )


class SearchAnswer(Shape):
    """Entities that fit a text, best first; `meta.total` says how many there are in all."""

    meta: Meta
    items: list[FoundItem]
    next_cursor: str | None = None
