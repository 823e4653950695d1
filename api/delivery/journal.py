"""Who got which week's list by which channel: one document each, and how it becomes exactly one.

    (none) -> claimed -> sending -> sent
                 |          |-----> failed     nothing left us; tried again, or given up with the reason
                 |          '-----> unclear    it may have arrived: held until a person says so
                 '--------> quiet              nothing to say this week

Every step is a compare-and-set on the document's version, so that of any number of processes one goes on. A *claimed*
delivery whose process fell silent is taken up by the next: nothing was sent. A *sending* one may have arrived. Where
the channel drops what it was given twice (a mail server or mailbox that knows the Message-ID, which is the same for
ever), it is sent again; elsewhere it becomes *unclear*. What is sent stays sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, get_args

from graphsvc.clock import Clock
from graphsvc.documents import Document
from graphsvc.jobs import written
from graphsvc.phrases import Phrase, phrase
from graphsvc.settings import settings

State = Literal["claimed", "sending", "sent", "failed", "unclear", "quiet"]
STATES: tuple[State, ...] = get_args(State)
FINAL: tuple[State, ...] = ("sent", "quiet")
SECOND = 1_000_000  # [us]
LEASES = 5  # of a worker's: a mail server may be slow at each of its steps
BACKOFF = 300 * SECOND  # after the first failure; doubles
LONGEST = 6 * 3600 * SECOND


class Shelf(Protocol):
    """What of a store the journal needs."""

    def document(self, kind: str, id: str) -> Document | None: ...

    def documents(self, kind: str, owner: str | None = None) -> list[Document]: ...

    def put_document(self, kind: str, id: str, owner: str, value: Mapping[str, Any], when: int) -> Document | None: ...


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt. ``retry``: nothing left us, later may do; ``refused``: it never will as it is."""

    kind: Literal["sent", "retry", "refused", "unclear"]
    reason: Phrase | None = None
    soon: bool = False  # retry: at once, it was no failure of the channel's


SENT = Outcome("sent")


@dataclass(frozen=True)
class Mode:
    """How deliveries are taken up.

    ``idempotent``: the channel drops what it was given twice, so that what may have arrived can be sent again;
    ``eager``: a failed one does not wait for its time; ``again``: a person says that what failed for good, what is
    unclear and what had nothing to say is taken up too.
    """

    idempotent: bool = False
    eager: bool = False
    again: bool = False


PLAIN = Mode()


@dataclass(frozen=True)
class Entry:
    """One delivery: times in [us], ``rep`` the public id of whoever gets it."""

    week: str
    rep: str
    channel: str
    state: State
    version: int
    by: str = ""  # the attempt that holds it
    attempts: int = 0
    at: int = 0  # when it came into this state
    next: int | None = None  # claimed, sending: the lease; failed: when it is tried again, None: given up
    said: str | None = None  # why, a phrase as kept
    lines: int = 0

    @property
    def id(self) -> str:
        """Id of its document."""
        return f"{self.week}/{self.rep}/{self.channel}"

    def value(self) -> dict[str, Any]:
        """What its document holds."""
        return {
            "channel": self.channel, "state": self.state, "by": self.by, "attempts": self.attempts, "at": self.at,
            "next": self.next, "said": self.said, "lines": self.lines,
        }  # fmt: skip


def kind_of(week: str) -> str:
    """Kind of the documents of one week."""
    return f"delivery {week}"


@dataclass(frozen=True)
class Journal:
    """The deliveries of one ISO week."""

    shelf: Shelf
    week: str
    clock: Clock
    lease: int = field(default_factory=lambda: int(LEASES * settings().lease_seconds * SECOND))  # [us]
    _mine: str = field(default_factory=lambda: secrets.token_hex(8))

    def entries(self) -> list[Entry]:
        """All of the week, oldest first."""
        return [self._entry(kept) for kept in self.shelf.documents(kind_of(self.week))]

    def entry(self, rep: str, channel: str) -> Entry | None:
        """One delivery, None where nobody took it up yet."""
        kept = self.shelf.document(kind_of(self.week), self._new(rep, channel).id)
        return self._entry(kept) if kept else None

    def claim(self, rep: str, channel: str, mode: Mode = PLAIN) -> Entry | None:
        """Take up a delivery; None when it is done, somebody else's, given up or held."""
        known = self.entry(rep, channel)
        if known is None:
            return self._put(self._held(self._new(rep, channel)))
        if known.state == "sending" and self._silent(known) and not (mode.idempotent or mode.again):
            self._put(self._ended(known, Outcome("unclear", phrase("delivery.died"))))
            return None
        return self._put(self._held(known)) if self._free(known, mode) else None

    def begin(self, mine: Entry) -> Entry | None:
        """The last step before something may leave us; None when somebody else took it up meanwhile."""
        return self._put(replace(mine, state="sending", at=self.clock(), next=self.clock() + self.lease))

    def end(self, mine: Entry, outcome: Outcome, lines: int = 0) -> Entry:
        """Say what became of a delivery; what was sent is recorded even if others believed us dead."""
        ended = self._ended(replace(mine, lines=lines), outcome)
        kept = self._put(ended)
        while kept is None and outcome.kind == "sent":
            known = self.entry(mine.rep, mine.channel)
            if known is None or known.state == "sent":
                return known or ended
            kept = self._put(replace(ended, version=known.version))
        return kept or self.entry(mine.rep, mine.channel) or ended

    def quiet(self, mine: Entry) -> Entry | None:
        """There is nothing to say to this rep this week."""
        return self._put(replace(mine, state="quiet", at=self.clock(), next=None, said=None))

    # -- inside -------------------------------------------------------------------------------------------------------
    def _new(self, rep: str, channel: str) -> Entry:
        return Entry(self.week, rep, channel, "claimed", 0)

    def _held(self, entry: Entry) -> Entry:
        now = self.clock()
        return replace(
            entry, state="claimed", by=self._mine, attempts=entry.attempts + 1, at=now, next=now + self.lease
        )

    def _silent(self, entry: Entry) -> bool:
        return entry.next is None or entry.next <= self.clock()

    def _free(self, entry: Entry, mode: Mode) -> bool:
        """Whether a delivery that is there already may be taken up."""
        if entry.state in ("claimed", "sending"):
            return self._silent(entry)
        if entry.state == "failed":
            waiting = entry.next is not None and (mode.eager or entry.next <= self.clock())
            return waiting or mode.again
        return entry.state != "sent" and (mode.again or (mode.idempotent and entry.state == "unclear"))

    def _ended(self, entry: Entry, outcome: Outcome) -> Entry:
        now, state = self.clock(), outcome.kind
        said = written(outcome.reason) if outcome.reason else None
        if state in ("sent", "unclear"):
            return replace(entry, state=state, at=now, next=None, said=said)
        wait = 0 if outcome.soon else min(BACKOFF * 2 ** (entry.attempts - 1), LONGEST)
        return replace(entry, state="failed", at=now, next=now + wait if state == "retry" else None, said=said)

    def _put(self, entry: Entry) -> Entry | None:
        kept = self.shelf.put_document(kind_of(self.week), entry.id, entry.rep, entry.value(), entry.version)
        return replace(entry, version=kept.version) if kept else None

    def _entry(self, kept: Document) -> Entry:
        """An entry as kept; a state that an erasure blotted out counts as sent: rather once too few than twice."""
        value = {k: v for k, v in kept.value.items() if k in Entry.__dataclass_fields__}
        value["state"] = value.get("state") if value.get("state") in STATES else "sent"
        week, _, rest = kept.id.partition("/")
        rep, _, channel = rest.partition("/")
        return Entry(**{**value, "week": week, "rep": rep, "channel": channel, "version": kept.version})
