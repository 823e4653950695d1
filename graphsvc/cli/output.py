"""How the command line speaks: JSON or tables on stdout, progress and notes on stderr."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from graphsvc.cli.app import COMMON
from graphsvc.errors import AmbiguousError, GraphsvcError
from graphsvc.phrases import catalogue, current_language, phrase

if TYPE_CHECKING:
    from pydantic import BaseModel


def emit(value: Any) -> None:
    """One JSON document on stdout."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str, allow_nan=False)
    sys.stdout.write("\n")


def emit_answer(answer: BaseModel) -> None:
    """An answer as JSON, with the names its readers know (``from``)."""
    emit(answer.model_dump(mode="json", by_alias=True))


def note(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(harmless(text) + "\n")


def line(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(harmless(text) + "\n")


def harmless(text: str) -> str:
    r"""Text from files as a terminal may show it: characters that steer it, or turn reading around, become U+FFFD.

    Examples
    --------
    >>> harmless("Ann\x1b[31m\u202e Li")
    'Ann\ufffd[31m\ufffd Li'
    """
    return _STEERING.sub("\ufffd", text)


def say(name: str, /, **args: Any) -> str:
    """A text of the command line's theme."""
    return phrase(f"cli.{name}", **args).text()


_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


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


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table on stdout; plain text where stdout is not a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, no_color="NO_COLOR" in os.environ, width=None if sys.stdout.isatty() else 160)
    out = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for header in headers:
        out.add_column(header, overflow="fold")
    for row in rows:
        out.add_row(*(Text(harmless(shown(cell))) for cell in row))
    console.print(out)


def shown(value: Any) -> str:
    """A cell as people read it."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return "\n".join(str(v) for v in value)
    return str(value)


def percent(value: float | None) -> str:
    """A probability as people read it."""
    return "–" if value is None else f"{100 * value:.1f} %"


class Ticker:
    """Progress on stderr: at most some lines a second, and only when somebody watches or it takes long."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, count: int) -> None:
        """Show how far it is."""
        instant = time.monotonic()
        if instant - self._last < (0.1 if self._live else 5.0):
            return
        self._last = instant
        text = say("progress", what=what, count=count, seconds=round(instant - self._begin, 1))
        sys.stderr.write(f"\r\x1b[K{text}" if self._live else text + "\n")
        sys.stderr.flush()

    def done(self) -> None:
        """Clear the line."""
        if self._live:
            sys.stderr.write("\r\x1b[K")


def meta_notes(meta: Mapping[str, Any]) -> None:
    """What holds for an answer, on stderr: T, freshness, what is missing or hidden, measured accuracy."""
    note(say("meta_as_of", as_of=meta["as_of"], note=meta.get("as_of_note") or ""))
    if meta.get("missing_channels"):
        note(say("meta_missing", channels=", ".join(meta["missing_channels"])))
    if not meta["own_known"]:
        note(say("meta_own"))
    if meta.get("hidden"):
        note(say("meta_hidden", count=meta["hidden"]))
    for name, figures in sorted(meta.get("accuracy", {}).items()):
        shown_figures = ", ".join(f"{k} {v:.3f}" for k, v in figures.items())
        note(say("meta_accuracy", name=name, figures=shown_figures))
    for text in meta.get("notes", []):
        note(text)


def fail(error: GraphsvcError) -> NoReturn:
    """Print the sentence of an error and leave with its code; with --json a problem object goes to stdout."""
    if COMMON.json:
        body: dict[str, Any] = {"error": error.phrase.code, "detail": error.text(), "status": error.status}
        if isinstance(error, AmbiguousError):
            body["candidates"] = [dict(zip(("id", "label", "key", "name"), c, strict=True)) for c in error.candidates]
        emit(body)
    note(f"graphsvc: {error.text()}")
    sys.exit(error.exit_code)
