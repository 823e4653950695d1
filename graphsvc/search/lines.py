"""Many short texts as one, each on a line of its own, so that one pattern goes through all of them in compiled code.

Words in Latin letters are written without blanks, the first letter of each large (``ZengGuoFan``; a digit becomes a
letter outside ASCII): so a pattern begins with a rare letter, and finding is memory speed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Index, Ints

# What is to know of a line.
SHOWN = 1  # whoever may know of the entity sees this text
OTHERWISE = 2  # an unlikely reading, or the parts of a name in another order
PINYIN = 4  # Latin letters for a text written in Chinese
ADDRESS = 8  # a mail address
NAMELESS = 16  # the key that stands in for the name somebody does not have

_BREAK = 10
_LARGE = str.maketrans({str(digit): chr(0xC0 + digit) for digit in range(10)})


@dataclass(frozen=True)
class Found:
    """Where a pattern was found: lines, ascending, with how the match lies in its line."""

    line: Ints
    first: Bools  # at the beginning of the line
    fresh: Bools  # not inside a word
    ends: Bools  # up to the end of a word
    whole: Bools  # the line and nothing else
    size: Ints  # characters matched
    words: Ints  # words begun in it

    def where(self, some: Bools) -> Found:
        """Only some of the matches."""
        return Found(
            self.line[some], self.first[some], self.fresh[some], self.ends[some], self.whole[some],
            self.size[some], self.words[some],
        )  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """Texts of entities: ``text`` has a line break before each.

    Attributes
    ----------
    start : position of the line break of each line.
    row : entity of each line.
    flags : sums of the marks of this module.
    """

    text: str = ""
    start: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    row: Index = field(default_factory=lambda: np.zeros(0, dtype=np.int32))
    flags: NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, dtype=np.uint8))

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, said: Sequence[tuple[str, int, int]]) -> Lines:
        """Lines of (text, entity, flags); texts without line breaks."""
        if not said:
            return cls()
        texts, rows, flags = zip(*said, strict=True)
        size = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts)) + 1
        start = np.cumsum(size) - size
        return cls("\n" + "\n".join(texts), start, np.array(rows, np.int32), np.array(flags, np.uint8))

    def plus(self, other: Lines) -> Lines:
        """These lines and then those."""
        if not len(other):
            return self
        return Lines(
            self.text + other.text,
            np.append(self.start, other.start + len(self.text)),
            np.append(self.row, other.row),
            np.append(self.flags, other.flags),
        )

    @cached_property
    def words(self) -> Ints:
        """Number of words of each line."""
        return self._begun(self.start, np.append(self.start[1:], len(self.text)))

    def find(self, pattern: str) -> Found:
        """All places where a regular expression is found, from left to right, none inside another."""
        spans = np.array([m.span() for m in re.finditer(pattern, self.text)], dtype=np.int64).reshape(-1, 2)
        begin, end = spans[:, 0], spans[:, 1]
        line = np.searchsorted(self.start, begin, side="right") - 1
        before, after = self._codes[begin - 1], self._codes[end]
        first, last = begin == self.start[line] + 1, after == _BREAK
        return Found(
            line, first, ~_is_small(before), ~_is_small(after), first & last, end - begin, self._begun(begin, end)
        )

    def _begun(self, begin: Ints, end: Ints) -> Ints:
        out: Ints = np.searchsorted(self._large, end) - np.searchsorted(self._large, begin)
        return out

    @cached_property
    def _large(self) -> Ints:
        codes = self._codes
        return np.flatnonzero((codes >= ord("A")) & ~_is_small(codes) & (codes != ord("_")) & (codes < 0xCA))

    @cached_property
    def _codes(self) -> NDArray[Any]:
        """The characters as numbers, and a last line break."""
        text = f"{self.text}\n"
        try:
            return np.frombuffer(text.encode("latin-1"), dtype=np.uint8)
        except UnicodeEncodeError:
            return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def large(words: Iterable[str]) -> str:
    """Words of Latin letters and digits as lines hold them.

    Examples
    --------
    >>> large(["zeng", "guo", "fan"]), large(["co", "17"])
    ('ZengGuoFan', 'CoÁ7')
    """
    return "".join([w.capitalize() if w[0] > "9" else _begin(w[0]) + w[1:] for w in words])


def beginning(text: str) -> str:
    """A pattern of words, the first of which begins with a text, or that are all of it one after the other.

    Examples
    --------
    >>> beginning("wuj")
    'W[uU][jJ]'
    """
    return _begin(text[0]) + "".join(f"[{c}{_begin(c)}]" for c in text[1:])


def beginnings(text: str) -> str:
    """A pattern of successive words whose beginnings are a text; letters that follow one another are preferred.

    Examples
    --------
    >>> beginnings("jw")
    'J(?:[wW]|[a-z0-9]+W)'
    """
    return _begin(text[0]) + "".join(f"(?:[{c}{_begin(c)}]|[a-z0-9]+{_begin(c)})" for c in text[1:])


def anywhere(text: str) -> str:
    """A pattern of a text wherever it is, blanks or not.

    Examples
    --------
    >>> anywhere("an")
    '[aA][nN]'
    """
    return "".join(f"[{c}{_begin(c)}]" for c in text)


def _begin(letter: str) -> str:
    return letter.translate(_LARGE).upper()


def _is_small(codes: NDArray[Any]) -> Bools:
    """Small letters and digits of ASCII."""
    out: Bools = ((codes >= ord("a")) & (codes <= ord("z"))) | ((codes >= ord("0")) & (codes <= ord("9")))
    return out
