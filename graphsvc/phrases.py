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
        return catalogue(language or current_language(), theme)[name].format(**self.args)

    def __str__(self) -> str:
        return self.text()


def phrase(code: str, /, **args: Arg) -> Phrase:
    """Short form: ``phrase("errors.no_such_file", path="x.csv")``."""
    return Phrase(code, args)


@cache
def catalogue(language: str, theme: str) -> Mapping[str, str]:
    """The texts of one theme in one language, by name."""
    path = files("graphsvc") / "locale" / language / f"{theme}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


class _Gaps(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "…"


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
