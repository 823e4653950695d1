"""Saved maps: what a person kept of the page, with notes, to come back to or to share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.answers.ask import Ask
from api.shapes import Entity
from api.shapes_map import ViewAnswer, ViewItem, ViewsAnswer
from graphsvc.clock import show_moment
from graphsvc.documents import Document
from graphsvc.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from graphsvc.policy import Caller, require

KIND = "view"
_KEY = "key:"  # owner of what a key without a person saves


@dataclass(frozen=True)
class View:
    """What a person saves; ``state`` is the page's query string, ``notes`` and ``places`` are by public id."""

    name: str
    note: str
    state: str
    notes: Mapping[str, str]
    places: Mapping[str, tuple[float, float]]
    shared: bool


def views(ask: Ask) -> ViewsAnswer:
    """The caller's saved maps and those that others share, newest change first."""
    kept = _visible(ask, ask.workspace.store.documents(KIND))
    items = [_item(ask, document, owner).model_copy(update={"places": {}}) for document, owner in kept]
    return ViewsAnswer(meta=ask.meta(), items=sorted(items, key=lambda v: (v.changed, v.id), reverse=True))


def view(ask: Ask, ident: str) -> ViewAnswer:
    """One saved map.

    Raises
    ------
    NotFoundError
        When there is none of this id that the caller may see.
    """
    return ViewAnswer(meta=ask.meta(), item=_item(ask, *_found(ask, ident)))


def save_view(ask: Ask, ident: str, given: View, version: int) -> ViewAnswer:
    """Save a map: a new one (``version`` 0), or over the version the caller read.

    Raises
    ------
    InputError
        When the state holds a mail address.
    ForbiddenError, NotFoundError
        When it is somebody else's.
    ConflictError
        When its version is another one.
    """
    require(ask.caller, "read")  # what is saved is read back
    if "@" in given.state or "%40" in given.state:
        raise InputError("map.state_not_ids")
    store, now = ask.workspace.store, ask.workspace.store.document(KIND, ident)
    owner = now.owner if now else _me(ask.caller)
    if now is not None:
        _own(ask, ident)
    kept = store.put_document(KIND, ident, owner, _stored(given), version)
    if kept is None:
        raise _changed(ask, ident, version)
    return view(ask, ident)


def _stored(given: View) -> dict[str, Any]:
    return given.__dict__ | {"notes": dict(given.notes), "places": {i: list(at) for i, at in given.places.items()}}


def drop_view(ask: Ask, ident: str, version: int) -> ViewsAnswer:
    """Remove a saved map at the version the caller read; gives what is left, refuses as :func:`save_view` does."""
    _own(ask, ident)
    if not ask.workspace.store.drop_document(KIND, ident, version):
        raise _changed(ask, ident, version)
    return views(ask)


def _own(ask: Ask, ident: str) -> None:
    """Refuse to change what is not the caller's."""
    if not _item(ask, *_found(ask, ident)).mine:
        raise ForbiddenError("map.view_not_yours", id=ident)


def _changed(ask: Ask, ident: str, given: int) -> ConflictError:
    now = ask.workspace.store.document(KIND, ident)
    return ConflictError("map.view_changed", id=ident, now=now.version if now else 0, given=given)


def _found(ask: Ask, ident: str) -> tuple[Document, Entity | None]:
    document = ask.workspace.store.document(KIND, ident)
    for found in _visible(ask, [document] if document else []):
        return found
    raise NotFoundError("map.no_view", id=ident)


def _visible(ask: Ask, documents: list[Document]) -> list[tuple[Document, Entity | None]]:
    """What the caller may see, with who it belongs to, where that is a person."""
    said = ask.describe([d.owner for d in documents if not d.owner.startswith(_KEY)])
    owners = {ident: ask.shown(found) for ident, found in said.items()}
    kept = [(d, owners.get(d.owner)) for d in documents]
    return [(d, owner) for d, owner in kept if d.value["shared"] or _mine(ask.caller, d, owner)]


def _mine(caller: Caller, document: Document, owner: Entity | None) -> bool:
    """Whether it is the caller's, who may have been merged with another record since."""
    return _me(caller) == (owner.id if owner else document.owner)


def _me(caller: Caller) -> str:
    return caller.entity or f"{_KEY}{caller.name}"


def _item(ask: Ask, document: Document, owner: Entity | None) -> ViewItem:
    value: Mapping[str, Any] = document.value
    return ViewItem(
        **value,
        id=document.id,
        owner=(owner.name or owner.key) if owner else document.owner.removeprefix(_KEY),
        mine=_mine(ask.caller, document, owner),
        version=document.version,
        changed=show_moment(document.changed),
    )
