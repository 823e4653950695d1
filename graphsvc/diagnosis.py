"""What ``doctor`` reports: the store's own checks, then who measures graphs, the queue of jobs, and Redis."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from graphsvc.clock import now
from graphsvc.dispatch import stuck
from graphsvc.engines import Automatic, choose_engine
from graphsvc.errors import GraphsvcError, NotFoundError
from graphsvc.extras import needs
from graphsvc.jobs import StoreJobs
from graphsvc.phrases import phrase
from graphsvc.settings import settings
from graphsvc.store import Store
from graphsvc.stores import NEO4J, hide_password, open_store
from graphsvc.warm import check as column_files

Check = Mapping[str, Any]  # check, ok, detail
SHOWN = 5  # ids of jobs


def diagnose(url: str) -> tuple[Store | None, list[Check]]:
    """The store of a URL, None where it cannot be used, and all checks that could be made.

    Raises
    ------
    GraphsvcError
        When an embedded file cannot be opened: then the sentence is all there is to say.
    """
    store, found = None, []
    try:
        store = open_store(url, create=False)
        found += store.check()
        found += [_attempted("engine", partial(_engine, store)), _jobs(store), column_files(store)]
    except GraphsvcError as error:
        if not url.startswith(NEO4J):
            raise
        with suppress(GraphsvcError):
            if store is not None:
                store.close()
        store, found = None, [*found, *_unusable(error, url)]
    return store, [*found, *_redis()]


def _unusable(error: GraphsvcError, url: str) -> list[Check]:
    """A server that is away or lets us not in, or one whose database is no workspace of ours."""
    if isinstance(error, NotFoundError) or error.phrase.code.startswith("store."):
        return [_check("server", True, hide_password(url)), _check("workspace", False, error.text())]
    return [_check("server", False, error.text())]


def _engine(store: Store) -> str:
    """Who measures graphs, by the settings."""
    chosen = settings()
    engine = choose_engine(store, chosen.engine, chosen.engine_memory_mb)
    engine.close()
    return phrase("doctor.engine_both").text() if isinstance(engine, Automatic) else engine.name


def _jobs(store: Store) -> Check:
    """Jobs that nobody takes up."""
    found = stuck(StoreJobs(store), now())
    if not found:
        return _check("jobs", True, "ok")
    ids = ", ".join(job.id for job in found[:SHOWN]) + ("…" if len(found) > SHOWN else "")
    code = "doctor.jobs_stuck_redis" if settings().redis_url else "doctor.jobs_stuck"
    return _check("jobs", False, phrase(code, count=len(found), ids=ids).text())


def _redis() -> list[Check]:
    """Whether the workers' Redis answers, where one is set."""
    url = settings().redis_url
    if url is None:
        return []

    needs("celery")
    from graphsvc.worker import reach

    return [_attempted("redis", partial(reach, url))]


def _attempted(name: str, tell: Callable[[], str]) -> Check:
    try:
        return _check(name, True, tell())
    except GraphsvcError as error:
        return _check(name, False, error.text())


def _check(name: str, ok: bool, detail: str) -> Check:
    return {"check": name, "ok": ok, "detail": detail}
