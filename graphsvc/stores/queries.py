"""Loads the read questions in ``queries/*.sql`` and checks that each uses exactly the parameters its header names.

A file answers one question. Its header comment has the lines ``-- question:``, ``-- parameters:`` (names with a colon,
or ``none``) and ``-- order:``; a parameter that is named but not used, or used but not named, fails at load.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

_HEADER = re.compile(r"^--\s*(question|parameters|order):\s*(.+)$")
_USED = re.compile(r"(?<![:\w]):([a-z_]+)")


@cache
def query(name: str) -> str:
    """The SQL of one question, by file name without ``.sql``.

    Raises
    ------
    ValueError
        With file and line, when the header is incomplete or its parameters are not those of the SQL.
    """
    text = (files("queries") / f"{name}.sql").read_text(encoding="utf-8")
    return checked(text, f"queries/{name}.sql")


def checked(text: str, place: str) -> str:
    r"""``text`` itself, if its header and its parameters agree.

    Examples
    --------
    >>> checked("-- question: all?\n-- parameters: none\n-- order: none\nSELECT :x", "q.sql")
    Traceback (most recent call last):
    ...
    ValueError: q.sql:4: parameter :x is used but not named in the header
    """
    head, body = _split(text)
    missing = {"question", "parameters", "order"} - set(head)
    if missing:
        raise ValueError(f"{place}:1: the header does not say {', '.join(sorted(missing))}")
    line, declared = head["parameters"]
    named = set(_USED.findall(declared))
    used: dict[str, int] = {}
    for number, sql in body:
        for parameter in _USED.findall(sql):
            used.setdefault(parameter, number)
    for parameter in sorted(used.keys() - named):
        raise ValueError(f"{place}:{used[parameter]}: parameter :{parameter} is used but not named in the header")
    for parameter in sorted(named - used.keys()):
        raise ValueError(f"{place}:{line}: parameter :{parameter} is named in the header but not used")
    return text


def _split(text: str) -> tuple[dict[str, tuple[int, str]], list[tuple[int, str]]]:
    head: dict[str, tuple[int, str]] = {}
    body: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _HEADER.match(line):
            head[found[1]] = (number, found[2])
        elif not line.startswith("--"):
            body.append((number, line))
    return head, body
