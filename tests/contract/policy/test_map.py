"""What a rep learns from maps, their filters, comparisons and files: bands of other people's ties, and no more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphsvc.policy import BANDS
from tests.contract.policy.world import World, leaks


def ties(world: World, who: str, **asked: Any) -> dict[frozenset[str], Any]:
    answer = world.get(who, "/v1/map", **{"hops": 4, "scores": "none", "facts": False, "limit": 500, **asked})
    return {frozenset((e["a"], e["b"])): e for e in answer["edges"]}


@pytest.fixture(scope="module")
def closed(world: World) -> dict[frozenset[str], Any]:
    """The ties of others that Anna knows of, as the owner sees them."""
    anna = world.get("anna", "/v1/map/anna@us.example")["center"][0]["id"]
    return {k: e for k, e in ties(world, "owner", focus="anna@us.example").items() if anna not in k}


def test_nodes_outside_own_accounts_say_name_and_employer_only(world: World) -> None:
    answer = world.get("anna", "/v1/map", focus=["anna@us.example", "acme"], hops=4, limit=500, scores="all")
    for node in answer["nodes"]:
        if node["organization"] == "Beta":
            closed = (node["title"], node["level"], node["scores"], node["left"], node["roles"])
            assert closed == (None, None, {}, False, []), node
    ada = next(n for n in answer["nodes"] if n["name"] == "Ada 3")
    assert (ada["title"], ada["level"], ada["roles"]) == ("CTO", "c_level", ["Economic Buyer"])
    assert answer["meta"]["hidden"] > 0


def test_edges_of_others_say_their_band_only(world: World, closed: dict[frozenset[str], Any]) -> None:
    seen = ties(world, "anna", focus="anna@us.example", scores="relationship_health")
    assert seen.keys() >= closed.keys() != set()
    for pair in closed:
        numbers = {seen[pair][k] for k in ("strength", "health", "last", "age_days")}
        assert (numbers, seen[pair]["channels"]) == ({None}, [])
        assert seen[pair]["band"] in BANDS
    own = [e for k, e in seen.items() if k not in closed]
    assert own and all(e["strength"] is not None and e["channels"] == ["mail"] for e in own)


def test_no_filter_tells_the_strength_date_or_channel_of_a_tie_of_others(
    world: World, closed: dict[frozenset[str], Any]
) -> None:
    within: dict[str, set[tuple[bool, ...]]] = {}
    steps = np.geomspace(1e-4, 60, 40).tolist()
    kept = [ties(world, "anna", focus="anna@us.example", strength_min=step).keys() for step in steps]
    everybody = [ties(world, "anna", focus=["anna@us.example", *_ids(closed)], strength_min=s).keys() for s in steps]
    assert kept[0] <= everybody[0]
    for pair, edge in closed.items():
        within.setdefault(edge["band"], set()).add(tuple(pair in some for some in everybody))
    assert all(len(patterns) == 1 for patterns in within.values()), "ties of one band cannot be told apart"
    focus = ["anna@us.example", *_ids(closed)]
    for asked in ({"channel": "mail"}, {"kind": "mail"}, {"age_max": 1e6}):
        assert not ties(world, "anna", focus=focus, **asked).keys() & closed.keys()


@pytest.mark.parametrize("url", ["/v1/map", "/v1/paths"])
def test_no_least_strength_tells_where_bands_are_cut(world: World, closed: dict[frozenset[str], Any], url: str) -> None:
    """An attack: ask around each strength there is. What changes may only hang on strengths that Anna sees anyway."""
    mine = ties(world, "anna", focus=["anna@us.example", *_ids(closed)]).values()
    own = sorted({e["strength"] for e in mine if e["strength"] is not None})
    strength = world.ask("owner").workspace.effective("tie_strength", world.ask("owner").moment)
    others = {float(v) for v in strength.value} - set(own) | set(world.ask("owner").cuts(strength))
    assert len(others) > 4 and len(own) > 2

    def seen(least: float) -> Any:
        if url == "/v1/map":
            focus = ["anna@us.example", *_ids(closed)]
            return ties(world, "anna", focus=focus, strength_min=least).keys()
        asked = {"to": "beta", "from": "anna@us.example", "min_probability": 0, "k": 10, "strength_min": least}
        return [[h["to_id"] for h in p["hops"]] for p in world.get("anna", url, **asked)["paths"]]

    for value in others:
        near = [s for s in own if 0.998 * value < s < 1.002 * value]
        assert near or seen(0.999 * value) == seen(1.001 * value), f"asking around {value} tells it"
    assert seen(0.0) != seen(own[-1] * 1.001), "the filter does filter"


def _ids(some: dict[frozenset[str], Any]) -> list[str]:
    return sorted({ident for pair in some for ident in pair})


def test_no_filter_tells_the_level_of_somebody_outside_own_accounts(world: World) -> None:
    names = {}
    for level in ("unknown", "staff", "manager", "director", "vp", "c_level"):
        answer = world.get("anna", "/v1/map", focus="beta", level=level, hops=2, scores="none")
        names[level] = {n["name"] for n in answer["nodes"] if n["organization"] == "Beta"}
    assert names.pop("unknown") == {"Berta One", "Berta Two", "Berta Four"}
    assert set().union(*names.values()) == set(), "whatever they are, to Anna their level is unknown"


def test_a_comparison_tells_of_others_ties_a_change_of_band_at_most(
    world: World, closed: dict[frozenset[str], Any]
) -> None:
    for then in ("2026-05-25", "2026-04-01", "2025-12-01"):
        seen = ties(world, "anna", focus="anna@us.example", compare=then)
        before = ties(world, "anna", focus=["anna@us.example", *_ids(closed)], as_of=then)
        for pair in closed:
            was = before.get(pair)
            if seen[pair]["change"] in ("stronger", "weaker"):
                assert was is not None and was["band"] != seen[pair]["band"]


def test_communities_show_people_the_rep_knows_of(world: World) -> None:
    answer = world.get("anna", "/v1/map", focus="anna@us.example", hops=4, limit=500, scores="none")
    grouped = {n["name"] for n in answer["nodes"] if n["group"] is not None}
    assert grouped.isdisjoint({"Berta One", "Berta Two"})


def test_the_overview_sums_what_the_rep_may_see(world: World) -> None:
    whole = world.get("owner", "/v1/overview", by="organization")
    seen = world.get("anna", "/v1/overview", by="organization")
    ids = {g["name"]: g["id"] for g in whole["groups"]}
    mine, others = (next(g for g in seen["groups"] if g["name"] == name) for name in ("Acme", "Beta"))
    assert mine["health"] is not None and (others["health"], others["influence"]) == (None, None)
    assert {m["name"] for m in others["members"]} <= {"Berta Four"}, "whom Anna is in touch with"
    inside = {frozenset((e["a"], e["b"])): e for e in seen["edges"]}
    owners = {frozenset((e["a"], e["b"])): e for e in whole["edges"]}
    assert inside.keys() == owners.keys() and all(inside[k]["ties"] == owners[k]["ties"] for k in inside)
    to_beta = frozenset(("ours", ids["Beta"]))
    assert 0 < inside[to_beta]["strength"] < owners[to_beta]["strength"]
    assert seen["meta"]["hidden"] > 0 == whole["meta"]["hidden"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "graphml", "gexf", "json"])
def test_a_file_says_no_more_than_the_map(world: World, form: str) -> None:
    asked = {"focus": "beta", "hops": 3, "format": form, "scores": "all"}
    response = world.clients["anna"].get("/v1/map-file", params=asked)
    assert response.status_code == 200
    assert response.headers["content-disposition"] == f'attachment; filename="map-2026-06-01.{form}"'
    if form != "xlsx":
        assert not leaks(response.text, "")
