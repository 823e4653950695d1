"""Asks for an introduction and what became of them: what path probabilities are calibrated by.

Two records tell of an ask. A fact ``ASKED_INTRODUCTION`` says who asked whom, and by its role, or its weight, whether
they agreed. A confirmed suggestion to ask for an introduction says who should ask whom about whom; it worked when asker
and target had contact within some weeks, which the interactions tell. Everything is as of the Projection's T.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.ties import TieTable, evidence_weights, is_kind, pair_key
from graphsvc.model import MUTUAL_KINDS
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection, take

YEAR = 365.25 * DAY
ACCEPTED = frozenset({"accepted", "agreed", "yes", "接受", "已接受", "同意"})
DECLINED = frozenset({"declined", "refused", "no", "拒绝", "已拒绝", "谢绝"})
HALF_LIFE = 90.0  # of the evidence in tie strength [days]


@dataclass(frozen=True)
class Asks:
    """One row per ask: entity indices (``target`` -1 where only the introducer is known), time [us], what came of it.

    ``outcome`` is 1 (it worked), 0 (it did not) or NaN (not known); ``open`` asks still wait for an answer.
    """

    asker: Index
    asked: Index
    target: Index
    time: Ints
    outcome: Floats
    open: Bools

    def __len__(self) -> int:
        return len(self.asker)

    def take(self, where: NDArray[np.generic]) -> Asks:
        """The rows a mask or an index selects."""
        columns = (self.asker, self.asked, self.target, self.time, self.outcome, self.open)
        return Asks(*(c[where] for c in columns))

    def joined(self, more: Asks) -> Asks:
        """These rows, then ``more``."""
        return Asks(
            np.r_[self.asker, more.asker], np.r_[self.asked, more.asked], np.r_[self.target, more.target],
            np.r_[self.time, more.time], np.r_[self.outcome, more.outcome], np.r_[self.open, more.open],
        )  # fmt: skip


def recorded_asks(p: Projection) -> Asks:
    """Asks of the facts ``ASKED_INTRODUCTION``: their role says what came of them, or the weight of those that ended.

    A weight is read only where some ended ask has weight 0: a source that never writes one leaves it at 1.
    """
    facts = p.facts_of("ASKED_INTRODUCTION", current=False)
    of = dict.fromkeys(ACCEPTED, 1.0) | dict.fromkeys(DECLINED, 0.0)
    outcome = np.array([of.get(word.lower(), np.nan) for word in p.words] + [np.nan])[facts.role]
    ended = facts.valid_to <= p.as_of
    silent = np.isnan(outcome) & ended
    if np.any(facts.weight[silent] == 0.0):
        outcome = np.where(silent, (facts.weight > 0.0).astype(np.float64), outcome)
    target = np.full(len(facts), -1, dtype=np.int32)
    return Asks(facts.subject, facts.object, target, facts.valid_from, outcome, np.isnan(outcome) & ~ended)


def decided_asks(p: Projection, people: tuple[Index, Index, Index], time: Ints, within_days: float = 45.0) -> Asks:
    """Asks that somebody confirmed: they worked when asker and target had contact within some days.

    Parameters
    ----------
    people : asker, introducer and target of each, entity indices.
    time : when each was confirmed [us]; those after T are left out.
    """
    from graphsvc.kernels.rows_loops import rows_of

    asker, asked, target = (np.asarray(c, dtype=np.int32)[time <= p.as_of] for c in people)
    time = np.asarray(time, dtype=np.int64)[time <= p.as_of]
    x, n, stop = p.interactions, len(p), time + int(within_days * DAY)
    wanted = pair_key(np.minimum(asker, target), np.maximum(asker, target), n)
    concerned = np.zeros(n, dtype=bool)
    concerned[asker] = concerned[target] = True
    rows = rows_of(x.actor, x.target, concerned, True) if len(asker) else np.zeros(0, dtype=np.int64)
    keys = pair_key(np.minimum(x.actor[rows], x.target[rows]), np.maximum(x.actor[rows], x.target[rows]), n)
    met = np.array([
        bool(np.any((keys == w) & (x.time[rows] > t) & (x.time[rows] <= e)))
        for w, t, e in zip(wanted.tolist(), time.tolist(), stop.tolist(), strict=True)
    ], dtype=bool)  # fmt: skip
    outcome = np.where(met, 1.0, np.where(stop <= p.as_of, 0.0, np.nan))
    return Asks(asker, asked, target, time, outcome, np.isnan(outcome))


def willingness_of(asks: Asks, n: int, mean: float, worth: float) -> Floats:
    """Chance that each of ``n`` entities passes a request on: a beta prior, worth so many asks, and its outcomes."""
    yes = np.bincount(asks.asked[asks.outcome == 1.0], minlength=n)
    no = np.bincount(asks.asked[asks.outcome == 0.0], minlength=n)
    out: Floats = (mean * worth + yes) / (worth + yes + no)
    return out


def open_asks_of(asks: Asks, n: int) -> Ints:
    """How many asks wait at each of ``n`` entities."""
    return np.bincount(asks.asked[asks.open], minlength=n).astype(np.int64)


def features_then(p: Projection, table: TieTable, ends: tuple[Index, Index], time: Ints) -> NDArray[np.float64]:
    """Columns 1, log strength, 0 (health was not kept) and centred log tenure of some ties as they were at some times.

    Returns
    -------
    Shape (len(time), 4); NaN where two people had no tie then.
    """
    out = np.full((len(time), 4), np.nan)
    for k, (u, v, t) in enumerate(zip(ends[0].tolist(), ends[1].tolist(), time.tolist(), strict=True)):
        row = table.row_of(u, v)
        rows = table.rows(row) if row is not None else np.zeros(0, dtype=np.int64)
        rows = rows[p.interactions.time[rows] < t]
        if len(rows):
            theirs = replace(p, interactions=take(p.interactions, rows))
            w, mutual = evidence_weights(theirs, HALF_LIFE), is_kind(theirs, MUTUAL_KINDS)
            back = np.exp2(np.minimum((p.as_of - t) / (HALF_LIFE * DAY), 900.0))  # decayed to then, not to T
            share = np.where(mutual, 0.5, theirs.interactions.actor == u)
            there, here = float((w * share).sum() * back), float((w * (1.0 - share)).sum() * back)
            strength = max(0.2 * (there + here) + 1.6 * min(there, here), 1e-12)
            years = (t - theirs.interactions.time[0]) / YEAR
            out[k] = 1.0, np.log(strength), 0.0, np.log1p(years) - np.log(2.0)
    return out


def fitted(
    x: tuple[NDArray[np.float64], NDArray[np.float64]], outcome: Floats, willing: float, prior: Floats, sd: float
) -> Floats:
    """Coefficients most likely after the outcomes, around a normal prior (maximum a posteriori).

    An ask works with probability r(first tie), or where the target is known with r(first) * willing * r(second).

    Parameters
    ----------
    x : features of the tie asker - asked and of asked - target, shape (asks, 4); the second NaN where not known.
    """
    from scipy.optimize import minimize

    first, chain = x[0], ~np.isnan(x[1][:, 0])
    second = np.where(chain[:, None], x[1], 0.0)
    passing = np.where(chain, np.log(willing), 0.0)

    def loss(beta: Floats) -> tuple[float, Floats]:
        a, b = first @ beta, second @ beta
        log_p = -np.logaddexp(0.0, -a) + passing - np.where(chain, np.logaddexp(0.0, -b), 0.0)
        chance = np.minimum(np.exp(log_p), 1.0 - 1e-12)
        slope = np.where(outcome == 1.0, 1.0, -chance / (1.0 - chance))
        by_a, by_b = slope / (1.0 + np.exp(a)), np.where(chain, slope / (1.0 + np.exp(b)), 0.0)
        off = (beta - prior) / sd**2
        value = -np.where(outcome == 1.0, log_p, np.log1p(-chance)).sum() + 0.5 * off @ (beta - prior)
        return float(value), -(by_a @ first + by_b @ second) + off

    found: Floats = minimize(loss, prior, jac=True, method="BFGS").x
    return found
