"""All commands together: importing the modules puts theirs into the tree."""

from __future__ import annotations

from typing import Any

import typer

from graphsvc.cli import asking, data, people, results, serving
from graphsvc.cli.app import app, spoken

COMMANDS = (asking, data, people, results, serving)


def command_line() -> Any:
    """The command line, built anew, in the language in use."""
    return spoken(typer.main.get_command(app))
