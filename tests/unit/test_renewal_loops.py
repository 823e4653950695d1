"""Compiled loops behind renewed scores and lists, each beside a plain twin."""

import numpy as np
import pytest

from graphsvc.incremental import _strangers
from graphsvc.kernels.outreach_loops import best_ties, contact_rows, last_rows
from graphsvc.kernels.paths import path_graph
from graphsvc.kernels.paths_renewal import renewed_graph
from graphsvc.kernels.rows_loops import rows_of
from graphsvc.kernels.ties_loops import ascend, find_pairs, splice

SEEDS = range(8)


def ends(rng, rows, n):
    return rng.integers(0, n, rows).astype(np.int32), rng.integers(0, n, rows).astype(np.int32)


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_of_some_people_are_those_with_an_end_or_both_ends_among_them(seed):
    rng = np.random.default_rng(seed)
    (actor, target), wanted = ends(rng, 50 * seed, 20), rng.random(20) < 0.4
    assert rows_of(actor, target, wanted, False).tolist() == np.flatnonzero(wanted[actor] | wanted[target]).tolist()
    assert rows_of(actor, target, wanted, True).tolist() == np.flatnonzero(wanted[actor] & wanted[target]).tolist()


@pytest.mark.parametrize("one", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_contacts_of_ours_are_of_a_kind_that_is_one_and_weigh_something(seed, one):
    rng = np.random.default_rng(seed)
    (actor, target), us, heavy = ends(rng, 60, 20), rng.random(20) < 0.3, np.array([True, False, True, True])
    kind = rng.integers(-1, 3, 1 if one else 60).astype(np.int8)
    weight = rng.integers(0, 2, 1 if one else 60).astype(np.float32)
    kinds, weights = np.broadcast_to(kind, 60), np.broadcast_to(weight, 60)
    plain = [i for i in range(60) if (us[actor[i]] or us[target[i]]) and heavy[kinds[i]] and weights[i] > 0]
    out = np.empty(60, dtype=np.int64)
    assert out[: contact_rows((actor, target), kind, weight, heavy, us, out)].tolist() == plain


@pytest.mark.parametrize("seed", SEEDS)
def test_the_last_rows_of_everybody_are_told_by_who_acted(seed):
    rng = np.random.default_rng(seed)
    (actor, target), us = ends(rng, 60, 12), rng.random(12) < 0.4
    rows = np.flatnonzero(rng.random(60) < 0.8)
    sent, came = [-1] * 12, [-1] * 12
    for i in rows.tolist():
        if us[actor[i]] and not us[target[i]]:
            sent[target[i]] = i
        if us[target[i]] and not us[actor[i]]:
            came[actor[i]] = i
    found = np.full((2, 12), -1)
    last_rows(rows, actor, target, us, *found)
    assert found.tolist() == [sent, came]


@pytest.mark.parametrize("above", [-np.inf, 0.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_tie_of_everybody_is_the_highest_and_of_equal_ones_that_of_the_first_of_us(seed, above):
    rng = np.random.default_rng(seed)
    n, us = 12, rng.random(12) < 0.4
    a, b = (c.astype(np.int32) for c in np.triu_indices(n, 1))
    value = rng.choice([np.nan, -1.0, 0.0, 0.5, 1.0], len(a))
    best, mate = np.full(n, above), np.full(n, -1, dtype=np.int32)
    best_ties(a, b, value, us, best, mate)
    for who in range(n):
        pairs = zip(a.tolist(), b.tolist(), value.tolist(), strict=True)
        mine = [(-v, x + y - who) for x, y, v in pairs if who in (x, y) and us[x + y - who] and v > above]
        expected = (above, -1) if us[who] or not mine else (-min(mine)[0], min(mine)[1])
        assert (best[who], mate[who]) == expected, who


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("ordered", [True, False])
def test_pairs_are_found_where_they_are_or_belong(seed, ordered):
    rng = np.random.default_rng(seed)
    keys = np.unique(rng.integers(0, 400, 15 * seed))
    wanted = rng.integers(0, 400, 40)
    wanted = np.sort(wanted) if ordered else wanted
    pairs = [c.astype(np.int32) for k in (keys, wanted) for c in (k // 20, k % 20)]
    at, there = find_pairs(*pairs)
    assert at.tolist() == np.searchsorted(keys, wanted).tolist()
    assert there.tolist() == np.isin(wanted, keys).tolist()


def test_pairs_ascend_or_not():
    one, two = np.array([0, 0, 1, 1], dtype=np.int32), np.array([1, 2, 0, 0], dtype=np.int32)
    assert ascend(one, two) and ascend(one[:0], two[:0]) and ascend(one[:1], two[:1])
    assert not ascend(one[::-1].copy(), two) and not ascend(one, two[::-1].copy())


@pytest.mark.parametrize("seed", SEEDS)
def test_rows_of_all_ties_with_those_of_some_made_anew(seed):
    rng = np.random.default_rng(seed)
    old = [rng.integers(0, 100, rng.integers(1, 5)).tolist() for _ in range(10)]
    at = np.sort(rng.choice(11, 6))
    before_another = np.append(at[1:] == at[:-1], False)
    new = (at == 10) | before_another | (rng.random(6) < 0.5)
    part = [rng.integers(200, 300, rng.integers(1, 4)).tolist() for _ in at]
    first, numbers = 50, np.arange(50, 100) + 1000
    out = []
    for i in range(11):
        here = [k for k in range(6) if at[k] == i]
        out += [part[k] for k in here]
        if i < 10 and all(new[k] for k in here):
            out.append([v if v < first else int(numbers[v - first]) for v in old[i]])

    def laid(table):
        flat = np.array([v for rows in table for v in rows], dtype=np.int64)
        return flat, np.append(0, np.cumsum([len(rows) for rows in table]))

    rows, start = laid(out)
    made = np.empty_like(rows), np.empty_like(start)
    splice(laid(old), laid(part), at, new, (first, numbers), made)
    assert made[0].tolist() == rows.tolist() and made[1].tolist() == start.tolist()


@pytest.mark.parametrize("seed", range(30))
def test_a_graph_renewed_around_some_nodes_equals_one_built_of_all_edges(seed):
    rng = np.random.default_rng(seed)
    n, fresh = 30, int(rng.integers(0, 4))
    image = np.sort(rng.choice(n, n - fresh, replace=False)).astype(np.int32)
    anew = np.isin(np.arange(n), image, invert=True) | (rng.random(n) < 0.2 * (seed % 3))
    pass_on = rng.choice([0.0, 0.25, 0.5, 1.0], n)
    tail, head = ends(rng, 150, n)
    chance = rng.choice([0.0, 0.25, 0.5, 1.0, 0.9], 150)  # many alike: order among equal ones counts
    new = anew[tail] | anew[head]
    back = np.full(n, -1)
    back[image] = np.arange(len(image))
    there = (back[tail] >= 0) & (back[head] >= 0)
    before = np.where(new, rng.choice([0.0, 0.3, 0.5], 150), chance)[there]
    old = path_graph(
        len(image), back[tail[there]].astype(np.int32), back[head[there]].astype(np.int32), before, pass_on[image]
    )
    found = renewed_graph(old, image, anew, (tail[new], head[new], chance[new]), pass_on)
    full = path_graph(n, tail, head, chance, pass_on)
    for one, two in ((found.rows.node, full.rows.node), (found.rows.links, full.rows.links)):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(found.probability, full.probability)
    assert found.dearest == full.dearest


@pytest.mark.parametrize("seed", SEEDS)
def test_strangers_are_found_among_those_known_wherever_they_stand(seed):
    rng = np.random.default_rng(seed)
    new = np.array([b"%032x" % i for i in range(9_000)])
    strangers = np.sort(rng.choice(len(new), 3 * seed, replace=False))
    old = np.delete(new, strangers)
    assert _strangers(old, new).tolist() == strangers.tolist()
    assert _strangers(new, old) is None or not len(strangers)
    other = old.copy()
    other[rng.integers(len(other))] = b"another"
    assert _strangers(other, new) is None
