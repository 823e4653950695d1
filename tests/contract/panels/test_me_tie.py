"""Who asks, and one tie in full: for the owner, for its rep, for another."""

from __future__ import annotations

from typing import Any

import pytest

from api.answers import Ask
from api.answers.tie import tie
from graphsvc.pipeline import fit
from graphsvc.policy import OWNER
from tests.contract.panels.conftest import DAY, fact
from tests.contract.policy.world import NOW, World, mail, page

ADA = "a0@acme.example"


def test_the_owner_chooses_among_all(world: World) -> None:
    me = world.get("owner", "/v1/me")
    assert (me["name"], me["entity"], me["owner"], me["scopes"]) == ("owner", None, True, ["admin", "read", "write"])
    assert [r["name"] for r in me["reps"]] == ["Anna", "Bo"]
    assert [(t["name"], t["size"]) for t in me["teams"]] == [("Cai", 3)]
    assert (me["channels"], me["kinds"]) == (["mail", "phone"], ["call", "list_mail", "mail"])
    assert (me["levels"], me["industries"]) == (["unknown", "c_level"], ["food", "steel"])
    assert (me["first"][:10], me["last"][:10], me["week"]) == ("2026-05-01", "2026-06-01", "2026-W23")
    assert {"tie_strength", "depth"} <= {s["name"] for s in me["scores"]} and me["version"]
    assert me["timezone"] == "UTC"


def test_a_rep_is_told_of_themselves(world: World) -> None:
    me = world.get("anna", "/v1/me")
    assert (me["owner"], me["entity"]["name"], me["scopes"]) == (False, "Anna", ["read", "write"])
    assert [r["name"] for r in me["reps"]] == ["Anna"] and [t["name"] for t in me["teams"]] == ["Cai"]
    assert world.get("owner", "/v1/me", as_of="2026-05-20")["last"][:10] == "2026-05-16"
    assert world.get("owner", "/v1/me", as_of="2020-01-01")["first"] is None


def test_the_tie_is_seen_from_the_first_side(world: World) -> None:
    world.workspace.store.merge(page("facts", [fact("anna@us.example", "KNOWS", ADA, 40)]))
    one, two = (
        world.get("owner", "/v1/tie", key=a, other=b)["tie"]
        for a, b in (("anna@us.example", ADA), (ADA, "anna@us.example"))
    )
    assert (one["a"]["name"], two["a"]["name"]) == ("Anna", "Ada 0")
    assert (one["strength_ab"], one["strength_ba"]) == (two["strength_ba"], two["strength_ab"])
    ask = Ask(world.workspace)
    table, ends = ask.scores("tie_strength"), [ask.find(k) for k in ("anna@us.example", ADA)]
    row = table.row_of(*ends)
    sides = ("strength_ab", "strength_ba") if ends[0] < ends[1] else ("strength_ba", "strength_ab")
    assert [one["strength_ab"], one["strength_ba"]] == [table.beside[s][row] for s in sides]
    assert one["strength"] == two["strength"] == pytest.approx(float(table.value[row]))
    assert one["channels"] == {"mail": 4, "phone": 1}, "list mail counts a little for a tie"
    assert (one["first"][:10], one["last"][:10]) == ("2026-05-16", "2026-06-01")
    assert [(f["kind"], f["side"]) for f in one["facts"]] == [("KNOWS", "subject")]
    assert [(f["kind"], f["side"]) for f in two["facts"]] == [("KNOWS", "object")]


def test_the_trend_is_what_health_says_of_four_weeks(world: World) -> None:
    rows = [mail(f"t{i}", 2.5 * i, *(("anna@us.example", ADA) if i % 2 else (ADA, "anna@us.example")))
            for i in range(4, 60)]  # fmt: skip
    world.workspace.store.merge(page("interactions", rows))
    ask = Ask(world.workspace)
    found = tie(ask, "anna@us.example", ADA).tie.trend
    table = ask.scores("relationship_health")
    row = table.row_of(ask.find("anna@us.example"), ask.find(ADA))
    assert row is not None and found is not None
    assert (found.after, found.days) == (pytest.approx(float(table.value[row])), 28)
    assert found.after - found.before == pytest.approx(float(table.beside["trend"][row]))


def test_of_others_ties_there_is_the_band(world: World) -> None:
    own = world.get("anna", "/v1/tie", key="anna@us.example", other=ADA)
    assert own["tie"]["strength_ab"] > 0 and own["meta"]["hidden"] == 0
    closed = world.get("anna", "/v1/tie", key="bo@us.example", other="b1@beta.example")
    shown = closed["tie"]
    assert shown["band"] in ("strong", "fair", "weak") and closed["meta"]["hidden"] == 1
    hidden = ("strength", "health", "active", "reciprocity", "last", "strength_ab", "strength_ba", "first", "trend")
    assert [shown[n] for n in hidden] == [None] * len(hidden)
    assert (shown["channels"], shown["facts"]) == ({}, [])
    assert "b1@beta.example" not in str(shown)


def test_no_tie_and_nobody_are_404(world: World) -> None:
    client = world.clients["owner"]

    def status(**params: Any) -> int:
        return int(client.get("/v1/tie", params=params).status_code)

    assert status(key="anna@us.example", other="b1@beta.example") == 404
    assert status(key="anna@us.example", other="nobody@x.example") == 404
    assert status(key="anna@us.example", other=ADA, as_of="2026-05-10") == 404, "not yet"
    assert status(key="anna@us.example") == 422
    problem = client.get("/v1/tie", params={"key": "anna@us.example", "other": "b1@beta.example"}).json()
    assert problem["type"] == "urn:graphsvc:problem:panels.no_tie"
    assert (
        client.get("/v1/tie?key=anna@us.example&other=b1@beta.example", headers={"accept-language": "zh"})
        .json()["detail"]
        .startswith("此时")
    )


def test_an_erased_person_has_no_tie(world: World) -> None:
    (who,) = world.workspace.store.resolve(ADA, OWNER)
    world.workspace.store.erase(who.id, OWNER)
    assert world.clients["owner"].get(f"/v1/tie?key=anna@us.example&other={who.id}").status_code == 404
    assert who.id not in world.clients["owner"].get("/v1/me").text


# -- the model behind a score ------------------------------------------------------------------------------------------


def test_meta_tells_the_model_its_age_and_state(world: World) -> None:
    rows = [mail(f"t{i}", 0.5 * i, *(("anna@us.example", ADA) if i % 3 else (ADA, "anna@us.example")))
            for i in range(4, 400)]  # fmt: skip
    world.workspace.store.merge(page("interactions", rows))
    fitted_at = NOW - 3 * DAY
    fit(world.workspace, world.workspace.moment(fitted_at), ["active"])
    url = "/v1/explain/active"
    meta = world.get("owner", url, key="anna@us.example", other=ADA)["meta"]
    model = meta["models"]["active"]
    assert (model["fitted"], model["state"]) == ("2026-05-29T12:00:00Z", "active")
    assert model["id"] == world.workspace.store.models("active")[0].id
    end = world.workspace.moment().as_of
    assert model["age_days"] == pytest.approx((end - fitted_at) / DAY, abs=1e-3)
    assert meta["computed"] == {"active": meta["as_of"]}
    assert world.get("anna", url, key="anna@us.example", other=ADA)["meta"]["models"] == meta["models"]
    plain = world.get("owner", "/v1/explain/tie_strength", key="anna@us.example", other=ADA)["meta"]
    assert (plain["models"], list(plain["computed"])) == ({}, ["tie_strength"])
    past = world.get("owner", url, key="anna@us.example", other=ADA, as_of="2026-05-20")["meta"]["models"]["active"]
    assert past["state"] is None and (past["fitted"] or "") <= "2026-05-20", "no model knows anything later than T"
