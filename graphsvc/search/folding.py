"""Text as search compares it: no case, no accents, no punctuation, simplified Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import opencc

LONGEST = 200  # characters of one text that are looked at
HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

# Latin letters that are no base letter with a mark, so that decomposing leaves them as they are.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})  # as passports and old mail write them
_MARKS = re.compile("[\u0300-\u036f]+")
_UNSEEN = re.compile("[\u00ad\u034f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff'’‘ʼ`´]+")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff]")
_BREAKS = re.compile(r"[\W_]+")
_INSIDE = re.compile(f"(?<=[{HAN}]) +(?=[{HAN}])")
_HAN = re.compile(f"[{HAN}]")
_PLAIN = re.compile(r"[a-z0-9 ]*")


def lowered(text: str) -> str:
    r"""A text in compatibility form without case and without what is not seen (marks of direction, zero-width, NUL).

    Examples
    --------
    >>> lowered("Ｌi\u200eNA\x00")
    'lina '
    """
    if text.isascii():
        return text[:LONGEST].lower().replace("'", "").replace("\x00", " ")
    kept = _UNSEEN.sub("", unicodedata.normalize("NFKC", text[:LONGEST]).casefold())
    return _CONTROLS.sub(" ", kept)


def fold(text: str) -> str:
    """The words of a text with single blanks between: lower case, accents off, in simplified Chinese as it came.

    Blanks between two Chinese characters go, and a Chinese character stands by itself.

    Examples
    --------
    >>> fold("José Müller-Łoś"), fold("O’Brien, Pat"), fold("張 偉 (Wei)")
    ('jose muller los', 'obrien pat', '張偉 wei')
    """
    low = lowered(text)
    if not low.isascii():
        bare = _MARKS.sub("", unicodedata.normalize("NFKD", low.translate(_LETTERS)))
        low = unicodedata.normalize("NFC", bare)
    words = _BREAKS.sub(" ", low).strip()
    return words if words.isascii() else _INSIDE.sub("", words)


def respelt(text: str) -> str | None:
    """A folded name in the spelling with two letters for an umlaut; None where that is no other.

    Examples
    --------
    >>> respelt("Jörg Müller"), respelt("Ann")
    ('joerg mueller', None)
    """
    if text.isascii():
        return None
    low = unicodedata.normalize("NFC", lowered(text))
    other = low.translate(_GERMAN)
    return fold(other) if other != low else None


def simplified(texts: Sequence[str]) -> list[str]:
    """Texts in simplified Chinese, all in one conversion.

    Examples
    --------
    >>> simplified(["華為技術", "葉芳", "abc"])
    ['华为技术', '叶芳', 'abc']
    """
    where = [i for i, text in enumerate(texts) if _HAN.search(text)]
    out = list(texts)
    if where:
        joined = _converter().convert("\n".join(texts[i].replace("\n", " ") for i in where))
        for i, text in zip(where, joined.split("\n"), strict=True):
            out[i] = text
    return out


def has_han(text: str) -> bool:
    """Whether a Chinese character is in a text."""
    return _HAN.search(text) is not None


def is_plain(text: str) -> bool:
    """Whether a folded text is of Latin letters and digits only."""
    return _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    """Traditional to simplified; imported when the first Chinese text comes."""
    import opencc

    return opencc.OpenCC("t2s")
