"""Ties and follows in the database are those of the run, all of one run for every reader, also after a kill."""

from __future__ import annotations

from typing import Any

import neo4j
import numpy as np
import pytest

from graphsvc.engines import LOCAL, materialise
from graphsvc.engines.gds import Ask, GdsEngine
from graphsvc.engines.graphs import Graph, NamedGraph, acquaintance, attention, named
from graphsvc.errors import TransientError
from graphsvc.projection import Projection
from tests.contract.engines.world import company, difference, expected, populate, relationships, ties_of

pytestmark = pytest.mark.neo4j


class KilledError(Exception):
    """Stands for the end of the process."""


class Dying:
    """A session whose process ends after some writing transactions; a reader looks in between."""

    def __init__(self, session: neo4j.Session, lives: int, look: Any = None) -> None:
        self._session, self._lives, self._look = session, lives, look

    def run(self, *args: Any, **kwargs: Any) -> Any:
        return self._session.run(*args, **kwargs)

    def execute_write(self, *args: Any, **kwargs: Any) -> Any:
        if self._lives == 0:
            raise KilledError
        self._lives -= 1
        out = self._session.execute_write(*args, **kwargs)
        if self._look is not None:
            self._look()
        return out


@pytest.fixture
def p(session: neo4j.Session) -> Projection:
    p = company()
    populate(session, p)
    return p


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materialise, "BATCH", 50)


def write(session: Any, p: Projection, run: str, follows: Graph | None = None) -> Any:
    return materialise.materialise(session, p, ties_of(p), follows or attention(p, 90.0), run)


def holds(session: neo4j.Session, p: Projection, run: str) -> None:
    """Exactly this run is there."""
    assert relationships(session, "TIE", "strength") == expected(p, ties_of(p))
    assert relationships(session, "FOLLOWS", "weight") == expected(p, attention(p, 90.0))
    contact = {pair for pair, value in relationships(session, "TIE", "contact").items() if value == 1}
    assert contact == set(expected(p, acquaintance(p)))
    runs = session.run("MATCH ()-[r:TIE|FOLLOWS]->() RETURN DISTINCT r.run AS run").value()
    nodes = session.run("MATCH (m:Materialised) RETURN m").value()
    assert runs == [run] * (len(ties_of(p).src) > 0)
    assert sorted(m["name"] for m in nodes) == ["FOLLOWS", "TIE"]
    for m in nodes:
        assert (m["run"], m["settled"], m["stale"], m["as_of"]) == (run, True, [], p.as_of)
        assert "next" not in m


def test_content_is_that_of_the_scores(session: neo4j.Session, p: Projection) -> None:
    counts = write(session, p, "r1")
    assert counts == {"TIE": len(ties_of(p).src), "FOLLOWS": len(attention(p, 90.0).src)}
    holds(session, p, "r1")
    assert all(a < b for a, b in relationships(session, "TIE", "strength"))


def test_twice_is_once(session: neo4j.Session, p: Projection) -> None:
    write(session, p, "r1")
    write(session, p, "r1")
    holds(session, p, "r1")


def test_nothing_to_write(session: neo4j.Session) -> None:
    nobody = company(people=1)
    assert write(session, nobody, "r1") == {"TIE": 0, "FOLLOWS": 0}
    holds(session, nobody, "r1")


def test_the_next_run_takes_its_place(session: neo4j.Session, p: Projection) -> None:
    write(session, p, "r1")
    later = company(as_of=400.0)
    write(session, later, "r2")
    holds(session, later, "r2")


def test_a_run_done_again_with_other_content_replaces_it(session: neo4j.Session, p: Projection) -> None:
    write(session, p, "r1")
    later = company(as_of=400.0)
    write(session, later, "r1")
    run = session.run("MATCH (m:Materialised {name: 'TIE'}) RETURN m.run").single(strict=True).value()
    assert run == "r1.2"
    holds(session, later, run)
    write(session, p, "r1")
    holds(session, p, "r1")


@pytest.mark.parametrize("lives", range(13))  # as many transactions as there are
def test_a_kill_anywhere_is_made_good_and_no_reader_sees_half(
    session: neo4j.Session, p: Projection, lives: int
) -> None:
    write(session, p, "r1")
    later = company(as_of=400.0)
    before, after = expected(p, ties_of(p)), expected(later, ties_of(later))

    def look() -> None:
        assert relationships(session, "TIE", "strength") in (before, after)

    with pytest.raises(KilledError):
        write(Dying(session, lives, look), later, "r2")
    look()
    write(Dying(session, -1, look), later, "r2")
    holds(session, later, "r2")


@pytest.mark.parametrize("lives", [1, 3, 6])
def test_what_a_killed_run_left_goes_with_the_next(session: neo4j.Session, p: Projection, lives: int) -> None:
    with pytest.raises(KilledError):
        write(Dying(session, lives), company(as_of=350.0), "r1")
    write(session, p, "r2")
    holds(session, p, "r2")


def test_it_goes_on_where_it_was(session: neo4j.Session, p: Projection) -> None:
    with pytest.raises(KilledError):
        write(Dying(session, 3), p, "r1")
    done = relationships(session, "TIE", "strength", run="r1") if _any_node(session) else {}
    old = session.run("MATCH ()-[r:TIE]->() RETURN elementId(r) AS id").value()
    write(session, p, "r1")
    kept = set(session.run("MATCH ()-[r:TIE]->() RETURN elementId(r) AS id").value())
    assert len(done) == len(old) == 100
    assert set(old) <= kept, "what was written before the kill was written again"


def _any_node(session: neo4j.Session) -> bool:
    return bool(session.run("MATCH (m:Materialised) RETURN count(*) AS n").single(strict=True)["n"])


def test_of_two_writers_the_later_one_wins(session: neo4j.Session, p: Projection) -> None:
    later, taken = company(as_of=400.0), []

    def other() -> None:
        if not taken:
            taken.append(True)
            write(session, later, "r2")

    with pytest.raises(TransientError, match="Another score run"):
        write(Dying(session, -1, other), p, "r1")
    holds(session, later, "r2")


def test_a_person_who_is_gone_stops_it(session: neo4j.Session, p: Projection) -> None:
    write(session, p, "r1")
    later = company(as_of=400.0)
    session.run("MATCH (m:Member {id: $id}) DETACH DELETE m", id=later.entities.id[0].decode()).consume()
    with pytest.raises(TransientError, match="no longer in the database"):
        write(session, later, "r2")
    assert {"r1"} == set(session.run("MATCH (m:Materialised) RETURN m.run").value())


# -- the engine over it ------------------------------------------------------------------------------------------------
def all_named(p: Projection) -> list[NamedGraph]:
    graphs = {"FOLLOWS": attention(p, 90.0), "CONTACT": acquaintance(p), "TIE": ties_of(p)}
    return [named(name, p, g)[0] for name, g in graphs.items()]  # type: ignore[arg-type]


def native(engine: GdsEngine, g: NamedGraph) -> Any:
    return engine._native(engine._connection().gds, g, Ask("wcc"))


def test_the_run_asked_for_is_projected_from_the_database(
    session: neo4j.Session, engine: GdsEngine, p: Projection
) -> None:
    write(session, p, "r1")
    for g in all_named(p):
        assert native(engine, g) is not None, g.name
        assert difference(engine.pagerank(g), LOCAL.pagerank(g)) <= 1e-9
        assert difference(engine.betweenness(g), LOCAL.betweenness(g)) <= 1e-9
        np.testing.assert_array_equal(engine.components(g), LOCAL.components(g))
        np.testing.assert_array_equal(engine.core_numbers(g), LOCAL.core_numbers(g))
        np.testing.assert_array_equal(engine.communities(g), engine.communities(g))


def test_another_moment_is_sent(session: neo4j.Session, engine: GdsEngine, p: Projection) -> None:
    write(session, p, "r1")
    for g in all_named(company(as_of=400.0)):
        if g.name != "CONTACT":  # who had contact is the same at both moments
            assert native(engine, g) is None
        assert difference(engine.pagerank(g), LOCAL.pagerank(g)) <= 1e-9


def test_a_run_half_written_is_not_projected(session: neo4j.Session, engine: GdsEngine, p: Projection) -> None:
    write(session, p, "r1")
    with pytest.raises(KilledError):
        write(Dying(session, 2), company(as_of=400.0), "r2")
    g = all_named(p)[2]
    assert native(engine, g) is None
    assert difference(engine.pagerank(g), LOCAL.pagerank(g)) <= 1e-9


def test_ties_that_were_deleted_are_noticed(session: neo4j.Session, engine: GdsEngine, p: Projection) -> None:
    write(session, p, "r1")
    session.run("MATCH ()-[r:TIE]->() WITH r LIMIT 1 DELETE r").consume()
    g = all_named(p)[2]
    assert native(engine, g) is None
    assert difference(engine.pagerank(g), LOCAL.pagerank(g)) <= 1e-9


def test_results_are_written_back_with_their_run(session: neo4j.Session, engine: GdsEngine, p: Projection) -> None:
    g = all_named(p)[0]
    rank = engine.pagerank(g, write="r1")
    groups = engine.communities(g, write="r1")
    rows = session.run(
        "MATCH (n:Person {pagerank_run: 'r1', community_run: 'r1'}) RETURN n.id AS id, n.pagerank AS rank, "
        "n.community AS community ORDER BY id"
    ).data()
    assert [row["id"] for row in rows] == [i.decode() for i in g.ids]
    assert [row["rank"] for row in rows] == rank.tolist()
    assert [row["community"] for row in rows] == groups.tolist()


def test_only_named_graphs_are_written_back(engine: GdsEngine, p: Projection) -> None:
    with pytest.raises(TypeError, match="named graph"):
        engine.pagerank(attention(p, 90.0), write="r1")
