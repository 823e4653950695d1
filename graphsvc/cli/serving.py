"""Commands for the HTTP API: serve, and keys for callers beyond this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import caller, database_url, open_store
from graphsvc.cli.output import emit, note
from graphsvc.cli.output import say as text


@command(help=say("serve"))
def serve(
    host: Annotated[str, typer.Option(help=say("serve_host"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help=say("serve_port"))] = 8000,
) -> None:
    """Serve the HTTP API until Ctrl-C."""
    from api.app import serve as run

    note(text("serving", url=f"http://{host}:{port}/"))
    run(database_url(), host, port)


@command(help=say("keys"))
def keys(
    name: Annotated[str, typer.Argument(help=say("keys_name"))],
    scope: Annotated[list[str] | None, typer.Option(help=say("keys_scope"))] = None,
    rep: Annotated[str | None, typer.Option(help=say("keys_rep"))] = None,
) -> None:
    """Make an API key: the token is printed once, its hash goes into the keys file."""
    from api.keys import new_key

    entity = None
    if rep is not None:
        COMMON.caller = rep
        entity = caller(open_store()).entity
    token, entry = new_key(name, scope or ["read"], ["rep"] if rep else ["owner"], entity)
    emit({"token": token, "entry": entry})
    note(text("keys_done"))
