"""How the command line speaks: JSON, tables and lists on stdout, progress and notes on stderr."""

from __future__ import annotations

import io
import os
import re
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self

from graphsvc.cli.app import COMMON
from graphsvc.errors import AmbiguousError, GraphsvcError
from graphsvc.figures import figure as figure
from graphsvc.phrases import catalogue, current_language, phrase
from graphsvc.phrases import gist as gist

if TYPE_CHECKING:
    from pydantic import BaseModel

_STEERING = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")
WIDE = 160  # columns of a table where nobody says how wide the page is


def emit(value: Any) -> None:
    """One JSON document on stdout; a number that is none becomes null."""
    import orjson

    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(value, default=str, option=options).decode())


def emit_answer(answer: BaseModel) -> None:
    """An answer as JSON, with the names its readers know (``from``)."""
    emit(answer.model_dump(mode="json", by_alias=True))


def note(text: str) -> None:
    """A line on stderr."""
    sys.stderr.write(harmless(text) + "\n")


def line(text: str = "") -> None:
    """A line on stdout."""
    sys.stdout.write(harmless(text.rstrip()) + "\n")


def harmless(text: str) -> str:
    r"""Text from files as a terminal may show it: characters that steer it, or turn reading around, become U+FFFD.

    Examples
    --------
    >>> harmless("Ann\x1b[31m\u202e Li")
    'Ann\ufffd[31m\ufffd Li'
    """
    return _STEERING.sub("\ufffd", text)


def title(text: str) -> None:
    """A line on stdout that stands out on a terminal."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    sys.stdout.write(f"\x1b[1m{harmless(text)}\x1b[0m\n" if bold else harmless(text) + "\n")


def say(name: str, /, **args: Any) -> str:
    """A text of the command line's theme."""
    return phrase(f"cli.{name}", **args).text()


def word(group: str, name: str | None) -> str:
    """A machine's word (a kind, a channel, a term ...) in the reader's language; unknown ones stay as they are."""
    return "–" if not name else catalogue(current_language(), "cli").get(f"word_{group}_{name}".lower(), name)


def table(headers: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table on stdout, numbers to the right; plain text where stdout is not a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [tuple(row) for row in rows]
    live = sys.stdout.isatty()
    page = io.StringIO()
    width = None if live or os.environ.get("COLUMNS", "").isdigit() else WIDE
    console = Console(file=page, force_terminal=live, no_color="NO_COLOR" in os.environ, width=width)
    out = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, header in enumerate(headers):
        column = [row[place] for row in cells]
        numbers = any(_is_number(c) for c in column) and all(c is None or _is_number(c) for c in column)
        out.add_column(header, overflow="fold", justify="right" if numbers else "left")
    for row in cells:
        out.add_row(*(Text(harmless(shown(cell))) for cell in row))
    console.print(out)
    for text in page.getvalue().splitlines():
        sys.stdout.write(text.rstrip() + "\n")  # cells are harmless, and what steers the terminal is our own


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    """A cell as people read it."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return "\n".join(str(v) for v in value)
    return figure(value) if _is_number(value) else str(value)


def signed(value: float | None) -> str:
    """:func:`figure` with its sign; nothing measured is a dash."""
    return "–" if value is None else f"{'+' if value >= 0 else ''}{figure(value)}"


def percent(value: float | None) -> str:
    """A probability as people read it."""
    return "–" if value is None else f"{100 * value:.1f} %"


def clock(moment: str | None) -> str:
    """An ISO 8601 time to the minute, as lists show it."""
    return "–" if not moment else moment[:16].replace("T", " ")


def size(count: float) -> str:
    """A number of bytes as people read it.

    Examples
    --------
    >>> size(0), size(83_224_219_648)
    ('0 B', '83.2 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} TB"


FIGURES = ("auc", "ap", "brier", "ece", "reach_spearman", "rows", "rate")  # of a model's held-out figures, those shown


def accuracy(figures: Mapping[str, float]) -> str:
    """A model's held-out figures in one line."""
    parts = []
    for name in FIGURES:
        if name in figures:
            value = figures[name]
            text = figure(int(value)) if name == "rows" else percent(value) if name == "rate" else f"{value:.3f}"
            parts.append(say(f"figure_{name}", value=text))
    return ", ".join(parts)


class Ticker:
    """Progress on stderr: a line that renews itself on a terminal and is gone at the end, else one each 5 seconds."""

    def __init__(self) -> None:
        self._begin = self._last = time.monotonic()
        self._live = sys.stderr.isatty()

    def __call__(self, what: str, count: int) -> None:
        """Show how far it is."""
        self.show("progress", what=word("table", what), count=figure(count))

    def show(self, code: str, **args: Any) -> None:
        """Show a line of the command line's theme; it may name ``seconds``."""
        instant = time.monotonic()
        if instant - self._last < (0.1 if self._live else 5.0):
            return
        self._last = instant
        text = say(code, **args, seconds=round(instant - self._begin, 1))
        sys.stderr.write(f"\r\x1b[K{text}" if self._live else text + "\n")
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Clear the line, also before an error is told."""
        if self._live:
            sys.stderr.write("\r\x1b[K")


def meta_notes(meta: Mapping[str, Any]) -> None:
    """What holds for an answer, on stderr: T, freshness, what is missing or hidden, measured accuracy."""
    note(say("meta_as_of", as_of=meta["as_of"], note=meta.get("as_of_note") or "").rstrip())
    if meta.get("missing_channels"):
        note(say("meta_missing", channels=say("comma").join(word("channel", c) for c in meta["missing_channels"])))
    notes = list(meta.get("notes", []))
    if not meta["own_known"]:
        note(say("meta_own"))
        notes = [text for text in notes if text != say("meta_own")]  # a score may say the same of itself
    if meta.get("hidden"):
        note(say("meta_hidden", count=figure(meta["hidden"])))
    for name, figures in sorted(meta.get("accuracy", {}).items()):
        note(say("meta_accuracy", name=name, figures=accuracy(figures)))
    for text in notes:
        note(text)


def plain_streams() -> None:
    """A terminal that cannot show a character gets a question mark, not a crash."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def fail(error: GraphsvcError) -> NoReturn:
    """Print the sentence of an error and leave with its code; with --json a problem object goes to stdout."""
    if COMMON.json:
        body: dict[str, Any] = {"error": error.phrase.code, "detail": harmless(error.text()), "status": error.status}
        if isinstance(error, AmbiguousError):
            body["candidates"] = [dict(zip(("id", "label", "key", "name"), c, strict=True)) for c in error.candidates]
        emit(body)
    note(f"graphsvc: {error.text()}")
    sys.exit(error.exit_code)
