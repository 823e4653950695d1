"""Commands for what runs on its own: jobs, the schedule, and the processes that do the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from graphsvc.cli.app import COMMON, Command, command, group
from graphsvc.cli.context import database_url, open_store
from graphsvc.cli.output import Ticker, clock, emit, figure, line, note, percent, table
from graphsvc.errors import InputError
from graphsvc.extras import needs
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from graphsvc.jobs import Job
    from graphsvc.store import Store
    from graphsvc.work import Place


def told(name: str) -> str:
    """Code of a text of this theme."""
    return f"jobs.{name}"


def text(name: str, /, **args: Any) -> str:
    """A text of this theme."""
    return phrase(told(name), **args).text()


jobs_app = group("jobs", told("help_jobs"), bare=True)
schedule_app = group("schedule", told("help_schedule"), bare=True)
Id = Annotated[str, typer.Argument(help=told("help_id"))]
Set = Annotated[list[str] | None, typer.Option("--set", help=told("help_set"))]
Name = Annotated[str | None, typer.Option(help=told("help_name"))]
Level = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], typer.Option(help=told("help_level"))]


@jobs_app.callback(help=told("help_jobs"))
def list_jobs(
    context: typer.Context,
    state: Annotated[
        Literal["queued", "running", "done", "failed", "cancelled"] | None, typer.Option(help=told("help_state"))
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=told("help_limit"))] = 20,
) -> None:
    """List jobs, newest first."""
    if context.invoked_subcommand is not None:
        return
    from graphsvc.jobs import shown

    found = [shown(job) for job in _place(open_store(scope="admin")).book.list(state, limit)]
    if COMMON.json:
        emit(found)
        return
    heads = ("id", "kind", "name", "state", "progress", "rows", "created", "note")
    table([text(f"head_{head}") for head in heads], [_row(job) for job in found])
    if not found:
        note(text("no_jobs"))


def _row(job: dict[str, Any]) -> tuple[Any, ...]:
    told_ = job["error"] or job["note"] or ""
    progress = percent(job["progress"]) if job["progress"] is not None else None
    state = text(f"state_{job['state']}")
    return (job["id"], job["kind"], job["name"], state, progress, job["done_rows"], clock(job["created"]), told_)


@jobs_app.command("show", cls=Command, help=told("help_show"))
def show(id: Id) -> None:
    """Show a job with its log."""
    from graphsvc.clock import show_moment
    from graphsvc.jobs import find_job, read, shown

    book = _place(open_store(scope="admin")).book
    job = shown(find_job(book, id))
    log = [{"time": show_moment(at), "text": read(kept)} for at, kept in book.lines(id)]
    if COMMON.json:
        emit(job | {"log": log})
        return
    for name in ("id", "kind", "name", "slot", "owner", "created", "started", "finished", "attempts", "error"):
        if job[name] not in (None, ""):
            line(f"{text(f'head_{name}')}: {job[name]}")
    line(f"{text('head_state')}: {text('state_' + job['state'])}, {figure(job['done_rows'])} {text('head_rows')}")
    for entry in log:
        line(f"  {clock(str(entry['time']))}  {entry['text']}")


@jobs_app.command("run", cls=Command, help=told("help_run"))
def run(
    kind: Annotated[Literal["sync", "fit", "score", "weekly", "deliver"], typer.Argument(help=told("help_kind"))],
    what: Annotated[list[str] | None, typer.Argument(help=told("help_what"))] = None,
    name: Name = None,
    set_: Set = None,
    here: Annotated[bool, typer.Option("--here", help=told("help_here"))] = False,
    later: Annotated[bool, typer.Option("--later", help=told("help_later"))] = False,
) -> None:
    """Run a job: by the workers where there is Redis, else in this process."""
    from graphsvc.dispatch import start
    from graphsvc.settings import settings

    store = open_store(create=kind == "sync", scope="admin")
    args = _order(store, kind, what or [], name, set_ or [])
    place, redis = _place(store), settings().redis_url
    alone = here or not (redis or later)
    job = start(place.book, kind, args, place.workspace.clock(), None if alone else redis)
    if alone:
        job = _do(place, job)
    _tell(job)


def _order(store: Store, kind: str, what: list[str], name: str | None, given: list[str]) -> dict[str, Any]:
    """What a job is asked to do, from the words of the command line."""
    if kind in ("weekly", "deliver") or (kind != "sync" and not what):
        return {}
    if kind != "sync":
        from graphsvc.registry import find_algorithm

        return {"names": [find_algorithm(score).name for score in what]}
    if len(what) == 1:
        from api.answers.jobs import planned_sync
        from graphsvc.workspace import Workspace

        return planned_sync(Workspace(store), what[0])
    if len(what) != 2:
        raise InputError("jobs.needs_source")
    options, instance = _options(what[0], Path(what[1]), name, given)
    return {"source": what[0], "name": instance, "options": options}


def _options(source: str, path: Path, name: str | None, given: list[str]) -> tuple[dict[str, Any], str]:
    """A source's options as plain values, checked, with the path made absolute; and the name of this instance."""
    from graphsvc.work import configured

    options: dict[str, Any] = {"path": str(path.resolve())} | ({"name": name} if name else {})
    for item in given:
        option, equals, value = item.partition("=")
        if not (option and equals):
            raise InputError("jobs.bad_set", text=item)
        if option == "map":
            options.setdefault(option, []).append(value)
        else:
            options[option] = value
    config = configured(source, options)
    return config.model_dump(mode="json", exclude_unset=True), str(getattr(config, "name", source))


def _do(place: Place, job: Job) -> Job:
    """Do a job in this process, with its progress on stderr."""
    import threading

    from graphsvc.jobs import cancel, find_job, read
    from graphsvc.local_worker import own_limits
    from graphsvc.work import work

    over = threading.Event()

    def watch() -> None:
        with Ticker() as ticker:
            while not over.wait(1.0):
                now = find_job(place.book, job.id)
                ticker(read(now.note) or now.kind, now.done_rows)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        work(place, job.id, own_limits())
    except KeyboardInterrupt:  # whoever stops the command does not want the job done by another
        cancel(place.book, job.id, place.workspace.clock())
        raise
    finally:
        over.set()
        watcher.join()
    return find_job(place.book, job.id)


def _tell(job: Job) -> None:
    from graphsvc.jobs import shown

    said = shown(job)
    if COMMON.json:
        emit(said)
    elif job.state == "queued":
        note(text("queued", id=job.id))
    else:
        note(text("ended", id=job.id, state=text(f"state_{job.state}"), rows=figure(job.done_rows)))
        if said["error"]:
            note(said["error"])
    if job.state in ("failed", "cancelled"):
        raise typer.Exit(1)


@jobs_app.command("cancel", cls=Command, help=told("help_cancel"))
def cancel_(id: Id) -> None:
    """Cancel a job."""
    from graphsvc.jobs import cancel, shown

    place = _place(open_store(scope="admin"))
    job = cancel(place.book, id, place.workspace.clock())
    if COMMON.json:
        emit(shown(job))
    else:
        note(text("cancelled" if job.state == "cancelled" else "cancelling", id=id))


# -- the schedule -----------------------------------------------------------------------------------------------------


@schedule_app.callback(help=told("help_schedule"))
def schedule(context: typer.Context) -> None:
    """List the schedule."""
    if context.invoked_subcommand is None:
        list_schedule()


@schedule_app.command("list", cls=Command, help=told("help_schedule_list"))
def list_schedule() -> None:
    """Show what runs when, and when next."""
    from graphsvc.clock import now
    from graphsvc.registry import algorithms
    from graphsvc.schedule import SETTING, entries, read_planned, zone_of
    from graphsvc.settings import settings

    store = open_store(scope="admin")
    zone, present = zone_of(store.setting("timezone")), now()
    delivering = settings().delivery is not None
    plan = entries(read_planned(store.setting(SETTING)), algorithms().values(), delivering=delivering)
    rows = [(e.kind, e.name, _every(e.period.seconds), _local(e.period.next(present, zone), zone)) for e in plan]
    if COMMON.json:
        emit([dict(zip(("kind", "name", "every", "next"), row, strict=True)) for row in rows])
        return
    table([text("head_kind"), text("head_name"), text("head_every"), text("head_next")], rows)
    note(text("zone", zone=str(zone)))


def _every(seconds: int) -> str:
    units = (("w", 604_800), ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
    return next(f"{seconds // size}{unit}" for unit, size in units if seconds % size == 0)


def _local(moment: int, zone: Any) -> str:
    import datetime as dt

    return dt.datetime.fromtimestamp(moment / 1e6, zone).isoformat(timespec="seconds")


@schedule_app.command("add", cls=Command, help=told("help_schedule_add"))
def add(
    what: Annotated[Literal["sync"], typer.Argument(help=told("help_schedule_what"))],
    source: Annotated[str, typer.Argument(help=told("help_source"))],
    path: Annotated[Path, typer.Argument(help=told("help_path"))],
    every: Annotated[str | None, typer.Option(help=told("help_every"))] = None,
    name: Name = None,
    set_: Set = None,
) -> None:
    """Let a source run on schedule; one of the same name is replaced."""
    from graphsvc.policy import OWNER
    from graphsvc.registry import find_source
    from graphsvc.schedule import SETTING, with_planned

    spec = find_source(source)
    options, instance = _options(source, path, name, set_ or [])
    store = open_store(create=True, scope="admin")
    kept = with_planned(store.setting(SETTING), spec, instance, every, options)
    store.set_setting(SETTING, kept, OWNER)
    if COMMON.json:
        emit({"planned": instance, "what": what, "every": every or spec.every})
    note(text("planned", what=what, name=instance))
    if not path.exists():  # it may be there where the workers are
        note(text("no_such_path_here", path=str(path)))


@schedule_app.command("remove", cls=Command, help=told("help_schedule_remove"))
def remove(name: Annotated[str, typer.Argument(help=told("help_planned"))]) -> None:
    """Take a source off the schedule."""
    from graphsvc.errors import NotFoundError
    from graphsvc.policy import OWNER
    from graphsvc.schedule import SETTING, read_planned, without_planned

    store = open_store(scope="admin")
    setting = store.setting(SETTING)
    kept = without_planned(setting, name)
    if kept is None:
        raise NotFoundError(
            "jobs.not_planned", name=name, names=", ".join(p.name for p in read_planned(setting)) or "-"
        )
    store.set_setting(SETTING, kept, OWNER)
    if COMMON.json:
        emit({"removed": name})
    note(text("unplanned", name=name))


# -- processes --------------------------------------------------------------------------------------------------------


def _place(store: Store) -> Place:
    from api.answers.jobs import place_of
    from graphsvc.workspace import Workspace

    return place_of(Workspace(store))


def _app() -> Any:
    """The Celery app over this database; each process opens the database for itself."""
    from graphsvc.settings import settings

    needs("celery")
    from graphsvc.worker import make_app

    redis = settings().redis_url
    if redis is None:
        raise InputError("jobs.needs_redis")
    url = database_url()
    open_store(scope="admin").close()  # a wrong database is told here, not by each process

    def opened() -> Place:
        from graphsvc.stores import open_store as fresh

        return _place(fresh(url, create=False))

    return make_app(redis, opened)


@command(help=told("help_worker"))
def worker(
    concurrency: Annotated[int, typer.Option(min=1, max=256, help=told("help_concurrency"))] = 2,
    name: Annotated[str | None, typer.Option(help=told("help_worker_name"))] = None,
    level: Level = "INFO",
) -> None:
    """Run a Celery worker until it is told to stop."""
    app = _app()

    needs("celery")
    from graphsvc.worker import run_worker

    raise typer.Exit(run_worker(app, concurrency, name, level))


@command(help=told("help_beat"))
def beat(level: Level = "INFO") -> None:
    """Run a Celery beat until it is told to stop."""
    app = _app()

    needs("celery")
    from graphsvc.worker import run_beat

    run_beat(app, level)
