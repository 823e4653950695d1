"""Erasing a person from the documents people keep beside the graph."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from graphsvc.stores.ledger import Writer
from graphsvc.stores.results import dumped
from queries.documents import AllDocuments, DocumentRow

if TYPE_CHECKING:
    from graphsvc.stores.erase_results import Person

_PUBLIC_ID = re.compile(r"([0-9a-f]{32})")


def erase_documents(writer: Writer, person: Person) -> int:
    """Remove the documents that belong to a person or are about them, and the person from all others; counts both.

    About a person is a document whose id names them, or that has their public id in a field of its own. Another one
    loses what stands under their id, list items that name them, and their ids and names out of its texts; its version
    goes on, so that nobody writes the old one back.
    """
    writer.lock("documents")
    rows = list(writer.lines(AllDocuments()))
    gone = {row.pk for row in rows if _about(row, person)}
    writer.remove("documents", "pk", sorted(gone))
    changed = 0
    for row in rows:
        value = dumped(_without(json.loads(row.value), person))
        if row.pk not in gone and value != row.value:
            writer.amend("documents", "pk", [row.pk], {"value": [value], "version": [row.version + 1]})
            changed += 1
    return len(gone) + changed


def _about(row: DocumentRow, person: Person) -> bool:
    if _names(row.id, person) or _names(row.owner, person):
        return True
    fields = json.loads(row.value).values()
    return any(isinstance(value, str) and value in person.ids for value in fields)


def _names(text: str, person: Person) -> bool:
    """Whether a text names a person; digits inside the id of somebody else do not."""
    parts = _PUBLIC_ID.split(text)
    return any(part in person.ids for part in parts[1::2]) or person.named_in("\n".join(parts[::2]))


def _without(value: Any, person: Person) -> Any:
    """A JSON value without what names a person."""
    if isinstance(value, Mapping):
        return {k: _without(v, person) for k, v in value.items() if not _names(k, person)}
    if isinstance(value, list):
        return [item for item in value if not _names(dumped(item), person)]
    return _silenced(value, person) if isinstance(value, str) else value


def _silenced(text: str, person: Person) -> str:
    """A text without the ids and names of a person; empty where they cannot be cut out."""
    parts = _PUBLIC_ID.split(text)
    needles = sorted((re.escape(n) for n in person.needles), key=len, reverse=True)
    parts[::2] = [re.sub("|".join(needles), "", part, flags=re.IGNORECASE) for part in parts[::2]]
    parts[1::2] = ["" if part in person.ids else part for part in parts[1::2]]
    cut = "".join(parts)
    return "" if _names(cut, person) or cut.strip().casefold() in person.texts else cut
