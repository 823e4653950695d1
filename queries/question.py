"""What a question is: a frozen dataclass of its parameters that knows the rows of its answer.

The text stands in ``<stem>.sql`` and ``<stem>.cypher`` beside the theme modules, where the stem is the class's name in
snake case; both begin with the same header (question, parameters, order) and give the columns of ``row`` in that order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Generic, Literal, TypeVar, get_args

Dialect = Literal["sql", "cypher"]
R = TypeVar("R", bound=tuple[Any, ...])

_COMMENT = {"sql": "--", "cypher": "//"}
_USED = {  # a parameter in a text; SQL reads rows given as a parameter from a table of its name: temp.moments(c0, c1)
    "sql": re.compile(r"(?<![:\w]):([a-z_]+)|\btemp\.([a-z_]+)"),
    "cypher": re.compile(r"\$([a-z_]+)"),
}
_HEADER = re.compile(r"^(?:--|//)\s*(question|parameters|order):\s*(.+)$")


@dataclass(frozen=True)
class Question(Generic[R]):
    """Base of all questions; the fields of a subclass are its parameters.

    A parameter is an int, a float, a text, None, or a sequence of these; a sequence of tuples of one length is rows.
    """

    row: ClassVar[type[tuple[Any, ...]]]

    def __init_subclass__(cls) -> None:
        """Learn the type of the rows from ``Question[Row]``."""
        cls.row = get_args(cls.__dict__["__orig_bases__"][0])[0]

    @classmethod
    def stem(cls) -> str:
        """Name of the files.

        Examples
        --------
        >>> Question.stem()
        'question'
        """
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Columns of the answer."""
        return tuple(cls.row.__annotations__)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


def text_of(question: type[Question[Any]], dialect: Dialect) -> str:
    """The text of a question in one language, checked.

    Raises
    ------
    ValueError
        With file and line, when the header is incomplete or its parameters are not those of the text and the class.
    """
    return _text(question.stem(), dialect, tuple(f.name for f in fields(question)))


@cache
def _text(name: str, dialect: Dialect, parameters: tuple[str, ...]) -> str:
    text = (files("queries") / f"{name}.{dialect}").read_text(encoding="utf-8")
    return checked(text, f"queries/{name}.{dialect}", dialect, list(parameters))


def checked(text: str, place: str, dialect: Dialect, parameters: list[str]) -> str:
    r"""``text`` itself, if its header, its parameters and those of the class agree.

    Examples
    --------
    >>> checked("-- question: all?\n-- parameters: none\n-- order: none\nSELECT :x", "q.sql", "sql", [])
    Traceback (most recent call last):
    ...
    ValueError: q.sql:4: parameter x is used but not named in the header
    """
    head, used = dict(_head(text)), _used(text, dialect)
    if missing := {"question", "parameters", "order"} - set(head):
        raise ValueError(f"{place}:1: the header does not say {', '.join(sorted(missing))}")
    named = set() if head["parameters"] == "none" else set(re.findall(r"[a-z_]+", head["parameters"]))
    for parameter in sorted(used.keys() - named):
        raise ValueError(f"{place}:{used[parameter]}: parameter {parameter} is used but not named in the header")
    for parameter in sorted(named ^ set(parameters)):
        raise ValueError(f"{place}:1: the header and the class disagree on parameter {parameter}")
    for parameter in sorted(named - used.keys()):
        raise ValueError(f"{place}:1: parameter {parameter} is named in the header but not used")
    return text


def _head(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        if found := _HEADER.match(line):
            yield found[1], found[2].strip()


def _used(text: str, dialect: Dialect) -> dict[str, int]:
    """Parameters in the body and the line where each stands first."""
    used: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.lstrip().startswith(_COMMENT[dialect]):
            for groups in _USED[dialect].finditer(line):
                used.setdefault(next(g for g in groups.groups() if g), number)
    return used
