"""A run of deliveries: by the schedule (what is due now), or by a person (what is still to be delivered)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.delivery import timing
from api.delivery.config import Config, configured
from api.delivery.journal import Entry, Mode, kind_of
from api.delivery.post import Order, Post, Task
from graphsvc.clock import DAY, iso_week, show_moment
from graphsvc.jobs import read
from graphsvc.workspace import Workspace

Told = Callable[[int, int], None]
WEEK = 7 * DAY
KEPT_WEEKS = 26  # journals of weeks before are removed


@dataclass(frozen=True)
class Report:
    """What became of the deliveries an order meant."""

    entries: tuple[Entry, ...]
    left: int  # how many were not taken up: delivered before, given up, or held by another process
    unclear: int = 0  # how many of these wait for a person to say whether they arrived
    next: int | None = None

    def counts(self) -> dict[str, int]:
        """How many are in which state now."""
        return dict(sorted(Counter(e.state for e in self.entries).items()))

    def to_dict(self) -> dict[str, Any]:
        """As a job's report and ``--json`` have it: ids and counts."""
        names = ("rep", "week", "channel", "state", "lines")
        items = [{n: getattr(e, n) for n in names} | {"said": read(e.said)} for e in self.entries]
        following = {"next": show_moment(self.next)} if self.next is not None else {}
        return {**self.counts(), "left": self.left, "held": self.unclear, **following, "items": items}


def run(post: Post, order: Order, told: Told = lambda *_: None, stopping: Callable[[], bool] = lambda: False) -> Report:
    """Deliver what an order means, one after the other.

    ``told(done, total)`` is called before each and at the end; what it raises ends the run between two deliveries, and
    so does ``stopping``.
    """
    began = post.workspace.clock()
    tasks = post.tasks(order, began)
    mode = Mode(eager=not order.due, again=order.again)
    done: list[Entry] = []
    left: list[Task] = []
    for number, task in enumerate(tasks):
        told(number, len(tasks))
        if stopping():
            break
        entry = post.deliver(task, mode)
        if entry is None:
            left.append(task)
        else:
            done.append(entry)
    told(len(tasks), len(tasks))
    return Report(tuple(done), len(left), sum(_is_held(post, task) for task in left))


def _is_held(post: Post, task: Task) -> bool:
    entry = post.journal(task.week).entry(task.rep, task.channel)
    return entry is not None and entry.state == "unclear"


def run_due(workspace: Workspace, told: Told) -> Mapping[str, Any]:
    """Deliver what is due now, and say when somebody has to look again; what a job of the kind ``deliver`` does."""
    post, began = Post(configured(), workspace), workspace.clock()
    report = run(post, Order(due=True), told)
    following = next_look(post, began)
    timing.sleep(workspace.store, began, following)
    prune(workspace, began)
    out = replace(report, next=following).to_dict()
    return {k: v for k, v in out.items() if k != "items"}


def is_due(workspace: Workspace) -> bool:
    """Whether a job has to look what is due."""
    return timing.is_due(workspace.store, workspace.clock())


def next_look(post: Post, now: int) -> int:
    """When something is due next: a list, a digest, or a failed one tried again; within the hour in any case."""
    tasks = post.wanted(post.reps.values())
    moments = [task.wants.next(now) for task in tasks]
    for week in {task.wants.week(now) for task in tasks}:
        moments += [e.next for e in post.journal(week).entries() if e.next is not None]
    return max(now, min([now + timing.AT_MOST, *moments]))


def prune(workspace: Workspace, now: int) -> None:
    """Remove the journals of half a year ago."""
    for back in range(KEPT_WEEKS, KEPT_WEEKS + 3):
        kind = kind_of(iso_week(now - back * WEEK))
        for kept in workspace.store.documents(kind):
            workspace.store.drop_document(kind, kept.id, kept.version)


def opened(workspace: Workspace, config: Config | None = None) -> Post:
    """A run's post office over a workspace.

    Raises
    ------
    InputError
        When nobody said how lists are delivered.
    """
    return Post(config or configured(), workspace)
