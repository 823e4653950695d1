"""Is there more credit than likeness gives? The same credit on other dates, other graphs, and other people.

Three comparisons, each keeping more of what is no influence. *Shuffled*: the dates of a work dealt out anew among its
adopters of one group. *Rewired*: who follows whom dealt out anew between the same groups, everybody's numbers kept.
*Likeness*: at each adoption, anybody of the group who had not adopted in the adopter's place. What is counted is
adoptions with an earlier source: credit itself shares out one unit per such adoption, whatever the graph, so that its
sum is this count, and the shares of it mostly tell who came early.

References
----------
Anagnostopoulos, A., Kumar, R. & Mahdian, M. (2008). Influence and correlation in social networks. KDD '08, 7-15.
La Fond, T. & Neville, J. (2010). Randomization tests for distinguishing social influence and homophily effects.
WWW '10, 601-610.
Shalizi, C. R. & Thomas, A. C. (2011). Homophily and contagion are generically confounded in observational social
network studies. Sociological Methods & Research 40(2), 211-239.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from algorithms.influence import InfluenceParams
from algorithms.influence_model import groups
from graphsvc.evaluations import Progress
from graphsvc.kernels import credit
from graphsvc.kernels.adoptions import FOLLOWS, ordered, with_organizations
from graphsvc.kernels.delays import Law
from graphsvc.kernels.excess import Excess, excess
from graphsvc.kernels.rewire import rewired
from graphsvc.model import Label
from graphsvc.projection import Floats, Index, Projection


@dataclass(frozen=True)
class Against:
    """A figure against the same figure by chance: mean and standard deviation over repetitions, and its rank."""

    real: float
    mean: float
    error: float
    rank: int  # 1: greater than every repetition
    repetitions: int

    @property
    def z(self) -> float:
        """Standard deviations above the mean; NaN where the repetitions do not differ."""
        return (self.real - self.mean) / self.error if self.error > 1e-12 else float("nan")


@dataclass(frozen=True)
class Nulls:
    """Adoptions with an earlier source, of all works and of each; direct credit of peers beyond likeness."""

    shuffled: Against
    rewired: Against
    likeness: Against  # repetitions is 0: mean and deviation are computed, not drawn
    rewired_likeness: Against  # the excess over likeness, against that of rewired graphs
    turned: float | None  # excess over likeness with follows turned round, in standard deviations; None without follows
    works: tuple[tuple[int, Against, Against, Against], ...]  # work: shuffled, rewired, likeness


@dataclass(frozen=True)
class _Scene:
    p: Projection
    events: credit.Adoptions
    known: credit.Sources  # of persons, before organizations come in
    law: Law
    group: Index

    def given(self, known: credit.Sources, time: np.ndarray | None = None) -> credit.Credit:
        """Credit by other sources or dates."""
        pairs = credit.candidates(self.p, self.events, with_organizations(self.p, known))
        return credit.credit(self.events, pairs, self.law, time)

    def excess(self, given: credit.Credit, known: credit.Sources) -> Excess:
        """Against likeness, by other sources."""
        person = self.p.entities.label == Label.PERSON
        return excess(given, with_organizations(self.p, known), self.law, self.group, person)


def nulls(p: Projection, repetitions: int, seed: int, progress: Progress) -> Nulls | None:
    """Credit against what likeness gives; None where nobody took anything up."""
    events, known = credit.adoptions(p), credit.acquaintances(p)
    if not len(events) or events.author.all():
        return None
    given, pairs, law = credit.credit_of(p, InfluenceParams().half_life_days)
    s = _Scene(p, events, known, law, groups(p))
    rng = np.random.default_rng(seed)
    real = s.excess(given, known)
    shuffled, dealt, beyond = [], [], []
    for k in range(repetitions):
        progress("shuffles", k / repetitions)
        shuffled.append(_exposed(credit.credit(events, pairs, law, credit.shuffled(events, s.group, rng))))
        other = rewired(known, s.group, rng)
        there = s.given(other)
        dealt.append(_exposed(there))
        beyond.append(_beyond(s.excess(there, other)))
    exposed = _exposed(given)
    return Nulls(
        against(float(exposed.sum()), [float(x.sum()) for x in shuffled]),
        against(float(exposed.sum()), [float(x.sum()) for x in dealt]),
        _computed(real, np.ones(len(events), dtype=bool)),
        against(_beyond(real), beyond),
        _turned(s) if (known.relation == FOLLOWS).any() else None,
        _by_work(events, exposed, shuffled, dealt, real),
    )


def against(real: float, drawn: Sequence[float]) -> Against:
    """A figure among repetitions."""
    values = np.array(drawn)
    error = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Against(real, float(values.mean()), error, 1 + int((values >= real).sum()), len(values))


def _exposed(given: credit.Credit) -> Floats:
    """Per event: 1 where the adopter had an earlier source that is no author."""
    peer = ~given.events.author[given.earlier]
    out = np.zeros(len(given.events))
    out[given.later[peer]] = 1.0
    return out


def _beyond(e: Excess) -> float:
    return float(e.exposed.sum() - e.exposed_by_likeness.sum())


def _computed(e: Excess, rows: np.ndarray) -> Against:
    real, mean = float(e.exposed[rows].sum()), float(e.exposed_by_likeness[rows].sum())
    return Against(real, mean, float(np.sqrt(e.exposed_variance[rows].sum())), 0, 0)


def _turned(s: _Scene) -> float:
    """Influence runs from the followed to the follower; likeness runs both ways."""
    mine = s.known.relation == FOLLOWS
    turned = replace(s.known, who=np.where(mine, s.known.of, s.known.who), of=np.where(mine, s.known.who, s.known.of))
    turned = ordered(turned)
    return _computed(s.excess(s.given(turned), turned), np.ones(len(s.events), dtype=bool)).z


def _by_work(
    events: credit.Adoptions, exposed: Floats, shuffled: list[Floats], dealt: list[Floats], e: Excess
) -> tuple[tuple[int, Against, Against, Against], ...]:
    works, place = np.unique(events.work, return_inverse=True)

    def per_work(values: Floats) -> Floats:
        return np.bincount(place, values, len(works)).astype(np.float64)

    real = per_work(exposed)
    draws = [np.stack([per_work(x) for x in drawn]) for drawn in (shuffled, dealt)]
    out = []
    for w in np.argsort(-per_work((~events.author).astype(np.float64)), kind="stable").tolist():
        a, b = (against(float(real[w]), d[:, w].tolist()) for d in draws)
        out.append((int(works[w]), a, b, _computed(e, place == w)))
    return tuple(out)
