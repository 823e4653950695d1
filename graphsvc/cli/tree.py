"""All commands together: importing the modules puts theirs into the tree."""

from __future__ import annotations

from functools import cache
from typing import Any

import typer

from graphsvc.cli import (
    asking,
    boards,
    copying,
    data,
    delivering,
    evaluating,
    jobs,
    lacking,
    models,
    people,
    results,
    seats,
    serving,
    snapshot,
    structure,
    whatif,
)
from graphsvc.cli.app import app, spoken
from graphsvc.phrases import current_language

COMMANDS = (
    asking,
    boards,
    copying,
    data,
    delivering,
    evaluating,
    jobs,
    lacking,
    models,
    people,
    results,
    seats,
    serving,
    snapshot,
    structure,
    whatif,
)


def command_line() -> Any:
    """The command line in the language in use."""
    return _in_language(current_language())


@cache
def _in_language(_: str) -> Any:
    return spoken(typer.main.get_command(app))
