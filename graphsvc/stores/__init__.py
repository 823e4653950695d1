"""Stores behind the Store protocol, chosen by the database's URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphsvc.errors import InputError

if TYPE_CHECKING:
    from graphsvc.store import Store

SQLITE = "sqlite:///"


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store of a URL: ``sqlite:///relative.db`` or ``sqlite:////absolute.db``.

    With ``create=False`` the database must exist already.

    Raises
    ------
    InputError
        When the URL names no known kind of store, or one of a later release.
    NotFoundError
        When there is no database and ``create`` is false.
    StoreError
        When the file is damaged, not ours or of a newer schema.
    """
    if url.startswith(SQLITE) and url.removeprefix(SQLITE) not in ("", ":memory:"):
        from graphsvc.stores.sqlite import SqliteStore

        return SqliteStore(Path(url.removeprefix(SQLITE)), create=create)
    if url.startswith(("neo4j://", "neo4j+s://", "bolt://")):
        raise InputError("store.later_release", url=_hide_password(url))
    raise InputError("store.bad_url", url=_hide_password(url))


def _hide_password(url: str) -> str:
    scheme, found, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else url
