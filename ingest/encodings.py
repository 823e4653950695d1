"""Bytes of files as UTF-8: gzip is opened, and the encodings that spreadsheets write are recognised and recoded."""

from __future__ import annotations

import codecs
import gzip
import io
from pathlib import Path
from typing import Any, BinaryIO, cast

HEAD = 1 << 16  # bytes looked at first
BLOCK = 1 << 22  # bytes read at a time
_ODD_LINES = 2000  # lines that are not ASCII, looked at to tell the encoding


def _bytes_of(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path, "rb")) if zipped else path.open("rb")


def encoding_of(path: Path) -> str:
    """UTF-8 wherever it can be; else UTF-16 by its mark, or GB18030 where most lines with other signs read as such."""
    with _bytes_of(path) as file:
        head = file.read(HEAD)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        check = codecs.getincrementaldecoder("utf-8")()
        try:
            while head:
                check.decode(head)
                head = file.read(BLOCK)
        except UnicodeDecodeError:
            return _encoding_by_lines(path)
        except (OSError, EOFError):  # breaks off: reading will say where
            return "utf-8"
    return "utf-8"


def _encoding_by_lines(path: Path) -> str:
    odd: list[bytes] = []
    with _bytes_of(path) as file:
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


class _Recoded(io.RawIOBase):
    """A file of another encoding as UTF-8 bytes; what cannot be decoded becomes U+FFFD."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file, self._decode = file, codecs.getincrementaldecoder(encoding)("replace")
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = self._file.read(HEAD)
            self._left = self._decode.decode(block, final=not block).encode()
            if not block:
                break
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


def utf8_of(path: Path, encoding: str) -> BinaryIO:
    """A file's bytes, unzipped and as UTF-8; bytes that are wrong in their encoding become U+FFFD."""
    file = _bytes_of(path)
    return file if encoding == "utf-8" else cast(BinaryIO, io.BufferedReader(_Recoded(file, encoding), HEAD))
