"""Communities, brokers and silent groups on planted worlds: what is there is found, what is chance is not claimed."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import networkx as nx
import numpy as np
import pytest

from algorithms.brokers import Brokers, find_brokers
from algorithms.ecosystem import EcosystemParams
from algorithms.ecosystem_stability import PIVOT, VERDICTS, Signals, judge, landed_since
from algorithms.groups import OURS, grouped
from algorithms.silent import CANNOT_TELL, IN_RHYTHM, SILENT, Silences, SilentParams, find_silences
from algorithms.structure import Communities, StructureParams, affordable, dominant, find_communities, told
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.kernels.resampling import resampled, tie_rows
from graphsvc.projection import DAY, Projection
from tests.truth.test_ecosystem import of
from tests.truth.test_ecosystem import score as ecosystem_of

Row = dict[str, Any]
END = 200.0


def talk(a: str, b: str, times: int, rng: np.random.Generator, start: float = END - 90) -> list[Row]:
    """Mail between two people, both ways, at random times."""
    days = rng.uniform(start, END, times)
    sides = ((a, b) if k % 2 else (b, a) for k in range(times))
    return [
        {"id": f"{a}-{b}-{k}", "time": float(day), "from": x, "to": y}
        for k, (day, (x, y)) in enumerate(zip(days, sides, strict=True))
    ]


def mailed(g: nx.Graph, times: int, seed: int = 0, extra: tuple[str, ...] = ()) -> Projection:
    """Everybody who is tied in a graph writes to each other a number of times."""
    rng = np.random.default_rng(seed)
    rows = [row for a, b in g.edges for row in talk(f"p{a:03d}", f"p{b:03d}", times, rng)]
    people = [{"id": f"p{v:03d}"} for v in g] + [{"id": k} for k in extra]
    return toy.build(people=people, interactions=rows, as_of=END)


def found(p: Projection, **params: Any) -> Communities:
    return find_communities(p, tie_strength(p, TieStrengthParams()), StructureParams(**params))


# -- communities -----------------------------------------------------------------------------------------------------


@cache
def planted() -> Projection:
    return mailed(nx.planted_partition_graph(5, 16, 0.5, 0.02, seed=2), 8)


def test_planted_communities_are_recovered_and_stable() -> None:
    c = found(planted())
    assert c.parts.size.tolist() == [16] * 5
    truth = np.repeat(np.arange(5), 16)
    assert len(set(zip(c.label.tolist(), truth.tolist(), strict=True))) == 5
    assert (c.stable > 0.85).all() and {told(s) for s in c.stable} == {"stable"}
    assert np.median(c.stays) > 0.95 and (c.stays >= 0.5).all()
    assert c.modularity == pytest.approx(nx.community.modularity(as_networkx(c), groups_of(c)), rel=1e-9)


def as_networkx(c: Communities) -> nx.Graph:
    g, made = c.ties.graph, nx.Graph()
    made.add_weighted_edges_from(zip(g.src.tolist(), g.dst.tolist(), g.weight.tolist(), strict=True))
    return made


def groups_of(c: Communities) -> list[list[int]]:
    return [c.members(k).tolist() for k in range(len(c))]


@pytest.mark.parametrize("times", [2, 30])
def test_no_confident_community_in_a_random_graph_however_much_is_written(times: int) -> None:
    c = found(mailed(nx.gnp_random_graph(80, 0.1, seed=4), times))
    large = c.parts.size >= 3
    assert large.sum() >= 4, "Leiden finds something anywhere"
    assert "stable" not in {told(s) for s in c.stable[large]}
    assert np.average(c.stable[large], weights=c.parts.size[large]) < 0.5


def test_figures_of_a_community() -> None:
    c = found(planted())
    g = as_networkx(c)
    for k in range(len(c)):
        members = c.members(k).tolist()
        inner = g.subgraph(members)
        assert c.density[k] == pytest.approx(nx.density(inner))
        within, volume = inner.size("weight"), sum(d for _, d in g.degree(members, "weight"))
        assert c.inside[k] == pytest.approx(2 * within / volume)
        central = [inner.degree(v, "weight") for v in members]
        assert central == sorted(central, reverse=True)
        np.testing.assert_allclose(c.central[members], central)


def test_repeats_and_does_not_hang_on_an_isolated_person_or_on_replicates() -> None:
    once, again = found(planted()), found(planted())
    for column in ("label", "stable", "stays"):
        np.testing.assert_array_equal(getattr(once, column), getattr(again, column))
    more = found(mailed(nx.planted_partition_graph(5, 16, 0.5, 0.02, seed=2), 8, extra=("p0005", "zz")))
    np.testing.assert_array_equal(once.label, more.label)
    none = found(planted(), replicates=0)
    np.testing.assert_array_equal(once.label, none.label)
    assert np.isnan(none.stable).all() and {told(s) for s in none.stable} == {"cannot_tell"}


def test_a_large_graph_gets_fewer_replicates_and_says_so() -> None:
    params = StructureParams()
    assert affordable(params, 10_000) == params
    large = affordable(params, 400_000)
    assert (large.replicates, large.starts) == (12, 1)
    assert affordable(params, 10**9).replicates == 10
    assert affordable(StructureParams(replicates=3), 10**9).replicates == 3


def test_renamed_people_are_in_the_same_communities() -> None:
    p = planted()
    order = np.random.default_rng(1).permutation(80)
    g = nx.relabel_nodes(nx.planted_partition_graph(5, 16, 0.5, 0.02, seed=2), dict(enumerate(order.tolist())))
    q = mailed(nx.convert_node_labels_to_integers(g, ordering="sorted"), 8)
    ours, theirs = found(p).label, found(q).label
    assert len(set(zip(ours.tolist(), theirs[order].tolist(), strict=True))) == 5


def test_old_ties_are_not_current() -> None:
    rows = [{"time": t, "from": "a", "to": b} for t, b in ((10.0, "b"), (500.0, "c"))]
    c = found(toy.build(interactions=rows, as_of=510))
    assert c.ties.graph.n == 2
    assert found(toy.build(interactions=rows, as_of=510), window_days=1000.0).ties.graph.n == 3


@pytest.mark.parametrize(
    "rows", [[], [{"time": 1.0, "from": "a", "to": "a"}], [{"time": 1.0, "from": "a", "to": "b", "weight": 0.0}]]
)
def test_nobody_and_one_person_and_ties_of_nothing(rows: list[Row]) -> None:
    p = toy.build(people=[{"id": "x"}], interactions=rows, as_of=9)
    c = found(p)
    assert len(c) == c.ties.graph.n == 0 and c.modularity == 0.0
    assert len(find_brokers(c.ties, grouped(p, "community", c))) == 0


def test_all_ties_equal() -> None:
    g = nx.complete_graph(12)
    p = toy.build(
        interactions=[{"id": f"{a}.{b}", "time": 9.0, "from": f"p{a:02d}", "to": f"p{b:02d}"} for a, b in g.edges],
        as_of=10,
    )
    c = found(p)
    assert len(c) == 1 or max(c.stable) < 0.75, "in a clique of equals nobody belongs together more than others"


def test_one_mail_to_many_vanishes_as_one() -> None:
    crowd = [{"id": "one", "time": 9.0, "from": "a", "to": f"b{k}"} for k in range(6)]
    rows = tie_rows(toy.build(interactions=crowd, as_of=10), 90.0)
    assert rows.events == 1
    for forth, back in resampled(rows, 20, 1, ties_too=False):
        assert len({round(float(x), 12) for x in forth + back}) == 1, "all of its ties, or none"


def test_resampling_keeps_the_mean() -> None:
    rows = tie_rows(planted(), 90.0)
    once = np.add.reduceat(rows.forth + rows.back, rows.start[:-1])
    mean = np.mean([forth + back for forth, back in resampled(rows, 400, 5)], axis=0)
    assert mean.sum() == pytest.approx(once.sum(), rel=0.02)


def test_a_tie_strength_of_another_graph_is_refused() -> None:
    with pytest.raises(ValueError, match="another graph"):
        find_communities(planted(), tie_strength(toy.build(), TieStrengthParams()))


def test_dominant_counts_the_unknown_as_rest() -> None:
    assert dominant(np.array([3, -1, 3, 5], dtype=np.int32)) == [(3, 0.5), (5, 0.25)]


# -- brokers ---------------------------------------------------------------------------------------------------------


def bridged() -> Projection:
    """Three companies of eight in a ring of friends; only ``m-broker`` of the first knows people of all three."""
    rng, rows, people = np.random.default_rng(0), [], [{"id": "m-broker", "organization": "x"}]
    for org in "xyz":
        names = [f"{org}{k}" for k in range(8)]
        people += [{"id": n, "organization": org} for n in names]
        for i in range(8):
            for step in (1, 2, 3):
                rows += talk(names[i], names[(i + step) % 8], 6, rng)
        for k in range(3):
            rows += talk("m-broker", names[k], 6, rng)
    rows += talk("y7", "z7", 6, rng)
    return toy.build(people=people, interactions=rows, as_of=END)


def brokers_of(p: Projection, by: Any = "organization") -> Brokers:
    c = found(p)
    return find_brokers(c.ties, grouped(p, by, c), StructureParams())


def test_a_planted_broker_is_first_with_what_is_lost() -> None:
    p = bridged()
    b = brokers_of(p)
    who = p.entities.id[b.ties.who[b.vertex]]
    assert who[0] == b"m-broker"
    assert (b.low[0], b.foremost[0]) == (1, 1.0) and b.high[0] <= 3
    named = [p.entities.id[i].decode() for i in b.groups.named]
    pairs = {frozenset((named[one], named[two])): held for one, two, held in b.bridges(0)}
    assert pairs[frozenset("xy")].lost == pairs[frozenset("xy")].pairs > 0, "nobody else joins x and y"
    assert 0 < pairs[frozenset("yz")].lost < pairs[frozenset("yz")].pairs, "y7 and z7 know each other"
    assert b.roles[0].tolist() == [0, 0, 18, 9], "three friends in each: 3 x (3 + 3) pairs with x, 3 x 3 of y and z"


def test_ranks_lie_in_their_interval() -> None:
    b = brokers_of(planted(), "community")
    rank = np.arange(1, len(b) + 1)
    assert (b.low <= b.high).all() and (b.low >= 1).all() and (b.high <= len(b)).all()
    assert ((b.low <= rank) & (rank <= b.high)).mean() > 0.8


def test_of_brokers_alike_none_is_surely_first() -> None:
    b = brokers_of(planted(), "community")
    assert b.high[0] > 3, "in a random graph between communities somebody is first by chance"


# -- silent groups ---------------------------------------------------------------------------------------------------


def quiet_world() -> Projection:
    """Ours with five accounts: weekly and alive, weekly and silent, quarterly, young, and one that is long over."""
    people = [{"id": "us1", "internal": True}, {"id": "us2", "internal": True}]
    days = {
        "alive": np.arange(5.0, 800, 7),
        "gone": np.arange(5.0, 740, 7),
        "quarterly": np.arange(30.0, 760, 91),
        "young": np.array([700.0, 720.0]),
        "over": np.arange(5.0, 200, 7),
    }
    rows = []
    for org, when in days.items():
        people += [{"id": f"{org}-1", "organization": org}, {"id": f"{org}-2", "organization": org}]
        for k, day in enumerate(when):
            us, them = f"us{1 + k % 2}", f"{org}-{1 + (k // 2) % 2}"
            ends = (us, them) if k % 3 else (them, us)
            rows.append({"id": f"{org}.{k}", "time": float(day), "from": ends[0], "to": ends[1]})
    return toy.build(people=people, interactions=rows, as_of=800)


def silences(p: Projection, by: Any = "organization", **params: Any) -> tuple[Silences, dict[str, int]]:
    s = find_silences(p, tie_strength(p, TieStrengthParams()), grouped(p, by), SilentParams(**params))
    names = []
    for a, b in zip(s.rhythm.a, s.rhythm.b, strict=True):
        other = next(g for g in (int(s.groups.named[a]), int(s.groups.named[b])) if g != OURS)
        names.append(p.entities.id[other].decode())
    return s, {name: i for i, name in enumerate(names)}


def test_planted_silences() -> None:
    s, row = silences(quiet_world())
    verdict = {name: str(s.verdict[i]) for name, i in row.items()}
    assert verdict == {"gone": SILENT, "over": SILENT, "quarterly": IN_RHYTHM, "young": CANNOT_TELL}
    assert s.talking == 1
    assert list(row)[:2] == ["gone", "over"], "what stopped lately is worth more than what is long over"
    assert s.silent[row["gone"]] == pytest.approx(60.0, abs=7)
    assert s.typical[row["gone"]] == 7.0 and s.typical[row["quarterly"]] == 91.0
    assert s.chance[row["gone"]] < 0.05 < 0.5 < s.chance[row["quarterly"]]
    assert s.rhythm.days[row["young"]] == 2


def test_fewer_weeks_ask_for_shorter_silences() -> None:
    p = quiet_world()
    assert len(silences(p, weeks=100.0)[0]) == 0
    long = silences(p, weeks=20.0)[1]
    assert list(long) == ["over"]


def test_the_strongest_tie_left_reopens_and_nobody_who_left_does() -> None:
    p = quiet_world()
    s, row = silences(p)
    i = row["gone"]
    one, two = int(s.one[i]), int(s.two[i])
    assert s.groups.of[one] == s.rhythm.a[i] and s.groups.of[two] == s.rhythm.b[i]
    strength = tie_strength(p, TieStrengthParams())
    across = [
        float(v) for a, b, v in zip(strength.a, strength.b, strength.value, strict=True)
        if {int(s.groups.of[a]), int(s.groups.of[b])} == {int(s.rhythm.a[i]), int(s.rhythm.b[i])}
    ]  # fmt: skip
    assert strength.value[s.tie[i]] == max(across)
    left = p.entities.left.copy()
    left[[j for j, key in enumerate(p.entities.id) if key.startswith(b"gone")]] = True
    emptied = replace(p, entities=replace(p.entities, left=left))
    s, row = silences(emptied)
    assert s.one[row["gone"]] == s.two[row["gone"]] == -1


def test_teams_are_a_manager_and_who_reports_to_them() -> None:
    facts = [{"subject": s, "kind": "REPORTS_TO", "object": o} for s, o in (("a", "m"), ("b", "m"), ("c", "n"))]
    p = toy.build(people=[{"id": "loner"}], facts=facts, as_of=9)
    groups = grouped(p, "team")
    of = {key.decode(): int(groups.of[i]) for i, key in enumerate(p.entities.id)}
    assert of["a"] == of["b"] == of["m"] != of["c"] == of["n"] and of["loner"] == -1
    assert sorted(p.entities.id[i].decode() for i in groups.named) == ["m", "n"]


@pytest.mark.parametrize("rows", [[], [{"time": 1.0, "from": "a", "to": "b"}]])
def test_silence_of_nobody_is_nothing(rows: list[Row]) -> None:
    p = toy.build(interactions=rows, as_of=300)
    assert len(silences(p)[0]) == 0


def test_a_clock_that_jumped_gives_no_silence_in_the_future() -> None:
    p = quiet_world()
    s, _ = silences(replace(p, as_of=int(750 * DAY)))
    assert (s.silent >= 0).all()


# -- ecosystem verdicts ----------------------------------------------------------------------------------------------


def signals(**columns: list[float]) -> Signals:
    n = len(next(iter(columns.values())))
    names = ("outward", "supply", "shares", "adopting_orgs", "referrals")
    filled = {name: np.array(columns.get(name, [0.0] * n)) for name in names}
    return Signals(
        **filled, deep=np.array(columns.get("deep", [0] * n), bool), won=np.array(columns.get("won", [0] * n), bool)
    )


def test_the_rule_by_hand() -> None:
    s = signals(outward=[9, 2, 0.5, 0, 9], shares=[3, 3, 3, 3, 2], deep=[0, 0, 1, 1, 0], won=[0, 0, 1, 0, 0])
    verdict = judge(s, EcosystemParams())
    assert [VERDICTS[v] if v >= 0 else None for v in verdict] == ["pivot", "pivot", "lighthouse", "", None]
    assert judge(signals(outward=[]), EcosystemParams()).tolist() == []


def spread(companies: int) -> Projection:
    people = [{"id": "us", "internal": True}, {"id": "a", "organization": "x"}]
    facts = [{"subject": "a", "kind": "ADOPTED", "object": "w", "from": 1.0}]
    for i in range(companies):
        people.append({"id": f"f{i:02d}", "organization": f"y{i:02d}"})
        facts.append({"subject": f"f{i:02d}", "kind": "FOLLOWS", "object": "a"})
        facts.append({"subject": f"f{i:02d}", "kind": "ADOPTED", "object": "w", "from": 2.0 + i})
    return toy.build(people=people, facts=facts, as_of=90)


def verdict_of(companies: int) -> tuple[str, float]:
    p = spread(companies)
    s = ecosystem_of(p)[0]
    return of(p, s, "x", "verdict"), float(of(p, s, "x", "stable"))


def test_many_adopting_organizations_make_a_stable_verdict_and_three_do_not() -> None:
    few, many = verdict_of(3), verdict_of(20)
    assert few[0] == many[0] == VERDICTS[PIVOT]
    assert few[1] < 0.75 < 0.99 < many[1]


def test_what_is_not_assessed_has_no_stability() -> None:
    assert np.isnan(verdict_of(2)[1])


def test_credit_landed_after_a_date() -> None:
    p = spread(10)
    company = np.array([p.index["x"]], dtype=np.int32)
    assert landed_since(p, company, 0).tolist() == [10.0]
    assert landed_since(p, company, int(6.5 * DAY)).tolist() == [5.0]  # adoptions on the days 7 to 11


# -- bad input -------------------------------------------------------------------------------------------------------


def test_three_days_of_mail_make_no_stable_community_and_no_silence() -> None:
    rng = np.random.default_rng(5)
    rows = [
        {"id": str(k), "time": float(rng.uniform(197, 200)), "from": f"p{a:02d}", "to": f"p{b:02d}"}
        for k, (a, b) in enumerate(rng.integers(0, 40, (60, 2)).tolist())
    ]
    p = toy.build(interactions=rows, as_of=END)
    c = found(p)
    large = c.parts.size >= 4
    assert large.any() and "stable" not in {told(s) for s in c.stable[large]}
    strength = tie_strength(p, TieStrengthParams())
    assert len(find_silences(p, strength, grouped(p, "community", c))) == 0


def test_weights_that_are_no_number_and_mail_to_oneself_change_nothing() -> None:
    good = [row for a, b in ((0, 1), (1, 2), (0, 2)) for row in talk(f"p{a}", f"p{b}", 5, np.random.default_rng(a))]
    bad = [{"time": 150.0, "from": "p0", "to": "q", "weight": float("nan")}]
    selves = [{"time": 100.0 + k / 100, "from": "p0", "to": "p0"} for k in range(2000)]
    once = found(toy.build(people=[{"id": "q"}], interactions=good, as_of=END))
    again = found(toy.build(interactions=[*good, *bad, *selves], as_of=END))
    assert once.label.tolist() == again.label.tolist() and once.ties.graph.n == again.ties.graph.n == 3
    np.testing.assert_allclose(once.ties.graph.weight, again.ties.graph.weight, rtol=1e-12)
