"""Commands that bring data in and look after it: sample, sync, own, quarantine, doctor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from graphsvc.cli.app import COMMON, command, say
from graphsvc.cli.context import ask, open_store
from graphsvc.cli.output import Ticker, emit, figure, gist, harmless, line, note, size, table, word
from graphsvc.cli.output import say as text
from graphsvc.errors import InputError


@command(help=say("sample"))
def sample(
    folder: Annotated[Path, typer.Argument(help=say("sample_folder"))],
    seed: Annotated[int, typer.Option(help=say("sample_seed"))] = 7,
    end: Annotated[str | None, typer.Option(help=say("sample_end"))] = None,
    scale: Annotated[float, typer.Option(min=0.05, max=10, help=say("sample_scale"))] = 1.0,
) -> None:
    """Write the sample company's files."""
    from dataclasses import asdict

    from graphsvc.sample import write_sample

    options: dict[str, Any] = {"seed": seed, "scale": scale}
    if end:
        try:
            options["end"] = dt.date.fromisoformat(end)
        except ValueError as error:
            raise InputError("errors.bad_moment", text=end) from error
    report = write_sample(folder, **options)
    if COMMON.json:
        emit(asdict(report))
    else:
        rows = figure(sum(report.rows.values()))
        note(text("sample_written", folder=str(folder), rows=rows, people=figure(report.people)))


@command(help=say("sync"))
def sync(
    source: Annotated[str, typer.Argument(help=say("sync_source"))],
    path: Annotated[Path, typer.Argument(help=say("sync_path"), readable=False)],  # the source says what is wrong
    name: Annotated[str | None, typer.Option(help=say("sync_name"))] = None,
    table_: Annotated[str | None, typer.Option("--table", help=say("sync_table"))] = None,
    map_: Annotated[list[str] | None, typer.Option("--map", help=say("sync_map"))] = None,
    keep_repeats: Annotated[bool, typer.Option("--keep-repeats", help=say("sync_keep_repeats"))] = False,
    no_header: Annotated[bool, typer.Option("--no-header", help=say("sync_no_header"))] = False,
    timezone: Annotated[str | None, typer.Option(help=say("sync_timezone"))] = None,
    date_order: Annotated[str | None, typer.Option(help=say("sync_date_order"))] = None,
    preset: Annotated[str | None, typer.Option(help=say("sync_preset"))] = None,
    own: Annotated[list[str] | None, typer.Option("--own", help=say("sync_own"))] = None,
) -> None:
    """Bring a source's new records in."""
    from graphsvc.pipeline import sync as run
    from graphsvc.policy import OWNER
    from graphsvc.registry import find_source
    from graphsvc.work import configured

    spec = find_source(source)
    given: dict[str, Any] = {"path": path, "name": name, "table": table_, "map": _mapping(map_ or []), "preset": preset}
    given |= {"keep_repeats": keep_repeats, "no_header": no_header, "timezone": timezone, "date_order": date_order}
    options = {k: v for k, v in given.items() if v}
    for option in options:
        if option not in spec.config.model_fields:
            flag = option.replace("_", "-")
            raise InputError("errors.no_such_option", option=f"--{flag}", source=source)
    config = configured(source, options)
    store = open_store(create=True, scope="admin")
    with Ticker() as ticker:
        report = run(store, spec, config, progress=ticker)
    if own:  # after the sync, because a key of ours may be one it has just brought
        store.own(own, OWNER)
    if COMMON.json:
        emit(report.to_dict())
    else:
        _show_sync(report.to_dict(), {code: harmless(reason.text()) for code, reason in report.examples.items()})


def _mapping(items: list[str]) -> dict[str, str]:
    out = {}
    for item in items:
        column, equals, header = item.partition("=")
        if not (column and equals and header):
            raise InputError("errors.bad_map", text=item)
        out[column.strip()] = header
    return out


COUNTS = ("repeated", "updated", "left_out", "quarantined", "blocked", "linked")  # shown where any row has them


def _show_sync(report: dict[str, Any], examples: dict[str, str]) -> None:
    total = report["total"]
    if total["read"]:
        columns = ["read", "taken", *(c for c in COUNTS if total[c])]
        tables = [(word("table", name), *(r[c] for c in columns)) for name, r in report["tables"].items()]
        last = [(text("total"), *(total[c] for c in columns))] if len(tables) > 1 else []
        table([text("head_table"), *(text(f"column_{c}") for c in columns)], tables + last)
    for group, heading in (("reasons", "reasons"), ("notes", "notes")):
        if total[group]:
            line(text(heading))
        for code, count in sorted(total[group].items()):
            line(f"  {count:>9,}  {text('such_as', example=examples[code]) if code in examples else gist(code)}")
    for remark in report["remarks"]:
        note(str(remark))
    if not total["read"]:
        note(text("nothing_new", source=report["source"]))
    seconds = report["seconds"]
    rate = figure(round(total["read"] / max(seconds, 1e-3)))
    note(text("sync_done", source=report["source"], rows=figure(total["read"]), seconds=round(seconds, 2), rate=rate))
    if total["quarantined"]:
        note(text("see_quarantine", source=report["source"]))


@command(help=say("own"))
def own(values: Annotated[list[str], typer.Argument(help=say("own_values"))]) -> None:
    """Say which mail domains and people are ours."""
    from graphsvc.policy import OWNER

    store = open_store(scope="admin")
    store.own(values, OWNER)
    emit({"own": values, "sequence": store.sequence}) if COMMON.json else note(text("own_done", count=len(values)))


@command(help=say("quarantine"))
def quarantine(
    source: Annotated[str | None, typer.Option(help=say("sync_name"))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=say("limit"))] = 50,
) -> None:
    """Show rows that could not be taken, with their reasons."""
    from graphsvc.clock import show_moment
    from graphsvc.phrases import phrase
    from graphsvc.policy import OWNER

    found = open_store(scope="admin").quarantine(OWNER, source, limit)
    rows = [{**r, "time": show_moment(r["time"]), "reason": phrase(r["code"], **r["args"]).text()} for r in found]
    if COMMON.json:
        emit(rows)
        return
    if not rows:
        note(text("no_quarantine"))
        return
    table(
        [text("head_where"), text("head_table"), text("head_why")],
        [(r["where"], word("table", r["table"]), r["reason"]) for r in rows],
    )


@command(help=say("doctor"))
def doctor() -> None:
    """Check the database, its schema, space, engine, jobs and freshness; a server that is away is one line of it."""
    from graphsvc.cli.context import caller, database_url
    from graphsvc.diagnosis import diagnose
    from graphsvc.policy import require
    from graphsvc.stores import hide_password

    store, checks = diagnose(database_url())
    if store is not None:
        require(caller(store), "read")
    bad = [c for c in checks if not c["ok"]]
    if COMMON.json:
        emit({"database": hide_password(database_url()), "ok": not bad, "checks": checks})
    else:
        table(
            [text("check"), text("ok"), text("detail")],
            [(word("check", c["check"]), "✓" if c["ok"] else "✗", _detail(c)) for c in checks],
        )
        freshness = ask().channels() if store is not None else []
        if freshness:
            newest = [(word("channel", c.channel), c.newest[:16].replace("T", " ")) for c in freshness]
            table([text("channel"), text("newest")], newest)
    raise typer.Exit(1 if bad else 0)


def _detail(check: Mapping[str, Any]) -> str:
    in_bytes = check["check"] in ("free_space", "write_ahead_log")
    if check["detail"] == "ok":
        return text("fine")
    return size(check["detail"]) if in_bytes else str(check["detail"])
