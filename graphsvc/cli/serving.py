"""Commands for the HTTP API: serve, and keys for callers beyond this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import caller, database_url, open_store, require_owner
from graphsvc.cli.output import emit, note
from graphsvc.cli.output import say as text
from graphsvc.errors import InputError


@command(help=say("serve"))
def serve(
    host: Annotated[str, typer.Option(help=say("serve_host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("serve_port"))] = 8000,
    no_schedule: Annotated[bool, typer.Option("--no-schedule", help="jobs.help_no_schedule")] = False,
) -> None:
    """Serve the HTTP API until Ctrl-C; without Redis the schedule runs beside it."""
    require_owner()
    from contextlib import nullcontext

    from api.answers.jobs import schedule_beside
    from api.app import serve as run
    from graphsvc.settings import settings

    beside = nullcontext if no_schedule or settings().redis_url else schedule_beside
    run(database_url(), host, port, lambda: note(text("serving", url=f"http://{host}:{port}/")), beside)


@command(help=say("keys"))
def keys(
    name: Annotated[str, typer.Argument(help=say("keys_name"))],
    scope: Annotated[list[str] | None, typer.Option(help=say("keys_scope"))] = None,
    rep: Annotated[str | None, typer.Option(help=say("keys_rep"))] = None,
    file: Annotated[Path | None, typer.Option(help=say("keys_file"))] = None,
) -> None:
    """Make an API key: the token is printed once, its hash goes into the keys file."""
    require_owner()
    from api.keys import Scope, add_key, new_key

    entity, wanted = None, [s for s in get_args(Scope) if s in (scope or ["read"])]
    unknown = sorted(set(scope or []) - set(wanted))
    if unknown:
        raise InputError("errors.no_such_scope", scope=", ".join(unknown), scopes=", ".join(get_args(Scope)))
    if rep is not None:
        store = open_store(scope="admin")
        COMMON.caller = rep
        entity = caller(store).entity
    token, entry = new_key(name, wanted, ["rep"] if rep else ["owner"], entity)
    if file is not None:
        add_key(file, entry)
    emit({"token": token, "entry": entry.model_dump(mode="json")})
    note(text("keys_done"))
