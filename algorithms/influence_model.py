"""Reach: adoptions still to come from those who follow a person, each weighed by a fitted hazard.

References
----------
Allison, P. D. (1982). Discrete-time methods for the analysis of event histories. Sociological Methodology 13, 61-98.
Valente, T. W. (1996). Social network thresholds in the diffusion of innovations. Social Networks 18(1), 69-89.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from graphsvc.kernels import credit, exposure, hazard, measures
from graphsvc.kernels.delays import Law
from graphsvc.kernels.joins import distinct, join, lookup
from graphsvc.kernels.metrics import auc, brier, log_loss
from graphsvc.kernels.ranking import spearman
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.model import Label
from graphsvc.projection import DAY, Bools, Floats, Index, Projection
from graphsvc.scores import Model, significant

LOOKED_AT = 3_000_000  # pairs of all past dates together at most, about
SAMPLED = 150_000  # of them that did not end in adoption, with and without a source, those the hazard is fitted on
DATES = 12  # reference dates it is fitted on at most
SPLITS = 4  # windows the past must hold before one is as long as the horizon
STALE = 0.5  # what is known of people now tells less of later windows: slopes / windows^STALE


@dataclass(frozen=True)
class Scene:
    """What the hazard of adoption is computed from, and who listens to whom."""

    world: exposure.World
    leader: Index  # distinct pairs of a person and one who follows it
    follower: Index
    people: Index  # persons
    at: int
    ties: bool  # nobody follows anybody: those with a tie stand for followers

    @property
    def n(self) -> int:
        """Number of entities."""
        return self.world.n


@dataclass(frozen=True)
class Ahead:
    """Per entity, about works it has (any work while it has none), within the horizon."""

    reach: Floats  # expected number of followers who take one up
    open_followers: Floats  # followers who have not taken all of them up
    credit: Floats  # expected direct credit


def scene(p: Projection) -> Scene:
    """What is known at the projection's T."""
    events, known = credit.adoptions(p), credit.sources(p)
    follows = p.facts_of("FOLLOWS", current=False)
    relation = credit.FOLLOWS if len(follows) else credit.TIE
    person = p.entities.label == Label.PERSON
    now = (known.since <= p.as_of) & (p.as_of < known.until) & person[known.who] & person[known.of]
    now &= (known.relation == relation) & (known.who != known.of)
    leader, follower = split_key(distinct(pair_key(known.of[now], known.who[now], len(p))), len(p))
    audience = np.zeros(len(p), dtype=bool)
    audience[known.who[known.relation == relation]] = True
    audience &= person
    group = groups(p, known) if len(events) else np.arange(len(p), dtype=np.int32)
    known = known.some(person[known.who])
    world = exposure.World(events, known, group, audience, exposure.openness(events, group, audience)[0])
    return Scene(world, leader, follower, p.people, p.as_of, not len(follows))


def groups(p: Projection, known: credit.Sources | None = None) -> Index:
    """Group of each entity: its organization; where unknown, its community of followers and ties; else itself."""
    home, n = credit.home_of(p), len(p)
    person = p.entities.label == Label.PERSON
    if not (person & (home < 0)).any():  # nobody needs a community
        return np.where(home >= 0, home, np.arange(n)).astype(np.int32)
    known = credit.sources(p) if known is None else known
    both = person[known.who] & person[known.of]
    net, used = measures.connected(measures.graph(n, known.who[both], known.of[both], directed=False))
    community = np.arange(n, dtype=np.int32)
    community[used] = used[measures.communities(net)]
    out: Index = np.where(home >= 0, home, community).astype(np.int32)
    return out


def fitted(p: Projection, name: str, version: int, horizon_days: float) -> Model:
    """The hazard of adoption of a projection's past, all labels known at as_of.

    ``heldout`` is measured on the latest date by a fit on the earlier ones: AUC, log loss and Brier score of the
    hazard beside those of one rate for everybody, and the rank correlation of ``reach`` and of the plain count of open
    followers with the adoptions that came.
    """
    s = scene(p)
    horizon = exposure.horizon_days(s.world.events, horizon_days)
    window = _window(s, horizon)
    dated = past(s, window)
    found = hazard.fit_hazard(dated, (window / horizon) ** STALE)
    beta = significant(np.append(found.intercept, found.slopes if len(dated) else np.zeros(len(exposure.FEATURES))))
    cold = not hazard.enough(dated)
    return Model(
        name=name,
        version=version,
        as_of=p.as_of,
        label_cutoff=p.as_of,
        training_digest=p.digest,
        coefficients=dict(zip(("intercept", *exposure.FEATURES), beta.tolist(), strict=True)),
        content={
            "horizon_days": horizon,
            "window_days": window,
            "dates": len(dated),
            "rows": sum(len(d.y) for d in dated),
            "adoptions": sum(int(d.y.sum()) for d in dated),
        },
        heldout={} if cold else _heldout(s, dated, window),
        cold_start=cold,
    )


def probabilities(s: Scene, model: Model) -> tuple[exposure.AtRisk, Floats]:
    """The pairs at risk now and the probability of each to end in adoption within the horizon."""
    window, horizon = float(model.content["window_days"]), float(model.content["horizon_days"])
    rows = exposure.at_risk(s.world, s.at, window)
    slopes = np.array([model.coefficients[name] for name in exposure.FEATURES])
    return rows, hazard.Hazard(model.coefficients["intercept"], slopes).probability(rows.x, horizon / window)


def ahead(s: Scene, rows: exposure.AtRisk, probability: Floats, law: Law) -> Ahead:
    """What is to come from each person's followers."""
    reach, waiting = from_followers(s, rows, probability, s.at)
    i, source, share = exposure.shares(s.world, rows, s.at, law)
    heard = lookup(pair_key(source, rows.person[i], s.n), np.sort(pair_key(s.leader, s.follower, s.n)))[1]
    gain = np.bincount(source[heard], (share * probability[i])[heard], s.n)
    return Ahead(reach, waiting, gain.astype(np.float64))


def from_followers(s: Scene, rows: exposure.AtRisk, probability: Floats, at: int) -> tuple[Floats, Floats]:
    """Per entity: expected number of followers who take up a work of its own, and how many could.

    A follower counts once, with the probability of taking up any of the works. While a person has no work, it is given
    the one that would go furthest with its followers.
    """
    n, events = s.n, s.world.events
    past = np.flatnonzero(events.time <= at)
    past = past[np.argsort(events.entity[past], kind="stable")]
    none = np.log1p(-np.minimum(probability, 1.0 - 1e-15))  # log of the chance that it is not taken up
    i, j = join(s.leader, events.entity[past])
    place, found = lookup(pair_key(s.follower[i], events.work[past[j]], n), pair_key(rows.person, rows.work, n))
    left = np.bincount(i[found], none[place[found]], len(s.leader))
    some = np.bincount(i[found], minlength=len(s.leader)) > 0
    reach = np.bincount(s.leader, -np.expm1(left), n).astype(np.float64)
    waiting = np.bincount(s.leader[some], minlength=n).astype(np.float64)
    bare = np.flatnonzero(~np.isin(s.leader, events.entity[past]))
    i, j = join(s.follower[bare], rows.person)  # rows are by person
    leader = s.leader[bare[i]]
    for total, gain in ((reach, probability[j]), (waiting, np.ones(len(j)))):
        key, place = np.unique(pair_key(leader, rows.work[j], n), return_inverse=True)
        np.maximum.at(total, key // max(n, 1), np.bincount(place, gain, len(key)))
    return reach, waiting


def outcome(s: Scene, rows: exposure.AtRisk, came: Bools, at: int) -> Floats:
    """Per entity: followers who took up a work of its own, as they did."""
    return np.rint(from_followers(s, rows, came.astype(np.float64), at)[0])


def _window(s: Scene, horizon: float) -> float:
    """Window of the hazard [days]: the horizon where the past holds enough of them, else shorter; whole ticks."""
    first, tick = _first(s), exposure.tick_days(s.world.events)
    span = (s.at - first) / DAY
    window = min(horizon, max(span / SPLITS, 1.0))
    return max(round(window / tick) * tick, tick) if 1.0 <= tick <= horizon else window


def _first(s: Scene) -> int:
    """When something was first taken up."""
    times = s.world.events.time
    return int(times[times > credit.UNDATED].min(initial=s.at))


def past(s: Scene, window: float) -> list[hazard.Dated]:
    """Pairs at risk at past dates, oldest first, and what came; of a large audience a part."""
    first, step = _first(s), int(window * DAY)
    dates = [at for k in range(DATES, 0, -1) if first <= (at := s.at - k * step)]
    world = _part(s.world, len(dates))
    out = []
    for at in dates:
        rows = exposure.at_risk(world, at, window)
        out.append(_thinned(rows, exposure.outcome(world, rows, at, window), SAMPLED // len(dates)))
    return out


def _thinned(rows: exposure.AtRisk, came: Bools, most: int) -> hazard.Dated:
    """Adoptions, and of those who could have learned the work and those who could not a part that stands for all."""
    heard = rows.x[:, exposure.FEATURES.index("sources")] > 0
    weight = came.astype(np.float64)
    for stratum in (np.flatnonzero(~came & heard), np.flatnonzero(~came & ~heard)):
        some = stratum[:: max(1, -(-len(stratum) // most))]
        weight[some] = len(stratum) / max(len(some), 1)
    keep = weight > 0
    return hazard.Dated(rows.x[keep], came[keep], weight[keep])


def _part(world: exposure.World, dates: int) -> exposure.World:
    """Every k-th person of the audience, so that all dates together have about ``LOOKED_AT`` pairs."""
    audience = np.flatnonzero(world.audience)
    per_entity = np.bincount(world.events.entity, minlength=world.n)
    heard = int(per_entity[world.known.of[world.audience[world.known.who]]].sum())
    pairs = max(heard, exposure.openness(world.events, world.group, world.audience)[1])
    k = -(-pairs * max(dates, 1) // LOOKED_AT)
    some = np.zeros(world.n, dtype=bool)
    some[audience[::k] if k > 1 else audience] = True
    return replace(world, audience=some)


def _heldout(s: Scene, dated: list[hazard.Dated], window: float) -> Mapping[str, float]:
    """Figures on the latest date of a fit on the earlier ones; empty where either lacks an outcome."""
    earlier, at = dated[:-1], s.at - int(window * DAY)
    s = replace(s, world=_part(s.world, len(dated)))
    rows = exposure.at_risk(s.world, at, window)
    came = exposure.outcome(s.world, rows, at, window)
    if not hazard.enough(earlier) or min(came.sum(), (~came).sum()) < 1:
        return {}
    y = came.astype(np.float64)
    p, plain = (how.probability(rows.x) for how in (hazard.fit_hazard(earlier), hazard.constant(earlier)))
    reach, waiting = from_followers(s, rows, p, at)
    truth = outcome(s, rows, came, at)
    followed = np.unique(s.leader)
    figures = {
        "auc": auc(y, p),
        "log_loss": log_loss(y, p),
        "log_loss_rate": log_loss(y, plain),
        "brier": brier(y, p),
        "brier_rate": brier(y, plain),
        "reach_spearman": spearman(reach[followed], truth[followed]),
        "open_followers_spearman": spearman(waiting[followed], truth[followed]),
    }
    return {name: value for name, value in figures.items() if np.isfinite(value)}
