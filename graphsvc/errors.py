"""Errors that say what is wrong, where, and how to mend it, and know their HTTP status and exit code.

An error carries a phrase code (``errors.<name>`` or another theme), so that it reads in the user's language.
"""

from __future__ import annotations

from typing import ClassVar

from graphsvc.phrases import Arg, Phrase


class GraphsvcError(Exception):
    """Base of all expected errors; anything else is a defect and shows a traceback."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, /, **args: Arg) -> None:
        self.phrase = Phrase(code if "." in code else f"errors.{code}", args)
        super().__init__(code, args)

    def __str__(self) -> str:
        return self.phrase.text()

    def text(self, language: str | None = None) -> str:
        """The sentence in one language."""
        return self.phrase.text(language)


class InputError(GraphsvcError):
    """The caller's input is wrong; the sentence says how to mend it."""

    status = 422
    exit_code = 2


class NotFoundError(GraphsvcError):
    """No such entity, score, run or model."""

    status = 404
    exit_code = 3


class AmbiguousError(InputError):
    """A key fits several entities; ``candidates`` lists them as (id, label, key, name)."""

    status = 409

    def __init__(self, text: str, candidates: list[tuple[str, str, str, str]]) -> None:
        listing = "; ".join(f"{name or key} [{label}] {ident}" for ident, label, key, name in candidates)
        super().__init__("errors.ambiguous", text=text, count=len(candidates), listing=listing)
        self.candidates = candidates


class ConflictError(InputError):
    """Somebody else changed it meanwhile: read it again, then decide again."""

    status = 409


class ForbiddenError(GraphsvcError):
    """The caller may not see or do this."""

    status = 403
    exit_code = 4


class UnauthorizedError(GraphsvcError):
    """No valid API key came with the request."""

    status = 401
    exit_code = 4


class BudgetError(GraphsvcError):
    """The answer would cost more rows, hops or seconds than the caller's budget allows."""

    status = 422
    exit_code = 5


class StoreError(GraphsvcError):
    """The store cannot do it: newer schema, damaged file, disk full."""

    status = 507
    exit_code = 6


class ReadOnlyError(StoreError):
    """The store can be read here and not written: a copy on a read-only medium, a server that takes no writes."""


class TransientError(GraphsvcError):
    """Trying again later may help: a writer waits too long, a server restarts."""

    status = 503
    exit_code = 75
