"""Bytes of files as UTF-8: gzip is opened, and the encodings that spreadsheets write are recognised and recoded."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from ingest.csv_records import RecordGuard

HEAD = 1 << 16  # bytes looked at first
BLOCK = 1 << 22  # bytes read at a time
DAMAGED = (OSError, EOFError, zlib.error)  # what a file that breaks off, or a damaged archive, raises
_ODD_LINES = 2000  # lines that are not ASCII, looked at to tell the encoding


@dataclass(frozen=True)
class Layout:
    """How a CSV is laid out.

    Attributes
    ----------
    delimiter : the sign between fields.
    header : whether the first row names the columns.
    skip : lines above it that are neither (comments, ``sep=;``).
    blanks : whether any run of blanks and tabs is one delimiter.
    """

    delimiter: str = ","
    header: bool = True
    skip: int = 0
    blanks: bool = False


PLAIN = Layout()


def _bytes_of(path: Path) -> io.BufferedIOBase:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def encoding_of(path: Path) -> str:
    """UTF-8 wherever it can be; else UTF-16 by its mark, or GB18030 where most lines with other signs read as such."""
    with _bytes_of(path) as file:
        check = codecs.getincrementaldecoder("utf-8")()
        try:
            head = file.read1(HEAD)
            if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            while head:
                check.decode(head)
                head = file.read1(BLOCK)
        except UnicodeDecodeError:
            return _encoding_by_lines(path)
        except DAMAGED:  # breaks off: reading will say where
            return "utf-8"
    return "utf-8"


def _encoding_by_lines(path: Path) -> str:
    odd: list[bytes] = []
    with _bytes_of(path) as file, suppress(*DAMAGED):
        for line in file:
            if not line.isascii():
                odd.append(line)
            if len(odd) == _ODD_LINES:
                break
    good = sum(_reads_as(line, "utf-8") for line in odd)
    chinese = sum(_reads_as(line, "gb18030") for line in odd)
    return "gb18030" if 2 * good < len(odd) and chinese >= 0.9 * len(odd) else "utf-8"


def _reads_as(line: bytes, encoding: str) -> bool:
    """Valid, and for GB18030 in common characters: almost any bytes are valid as rare ones."""
    try:
        signs = [c for c in line.decode(encoding) if not c.isascii()]
    except UnicodeDecodeError:
        return False
    if encoding == "utf-8":
        return True
    common = sum(bool(c.encode("gb2312", "ignore")) for c in signs)
    return common >= 0.8 * len(signs)


class _Utf8(io.RawIOBase):
    """A file as UTF-8 in whole lines; what cannot be decoded becomes U+FFFD, and where it breaks off, it ends.

    The line that a break cuts is dropped: half a key is another key.
    """

    def __init__(self, file: io.BufferedIOBase, encoding: str, guard: RecordGuard | None, layout: Layout) -> None:
        self.damage: str | None = None
        self._file, self._guard = file, guard
        self._skip, self._blanks = layout.skip, layout.blanks
        self._decode = None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)("replace")
        self._line = bytearray()  # begun, its end not seen yet
        self._left = memoryview(b"")
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left and not self._ended:
            self._left = memoryview(self._more())
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n

    def close(self) -> None:
        self._file.close()
        super().close()

    def _more(self) -> bytes:
        try:
            block = self._file.read1(BLOCK)
        except DAMAGED as error:
            self.damage = brief(error)
            self._line.clear()
            block = b""
        self._ended = not block
        text = block if self._decode is None or self.damage else self._decode.decode(block, final=not block).encode()
        whole = self._lines(text)
        while self._skip and whole:
            whole, self._skip = whole[whole.index(b"\n") + 1 :], self._skip - 1
        if self._blanks:
            whole = single_blanks(whole)
        if self._guard is None:
            return whole
        return self._guard.feed(whole) + (self._guard.finish() if self._ended else b"")

    def _lines(self, text: bytes) -> bytes:
        """The lines that are complete now; at the end of the file the last one too, with the end it may lack."""
        cut = text.rfind(b"\n") + 1
        if self._ended:
            rest = bytes(self._line) + text
            self._line.clear()
            return rest + b"\n" if rest and not rest.endswith(b"\n") else rest
        if not cut:
            self._line += text
            return b""
        out, self._line = bytes(self._line) + text[:cut], bytearray(text[cut:])
        return out


class Utf8File(io.BufferedReader):
    """A file's lines as UTF-8; ``damage`` says, once all was read, why it ended before its end."""

    @property
    def damage(self) -> str | None:
        """What the break was, in the words of the system; None for a whole file."""
        found: str | None = cast(_Utf8, self.raw).damage
        return found


def utf8_of(path: Path, encoding: str, guard: RecordGuard | None = None, layout: Layout = PLAIN) -> Utf8File:
    """A file's bytes, unzipped and as UTF-8; bytes that are wrong in their encoding become U+FFFD.

    Of the layout only the lines left out and the runs of blanks matter here.
    """
    return Utf8File(_Utf8(_bytes_of(path), encoding, guard, layout), HEAD)


def single_blanks(text: bytes) -> bytes:
    r"""Lines with one blank between words and none around them.

    Examples
    --------
    >>> single_blanks(b" 1\t 2   3 \r\n4 5\n")
    b'1 2 3\n4 5\n'
    """
    text = text.replace(b"\t", b" ").replace(b"\r\n", b"\n")
    while b"  " in text:
        text = text.replace(b"  ", b" ")
    return text.replace(b" \n", b"\n").replace(b"\n ", b"\n").removeprefix(b" ")


def brief(error: BaseException) -> str:
    """The first line of what the system says."""
    return str(error).partition("\n")[0][:160] or type(error).__name__
