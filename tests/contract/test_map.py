"""The map of a small company worked out by hand: centres, team, paths, filters, what changed; and the overview."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import assemble
from graphsvc.clock import show_moment
from graphsvc.projection import DAY
from tests.contract.policy.world import NOW, Rows, mail, opened, person, when

EARLIER = show_moment(NOW - 100 * DAY)


def company() -> dict[str, Rows]:
    """Mo leads Ann and Bob. Ann knows Kai (bank) well, Lea (bank) since lately; Bob knew Kai; Lea knows Max (grid)."""
    ours = [person(f"{key}@us.example", key.title(), "us", f"{key}@us.example") for key in ("mo", "ann", "bob")]
    theirs = [("kai", "bank", "CTO"), ("lea", "bank", "Assistant"), ("max", "grid", "VP Sales"), ("old", "grid", None)]
    outside = [person(f"{k}@{org}.example", k.title(), org, f"{k}@{org}.example", title) for k, org, title in theirs]
    return {
        "organizations": [
            {"id": "us", "name": "Us", "kind": "own", "domain": "us.example"},
            {"id": "bank", "name": "Bank", "industry": "banking"},
            {"id": "grid", "name": "Grid", "industry": "energy"},
        ],
        "people": [*ours, *outside],
        "opportunities": [{"id": "deal", "name": "Deal", "organization": "bank", "owner": "bob@us.example"}],
        "facts": [
            fact("ann@us.example", "REPORTS_TO", "mo@us.example"),
            fact("bob@us.example", "REPORTS_TO", "mo@us.example"),
            fact("ann@us.example", "OWNS", "bank"),
            fact("kai@bank.example", "STAKEHOLDER_IN", "deal", role="champion"),
            fact("max@grid.example", "FOLLOWS", "kai@bank.example"),
            fact("bank", "PARTNERS_WITH", "grid", valid_to=when(NOW - 30 * DAY)),
        ],
        "interactions": list(interactions()),
    }


def fact(subject: str, kind: str, other: str, **more: Any) -> dict[str, Any]:
    return {"subject": subject, "kind": kind, "object": other, "valid_from": when(NOW - 300 * DAY)} | more


def interactions() -> Iterator[dict[str, Any]]:
    for n, day in enumerate(range(1, 180, 10)):
        ends = ("ann@us.example", "kai@bank.example")
        yield mail(f"ak{n}", day, *(ends if n % 2 else ends[::-1]))
    yield mail("al1", 20, "ann@us.example", "lea@bank.example")
    yield mail("al2", 19, "lea@bank.example", "ann@us.example")
    yield mail("bk1", 200, "bob@us.example", "kai@bank.example", channel="phone", kind="call")
    yield mail("lm1", 150, "lea@bank.example", "max@grid.example", channel="wecom", kind="chat")
    yield mail("lm2", 120, "max@grid.example", "lea@bank.example", channel="wecom", kind="chat")
    yield mail("ao1", 130, "ann@us.example", "old@grid.example")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    workspace = opened(tmp_path_factory.mktemp("map") / "graph.db", company())
    yield TestClient(assemble(workspace, None), base_url="http://127.0.0.1", headers={"accept-language": "en"})
    workspace.store.close()


def get(client: TestClient, status: int = 200, url: str = "/v1/map", **params: Any) -> Any:
    response = client.get(url, params={"scores": "none", **params})
    assert response.status_code == status, response.text
    return response.json()


def who(answer: Any, change: str | None = None) -> list[str]:
    return [n["name"] for n in answer["nodes"] if change is None or n["change"] == change]


def edges(answer: Any, kind: str = "TIE", **wanted: Any) -> set[tuple[str, str]]:
    names = {n["id"]: n["name"] for n in answer["nodes"]}
    return {
        (min(names[e["a"]], names[e["b"]]), max(names[e["a"]], names[e["b"]]))
        for e in answer["edges"]
        if e["kind"] == kind and all(e[k] == v for k, v in wanted.items())
    }


def ident(client: TestClient, key: str) -> str:
    (node,) = (n for n in get(client, focus=key, hops=0)["nodes"])
    return str(node["id"])


def test_around_one_person_nearest_and_strongest_first(client: TestClient) -> None:
    answer = get(client, focus="ann@us.example")
    assert [e["name"] for e in answer["center"]] == ["Ann"]
    assert set(who(answer)) == {"Ann", "Kai", "Lea", "Old", "Us", "Mo"}
    assert who(answer)[0] == "Ann" and [n["distance"] for n in answer["nodes"]] == [0, 1, 1, 1, 1, 1]
    assert edges(answer) == {("Ann", "Kai"), ("Ann", "Lea"), ("Ann", "Old")}
    assert edges(answer, "REPORTS_TO", directed=True) == {("Ann", "Mo")}
    assert edges(answer, "WORKS_AT") == {("Ann", "Us"), ("Mo", "Us")}


def test_a_node_says_what_is_known(client: TestClient) -> None:
    nodes = {n["name"]: n for n in get(client, focus="kai@bank.example", scores="all")["nodes"]}
    kai = nodes["Kai"]
    assert (kai["title"], kai["level"], kai["organization"], kai["industry"]) == ("CTO", "c_level", "Bank", "banking")
    assert (kai["roles"], kai["internal"], kai["left"]) == (["champion"], False, False)
    assert kai["organization_id"] == nodes["Bank"]["id"] and nodes["Bank"]["industry"] == "banking"
    assert nodes["Ann"]["roles"] == ["rep"] == nodes["Bob"]["roles"] and nodes["Ann"]["internal"]
    assert kai["scores"]["depth"] > 0 and kai["scores"]["pagerank"] > 0
    assert "organization_health" in nodes["Bank"]["scores"] and "pagerank" not in nodes["Bank"]["scores"]


def test_an_edge_says_what_happened(client: TestClient) -> None:
    answer = get(client, focus="kai@bank.example", scores="relationship_health")
    (edge,) = (e for e in answer["edges"] if e["channels"] == ["mail"])
    assert edge["last"] == show_moment(NOW - DAY) and edge["age_days"] == 1.5, "T is the end of the day"
    assert 0 < edge["health"] < 1
    assert edge["band"] == "strong" and edge["strength"] > 1
    assert edges(answer, channels=["phone"]) == {("Bob", "Kai")}
    assert all(e["health"] is None for e in get(client, focus="kai@bank.example")["edges"])


def test_several_centres_a_team_and_hops(client: TestClient) -> None:
    both = get(client, focus=["ann@us.example", "max@grid.example"])
    assert [e["name"] for e in both["center"]] == ["Ann", "Max"]
    assert {n["name"]: n["distance"] for n in both["nodes"]}["Max"] == 0
    team = get(client, team="mo@us.example", hops=0)
    assert set(who(team)) == {"Mo", "Ann", "Bob"} and edges(team) == set()
    assert set(who(get(client, focus="max@grid.example", hops=2))) > set(who(get(client, focus="max@grid.example")))
    assert get(client, focus="ann@us.example", hops=0, limit=1)["cut"] == 0
    cut = get(client, focus="ann@us.example", limit=2)
    assert (who(cut), cut["cut"]) == (["Ann", "Kai"], 4)


def test_a_map_to_nobody_has_no_ways(client: TestClient) -> None:
    assert get(client, focus="ann@us.example")["paths"] == []


def test_an_organization_and_a_deal_as_centres(client: TestClient) -> None:
    assert set(who(get(client, focus="bank"))) == {"Bank", "Kai", "Lea"}
    deal = get(client, focus="deal")
    assert set(who(deal)) == {"Deal", "Kai", "Bank", "Bob"}
    assert edges(deal, "STAKEHOLDER_IN") == {("Deal", "Kai")}


def test_the_map_to_somebody_is_the_union_of_the_best_paths(client: TestClient) -> None:
    answer = get(client, to="max@grid.example", team="mo@us.example")
    assert who(answer) == ["Ann", "Lea", "Max"] or set(who(answer)) >= {"Ann", "Lea", "Max"}
    assert {n["name"]: n["distance"] for n in answer["nodes"]}["Max"] == 2
    assert [e["name"] for e in answer["center"]] == ["Max"]
    assert "Old" not in who(answer)
    names = {n["id"]: n["name"] for n in answer["nodes"]}
    ways = [[names[i] for i in way] for way in answer["paths"]]
    assert ways[0] == ["Ann", "Lea", "Max"], "the best way is told step by step"
    assert {i for way in answer["paths"] for i in way} <= names.keys()
    hidden = get(client, to="max@grid.example", focus="ann@us.example", hide=ident(client, "lea@bank.example"))
    assert set(who(hidden)) == {"Ann", "Max"} and edges(hidden) == set() and hidden["paths"] == []
    assert hidden["meta"]["notes"], "why there is no path"
    assert set(who(get(client, to="max@grid.example", focus="ann@us.example", channel="phone"))) == {"Ann", "Max"}


def test_who_is_hidden_is_not_there_nor_walked_through(client: TestClient) -> None:
    lea = ident(client, "lea@bank.example")
    answer = get(client, focus="max@grid.example", hops=6, hide=[lea, "0" * 32])
    assert "Lea" not in who(answer) and "Ann" in who(answer), "by way of whom Max follows"
    assert get(client, focus="max@grid.example", facts=False, hops=6, hide=lea)["nodes"][1:] == []
    assert get(client, focus=[lea, "max@grid.example"], hide=lea)["center"][0]["name"] == "Max"


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"channel": "phone"}, {"Kai", "Bob"}),
        ({"channel": ["phone", "mail"]}, {"Kai", "Bob", "Ann"}),
        ({"kind": "call", "channel": "mail"}, {"Kai"}),
        ({"age_max": 30}, {"Kai", "Ann"}),
        ({"strength_min": 1}, {"Kai", "Ann"}),
        ({"strength_min": 1e9}, {"Kai"}),
    ],
)
def test_ties_are_filtered(client: TestClient, asked: dict[str, Any], names: set[str]) -> None:
    assert set(who(get(client, focus="kai@bank.example", facts=False, **asked))) == names


def test_people_are_filtered_but_for_centres_and_colleagues(client: TestClient) -> None:
    assert set(who(get(client, focus="ann@us.example", facts=False, level="c_level"))) == {"Ann", "Kai"}
    assert set(who(get(client, focus="lea@bank.example", facts=False, level="vp"))) == {"Lea", "Ann", "Max"}
    assert set(who(get(client, focus="ann@us.example", facts=False, industry="energy"))) == {"Ann", "Old"}
    assert set(who(get(client, focus="ann@us.example", facts=False, industry="no such"))) == {"Ann"}


def test_what_changed_since_another_moment(client: TestClient) -> None:
    answer = get(client, focus="ann@us.example", compare=EARLIER, facts=False)
    assert answer["compare"] == {"as_of": EARLIER, "new": 1, "gone": 0}
    assert who(answer, "new") == ["Lea"] and edges(answer, change="new") == {("Ann", "Lea")}
    assert edges(answer, change="stronger") == {("Ann", "Kai")}
    assert edges(answer, change="weaker") == {("Ann", "Old")}
    back = get(client, focus="ann@us.example", compare=EARLIER, facts=False, age_max=60)
    assert (who(back, "gone"), back["compare"]["gone"]) == (["Old"], 1)
    assert edges(back, change="gone") == {("Ann", "Old")}
    facts = get(client, focus="bank", compare=EARLIER)
    assert who(facts, "gone") == ["Grid"] and edges(facts, "PARTNERS_WITH", change="gone") == {("Bank", "Grid")}
    same = get(client, focus="ann@us.example", compare=show_moment(NOW))
    assert {n["change"] for n in same["nodes"]} == {None} == {e["change"] for e in same["edges"]}


def test_everything_is_new_since_before_anything_was(client: TestClient) -> None:
    answer = get(client, focus="ann@us.example", compare="2020-01-01", facts=False)
    assert set(who(answer, "new")) >= {"Kai", "Lea", "Old"}
    assert {e["change"] for e in answer["edges"]} == {"new"}


def test_time_moves_the_map_and_figures_are_computed_when_asked_for(client: TestClient) -> None:
    past = get(client, focus="ann@us.example", as_of=EARLIER, facts=False)
    assert "Lea" not in who(past) and past["meta"]["as_of"] == EARLIER
    shown = client.get("/v1/map", params={"focus": "ann@us.example", "as_of": EARLIER}).json()
    assert {str(n["scores"]) for n in shown["nodes"]} == {"{}"}, "at another date nothing is computed unasked"
    one = get(client, focus="ann@us.example", as_of=EARLIER, scores="depth")
    assert {name for n in one["nodes"] for name in n["scores"]} == {"depth"}
    live = client.get("/v1/map", params={"focus": "ann@us.example"}).json()
    assert {name for n in live["nodes"] for name in n["scores"]} >= {"depth", "pagerank", "betweenness"}


def test_the_short_form_is_the_same_map(client: TestClient) -> None:
    short = client.get("/v1/map/ann@us.example", params={"hops": 2, "limit": 4}).json()
    assert short == client.get("/v1/map", params={"focus": "ann@us.example", "hops": 2, "limit": 4}).json()


def test_communities_are_told_or_not(client: TestClient) -> None:
    answer = get(client, focus="ann@us.example", hops=3)
    known = {g["id"] for g in answer["groups"]}
    assert known == {n["group"] for n in answer["nodes"]} - {None} != set()
    assert all(g["name"] and g["size"] >= 3 for g in answer["groups"])
    without = get(client, focus="ann@us.example", hops=3, groups=False)
    assert without["groups"] == [] and {n["group"] for n in without["nodes"]} == {None}
    assert who(without) == who(answer)


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({}, 422, "map.nobody"),
        ({"focus": ""}, 422, "map.nobody"),
        ({"focus": "ann@us.example", "limit": 100_000}, 422, "map.too_many_nodes"),
        ({"focus": "nobody@x.example"}, 404, "errors.not_found"),
        ({"team": "nobody@x.example"}, 404, "errors.not_found"),
        ({"team": "deal"}, 422, "whatif.no_team"),
        ({"to": "nobody@x.example"}, 404, "errors.not_found"),
        ({"focus": "ann@us.example", "hops": 7}, 422, None),
        ({"focus": "ann@us.example", "limit": 0}, 422, None),
        ({"focus": "ann@us.example", "scores": "happiness"}, 422, None),
        ({"focus": "ann@us.example", "level": "king"}, 422, None),
        ({"focus": "ann@us.example", "strength_min": "nan"}, 422, None),
        ({"focus": "ann@us.example", "strength_min": -1}, 422, None),
        ({"focus": "ann@us.example", "compare": "yesterday"}, 422, None),
        ({"focus": ["x"] * 51}, 422, None),
    ],
)
def test_what_cannot_be_shown_is_refused(
    client: TestClient, asked: dict[str, Any], status: int, code: str | None
) -> None:
    said = get(client, status, **asked)
    assert code is None or said["type"] == f"urn:graphsvc:problem:{code}"
    if code == "map.too_many_nodes":
        assert "/v1/overview" in said["detail"], "a hint where to begin instead"


def test_somebody_not_there_is_passed_over_while_somebody_is(client: TestClient) -> None:
    answer = get(client, focus=["", "nobody@x.example", "ann@us.example", "0" * 32])
    assert [e["name"] for e in answer["center"]] == ["Ann"]
    assert any("2 of those" in note for note in answer["meta"]["notes"])


# -- overview ---------------------------------------------------------------------------------------------------------


def test_the_company_by_organization(client: TestClient) -> None:
    answer = get(client, url="/v1/overview", by="organization", scores="organization_health")
    groups = {g["name"]: g for g in answer["groups"]}
    sizes = {name: (g["size"], g["ours"], g["industry"]) for name, g in groups.items()}
    assert {name: size for name, size in sizes.items() if name in ("Bank", "Grid")} == {
        "Bank": (2, 0, "banking"),
        "Grid": (2, 0, "energy"),
    }
    (ours,) = (g for g in answer["groups"] if g["id"] == "ours")
    assert (ours["size"], ours["ours"]) == (3, 3)
    assert [m["name"] for m in groups["Bank"]["members"]] == ["Kai", "Lea"], "most central first"
    assert groups["Bank"]["health"] is not None and ours["health"] is None
    between = {frozenset((e["a"], e["b"])): e["ties"] for e in answer["edges"]}
    bank, grid = groups["Bank"]["id"], groups["Grid"]["id"]
    assert between == {
        frozenset(("ours", bank)): 3, frozenset((bank, grid)): 1, frozenset(("ours", grid)): 1,
    }  # fmt: skip
    (edge,) = (e for e in answer["edges"] if {e["a"], e["b"]} == {bank, grid})
    assert edge["last"] == show_moment(NOW - 120 * DAY)


def test_the_overview_is_cut_and_filtered(client: TestClient) -> None:
    answer = get(client, url="/v1/overview", by="organization", limit=1)
    assert (len(answer["groups"]), answer["cut"], answer["edges"]) == (1, 2, [])
    recent = get(client, url="/v1/overview", by="organization", age_max=30)
    assert len(recent["edges"]) == 1 and recent["edges"][0]["ties"] == 2
    energy = get(client, url="/v1/overview", by="organization", industry="energy")
    assert {g["name"] for g in energy["groups"] if g["id"] != "ours"} == {"Grid"}


def test_the_company_by_team_and_by_community(client: TestClient) -> None:
    (team,) = get(client, url="/v1/overview", by="team")["groups"]
    assert (team["size"], team["ours"], {m["name"] for m in team["members"]}) == (3, 3, {"Mo", "Ann", "Bob"})
    found = get(client, url="/v1/overview", scores="influence")
    assert found["by"] == "community" and sum(g["size"] for g in found["groups"]) <= 7
    shown = get(client, focus="ann@us.example", hops=6, facts=False)
    assert {g["name"] for g in shown["groups"]} <= {g["name"] for g in found["groups"]}, "called the same everywhere"


def test_people_who_ask_in_chinese_are_answered_in_chinese(client: TestClient) -> None:
    zh = {"accept-language": "zh-CN"}
    said = client.get("/v1/map", params={"focus": "ann@us.example", "limit": 9999}, headers=zh).json()
    assert "节点" in said["detail"]
    ours = client.get("/v1/overview", params={"by": "organization", "scores": "none"}, headers=zh).json()
    assert any(g["id"] == "ours" and g["name"] != "ours" for g in ours["groups"])


def test_a_map_asked_for_again_is_unchanged(client: TestClient) -> None:
    for url in ("/v1/map?focus=ann@us.example&scores=none", "/v1/overview?scores=none"):
        tag = client.get(url).headers["etag"]
        assert client.get(url, headers={"if-none-match": tag}).status_code == 304
