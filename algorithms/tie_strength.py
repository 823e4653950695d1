"""Tie strength: how much two people act towards each other now, with one-way contact counted a fifth.

Time, intimacy and *reciprocal* services make a tie strong (Granovetter 1973); in mail, what both sides do tells real
relationships from broadcasts. Each act fades with its age, so that strength is a rate, not a history.

References
----------
Granovetter, M. S. (1973). The strength of weak ties. American Journal of Sociology 78(6), 1360-1380.
Burt, R. S. (2000). Decay functions. Social Networks 22(1), 1-28.
"""

from __future__ import annotations

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.incremental import Touched, between, joined
from graphsvc.kernels.ties import (
    TieTable,
    evidence_weights,
    is_kind,
    proportional,
    ties,
    unknown_kinds,
    unmeasured_relevance,
)
from graphsvc.model import MUTUAL_KINDS
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Floats, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Scores, TermEvidence

ONE_WAY = 0.2  # of all evidence counts, whoever acted
MUTUAL = 1.6  # of the evidence of the side that acts less; both sides equal: 0.2 * 2s + 1.6 * s = 2s, all of it
NO_INPUTS = Inputs({})


class TieStrengthParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    half_life_days: float = Field(90.0, gt=0, description="Age at which an interaction counts half [days].")


def explain(p: Projection, params: TieStrengthParams, _: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Open both terms into interaction rows.

    ``one_way`` opens to all rows of the tie, ``mutual`` to the acts of the side that acts less, since only they can
    move the minimum; where both sides are equal, to all.
    """
    table = ties(p, params.half_life_days)
    tie = None if scores.b is None else table.row_of(int(scores.a[row]), int(scores.b[row]))
    if tie is None:
        return []
    rows = table.rows(tie)
    w = evidence_weights(p, params.half_life_days)[rows]
    binding = w * _weaker_side(p, table, tie)
    handles = p.interactions.row[rows]
    one_way, mutual = (float(scores.terms[t][row]) for t in ("one_way", "mutual"))
    some = binding > 0
    return [
        TermEvidence("one_way", "sum", one_way, rows=handles, shares=proportional(one_way, w)),
        TermEvidence("mutual", "sum", mutual, rows=handles[some], shares=proportional(mutual, binding[some])),
    ]


def rescore(p: Projection, params: TieStrengthParams, _: Inputs, old: Scores, touched: Touched) -> Scores:
    """Renew the ties among the people of some new interactions; a tie rests on nothing but its own interactions."""
    return joined(old, _scores(p, ties(between(p, touched), params.half_life_days), _notes(p)), len(p))


@algorithm(
    name="tie_strength",
    of="tie",
    version=1,
    unit="weighted recent interactions",
    params=TieStrengthParams,
    explain=explain,
    rescore=rescore,
)
def tie_strength(p: Projection, params: TieStrengthParams, _: Inputs = NO_INPUTS) -> Scores:
    """Strength of each tie: 0.2 * (s_ab + s_ba) + 1.6 * min(s_ab, s_ba).

    Parameters
    ----------
    p : interactions actor -> target; times in [us] since the epoch.

    Returns
    -------
    Scores with ``value`` = ``one_way`` + ``mutual``: float64, shape (n_ties,), [weighted recent interactions], >= 0;
    one row per unordered pair of persons, by ascending (a, b). Beside it ``strength_ab``, ``strength_ba`` (what
    each side does towards the other), ``reciprocity`` = 2 min / sum, ``last_time`` [us] and ``count`` [interactions].

    References
    ----------
    Granovetter (1973); Burt (2000): ties decay.

    Examples
    --------
    >>> from graphsvc import toy
    >>> two = [{"time": 1, "from": "a", "to": "b"}, {"time": 1, "from": "b", "to": "a"}]
    >>> tie_strength(toy.build(interactions=two, as_of=1), TieStrengthParams()).value.tolist()
    [2.0]
    >>> tie_strength(toy.build(interactions=two[:1], as_of=91), TieStrengthParams()).value.tolist()
    [0.1]
    """
    return _scores(p, ties(p, params.half_life_days), _notes(p))


def _scores(p: Projection, t: TieTable, notes: tuple[Phrase, ...]) -> Scores:
    total, less = t.s_ab + t.s_ba, np.minimum(t.s_ab, t.s_ba)
    one_way, mutual = ONE_WAY * total, MUTUAL * less
    reciprocity = np.divide(2.0 * less, total, out=np.zeros(len(t)), where=total > 0)
    beside = {"strength_ab": t.s_ab, "strength_ba": t.s_ba, "reciprocity": reciprocity}
    return Scores(
        name="tie_strength",
        of="tie",
        a=t.a,
        b=t.b,
        value=one_way + mutual,
        terms={"one_way": one_way, "mutual": mutual},
        unit="weighted recent interactions",
        beside={**beside, "last_time": t.last, "count": t.n_ab + t.n_ba},
        notes=notes,
    )


def _weaker_side(p: Projection, table: TieTable, tie: int) -> Floats:
    """Part of each row's weight that belongs to the side that acts less (all of it where both are equal)."""
    rows = table.rows(tie)
    forward = p.interactions.actor[rows] == table.a[tie]
    share: Floats = np.where(is_kind(p, MUTUAL_KINDS)[rows], 0.5, forward)
    s_ab, s_ba = table.s_ab[tie], table.s_ba[tie]
    if np.isclose(s_ab, s_ba, rtol=1e-12, atol=0.0):
        return np.ones(len(rows))
    return share if s_ab < s_ba else 1.0 - share


def _notes(p: Projection) -> tuple[Phrase, ...]:
    out = [] if p.own_known else [phrase("scores.own_unknown")]
    if unmeasured := unmeasured_relevance(p):
        out.append(phrase("scores.relevance_unmeasured", count=unmeasured, total=len(p.interactions)))
    if kinds := unknown_kinds(p):
        out.append(phrase("scores.unknown_kinds", kinds=", ".join(kinds)))
    return tuple(out)
