"""Opens the groups of ``active`` and ``relationship_health``: sums of contacts, pointers, absences and counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np

from algorithms.health_model import HealthParams, find_ties
from graphsvc.kernels.context import per_person
from graphsvc.kernels.fading import HALVES, decays, latest
from graphsvc.kernels.features import SILENT_CAP, Moment
from graphsvc.kernels.ties import proportional
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Floats, Ints, Projection
from graphsvc.registry import Inputs
from graphsvc.scores import Scores, TermEvidence

Opener = Callable[["_Opened", float], TermEvidence]


class _Opened:
    """One tie at as_of: its contacts and what is known of both sides."""

    def __init__(self, p: Projection, a: int, b: int, *, directed: bool) -> None:
        ties = find_ties(p, directed=directed)
        c = ties.contacts
        pair = np.flatnonzero((c.a == a) & (c.b == b))
        self.p = p
        self.moment: Moment = ties.moment(p.as_of, pair)
        self.mine = np.flatnonzero(c.pair == pair[0])
        self.rows: Ints = p.interactions.row[c.source[self.mine]]
        self.times: Ints = c.time[self.mine]

    def date(self, time: int) -> str:
        """Calendar day, UTC."""
        return dt.datetime.fromtimestamp(time / 1e6, dt.UTC).date().isoformat()

    def days_since(self, time: int) -> int:
        """Days by the calendar from a moment to as_of, as the two dates beside it are told."""
        return self.p.as_of // DAY - time // DAY

    def weights(self) -> Floats:
        """Each contact's part in the decayed counts, the mean over all half-lives."""
        age = self.p.age_days(self.times)
        w = np.stack([np.exp2(-age / h) for h in HALVES])
        total = w.sum(axis=1, keepdims=True)
        out: Floats = np.divide(w, total, out=np.zeros_like(w), where=total > 0).mean(axis=0)
        return out


def explain_health(p: Projection, params: HealthParams, inputs: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Evidence of each group of one tie; empty for a null value.

    ``frequency`` and ``reciprocity`` open to contacts in proportion to their decayed weights and add up exactly;
    ``recency`` and ``tenure`` point at the last and first contact; ``rhythm`` tells dates; what other people do is a
    count that does not open.
    """
    if scores.b is None or np.isnan(scores.value[row]):
        return []
    directed = bool(scores.beside["directed"][row]) if "directed" in scores.beside else False
    tie = _Opened(p, int(scores.a[row]), int(scores.b[row]), directed=directed)
    return [_OPENERS[term](tie, float(values[row])) for term, values in scores.terms.items()]


def _frequency(tie: _Opened, value: float) -> TermEvidence:
    shares = proportional(value, tie.weights())
    return TermEvidence("frequency", "sum", value, rows=tie.rows, shares=shares)


def _reciprocity(tie: _Opened, value: float) -> TermEvidence:
    """The side that acts less decides: its acts carry the term; all contacts where one side never acted."""
    m = tie.moment
    acts = [x[tie.mine] for x in (m.c.by_a, m.c.by_b)]
    if m.other is not None:
        fewer = acts[0] if m.other[0] else acts[1]
    else:
        fewer = min(acts, key=lambda x: float(tie.weights()[x].sum()))
    some = fewer if fewer.any() else np.ones(len(tie.rows), dtype=bool)
    shares = proportional(value, tie.weights()[some])
    return TermEvidence("reciprocity", "sum", value, rows=tie.rows[some], shares=shares)


def _recency(tie: _Opened, value: float) -> TermEvidence:
    last = tie.rows[tie.times == tie.times[-1]]
    text = phrase("health.last_contact", date=tie.date(int(tie.times[-1])), days=tie.days_since(int(tie.times[-1])))
    return TermEvidence("recency", "pointer", value, rows=last, phrase=text)


def _tenure(tie: _Opened, value: float) -> TermEvidence:
    text = phrase("health.first_contact", date=tie.date(int(tie.times[0])), days=tie.days_since(int(tie.times[0])))
    return TermEvidence("tenure", "pointer", value, rows=tie.rows[:1], phrase=text)


def _rhythm(tie: _Opened, value: float) -> TermEvidence:
    m = tie.moment
    text = phrase(
        "health.rhythm",
        last=tie.date(int(tie.times[-1])),
        date=tie.date(tie.p.as_of),
        days=tie.days_since(int(tie.times[-1])),
        gap=_days(m.usual_gap),
    )
    return TermEvidence("rhythm", "absence", value, phrase=text)


def _activity(tie: _Opened, value: float) -> TermEvidence:
    m = tie.moment
    (who, one), (via, two) = _by_side(m, per_person(m.c, (m.known.decayed[28.0] > 0.5).astype(np.float64)))
    return _context("activity", value, phrase("health.activity", who=who, one=round(one), via=via, two=round(two)))


def _by_side(m: Moment, per_person: Floats) -> tuple[tuple[int, float], tuple[int, float]]:
    """A figure of each person of the tie with whose it is: the other side first where there is one, else ``a``."""
    a, b = int(m.c.a[m.rows[0]]), int(m.c.b[m.rows[0]])
    first, second = (a, b) if m.other is None or m.other[0] else (b, a)
    return (first, float(per_person[first])), (second, float(per_person[second]))


def _leaving(tie: _Opened, value: float) -> TermEvidence:
    m = tie.moment
    took = m.c.took_part.until(m.at)
    silent = np.minimum(latest(took.time, m.at, took.person, m.c.n), SILENT_CAP)
    busy = decays(took.time, m.at, took.person, m.c.n)
    change = 100.0 * (4.0 * busy[28.0] / np.maximum(busy[112.0], 1e-12) - 1.0)
    (who, quiet), (via, quiet_too) = _by_side(m, silent)
    (_, trend), (_, trend_too) = _by_side(m, change)
    text = phrase(
        "health.leaving",
        who=who,
        one=f"{quiet:.0f}",
        one_change=f"{trend:+.0f}",
        via=via,
        two=f"{quiet_too:.0f}",
        two_change=f"{trend_too:+.0f}",
    )
    return _context("leaving", value, text)


def _common(tie: _Opened, value: float) -> TermEvidence:
    m = tie.moment
    seen = m.c.together.until(m.at)
    together = int(((seen.pair == m.rows[0]) & (seen.time > m.at - 28 * DAY)).sum())
    text = phrase("health.common", count=f"{float(m.common[0][0]):.1f}", together=together)
    return _context("common_contacts", value, text)


def _intercept(tie: _Opened, value: float) -> TermEvidence:
    return TermEvidence("intercept", "constant", value, phrase=phrase("health.average_tie"))


def _context(term: str, value: float, text: Phrase) -> TermEvidence:
    return TermEvidence(term, "context", value, phrase=text)


def _days(x: Floats) -> str:
    return f"{float(x[0]):.0f}"


_OPENERS: dict[str, Opener] = {
    "intercept": _intercept,
    "frequency": _frequency,
    "recency": _recency,
    "rhythm": _rhythm,
    "reciprocity": _reciprocity,
    "tenure": _tenure,
    "activity": _activity,
    "leaving": _leaving,
    "common_contacts": _common,
}
