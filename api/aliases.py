"""Aliases instead of names, for screenshots: a request with ``X-Names: alias`` gets no name, key or address of anybody.

An alias is made of the public id alone: the same in every answer, and nothing can be read from it.
"""

from __future__ import annotations

import hashlib
from contextvars import ContextVar

from graphsvc.phrases import phrase

HEADER = "x-names"
HIDDEN = "…"
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_KINDS = frozenset({"person", "organization", "work", "opportunity"})

_asked: ContextVar[bool] = ContextVar("graphsvc_aliases", default=False)


def use_aliases(header: str | None) -> None:
    """Whether this request wants aliases, by its header."""
    _asked.set(header is not None and header.strip().lower() == "alias")


def aliased() -> bool:
    """Whether names are to be hidden in this request."""
    return _asked.get()


def alias(ident: str, label: str) -> str:
    """The alias of an entity: its kind and four letters of its id's hash."""
    digest = hashlib.blake2b(ident.encode(), digest_size=4).digest()
    letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
    kind = label if label in _KINDS else "other"
    return phrase(f"api.alias_{kind}", letters=letters).text()
