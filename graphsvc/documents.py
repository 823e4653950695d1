"""Documents: small things people keep beside the graph, such as a saved map; JSON with an owner and a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Document:
    """One document of a kind.

    ``owner`` is the public id of the person it belongs to (whose erasure takes it along), or another name;
    ``version`` counts its changes from 1; ``created`` and ``changed`` are moments [us].
    """

    kind: str
    id: str
    owner: str
    value: Mapping[str, Any]
    version: int
    created: int
    changed: int
