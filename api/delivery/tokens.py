"""Tokens of links that need no key: a rep's public id and a signature of it under the workspace's key.

Such a token can do one thing, stop deliveries to that rep, and works as long as the rep is there.
"""

from __future__ import annotations

import hmac
import re
from typing import Protocol

PURPOSE = "unsubscribe"
_TOKEN = re.compile(r"([0-9a-f]{32})([0-9a-f]{32})")


class Signer(Protocol):
    """What signs."""

    def sign(self, purpose: str, text: str) -> str: ...


def make_token(signer: Signer, rep: str) -> str:
    """The token of a rep."""
    return rep + signer.sign(PURPOSE, rep)


def read_token(signer: Signer, token: str) -> str | None:
    """The public id a token was made for; None for what is no token of ours."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(signer.sign(PURPOSE, found[1]), found[2]):
        return None
    return found[1]
