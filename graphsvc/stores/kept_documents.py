"""Documents in a store: each one row, changed by compare-and-set on its version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graphsvc.documents import Document
from graphsvc.stores.ledger import Reader, Writer
from graphsvc.stores.results import dumped
from queries.documents import DocumentById, DocumentRow, Documents


def find(reader: Reader, kind: str, ident: str) -> Document | None:
    """A document, None where there is none of this kind and id."""
    row = reader.one(DocumentById(kind, ident))
    return _document(row) if row else None


def load(reader: Reader, kind: str, owner: str | None) -> list[Document]:
    """Documents of a kind, of one owner or of all, oldest first."""
    return [_document(row) for row in reader.ask(Documents(kind, owner))]


def put(
    writer: Writer, place: tuple[str, str], owner: str, value: Mapping[str, Any], moment: tuple[int, int]
) -> Document | None:
    """Keep the document of a ``place`` (kind, id) with its next version; ``moment`` is (version expected, now [us]).

    None where its version is another one, or 0 was expected and it is there.
    """
    writer.lock("documents")
    known = writer.one(DocumentById(*place))
    when, now = moment
    if (known.version if known else 0) != when:
        return None
    pk, created = (known.pk, known.created) if known else (writer.number("documents"), now)
    row = DocumentRow(pk, *place, owner, dumped(dict(value)), when + 1, created, now)
    writer.put("documents", {c: [v] for c, v in row._asdict().items()}, 1)
    return _document(row)


def drop(writer: Writer, kind: str, ident: str, when: int) -> bool:
    """Remove a document of the version expected; False where it has another one, or is gone."""
    writer.lock("documents")
    known = writer.one(DocumentById(kind, ident))
    return known is not None and known.version == when and writer.remove("documents", "pk", [known.pk]) == 1


def _document(row: DocumentRow) -> Document:
    _, kind, ident, owner, value, version, created, changed = row
    return Document(kind, ident, owner, json.loads(value), version, created, changed)
