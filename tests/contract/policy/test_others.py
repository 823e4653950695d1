"""What a rep is told of other people's ties: bands and counts, no numbers, addresses or records."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.csv
import pytest

from api import answers
from api.answers.export import export_scores, export_ties
from graphsvc.errors import AmbiguousError, BudgetError
from graphsvc.policy import GRID, Budget
from graphsvc.registry import algorithms
from tests.contract.policy.world import World, leaks


def test_posted_scores_hold_back_the_same(world: World) -> None:
    keys = ["crm-b2", "zq1@beta.example", "a0@acme.example", "b4@beta.example", "nobody@x.example", "Berta Two"]
    for name in algorithms():
        body = world.clients["anna"].post(f"/v1/scores/{name}", json={"keys": keys}).json()
        assert not leaks(json.dumps(body), ""), name
        assert body["unknown"] == ["nobody@x.example", "Berta Two"], "a closed entity is not an unknown one"


def test_numbers_of_other_ties_are_never_shown(world: World) -> None:
    ties = world.get("anna", "/v1/relationships", limit=1000)
    closed = [t for t in ties["items"] if "Anna" not in (t["a"]["name"], t["b"]["name"])]
    assert ties["meta"]["hidden"] == len(closed) > 0
    assert all(t[n] is None for t in closed for n in ("strength", "health", "active", "reciprocity", "last"))
    graph = world.get("anna", "/v1/map/anna@us.example", hops=3)
    anna = graph["center"][0]["id"]
    assert {e["strength"] is None for e in graph["edges"] if anna not in (e["a"], e["b"])} == {True}
    nodes = {n["name"]: n for n in graph["nodes"]}
    assert nodes["Berta One"]["scores"] == {}
    assert nodes["Ada 0"]["scores"]["pagerank"] > 0 and graph["meta"]["hidden"] > 0


def test_the_order_of_ties_does_not_tell_their_strength(world: World) -> None:
    items = world.get("anna", "/v1/relationships", limit=1000)["items"]
    place = [("strong", "fair", "weak").index(t["band"]) for t in items]
    assert place == sorted(place)
    for band in ("strong", "fair", "weak"):
        own = [t["strength"] for t in items if t["band"] == band]
        known = [s for s in own if s is not None]
        assert own[: len(known)] == sorted(known, reverse=True), "own ties first, then the others in no order"


def test_paths_over_other_ties_say_a_coarse_step_only(world: World) -> None:
    exact = {
        tuple(h["to_name"] for h in p["hops"]): p["probability"]
        for p in world.get("owner", "/v1/paths", **{"to": "crm-b2", "from": "anna@us.example", "min_probability": 0})[
            "paths"
        ]
    }
    steps = set()
    for least in (0.0, 0.01, *(p * (1 + e) for p in exact.values() for e in (-1e-6, 1e-6))):
        asked = {"to": "crm-b2", "from": "anna@us.example", "min_probability": least}
        found = world.get("anna", "/v1/paths", **asked)
        for path in found["paths"]:
            own = [h for h in path["hops"] if "Anna" in (h["from_name"], h["to_name"])]
            hidden = [h for h in path["hops"] if h not in own]
            assert all(h["probability"] is h["tie"] is h["pass_on"] is None and not h["evidence"] for h in hidden)
            assert all(h["probability"] == pytest.approx(h["tie"] * h["pass_on"]) for h in own)
            if len(own) < len(path["hops"]):
                assert path["probability"] in (*GRID, 0.0)
        steps.add(tuple(tuple(h["to_name"] for h in p["hops"]) for p in found["paths"]))
    best = max(exact.values())
    near = [{"to": "crm-b2", "from": "anna@us.example", "min_probability": best * (1 + e)} for e in (-1e-6, 1e-6)]
    one, two = (world.get("anna", "/v1/paths", **n)["paths"] for n in near)
    assert one == two, "the threshold must not tell the probability digit by digit"


def test_mail_addresses_cannot_be_searched_letter_by_letter(world: World) -> None:
    for text in ("zq", "zq1", "zq1@beta.example", "zq3.private", "@beta.example", "canarytitle", "CANARYDEAL", "d2"):
        said = world.get("anna", "/v1/search", text=text)
        assert [e for e in said["items"] if e["name"] in ("Berta One", "Berta Two")] == [], text
        assert (said["meta"]["hidden"], len(said["meta"]["notes"])) == (0, 1), "a count would tell as much as a hit"
    assert {e["name"] for e in world.get("anna", "/v1/search", text="berta")["items"]} == {
        "Berta One", "Berta Two", "Berta Four",
    }  # fmt: skip
    assert world.get("anna", "/v1/search", text="a0@acme.example")["items"], "own contacts are found by address"
    assert world.get("owner", "/v1/search", text="zq3.private")["items"]


def test_candidates_of_an_ambiguous_name_have_no_addresses(world: World) -> None:
    with pytest.raises(AmbiguousError) as error:
        answers.entity(world.ask("anna"), "Berta Two")
    assert not leaks(str(error.value) + repr(error.value.candidates), "")


def test_a_public_id_stands_in_for_a_hidden_key(world: World) -> None:
    (hit,) = world.get("anna", "/v1/search", text="berta one")["items"]
    assert hit["key"] == hit["id"]
    assert world.get("anna", "/v1/paths", to=hit["key"], min_probability=0)["paths"]
    card = world.get("anna", f"/v1/people/{hit['key']}")
    assert (card["entity"]["name"], card["organization"]["name"]) == ("Berta One", "Beta")
    assert (card["email"], card["title"], card["level"], card["scores"], card["meta"]["hidden"]) == (
        None, None, None, [], 1,
    )  # fmt: skip


def test_exports_hold_own_rows_only(world: World, tmp_path: Path) -> None:
    for spec in algorithms().values():
        out = tmp_path / f"{spec.name}.csv"
        export_scores(world.ask("anna"), spec.name, out)
        assert not leaks(out.read_text(), ""), spec.name
    export_ties(world.ask("anna"), tmp_path / "ties.csv")
    table = pyarrow.csv.read_csv(tmp_path / "ties.csv").to_pylist()
    assert table and all("anna@us.example" in (r["a_key"], r["b_key"]) for r in table)
    with pytest.raises(BudgetError):
        export_ties(world.ask("anna", budget=Budget(rows=1)), tmp_path / "few.csv")


def test_models_runs_and_changes_hold_no_counts_for_a_rep(world: World) -> None:
    assert all(m["content"] == {} for m in world.get("anna", "/v1/models")["items"])
    assert any(m["content"] for m in world.get("owner", "/v1/models")["items"])
    assert all(r["report"] == {} == r["params"] for r in world.get("anna", "/v1/runs")["items"])
    assert all("count" not in c for c in world.get("anna", "/v1/changes")["items"])


@pytest.mark.parametrize(("language", "sentence"), [("en", "not yours to see"), ("zh", "您无权查看")])
def test_a_refusal_names_people_as_the_rep_may_know_them_and_never_by_id(
    world: World, language: str, sentence: str
) -> None:
    known = {i["name"]: i["id"] for i in world.get("owner", "/v1/search", text="berta")["items"]}
    bo = world.get("owner", "/v1/search", text="bo")["items"][0]["id"]
    deal = next(i["id"] for i in world.get("owner", "/v1/search", text="canarydeal")["items"])
    asked = {
        "Berta One – Bo": ("/v1/explain/tie_strength", {"key": known["Berta One"], "other": bo}),
        "Berta One": ("/v1/explain/depth", {"key": "zq1@beta.example"}),
        "Beta": ("/v1/paths", {"to": "role:cto@beta"}),
        "": (f"/v1/map/{deal}", {}),
    }
    for name, (url, params) in asked.items():
        response = world.clients["anna"].get(url, params=params, headers={"accept-language": language})
        detail = response.json()["detail"]
        assert (response.status_code, sentence in detail) == (403, True), response.text
        assert all(part in detail for part in name.split(" – ")), detail
        assert not any(i in detail for i in (*known.values(), bo, deal)) and "@" not in detail, detail


def test_a_score_or_tie_there_is_none_of_names_people_too(world: World) -> None:
    cai, ada = (world.get("owner", "/v1/search", text=t)["items"][0]["id"] for t in ("cai", "ada 0"))
    for url, params in (
        ("/v1/explain/tie_strength", {"key": cai, "other": ada}),
        ("/v1/tie", {"key": cai, "other": ada}),
    ):
        response = world.clients["owner"].get(url, params=params)
        detail = response.json()["detail"]
        assert (response.status_code, "Cai" in detail, cai in detail) == (404, True, False), detail


@pytest.mark.parametrize("who", ["owner", "anna"])
def test_a_rank_says_of_how_many(world: World, who: str) -> None:
    for name in algorithms():
        whole = world.get("owner", f"/v1/scores/{name}", limit=1000)["items"]
        ranked = sum(item["rank"] is not None for item in whole)
        for item in world.get(who, f"/v1/scores/{name}", limit=1000)["items"]:
            assert item["of"] == (None if item["rank"] is None else ranked), (name, item)
    listed = world.get(who, "/v1/top/anna@us.example", size=2)
    below = world.get(who, "/v1/top/anna@us.example", size=100)["items"]
    assert [(i["rank"], i["of"]) for i in listed["items"]] == [(1, len(below)), (2, len(below))]
    for place in (0, len(below) - 1):
        said = world.get(who, "/v1/why-not/anna@us.example", key=below[place]["id"])
        assert (said["rank"], said["of"]) == (place + 1, len(below))
    for url in ("/v1/key-people", "/v1/brokers"):
        items = world.get(who, url)["items"]
        assert all(item["rank"] <= item["of"] for item in items), url
        if who == "owner":
            assert items and {item["of"] for item in items} == {len(items)}
