"""One delivery after the other: who is due, taken up once, made, sent, and what became of it recorded."""

from __future__ import annotations

import datetime as dt
import logging
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from api.answers.ask import Ask
from api.answers.jobs import reps as reps_of
from api.delivery import robots, smtp, timing
from api.delivery.config import DIGEST, MAIL, Config
from api.delivery.digests import Digest, digest, teams
from api.delivery.journal import FINAL, SECOND, SENT, Entry, Journal, Mode, Outcome
from api.delivery.letters import Letter, keep, letter
from api.delivery.packing import as_digest_mail, as_mail, as_message
from api.delivery.preferences import Preferences, channels_of, preferences, standard
from graphsvc.clock import iso_week
from graphsvc.errors import GraphsvcError, InputError
from graphsvc.phrases import phrase
from graphsvc.workspace import Workspace

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_log = logging.getLogger("graphsvc.delivery")


@dataclass(frozen=True)
class Task:
    """Something to deliver: a rep's list or a manager's digest (``team``) by one channel."""

    rep: str
    channel: str
    week: str
    wants: Preferences
    team: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parcel:
    """Something made and ready: how many lines it has, and what sends it."""

    lines: int
    send: Callable[[], Outcome]


@dataclass(frozen=True)
class Order:
    """What to deliver: by default everything of the week that is not delivered yet, whatever the hour.

    ``due`` keeps to what is due now on each receiver's clocks; ``reps`` (public ids) to some; ``again`` takes up what
    failed for good or is unclear.
    """

    week: str | None = None
    reps: frozenset[str] | None = None
    due: bool = False
    digests: bool = False
    again: bool = False


@dataclass(frozen=True)
class Post:
    """One run of deliveries from one workspace."""

    config: Config
    workspace: Workspace
    letters: dict[tuple[str, str], Letter] = field(default_factory=dict, repr=False)
    journals: dict[str, Journal] = field(default_factory=dict, repr=False)
    aliases: dict[str, set[tuple[str | None, str]]] = field(default_factory=dict, repr=False)

    @cached_property
    def ask(self) -> Ask:
        """The owner's question: who is a rep, who reports to whom."""
        return Ask(self.workspace)

    @cached_property
    def reps(self) -> dict[int, str]:
        """Public ids of the reps, by entity index."""
        p = self.ask.projection
        return {i: p.entities.id[i].decode() for i in reps_of(p)}

    @cached_property
    def wishes(self) -> Mapping[str, Preferences]:
        """What was said of people's wishes."""
        return preferences(self.config, self.workspace.store)

    def wants(self, rep: str) -> Preferences:
        """What holds for one person."""
        return self.wishes.get(rep) or standard(self.config, self.workspace.store)

    def journal(self, week: str) -> Journal:
        """The journal of a week."""
        found = self.journals.get(week)
        return found or self.journals.setdefault(week, Journal(self.workspace.store, week, self.workspace.clock))

    # -- what there is to do ------------------------------------------------------------------------------------------
    def wanted(self, reps: Iterable[str], *, digests: bool = True) -> list[Task]:
        """What people want of the week of T, the lists of some reps and the digests; those of one rep together."""
        found = [*self._lists(reps), *(self._digests() if digests else ())]
        return [task for task in found if not task.wants.unsubscribed]

    def tasks(self, order: Order, now: int) -> list[Task]:
        """The deliveries an order means."""
        reps = dict.fromkeys([*self.reps.values(), *sorted(order.reps or ())])
        found = self.wanted(reps, digests=order.digests or order.due)
        chosen = [t for t in found if order.reps is None or t.rep in order.reps]
        if not order.due:
            return [replace(task, week=order.week or task.week) for task in chosen]
        start = timing.since(self.workspace.store, now)
        placed = [replace(task, week=task.wants.week(now)) for task in chosen]
        return [task for task in placed if start <= task.wants.due(task.week) <= now]

    def _lists(self, reps: Iterable[str]) -> Iterator[Task]:
        for rep in reps:
            wants = self.wants(rep)
            mine = channels_of(self.config, self.workspace.store, rep)
            yield from (Task(rep, channel, self.present, wants) for channel in wants.channels if channel in mine)

    def _digests(self) -> Iterator[Task]:
        if not self.config.digest:
            return
        ids = self.ask.projection.entities.id
        for manager, team in teams(self.ask.projection, self.reps).items():
            who = ids[manager].decode()
            wants = replace(self.wants(who), weekday=self.config.digest_weekday, hour=self.config.digest_hour)
            yield Task(who, DIGEST, self.present, wants, tuple(self.reps[rep] for rep in team))

    @cached_property
    def present(self) -> str:
        """The ISO week of T."""
        return iso_week(self.ask.moment.as_of)

    def letter(self, task: Task) -> Letter:
        """The letter of a task, made once for all channels."""
        key = (task.rep, task.week)
        if key not in self.letters:
            self.letters.clear()  # the tasks of one rep come together
            self.letters[key] = letter(self.config, self.workspace, task.rep, task.wants, task.week)
        return self.letters[key]

    # -- one delivery -------------------------------------------------------------------------------------------------
    def deliver(self, task: Task, mode: Mode) -> Entry | None:
        """Deliver once; the entry afterwards, None where it was not ours to deliver."""
        journal = self.journal(task.week)
        mode = replace(mode, idempotent=task.channel in (MAIL, DIGEST) and self.config.mail_deduplicates)
        mine = None if self._had_before(task) else journal.claim(task.rep, task.channel, mode)
        if mine is None:
            return None
        with _noted(journal, mine, Outcome("retry", phrase("delivery.stopped"), soon=True)):
            made = self._parcel(task, mine)
            if isinstance(made, Outcome):
                return journal.end(mine, made)
            if made.lines == 0:
                return journal.quiet(mine)
            mine = journal.begin(mine)
        return self._sent(journal, mine, made, mode) if mine else None

    def _sent(self, journal: Journal, mine: Entry, made: Parcel, mode: Mode) -> Entry:
        """Send it; an unclear end is one for a person, unless the mail is known by its Message-ID: then once more."""
        unsure: Literal["retry", "unclear"] = "retry" if mode.idempotent else "unclear"
        with _noted(journal, mine, Outcome(unsure, phrase("delivery.stopped"), soon=True)):
            outcome = made.send()
        if outcome.kind == "unclear":
            outcome = replace(outcome, kind=unsure)
        return journal.end(mine, outcome, made.lines)

    def _parcel(self, task: Task, mine: Entry) -> Parcel | Outcome:
        """What is to be sent; or why there is nothing to send."""
        at = _EPOCH + dt.timedelta(seconds=mine.at // SECOND)
        try:
            return self._robots(task) if task.channel not in (MAIL, DIGEST) else self._mail(task, at)
        except InputError as error:  # no address, no URL, a wrong file: a person has to mend it
            return Outcome("refused", error.phrase)
        except GraphsvcError as error:
            return Outcome("retry", error.phrase)
        except Exception as error:  # one list that cannot be made must not keep the others from their reps
            place = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("delivery %s: %s at %s:%s", mine.id, type(error).__name__, place.filename, place.lineno)
            return Outcome("retry", phrase("delivery.defect", type=type(error).__name__))

    def _list(self, task: Task) -> Letter:
        """The letter of a task, whose list is kept as it is handed out."""
        keep(self.workspace, task.rep, task.week)
        return self.letter(task)

    def _mail(self, task: Task, at: dt.datetime) -> Parcel:
        server = smtp.read_server(self.config.smtp_url())
        if task.channel == DIGEST:
            made = self.digest(task)
            message = as_digest_mail(self.config, self.workspace.store, made, at)
            return Parcel(len(made.rows), lambda: smtp.send(server, message))
        found = self._list(task)
        if not found.lines:
            return Parcel(0, lambda: SENT)
        mail = as_mail(self.config, self.workspace.store, found, at)
        return Parcel(len(found.lines), lambda: smtp.send(server, mail))

    def _robots(self, task: Task) -> Parcel:
        robot = robots.open_robot(self.config.robot_url(task.channel))
        found = self._list(task)
        text = as_message(found, details=self.config.robots[task.channel].details)
        return Parcel(len(found.lines), lambda: robots.tell(robot, text))

    def digest(self, task: Task) -> Digest:
        """The digest of a task."""
        return digest(self.config, self.workspace, task.rep, list(task.team), task.wants, self.journal(task.week))

    def _had_before(self, task: Task) -> bool:
        """Whether the receiver got it under an id from before a merge."""
        if task.week not in self.aliases:
            entries = self.journal(task.week).entries()
            strangers = [e for e in entries if e.rep not in self._known and e.state in (*FINAL, "sending", "unclear")]
            ids = {e.rep: self.workspace.canonical(e.rep, self.ask.moment) for e in strangers}
            self.aliases[task.week] = {(ids[e.rep], e.channel) for e in strangers if ids[e.rep] != e.rep}
        return (task.rep, task.channel) in self.aliases[task.week]

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.reps.values())


@contextmanager
def _noted(journal: Journal, mine: Entry, outcome: Outcome) -> Iterator[None]:
    """Whatever ends the body before its time is recorded, so that the next need not wait for a lease."""
    try:
        yield
    except BaseException:
        journal.end(mine, outcome)
        raise
