"""API keys: a file of hashes, each with scopes and the Caller it stands for.

A token is 256 random bits, so a plain SHA-256 of it is as hard to invert as the token is to guess; a slow password
hash would add nothing but seconds per request. The file (JSON or TOML) holds ``keys``: a list of
``{name, hash, scopes, roles, entity}``; it is read again when it changes, so that a key is withdrawn by deleting its
entry. Tokens themselves are never stored.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graphsvc.errors import InputError, TransientError
from graphsvc.policy import Caller, RoleName

Scope = Literal["read", "write", "admin"]
PREFIX = "gsk_"
SCHEME = "sha256:"
_log = logging.getLogger("graphsvc.api")


class KeyEntry(BaseModel):
    """One key: who uses it (``name``, for the audit), what it may do, and as whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    hash: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    scopes: tuple[Scope, ...] = ("read",)
    roles: tuple[RoleName, ...] = ("rep",)
    entity: str | None = Field(None, description="The rep: public id, mail address or source key.")

    @model_validator(mode="after")
    def _rep_is_somebody(self) -> Self:
        if "owner" not in self.roles and not self.entity:
            raise ValueError("a key without the role owner needs an entity")
        return self

    def caller(self) -> Caller:
        """The Caller the key stands for."""
        return Caller(self.entity, frozenset(self.roles), self.name, frozenset(self.scopes))


class _KeyFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    keys: list[KeyEntry]


def new_key(
    name: str,
    scopes: Sequence[str] = ("read",),
    roles: Sequence[str] = ("rep",),
    entity: str | None = None,
) -> tuple[str, KeyEntry]:
    """A fresh token, to be shown once, and the entry for the key file.

    Raises
    ------
    InputError
        When the entry makes no sense, such as a rep who is nobody.
    """
    token = PREFIX + secrets.token_urlsafe(32)
    try:
        said = {"name": name, "hash": _hash(token), "scopes": scopes, "roles": roles, "entity": entity}
        entry = KeyEntry.model_validate(said)
    except ValidationError as error:
        raise InputError("api.bad_key", name=name, problem=_first(error)) from error
    return token, entry


def add_key(path: Path, entry: KeyEntry) -> None:
    """Add an entry to a JSON key file (made when missing, readable by its owner only).

    Raises
    ------
    InputError
        When the file is not JSON or broken, or the name is taken.
    """
    if path.suffix == ".toml":
        raise InputError("api.keys_toml", path=str(path))
    entries = list(_read(path)) if path.exists() else []
    if any(e.name == entry.name for e in entries):
        raise InputError("api.key_taken", name=entry.name, path=str(path))
    body = {"keys": [e.model_dump(mode="json") for e in [*entries, entry]]}
    draft = path.with_name(path.name + ".new")
    draft.touch(mode=0o600)
    draft.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))
    draft.replace(path)


class KeyRing:
    """The keys of one process; safe between threads."""

    def __init__(self, entries: Iterable[KeyEntry] = (), path: Path | None = None) -> None:
        self._entries, self._path = tuple(entries), path
        self._seen, self._lock = _stamp(path), threading.Lock()

    @classmethod
    def load(cls, path: str | Path) -> KeyRing:
        """The keys of a file.

        Raises
        ------
        InputError
            When it is missing, broken or empty: an API beyond loopback without a key is a mistake.
        """
        return cls(_read(Path(path)), Path(path))

    def __len__(self) -> int:
        return len(self._entries)

    def caller(self, token: str) -> Caller | None:
        """The Caller of a token, or None; takes equally long whichever key it is, and whether it is one."""
        given, found = _hash(token), None
        for entry in self._current():
            if hmac.compare_digest(entry.hash, given):
                found = entry
        return found.caller() if found else None

    def _current(self) -> tuple[KeyEntry, ...]:
        """The entries, read again when the file has changed; a broken file lets nobody in."""
        if self._path is None:
            return self._entries
        with self._lock:
            stamp = _stamp(self._path)
            if stamp != self._seen:
                self._entries = ()
                self._entries, self._seen = self._read_again(self._path), stamp
            return self._entries

    @staticmethod
    def _read_again(path: Path) -> tuple[KeyEntry, ...]:
        try:
            return _read(path)
        except InputError as error:
            _log.error("%s", error)  # the operator reads what is wrong; a caller only that it is not their fault
            raise TransientError("api.keys_unreadable") from error


def key_caller(scope: Mapping[str, Any]) -> Caller | None:
    """The caller behind the key of a request; None without keys, without a key, and with a wrong one."""
    ring: KeyRing | None = scope["app"].state.keys
    given = next((v for k, v in scope["headers"] if k == b"authorization"), b"") if ring else b""
    scheme, _, token = given.decode("latin-1").partition(" ")
    return ring.caller(token) if ring and scheme.lower() == "bearer" and token else None


def _hash(token: str) -> str:
    return SCHEME + hashlib.sha256(token.encode()).hexdigest()


def _stamp(path: Path | None) -> tuple[int, int, int] | None:
    if path is None or not path.exists():
        return None
    stat = path.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _read(path: Path) -> tuple[KeyEntry, ...]:
    try:
        raw = path.read_bytes()
        value = tomllib.loads(raw.decode()) if path.suffix == ".toml" else orjson.loads(raw)
        entries = _KeyFile.model_validate(value).keys
    except OSError as error:
        raise InputError("api.no_key_file", path=str(path), problem=error.strerror or str(error)) from error
    except ValidationError as error:
        raise InputError("api.bad_key_file", path=str(path), problem=_first(error)) from error
    except ValueError as error:
        raise InputError("api.bad_key_file", path=str(path), problem=str(error)) from error
    if not entries or len({e.name for e in entries}) < len(entries):
        raise InputError("api.no_keys" if not entries else "api.double_key", path=str(path))
    return tuple(entries)


def _first(error: ValidationError) -> str:
    """Where and what, without the value: it may be a token pasted in the wrong place."""
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(str(x) for x in first['loc']) or 'keys'}: {first['msg']}"
