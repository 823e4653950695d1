"""The HTTP API: one FastAPI app over one workspace, and the server that runs it."""

from __future__ import annotations

import contextlib
import importlib
import logging
import pkgutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType
from typing import Any

from fastapi import Depends, FastAPI

from api import audit, pages, problems, routers, site
from api.answers.live import Live
from api.deps import current_caller, known_parameters, workspace_of
from api.express import Express
from api.gate import Gate, is_local
from api.idempotency import IdempotentReplies
from api.keys import KeyRing
from api.lanes import Lanes
from api.openapi import TITLE, DescribedApp, operation_id, problem_docs
from graphsvc import __version__
from graphsvc.errors import InputError
from graphsvc.settings import settings
from graphsvc.warming import warm_beside
from graphsvc.workspace import Workspace


def create_app(url: str | None = None, *, workspace: Workspace | None = None, keys: KeyRing | None = None) -> FastAPI:
    """The app over a database URL (default: the settings') or an open workspace.

    Without ``keys``, those of ``GRAPHSVC_API_KEYS``; without these, only this machine may ask, as the owner.

    Raises
    ------
    InputError, StoreError
        When the database or the key file cannot be opened.
    """
    if keys is None and settings().api_keys is not None:
        keys = KeyRing.load(settings().api_keys or "")
    if workspace is None:
        from graphsvc.stores import open_store

        workspace = Workspace(open_store(url or settings().database_url))
    return assemble(workspace, keys)


def assemble(workspace: Workspace | None, keys: KeyRing | None) -> FastAPI:
    """The app itself; without a workspace it can only describe itself."""
    app = DescribedApp(
        title=TITLE,
        version=__version__,
        openapi_url="/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    app.state.workspace, app.state.keys = workspace, keys
    app.state.live = None if workspace is None else Live(workspace)
    app.state.replies, app.state.throttle, app.state.on_refusal = IdempotentReplies(), audit.Throttle(), audit.refused
    known = Depends(known_parameters)
    for module in _routers():
        checks = [Depends(current_caller), known]
        app.include_router(module.router, prefix="/v1", responses=problem_docs(), dependencies=checks)
        if hasattr(module, "public"):
            app.include_router(module.public, prefix="/v1", responses=problem_docs(public=True), dependencies=[known])
    app.include_router(pages.router)
    site.install(app)
    problems.install(app)
    app.add_middleware(Express)
    s = settings()
    lanes = Lanes(s.heavy_requests, s.caller_requests, s.caller_rate, streams=s.caller_streams)
    app.add_middleware(Gate, local_only=keys is None, lanes=lanes)
    return app


def check_binding(host: str, keys: KeyRing | None) -> None:
    """Refuse to listen beyond this machine without keys: whoever reaches the port would be the owner.

    Raises
    ------
    InputError
        ``api.need_keys``.
    """
    if keys is None and not is_local(host):
        raise InputError("api.need_keys", host=host)


def serve(
    url: str | None,
    host: str = "127.0.0.1",
    port: int = 8000,
    ready: Callable[[], None] = lambda: None,
    beside: Callable[[Workspace], AbstractContextManager[object]] = contextlib.nullcontext,
) -> None:
    """Serve until Ctrl-C; ``ready`` is called once the address is ours, ``beside`` is entered while it serves.

    Raises
    ------
    InputError
        When the address needs keys (``api.need_keys``), or is taken or not ours (``api.no_address``).
    """
    import uvicorn

    from api.server import Preparation, Server

    keys = KeyRing.load(settings().api_keys or "") if settings().api_keys else None
    check_binding(host, keys)
    with listen(host, port) as listener:
        app = create_app(url, keys=keys)
        warm_beside()
        preparation = Preparation(workspace_of(app))
        ready()
        _log_to_stderr()
        # the access log of the server would hold paths, and so keys of persons: the gate writes its own
        options: dict[str, Any] = {"access_log": False, "log_level": "warning", "server_header": False}
        try:
            # uvicorn raises KeyboardInterrupt again once the last answer is out
            with beside(workspace_of(app)), contextlib.suppress(KeyboardInterrupt):
                Server(uvicorn.Config(app, **options), app.state.live).run(sockets=[listener])
        finally:
            preparation.end()
            workspace_of(app).store.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; with its protocol named, since asyncio sets TCP_NODELAY only then.

    Without it every answer waits 40 ms for the peer's delayed acknowledgement.

    Raises
    ------
    InputError
        When the address is taken, or is none of this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(128)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        raise InputError("api.no_address", host=host, port=port, problem=error.strerror or str(error)) from error
    return listener


def _log_to_stderr() -> None:
    """Warnings and defects of the API; at level INFO the logger ``graphsvc.api`` also writes a line per request."""
    log = logging.getLogger("graphsvc.api")
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        log.addHandler(handler)


def _routers() -> Iterator[ModuleType]:
    """Every module of :mod:`api.routers`: a new resource is one file."""
    for found in sorted(pkgutil.iter_modules(routers.__path__), key=lambda m: m.name):
        yield importlib.import_module(f"{routers.__name__}.{found.name}")
