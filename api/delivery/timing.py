"""When somebody has to look again whether something is due: one document, so that looking costs one small read.

Delivery starts with the first moment that is due after it was set up: nobody gets a mail because a file was written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from api.delivery.journal import SECOND, Shelf

KIND, ID, OWNER = "delivery", "clock", "workspace"
AT_MOST = 3600 * SECOND  # new reps and a new file are noticed within the hour
TRIES = 20


def is_due(store: Shelf, now: int) -> bool:
    """Whether somebody has to look."""
    known = store.document(KIND, ID)
    return known is None or int(known.value["at"]) <= now


def since(store: Shelf, now: int) -> int:
    """Since when lists are delivered [us]; from now on where they were not before."""
    known = store.document(KIND, ID) or store.put_document(KIND, ID, OWNER, {"since": now, "at": now}, 0)
    known = known or store.document(KIND, ID)
    return int(known.value["since"]) if known else now


def wake(store: Shelf, now: int) -> None:
    """Somebody changed what is wanted: look at once."""
    _change(store, lambda value: {**value, "at": min(int(value["at"]), now), "woken": now})


def sleep(store: Shelf, began: int, until: int) -> None:
    """Look again at ``until``, or within the hour; unless somebody woke us after we ``began`` to look."""

    def later(value: Mapping[str, Any]) -> Mapping[str, Any]:
        woken = int(value.get("woken", 0))
        return {**value, "at": woken if woken >= began else min(until, began + AT_MOST)}

    _change(store, later)


def _change(store: Shelf, how: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> None:
    for _ in range(TRIES):
        known = store.document(KIND, ID)
        if known is None:
            return  # not set up yet: the first look sets it
        if store.put_document(KIND, ID, OWNER, how(known.value), known.version) is not None:
            return
