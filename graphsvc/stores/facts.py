"""Merging facts: dated statements, each claim known by (source, subject, kind, object, valid_from, role)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphsvc.identity import endpoint
from graphsvc.model import Label
from graphsvc.projection import FOREVER, Ints
from graphsvc.records import MergeReport, Page
from graphsvc.stores.names import BLOCKED, Names, filled, moments
from queries.claims import StatedFacts, WorkFacts

ALWAYS = int(np.iinfo(np.int64).min)  # valid_from of a fact whose start nobody knows
STATED, DERIVED = 0, 1  # origin: a row of facts, a row of works
Claim = tuple[int, int, int, int, int]  # subject, object, kind, valid_from, role
Held = tuple[int, float]  # valid_to, weight
_COLUMNS = ("subject", "object", "kind", "valid_from", "role", "valid_to", "weight")


def merge_facts(names: Names, page: Page, report: MergeReport) -> None:
    """Take the rows of a page of facts into the store."""
    t = page.rows
    kinds = t["kind"].to_pylist()
    subject, object_ = (_ends(names, kinds, t[c].to_pylist(), end) for end, c in enumerate(("subject", "object")))
    columns = (
        subject,
        object_,
        names.word_column(t["kind"]),
        moments(t["valid_from"], ALWAYS),
        names.word_column(t["role"]),
        moments(t["valid_to"], FOREVER),
        filled(t["weight"], 1.0),
    )
    free = (subject != BLOCKED) & (object_ != BLOCKED)
    report.blocked += int((~free).sum())
    wanted: dict[Claim, Held] = {}
    for s, o, k, begin, role, end, weight in zip(*(c[free].tolist() for c in columns), strict=True):
        claim, held = (s, o, k, begin, role), (end, weight)
        wanted[claim] = min(held, wanted.get(claim, held))
    report.repeated += int(free.sum()) - len(wanted)
    _put(names, wanted, report)


def put_authors(names: Names, wanted: Mapping[int, tuple[Sequence[str], int]]) -> None:
    """Keep AUTHORED facts in step with the author column of works: work -> (author keys, time of the work)."""
    kind = int(names.words(["AUTHORED"])[0])
    texts = sorted({a for authors, _ in wanted.values() for a in authors})
    people = dict(zip(texts, names.members(Label.PERSON, texts).tolist(), strict=True))
    names.left_out += sum(people[a] == BLOCKED for authors, _ in wanted.values() for a in authors)
    goal = {
        (people[a], work, kind, time or ALWAYS, -1)
        for work, (authors, time) in wanted.items()
        for a in authors
        if people[a] != BLOCKED
    }
    found = names.ask(WorkFacts(list(wanted), names.source_pk))
    stored = {tuple(row[:5]): row.pk for row in found}
    names.change.retire("facts", [pk for claim, pk in stored.items() if claim not in goal])
    _insert(names, [(claim, (FOREVER, 1.0)) for claim in sorted(goal) if claim not in stored], DERIVED)


def _ends(names: Names, kinds: Sequence[Any], texts: Sequence[Any], end: int) -> Ints:
    """Handles of subjects or objects, looked up once per distinct (kind, text)."""
    pairs = list(zip(kinds, texts, strict=True))
    groups: dict[tuple[Label, bool], dict[tuple[str, str], str]] = {}
    for pair in dict.fromkeys(pairs):
        key, label, other = endpoint(pair[1], pair[0], end)
        groups.setdefault((label, other is not None), {})[pair] = key
    handle: dict[tuple[str, str], int] = {}
    for (label, either), found in groups.items():
        keys = list(found.values())
        pks = names.pair(label, keys) if either else names.members(label, keys)
        handle.update(zip(found, pks.tolist(), strict=True))
    return np.array([handle[p] for p in pairs], dtype=np.int64)


def _put(names: Names, wanted: Mapping[Claim, Held], report: MergeReport) -> None:
    stored = _stored(names, wanted)
    fresh = [(c, h) for c, h in wanted.items() if c not in stored or stored[c][1] != h]
    old = [stored[c][0] for c, _ in fresh if c in stored]
    names.change.retire("facts", old)
    _insert(names, fresh, STATED)
    report.updated += len(old)
    report.taken += len(fresh) - len(old)
    report.repeated += len(wanted) - len(fresh)


def _stored(names: Names, wanted: Mapping[Claim, Held]) -> dict[tuple[Any, ...], tuple[int, Held]]:
    found = names.ask(StatedFacts(list(wanted), names.source_pk)) if wanted else []
    return {tuple(row[:5]): (row.pk, (row.valid_to, row.weight)) for row in found}


def _insert(names: Names, claims: Sequence[tuple[Claim, Held]], origin: int) -> None:
    rows = [(*claim, *held) for claim, held in claims]
    columns = zip(*rows, strict=True) if rows else [()] * len(_COLUMNS)
    values: dict[str, Any] = dict(zip(_COLUMNS, columns, strict=True))
    names.change.insert("facts", {**values, "source": names.source_pk, "origin": origin}, len(claims))
