"""The command that moves a workspace from one database to another."""

from __future__ import annotations

from typing import Annotated

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import require_owner
from graphsvc.cli.output import Ticker, emit, figure, note
from graphsvc.cli.output import say as text


@command(help=say("copy"))
def copy(
    source: Annotated[str, typer.Argument(help=say("copy_source"))],
    target: Annotated[str, typer.Argument(help=say("copy_target"))],
) -> None:
    """Copy a whole workspace into an empty database, checked row by row."""
    require_owner()
    from graphsvc.stores import copy_store, hide_password

    with Ticker() as ticker:
        report = copy_store(_url(source), _url(target), progress=ticker)
    if COMMON.json:
        emit({"tables": dict(report.tables), "digest": report.digest, "sequence": report.sequence})
        return
    rows = figure(sum(report.tables.values()))
    note(text("copied", rows=rows, url=hide_password(_url(target)), digest=report.digest[:16]))


def _url(text: str) -> str:
    return text if "://" in text else f"sqlite:///{text}"
