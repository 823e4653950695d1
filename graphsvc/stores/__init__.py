"""Stores behind the Store protocol, chosen by the database's URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphsvc.errors import InputError, StoreError

if TYPE_CHECKING:
    from graphsvc.store import Store
    from graphsvc.stores.copying import CopyReport, Progress
    from graphsvc.stores.ledger_store import LedgerStore

SQLITE = "sqlite:///"
NEO4J = tuple(f"{scheme}{security}://" for scheme in ("neo4j", "bolt") for security in ("", "+s", "+ssc"))


def open_store(url: str, *, create: bool = True) -> Store:
    """Open the store of a URL: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``neo4j://host:port``.

    With ``create=False`` the database must exist already. User and password of a server come from the environment.

    Raises
    ------
    InputError
        When the URL names no known kind of store.
    NotFoundError
        When there is no database and ``create`` is false.
    StoreError, TransientError
        When the file is damaged, not ours or of a newer schema; when the server does not answer or lets us not in.
    """
    store = _opened(url, create=create)
    from graphsvc.stores.copying import unfinished

    if store.ledger.read(unfinished):
        store.close()
        raise StoreError("store.copy_unfinished", url=hide_password(url))
    return store


def copy_store(source: str, target: str, progress: Progress | None = None) -> CopyReport:
    """Copy a whole workspace from one database into an empty one, checked row by row; goes on where it was stopped.

    Raises
    ------
    InputError, NotFoundError, StoreError, TransientError
        When one of them cannot be opened, the target has content of its own, or the source changes meanwhile.
    """
    from graphsvc.stores.copying import copy

    if source == target:
        raise InputError("store.copy_itself", url=hide_password(source))
    origin = _opened(source, create=False)
    try:
        goal = _opened(target, create=True)
        try:
            return copy(origin.ledger, goal.ledger, progress)
        finally:
            goal.close()
    finally:
        origin.close()


def _opened(url: str, *, create: bool) -> LedgerStore:
    if url.startswith(SQLITE) and url.removeprefix(SQLITE) not in ("", ":memory:"):
        from graphsvc.stores.sqlite import SqliteStore

        return SqliteStore(Path(url.removeprefix(SQLITE)), create=create)
    if url.startswith(NEO4J):
        from graphsvc.stores.neo4j import Neo4jStore

        return Neo4jStore(url, create=create)
    raise InputError("store.bad_url", url=hide_password(url))


def hide_password(url: str) -> str:
    """A URL as it may be shown.

    Examples
    --------
    >>> hide_password("neo4j://me:secret@graph.example:7687")
    'neo4j://graph.example:7687'
    """
    scheme, found, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else url
