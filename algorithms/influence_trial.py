"""Influence at past dates: what was said of each person then, and how many followers took something up after.

In question at a date are people with a follower (a tie, where nobody follows anybody) who have something to pass on:
a work of their own, or any where there is only one work. The truth is how many of their followers who had not taken it
up did so within the horizon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from algorithms import influence_model as model
from algorithms.influence import InfluenceParams, fit, influence
from graphsvc.evaluations import Past
from graphsvc.kernels import exposure, hazard, measures
from graphsvc.kernels.adoptions import Adoptions
from graphsvc.kernels.credit import Credit
from graphsvc.kernels.joins import lookup
from graphsvc.kernels.ties import pair_key
from graphsvc.projection import DAY, Bools, Floats, Ints, Projection
from graphsvc.registry import Inputs
from graphsvc.scores import Scores

OURS = ("reach", "credit", "credit_excess", "credit_ahead")
RIVALS = ("open_followers", "followers", "pagerank", "core", "betweenness", "random")
RANKERS = (*OURS, *RIVALS)
LEAST_ADOPTIONS = 20  # before a date, for it to be asked


@dataclass(frozen=True)
class Trial:
    """One reference date: people in question, their figures by ranker, the truth; and the hazard's pairs."""

    at: int
    person: Ints  # number of the person, the same at every date
    figures: Mapping[str, Floats]
    truth: Floats  # followers who took it up
    later_credit: Floats  # direct credit of adoptions within the horizon
    expected: Floats  # reach, of the same people
    probability: Floats  # of each pair at risk
    rate: float  # of the pairs, by one rate for everybody
    came: Bools

    def __len__(self) -> int:
        return len(self.person)


def dates(p: Projection, events: Adoptions, horizon: float, most: int, start: int | None) -> list[int]:
    """Reference dates, oldest first: evenly spaced, whole ticks apart, with enough adoptions before [us]."""
    times = np.sort(events.time[~events.author & (events.time > np.iinfo(np.int64).min)])
    if len(times) <= LEAST_ADOPTIONS:
        return []
    first = max(int(times[LEAST_ADOPTIONS - 1]), start if start is not None else int(times[0]))
    newest, tick = p.as_of - int(horizon * DAY), exposure.tick_days(events)
    span = (newest - first) / DAY
    if span < 0:
        return []
    step = max(span / most, min(horizon, 28.0))
    step = max(round(step / tick) * tick, tick) if tick >= 1.0 else step
    return sorted(at for k in range(most) if (at := newest - int(k * step * DAY)) >= first)


def trial(past: Past, given: Credit, at: int, horizon: float, seed: int) -> Trial:
    """What was said at a date, and what came.

    Parameters
    ----------
    given : credit as the whole past knows it, to take later credit from.
    horizon : [days].
    """
    p = past.at(at)
    params = InfluenceParams(horizon_days=horizon)
    learnt = fit(p, params)
    scores = influence(p, params, Inputs({}, learnt))
    scene = model.scene(p)
    rows, probability = model.probabilities(scene, learnt)
    came = _came(past.now, p, rows, at, horizon)
    truth = model.outcome(scene, rows, came, at)
    asked = _asked(p, scene)
    figures = {name: column[asked] for name, column in _figures(p, scene, scores, seed).items()}
    number = p.places_in(past.now).astype(np.int64)
    rate = _rate(scene, float(learnt.content["window_days"]), horizon)
    earned = np.append(_earned(past.now, given, at, horizon), 0.0)[number[asked]]
    return Trial(at, number[asked], figures, truth[asked], earned, figures["reach"], probability, rate, came)


def _earned(now: Projection, given: Credit, at: int, horizon: float) -> Floats:
    """Per entity of the whole past: direct credit of adoptions within the horizon after a date."""
    when = given.events.time[given.later]
    inside = (when > at) & (when <= at + int(horizon * DAY))
    who = given.events.entity[given.earlier[inside]]
    return np.bincount(who, given.share[inside], len(now)).astype(np.float64)


def _came(now: Projection, p: Projection, rows: exposure.AtRisk, at: int, horizon: float) -> Bools:
    """Per pair at risk: was the work taken up within the horizon, as the whole past knows it."""
    took = now.facts_of("ADOPTED", current=False)
    inside = (took.valid_from > at) & (took.valid_from <= at + int(horizon * DAY))
    number = now.places_in(p)
    person, work = number[took.subject[inside]], number[took.object[inside]]
    known = (person >= 0) & (work >= 0)
    key = np.unique(pair_key(person[known], work[known], len(p)))
    return lookup(pair_key(rows.person, rows.work, len(p)), key)[1]


def _asked(p: Projection, scene: model.Scene) -> Ints:
    """People with a follower and something to pass on."""
    events = scene.world.events
    followed = np.unique(scene.leader)
    if len(np.unique(events.work)) > 1:
        followed = followed[np.isin(followed, events.entity)]
    return followed[np.isin(followed, p.people)].astype(np.int64)


def _figures(p: Projection, scene: model.Scene, scores: Scores, seed: int) -> dict[str, Floats]:
    """Figures per entity by ranker; where a score is null the figure is 0. Cores and betweenness are of the graph of
    followers, or of ties, that the question is about.
    """
    n = len(p)
    out = {}
    for name in ("reach", "credit", "credit_excess", "credit_ahead", "open_followers", "followers", "pagerank"):
        column = scores.value if name == "credit" else np.asarray(scores.beside[name], dtype=np.float64)
        out[name] = np.zeros(n)
        out[name][scores.a] = np.nan_to_num(column)
    if scene.ties:  # in-degree of ties
        out["followers"] = np.bincount(scene.leader, minlength=n).astype(np.float64)
    net, used = measures.connected(measures.graph(n, scene.follower, scene.leader, directed=False))
    pivots = None if net.n < InfluenceParams().exact_below else InfluenceParams().pivots
    for name, values in (("core", measures.core_numbers(net)), ("betweenness", measures.betweenness(net, pivots))):
        out[name] = np.zeros(n)
        out[name][used] = values
    out["random"] = np.random.default_rng((seed, p.as_of & 0xFFFFFFFF)).random(n)
    return out


def _rate(scene: model.Scene, window: float, horizon: float) -> float:
    """Probability within the horizon by one rate for everybody, of the same past."""
    past = model.past(scene, window)
    one = np.zeros((1, len(exposure.FEATURES)))
    return float(hazard.constant(past).probability(one, horizon / window)[0]) if past else 0.5
