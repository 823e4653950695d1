"""Merging pages of people, organizations, works and opportunities: one claim per source and record.

An equal claim again changes nothing; a different one retires the old and takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.identity import EMAIL, clean_key, locate
from graphsvc.model import Label, Won
from graphsvc.projection import Ints
from graphsvc.records import MergeReport, Page
from graphsvc.stores.blocking import erased_rows
from graphsvc.stores.domains import put_domain_links
from graphsvc.stores.facts import put_authors
from graphsvc.stores.links import put_mail_links
from graphsvc.stores.names import BLOCKED, NONE, Names, moments
from graphsvc.titles import level_of, outcome_of, signs

LABELS = {
    "people": Label.PERSON,
    "organizations": Label.ORGANIZATION,
    "works": Label.WORK,
    "opportunities": Label.OPPORTUNITY,
}
Columns = dict[str, Sequence[Any]]


@dataclass(frozen=True)
class Claims:
    """A page's claims: the member each is about (BLOCKED where it names an erased person), and the other columns."""

    member: Ints
    columns: Columns


def merge_claims(names: Names, page: Page, report: MergeReport) -> None:
    """Take a page of one of the four tables of things into the store."""
    claims = _READERS[page.table](names, page.rows)
    last = _last_of_each(claims.member, report)
    changed = _put(names, page.table, claims, last, report)
    if page.table == "people":
        report.linked += put_mail_links(names, changed | _with_mail(claims, last))
    if page.table == "organizations":
        report.linked += put_domain_links(names, changed)
    if page.table == "works":
        _put_work_authors(names, page.rows, claims, last)


def _people(names: Names, t: pa.Table) -> Claims:
    ids = t["id"].to_pylist()
    texts = {c: _texts(t[c]) for c in ("name", "email", "title", "level")}
    email = [None if e is None or locate(e, "")[0] != EMAIL else locate(e, "")[1] for e in texts["email"]]
    gone = erased_rows(names, ids, email)  # a blocked row leaves neither of its keys behind
    member, mail = (
        np.where(
            gone, BLOCKED, names.members(Label.PERSON, [None if g else x for g, x in zip(gone, keys, strict=True)])
        )
        for keys in (ids, email)
    )
    pairs = list(zip(texts["level"], texts["title"], strict=True))
    columns: Columns = {
        "internal": [NONE if x is None else int(x) for x in t["internal"].to_pylist()],
        "level": [int(level_of(level, title)) for level, title in pairs],
        "signs": [int(signs(title)) for _, title in pairs],
        "organization": names.column(Label.ORGANIZATION, t["organization"]).tolist(),
        "mail": mail.tolist(),
        "name": texts["name"],
        "email": [e or text for e, text in zip(email, texts["email"], strict=True)],
        "title": texts["title"],
        "level_text": texts["level"],
    }
    return Claims(member, columns)


def _organizations(names: Names, t: pa.Table) -> Claims:
    columns: Columns = {
        "domain": names.word_column(t["domain"], lower=True).tolist(),
        "industry": names.word_column(t["industry"]).tolist(),
        "region": names.word_column(t["region"]).tolist(),
        "kind": names.word_column(t["kind"], lower=True).tolist(),
        "name": _texts(t["name"]),
    }
    return Claims(names.members(Label.ORGANIZATION, t["id"].to_pylist()), columns)


def _works(names: Names, t: pa.Table) -> Claims:
    columns: Columns = {
        "kind": names.word_column(t["kind"], lower=True).tolist(),
        "topic": names.word_column(t["topic"]).tolist(),
        "time": moments(t["time"], 0).tolist(),
        "name": _texts(t["name"]),
    }
    return Claims(names.members(Label.WORK, t["id"].to_pylist()), columns)


def _opportunities(names: Names, t: pa.Table) -> Claims:
    stage = _texts(t["stage"])
    owner = names.column(Label.PERSON, t["owner"])
    names.left_out += int((owner == BLOCKED).sum())
    columns: Columns = {
        "organization": names.column(Label.ORGANIZATION, t["organization"]).tolist(),
        "owner": np.where(owner == BLOCKED, NONE, owner).tolist(),
        "stage": names.words(stage).tolist(),
        "amount": [None if x is None or x != x else float(x) for x in t["amount"].to_pylist()],
        "currency": names.word_column(t["currency"]).tolist(),
        "product": names.word_column(t["product"]).tolist(),
        "created": moments(t["created"], 0).tolist(),
        "closed": moments(t["closed"], 0).tolist(),
        "won": [
            int(outcome_of(text)) if won is None else int(Won.WON if won else Won.LOST)
            for won, text in zip(t["won"].to_pylist(), stage, strict=True)
        ],
        "name": _texts(t["name"]),
    }
    return Claims(names.members(Label.OPPORTUNITY, t["id"].to_pylist()), columns)


_READERS = {"people": _people, "organizations": _organizations, "works": _works, "opportunities": _opportunities}


def _texts(column: pa.ChunkedArray[pa.StringScalar]) -> list[str | None]:
    return [(clean_key(x) or None) if x else None for x in column.to_pylist()]


def _last_of_each(member: Ints, report: MergeReport) -> dict[int, int]:
    """Row of the last claim about each member; earlier ones in the page are repeats, erased persons' are blocked."""
    last = {m: i for i, m in enumerate(member.tolist()) if m >= 0}
    blocked = int((member < 0).sum())
    earlier = len(member) - blocked - len(last)
    report.blocked += blocked
    report.repeated += earlier
    if earlier:
        report.notes["store.repeated_record"] = report.notes.get("store.repeated_record", 0) + earlier
    return last


def _put(names: Names, table: str, claims: Claims, last: dict[int, int], report: MergeReport) -> set[int]:
    """Write the claims that differ from those in the store; gives the members they are about."""
    change, order = names.change, tuple(claims.columns)
    stored = _stored(names, table, order, last)
    rows = list(zip(*claims.columns.values(), strict=True))
    fresh = [m for m, i in last.items() if m not in stored or stored[m][1] != rows[i]]
    old = [stored[m][0] for m in fresh if m in stored]
    change.retire(table, old)
    values = {c: [rows[last[m]][i] for m in fresh] for i, c in enumerate(order)}
    change.insert(table, {**values, "member": fresh, "source": names.source_pk}, len(fresh))
    change.renamed.update(fresh)
    report.updated += len(old)
    report.taken += len(fresh) - len(old)
    report.repeated += len(last) - len(fresh)
    return set(fresh)


def _stored(
    names: Names, table: str, order: tuple[str, ...], members: dict[int, int]
) -> dict[int, tuple[int, tuple[Any, ...]]]:
    """The source's live claims about some members: member -> (pk, columns)."""
    found = names.change.writer.claims(table, order, names.source_pk, list(members))
    return {row[1]: (row[0], tuple(row[2:])) for row in found}


def _with_mail(claims: Claims, last: dict[int, int]) -> set[int]:
    mail = claims.columns["mail"]
    return {m for m, i in last.items() if mail[i] >= 0}


def _put_work_authors(names: Names, t: pa.Table, claims: Claims, last: dict[int, int]) -> None:
    authors = t["author"].to_pylist()
    wanted = {
        m: ([a.strip() for a in (authors[i] or "").split(";") if a.strip()], claims.columns["time"][i])
        for m, i in last.items()
    }
    put_authors(names, wanted)
