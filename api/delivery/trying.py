"""A dry run: what would be sent, as files to look at."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from pathlib import Path

from api.delivery import digests
from api.delivery.config import DIGEST, MAIL
from api.delivery.letters import Letter
from api.delivery.mail import as_bytes
from api.delivery.packing import Form, as_digest_mail, as_file, as_mail, as_message
from api.delivery.post import Order, Post, Task
from api.delivery.rendering import text_of
from graphsvc.errors import InputError, StoreError

Files = dict[str, bytes]  # by name
_PLAIN = re.compile(r"[^\w.-]+")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def write_all(post: Post, order: Order, out: Path, told: Callable[[int, int], None]) -> tuple[list[Path], int]:
    """Write what an order would send into a folder per receiver; gives the files and how many receivers there are.

    Raises
    ------
    StoreError
        When the folder cannot be written to.
    """
    tasks = post.tasks(order, post.workspace.clock())
    written: list[Path] = []
    people: set[str] = set()
    for number, task in enumerate(tasks):
        told(number, len(tasks))
        files = _digest_files(post, task) if task.channel == DIGEST else _list_files(post, task)
        people |= {task.rep} if files else set()
        written += [_write(out / task.week / name, content) for name, content in files.items()]
    told(len(tasks), len(tasks))
    return list(dict.fromkeys(written)), len(people)


def _list_files(post: Post, task: Task) -> Files:
    """A list by one channel: the mail and what is attached, or a robot's message; nothing for an empty list."""
    found = post.letter(task)
    if not found.lines:
        return {}
    place = folder(found.name, task.rep)
    if task.channel != MAIL:
        told = as_message(found, details=post.config.robots[task.channel].details)
        return {f"{place}/{task.channel}.txt": told.encode()}
    forms: tuple[Form, ...] = ("html", "xlsx", "csv", "ics")
    made = _now(post)
    files = {f"{place}/list.{form}": as_file(found, form, made, todos=post.config.todos) for form in forms}
    files[f"{place}/list.txt"] = text_of(found).encode()
    return files | _mail_files(post, found, f"{place}/list", made)


def _mail_files(post: Post, found: Letter, place: str, made: dt.datetime) -> Files:
    """The mail; without an address, the reason there is none."""
    try:
        return {f"{place}.eml": as_bytes(as_mail(post.config, post.workspace.store, found, made))}
    except InputError as error:
        return {f"{place}.no-mail.txt": f"{error.text()}\n".encode()}


def _digest_files(post: Post, task: Task) -> Files:
    made = post.digest(task)
    text, html = digests.written(made)
    place = f"{folder(made.name, task.rep)}/digest"
    files = {f"{place}.txt": text.encode(), f"{place}.html": html.encode()}
    try:
        mail = as_digest_mail(post.config, post.workspace.store, made, _now(post))
    except InputError as error:
        return files | {f"{place}.no-mail.txt": f"{error.text()}\n".encode()}
    return files | {f"{place}.eml": as_bytes(mail)}


def folder(name: str, ident: str) -> str:
    """A folder's name for a receiver: readable, harmless and not another's.

    Examples
    --------
    >>> folder("../Li Na", "0123456789abcdef")
    'Li_Na-01234567'
    """
    return f"{_PLAIN.sub('_', name).strip('._-')[:40] or 'rep'}-{ident[:8]}"


def _now(post: Post) -> dt.datetime:
    return _EPOCH + dt.timedelta(seconds=post.workspace.clock() // 1_000_000)


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError("errors.cannot_write", path=str(path), reason=error.strerror or str(error)) from error
    return path
