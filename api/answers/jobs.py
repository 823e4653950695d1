"""Answers about jobs: syncs, fits, scorings, weekly lists, deliveries that run on their own. They are the owner's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from api.answers.ask import Ask
from api.answers.by_day import READ, by_day, day_of, zone_of
from api.answers.weekly import refresh_suggestions, top
from api.shapes import DayGroup, JobAnswer, JobItem, JobLine, JobsAnswer
from graphsvc import dispatch
from graphsvc.clock import show_moment
from graphsvc.errors import ForbiddenError, NotFoundError
from graphsvc.jobs import Job, JobBook, State, StoreJobs, cancel, find_job, read, shown
from graphsvc.local_worker import LocalWorker, beside
from graphsvc.model import Label
from graphsvc.policy import require
from graphsvc.projection import Projection
from graphsvc.schedule import SETTING, read_planned
from graphsvc.settings import settings
from graphsvc.work import Deliveries, Place, Told
from graphsvc.workspace import Workspace

TEAMS = "teams"  # workspace setting: names under which the team's list is kept, separated by commas
EVERYBODY = "everybody"


def book_of(workspace: Workspace) -> JobBook:
    """The jobs of a workspace."""
    return StoreJobs(workspace.store)


def place_of(workspace: Workspace, book: JobBook | None = None) -> Place:
    """Where jobs of a workspace are done."""
    return Place(workspace, book or book_of(workspace), hand_out, lambda w: refresh_suggestions(Ask(w)), deliveries())


def deliveries() -> Deliveries | None:
    """How lists reach people, where this process's settings say so."""
    if settings().delivery is None:
        return None
    from api.delivery import runs

    return Deliveries(runs.is_due, runs.run_due)


def schedule_beside(workspace: Workspace) -> AbstractContextManager[LocalWorker]:
    """The schedule in a thread of this process, over the workspace it serves from."""
    return beside(place_of(workspace))


def jobs(ask: Ask, state: State | None = None, limit: int = 50, *, grouped: bool = False) -> JobsAnswer:
    """Jobs, newest first; ``grouped`` by kind and day, of the newest :data:`READ` ones.

    Raises
    ------
    ForbiddenError
        When the caller is not the owner, or may not administer.
    """
    _owner(ask)
    ask.budget.limit(limit)
    found = book_of(ask.workspace).list(state, READ if grouped else limit)
    if not grouped:
        return JobsAnswer(meta=ask.meta(), items=[_item(job) for job in found])
    store = ask.workspace.store
    groups, zone = by_day(store, found, lambda job: job.kind, lambda job: job.created), zone_of(store)
    shown = [
        DayGroup(
            kind=group[0].kind,
            day=day_of(group[0].created, zone),
            count=len(group),
            states=dict(Counter(job.state for job in group)),
            latest=_item(group[0]).model_dump(),
        )
        for group in groups[:limit]
    ]
    return JobsAnswer(meta=ask.meta(total=len(groups)), items=[], groups=shown)


def job(ask: Ask, id: str) -> JobAnswer:
    """One job with its log.

    Raises
    ------
    NotFoundError
        When there is no such job.
    """
    _owner(ask)
    return _answer(ask, find_job(book_of(ask.workspace), id))


def start(ask: Ask, kind: str, names: list[str], source: str | None, redis_url: str | None) -> JobAnswer:
    """Queue a job. A sync is of a planned source, by its name: a caller from afar names no files of this machine.

    Raises
    ------
    NotFoundError
        When no such source is planned.
    TransientError
        When Redis does not answer: the job is kept all the same.
    """
    _owner(ask)
    args = planned_sync(ask.workspace, source or "") if kind == "sync" else {"names": names} if names else {}
    now = ask.workspace.clock()
    return _answer(ask, dispatch.start(book_of(ask.workspace), kind, args, now, redis_url))


def stop(ask: Ask, id: str) -> JobAnswer:
    """Cancel a job: at once while it waits, else at its next step.

    Raises
    ------
    InputError
        When it has ended already.
    """
    _owner(ask)
    return _answer(ask, cancel(book_of(ask.workspace), id, ask.workspace.clock()))


def planned_sync(workspace: Workspace, name: str) -> dict[str, Any]:
    """What a sync of a planned source is asked to do.

    Raises
    ------
    NotFoundError
        Listing the names there are.
    """
    planned = {p.name: p for p in read_planned(workspace.store.setting(SETTING))}
    if name not in planned:
        raise NotFoundError("jobs.not_planned", name=name, names=", ".join(planned) or "-")
    found = planned[name]
    return {"source": found.source, "name": found.name, "options": dict(found.options)}


def _owner(ask: Ask) -> None:
    require(ask.caller, "admin")
    if not ask.caller.is_owner:
        raise ForbiddenError("jobs.owner_only")


def _answer(ask: Ask, found: Job) -> JobAnswer:
    lines = book_of(ask.workspace).lines(found.id)
    log = [JobLine(time=show_moment(at), text=read(line) or "") for at, line in lines]
    return JobAnswer(meta=ask.meta(), job=_item(found), log=log)


def _item(found: Job) -> JobItem:
    return JobItem(**{k: v for k, v in shown(found).items() if k in JobItem.model_fields})


# -- the weekly task --------------------------------------------------------------------------------------------------


def hand_out(workspace: Workspace, told: Told) -> Mapping[str, Any]:
    """Compute this week's list of every rep and of the team, as of the moment, and keep each where none is kept yet.

    ``told(done, total)`` is called before each list and at the end.
    """
    ask = Ask(workspace)
    lists = [*((rep, "") for rep in _reps(ask)), *((None, team) for team in _teams(ask))]
    kept = 0
    for done, (rep, team) in enumerate(lists):
        told(done, len(lists))
        kept += len(top(ask, rep, team, keep=True).items) > 0
    told(len(lists), len(lists))
    return {"lists": len(lists), "with_lines": kept, "as_of": show_moment(ask.moment.as_of)}


def _reps(ask: Ask) -> list[str]:
    return [ask.projection.entities.id[rep].decode() for rep in reps(ask.projection)]


def _teams(ask: Ask) -> list[str]:
    """None where nobody said who ours is: there is no team then."""
    names = (ask.workspace.store.setting(TEAMS) or EVERYBODY).split(",")
    return [name.strip() for name in names] if ask.projection.own_known else []


def reps(p: Projection) -> list[int]:
    """People who own an account or an open opportunity now, and have not left; entity indices, ascending."""
    owns, deals = p.facts_of("OWNS"), p.opportunities
    owners = np.union1d(owns.subject, deals.owner[(deals.owner >= 0) & (deals.closed > p.as_of)])
    people = p.entities
    fit = (people.label == Label.PERSON) & ~people.left & (people.internal | (not p.own_known))
    return [int(i) for i in owners if fit[i]]
