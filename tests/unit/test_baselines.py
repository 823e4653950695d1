"""Public formulas on ties worked out by hand, and what they may know."""

import numpy as np
import pytest

from algorithms.health_model import find_ties
from graphsvc import toy
from graphsvc.kernels import baselines
from graphsvc.kernels.fading import HALVES
from graphsvc.model import Level
from graphsvc.projection import DAY


def moment(*rows, at=100, as_of=200, people=(), directed=False):
    rows = [{"time": t, "from": a, "to": b, "kind": kind} for t, a, b, kind in rows]
    p = toy.build(interactions=rows, people=people, as_of=as_of)
    ties = find_ties(p, directed=directed)
    return p, ties, ties.moment(at * DAY, ties.eligible(at * DAY, 1))


MAILS = [(5, "a", "b", "mail"), (90, "a", "b", "mail"), (95, "b", "a", "reply"), (99, "a", "b", "meeting")]


def test_counts_and_decays():
    _, _, m = moment(*MAILS, (150, "a", "b", "mail"))
    assert baselines.recency(m).tolist() == [-1.0]
    assert baselines.frequency(m).tolist() == [3.0], "the last 90 days only, nothing later"
    assert baselines.half_life(m)[0] == pytest.approx(sum(2 ** (-age / 90) for age in (95, 10, 5, 1)))
    assert baselines.decayed(m)[0, HALVES.index(28.0)] == pytest.approx(sum(2 ** (-age / 28) for age in (95, 10, 5, 1)))


def test_breadbox_points():
    p, _, m = moment(*MAILS)
    # 1 day ago; 3 of 20; a acted 2 times and b 2 times (both in the meeting); 1 of 3 is a meeting; nobody's level known
    assert baselines.breadbox(p, m)[0] == pytest.approx(30 * 89 / 90 + 25 * 3 / 20 + 15 * (1 + 1 / 3))
    p, _, m = moment(*MAILS, people=[{"id": "a", "level": max(Level)}])
    assert baselines.breadbox(p, m)[0] == pytest.approx(30 * 89 / 90 + 25 * 3 / 20 + 15 * (1 + 1 / 3 + 1))


def test_pega_counts_mails_meetings_and_calls_only():
    p, _, m = moment(*MAILS, (98, "a", "b", "chat"), (98.5, "a", "b", "call"), (99.5, "a", "b", "download"))
    assert baselines.frequency(m).tolist() == [6.0] and baselines.pega(p, m).tolist() == [4.0]


def test_histories_count_days_after_the_first():
    rows = [(1, "a", "b", "mail"), (1.2, "b", "a", "mail"), (8, "a", "b", "mail"), (8.1, "b", "a", "mail")]
    _, ties, _ = moment(*rows, (22, "a", "b", "mail"), (300, "a", "b", "mail"), as_of=400)
    v = baselines.visits(ties.contacts, None)
    h = v.histories(29 * DAY, np.array([0]))
    assert (h.x.tolist(), h.last.tolist(), h.watched.tolist()) == ([2.0], [3.0], [4.0])
    early = v.histories(2 * DAY, np.array([0]))
    assert (early.x.tolist(), early.last.tolist()) == ([0.0], [0.0])


def test_histories_of_the_other_side_count_its_acts():
    rows = [(1, "a", "b", "mail"), (8, "b", "a", "mail"), (8.1, "b", "a", "mail"), (15, "a", "b", "mail")]
    _, ties, _ = moment(
        *rows, (22, "a", "b", "meeting"), as_of=400, people=[{"id": "a", "internal": True}], directed=True
    )
    h = baselines.visits(ties.contacts, ties.other).histories(29 * DAY, np.array([0]))
    assert (h.x.tolist(), h.last.tolist(), h.watched.tolist()) == ([2.0], [3.0], [4.0]), "in meetings both act"


def test_bgnbd_is_fitted_on_nothing_later():
    rng = np.random.default_rng(0)
    rows = [(t, f"a{i}", f"b{i}", "mail") for i in range(40) for t in np.cumsum(rng.exponential(5 + i, 12))]
    past = [r for r in rows if r[0] <= 100]
    found = []
    for part in (rows, past):
        _, ties, m = moment(*part, as_of=600)
        v, every = baselines.visits(ties.contacts, None), np.arange(len(ties.contacts.a))
        found.append(baselines.bgnbd_figure(v, 100 * DAY, every, m.rows, 28.0, None))
    assert found[0][1] == found[1][1] and np.array_equal(found[0][0], found[1][0])
    assert ((found[0][0] > 0) & (found[0][0] < 1)).all()


def test_bgnbd_of_nobody_says_nothing():
    v = baselines.Visits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    none = np.zeros(0, dtype=np.int64)
    figure, model = baselines.bgnbd_figure(v, 0, none, none, 28.0, None)
    assert len(figure) == 0 and model is None


def test_the_half_life_is_chosen_by_what_was_known():
    y = np.array([0.0, 1.0] * 20)
    good, bad = np.zeros((40, len(HALVES))), np.zeros((40, len(HALVES)))
    good[:, 6], bad[:, 2] = y, y
    parts = [(0, good, y), (28, bad, y), (56, bad, y)]
    assert baselines.best_half_life(parts, 27, 28) == HALVES.index(112.0), "nothing is known yet"
    assert baselines.best_half_life(parts, 28, 28) == 6
    assert baselines.best_half_life(parts, 84, 28) == 2
