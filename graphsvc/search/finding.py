"""Who is meant: what a query costs to be read as each entity, and the cheapest first.

A word fits a name that has it at the beginning of a word or syllable (``zhang``, ``guof``, 国藩), written with or
without blanks; one that is made of beginnings of successive words (``zgf``, ``zenggf``, ``jw``); a key or address, a
title, an employer. Only where few fit, parts of words, other characters of the same sound, abbreviations of companies
and, last, words with one wrong letter count too. Every word of a query has to fit.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.model import Label
from graphsvc.search.asking import Asked, Part, Word
from graphsvc.search.directory import Directory
from graphsvc.search.fits import (
    EMAIL,
    EMPLOYER,
    INITIALS,
    KEY,
    NAME,
    NONE,
    READ,
    SIMILAR,
    TITLE,
    AnyInts,
    Fit,
    Hit,
    Hits,
    View,
    all_of,
    any_of,
)
from graphsvc.search.lines import (
    ADDRESS,
    NAMELESS,
    OTHERWISE,
    PINYIN,
    SHOWN,
    Found,
    Lines,
    anywhere,
    beginning,
    beginnings,
)
from graphsvc.search.romanise import romanised
from graphsvc.search.similar import similar
from graphsvc.search.words import HONORIFICS, SAME_TITLES, addressed, without_form

# Costs, in the order people expect; an unlikely reading costs one more.
_INITIALS, _FEW_INITIALS, _SKIPPING = 3, 4, 5
_ADDRESSED, _SURNAME_ONLY = 1, 6  # 王总: whose title says so | anybody of that surname
_BY_EMPLOYER, _TITLE, _SOUND, _INFIX, _ABBREVIATED, _MISSPELT = 4, 5, 8, 9, 9, 14
_EXTRA = 2  # Mr and Inc. where they are not found
_NEAR = 3  # an employer that fits worse does not count
_FEW, _HARDLY_ANY = 10, 3  # fewer hits than this, and looser readings count too; misspelt ones
_LONGEST_INITIALS, _LONGEST_ABBREVIATION = 10, 6  # more would be tried in too many ways


@dataclass(frozen=True)
class _Reading:
    """A word, what it costs to be read as a key or address, and each part of it as anything else."""

    word: Word
    key: Fit
    parts: tuple[Fit, ...]

    @property
    def fit(self) -> Fit:
        fit = any_of(self.key, all_of(self.parts)) if self.parts else self.key
        return _at_most(fit, _EXTRA) if self.word.extra else fit


class Finder:
    """Queries over one Directory by one caller."""

    def __init__(self, directory: Directory, view: View) -> None:
        self.d, self.view = directory, view

    def find(self, asked: Asked, limit: int, start: int = 0) -> Hits:
        """The best ``limit`` entities after the first ``start``, best first, and how many there are in all.

        Which entities fit does not depend on how many are asked for, so that pages hold every one of them once.
        """
        if not asked.words or not len(self.d):
            return Hits([], 0)
        readings = [self._reading(word) for word in asked.words]
        best = self._all(asked, readings)
        for looser, few in ((self._loosely, _FEW), (self._misspelt, _HARDLY_ANY)):
            if len(best.rows) >= few:
                break
            for reading in readings:
                looser(reading)
            best = self._all(asked, readings)
        d, rows = self.d, best.rows
        order = np.lexsort((d.id[rows], d.label[rows], d.size[rows], -self.view.known[rows], best.cost[rows]))
        page = rows[order[start : start + limit]]
        return Hits([Hit(int(row), int(best.why[row])) for row in page], len(rows))

    def _all(self, asked: Asked, readings: list[_Reading]) -> Fit:
        best = all_of([reading.fit for reading in readings])
        if asked.whole is not None:
            whole = Fit(len(self.d))
            self._name(asked.whole, whole)
            cheap = np.flatnonzero(whole.cost <= 1)
            best.cost = best.cost.copy()
            best.offer(cheap, whole.cost[cheap] - 1, whole.why[cheap])
        best.cost = np.where(self.view.there, best.cost, NONE).astype(np.int16)
        return best

    def _reading(self, word: Word) -> _Reading:
        key = Fit(len(self.d))
        self._key(word.raw, key)
        return _Reading(word, key, tuple(self._part(part) for part in word.parts))

    def _part(self, part: Part) -> Fit:
        fit = Fit(len(self.d))
        self._name(part, fit)
        if part.han:
            bare = without_form(part.simple)
            if bare != part.simple:
                self._name(Part(bare, bare), fit, 1)
            self._addressed(part.simple, fit)
        self._employer(fit)
        if len(part.text) > 1 or not part.latin:
            same = "".join(f"|{other}" for other in SAME_TITLES.get(part.simple, ()))
            found = self.d.titles.find(re.escape(part.simple) + same)
            self._take(fit, self.d.titles, found.where(found.fresh | (not part.latin)), _TITLE, TITLE)
        return fit

    def _loosely(self, reading: _Reading) -> None:
        """Parts of words, characters that sound alike, and companies by some characters of their name."""
        self._key(reading.word.raw, reading.key, inside=True)
        for part, fit in zip(reading.word.parts, reading.parts, strict=True):
            if part.latin:
                if len(part.text) > 2:
                    self._offer(fit, self.d.latin, anywhere(part.text), _INFIX, NAME)
                if len(part.text) > 3:
                    self._offer(fit, self.d.titles, part.text, _INFIX, TITLE)
            elif part.han and len(part.simple) > 1:
                self._sounding(part.simple, fit)
                self._abbreviated(part.simple, fit)

    def _misspelt(self, reading: _Reading) -> None:
        for part, fit in zip(reading.word.parts, reading.parts, strict=True):
            by_first = defaultdict(list)
            for word in similar(part.text, self.d.vocabulary) if part.latin else ():
                by_first[word[0]].append(beginning(word))
            for patterns in by_first.values():
                first, rests = patterns[0][0], "|".join(pattern[1:] for pattern in patterns)
                self._offer(fit, self.d.latin, f"{first}(?:{rests})(?![a-z0-9])", _MISSPELT, SIMILAR)

    # -- names ----------------------------------------------------------------------------------------------------
    def _name(self, part: Part, fit: Fit, more: int = 0) -> None:
        """Names with a word, or several, that begin with the part, or whose beginnings make it."""
        if not part.latin:
            found = self.d.native.find(re.escape(part.simple))
            self._take(fit, self.d.native, found, np.where(found.whole, 0, 2 - found.first) + more, NAME)
            return
        lines, size = self.d.latin, len(part.text)
        found = lines.find((beginnings if size <= _LONGEST_INITIALS else beginning)(part.text))
        close = found.size == size
        begun = found.where(close)
        cost = np.where(begun.whole, 0, 3 - begun.first.astype(int) - begun.ends)
        self._take(fit, lines, begun, cost + more, NAME)
        self._initials(fit, found.where(~close & (found.size > size)), size)

    def _initials(self, fit: Fit, found: Found, size: int) -> None:
        """Names whose words begin with the letters, one letter each or more."""
        lines = self.d.latin
        letters = found.first & (found.words == size)
        every = letters & (lines.words[found.line] == size) & (size > 2)
        cost = np.where(every, _INITIALS, np.where(letters, _FEW_INITIALS, _SKIPPING + ~found.first))
        why = np.where(letters | ((lines.flags[found.line] & PINYIN) == 0), INITIALS, READ)
        self._take(fit, lines, found, cost, why)

    def _sounding(self, text: str, fit: Fit) -> None:
        sound = romanised(text, person=True)[0].replace(" ", "")
        if sound.isascii():
            self._offer(fit, self.d.latin, f"{beginning(sound)}(?![a-z0-9])", _SOUND, READ)

    def _abbreviated(self, text: str, fit: Fit) -> None:
        if len(text) <= _LONGEST_ABBREVIATION:
            some = Fit(len(self.d))
            pattern = text[0] + "".join(rf"[^\n {c}]{{0,6}}{c}" for c in text[1:])  # one way only to go on from each
            self._offer(some, self.d.native, pattern, _ABBREVIATED, NAME)
            rows = np.flatnonzero((some.cost < NONE) & (self.d.label == Label.ORGANIZATION))
            fit.offer(rows, some.cost[rows], some.why[rows])

    # -- everything else ------------------------------------------------------------------------------------------
    def _key(self, raw: str, fit: Fit, *, inside: bool = False) -> None:
        """Keys and addresses: from their beginning, after a mark such as @ or a dot, or anywhere.

        A single letter or mark is in nearly all of them and tells nothing.
        """
        if len(raw) == 1 and raw.isascii():
            return
        lines = self.d.keys
        found = lines.find(re.escape(raw))
        if not inside:
            found = found.where(found.fresh)
        cost = np.where(found.whole, 0, np.where(found.first, 2, np.where(found.fresh, 3, 7)))
        self._take(fit, lines, found, cost, np.where(lines.flags[found.line] & ADDRESS, EMAIL, KEY))

    def _employer(self, fit: Fit) -> None:
        """People and deals of the organizations that fit by name."""
        rows = np.flatnonzero(self.view.employer >= 0)
        cost = fit.cost[self.view.employer[rows]]
        near = cost <= _NEAR
        fit.offer(rows[near], cost[near] + _BY_EMPLOYER, EMPLOYER)

    def _addressed(self, text: str, fit: Fit) -> None:
        """People by surname and form of address, 王总; those whose title goes with it first."""
        surname, form = addressed(text) or ("", "")
        if not surname:
            return
        named, titles = self._surname(surname), HONORIFICS.get(form)
        rows = named.rows
        fit.offer(rows, named.cost[rows] + (_SURNAME_ONLY if titles else _ADDRESSED), named.why[rows])
        if titles is not None:
            titled = Fit(len(self.d))
            self._offer(titled, self.d.titles, titles, 0, TITLE)
            rows = rows[titled.cost[rows] < NONE]
            fit.offer(rows, named.cost[rows] + _ADDRESSED, TITLE)

    def _surname(self, surname: str) -> Fit:
        """People of a surname, in Chinese or in Latin letters at either end of a name."""
        named, lines = Fit(len(self.d)), self.d.latin
        self._offer(named, self.d.native, f"\n{re.escape(surname)}", 0, NAME)
        sound = romanised(surname, person=True)[0].replace(" ", "")
        if sound.isascii():
            found = lines.find(f"{beginning(sound)}(?![a-z0-9])")
            alone = (lines.flags[found.line] & PINYIN) == 0
            self._take(named, lines, found.where(alone & found.first), 2, READ)
        named.cost[self.d.label != Label.PERSON] = NONE
        return named

    def _offer(self, fit: Fit, lines: Lines, pattern: str, cost: int, why: int) -> None:
        self._take(fit, lines, lines.find(pattern), cost, why)

    def _take(self, fit: Fit, lines: Lines, found: Found, cost: AnyInts | int, why: AnyInts | int) -> None:
        """Offer the lines found that the caller may search."""
        flags, rows = lines.flags[found.line], lines.row[found.line]
        seen = self.view.full[rows] | ((flags & SHOWN) > 0) | (((flags & NAMELESS) > 0) & self.view.colleague[rows])
        seen &= self.view.there[rows] | (self.d.label[rows] == Label.ORGANIZATION)
        whys: NDArray[np.integer] = np.where((np.asarray(why) == NAME) & ((flags & PINYIN) > 0), READ, why)
        costs = np.broadcast_to(cost, rows.shape) + ((flags & OTHERWISE) > 0)
        fit.offer(rows[seen], costs[seen], whys[seen])


def _at_most(fit: Fit, cost: int) -> Fit:
    out = Fit(len(fit.cost))
    out.cost, out.why = np.minimum(fit.cost, cost).astype(np.int16), fit.why
    return out
