"""``graphsvc deliver``: the week's lists to their reps, or into a folder to look at."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphsvc.cli.app import COMMON, command
from graphsvc.cli.context import open_workspace
from graphsvc.cli.output import Ticker, emit, figure, note, table
from graphsvc.errors import InputError
from graphsvc.phrases import catalogue, current_language, phrase
from graphsvc.settings import settings

if TYPE_CHECKING:
    from api.delivery.post import Order, Post
    from api.delivery.runs import Report

ALL = "all"


def text(name: str, /, **args: Any) -> str:
    """A text of this theme."""
    return phrase(f"delivery.{name}", **args).text()


@command(help="delivery.help_deliver")
def deliver(
    week: Annotated[str | None, typer.Option(help="delivery.help_week")] = None,
    rep: Annotated[str, typer.Option(help="delivery.help_rep")] = ALL,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="delivery.help_dry_run")] = False,
    out: Annotated[Path | None, typer.Option(help="delivery.help_out")] = None,
    again: Annotated[str | None, typer.Option(help="delivery.help_again")] = None,
    digests: Annotated[bool, typer.Option("--digests", help="delivery.help_digests")] = False,
) -> None:
    """Deliver the week's lists."""
    from api.delivery.config import on_trial
    from api.delivery.post import Order
    from api.delivery.runs import opened

    _check(rep, dry_run, out, again)
    trial = on_trial() if dry_run and settings().delivery is None else None
    post = opened(open_workspace("admin"), trial)
    key = again or (None if rep == ALL else rep)
    reps = frozenset({_public_id(post, key)}) if key else None
    order = Order(week=_checked(week), reps=reps, digests=digests or bool(again), again=bool(again))
    if dry_run and out is not None:
        _dry(post, order, out)
    else:
        _deliver(post, order)


def _check(rep: str, dry_run: bool, out: Path | None, again: str | None) -> None:
    if dry_run and out is None:
        raise InputError("delivery.needs_out")
    if out is not None and not dry_run:
        raise InputError("delivery.out_needs_dry_run")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError("delivery.out_exists", path=str(out))
    if again is not None and (dry_run or rep != ALL):
        raise InputError("delivery.again_alone")


def _checked(week: str | None) -> str | None:
    from graphsvc.clock import week_end

    if week is not None:
        week_end(week)
    return week


def _public_id(post: Post, key: str) -> str:
    index = post.ask.find(key, "person")
    return str(post.ask.projection.entities.id[index].decode())


def _dry(post: Post, order: Order, out: Path) -> None:
    """Write instead of sending."""
    from api.delivery.trying import write_all

    with Ticker() as ticker:
        files, people = write_all(post, order, out, _progress(ticker))
    if COMMON.json:
        emit({"files": [str(f) for f in files], "reps": people})
    note(text("wrote", files=figure(len(files)), reps=figure(people), path=str(out)))


def _deliver(post: Post, order: Order) -> None:
    from api.delivery.runs import run

    with Ticker() as ticker, _gently() as stopping:
        report = run(post, order, _progress(ticker), stopping)
    _tell(post, report, order.week or post.present)
    if stopping():
        raise KeyboardInterrupt
    if any(e.state in ("failed", "unclear") for e in report.entries) or report.unclear:
        raise typer.Exit(1)


def _progress(ticker: Ticker) -> Callable[[int, int], None]:
    def told(done: int, total: int) -> None:
        ticker(text("doing", done=figure(done), total=figure(total)), done)

    return told


@contextmanager
def _gently() -> Iterator[Callable[[], bool]]:
    """Ctrl-C ends the run after the delivery under way, a second one at once; gives whether it was asked for."""
    asked: list[int] = []

    def heard(number: int, frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        note(text("stopping"))

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


def _tell(post: Post, report: Report, week: str) -> None:
    if COMMON.json:
        emit(report.to_dict())
        return
    said = report.to_dict()["items"]
    names = {i: d.name or d.key for i, d in post.ask.describe([item["rep"] for item in said]).items()}
    heads = ("head_receiver", "head_by", "head_state", "head_lines_short", "head_said")
    if said:
        rows = [_row(item, names) for item in said]
        table([text(head) for head in heads], rows)
    if report.entries:
        counts = dict.fromkeys(("sent", "quiet", "failed", "unclear"), 0) | report.counts()
        note(text("summary", week=week, left=figure(report.left), **{k: figure(v) for k, v in counts.items()}))
    else:
        note(text("nothing_left", week=week, left=figure(report.left)))
    if report.unclear or "unclear" in report.counts():
        note(text("look_unclear"))


def _row(item: dict[str, Any], names: dict[str, str]) -> tuple[Any, ...]:
    texts = catalogue(current_language(), "delivery")
    channel = texts.get(f"channel_{item['channel']}", item["channel"])
    return (names.get(item["rep"], item["rep"]), channel, text(f"state_{item['state']}"), item["lines"], item["said"])
