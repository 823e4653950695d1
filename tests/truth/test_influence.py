"""Influence against hand-worked cases, a recursive version of the credit model, its laws, and two real networks."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import influence_model as ahead
from algorithms.influence import InfluenceParams, explain, fit, influence
from graphsvc import toy
from graphsvc.kernels import credit as c
from graphsvc.kernels import exposure
from graphsvc.kernels.delays import Law
from graphsvc.projection import DAY, Projection
from graphsvc.registry import Inputs
from graphsvc.scores import Scores
from tests.truth import real_networks

PARAMS = InfluenceParams()
YEAR = 365.25


def follows(*pairs: str) -> list[dict[str, Any]]:
    return [{"subject": a, "kind": "FOLLOWS", "object": b} for a, b in pairs]


def adopts(*at: tuple[str, float], work: str = "w") -> list[dict[str, Any]]:
    return [{"subject": a, "kind": "ADOPTED", "object": work, "from": t} for a, t in at]


def of(p: Projection, s: Scores, key: str, column: str = "value") -> float:
    row = s.row_of(p.index[key])
    assert row is not None
    return float({"value": s.value, **s.terms, **s.beside}[column][row])


class TestByHand:
    @pytest.mark.parametrize("peers", [1, 5, 23])
    def test_a_star_of_adopters_credits_its_author(self, peers: int) -> None:
        p = toy.adoption_star(peers)
        s = influence(p, PARAMS)
        assert of(p, s, "a-cto") == peers
        assert s.value.sum() == peers, "nobody else earned any"

    def test_the_cto_of_the_star_is_a_hidden_influencer_unless_a_buyer(self) -> None:
        p = toy.adoption_star(23)
        s = influence(p, PARAMS)
        assert of(p, s, "a-cto", "credit_excess") == 23.0
        assert s.beside["hidden"].tolist() == [True, *[False] * 23]
        buyer = toy.build(
            people=[{"id": "a-cto", "buyer": True}],
            facts=follows(("b", "a-cto")) + adopts(("a-cto", 1), ("b", 2)),
            as_of=9,
        )
        assert not influence(buyer, PARAMS).beside["hidden"].any()

    def test_a_chain_passes_credit_on_as_a_separate_term(self) -> None:
        p = toy.build(facts=follows("ba", "cb", "dc") + adopts(("a", 1), ("b", 2), ("c", 3), ("d", 4)), as_of=9)
        s = influence(p, PARAMS)
        assert [of(p, s, k, "direct") for k in "abcd"] == pytest.approx([1, 1, 1, 0])
        assert [of(p, s, k, "chains") for k in "abcd"] == pytest.approx([2, 1, 0, 0])

    def test_one_unit_is_split_by_delay(self) -> None:
        p = toy.build(facts=follows("ca", "cb") + adopts(("a", 0), ("b", 90), ("c", 180)), as_of=200)
        s = influence(p, PARAMS)  # delays 180 and 90 at half-life 90: 1/4 against 1/2
        assert of(p, s, "a", "direct") == pytest.approx(1 / 3)
        assert of(p, s, "b", "direct") == pytest.approx(2 / 3)

    def test_a_tie_teaches_like_following_from_the_first_contact_on(self) -> None:
        def credit_of_a(met: float) -> float:
            p = toy.build(
                interactions=[{"time": met, "from": "b", "to": "a"}], facts=adopts(("a", 1), ("b", 5)), as_of=9
            )
            return of(p, influence(p, PARAMS), "a")

        assert credit_of_a(3.0) == 1.0
        assert credit_of_a(6.0) == 0.0

    def test_nobody_learns_from_the_future_or_at_the_same_moment_or_after_unfollowing(self) -> None:
        for first, second, span in [(5, 2, {}), (2, 2, {}), (1, 5, {"from": 6}), (1, 5, {"from": 0, "to": 4})]:
            facts = [{"subject": "b", "kind": "FOLLOWS", "object": "a", **span}]
            p = toy.build(facts=facts + adopts(("a", first), ("b", second)), as_of=9)
            s = influence(p, PARAMS)
            assert of(p, s, "a") == 0.0

    def test_an_author_needs_no_following_and_no_date(self) -> None:
        facts = [{"subject": "z", "kind": "AUTHORED", "object": "w"}]
        p = toy.build(facts=facts + adopts(("a", 3), ("b", 5)), as_of=9)
        assert of(p, influence(p, PARAMS), "z") == 2.0

    def test_adoptions_without_a_date_credit_the_author_only(self) -> None:
        facts = [{"subject": "z", "kind": "AUTHORED", "object": "w"}, *follows("ba")]
        p = toy.build(facts=[*facts, *adopts(("a", 3)), {"subject": "b", "kind": "ADOPTED", "object": "w"}], as_of=9)
        s = influence(p, PARAMS)
        assert (of(p, s, "z"), of(p, s, "a")) == (2.0, 0.0)

    def test_an_organization_learns_from_its_people_and_those_they_follow(self) -> None:
        facts = follows("ba") + adopts(("a", 1), ("o", 50))
        people = [{"id": "b", "organization": "o"}]
        p = toy.build(people=people, organizations=[{"id": "o"}], facts=facts, as_of=60)
        s = influence(p, PARAMS)
        assert of(p, s, "a") == 1.0
        assert of(p, s, "a", "outward") == 0.0, "the employer of a is not known, so that nothing is known to be outside"

    def test_later_adoptions_than_as_of_do_not_count(self) -> None:
        p = toy.build(facts=follows("ba") + adopts(("a", 1), ("b", 5)), as_of=4)
        assert of(p, influence(p, PARAMS), "a") == 0.0

    def test_outward_counts_what_lands_in_other_known_organizations(self) -> None:
        people = [{"id": k, "organization": o} for k, o in zip("abc", "xxy", strict=True)]
        facts = follows("ba", "cb", "da") + adopts(("a", 1), ("b", 2), ("c", 3), ("d", 3))
        p = toy.build(people=people, facts=facts, as_of=9)
        s = influence(p, PARAMS)
        assert of(p, s, "a") == pytest.approx(3)  # b, d, and c by way of b
        assert of(p, s, "a", "outward") == pytest.approx(1)  # c; the employer of d is not known
        assert of(p, s, "b", "outward") == pytest.approx(1)

    def test_null_says_why(self) -> None:
        p = toy.build(interactions=[{"time": 1, "from": "a", "to": "b"}], as_of=2)
        s = influence(p, PARAMS)
        assert np.isnan(s.value).all()
        assert s.reason is not None and {s.reasons[r].code for r in s.reason} == {"scores.no_adoptions"}
        assert np.isfinite(s.beside["pagerank"]).all() and np.isfinite(s.beside["core"]).all()
        p = toy.build(people=[{"id": "q"}], facts=follows("ba") + adopts(("a", 1)), as_of=2)
        s = influence(p, PARAMS)
        assert s.reason is not None
        assert s.reasons[s.reason[s.row_of(p.index["q"]) or 0]].code == "scores.no_influence_evidence"

    def test_pagerank_runs_from_recipient_to_sender(self) -> None:
        rows = [{"time": 1, "from": "a", "to": k, "id": k} for k in "bcd"]
        s = influence(toy.build(interactions=rows, as_of=2), PARAMS)
        assert int(np.argmax(s.beside["pagerank"])) == 0

    def test_open_followers_and_reach(self) -> None:
        facts = follows("ba", "ca", "da", "ca") + adopts(("a", 1), ("b", 2))
        p = toy.build(facts=facts, as_of=400)
        s = influence(p, PARAMS)
        assert of(p, s, "a", "open_followers") == 2.0
        assert of(p, s, "a", "followers") == 3.0, "followed twice is one follower"
        assert 0 < of(p, s, "a", "reach") < 2
        assert fit(p, PARAMS).cold_start
        assert any(note.code == "scores.reach_cold" for note in s.notes)


people = st.sampled_from("abcdef")
worlds = st.fixed_dictionaries(
    {
        "follows": st.lists(st.tuples(people, people), max_size=14),
        "adopted": st.lists(st.tuples(people, st.sampled_from("uv"), st.integers(0, 6)), max_size=12),
        "authors": st.lists(st.tuples(people, st.sampled_from("uv")), max_size=2),
    }
)


def world(parts: dict[str, list[Any]]) -> Projection:
    facts = follows(*((a, b) for a, b in parts["follows"] if a != b))
    facts += [{"subject": a, "kind": "ADOPTED", "object": w, "from": 10.0 * t} for a, w, t in parts["adopted"]]
    facts += [{"subject": a, "kind": "AUTHORED", "object": w, "from": 0.0} for a, w in parts["authors"]]
    return toy.build(people=[{"id": k} for k in "abcdef"], facts=facts, as_of=100)


def density(law: Law, delay: float, kind: int) -> float:
    """Of the delay, for a kind of source (0 author, 1 follows, 2 tie)."""
    scale = float(law.scale[kind])
    if law.tail == 0:
        return float(np.exp(-delay / scale)) / scale
    return float((1 + law.tail * delay / scale) ** (-1 / law.tail - 1)) / scale


def recursive_credit(parts: dict[str, list[Any]], law: Law) -> dict[tuple[str, str, str], float]:
    """Gamma(u, v, work) by the recursion of Goyal et al., person by person."""
    followed = {(a, b) for a, b in parts["follows"] if a != b}
    out: dict[tuple[str, str, str], float] = {}
    for w in "uv":
        authors = {a for a, work in parts["authors"] if work == w}
        when: dict[str, float] = {}
        for a, work, t in parts["adopted"]:
            if work == w and a not in authors:
                when[a] = min(when.get(a, np.inf), 10.0 * t)

        def split(v: str, when: dict[str, float] = when, authors: set[str] = authors) -> dict[str, float]:
            delay = dict.fromkeys(authors, (when[v], 0))
            delay |= {u: (when[v] - when[u], 1) for u in when if (v, u) in followed and when[u] < when[v]}
            part = {u: density(law, d, kind) for u, (d, kind) in delay.items()}
            return {u: x / sum(part.values()) for u, x in part.items()}

        @cache
        def total(u: str, v: str, when: Any = None, split: Any = split, adopters: Any = tuple(when)) -> float:
            if u == v:
                return 1.0
            return sum(x * total(u, s) for s, x in split(v).items()) if v in adopters else 0.0

        for u in "abcdef":
            for v in when:
                if u != v:
                    out[u, v, w] = total(u, v)
    return out


@settings(max_examples=80, deadline=None)
@given(worlds)
def test_credit_equals_the_recursion_of_the_paper(parts: dict[str, list[Any]]) -> None:
    p = world(parts)
    given_, _, law = c.credit_of(p, 90.0)
    truth = recursive_credit(parts, law)
    value = given_.direct(len(p)) + given_.chains(len(p))
    for u in "abcdef":
        assert value[p.index[u]] == pytest.approx(sum(x for (a, _, _), x in truth.items() if a == u), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_laws_of_credit(parts: dict[str, list[Any]]) -> None:
    p = world(parts)
    given_, pairs, law = c.credit_of(p, 90.0)
    n, events = len(p), given_.events
    handed_out = np.bincount(given_.later, weights=given_.share, minlength=len(events))
    assert (np.isclose(handed_out, 1.0) | (handed_out == 0.0)).all()
    assert given_.direct(n).sum() <= (~events.author).sum() + 1e-9
    for entity in range(n):
        direct, chains = c.reached(given_, entity)
        assert direct.sum() == pytest.approx(given_.direct(n)[entity], abs=1e-12)
        assert chains.sum() == pytest.approx(given_.chains(n)[entity], abs=1e-12)
    group = np.zeros(n, dtype=np.int32)
    dealt = c.shuffled(events, group, np.random.default_rng(0))
    for work in np.unique(events.work):  # dates are dealt out anew inside a work, none is lost
        here = (events.work == work) & ~events.author
        assert sorted(dealt[here]) == sorted(events.time[here])
    np.testing.assert_array_equal(c.credit(events, pairs, law, events.time).share, given_.share)


@settings(max_examples=40, deadline=None)
@given(worlds)
def test_landing_equals_a_sum_over_pairs(parts: dict[str, list[Any]]) -> None:
    p = world(parts)
    home = dict(zip("abcdef", ["x", "x", "y", "y", "z", None], strict=True))
    employed = [{"id": k, **({"organization": o} if o else {})} for k, o in home.items()]
    q = toy.build(people=employed, facts=_facts_of(parts), as_of=100)
    given_, _, law = c.credit_of(q, 90.0)
    truth = recursive_credit(parts, law)
    assert len(p) <= len(q)
    landed = c.landing(q, given_)
    for u in "abcdef":
        abroad = sum(x for (a, v, _), x in truth.items() if a == u and home[u] and home[v] and home[u] != home[v])
        assert landed[q.index[u]] == pytest.approx(abroad, abs=1e-12)


def _facts_of(parts: dict[str, list[Any]]) -> list[dict[str, Any]]:
    facts = follows(*((a, b) for a, b in parts["follows"] if a != b))
    facts += [{"subject": a, "kind": "ADOPTED", "object": w, "from": 10.0 * t} for a, w, t in parts["adopted"]]
    return facts + [{"subject": a, "kind": "AUTHORED", "object": w, "from": 0.0} for a, w in parts["authors"]]


def test_centuries_of_delay_do_not_underflow() -> None:
    p = toy.build(facts=follows("ca", "cb") + adopts(("a", 0), ("b", 0.5), ("c", 300 * YEAR)), as_of=301 * YEAR)
    s = influence(p, PARAMS)
    assert of(p, s, "a", "direct") + of(p, s, "b", "direct") == pytest.approx(1.0)


def test_the_law_of_delay_is_read_from_the_data_from_twenty_pairs_on() -> None:
    def fitted(pairs: int) -> Law:
        facts = []
        for i in range(pairs):
            facts += follows((f"b{i}", f"a{i}")) + adopts((f"a{i}", 0), (f"b{i}", 10 + i))
        return c.credit_of(toy.build(facts=facts, as_of=900), 90.0)[2]

    assert fitted(19).pairs == 0 and fitted(19).half_life_days == pytest.approx(90.0)
    assert fitted(21).pairs == 21 and fitted(21).half_life_days == pytest.approx(20 * np.log(2), rel=0.1)


def test_being_first_is_no_excess_where_everybody_follows_everybody() -> None:
    """Earliness alone is no influence: had anybody else adopted, the credit would have gone to the same people."""
    rng = np.random.default_rng(0)
    names = [f"p{i:02d}" for i in range(30)]
    facts = follows(*((a, b) for a in names for b in names if a != b))
    for w in range(12):
        order = [names[0], *rng.permutation(names[1:]).tolist()]
        facts += adopts(*((k, float(day)) for day, k in enumerate(order)), work=f"w{w}")
    s = influence(toy.build(facts=facts, as_of=40), PARAMS)
    assert int(np.argmax(s.value)) == 0 and s.value[0] > 50
    np.testing.assert_allclose(s.beside["credit_excess"], 0.0, atol=1e-6)
    assert not s.beside["hidden"].any()


def test_excess_is_what_followers_adopt_beyond_their_part_of_the_group() -> None:
    """Of ten people of one firm, b, c and d follow a; they adopt after a, and later so do three who follow nobody."""
    people = [{"id": k, "organization": "o"} for k in "abcdefg"]
    facts = follows("ba", "ca", "da")
    facts += adopts(("a", 1), ("b", 2), ("c", 3), ("d", 4), ("e", 5), ("f", 6), ("g", 7))
    p = toy.build(people=people, facts=facts, as_of=9)
    s = influence(p, PARAMS)
    expected = 3 / 6 + 2 / 5 + 1 / 4  # at each adoption, the part of those still without it that follows a
    assert of(p, s, "a") == 3.0
    assert of(p, s, "a", "credit_excess") == pytest.approx(3 - expected)
    assert 0 < of(p, s, "a", "chance") < 0.1


def test_explain_opens_credit_to_the_adoptions_that_brought_it() -> None:
    p = toy.build(facts=follows("ba", "cb") + adopts(("a", 1), ("b", 2), ("c", 3)), as_of=9)
    s = influence(p, PARAMS)
    row = s.row_of(p.index["a"])
    assert row is not None
    evidence = {e.term: e for e in explain(p, PARAMS, Inputs({}), s, row)}
    adopted = p.facts_of("ADOPTED")
    handle = {int(x): int(r) for x, r in zip(adopted.subject, adopted.row, strict=True)}
    for term, adopter in (("direct", "b"), ("chains", "c")):
        e = evidence[term]
        assert (e.kind, e.table) == ("sum", "facts")
        assert e.rows is not None and e.rows.tolist() == [handle[p.index[adopter]]]
        assert e.shares is not None and e.shares.tolist() == [1.0]
    assert evidence["pagerank"].kind == evidence["betweenness"].kind == "subgraph"


def world_of(p: Projection, group: int | None = None) -> exposure.World:
    """The world of a projection; one group for all, or everybody a group of its own."""
    events, known = c.adoptions(p), c.sources(p)
    groups = np.arange(len(p), dtype=np.int32) if group is None else np.full(len(p), group, dtype=np.int32)
    audience = np.zeros(len(p), dtype=bool)
    audience[known.who] = True
    return exposure.World(events, known, groups, audience, "all")


class TestReach:
    def test_a_horizon_shorter_than_the_calendar_is_five_ticks(self) -> None:
        p = toy.build(facts=adopts(("a", 365), ("b", 730)), as_of=900)
        assert exposure.horizon_days(c.adoptions(p), 180.0) == pytest.approx(5 * 365)
        assert exposure.horizon_days(c.adoptions(p), 400.0) == 400.0
        assert exposure.horizon_days(c.adoptions(toy.adoption_star(3)), 180.0) == 180.0

    def test_reach_counts_followers_once_whatever_the_number_of_works(self) -> None:
        facts = follows("ba", "ca") + adopts(("a", 1), ("b", 2))
        facts += [{"subject": "a", "kind": "ADOPTED", "object": w, "from": 1} for w in "uvx"]
        p = toy.build(facts=facts, as_of=9)
        s = influence(p, PARAMS)
        assert of(p, s, "a", "open_followers") == 2.0
        assert 0 < of(p, s, "a", "reach") < 2.0

    def test_reach_is_the_sum_of_the_followers_chances_to_take_up_one_of_ones_works(self) -> None:
        facts = follows("ba", "ca") + adopts(("a", 1), work="u") + adopts(("a", 1), work="v")
        p = toy.build(facts=facts, as_of=9)
        scene = ahead.scene(p)
        rows, _ = ahead.probabilities(scene, fit(p, PARAMS))
        chance = np.linspace(0.1, 0.4, len(rows))
        reach, waiting = ahead.from_followers(scene, rows, chance, scene.at)
        by_person = {i: 1 - np.prod(1 - chance[rows.person == i]) for i in np.unique(rows.person).tolist()}
        assert reach[p.index["a"]] == pytest.approx(sum(by_person.values()))
        assert waiting[p.index["a"]] == 2.0

    def test_people_with_a_tie_stand_for_followers_where_nobody_follows(self) -> None:
        mail = [{"time": 1, "from": "a", "to": k, "id": k} for k in "bc"]
        p = toy.build(interactions=mail, facts=adopts(("a", 2)), as_of=9)
        s = influence(p, PARAMS)
        assert of(p, s, "a", "open_followers") == 2.0
        assert any(note.code == "influence.ties_for_followers" for note in s.notes)

    def test_only_the_past_enters_features_and_only_the_future_labels(self) -> None:
        facts = follows("ba", "ca") + adopts(("a", 1), ("b", 50), ("c", 300))
        p = toy.build(facts=facts, as_of=400)
        world = world_of(p)
        rows = exposure.at_risk(world, int(20 * DAY), 100.0)
        assert rows.person.tolist() == [p.index["b"], p.index["c"]]
        assert exposure.outcome(world, rows, int(20 * DAY), 100.0).tolist() == [True, False]
        early = toy.build(facts=facts, as_of=20)
        then = exposure.at_risk(world_of(early), early.as_of, 100.0)
        np.testing.assert_array_equal(then.x, rows.x)
        x = dict(zip(exposure.FEATURES, rows.x.T, strict=True))
        np.testing.assert_allclose(x["sources"], np.log(2))
        np.testing.assert_allclose(x["share"], 1.0)

    def test_too_many_pairs_leave_only_own_sources(self, monkeypatch: pytest.MonkeyPatch) -> None:
        p = toy.build(people=[{"id": "d"}], facts=follows("ba", "cd") + adopts(("a", 1)), as_of=40)

        def waiting() -> list[int]:
            scene = ahead.scene(p)
            return exposure.at_risk(scene.world, p.as_of, 100.0).person.tolist()

        assert waiting() == [p.index["b"], p.index["c"]]
        monkeypatch.setattr(exposure, "MAX_PAIRS", 0)
        assert waiting() == [p.index["b"]]

    def test_credit_ahead_is_the_part_that_would_fall_to_one(self) -> None:
        p = toy.build(facts=follows("ca", "cb") + adopts(("a", 0), ("b", 90)), as_of=180)
        s = influence(p, PARAMS)
        a, b = of(p, s, "a", "credit_ahead"), of(p, s, "b", "credit_ahead")
        assert a + b == pytest.approx(of(p, s, "a", "reach"))
        assert b == pytest.approx(2 * a)  # delays 180 and 90 at half-life 90


needs_data = pytest.mark.skipif(not real_networks.DATA.is_dir(), reason="no data sets beside the project")


@pytest.mark.data
@needs_data
def test_real_networks() -> None:
    """What ``python -m tests.truth.real_networks`` prints; bounds well below what was measured."""
    figures = {(truth, score): value for truth, score, value in real_networks.figures()}
    for (truth, score), value in figures.items():
        print(f"{value:6.3f}  {score:15s} {truth}")
    assert figures["krackhardt: seniority", "pagerank"] > 0.6
    assert figures["farmers: opinion leader index", "credit"] > 0.45
    assert figures["farmers: opinion leader index", "pagerank"] > 0.5
    within = [f"farmers, year {cut}: followers who adopt within 3 years" for cut in (8, 11, 14)]
    reach, plain = (np.mean([figures[t, name] for t in within]) for name in ("reach", "open_followers"))
    assert reach > 0.69
    assert reach > plain, "the fitted probability beats the plain count of open followers on average"


@pytest.mark.parametrize(
    ("people", "pivots"), [(4_999, None), (5_000, 256), (31_250, 256), (100_000, 80), (500_000, 16), (10**7, 16)]
)
def test_very_large_graphs_get_fewer_pivots_but_sixteen(people: int, pivots: int | None) -> None:
    from algorithms.influence import _pivots

    assert _pivots(InfluenceParams(), people) == pivots
