"""The part of a Store that keeps documents; see :class:`graphsvc.store.Store` for what each method promises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphsvc.documents import Document
from graphsvc.stores import kept_documents
from graphsvc.stores.ledger import Ledger


class DocumentShelf:
    """Documents over a ledger."""

    ledger: Ledger

    def document(self, kind: str, id: str) -> Document | None:
        """A document by kind and id."""
        return self.ledger.read(lambda reader: kept_documents.find(reader, kind, id))

    def documents(self, kind: str, owner: str | None = None) -> list[Document]:
        """Documents of a kind, of one owner or of all, oldest first."""
        return self.ledger.read(lambda reader: kept_documents.load(reader, kind, owner))

    def put_document(self, kind: str, id: str, owner: str, value: Mapping[str, Any], when: int) -> Document | None:
        """Keep a document whose version is still ``when`` (0: there is none); None where it is another one."""
        moment = when, self.ledger.clock()
        return self.ledger.write(lambda writer: kept_documents.put(writer, (kind, id), owner, value, moment))

    def drop_document(self, kind: str, id: str, when: int) -> bool:
        """Remove a document whose version is still ``when``; False where it is another one."""
        return self.ledger.write(lambda writer: kept_documents.drop(writer, kind, id, when))
