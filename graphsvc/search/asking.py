"""What somebody types, taken apart: words, each of Latin and other parts, with what it may mean besides."""

from __future__ import annotations

import re
from dataclasses import dataclass

from graphsvc.search.folding import HAN, LONGEST, fold, has_han, lowered, simplified
from graphsvc.search.words import LATIN_FORMS, LATIN_HONORIFICS

MOST_WORDS, MOST_PARTS = 8, 12
_RUNS = re.compile(f"[{HAN}]+|[a-z0-9]+|[^{HAN}a-z0-9 ]+")
_UMLAUT = re.compile("(?<=[nl])ü", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A run of one script: Latin letters and digits, Chinese characters, or letters of another script."""

    text: str  # folded
    simple: str  # in simplified Chinese

    @property
    def latin(self) -> bool:
        return self.text.isascii()

    @property
    def han(self) -> bool:
        return has_han(self.simple)


@dataclass(frozen=True)
class Word:
    """What stands between blanks: as it is looked for in keys and addresses, and its parts, all of which names hold.

    ``extra`` words (Mr, Inc.) may be missing.
    """

    raw: str
    parts: tuple[Part, ...]
    extra: bool = False


@dataclass(frozen=True)
class Asked:
    """A query: its words, and all their parts as one text, the way people write without blanks."""

    words: tuple[Word, ...]
    whole: Part | None  # where there are several parts of one script


def read(text: str) -> Asked:
    r"""Take a query apart; at most 8 words and 12 parts of it count.

    Examples
    --------
    >>> [w.raw for w in read("Li.Na@Ex.cn 張總").words], [p.simple for w in read("li.na 張總a").words for p in w.parts]
    (['li.na@ex.cn', '張總'], ['li', 'na', '张总', 'a'])
    >>> [w.extra for w in read("Mr Wong").words], read("%  _").words[0].parts, read(" \u200e ").words
    ([True, False], (), ())
    """
    cut = _UMLAUT.sub("v", text[:LONGEST])
    words, left = list[Word](), MOST_PARTS
    for written in cut.split()[:MOST_WORDS]:
        raw = lowered(written).strip()
        if raw:
            runs = [run for word in fold(written).split() for run in _RUNS.findall(word)][:left]
            left -= len(runs)
            parts = tuple(map(Part, runs, simplified(runs)))
            words.append(Word(raw, parts))
    return Asked(_with_extras(words), _whole([p for w in words for p in w.parts]))


def _with_extras(words: list[Word]) -> tuple[Word, ...]:
    """Mark what need not be there, unless there is nothing else."""
    marked = [Word(w.raw, w.parts, extra=_is_extra(w)) for w in words]
    return tuple(words if all(w.extra for w in marked) else marked)


def _is_extra(word: Word) -> bool:
    text = "".join(p.text for p in word.parts)
    return text in LATIN_HONORIFICS or text in LATIN_FORMS


def _whole(parts: list[Part]) -> Part | None:
    if len(parts) < 2 or len({p.latin for p in parts}) > 1:
        return None
    return Part("".join(p.text for p in parts), "".join(p.simple for p in parts))
