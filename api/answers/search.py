"""The search: one text, everything it may mean, best first."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray

from api.answers.ask import Ask
from api.cursors import decode_cursor, encode_cursor
from api.shapes_search import FoundItem, Matched, SearchAnswer
from graphsvc.model import Label
from graphsvc.phrases import phrase
from graphsvc.projection import Index, Projection
from graphsvc.search.asking import Asked, read
from graphsvc.search.directory import Directory
from graphsvc.search.finding import Finder
from graphsvc.search.fits import NAME, READ, WHY, Hit, View
from graphsvc.search.folding import fold, simplified
from graphsvc.store import Described

RECENT = 500_000  # interactions by which equals are put in order


def search(ask: Ask, text: str, label: str | None = None, limit: int = 20, cursor: str | None = None) -> SearchAnswer:
    """Entities there are at T by name, company, key, title or mail address, however it is written, best first.

    Of what is not a rep's own only names and keys are searched, and no mail addresses: else they could be guessed
    letter by letter. For the same reason what would fit but is hidden is not counted, neither in the total.
    """
    ask.budget.limit(limit)
    asked, directory, sequence = read(text), ask.workspace.directory(), ask.projection.sequence
    start = decode_cursor(cursor, sequence) if cursor else 0
    hits = Finder(directory, _view(ask, directory, label)).find(asked, limit, start)
    notes = [] if ask.caller.is_owner else [phrase("policy.search_scope")]
    return SearchAnswer(
        meta=ask.meta(notes=notes, total=hits.total),
        items=_items(ask, directory, asked, hits.page),
        next_cursor=encode_cursor(start + limit, sequence) if start + limit < hits.total else None,
    )


def _view(ask: Ask, d: Directory, label: str | None) -> View:
    """What of a Directory the caller may find."""
    p, owner = ask.projection, ask.caller.is_owner
    place, employer, met = ask.workspace.kept.get(
        ("found", d.stamp, p.sequence, p.as_of, p.known_at), lambda: _placed(d, p)
    )
    there = (place >= 0) & d.live
    there &= ~d.shadow if label is None else d.label == Label[label.upper()]
    own = np.append(ask.sight.own | ask.sight.met, [False])[place]
    full = there if owner else there & own
    there = there & (full | (d.label != Label.OPPORTUNITY))
    colleague = np.append(p.entities.internal, [False])[place]
    return View(there, full, colleague, employer, met if owner else own.astype(np.int64))


def _placed(d: Directory, p: Projection) -> tuple[Index, Index, NDArray[np.int64]]:
    """For each row its entity's index and the row of its employer (-1: none), and how busy it is, on a log scale."""
    ids = p.entities.id
    if not len(ids) or not len(d):
        nowhere = np.full(len(d), -1, dtype=np.int32)
        return nowhere, nowhere, np.zeros(len(d), dtype=np.int64)
    at = np.minimum(np.searchsorted(ids, d.id), len(ids) - 1).astype(np.int32)
    place = np.where((ids[at] == d.id) & d.live, at, -1).astype(np.int32)
    rows = np.full(len(p) + 1, -1, dtype=np.int32)
    rows[place[place >= 0]] = np.flatnonzero(place >= 0)
    employer = rows[np.append(p.entities.organization, -1)[place]]
    x = p.interactions
    acts = np.bincount(x.actor[-RECENT:], minlength=len(p) + 1) + np.bincount(x.target[-RECENT:], minlength=len(p) + 1)
    return place, employer, np.log2(1.0 + acts[place]).astype(np.int64)


def _items(ask: Ask, d: Directory, asked: Asked, hits: list[Hit]) -> list[FoundItem]:
    p, index = ask.projection, ask.projection.index
    ids = [d.id[hit.row].decode() for hit in hits]
    said = ask.describe(ids)
    organizations = ask.entities({int(p.entities.organization[index[i]]) for i in ids if i in index})
    items = []
    for ident, hit in zip(ids, hits, strict=True):
        if ident in said and ident in index:
            i, known = index[ident], said[ident]
            items.append(
                FoundItem(
                    **ask.shown(known).model_dump(),
                    organization=organizations.get(int(p.entities.organization[i])),
                    title=known.title if ask.sight.entity(i) else None,
                    internal=bool(p.entities.internal[i]),
                    matched=_matched(asked, hit.why, known),
                )
            )
    return items


def _matched(asked: Asked, why: int, said: Described) -> Matched:
    """What the text fits, in the words of the answer; ``traditional`` where name and text differ in script."""
    name, parts = fold(said.name or ""), [p for w in asked.words for p in w.parts]
    if why == READ and all(p.text in name for p in parts):
        return "name"
    if why == NAME and any(p.han and p.text not in name and p.simple in simplified([name])[0] for p in parts):
        return "traditional"
    return cast(Matched, WHY[why])
