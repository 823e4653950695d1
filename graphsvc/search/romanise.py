"""Names in Latin letters: Chinese ones as pinyin without tones, a syllable a word, surnames read as surnames.

A character with several readings gives further spellings, which count less; ü is written v, u or yu, as people type it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from graphsvc.search.folding import HAN, has_han
from graphsvc.search.words import SURNAME_READINGS, surname_length

SPELLINGS = 4  # of one name at most
_RUN = re.compile(f"[{HAN}]+|[^{HAN}]+")
_UMLAUT = re.compile("([ln])v(e?)")


def romanised(text: str, *, person: bool) -> list[str]:
    """Spellings of a folded, simplified name: syllables and words with blanks between, the likeliest first.

    A text without Chinese characters has one, itself.

    Parameters
    ----------
    text : as :func:`graphsvc.search.folding.fold` gives it.
    person : the name begins with a surname; otherwise words are read by a dictionary of phrases (重庆银行).

    Examples
    --------
    >>> romanised("曾国藩", person=True), romanised("重庆银行", person=False)[0], romanised("吕布", person=True)
    (['zeng guo fan', 'ceng guo fan'], 'chong qing yin hang', ['lv bu', 'lu bu', 'lyu bu'])
    """
    if not has_han(text):
        return [text]
    choices = [c for run in _RUN.findall(text) for c in _choices(run, person=person)]
    first = tuple(c[0] for c in choices)
    others = _others(choices, first) if person else _umlauts(first)
    return [" ".join(spelling) for spelling in (first, *others)]


def _choices(run: str, *, person: bool) -> list[tuple[str, ...]]:
    """For each syllable or word of a run its readings, the likeliest first."""
    if not has_han(run):
        return [(word,) for word in run.split()]
    if not person:
        from pypinyin import lazy_pinyin

        return [(syllable,) for syllable in lazy_pinyin(run)]
    length = surname_length(run)
    surname = run[:length]
    if length == 2 and surname in SURNAME_READINGS:
        head: list[tuple[str, ...]] = [(s,) for s in SURNAME_READINGS[surname].split(",")]
    elif length == 1 and surname in SURNAME_READINGS:
        head = [tuple(dict.fromkeys((SURNAME_READINGS[surname], *_readings(surname))))]
    else:
        head = [_readings(character) for character in surname]
    return head + [_readings(character) for character in run[length:]]


@lru_cache(maxsize=30_000)
def _readings(character: str) -> tuple[str, ...]:
    """Readings of one character, the usual first: at most two, and each ü in the spellings there are."""
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    usual = found[0][:2] if found else [character]
    return tuple(dict.fromkeys(s for reading in usual for s in (reading, *_spelt(reading))))


def _spelt(reading: str) -> tuple[str, ...]:
    """The other spellings of a reading with ü.

    Examples
    --------
    >>> _spelt("lv"), _spelt("nve"), _spelt("wei")
    (('lu', 'lyu'), ('nue', 'nyue'), ())
    """
    found = _UMLAUT.fullmatch(reading)
    return (f"{found[1]}u{found[2]}", f"{found[1]}yu{found[2]}") if found else ()


def _others(choices: list[tuple[str, ...]], first: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Further spellings: first those that differ in one syllable, then the rest."""
    single = [(*first[:i], s, *first[i + 1 :]) for i, c in enumerate(choices) for s in c[1:]]
    rest = islice(product(*choices), 4 * SPELLINGS)
    return list(dict.fromkeys(o for o in (*single, *rest) if o != first))[: SPELLINGS - 1]


def _umlauts(first: tuple[str, ...]) -> list[tuple[str, ...]]:
    plain = tuple((s, *_spelt(s))[:2][-1] for s in first)
    return [plain] if plain != first else []
