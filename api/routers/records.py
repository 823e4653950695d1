"""Records in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request
from starlette.responses import Response

from api import answers, audit
from api.deps import WritingDep
from api.idempotency import IdempotentReplies
from api.problems import MediaTypeError, TooLargeError
from api.replies import JSON
from api.shapes import RecordsAnswer

router = APIRouter(tags=["records"])
NDJSON = ("application/x-ndjson", "application/jsonl", "application/ndjson")
MAX_LINES = 10_000
EXAMPLE = (
    '{"table": "people", "id": "lena@customer.example", "name": "Lena Weber", "organization": "customer.example"}\n'
    '{"table": "interactions", "time": "2026-06-01T09:30:00Z", "from": "anna@us.example", '
    '"to": "lena@customer.example", "channel": "mail"}\n'
)
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One JSON object per line, UTF-8; `table` names the table, the rest are its columns.",
        "content": {NDJSON[0]: {"schema": {"type": "string"}, "example": EXAMPLE}},
    }
}


async def ndjson_body(request: Request, _: WritingDep) -> bytes:
    """The body of a call that may write; read only after that is known.

    Raises
    ------
    MediaTypeError
        415, when it is not NDJSON in plain bytes.
    TooLargeError
        413, when it has too many lines; too many bytes are the gate's.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in NDJSON or request.headers.get("content-encoding", "identity") != "identity":
        raise MediaTypeError("api.not_ndjson", given=given or "-", wanted=NDJSON[0])
    body = await request.body()
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if lines > MAX_LINES:
        raise TooLargeError("api.too_many_lines", lines=lines, limit=MAX_LINES)
    return body


@router.post("/records", response_model=RecordsAnswer, openapi_extra=BODY)
def post_records(
    request: Request,
    writing: WritingDep,
    body: Annotated[bytes, Depends(ndjson_body)],
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="Same key and same body: same answer, without another merge.")
    ] = None,
) -> Response:
    """Send records.

    Up to 10,000 lines or 10 MB of NDJSON. Each line gets its own result, good lines are kept when others are not, and
    sending the same lines again changes nothing. Needs the scope `write`.
    """

    def merge() -> bytes:
        answer = answers.records(writing.ask(), body)
        done = {"accepted": answer.accepted, "rejected": answer.rejected, "sequence": answer.sequence}
        audit.written(writing, "api.records", done)
        return answer.model_dump_json(by_alias=True).encode()

    kept: IdempotentReplies = request.app.state.replies
    return Response(kept.get(writing.caller.name, idempotency_key, body, merge), media_type=JSON)
