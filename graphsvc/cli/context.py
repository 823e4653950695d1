"""Opening the workspace for a command: database, caller, moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphsvc.cli.app import COMMON

if TYPE_CHECKING:
    from api.answers import Ask
    from graphsvc.policy import Caller
    from graphsvc.store import Store
    from graphsvc.workspace import Workspace


def database_url() -> str:
    """The database asked for: ``--db`` (a URL, or the path of a SQLite file), else the environment's."""
    from graphsvc.settings import settings

    url = COMMON.db or settings().database_url
    return url if "://" in url else f"sqlite:///{url}"


def open_store(*, create: bool = False, scope: str = "read") -> Store:
    """The store, for a caller with a scope; only commands that bring data in create one."""
    from graphsvc.policy import require
    from graphsvc.stores import open_store as opened

    store = opened(database_url(), create=create)
    require(caller(store), scope)
    return store


def open_workspace(scope: str = "read") -> Workspace:
    """The workspace over the store, for a caller with a scope."""
    from graphsvc.workspace import Workspace

    return Workspace(open_store(scope=scope))


def caller(store: Store) -> Caller:
    """The local owner, or the person named by ``--as``, as a rep."""
    from graphsvc.errors import AmbiguousError, NotFoundError
    from graphsvc.policy import OWNER, Caller

    if COMMON.caller is None:
        return OWNER
    found = store.resolve(COMMON.caller, OWNER, "person")
    if not found:
        raise NotFoundError("errors.not_found", text=COMMON.caller)
    if len(found) > 1:
        raise AmbiguousError(COMMON.caller, [(c.id, c.label, c.key, c.name or "") for c in found])
    return Caller(found[0].id, frozenset({"rep"}), "cli", frozenset({"read", "write"}))


def require_owner() -> None:
    """Refuse whoever is named by ``--as`` where a command opens more than what one caller may see, or no database.

    Raises
    ------
    ForbiddenError
        When the command is not the owner's own.
    """
    from graphsvc.errors import ForbiddenError

    if COMMON.caller is not None:
        raise ForbiddenError("errors.no_scope", scope="admin")


def ask(as_of: str | None = None, known_at: str | None = None, *, scope: str = "read") -> Ask:
    """A question from this command line's caller, of the moment asked for."""
    from api.answers import Ask as Question
    from graphsvc.clock import read_moment

    workspace = open_workspace(scope)
    return Question(
        workspace,
        caller(workspace.store),
        as_of=read_moment(as_of) if as_of else None,
        known_at=read_moment(known_at) if known_at else None,
    )
