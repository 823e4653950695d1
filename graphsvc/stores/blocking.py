"""Which keys stand for erased persons: those erased themselves, and those that a source says are the same person's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphsvc.identity import entity_id, locate
from graphsvc.model import Label
from graphsvc.projection import Bools
from graphsvc.stores.ledger import BLOCKED_ALIASES, meta
from graphsvc.stores.names import NONE, Names

Keys = Sequence[str | None]


def erased_rows(names: Names, *columns: Keys) -> Bools:
    """Rows of which some key is an erased person's; the other keys of such a row are kept out from now on as well.

    A source that gives an erased person a new key says so in its own rows: without this, contacts under the new key
    would bring the person back without a name. A key that somebody in the store has already stays theirs, since a
    shared address makes nobody the erased person.

    Parameters
    ----------
    columns : keys of the rows as written, one sequence per kind of key, all of one length; None where there is none.

    Returns
    -------
    Shape (rows,).
    """
    gone = _rows(names, columns)
    while fresh := _aliases(names, columns, gone):
        names.change.blocked.update(fresh)
        gone = _rows(names, columns)
    _remember(names)
    return gone


def _rows(names: Names, columns: Sequence[Keys]) -> Bools:
    out: Bools = np.any([names.erased(keys) for keys in columns], axis=0)
    return out


def _aliases(names: Names, columns: Sequence[Keys], gone: Bools) -> list[str]:
    """Public ids of keys of blocked rows that nobody has and that are not blocked yet."""
    keys = sorted({k for keys in columns for k, g in zip(keys, gone, strict=True) if g and k})
    free = [
        k
        for k, known, out in zip(keys, names.lookups(Label.PERSON, keys), names.erased(keys), strict=True)
        if known == NONE and not out and locate(k, names.source)[1]
    ]
    return [entity_id(names.ledger.key, Label.PERSON, *locate(k, names.source)) for k in free]


def _remember(names: Names) -> None:
    """Keep what was blocked in this change, and let every process that knows the others by heart ask again."""
    ids, writer = sorted(names.change.blocked), names.change.writer
    if ids:
        writer.add_missing("erased", {"id": ids}, len(ids))
        count = int(meta(writer, BLOCKED_ALIASES) or 0) + len(ids)
        writer.put("meta", {"name": [BLOCKED_ALIASES], "value": [str(count)]}, 1)
        names.change.dirty = True
