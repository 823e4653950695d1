"""The path kernel is exact: it agrees with brute force, with networkx and with igraph, and says when it was cut."""

from __future__ import annotations

import itertools
import math
import warnings
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.paths import find_paths, hop_probabilities
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.errors import InputError, NotFoundError
from graphsvc.kernels.paths import Filters, KBest, Limits, PathGraph, k_best_paths, path_graph
from graphsvc.model import Level
from graphsvc.phrases import catalogue

LEVELS = (0.1, 0.25, 0.5, 0.5, 0.8, 0.9, 1.0)  # few values, so that many paths are equally probable


def graph_of(edges: dict[tuple[int, int], float], pass_on: list[float]) -> PathGraph:
    tail = np.array([a for a, _ in edges], dtype=np.int32)
    head = np.array([b for _, b in edges], dtype=np.int32)
    return path_graph(len(pass_on), tail, head, np.array(list(edges.values()), dtype=float), np.array(pass_on))


def mask(n: int, members) -> np.ndarray:
    out = np.zeros(n, dtype=bool)
    out[list(members)] = True
    return out


def brute(edges, pass_on, sources, targets, *, hops, least, allowed=None, via=None):
    """All paths by plain enumeration: (probability, nodes), best first, equals by nodes."""
    nodes = range(len(pass_on)) if allowed is None else sorted(allowed)
    targets = set(targets) & set(nodes)
    sources = (set(sources) & set(nodes)) - targets
    inner = [v for v in nodes if v not in sources and v not in targets]
    out = []
    for length in range(hops):
        for s, middle, t in itertools.product(sources, itertools.permutations(inner, length), targets):
            path = (s, *middle, t)
            if not all(e in edges for e in itertools.pairwise(path)):
                continue
            if via is not None and not set(path) & set(via):
                continue
            p = math.prod(edges[e] * (1.0 if e[0] == s else pass_on[e[0]]) for e in itertools.pairwise(path))
            if p >= least * (1 - 1e-12) and p > 0:
                out.append((p, path))
    return sorted(out, key=lambda x: (-round(x[0], 10), x[1]))


def same(found: KBest, wanted) -> None:
    assert [f.nodes for f in found.paths] == [nodes for _, nodes in wanted]
    for f, (p, _) in zip(found.paths, wanted, strict=True):
        assert f.probability == pytest.approx(p, rel=1e-12)
        assert f.probability == pytest.approx(math.prod(f.hops), rel=1e-15)


@st.composite
def problems(draw):
    n = draw(st.integers(2, 7))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24, unique=True))
    edges = {e: draw(st.sampled_from(LEVELS)) for e in pairs if e[0] != e[1]}
    pass_on = [draw(st.sampled_from((0.0, 0.5, 0.75, 1.0))) for _ in range(n)]
    some = st.sets(st.integers(0, n - 1), min_size=1, max_size=3)
    return edges, pass_on, draw(some), draw(some), draw(st.none() | some), draw(st.none() | some)


@settings(deadline=None, max_examples=250, derandomize=True)
@given(problems(), st.integers(1, 6), st.integers(1, 6), st.sampled_from((0.0, 0.01, 0.2)))
def test_equals_brute_force_with_any_sources_targets_filters_and_hops(problem, k, hops, least):
    edges, pass_on, sources, targets, banned, via = problem
    n = len(pass_on)
    allowed = None if banned is None else set(range(n)) - banned
    nodes = None if allowed is None else mask(n, allowed)
    filters = Filters(nodes=nodes, via=None if via is None else np.array(sorted(via)))
    limits = Limits(k=k, hops=hops, min_probability=least, seconds=60)
    found = k_best_paths(graph_of(edges, pass_on), np.array(list(sources)), np.array(list(targets)), limits, filters)
    assert found.complete and found.bound is None
    same(found, brute(edges, pass_on, sources, targets, hops=hops, least=least, allowed=allowed, via=via)[:k])


def random_graph(n: int, degree: float, seed: int):
    rng = np.random.default_rng(seed)
    g = nx.gnp_random_graph(n, degree / n, seed=seed, directed=True)
    edges = {e: float(p) for e, p in zip(g.edges, rng.uniform(0.3, 0.95, g.number_of_edges()), strict=True)}
    return edges, graph_of(edges, [1.0] * n)


@pytest.mark.parametrize("seed", range(4))
def test_equals_networkx_and_igraph_where_no_hop_limit_binds(seed):
    n, k = 60, 8
    edges, g = random_graph(n, 5, seed)
    reference = nx.DiGraph()
    reference.add_nodes_from(range(n))
    reference.add_weighted_edges_from((a, b, -math.log(p)) for (a, b), p in edges.items())
    if not nx.has_path(reference, 0, n - 1):
        pytest.skip("this random graph has no path")
    limits = Limits(k=k, hops=n - 1, min_probability=0.0, seconds=60)
    found = k_best_paths(g, np.array([0]), np.array([n - 1]), limits)
    by_networkx = itertools.islice(nx.shortest_simple_paths(reference, 0, n - 1, weight="weight"), k)
    assert [list(f.nodes) for f in found.paths] == list(by_networkx)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import igraph

        peer = igraph.Graph(n, list(edges), directed=True)
        by_igraph = peer.get_k_shortest_paths(0, n - 1, k, weights=[-math.log(p) for p in edges.values()])
    assert [list(f.nodes) for f in found.paths] == by_igraph


def test_the_hop_limit_holds_and_a_longer_better_path_is_left_out():
    edges = {(0, 1): 1.0, (1, 2): 1.0, (2, 3): 1.0, (0, 3): 0.2}
    g = graph_of(edges, [1.0] * 4)
    nodes = {h: k_best_paths(g, np.array([0]), np.array([3]), Limits(k=1, hops=h)).paths[0].nodes for h in (1, 2, 3)}
    assert nodes == {1: (0, 3), 2: (0, 3), 3: (0, 1, 2, 3)}


def test_an_edge_mask_is_avoided_inside_the_search():
    edges = {(0, 1): 0.9, (1, 3): 0.9, (0, 2): 0.5, (2, 3): 0.5}
    g = graph_of(edges, [1.0] * 4)
    allowed = ~((g.tail == 0) & (g.head == 1))
    found = k_best_paths(g, np.array([0]), np.array([3]), Limits(k=1), Filters(edges=allowed))
    assert [f.nodes for f in found.paths] == [(0, 2, 3)]


def test_a_clique_of_200_equals_gives_the_same_paths_in_node_order_after_few_steps():
    n = 200
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.full(len(tail), 0.5), np.full(n, 0.8))
    found = k_best_paths(g, np.array([7]), np.array([3]), Limits(k=6, seconds=60, expansions=5_000))
    assert found.complete
    assert [f.nodes for f in found.paths] == [(7, 3), *((7, v, 3) for v in (0, 1, 2, 4, 5))]


def test_fewer_paths_than_k_and_none_at_all_are_complete_answers():
    g = graph_of({(0, 1): 0.5, (2, 3): 0.5}, [1.0] * 4)
    few = k_best_paths(g, np.array([0]), np.array([1]), Limits(k=50))
    none = k_best_paths(g, np.array([0]), np.array([3]), Limits(k=50))
    nowhere = k_best_paths(g, np.array([1]), np.array([1]))
    assert (len(few.paths), few.complete) == (1, True)
    assert [(r.paths, r.complete) for r in (none, nowhere)] == [((), True), ((), True)]


def test_a_cut_search_keeps_the_best_and_bounds_what_is_missing():
    rng = np.random.default_rng(5)
    n = 60
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, rng.uniform(0.5, 0.99, len(tail)), np.full(n, 0.95))
    ends = np.array([0]), np.array([1])
    whole = k_best_paths(g, *ends, Limits(k=400, seconds=60))
    cut = k_best_paths(g, *ends, Limits(k=400, seconds=60, expansions=300))
    assert whole.complete and not cut.complete and 0 < len(cut.paths) < 400
    assert [f.nodes for f in cut.paths] == [f.nodes for f in whole.paths[: len(cut.paths)]]
    assert cut.bound is not None and cut.bound >= whole.paths[len(cut.paths)].probability * (1 - 1e-9)


def test_the_deadline_is_kept():
    n = 120
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.full(len(tail), 0.99), np.full(n, 0.99))
    found = k_best_paths(g, np.array([0]), np.array([1]), Limits(k=10**9, seconds=0.2))
    assert not found.complete and found.paths and found.bound is not None
    late = k_best_paths(g, np.array([0]), np.array([1]), Limits(seconds=0.0))
    assert (late.paths, late.complete, late.bound) == ((), False, 1.0)


def test_a_hub_of_ten_thousand_takes_few_steps():
    n = 10_000
    spokes = np.arange(1, n)
    zeros = np.zeros(n - 1, dtype=np.int64)
    p = np.full(2 * (n - 1), 0.6)
    g = path_graph(n, np.r_[spokes, zeros], np.r_[zeros, spokes], p, np.full(n, 0.5))
    found = k_best_paths(g, np.array([1]), np.array([2]), Limits(k=5, seconds=60, expansions=50_000))
    assert found.complete
    assert [f.nodes for f in found.paths] == [(1, 0, 2)]


def test_parallel_edges_keep_the_best_and_wrong_probabilities_are_refused():
    g = path_graph(2, np.array([0, 0, 0]), np.array([1, 1, 0]), np.array([0.2, 0.7, 1.0]), np.ones(2))
    assert g.probability.tolist() == [0.7]
    for wrong in (1.5, -0.1, math.nan):
        with pytest.raises(ValueError, match="probability"):
            path_graph(2, np.array([0]), np.array([1]), np.array([wrong]), np.ones(2))


def test_empty_graphs_have_no_paths():
    empty = np.zeros(0, dtype=np.int32)
    g = path_graph(0, empty, empty, np.zeros(0), np.zeros(0))
    assert k_best_paths(g, empty, empty) == KBest((), True)


@pytest.mark.slow
def test_a_company_of_4000_is_answered_in_full_within_the_budget():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 4000, (2, 30_000))
    p = 1 / (1 + np.exp(-rng.normal(-1, 1.2, len(a))))
    g = path_graph(4000, np.r_[a, b], np.r_[b, a], np.r_[p, p], np.full(4000, 0.5))
    for s, t in rng.integers(0, 4000, (30, 2)):
        assert k_best_paths(g, np.array([s]), np.array([t])).complete


# -- referral paths over a Projection ------------------------------------------------------------------------------


def mail(a: str, b: str, times=(90, 95), each_way: bool = True):
    out = [{"time": t, "from": a, "to": b} for t in times]
    return out + [{"time": t + 0.5, "from": b, "to": a} for t in times] if each_way else out


def office(facts=(), people=(), extra=()):
    """We: rep and colleague. rep - colleague - gate - boss, rep - friend - boss; boss and aide at acme; gone left."""
    staff = [{"id": "rep", "internal": True}, {"id": "colleague", "internal": True}]
    there = [{"id": i, "organization": "acme"} for i in ("boss", "aide")]
    pairs = [("rep", "colleague"), ("colleague", "gate"), ("gate", "boss"), ("rep", "friend"), ("friend", "boss")]
    ends = {r["id"] for r in people}
    rows = [r for pair in pairs for r in mail(*pair)] + list(extra)
    return toy.build(
        people=[r for r in staff + there if r["id"] not in ends] + list(people),
        organizations=[{"id": "acme"}], interactions=rows, facts=facts, as_of=100,
    )  # fmt: skip


def scored(p, value=None, health=None):
    strength = tie_strength(p, TieStrengthParams())
    if value is not None:
        strength = replace(strength, value=np.full(len(strength), float(value)))
    chance = (
        None if health is None else replace(strength, name="relationship_health", value=np.full(len(strength), health))
    )
    return strength, chance


def ask(p, to, source="rep", **options):
    network = hop_probabilities(p, *scored(p))
    frm = None if source is None else p.index[source]
    return find_paths(network, p, to=p.index[to], source=frm, **{"min_probability": 1e-4, **options})


def names(p, result):
    return [
        [p.entities.id[h.frm].decode() for h in x.hops] + [p.entities.id[x.hops[-1].to].decode()] for x in result.paths
    ]


def test_a_hop_is_the_prior_and_passing_on_costs_willingness_and_open_asks():
    p = office(facts=[{"subject": "aide", "kind": "ASKED_INTRODUCTION", "object": "friend", "from": 80}])
    strength, health = scored(p, value=2.0, health=0.3)
    network = hop_probabilities(p, strength, health)
    years = (100 - 90) / 365.25
    r = 1 / (1 + math.exp(-(-1.1 + 0.7 * math.log(2.0) + 0.3 * (math.log1p(years) - math.log(2.0)))))
    result = find_paths(network, p, to=p.index["boss"], source=p.index["rep"], min_probability=1e-4)
    assert not result.calibrated and result.complete
    by_name = dict(zip(map(tuple, names(p, result)), result.paths, strict=True))
    friend = by_name["rep", "friend", "boss"]
    assert [h.probability for h in friend.hops] == pytest.approx([r, r * 0.5 / 2], rel=1e-12)
    gate = by_name["rep", "colleague", "gate", "boss"]
    assert [h.probability for h in gate.hops] == pytest.approx([r, r * 0.5, r * 0.5], rel=1e-12)
    for path in result.paths:
        assert path.probability == pytest.approx(math.prod(h.probability for h in path.hops), rel=1e-12)
        assert [h.weakest for h in path.hops].count(True) == 1


def test_evidence_of_a_hop_is_its_latest_interactions_newest_first():
    p = office()
    hop = ask(p, "boss", k=1).paths[0].hops[0]
    x = p.interactions
    ours = [int(r) for r, a, b in zip(x.row, x.actor, x.target, strict=True) if {a, b} == {hop.frm, hop.to}]
    assert list(hop.rows) == ours[::-1][:3]


def test_past_yes_raises_and_past_no_lowers_willingness():
    asks = [{"subject": "rep", "kind": "ASKED_INTRODUCTION", "object": who, "from": 10, "to": 20, "role": role}
            for who, role in (("friend", "accepted"), ("gate", "declined"))]  # fmt: skip
    p = office(facts=asks)
    w = hop_probabilities(p, *scored(p)).willingness
    assert [w[p.index[i]] for i in ("friend", "gate", "boss")] == pytest.approx([3 / 5, 2 / 5, 1 / 2])


def test_fifty_outcomes_recalibrate_the_coefficients():
    rng = np.random.default_rng(1)
    rows, facts = [], []
    for i in range(120):
        n = int(rng.integers(1, 30))
        rows += mail(f"a{i}", f"b{i}", times=np.linspace(20, 99, n))
        agreed = rng.random() < 1 / (1 + math.exp(-(-4 + 2.0 * math.log(2 * n))))
        facts.append({"subject": f"a{i}", "kind": "ASKED_INTRODUCTION", "object": f"b{i}", "from": 50, "to": 60,
                      "role": "accepted" if agreed else "declined"})  # fmt: skip
    few = toy.build(interactions=rows, facts=facts[:49], as_of=100)
    many = toy.build(interactions=rows, facts=facts, as_of=100)
    prior, fitted = (hop_probabilities(p, *scored(p)) for p in (few, many))
    assert (prior.calibrated, prior.asks, fitted.calibrated, fitted.asks) == (False, 49, True, 120)
    assert prior.coefficients == (-1.1, 0.7, 0.3, 0.3)
    assert fitted.coefficients[1] > 1.0, "outcomes that follow strength closely must raise its coefficient"


@pytest.mark.parametrize("mark", ["left", "restricted"])
def test_who_left_or_is_restricted_is_never_on_a_path(mark):
    p = office(people=[{"id": "friend", mark: True}])
    assert names(p, ask(p, "boss")) == [["rep", "colleague", "gate", "boss"]]
    gone = office(people=[{"id": "boss", "organization": "acme", mark: True}])
    result = ask(gone, "boss")
    assert result.paths == () and [n.code for n in result.notes] == [f"paths.target_{mark}"]


def test_an_organization_a_deal_and_the_team_stand_for_their_people():
    deal = {"subject": "boss", "kind": "STAKEHOLDER_IN", "object": "deal", "role": "buyer"}
    p = office(facts=[deal])
    to_person = names(p, ask(p, "boss"))
    assert names(p, ask(p, "acme")) == to_person == names(p, ask(p, "deal"))
    team = names(p, ask(p, "boss", source=None))
    assert sorted(team) == [["colleague", "gate", "boss"], ["rep", "friend", "boss"]]


def test_avoid_via_and_a_role_hold_inside_the_search():
    p = office(people=[{"id": "boss", "organization": "acme", "level": Level.C_LEVEL}])
    i = p.index
    assert names(p, ask(p, "boss", avoid=[i["friend"]])) == [["rep", "colleague", "gate", "boss"]]
    assert names(p, ask(p, "boss", via=[i["gate"]], k=1)) == [["rep", "colleague", "gate", "boss"]]
    assert ask(p, "boss", avoid=[i["acme"]]).paths == ()
    chiefs = p.entities.level >= Level.VP
    assert len(ask(p, "acme", among=chiefs).paths) == 2
    nobody = ask(p, "acme", among=~chiefs & False)
    assert [n.code for n in nobody.notes] == ["paths.nobody_there"]


def test_wrong_questions_get_one_clear_sentence():
    p = office(facts=[{"subject": "boss", "kind": "AUTHORED", "object": "design"}])
    unknown = toy.build(interactions=mail("a", "b"), as_of=100)
    network = hop_probabilities(unknown, *scored(unknown))
    with pytest.raises(InputError, match="--from"):
        find_paths(network, unknown, to=unknown.index["b"])
    for options, code in (
        ({"to": "rep"}, "paths.same_ends"), ({"to": "design"}, "paths.not_people"),
        ({"to": "boss", "hops": 7}, "paths.bad_hops"), ({"to": "boss", "k": 0}, "paths.bad_k"),
        ({"to": "boss", "min_probability": 2.0}, "paths.bad_probability"),
    ):  # fmt: skip
        with pytest.raises(InputError) as caught:
            ask(p, **options)
        assert caught.value.phrase.code == code
        assert all(caught.value.text(language) for language in ("en", "zh"))
    with pytest.raises(NotFoundError):
        find_paths(hop_probabilities(p, *scored(p)), p, to=99_999, source=0)


def test_disconnected_people_and_an_empty_graph_give_no_path_and_say_so():
    p = office()
    result = ask(p, "aide")
    assert result.paths == () and result.complete and [n.code for n in result.notes] == ["paths.none"]
    empty = toy.build()
    assert len(hop_probabilities(empty, *scored(empty)).graph) == 0


def test_a_cut_search_says_so():
    p = office()
    result = ask(p, "boss", seconds=0.0)
    assert not result.complete and result.bound is not None and [n.code for n in result.notes] == ["paths.cut"]


def test_every_phrase_is_written_in_both_languages():
    for theme in ("paths", "weekly", "suggest"):
        assert set(catalogue("en", theme)) == set(catalogue("zh", theme))
