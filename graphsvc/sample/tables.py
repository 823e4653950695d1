"""Writes the folder for the ``tables`` source: people, organizations, interactions, facts, works."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from graphsvc.model import Interaction, Role, column_names
from graphsvc.sample import words
from graphsvc.sample.company import Company
from graphsvc.sample.facts import Book
from graphsvc.sample.rows import CHANNELS, KINDS, Rows

Strings: TypeAlias = "pa.StringArray"
_PREFIX = {"mail": "gw", "calendar": "cal", "phone": "tel", "wecom": "wx", "site": "web", "service": "tk"}


def write_csv(path: Path, header: Sequence[object], rows: Iterable[Sequence[object]], quote: bool = False) -> int:
    """Write a CSV file in UTF-8; gives the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL if quote else csv.QUOTE_MINIMAL)
        out.writerow(header)
        for count, row in enumerate(rows, start=1):  # noqa: B007
            out.writerow(row)
    return count


def write_people(path: Path, book: Book) -> int:
    """Own staff, contacts the CRM does not know, and everybody a fact is about."""
    company, people = book.company, book.company.people
    said = {key for f in book.facts for key in (f.subject, f.object)}
    listed = [i for i in range(len(people)) if not people.in_crm[i] or people.email[i] in said]
    rows = ((people.email[i], people.name[i].full, people.email[i], *_position(company, i)) for i in listed)
    return write_csv(path, ("id", "name", "email", "title", "level", "organization", "internal"), rows)


def _position(company: Company, i: int) -> tuple[str, ...]:
    """Title, level (only where the CRM has nothing), organization, internal."""
    people = company.people
    level = "" if people.in_crm[i] else people.level[i]
    return people.title[i], level, company.domain_of(i), "true" if people.org[i] == 0 else "false"


def write_organizations(path: Path, company: Company) -> int:
    """All organizations by mail domain, our own among them."""
    rows = ((o.domain, o.name, o.domain, o.industry, o.region.name, o.kind) for o in company.orgs)
    return write_csv(path, ("id", "name", "domain", "industry", "region", "kind"), rows)


def write_works(path: Path, book: Book) -> int:
    """Works with their authors."""
    when = book.company.calendar.iso
    rows = ((w.key, w.name, w.kind, book.person(w.author), when(w.day), w.topic) for w in book.works)
    return write_csv(path, ("id", "name", "kind", "author", "time", "topic"), rows)


def write_facts(path: Path, book: Book) -> int:
    """Facts by kind, subject, object and start."""

    def iso(day: float | None) -> str:
        return "" if day is None else book.company.calendar.iso(day)

    facts = ((f.subject, f.kind, f.object, iso(f.start), iso(f.stop), f.weight, f.role) for f in book.facts)
    ordered = sorted(set(facts), key=lambda f: tuple("" if v is None else str(v) for v in (f[1], f[0], *f[2:])))
    return write_csv(path, ("subject", "kind", "object", "valid_from", "valid_to", "weight", "role"), ordered)


def write_interactions(path: Path, book: Book, rows: Rows) -> int:
    """Interactions in time order, gzip without a time stamp, so that equal rows give equal bytes."""
    email = book.company.people.email
    columns = {
        "id": _identifiers(rows),
        "time": _iso(rows["time"]),
        "from": _text(email, rows["actor"]),
        "to": _text(email, rows["target"]),
        "role": _text([r.name.lower() for r in Role], rows["role"]),
        "channel": _text(CHANNELS, rows["channel"]),
        "kind": _text(KINDS, rows["kind"]),
        "relevance": _decimals(rows["relevance"]),
        "topic": _text(words.TOPICS, rows["topic"]),
        "object": _text([w.key for w in book.works], rows["object"]),
    }
    table = pa.table({name: columns[name] for name in column_names(Interaction) if name in columns})
    text = pa.BufferOutputStream()
    arrow_csv.write_csv(table, text, arrow_csv.WriteOptions(quoting_style="none"))
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=5, fileobj=raw, mtime=0) as file:
        file.write(text.getvalue())
    return len(rows)


def _text(values: Sequence[str], index: NDArray[Any]) -> Strings:
    """The values at ``index``, null for a negative one."""
    position = np.where(index < 0, len(values), index).astype(np.int64)
    return pa.array([*values, None], pa.string()).take(position)


def _iso(time: NDArray[Any]) -> Strings:
    text: Strings = pc.strftime(pa.array(time.astype("datetime64[s]")), format="%Y-%m-%dT%H:%M:%SZ")
    return text


def _decimals(values: NDArray[Any]) -> Strings:
    hundredths = np.round(np.nan_to_num(values, nan=-1.0) * 100).astype(np.int64)
    return _text([f"{k / 100:.2f}" for k in range(101)], hundredths)


def _identifiers(rows: Rows) -> Strings:
    prefix = [_PREFIX.get(c, c) for c in CHANNELS]
    return pa.array(
        [f"{prefix[c]}-{n:07d}" for c, n in zip(rows["channel"].tolist(), rows["number"].tolist(), strict=True)]
    )
