"""What a manager reads of the team's week: one mail with each rep's lines, decided and open, and what is at risk.

A manager is whom reps report to (REPORTS_TO). The mail holds counts and names of accounts, made as the manager: what is
between a rep and a contact stays theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from api.answers import decisions
from api.answers.ask import Ask
from api.answers.boards import HealthQuestion, health_board
from api.answers.standing import followed
from api.delivery.config import DIGEST, Config
from api.delivery.journal import Entry, Journal
from api.delivery.letters import as_rep, leaving, notes_of, page, speaking
from api.delivery.preferences import Preferences
from api.delivery.rendering import render
from api.delivery.texts import amount, clean, say, week_days
from api.shapes_boards import AtRisk
from graphsvc.policy import OWNER
from graphsvc.projection import Projection
from graphsvc.workspace import Workspace

MOST = 20  # accounts at risk


@dataclass(frozen=True)
class Row:
    """One rep's week; ``said`` is what a manager should know of the delivery."""

    name: str
    lines: int
    decided: int
    open: int
    said: str
    link: str


@dataclass(frozen=True)
class Risk:
    """An account at risk."""

    company: str
    rep: str
    why: str
    worth: str
    link: str


@dataclass(frozen=True)
class Digest:
    """One manager's mail."""

    manager: str
    name: str
    address: str | None
    language: str
    week: str
    rows: tuple[Row, ...]
    at_risk: tuple[Risk, ...]
    notes: tuple[str, ...]
    unsubscribe: str


def teams(p: Projection, reps: Iterable[int]) -> dict[int, list[int]]:
    """Whose reps report to whom now; managers and reps by entity index, ascending."""
    reports, people = p.facts_of("REPORTS_TO"), p.entities
    wanted = np.array(sorted(reps), dtype=np.int64)
    rows = np.flatnonzero(np.isin(reports.subject, wanted) & people.internal[reports.object])
    out: dict[int, list[int]] = {}
    for rep, manager in sorted((int(reports.subject[r]), int(reports.object[r])) for r in rows):
        if manager != rep and not people.left[manager] and rep not in out.setdefault(manager, []):
            out[manager].append(rep)
    return dict(sorted(out.items()))


def digest(
    config: Config, workspace: Workspace, manager: str, team: list[str], wants: Preferences, journal: Journal
) -> Digest:
    """A manager's mail on the week of a journal, in their language."""
    ask, owner = as_rep(workspace, manager), Ask(workspace)
    told = workspace.store.describe([manager, *team], OWNER)
    names = {i: clean(e.name or e.key) for i, e in ((i, ask.shown(d)) for i, d in told.items())}
    entries = journal.entries()
    with speaking(wants.language):
        return Digest(
            manager=manager,
            name=names.get(manager, manager),
            address=told[manager].email if manager in told else None,
            language=wants.language,
            week=journal.week,
            rows=tuple(_row(config, owner, rep, names, entries, journal.week) for rep in team),
            at_risk=_risks(config, ask, manager),
            notes=notes_of(workspace),
            unsubscribe=leaving(config, workspace, manager),
        )


def _row(config: Config, owner: Ask, rep: str, names: Mapping[str, str], entries: list[Entry], week: str) -> Row:
    kept = owner.workspace.store.load_list(rep, week) or ()
    decided = {*decisions.done(owner, rep, week), *decisions.away(owner, rep)}
    to = followed(owner, (item.get("id") for item in kept))  # to whom each line's person belongs by now
    lines, done = len(kept), sum(to.get(item.get("id", "")) in decided for item in kept)
    return Row(
        name=names.get(rep, rep),
        lines=lines,
        decided=done,
        open=lines - done,
        said=_delivered([e for e in entries if e.rep == rep and e.channel != DIGEST], lines),
        link=page(config, view="top", rep=rep, week=week),
    )


def _delivered(entries: list[Entry], lines: int) -> str:
    """What is worth telling of a rep's delivery: that there was nothing to say, or that it did not arrive."""
    states = {e.state for e in entries}
    if "quiet" in states or not lines:
        return say("nothing_for_rep")
    return say("not_arrived") if states & {"failed", "unclear"} else ""


def _risks(config: Config, ask: Ask, manager: str) -> tuple[Risk, ...]:
    """The team's accounts at risk, as the health board finds them; reasons and amounts of the manager's own only."""
    found = health_board(Ask(ask.workspace), HealthQuestion(team=manager, limit=MOST)).at_risk
    index = ask.projection.index
    return tuple(_risk(config, item, full=ask.sight.entity(index.get(item.organization.id, -1))) for item in found)


def _risk(config: Config, item: AtRisk, *, full: bool) -> Risk:
    rep, account = item.owner, item.organization
    return Risk(
        company=clean(account.name or account.key),
        rep=clean(rep.name or rep.key) if rep else "",
        why=" ".join(clean(text) for text in item.why) if full else "",
        worth=amount(item.amount, item.currency) if full and item.amount is not None else "",
        link=page(config, view="entity", panel=f"organization:{account.id}"),
    )


def subject_of(made: Digest) -> str:
    """What the mail is about, in its language."""
    with speaking(made.language):
        return say("digest_subject", week=int(made.week.partition("W")[2]), count=len(made.rows))


def written(made: Digest) -> tuple[str, str]:
    """The mail as plain text and as HTML."""
    title = subject_of(made)
    with speaking(made.language):
        values = {"digest": made, "title": title, "gist": "", "days": week_days(made.week)}
        return render("digest.txt.j2", **values), render("digest.html.j2", **values)
