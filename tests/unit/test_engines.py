"""Which engine computes, what it is told, and that the local one is right."""

from __future__ import annotations

import logging
import subprocess
import sys
from dataclasses import replace
from typing import Any

import networkx as nx
import numpy as np
import pytest
from neo4j.exceptions import AuthError, ClientError, ServiceUnavailable

from algorithms.influence import InfluenceParams, influence
from graphsvc import toy
from graphsvc.engines import LOCAL, Automatic, EngineSource, choose_engine
from graphsvc.engines.graphs import NamedGraph, acquaintance, attention, by_smallest, flat, named, plain, tie_graph
from graphsvc.errors import BudgetError, GraphsvcError, InputError, StoreError, TransientError
from graphsvc.kernels import measures
from graphsvc.phrases import LANGUAGES
from graphsvc.registry import Inputs, find_algorithm


class Server:
    """A store with a server."""

    def engine_source(self) -> EngineSource:
        return EngineSource("bolt://127.0.0.1:1", ("neo4j", "secret"))


class Recording:
    """An engine that says what it was asked, and answers as the local one; or refuses for want of memory."""

    name = "gds"

    def __init__(self, refuses: bool = False) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.refuses, self.closed = refuses, False

    def __getattr__(self, measure: str) -> Any:
        def ask(g: Any, *args: Any) -> Any:
            self.asked.append((measure, g))
            if self.refuses:
                raise BudgetError("engines.too_large", measure=measure, people=1, edges=1, required=2, available=1)
            return getattr(LOCAL, measure)(g, *args)

        return ask

    def close(self) -> None:
        self.closed = True


def made(n: int, pairs: list[tuple[int, int]], *, directed: bool = False) -> measures.Graph:
    edges = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return measures.graph(n, edges[:, 0], edges[:, 1], directed=directed)


@pytest.fixture
def company() -> Any:
    acts = [("a", "b", "mail"), ("b", "a", "reply"), ("b", "c", "meeting"), ("d", "a", "list_mail")]
    rows = [{"time": i, "from": a, "to": b, "kind": kind} for i, (a, b, kind) in enumerate(acts)]
    return toy.build(interactions=rows, facts=[{"subject": "e", "kind": "FOLLOWS", "object": "a"}], as_of=10)


# -- the choice ------------------------------------------------------------------------------------------------------
def test_without_a_server_all_is_local() -> None:
    assert choose_engine(object(), "auto") is LOCAL
    assert choose_engine(object(), "local") is LOCAL


def test_local_is_local_beside_a_server() -> None:
    assert choose_engine(Server(), "local") is LOCAL


def test_gds_without_neo4j_says_what_to_set() -> None:
    with pytest.raises(InputError, match="GRAPHSVC_ENGINE"):
        choose_engine(object(), "gds")


def test_auto_without_gds_is_local_and_gds_says_how_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphsvc.engines.gds import GdsEngine, MissingEngineError

    def missing(self: Any) -> str:
        raise MissingEngineError("engines.missing", url="bolt://x")

    monkeypatch.setattr(GdsEngine, "check", missing)
    assert choose_engine(Server(), "auto") is LOCAL
    with pytest.raises(StoreError, match="plugins folder"):
        choose_engine(Server(), "gds")


def test_a_server_with_gds_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from graphsvc.engines.gds import GdsEngine

    monkeypatch.setattr(GdsEngine, "check", lambda self: "2.13.9")
    assert isinstance(choose_engine(Server(), "auto"), Automatic)
    assert isinstance(choose_engine(Server(), "gds"), GdsEngine)


def test_a_server_that_does_not_answer_is_not_passed_over_in_silence() -> None:
    with pytest.raises(TransientError, match=r"127\.0\.0\.1:1 does not answer"):
        choose_engine(Server(), "auto")


def test_a_source_does_not_show_its_password() -> None:
    assert "secret" not in repr(Server().engine_source())


def test_auto_sends_what_agrees_and_keeps_what_depends_on_chance() -> None:
    server, g = Recording(), made(4, [(0, 1), (1, 2)])
    engine = Automatic(server)
    for measure in ("pagerank", "betweenness", "components", "core_numbers", "communities"):
        getattr(engine, measure)(g)
    engine.betweenness(g, 2)
    engine.betweenness(g, 4)
    engine.seeds(g, 1)
    assert [m for m, _ in server.asked] == ["pagerank", "betweenness", "components", "core_numbers", "betweenness"]


def test_auto_measures_here_what_the_server_has_no_memory_for(caplog: pytest.LogCaptureFixture) -> None:
    g = made(4, [(0, 1), (1, 2)])
    with caplog.at_level(logging.WARNING, "graphsvc.engines"):
        rank = Automatic(Recording(refuses=True)).pagerank(g)
    np.testing.assert_array_equal(rank, measures.pagerank(g))
    assert "needs 2 MB" in caplog.text


def test_auto_closes_its_server() -> None:
    server = Recording()
    Automatic(server).close()
    assert server.closed


def test_no_driver_is_loaded_before_it_is_used() -> None:
    code = "import sys, graphsvc.workspace, graphsvc.engines.materialise, algorithms.influence;"
    code += "print([m for m in ('neo4j', 'graphdatascience', 'pandas') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


# -- errors ----------------------------------------------------------------------------------------------------------
def client_error(code: str, message: str) -> Exception:
    return ClientError._hydrate_neo4j(code=code, message=message)


@pytest.mark.parametrize(
    ("error", "kind", "part"),
    [
        (AuthError("no"), StoreError, "GRAPHSVC_NEO4J_PASSWORD"),
        (ServiceUnavailable("gone"), TransientError, "does not answer"),
        (client_error("Neo.ClientError.Procedure.ProcedureNotFound", "no gds.wcc"), StoreError, "plugins folder"),
        (client_error("Neo.TransientError.General.OutOfMemoryError", "heap"), BudgetError, "heap"),
        (
            client_error("Neo.ClientError.Procedure.ProcedureCallFailed", "minimum estimated memory (2 GiB) exceeds"),
            BudgetError,
            "2 GiB",
        ),
        (client_error("Neo.ClientError.Procedure.ProcedureCallFailed", "no license"), StoreError, "licence"),
        (client_error("Neo.ClientError.Procedure.ProcedureCallFailed", "odd"), StoreError, "server's log"),
    ],
)
def test_an_error_of_the_server_says_what_to_do(error: Exception, kind: type[GraphsvcError], part: str) -> None:
    from graphsvc.engines.gds import explained

    said = explained(error, "bolt://x")
    assert type(said) is kind or isinstance(said, kind)
    assert part in said.text("en")
    assert all(said.text(language) for language in LANGUAGES)


# -- named graphs ----------------------------------------------------------------------------------------------------
def test_the_digest_knows_people_edges_and_weights_to_the_last_bit(company: Any) -> None:
    g = named("FOLLOWS", company, attention(company, 90.0))[0]
    same = named("FOLLOWS", company, attention(company, 90.0))[0]
    heavier = g.graph.weight.copy()
    heavier[0] = np.nextafter(heavier[0], 2.0)
    others = (
        NamedGraph("FOLLOWS", replace(g.graph, weight=heavier), g.ids),
        NamedGraph("FOLLOWS", g.graph, np.roll(g.ids, 1)),
        NamedGraph("TIE", g.graph, g.ids),
        NamedGraph("FOLLOWS", replace(g.graph, src=g.graph.dst, dst=g.graph.src), g.ids),
    )
    assert same.digest == g.digest
    assert g.digest not in {o.digest for o in others}


def test_contact_is_a_part_of_the_ties_without_list_mail(company: Any) -> None:
    score = find_algorithm("tie_strength")
    ties = score.compute(company, score.params(), Inputs({}))
    assert ties.b is not None
    all_ties = tie_graph(company, ties.a, ties.b, ties.value)
    contact = acquaintance(company)
    pairs = [set(zip(g.src.tolist(), g.dst.tolist(), strict=True)) for g in (all_ties, contact)]
    assert pairs == [{(0, 1), (1, 2), (0, 3)}, {(0, 1), (1, 2)}]


def test_attention_runs_from_follower_and_recipient(company: Any) -> None:
    g = attention(company, 90.0)
    assert set(zip(g.src.tolist(), g.dst.tolist(), strict=True)) == {(1, 0), (0, 1), (4, 0)}


def test_influence_asks_its_engine_for_named_graphs(company: Any) -> None:
    engine = Recording()
    scores = influence(company, InfluenceParams(), Inputs({}, None, engine))
    asked = {measure: g.name for measure, g in engine.asked}
    assert asked == {"pagerank": "FOLLOWS", "betweenness": "CONTACT", "core_numbers": "CONTACT"}
    alone = influence(company, InfluenceParams())
    np.testing.assert_array_equal(scores.beside["pagerank"], alone.beside["pagerank"])
    assert find_algorithm("influence").engines == ("local", "gds")


def test_flat_adds_the_weights_of_both_directions() -> None:
    g = measures.graph(2, np.array([0, 1]), np.array([1, 0]), np.array([2.0, 3.0]), directed=True)
    assert flat(g, weighted=True).weight.tolist() == [5.0]
    assert flat(g, weighted=False).weight.tolist() == [1.0]
    assert plain(g) is g


def test_groups_are_named_by_their_smallest_vertex() -> None:
    assert by_smallest(np.array([9, 9, 4, 9, 4])).tolist() == [0, 0, 2, 0, 2]
    assert by_smallest(np.zeros(0, dtype=np.int64)).tolist() == []


def test_values_come_back_in_the_order_of_the_ids() -> None:
    from graphsvc.engines.gds import by_id

    ids = np.array([b"a", b"c", b"d"])
    values = by_id(ids, ["d", "b", "a", "c", "z"], np.array([4.0, 2.0, 1.0, 3.0, 9.0]))
    assert values is not None
    assert values.tolist() == [1.0, 3.0, 4.0]
    assert by_id(ids, ["a", "c"], np.array([1.0, 3.0])) is None


# -- seeds -----------------------------------------------------------------------------------------------------------
def test_the_spread_down_a_path_is_the_sum_of_powers() -> None:
    path = made(4, [(0, 1), (1, 2), (2, 3)], directed=True)
    seeds = LOCAL.seeds(path, 1, probability=0.5)
    assert seeds.vertices.tolist() == [0]
    assert seeds.spread[0] == pytest.approx(1 + 0.5 + 0.25 + 0.125, rel=0.05)


def test_the_centre_of_each_star_is_chosen() -> None:
    stars = nx.disjoint_union(nx.star_graph(20), nx.star_graph(9))
    seeds = LOCAL.seeds(made(31, list(stars.edges())), 2, probability=0.3)
    assert seeds.vertices.tolist() == [0, 21]
    assert seeds.spread == pytest.approx([1 + 20 * 0.3, 1 + 20 * 0.3 + 1 + 9 * 0.3], rel=0.05)


def test_the_spread_of_seeds_is_that_of_plain_simulation() -> None:
    kite = made(10, list(nx.krackhardt_kite_graph().edges()))
    seeds = LOCAL.seeds(kite, 2, probability=0.2)
    rng, total, runs = np.random.default_rng(3), 0, 4000
    near = [[b for a, b in [*zip(kite.src, kite.dst, strict=True), *zip(kite.dst, kite.src, strict=True)] if a == v]
            for v in range(kite.n)]  # fmt: skip
    for _ in range(runs):
        active = front = set(seeds.vertices.tolist())
        while front:
            front = {int(w) for v in front for w in near[v] if rng.random() < 0.2} - active
            active = active | front
        total += len(active)
    assert seeds.spread[-1] == pytest.approx(total / runs, rel=0.05)


@pytest.mark.parametrize(("probability", "reached"), [(0.0, 1.0), (1.0, 4.0)])
def test_nothing_or_everything_is_passed_on(probability: float, reached: float) -> None:
    seeds = LOCAL.seeds(made(4, [(0, 1), (1, 2), (2, 3)]), 1, probability)
    assert seeds.spread[0] == pytest.approx(reached, rel=0.05)


def test_no_more_seeds_than_vertices() -> None:
    assert sorted(LOCAL.seeds(made(2, []), 5).vertices.tolist()) == [0, 1]
    assert len(LOCAL.seeds(made(0, []), 5).vertices) == 0
    assert len(LOCAL.seeds(made(2, []), 0).vertices) == 0


def test_equal_seeds_give_equal_seeds() -> None:
    kite = made(10, list(nx.krackhardt_kite_graph().edges()))
    first, again = LOCAL.seeds(kite, 3), LOCAL.seeds(kite, 3)
    np.testing.assert_array_equal(first.vertices, again.vertices)
    np.testing.assert_array_equal(first.spread, again.spread)
