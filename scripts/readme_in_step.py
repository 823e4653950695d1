"""Whether README.zh-CN.md says what README.md says: the same sections, commands, tables and links.

Usage: ``python scripts/readme_in_step.py [README.md README.zh-CN.md]``; exits with 1 and names the first difference.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SKIPPED = frozenset({"README.md", "README.zh-CN.md"})  # each names the other


def levels(text: str) -> list[str]:
    """Depths of the headings, in order."""
    return re.findall(r"^(#+) ", FENCE.sub("", text), re.MULTILINE)


def commands(text: str) -> list[str]:
    """Lines of the code blocks without their comments, which are translated."""
    lines = (line.split(" #")[0].rstrip() for _, block in FENCE.findall(text) for line in block.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def links(text: str) -> list[str]:
    """Targets of links and pictures, in order of the alphabet: sentences are built otherwise in Chinese."""
    return sorted(t for t in LINK.findall(text) if t not in SKIPPED and not t.startswith("#"))


def table_rows(text: str) -> list[str]:
    """Number of cells of every row of a table."""
    return [str(line.count("|")) for line in FENCE.sub("", text).splitlines() if line.startswith("|")]


def names(text: str) -> list[str]:
    """What stands in backquotes, in order of the alphabet."""
    return sorted(re.findall(r"`([^`\n]+)`", FENCE.sub("", text)))


CHECKS: dict[str, Callable[[str], list[str]]] = {
    "heading": levels,
    "command": commands,
    "link": links,
    "row of a table": table_rows,
    "name": names,
}


def difference(first: str, second: str) -> str | None:
    """The first thing that one of the two has and the other has not, as a sentence."""
    for what, read in CHECKS.items():
        for here, there in zip_longest(read(first), read(second)):
            if here != there:
                return f"{what}: {here or 'nothing'} | {there or 'nothing'}"
    return None


def main(paths: list[str]) -> int:
    """Compare two files; 0 where they are in step."""
    first, second = (Path(p) for p in (paths or ["README.md", "README.zh-CN.md"]))
    found = difference(first.read_text(encoding="utf-8"), second.read_text(encoding="utf-8"))
    if found:
        sys.stderr.write(f"{first} and {second} differ in a {found}. Bring the second up to the first.\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
