"""The command that hands the graph to other engines: snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask
from graphsvc.cli.output import emit, figure, note, size
from graphsvc.cli.output import say as text
from graphsvc.cli.results import AsOf, KnownAt


@command(help=say("snapshot"))
def snapshot(
    folder: Annotated[Path, typer.Argument(help=say("snapshot_folder"))], as_of: AsOf = None, known_at: KnownAt = None
) -> None:
    """Write the graph at T as a folder of Parquet files."""
    from dataclasses import asdict

    from graphsvc.clock import show_moment
    from graphsvc.snapshot import write_snapshot

    question = ask(as_of, known_at, scope="admin")  # all ties of everybody: not for a rep
    p = question.projection
    report = write_snapshot(p, folder)
    moments = {"as_of": show_moment(p.as_of), "known_at": show_moment(p.known_at)}
    question.workspace.store.log(question.caller, "snapshot", moments | {"digest": p.digest})
    if COMMON.json:
        emit(asdict(report) | moments | {"sequence": p.sequence})
        return
    rows, volume = figure(sum(report.rows.values())), size(sum(report.sizes.values()))
    note(text("snapshot_written", folder=str(folder), as_of=moments["as_of"], rows=rows, size=volume))
