"""The messages of an mbox, and what a file is: found by content, in a few windows of memory whatever a body's size.

Python's ``mailbox`` is not used: it refuses From_ lines with characters beyond ASCII, and reads whole messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Literal, NamedTuple

from ingest.mail_headers import BLOCK_BYTES

WINDOW = 4 << 20
SNIFF = 4096

_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]*+[ \t]*+:")
_CLOCK = re.compile(rb"\d:\d\d")
_YEAR = re.compile(rb"\b\d{4}\b")

Kind = Literal["mbox", "message", "empty"]


class Part(NamedTuple):
    """One message of an mbox: where it starts, its header block (None: too long), where to go on after it."""

    at: int
    block: bytes | None
    resume: int
    last: bool


def recognise(head: bytes) -> Kind | None:
    r"""What a file is by its first bytes; None: no mail.

    Examples
    --------
    >>> recognise(b"From a@b Mon Jan  5 10:00:00 2009\nTo: c@d\n"), recognise(b"To: c@d\n"), recognise(b"id,name\n")
    ('mbox', 'message', None)
    """
    text = content(head)
    if not text.strip():
        return "empty" if len(head) < SNIFF else None
    if text.startswith(b"From "):
        return "mbox" if _is_postmark(text, 0) else None
    start = text.find(b"\n") + 1 if text.startswith(b">From ") else 0
    return "message" if _HEADER.match(text, start) else None


def content(head: bytes) -> bytes:
    """The first bytes of a file without byte order mark and leading blank lines."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")


def _is_postmark(data: bytes, at: int) -> bool:
    """A From_ line ends in a date, or is short and a header follows: body text that begins with "From " is neither."""
    end = data.find(b"\n", at, at + 1000)
    line = data[at:end] if end >= 0 else data[at : at + 1000]
    if _CLOCK.search(line) and _YEAR.search(line):
        return True
    return end >= 0 and len(line.split()) == 2 and _HEADER.match(data, end + 1) is not None


def header_block(data: bytes, start: int) -> tuple[bytes | None, bool]:
    """The header block from ``start`` up to the blank line, and whether that line was there; None when too long."""
    limit = start + BLOCK_BYTES
    if data[start : start + 2] == b"\r\n" or data[start : start + 1] == b"\n":
        return b"", True
    first = data.find(b"\n", start, limit)
    marks = (b"\n\r\n", b"\n\n") if data[first - 1 : first] == b"\r" else (b"\n\n", b"\n\r\n")
    end = data.find(marks[0], start, limit)
    sooner = data.find(marks[1], start, end if end >= 0 else limit)
    end = sooner if sooner >= 0 else end
    if end >= 0:
        return data[start:end], True
    return (None, True) if len(data) - start >= BLOCK_BYTES else (data[start:], False)


def split_mbox(stream: BinaryIO, start: int = 0) -> Iterator[Part]:
    """The messages of an mbox from byte ``start`` on, in a few windows of memory whatever the size of a body.

    A message begins at a line ``From `` with a date, after a blank line. A last message whose headers have no end yet
    is handed out, and read again next time.
    """
    window = _Window(stream, max(0, start - 3))
    at = window.mark(start)
    while at is not None:
        block, complete = window.block(at)
        following = window.mark(at + 5)
        resume = following if following is not None else window.end if complete else at
        yield Part(at, block, resume, following is None)
        at = following


class _Window:
    """A stretch of a file that moves forward only."""

    def __init__(self, stream: BinaryIO, base: int) -> None:
        stream.seek(base)
        self.stream, self.base, self.data, self.eof = stream, base, b"", False
        self.keep(base)

    @property
    def end(self) -> int:
        return self.base + len(self.data)

    def keep(self, at: int) -> None:
        """Drop what stands before ``at`` and read on."""
        more = self.stream.read(WINDOW)
        self.eof = not more
        self.data, self.base = self.data[at - self.base :] + more, at

    def block(self, at: int) -> tuple[bytes | None, bool]:
        """Header block of the message whose From_ line is at ``at``."""
        while not self.eof and self.end < at + BLOCK_BYTES + SNIFF:
            self.keep(at)
        line_end = self.data.find(b"\n", at - self.base)
        return header_block(self.data, line_end + 1) if line_end >= 0 else (b"", False)

    def mark(self, at: int) -> int | None:
        """Offset of the first From_ line at or after ``at``; None at the end of the file."""
        if at == 0:
            head = self.data[:SNIFF]
            lead = len(head) - len(content(head))
            if self.data.startswith(b"From ", lead):
                return lead
        while True:
            found = self.data.find(b"\nFrom ", max(0, at - 1 - self.base))
            if found < 0:
                if self.eof:
                    return None
                at = max(at, self.end - 8)
                self.keep(max(self.base, at - 3))
            elif not self.eof and len(self.data) - found < SNIFF:
                self.keep(max(self.base, self.base + found - 2))
            elif self._blank_before(found) and _is_postmark(self.data, found + 1):
                return self.base + found + 1
            else:
                at = self.base + found + 2

    def _blank_before(self, found: int) -> bool:
        if found == 0:
            return self.base == 0
        return self.data[found - 1 : found] == b"\n" or self.data[max(0, found - 2) : found] == b"\n\r"
