"""Opaque cursors: where a listing goes on, of which moment, and of which question.

A cursor grants nothing (every page is checked against the caller's rights again), so it needs no secret; a digest makes
sure that only what the API handed out is taken back. Offsets hold for one state of the store: after a new commit the
order may differ, and going on would skip or repeat rows without a word, so such a cursor is refused.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, ClassVar

import orjson

from graphsvc.errors import InputError

CHECK = 6  # bytes of digest


class StaleCursorError(InputError):
    """The store changed between two pages: the listing has to start again."""

    status: ClassVar[int] = 409


def encode_cursor(start: int, sequence: int) -> str:
    """The cursor of the page that starts at row ``start`` of a listing at a sequence number.

    Examples
    --------
    >>> decode_cursor(encode_cursor(200, 7), 7)
    200
    """
    return _seal([start, sequence])


def decode_cursor(text: str, sequence: int) -> int:
    """First row of the page a cursor stands for.

    Raises
    ------
    InputError
        When it is not one of ours.
    StaleCursorError
        When the store has changed since (409).
    """
    start, then = _numbers(_open(text), 2)
    if then != sequence:
        raise StaleCursorError("api.stale_cursor", then=then, now=sequence)
    return start


def bind_cursor(cursor: str, question: str, as_of: int) -> str:
    """A cursor that only goes on with the same question, at the same T [us]."""
    return _seal([cursor, _digest(question.encode()).hex(), as_of])


def unbind_cursor(text: str, question: str) -> tuple[str, int]:
    """The inner cursor and its T [us].

    Raises
    ------
    InputError
        When it is not one of ours, or belongs to another question.
    """
    parts = _open(text)
    if len(parts) != 3 or not isinstance(parts[0], str) or not isinstance(parts[2], int):
        raise InputError("api.bad_cursor")
    if parts[1] != _digest(question.encode()).hex():
        raise InputError("api.other_cursor")
    return parts[0], parts[2]


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=CHECK, person=b"graphsvc.cursor").digest()


def _seal(parts: list[Any]) -> str:
    body = orjson.dumps(parts)
    return urlsafe_b64encode(_digest(body) + body).rstrip(b"=").decode()


def _open(text: str) -> list[Any]:
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except ValueError as error:
        raise InputError("api.bad_cursor") from error
    if _digest(raw[CHECK:]) != raw[:CHECK]:
        raise InputError("api.bad_cursor")
    parts: list[Any] = orjson.loads(raw[CHECK:])
    return parts


def _numbers(parts: list[Any], count: int) -> list[int]:
    if len(parts) != count or not all(isinstance(x, int) and x >= 0 for x in parts):
        raise InputError("api.bad_cursor")
    return parts
