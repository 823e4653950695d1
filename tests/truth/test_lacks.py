"""Whom do we lack: the ties named are those that brute force finds best, and who cannot be helped is told so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from algorithms.lacks import lacks
from algorithms.path_network import hop_probabilities
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.errors import InputError
from graphsvc.kernels.paths import Filters, Limits, k_best_paths, path_graph


def mail(a, b, n):
    times = np.linspace(60, 99, n)
    return [{"time": t, "from": a, "to": b} for t in times] + [{"time": t + 0.1, "from": b, "to": a} for t in times]


def village(seed, n=14, ties=18, ours=2, there=0):
    """``ours`` colleagues, ``there`` people of acme, and strangers, tied at random."""
    rng = np.random.default_rng(seed)
    names = [f"p{i:02d}" for i in range(n)]
    people = [{"id": who, "internal": i < ours} for i, who in enumerate(names)]
    for i in range(n - there, n):
        people[i]["organization"] = "acme"
    pairs = {tuple(sorted(pair)) for pair in rng.integers(0, n, (ties, 2)).tolist() if pair[0] != pair[1]}
    rows = [row for a, b in sorted(pairs) for row in mail(names[a], names[b], int(rng.integers(1, 9)))]
    return toy.build(people=people, organizations=[{"id": "acme"}], interactions=rows, as_of=100)


def network_of(p):
    return hop_probabilities(p, tie_strength(p, TieStrengthParams()))


def with_tie(network, u, v, r, *, one_way=False):
    g = network.graph
    back = 0.0 if one_way else r
    return path_graph(
        len(g), np.r_[g.tail, u, v], np.r_[g.head, v, u].astype(np.int32), np.r_[g.probability, r, back], g.pass_on
    )


def best(graph, starts, ends, hops):
    found = k_best_paths(graph, starts, ends, Limits(1, hops, 1e-6)).paths
    return found[0].probability if found else 0.0


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("hops", [2, 4])
def test_the_best_ties_to_a_person_are_those_of_brute_force(seed, hops):
    p = village(seed)
    network = network_of(p)
    g, target = network.graph, p.index["p13"] if "p13" in p.index else len(p) - 1
    starts, ends = np.setdiff1d(network.team, [target]).astype(np.int32), np.array([target], dtype=np.int32)
    tied = set(zip(g.tail.tolist(), g.head.tolist(), strict=True))
    today, r = best(g, starts, ends, hops), network.carries(network.typical)
    gains: dict[int, float] = {}
    for v in np.flatnonzero(network.usable).tolist():
        for u in np.flatnonzero(network.usable).tolist():
            fits = u != v and (u, v) not in tied and target not in (u, v) and v not in starts
            if fits:
                gain = best(with_tie(network, u, v, r, one_way=True), starts, ends, hops) - today
                if gain > 1e-12:  # a tie is named by its end nearer the target
                    gains[v] = max(gains.get(v, 0.0), gain)
    found = lacks(network, p, to=target, hops=hops, k=50)
    assert found.complete and found.now == pytest.approx(today)
    if found.beside:
        check_ways_beside(network, starts, target, hops, found)
        assert not gains, "a tie that beats the best path is named before those beside it"
        return
    named = {item.to: item.gain for item in found.items}
    assert all(gain == pytest.approx(gains[v], rel=1e-6) for v, gain in named.items())
    assert max(gains.values(), default=0.0) == pytest.approx(max(named.values(), default=0.0), rel=1e-6)
    for item in found.items:
        assert best(with_tie(network, item.frm, item.to, r), starts, ends, hops) == pytest.approx(item.probability)
        assert item.path[0] in starts and item.path[-1] == target and len(item.path) - 1 <= hops
        assert (item.frm, item.to) in zip(item.path, item.path[1:], strict=False)


def check_ways_beside(network, starts, target, hops, found):
    """Each tie raises the best way that shares nobody with today's best, by as much as is said; none raises it more."""
    g, ends = network.graph, np.array([target])
    top = k_best_paths(g, starts, ends, Limits(1, hops, 1e-6)).paths[0]
    clear = Filters(avoid=np.array(top.nodes[1:-1], dtype=np.int32))

    def second(graph):
        some = k_best_paths(graph, starts, ends, Limits(2, hops, 1e-6), clear).paths
        return max((f.probability for f in some if f.nodes != top.nodes), default=0.0)

    r, today = network.carries(network.typical), second(g)
    for item in found.items:
        raised = second(with_tie(network, item.frm, item.to, r))
        assert (1 - found.now) * (raised - today) == pytest.approx(item.gain, rel=1e-6)
        assert not set(item.path[1:-1]) & set(top.nodes[1:-1])
    tied = set(zip(g.tail.tolist(), g.head.tolist(), strict=True))
    every = [
        second(with_tie(network, u, v, r)) - today
        for u in np.flatnonzero(network.usable).tolist()
        for v in np.flatnonzero(network.usable).tolist()
        if u != v and (u, v) not in tied and target not in (u, v) and v not in starts
    ]
    assert (1 - found.now) * max(every) == pytest.approx(found.items[0].gain, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_gains_at_an_organization_are_summed_over_its_people(seed):
    p = village(seed, n=16, ties=22, ours=3, there=5)
    network, hops = network_of(p), 3
    starts = network.team
    ends = np.flatnonzero((p.entities.organization == p.index["acme"]) & network.usable)
    r = network.carries(network.typical)

    def total(graph):
        return sum(best(graph, starts, np.array([t]), hops) for t in ends.tolist())

    today, found = total(network.graph), lacks(network, p, to=p.index["acme"], hops=hops, k=50)
    assert found.people == len(ends) and found.now == pytest.approx(today, rel=1e-6)
    for item in found.items:
        assert total(with_tie(network, item.frm, item.to, r)) - today == pytest.approx(item.gain, rel=1e-6)
    tied = set(zip(network.graph.tail.tolist(), network.graph.head.tolist(), strict=True))
    every = [
        total(with_tie(network, u, v, r)) - today
        for u in starts.tolist()
        for v in np.setdiff1d(np.flatnonzero(network.usable), starts).tolist()
        if (u, v) not in tied
    ]
    assert max(every, default=0.0) == pytest.approx(found.items[0].gain if found.items else 0.0, rel=1e-6, abs=1e-6)


def test_one_more_person_who_knows_the_target_well_is_named_first_and_how_to_meet():
    rows = mail("rep", "friend", 20) + mail("friend", "gate", 2) + mail("gate", "boss", 20) + mail("aide", "boss", 1)
    p = toy.build(people=[{"id": "rep", "internal": True}], interactions=rows, as_of=100)
    found = lacks(network_of(p), p, to=p.index["boss"])
    first = found.items[0]
    assert (first.frm, first.to) == (p.index["rep"], p.index["gate"])
    assert first.meeting == (p.index["rep"], p.index["friend"], p.index["gate"]) and first.knows == 1
    assert first.probability > found.now > 0 and found.direct > first.probability


def test_questions_without_an_answer_say_why():
    alone = toy.build(people=[{"id": "rep", "internal": True}, {"id": "boss"}], as_of=10)
    assert [n.code for n in lacks(network_of(alone), alone, to=alone.index["boss"]).notes] == ["paths.no_ties"]
    p = toy.build(people=[{"id": "rep", "internal": True}], interactions=mail("rep", "boss", 30), as_of=100)
    reached = lacks(network_of(p), p, to=p.index["boss"])
    assert reached.items == () and [n.code for n in reached.notes] == ["paths.lacks_nobody"]
    for mark in ("left", "restricted"):
        gone = toy.build(
            people=[{"id": "rep", "internal": True}, {"id": "boss", mark: True}],
            interactions=mail("rep", "a", 3),
            as_of=100,
        )
        found = lacks(network_of(gone), gone, to=gone.index["boss"])
        assert [n.code for n in found.notes] == [f"paths.target_{mark}"], "the same words as paths"
    with pytest.raises(InputError, match="7 hops"):
        lacks(network_of(p), p, to=p.index["boss"], hops=7)
    unknown = toy.build(interactions=mail("a", "b", 3), as_of=100)
    with pytest.raises(InputError, match="--from"):
        lacks(network_of(unknown), unknown, to=unknown.index["b"])


def test_no_time_is_an_incomplete_answer():
    p = village(1, n=20, ties=40)
    network = replace(network_of(p))
    found = lacks(network, p, to=len(p) - 2, seconds=-1.0)
    assert not found.complete or not found.items
