"""The course of an entity, or of what is between two: weeks of contact, dated facts, and scores as runs kept them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.answers.ask import Ask
from api.answers.periods import periods
from api.shapes_panels import HistoryAnswer, Point, Week
from graphsvc.clock import iso_week, show_moment, week_start
from graphsvc.errors import InputError
from graphsvc.kernels.ties import CONTACT_WEIGHT, kind_factors
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Ints
from graphsvc.registry import algorithms
from graphsvc.scores import Run

WEEK = 7 * DAY
SOME = 1e-9
KEPT_WEEKS = 26  # of kept runs
MOST_RUNS = 1000  # looked through for them


def history(ask: Ask, key: str, other: str | None = None, weeks: int = 104) -> HistoryAnswer:
    """Weeks, facts and kept scores of one entity, or of a tie; of other people's ties only that they exist.

    ``sent`` is what the entity does towards the other side: of a person, towards anybody; of an organization, what its
    people do towards ours (of our own one, towards everybody else).

    Raises
    ------
    NotFoundError
        When one of them is unknown, or not yet at T.
    InputError
        When both are one.
    """
    a, b = ask.find(key), None if other is None else ask.find(other)
    if a == b:
        raise InputError("panels.itself", key=ask.called(a))
    contact = Contact(ask, a, b)
    facts, closed = periods(ask, a, b)
    scores, unseen = _scores(ask, a, b)
    names = ask.entities([a] if b is None else [a, b])
    return HistoryAnswer(
        meta=ask.meta(hidden=contact.closed + closed + unseen),
        entity=names[a],
        other=None if b is None else names[b],
        weeks=_weeks(ask, contact, weeks),
        facts=facts,
        scores=scores,
        notes=[ask.text(said) for said in _notes(contact)],
    )


def side(ask: Ask, entity: int) -> Bools:
    """Per entity index: the people an entity stands for in contacts: itself, or who works there."""
    p = ask.projection
    out = np.zeros(len(p), dtype=bool)
    out[entity] = True
    if p.entities.label[entity] == Label.ORGANIZATION:
        out |= p.entities.organization == entity
    return out


@dataclass(frozen=True)
class Contact:
    """Contacts between two sides, as far as the caller may see them.

    ``least`` is the least evidence factor of a contact: by default list and robot mail is none, with :data:`SOME` only
    what has no weight at all is left out, as in the strength of a tie.
    """

    ask: Ask
    a: int
    b: int | None
    least: float = CONTACT_WEIGHT

    @cached_property
    def rows(self) -> Ints:
        """Rows of interactions the caller may see, by time."""
        rows = self._rows
        return rows[self._seen]

    @cached_property
    def sent(self) -> Bools:
        """Which of :attr:`rows` the first side acted in."""
        return side(self.ask, self.a)[self.ask.projection.interactions.actor[self.rows]]

    @cached_property
    def closed(self) -> int:
        """Ties with contacts that are other people's: that they exist is known, when they were active is not."""
        x, rows = self.ask.projection.interactions, self._rows[~self._seen]
        low, high = np.minimum(x.actor[rows], x.target[rows]), np.maximum(x.actor[rows], x.target[rows])
        return len(np.unique(low.astype(np.int64) * len(self.ask.projection) + high))

    @cached_property
    def automatic(self) -> int:
        """List and robot mails among what the caller may see, left out of the weeks [interactions]."""
        x, rows = self.ask.projection.interactions, self._between[~self._real]
        rows = rows[self.ask.sight.ties(x.actor[rows], x.target[rows])]
        return len(np.unique(x.key[rows]))

    @cached_property
    def _rows(self) -> Ints:
        return self._between[self._real]

    @cached_property
    def _seen(self) -> Bools:
        x = self.ask.projection.interactions
        return self.ask.sight.ties(x.actor[self._rows], x.target[self._rows])

    @cached_property
    def _between(self) -> Ints:
        """Rows between the two sides."""
        x = self.ask.projection.interactions
        inside, outside = side(self.ask, self.a), self._other_side()
        forward, back = inside[x.actor] & outside[x.target], outside[x.actor] & inside[x.target]
        return np.flatnonzero(forward | back)

    @cached_property
    def _real(self) -> Bools:
        p, rows = self.ask.projection, self._between
        real: Bools = (kind_factors(p)[p.interactions.kind[rows]] >= self.least) & (p.interactions.weight[rows] > 0)
        return real

    def _other_side(self) -> Bools:
        p = self.ask.projection
        if self.b is not None:
            return side(self.ask, self.b)
        if p.entities.label[self.a] != Label.ORGANIZATION or not p.own_known:
            return ~side(self.ask, self.a)
        theirs: Bools = p.entities.internal != p.entities.internal[self.a]
        return theirs


def _weeks(ask: Ask, contact: Contact, weeks: int) -> list[Week]:
    """Counts of interactions week by week, one with several receivers counted once."""
    p, x, rows = ask.projection, ask.projection.interactions, contact.rows
    last = (week_start(p.as_of) - week_start(0)) // WEEK
    week = (x.time[rows] - week_start(0)) // WEEK
    recent = week > last - weeks
    rows, week, sent = rows[recent], week[recent], contact.sent[recent]
    if not len(rows):
        return []
    first = int(week[0])
    n = int(last) - first + 1
    total, out, back = (_counted(x.key[rows[k]], week[k] - first, n) for k in (slice(None), sent, ~sent))
    channels = {
        p.text(int(c)) or "other": _counted(x.key[rows[k]], week[k] - first, n)
        for c in np.unique(x.channel[rows])
        for k in [x.channel[rows] == c]
    }
    return [
        Week(
            start=show_moment(week_start(0) + (first + i) * WEEK)[:10],
            total=int(total[i]),
            sent=int(out[i]),
            received=int(back[i]),
            channels={name: int(count[i]) for name, count in channels.items() if count[i]},
        )
        for i in range(n)
    ]


def _counted(key: Ints, week: Ints, n: int) -> Ints:
    """Interactions per week: rows of one stand together in the order of time."""
    fresh = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, dtype=bool)
    return np.bincount(week[fresh], minlength=n)


def _notes(contact: Contact) -> list[Phrase]:
    found = (("panels.others_ties", contact.closed), ("panels.automatic", contact.automatic))
    return [phrase(code, count=count) for code, count in found if count]


# -- kept scores -------------------------------------------------------------------------------------------------------


def _scores(ask: Ask, a: int, b: int | None) -> tuple[dict[str, list[Point]], int]:
    """Scores as kept week by week, and how many scores the caller may not see."""
    label = ask.projection.entities.label
    of = {Label.PERSON: "person", Label.ORGANIZATION: "organization"}.get(Label(int(label[a])))
    of = of if b is None else "tie" if label[a] == label[b] == Label.PERSON else None
    names = [spec.name for spec in algorithms().values() if spec.of == of]
    if not (ask.sight.entity(a) if b is None else ask.sight.tie(a, b)):
        return {}, len(names)
    ids = tuple(ask.projection.entities.id[i].decode() for i in ([a] if b is None else sorted((a, b))))
    runs = weekly_runs(ask)[::-1]
    found = {name: _kept(ask, runs, name, ids) for name in names}
    return {name: points for name, points in found.items() if points}, 0


def weekly_runs(ask: Ask) -> list[Run]:
    """The run of the latest T in each of the newest weeks up to T, newest first, of what was known then."""
    dated: list[tuple[int, Run]] = []
    for run in ask.workspace.store.runs("score", MOST_RUNS):
        then = ask.known_at is None or (run.known_at is not None and run.known_at <= ask.known_at)
        if then and run.name == "all" and run.as_of is not None and run.as_of <= ask.projection.as_of:
            dated.append((run.as_of, run))
    found: dict[str, Run] = {}
    for as_of, run in sorted(dated, key=lambda d: -d[0]):  # of one T the newest run first, as they came
        found.setdefault(iso_week(as_of), run)
    return list(found.values())[:KEPT_WEEKS]


def _kept(ask: Ask, runs: Sequence[Run], name: str, ids: Sequence[str]) -> list[Point]:
    """A score's values, oldest first; runs that do not know it, or not by these ids, say nothing."""
    out = []
    for run in runs:
        table = ask.workspace.store.load_scores(name, run.id, ("a", "b", "value"))
        row = None if table is None else _row(table, ids)
        if table is not None and row is not None and run.as_of is not None:
            out.append(Point(as_of=show_moment(run.as_of), value=table["value"][row].as_py()))
    return out


def _row(table: pa.Table, ids: Sequence[str]) -> int | None:
    """Row of an entity, or of the tie between two."""
    wanted = pa.array(ids, pa.string())
    inside = [pc.is_in(table[end], value_set=wanted) for end in ("a", "b")[: len(ids)]]
    found = np.flatnonzero(np.logical_and.reduce([mask.to_numpy() for mask in inside]))
    return int(found[0]) if len(found) else None
