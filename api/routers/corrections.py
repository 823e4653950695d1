"""What people correct: who is one with whom, and what a score is in a person's eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers, audit
from api.answers import Ask
from api.answers.correction_list import corrections
from api.answers.corrections import corrected
from api.deps import Reading, ReadingDep, WritingDep
from api.idempotency import IdempotentReplies
from api.parameters import KeyText, Limit, MaybeKey
from api.replies import JSON, reply
from api.shapes import Entity
from api.shapes_panels import CorrectedAnswer, CorrectionsAnswer

router = APIRouter(tags=["corrections"])
IdempotencyKey = Annotated[
    str | None, Header(max_length=200, description="Same key and same body: same answer, without doing it again.")
]
Reason = Annotated[str, Field(max_length=1000, description="Why, in the person's own words.")]


class Merge(BaseModel):
    """Two entries that are one."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"a": "crm-17", "b": "lena@acme.example", "reason": "same"}]}
    )

    a: KeyText
    b: KeyText
    reason: Reason = ""


class Split(BaseModel):
    """An entry that is not what it was joined to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"a": "crm-17", "reason": "namesake"}]})

    a: KeyText
    b: KeyText | None = None
    reason: Reason = ""


class Override(BaseModel):
    """A person's value for a score, ``role:ROLE`` or ``restricted``; null takes it back."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"name": "depth", "key": "acme", "value": 80, "reason": "met"}]}
    )

    name: str = Field(min_length=1, max_length=100, description="A score, role:ROLE or restricted.")
    key: KeyText
    other: KeyText | None = Field(None, description="The other side of a tie's score.")
    value: float | None = Field(allow_inf_nan=False, description="Null takes it back.")
    reason: Reason = ""


@router.get("/corrections", response_model=CorrectionsAnswer)
def list_corrections(reading: ReadingDep, key: MaybeKey = None, limit: Limit = 100) -> Response:
    """List corrections.

    What people decided and holds, newest first: merges with the records side by side, splits, overrides beside what is
    computed; then what one mail address joined by itself. `undo` says whether this caller may take it back: a merge by
    `split`, a split by `merge`, an override by the value null.
    """
    return reply(reading, lambda ask: corrections(ask, key, limit))


@router.post("/corrections/merge", response_model=CorrectedAnswer)
def merge_entities(
    request: Request, writing: WritingDep, order: Merge, idempotency_key: IdempotencyKey = None
) -> Response:
    """Merge two entries.

    They are one from now on; every id they had keeps working. Needs the scope `admin`.
    """
    return _done(
        _Deed("merge", request, writing, idempotency_key),
        order,
        lambda ask: [answers.merge(ask, order.a, order.b, order.reason)],
    )


@router.post("/corrections/split", response_model=CorrectedAnswer)
def split_entities(
    request: Request, writing: WritingDep, order: Split, idempotency_key: IdempotencyKey = None
) -> Response:
    """Split an entry off.

    Undoes a merge, or an automatic join: `a` is taken out of its entity (or apart from `b`) and kept apart. Gives
    the entries restored. Needs the scope `admin`.
    """
    return _done(
        _Deed("split", request, writing, idempotency_key),
        order,
        lambda ask: answers.split(ask, order.a, order.b, order.reason),
    )


@router.post("/corrections/override", response_model=CorrectedAnswer)
def override_score(
    request: Request, writing: WritingDep, order: Override, idempotency_key: IdempotencyKey = None
) -> Response:
    """Override a score.

    A person's value beside the computed one; it is used wherever the score is, through every later run, until it is
    taken back. Needs the scope `write`, and for a rep that it is their own entity or tie.
    """
    return _done(
        _Deed("override", request, writing, idempotency_key),
        order,
        lambda ask: filter(None, answers.override(ask, order.name, order.key, order.other, order.value, order.reason)),
    )


class _Deed:
    """One write: what it is, who does it, and under which key."""

    def __init__(
        self, kind: Literal["merge", "split", "override"], request: Request, writing: Reading, key: str | None
    ) -> None:
        self.kind, self.writing, self.key = kind, writing, key
        self.replies: IdempotentReplies = request.app.state.replies


def _done(deed: _Deed, order: BaseModel, carry_out: Callable[[Ask], Iterable[Entity]]) -> Response:
    """Carry it out once, note it, and answer with what became of it."""

    def make() -> bytes:
        ask = deed.writing.ask()
        found = list(carry_out(ask))
        audit.written(deed.writing, f"api.{deed.kind}", {"entities": len(found), "first": found[0].id if found else ""})
        return corrected(ask, deed.kind, found).model_dump_json(by_alias=True).encode()

    body = f"{deed.kind} {order.model_dump_json()}".encode()
    return Response(deed.replies.get(deed.writing.caller.name, deed.key, body, make), media_type=JSON)
