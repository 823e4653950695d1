"""Everything a person reads, in English and Chinese, by code.

A :class:`Phrase` is a code with arguments; it becomes text only at the edge (terminal, page, HTTP answer), in the
reader's language. The texts are in ``locale/<language>/<theme>.toml``; a code is ``theme.name``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from numbers import Integral

LANGUAGES = ("en", "zh")
Arg = str | int | float | None

_language: ContextVar[str | None] = ContextVar("graphsvc_language", default=None)


@dataclass(frozen=True)
class Phrase:
    """A message by code (``theme.name``) and arguments; ``text()`` renders it in one language."""

    code: str
    args: Mapping[str, Arg] = field(default_factory=dict)

    def text(self, language: str | None = None) -> str:
        """Render in ``language`` ("en" or "zh"; default: the current one).

        Raises
        ------
        KeyError
            When no text is written for the code: a missing phrase is a defect, never shown as a bare code.
        """
        theme, _, name = self.code.partition(".")
        return filled(catalogue(language or current_language(), theme)[name], self.args)

    def __str__(self) -> str:
        return self.text()


def phrase(code: str, /, **args: Arg) -> Phrase:
    """Short form: ``phrase("errors.no_such_file", path="x.csv")``."""
    return Phrase(code, args)


class _Counted(int):
    """A number a sentence may count things by."""

    def __format__(self, spec: str) -> str:
        one, bar, many = spec.partition("|")
        return f"{int(self):,} {one if self == 1 else many}" if bar else format(int(self), spec)


def filled(text: str, args: Mapping[str, Arg]) -> str:
    """A sentence with its blanks filled; ``{count:tie|ties}`` is the number, its thousands apart, and the fitting word.

    Examples
    --------
    >>> [filled("{count:tie joins|ties join} colleagues.", {"count": count}) for count in (1, 7964)]
    ['1 tie joins colleagues.', '7,964 ties join colleagues.']
    """
    return text.format(**{name: _Counted(arg) if isinstance(arg, Integral) else arg for name, arg in args.items()})


@cache
def catalogue(language: str, theme: str) -> Mapping[str, str]:
    """The texts of one theme in one language, by name."""
    path = files("graphsvc") / "locale" / language / f"{theme}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class _Gap(str):
    def __format__(self, spec: str) -> str:
        _, bar, many = spec.partition("|")
        return f"{self} {many}" if bar else str(self)


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return _Gap("…")


def gist(code: str) -> str:
    """What a reason says of many rows at once: its sentence without the place, gaps where each row has its own.

    Examples
    --------
    >>> gist("sources.bad_json")
    'the line is not a JSON object (…); write one object per line.'
    """
    theme, dot, name = code.partition(".")
    if not dot:
        return code
    text = catalogue(current_language(), theme)[name]
    return text.removeprefix("{where}").lstrip(":： ").format_map(_Gaps())


def current_language() -> str:
    """The reader's language: set by :func:`use_language`, else ``GRAPHSVC_LANG``, else the locale, else English."""
    chosen = _language.get() or os.environ.get("GRAPHSVC_LANG")
    if chosen:
        return "zh" if chosen.lower().startswith("zh") else "en"
    for name in (os.environ.get("LC_ALL"), os.environ.get("LC_MESSAGES"), os.environ.get("LANG")):
        if name:
            return "zh" if name.lower().startswith("zh") else "en"
    return "en"


def use_language(language: str | None) -> None:
    """Choose the language of this context (one CLI call, one HTTP request)."""
    _language.set(language)
