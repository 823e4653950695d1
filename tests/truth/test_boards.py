"""The boards against hand-computed cases and plain versions of themselves."""

from __future__ import annotations

import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.board_ecosystem import QUADRANTS, quadrants
from algorithms.board_freshness import freshness
from algorithms.board_health import accounts, tie_board, values_before
from algorithms.handover import colleagues_of, heritage
from algorithms.paths import hop_probabilities
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.errors import InputError
from graphsvc.kernels.whatif import incoming
from graphsvc.projection import DAY, Projection
from graphsvc.scores import Scores

NOW = 200.0


def mails(a: str, b: str, *times: float, **more: object) -> list[dict[str, object]]:
    return [{"time": t, "from": a, "to": b, "channel": "mail", **more} for t in times]


def shop(interactions: list[dict[str, object]], as_of: float = NOW, **more: object) -> Projection:
    """Rep and col are ours; acme has ann and bob, beta has cat; rep owns acme."""
    people = [{"id": "rep", "internal": True}, {"id": "col", "internal": True}, {"id": "new", "internal": True}]
    there = {"ann": "acme", "bob": "acme", "cat": "beta", "dan": "beta"}
    people += [{"id": k, "organization": v} for k, v in there.items()]
    facts = [{"subject": "rep", "kind": "OWNS", "object": "acme"}, *more.pop("facts", ())]
    return toy.build(
        people=people, organizations=[{"id": "acme"}, {"id": "beta"}, {"id": "cold"}], facts=facts,
        interactions=interactions, as_of=as_of, **more,
    )  # fmt: skip


def of_organizations(p: Projection, name: str, values: dict[str, float], **beside: dict[str, object]) -> Scores:
    keys = sorted(values, key=lambda k: p.index[k])
    value = np.array([values[k] for k in keys], dtype=float)
    columns = {n: np.array([c[k] for k in keys]) for n, c in beside.items()}
    return Scores(name, "organization", np.array([p.index[k] for k in keys], dtype=np.int32), None, value,
                  {"all": value}, "", beside=columns)  # fmt: skip


def strength_of(p: Projection) -> Scores:
    return tie_strength(p, TieStrengthParams())


NOTHING = Scores("relationship_health", "tie", np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0), {}, "")


# -- health -----------------------------------------------------------------------------------------------------------


def board(p: Projection, now: dict[str, float], before: dict[str, float], warm: dict[str, float] | None = None):
    health = of_organizations(p, "organization_health", now, warm_ties=warm or dict.fromkeys(now, 2.0))
    then = of_organizations(p, "organization_health", before)
    return accounts(p, health, values_before(p, health, then, p))


def rows_of(p: Projection, found, rows) -> list[str]:
    return [p.entities.id[found.entity[i]].decode() for i in rows]


def test_an_account_has_the_rhythm_of_the_days_on_which_somebody_there_turned_to_us() -> None:
    talk = mails("ann", "rep", 100, 110, 110.5, 140) + mails("bob", "col", 150) + mails("rep", "ann", 60, 199)
    talk += [{"time": 120, "from": "rep", "to": "bob", "kind": "meeting"}]  # a meeting is an act of both
    p = shop(talk)
    found = board(p, {"acme": 0.4, "beta": 0.4}, {})
    row = rows_of(p, found, range(len(found))).index("acme")
    assert found.rhythm[row] == statistics.median([10, 10, 20, 10]), "days 100, 110, 120, 140, 150"
    assert found.silent[row] == pytest.approx(50)
    assert found.last[row] == int(199 * DAY), "the last contact may be ours"
    assert found.expected[row] == pytest.approx(1 - np.exp(-28 / 10))
    other = rows_of(p, found, range(len(found))).index("beta")
    assert np.isnan(found.rhythm[other]) and found.last[other] == 0


def test_at_risk_is_who_is_worth_something_and_poor_or_falling() -> None:
    talk = mails("ann", "rep", *range(10, 190, 5)) + mails("cat", "col", *range(10, 190, 5))
    deals = [{"id": "d1", "organization": "acme", "amount": 10.0, "currency": "EUR"},
             {"id": "d2", "organization": "beta", "amount": 30.0, "currency": "EUR"}]  # fmt: skip
    p = shop(talk, opportunities=deals)
    steady = board(p, {"acme": 0.9, "beta": 0.9}, {"acme": 0.9, "beta": 0.9})
    assert len(steady.at_risk()) == 0, "in its rhythm and as before"
    poor = board(p, {"acme": 0.1, "beta": 0.9}, {"acme": 0.1, "beta": 0.94})
    assert rows_of(p, poor, poor.at_risk()) == ["acme"], "poor for its rhythm; a fall of 4 points is none"
    both = board(p, {"acme": 0.1, "beta": 0.8}, {"acme": 0.1, "beta": 0.9})
    assert rows_of(p, both, both.at_risk()) == ["acme", "beta"], "10 x 0.9 against 30 x 0.2 at stake"
    gone = board(p, {"acme": np.nan, "beta": 0.9}, {"acme": 0.5, "beta": 0.9})
    assert rows_of(p, gone, gone.at_risk()) == ["acme"]
    nothing = shop(talk)
    none = board(nothing, {"acme": 0.1}, {"acme": 0.9})
    assert len(none.at_risk()) == 0, "no deal, no win"
    assert rows_of(p, poor, poor.poorest()) == ["acme", "beta", "cold"]


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["ann", "bob", "cat"]), st.integers(0, 199)), max_size=40))
def test_rhythms_equal_the_plain_version(events: list[tuple[str, int]]) -> None:
    p = shop([e for who, day in events for e in mails(who, "rep", day)])
    found = board(p, {"acme": 0.5, "beta": 0.5}, {})
    for i, name in enumerate(rows_of(p, found, range(len(found)))):
        people = {"acme": ("ann", "bob"), "beta": ("cat",), "cold": ()}[name]
        days = sorted({day for who, day in events if who in people})
        gaps = np.diff(days).tolist()
        expected = statistics.median(gaps) if len(gaps) >= 3 else np.nan
        assert found.rhythm[i] == pytest.approx(expected, nan_ok=True), name


def test_ties_are_counted_by_tenths_and_move() -> None:
    p, earlier = shop(mails("ann", "rep", 1, 2)), shop(mails("ann", "rep", 1), as_of=100)
    pairs = [("ann", "rep"), ("bob", "rep"), ("cat", "col"), ("col", "rep")]
    now = of_ties(p, pairs, [0.05, 1.0, 0.55, 0.9])
    then = of_ties(earlier, pairs[:3], [0.5, 0.9, 0.55])
    found = tie_board(p, now, values_before(p, now, then, earlier))
    assert len(found) == 3, "a tie among ours is none of the board's"
    assert found.distribution().tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    moved = [(p.entities.id[found.theirs[i]].decode(), round(found.value[i] - found.before[i], 2))
             for i in found.movers(5)]  # fmt: skip
    assert moved == [("ann", -0.45), ("bob", 0.1)], "largest change first; who did not move is left out"
    assert {p.entities.id[i].decode() for i in found.ours} == {"rep", "col"}


def of_ties(p: Projection, pairs: list[tuple[str, str]], values: list[float]) -> Scores:
    ends = [tuple(sorted((p.index[a], p.index[b]))) for a, b in pairs]
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    columns = [np.array([ends[i][k] for i in order], dtype=np.int32) for k in (0, 1)]
    value = np.array([values[i] for i in order])
    return Scores("relationship_health", "tie", columns[0], columns[1], value, {"all": value}, "")


# -- ecosystem --------------------------------------------------------------------------------------------------------


def test_quadrants_are_cut_at_the_medians_of_those_assessed() -> None:
    keys = ["a", "b", "c", "d", "e", "f"]
    p = toy.build(organizations=[{"id": k} for k in keys])
    depth = of_organizations(p, "depth", dict(zip(keys, [90, 80, 20, 10, 99, np.nan], strict=True)))
    breadth = of_organizations(p, "breadth", dict(zip(keys, [70, 10, 80, 20, np.nan, 50], strict=True)))
    verdict = dict.fromkeys(keys, "") | {"d": "lighthouse", "c": "pivot"}
    outward = of_organizations(p, "ecosystem", dict.fromkeys(keys, 1.0), verdict=verdict)
    found = quadrants(p, depth, breadth, outward)
    assert found.cuts == (50.0, 45.0), "medians of 90 80 20 10 and of 70 10 80 20: e and f do not count"
    assert [QUADRANTS[q] for q in found.quadrant] == [
        "deep_broad", "deep_narrow", "shallow_broad", "shallow_narrow", "not_assessed", "not_assessed",
    ]  # fmt: skip
    plays = [found.play(i) for i in range(6)]
    assert plays == ["invest_pivot", "grow_breadth", "invest_pivot", "serve", "keep_in_touch", "keep_in_touch"]
    assert [keys[i] for i in found.order()] == ["a", "b", "c", "d", "e", "f"]
    empty = quadrants(toy.build(organizations=[{"id": "a"}]), *(of_organizations(p, n, {}) for n in "dbe"))
    assert np.isnan(empty.cuts).all() and QUADRANTS[empty.quadrant[0]] == "not_assessed"


# -- freshness --------------------------------------------------------------------------------------------------------


def channel(p: Projection, name: str) -> tuple[float, int, bool, list[int]]:
    f = freshness(p)
    i = next(i for i, c in enumerate(f.channel) if p.text(int(c)) == name)
    return float(f.usual[i]), int(f.days[i]), f.late(i), f.weeks[i].tolist()


@pytest.mark.parametrize(("now", "late"), [(190.9, False), (193.9, False), (194.1, True)])
def test_a_channel_is_late_after_a_longer_silence_than_usual(now: float, late: bool) -> None:
    weekdays = [float(day) for day in range(50, 191) if day % 7 not in (2, 3)]  # gaps of 1 day and of 3 at week-ends
    usual, _, told, _ = channel(shop(mails("ann", "rep", *weekdays), as_of=now), "mail")
    assert (usual, told) == (3.0, late)


def test_few_days_say_nothing_about_what_is_usual() -> None:
    usual, days, late, weeks = channel(shop(mails("ann", "rep", 20, 21, 199.5)), "mail")
    assert np.isnan(usual) and (days, late) == (1, False)
    assert (len(weeks), weeks[0], weeks[-1], sum(weeks)) == (26, 2, 1, 3), "days 20 and 21 are 25 weeks back"


def test_an_interaction_with_many_participants_is_one() -> None:
    many = [{"id": "m", "time": 195.0, "from": "rep", "to": k, "channel": "calendar"} for k in ("ann", "bob", "cat")]
    assert channel(shop(many), "calendar")[3][-1] == 1


def test_a_channel_without_a_name_and_no_channel_at_all() -> None:
    p = shop(mails("ann", "rep", 199.0))
    x = replace(p.interactions, channel=np.array([-1], dtype=np.int32))
    f = freshness(replace(p, interactions=x))
    assert f.channel.tolist() == [-1]
    assert len(freshness(shop([])).channel) == 0


# -- hand-over --------------------------------------------------------------------------------------------------------


def left_by_rep(p: Projection, to: str | None = None):
    strength = strength_of(p)
    net = hop_probabilities(p, strength)
    heirs = colleagues_of(p, p.index["rep"], None if to is None else p.index[to])
    found = heritage(p, p.index["rep"], heirs, (strength, NOTHING), (net, incoming(net.graph)))
    names = [i.decode() for i in p.entities.id]
    return {
        names[c]: (names[h] if h >= 0 else None, [names[i] for i in path], bool(known), bool(important))
        for c, h, path, known, important in zip(
            found.contact, found.heir, found.paths, found.known, found.important, strict=True
        )
    }


def talk(a: str, b: str, *times: float) -> list[dict[str, object]]:
    return [*mails(a, b, *times), *mails(b, a, *(t + 0.5 for t in times))]


HANDOVER = [
    *talk("rep", "ann", 150, 170, 190), *talk("rep", "bob", 150, 170), *talk("rep", "cat", 190),
    *talk("rep", "col", 150, 190), *talk("col", "ann", 180), *talk("new", "ann", 190, 195), *talk("col", "dan", 180),
    *talk("dan", "cat", 160, 170, 180),
]  # fmt: skip


def test_the_heir_has_the_strongest_tie_else_the_best_way_else_nobody_knows_them() -> None:
    found = left_by_rep(shop(HANDOVER))
    assert list(found) == ["ann", "bob", "cat"], "by the strength of the tie that goes"
    assert found["ann"][:3] == ("new", [], True), "new has the stronger tie of the two colleagues"
    assert found["cat"][:3] == ("col", ["col", "dan", "cat"], False), "not through rep, who leaves"
    assert found["bob"][:3] == (None, [], False)


def test_one_heir_takes_all_and_who_knows_whom_stays_true() -> None:
    found = left_by_rep(shop(HANDOVER), "col")
    assert found["ann"][:3] == ("col", [], True)
    assert left_by_rep(shop(HANDOVER), "new")["bob"][:3] == (None, [], False)
    with pytest.raises(InputError):
        left_by_rep(shop(HANDOVER), "rep")
    with pytest.raises(InputError):
        left_by_rep(shop(HANDOVER), "ann")


def test_warm_ties_and_stakeholders_of_open_deals_are_important() -> None:
    stake = [{"subject": "bob", "kind": "STAKEHOLDER_IN", "object": "d1"},
             {"subject": "cat", "kind": "STAKEHOLDER_IN", "object": "d2"}]  # fmt: skip
    deals = [{"id": "d1", "organization": "acme"}, {"id": "d2", "organization": "beta", "closed": 100, "won": True}]
    few = [*talk("rep", "ann", 198, 199), *mails("rep", "bob", 20), *mails("rep", "cat", 20)]
    found = left_by_rep(shop(few, facts=stake, opportunities=deals))
    assert {who: row[3] for who, row in found.items()} == {"ann": True, "bob": True, "cat": False}


def test_nobody_takes_over_where_nobody_said_who_we_are() -> None:
    p = toy.build(interactions=[{"time": 1, "from": "rep", "to": "ann"}], as_of=2)
    with pytest.raises(InputError):
        colleagues_of(p, p.index["rep"])
