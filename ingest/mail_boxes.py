"""Mailboxes on disk: an mbox file, a Maildir, a folder of messages or of mboxes, recognised by content.

A mailbox is walked file by file in the order of names. What a finished walk saw (a digest of the listing and the
newest change time) is in the cursor: an unchanged mailbox costs one listing, a grown one only its changed files, and
a grown mbox only what was appended. Message bodies are skipped, never kept: memory stays at a few windows.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from pydantic import BaseModel, ValidationError

from graphsvc.errors import InputError
from graphsvc.phrases import Phrase, phrase
from ingest.mail_headers import BLOCK_BYTES
from ingest.mail_mbox import SNIFF, content, header_block, recognise, split_mbox

TAIL = 256  # bytes before an mbox's offset that must be the same for the file to count as appended to
TICK = 2_000_000_000  # [ns] change times this close to the newest may belong to files the listing did not see yet


class Listed(NamedTuple):
    """One file of a mailbox; ``rel`` is its path below the mailbox, the same on every system."""

    rel: str
    path: Path
    size: int
    changed: int  # [ns]


class Seen(BaseModel):
    """What a walk had before it: digest of the listing and the newest change time [ns]."""

    digest: str
    newest: int


class Box(BaseModel):
    """How far an mbox was read: offset, and a digest of the bytes just before it."""

    at: int
    tail: str


class State(BaseModel):
    """Where the reading of one mailbox stands.

    ``seen`` is the last finished walk, ``walk`` the one going on, ``after`` the last file done in it, ``boxes`` the
    mboxes by name, ``until`` the place where a page already half delivered ends.
    """

    seen: Seen | None = None
    walk: Seen | None = None
    after: str | None = None
    boxes: dict[str, Box] = {}
    until: tuple[str, int] | None = None


class Cursor(BaseModel):
    """The states of all mailboxes read under one source name, by a digest of their path."""

    version: Literal[1] = 1
    mailboxes: dict[str, State] = {}


class Found(NamedTuple):
    """One message's header block; or why it has none: a refusal, or the code under which the file is left out."""

    where: str  # file, and in an mbox the byte its From_ line starts at: "inbox.mbox:20133"
    block: bytes = b""
    refusal: Phrase | None = None
    left_out: Literal["sources.empty_file", "mail.moved"] | None = None


@dataclass
class Mailbox:
    """One mailbox being walked; its state moves with every message handed out."""

    path: Path
    cursor: Cursor
    key: str
    state: State
    position: tuple[str, int] = ("", -1)
    files: list[Listed] = field(default_factory=list)
    offsets: dict[str, int] = field(default_factory=dict)  # of mboxes read from, not yet in the state

    @classmethod
    def open(cls, path: Path, cursor: str | None) -> Mailbox:
        """List a mailbox and take up where ``cursor`` (None, or of another version: the beginning) left off.

        Raises
        ------
        InputError
            When there is no such path, nothing in it, or a folder that may not be read.
        """
        read = _read_cursor(cursor)
        key = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:16]
        box = cls(path, read, key, read.mailboxes.get(key, State()))
        box._begin(list_files(path))
        return box

    def _begin(self, listed: list[Listed]) -> None:
        now, state = _seen(listed), self.state
        if state.walk is None:
            if state.seen is not None and state.seen.digest == now.digest:
                return
            state.walk, state.after = now, None
        since = state.seen.newest - TICK if state.seen is not None else None
        self.files = [
            f for f in listed if (since is None or f.changed > since) and (state.after is None or f.rel > state.after)
        ]
        names = {f.rel for f in listed}
        state.boxes = {rel: box for rel, box in state.boxes.items() if rel in names}

    @property
    def unchanged(self) -> bool:
        """True when nothing happened since the last finished walk."""
        return self.state.walk is None

    def mark(self) -> State:
        """A copy of the state as it stands, behind the message handed out last."""
        for rel, at in self.offsets.items():
            path = self.path if self.path.is_file() else self.path / rel
            try:
                with path.open("rb", buffering=0) as stream:
                    self.state.boxes[rel] = Box(at=at, tail=_tail(stream, at))
            except OSError:
                self.state.boxes.pop(rel, None)  # gone meanwhile: should it come back, it is read from the beginning
        self.offsets.clear()
        return self.state.model_copy(deep=True)

    def dump(self, state: State, until: tuple[str, int] | None = None) -> str:
        """A state as cursor text; ``until``: the page that begins here ends there, and its people are delivered."""
        self.cursor.mailboxes[self.key] = state.model_copy(update={"until": until})
        return json.dumps(self.cursor.model_dump(exclude_none=True), sort_keys=True, separators=(",", ":"))

    def finished(self) -> State:
        """The state after the whole walk."""
        return State(seen=self.state.walk, boxes=self.mark().boxes)

    def messages(self) -> Iterator[Found]:
        """Header blocks in the order of names; before each is handed out, the state moves behind it."""
        for file in self.files:
            try:
                with file.path.open("rb", buffering=0) as stream:
                    yield from self._file(file, stream)
            except OSError as error:
                self._done(file)
                yield _unreadable(file, error)
            self._done(file)

    def _file(self, file: Listed, stream: BinaryIO) -> Iterator[Found]:
        head, where = stream.read(SNIFF), _printable(file.rel)
        kind = recognise(head)
        if kind == "mbox":
            yield from self._mbox(file, stream)
            return
        self._done(file)
        if kind == "message":
            head += stream.read(BLOCK_BYTES)
            block, _ = header_block(head, len(head) - len(content(head)))
            yield _found(where, block)
        elif kind == "empty":
            yield Found(where, left_out="sources.empty_file")
        else:
            yield Found(where, refusal=phrase("mail.not_mail"))

    def _done(self, file: Listed) -> None:
        self.state.after = file.rel
        if self.position[0] != file.rel:
            self.position = (file.rel, -1)

    def _mbox(self, file: Listed, stream: BinaryIO) -> Iterator[Found]:
        box, where = self.state.boxes.get(file.rel), _printable(file.rel)
        start = box.at if box is not None and box.tail == _tail(stream, box.at) != "" else 0
        for part in split_mbox(stream, start):
            if part.last:
                self.state.after = file.rel
            self.offsets[file.rel] = part.resume
            self.position = (file.rel, part.at)
            yield _found(f"{where}:{part.at}", part.block)


def list_files(root: Path) -> list[Listed]:
    """Every file of a mailbox in the order of names, without hidden files and a mail server's own.

    Raises
    ------
    InputError
        When there is no such path, nothing in it, or a folder that may not be read.
    """
    if not root.exists():
        raise InputError("mail.no_path", path=str(root))
    if root.is_file():
        return [_listed(root.name, root)]
    if not root.is_dir():
        raise InputError("sources.no_plain_file", path=str(root))
    maildir, out = False, []
    for folder, names, files in os.walk(root, onerror=_refuse_folder):
        here = Path(folder)
        maildir_here = "cur" in names and "new" in names
        maildir |= maildir_here
        names[:] = [n for n in names if _is_mail_folder(here / n, maildir_here)]
        if not maildir_here:  # beside cur and new stand the index files of the server
            out += [_listed((here / f).relative_to(root).as_posix(), here / f) for f in _regular(here, files)]
    if not out and not maildir:
        raise InputError("mail.empty_folder", path=str(root))
    return sorted(out)


def _regular(folder: Path, names: list[str]) -> list[str]:
    return [n for n in names if not n.startswith(".") and (folder / n).is_file()]


def _is_mail_folder(folder: Path, in_maildir: bool) -> bool:
    if in_maildir and folder.name == "tmp":
        return False  # half delivered
    return not folder.name.startswith(".") or (folder / "cur").is_dir()  # Maildir++ has its subfolders as .Name


def _listed(rel: str, path: Path) -> Listed:
    stat = path.stat()
    return Listed(rel, path, stat.st_size, stat.st_ctime_ns)


def _refuse_folder(error: OSError) -> None:
    raise InputError("mail.unreadable_folder", path=str(error.filename), error=str(error.strerror)) from error


def _unreadable(file: Listed, error: OSError) -> Found:
    where = _printable(file.rel)
    if isinstance(error, FileNotFoundError):
        return Found(where, left_out="mail.moved")  # renamed since the listing: the next walk finds its new name
    return Found(where, refusal=phrase("mail.unreadable", error=error.strerror or type(error).__name__))


def _found(where: str, block: bytes | None) -> Found:
    if block is None:
        return Found(where, refusal=phrase("mail.headers_too_long", limit=BLOCK_BYTES))
    return Found(where, block)


def _printable(rel: str) -> str:
    return rel.encode("utf-8", "replace").decode()


def _seen(listed: list[Listed]) -> Seen:
    digest = hashlib.sha256()
    for file in listed:
        digest.update(f"{file.rel}\0{file.size}\0{file.changed}\n".encode("utf-8", "surrogateescape"))
    return Seen(digest=digest.hexdigest()[:32], newest=max((f.changed for f in listed), default=0))


def _read_cursor(text: str | None) -> Cursor:
    if text is None:
        return Cursor()
    try:
        return Cursor.model_validate_json(text)
    except ValidationError:
        return Cursor()  # of another version: reading again from the beginning changes nothing in the store


def _tail(stream: BinaryIO, at: int) -> str:
    start = max(0, at - TAIL)
    stream.seek(start)
    tail = stream.read(at - start)
    return hashlib.sha256(tail).hexdigest()[:16] if len(tail) == at - start else ""
