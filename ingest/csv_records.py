"""Keeps one bad row of a CSV from swallowing the rest: a quote that is never closed, a row beyond all measure.

The parser takes everything up to the next quote as one field, and gives a file up when a row is longer than its
block. So both are found before it: the row's first line is replaced by one the parser refuses, what follows is read
as rows again.
"""

from __future__ import annotations

import re
from collections import deque

LONGEST = 1 << 20  # bytes of one row; longer ones are refused
PATIENCE = 100  # quotes never closed in one file; a file with more is left to the parser as it is
_REST = re.compile(rb'(?:[^"]++|"")*+("?)')


class RecordGuard:
    """Looks over whole lines on their way to the parser."""

    def __init__(self, delimiter: str, columns: int, *, header: bool = True) -> None:
        mark = delimiter.encode()
        self.marker = b"\x01\x02\x03" if columns > 1 else b"\x01" + mark + b"\x02"  # never as many fields as the header
        self.refused: deque[tuple[str, str]] = deque()  # (reason code, start of the text) of each marker, in order
        self._field = re.compile(rb"(?:^|" + re.escape(mark) + rb')"(?:[^"]++|"")*+("?)')
        self._held: list[bytes] = []  # lines of a row whose quote is still open
        self._size = 0
        self._header = header  # whether the next row is the header, which is never refused
        self._unclosed = 0

    def feed(self, data: bytes) -> bytes:
        """Pass lines on; those of a row still open are held back."""
        if not self._held and not self._header and b'"' not in data and _short_lines(data):
            return data
        return b"".join(self._looked_over(data.splitlines(keepends=True)))

    def finish(self) -> bytes:
        """What was held back when the file ends."""
        out: list[bytes] = []
        while self._held:
            out += self._give_up()
        return b"".join(out)

    def _looked_over(self, lines: list[bytes]) -> list[bytes]:
        out: list[bytes] = []
        for line in lines:
            if self._held:
                self._held.append(line)
                self._size += len(line)
                if not self._open_after(line, inside=True):
                    out += self._release()
                elif self._size > LONGEST:
                    out += self._give_up()
            elif len(line) > LONGEST and not self._header:
                out.append(self._refuse("sources.row_too_long", line))
            elif self._unclosed < PATIENCE and self._open_after(line, inside=False):
                self._held, self._size = [line], len(line)
            else:
                self._header = False
                out.append(line)
        return out

    def _open_after(self, line: bytes, *, inside: bool) -> bool:
        """Whether a quote is open at the line's end; an even number of quotes leaves it as it was."""
        if line.count(b'"') % 2 == 0:
            return inside
        at = 0
        if inside:
            closing = _REST.match(line)
            if closing is None or not closing[1]:
                return True
            at = closing.end()
        return any(not field[1] for field in self._field.finditer(line, at))

    def _release(self) -> list[bytes]:
        held, self._held, self._header = self._held, [], False
        return held

    def _give_up(self) -> list[bytes]:
        """Refuse the line that opened the quote and look at those after it as rows."""
        header, held = self._header, self._release()
        self._unclosed += 1
        first = held[0] if header else self._refuse("sources.open_quote", held[0])
        return [first, *self._looked_over(held[1:])]

    def _refuse(self, code: str, line: bytes) -> bytes:
        self.refused.append((code, line[:2000].decode("utf-8", "replace").rstrip("\r\n")))
        return self.marker + b"\n"


def _short_lines(data: bytes) -> bool:
    at = 0
    while at + LONGEST < len(data):
        end = data.rfind(b"\n", at, at + LONGEST + 1)
        if end < 0:
            return False
        at = end + 1
    return True
