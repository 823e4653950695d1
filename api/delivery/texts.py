"""Text as letters may hold it, and figures as the reader's language writes them."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

from graphsvc.extras import needs
from graphsvc.phrases import current_language, phrase
from graphsvc.policy import rounded

if TYPE_CHECKING:
    from babel import Locale

# What steers a reader's program and not the reading: control characters, line and paragraph breaks, marks that turn
# the direction of what follows, halves of characters.
_STEERING = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff\\ud800-\\udfff]+"
)
LONGEST = 200  # characters of one text; nothing in a letter needs more
_CENTS = re.compile(r"\.0+")


def clean(text: str | None, longest: int = LONGEST) -> str:
    r"""A text on one line, without what steers, cut where it is too long.

    Examples
    --------
    >>> clean("Ann\r\nBcc: x@y.example\u202e  Li")
    'Ann Bcc: x@y.example Li'
    """
    line = " ".join(_STEERING.sub(" ", text or "").split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def locale() -> Locale:
    """The locale of the language in use."""
    return _locale(current_language())


@cache
def _locale(language: str) -> Locale:
    needs("babel", "deliver")
    from babel import Locale

    return Locale.parse("zh_Hans_CN" if language == "zh" else "en")


def say(name: str, /, **args: str | int | float | None) -> str:
    """A text of the delivery's theme."""
    return phrase(f"delivery.{name}", **args).text()


def amount(value: float, currency: str | None) -> str:
    """An amount to three digits in its currency, without cents; without a currency as units.

    Examples
    --------
    >>> from graphsvc.phrases import use_language
    >>> use_language("en")
    >>> amount(650214.3, "EUR")
    '€650,000'
    """
    value = rounded(value, 3)
    if not currency:
        return say("units", value=figure(value))
    here = locale()
    from babel.numbers import format_currency

    form = _CENTS.sub("", here.currency_formats["standard"].pattern)
    return str(format_currency(value, currency, form, locale=here, currency_digits=False))


def figure(value: float) -> str:
    """A number as the language writes it."""
    here = locale()
    from babel.numbers import format_decimal

    return str(format_decimal(round(value, 2), locale=here))


def week_days(week: str) -> str:
    """The days of an ISO week, from Monday to Sunday."""
    here, monday = locale(), dt.datetime.strptime(f"{week}-1", "%G-W%V-%u").date()
    from babel.dates import format_interval

    return str(format_interval(monday, monday + dt.timedelta(days=6), "yMMMd", locale=here))
