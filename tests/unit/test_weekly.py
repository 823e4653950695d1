"""The weekly list: gain = V * delta_p * (1 - fatigue), never whom we must not call, and a reason for everybody else."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest

from algorithms.weekly import WeeklyParams, weekly, why_not
from algorithms.weekly_board import make_board
from graphsvc import toy
from graphsvc.errors import InputError, NotFoundError
from graphsvc.phrases import Phrase
from graphsvc.scores import Scores

NOW = 100.0


def mail(a, b, *times, **more):
    return [{"time": t, "from": a, "to": b, **more} for t in times]


def shop(*, people=(), interactions=(), facts=(), opportunities=(), organizations=(), own=True):
    """Rep and two colleagues; the rep owns acme (ann, bob); beta (cat) is nobody's."""
    staff = [{"id": i, "internal": own} for i in ("rep", "col1", "col2", "col3", "col4", "col5")]
    there = [{"id": "ann", "organization": "acme"}, {"id": "bob", "organization": "acme"},
             {"id": "cat", "organization": "beta"}]  # fmt: skip
    given = {r["id"] for r in people}
    return toy.build(
        people=[r for r in staff + there if r["id"] not in given] + list(people),
        organizations=[{"id": "acme"}, {"id": "beta"}, *organizations],
        interactions=interactions,
        facts=[{"subject": "rep", "kind": "OWNS", "object": "acme"}, *facts],
        opportunities=opportunities,
        as_of=NOW,
    )


def tie_scores(p, name, rows, *, beside=None, terms=None, link="identity"):
    """Scores by hand: rows of (a, b, value)."""
    pairs = [tuple(sorted((p.index[a], p.index[b]))) for a, b, _ in rows]
    order = sorted(range(len(rows)), key=lambda i: pairs[i])
    value = np.array([float(rows[i][2]) for i in order])
    columns = {k: np.array([v[i] for i in order]) for k, v in (beside or {}).items()}
    return Scores(
        name=name, of="tie",
        a=np.array([pairs[i][0] for i in order], dtype=np.int32),
        b=np.array([pairs[i][1] for i in order], dtype=np.int32),
        value=value, unit="", link=link, beside=columns,
        terms={k: np.array([v[i] for i in order]) for k, v in (terms or {}).items()} or {"all": value},
    )  # fmt: skip


def listed(p, result):
    return [p.entities.id[line.entity].decode() for line in result.items]


def codes(phrases):
    return [x.code.removeprefix("weekly.") for x in phrases]


def refusals(p, who, rep="rep", scores=None, **params):
    rep_index = None if rep is None else p.index[rep]
    return codes(why_not(p, scores or {}, rep_index, p.index[who], WeeklyParams(**params)))


def line_of(p, who, scores=None, rep="rep", previous=None, **params):
    result = weekly(
        p, scores or {}, rep=None if rep is None else p.index[rep], params=WeeklyParams(**params), previous=previous
    )
    return result.items[listed(p, result).index(who)]


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def test_gain_is_value_times_uplift_times_patience():
    deal = {"id": "d", "organization": "acme", "owner": "rep", "amount": 1000.0, "currency": "EUR"}
    p = shop(interactions=mail("rep", "ann", 86, 79), opportunities=[deal])
    line = line_of(p, "ann")
    now, answered = sigmoid(1.1 - 0.95 * math.log1p(2)), sigmoid(-0.5 * math.log1p(20 / 7))  # as after 20 days
    assert line.gain == pytest.approx(1000 * (1 - now) * answered * math.exp(-2 / 12), rel=1e-8)
    assert codes(line.reasons)[:2] == ["value_open", "chance_prior"]
    assert weekly(p, {}, rep=p.index["rep"]).currency == "EUR"


def test_a_touch_works_beside_what_would_have_happened_and_hardly_twice_in_a_week():
    p = shop(interactions=mail("rep", "ann", 30) + mail("rep", "bob", 99) + mail("cat", "rep", 99))
    rows = [("rep", "ann", sigmoid(-2.0)), ("rep", "bob", 0.5), ("rep", "cat", 0.5)]
    active = tie_scores(p, "active", rows, link="logit")
    gains = {who: line_of(p, who, {"active": active}).gain for who in ("ann", "bob", "cat")}
    rates = [sigmoid(-0.5 * math.log1p(days / 7)) for days in (40, 80, 20)]
    after_70_days = np.interp(math.log(70), [math.log(40), math.log(80)], rates[:2])
    assert gains["ann"] == pytest.approx((1 - sigmoid(-2.0)) * after_70_days, rel=1e-8)
    assert gains["bob"] == pytest.approx(0.5 * rates[2] / 14 * math.exp(-1 / 12), rel=1e-8), "we wrote yesterday"
    assert gains["cat"] == pytest.approx(0.5 * rates[2], rel=1e-8), "they wrote yesterday and wait for us"
    assert "chance_shifted" in codes(line_of(p, "ann", {"active": active}).reasons), "no answers measured here"


def test_active_beside_health_is_used_where_the_score_itself_is_missing():
    p = shop(interactions=mail("rep", "ann", 72))
    health = tie_scores(p, "relationship_health", [("rep", "ann", 0.2)], beside={"active": [0.3]})
    line = line_of(p, "ann", {"relationship_health": health})
    answered = np.interp(math.log(28), np.log([20, 40]), [sigmoid(-0.5 * math.log1p(d / 7)) for d in (20, 40)])
    assert line.gain == pytest.approx(0.7 * answered, rel=1e-8)
    assert line.health == 0.2 and "chance_shifted" in codes(line.reasons)


def test_value_falls_back_to_product_then_industry_then_mean_then_unit():
    def won(i, amount, **more):
        return {"id": f"w{i}", "amount": amount, "currency": "EUR", "closed": 10, "won": 1, **more}

    past = [won(1, 100.0, product="saw"), won(2, 300.0, product="saw"), won(3, 1100.0, organization="gamma")]

    def basis(*deals, industry=None):
        orgs = [{"id": "gamma", "industry": "steel"}]
        p = shop(opportunities=deals, organizations=orgs + ([{"id": "acme", "industry": industry}] if industry else []))
        worth = make_board(p, {}, p.index["rep"], WeeklyParams()).worth
        return float(worth.value[p.index["acme"]]), int(worth.basis[p.index["acme"]])

    open_deal = {"id": "o", "organization": "acme", "owner": "rep"}
    assert basis(*past, {**open_deal, "amount": 70.0, "currency": "EUR"}) == (70.0, 0)
    assert basis(*past, {**open_deal, "product": "saw"}) == (pytest.approx((400 + 5 * 500) / 7), 1)
    assert basis(*past, open_deal, industry="steel") == (pytest.approx((1100 + 5 * 500) / 6), 2)
    assert basis(*past) == (500.0, 3)
    assert basis(open_deal) == (1.0, 4)


def test_other_currencies_count_by_the_ratio_of_mean_won_deals_and_say_so():
    deals = [
        {"id": "w1", "amount": 200.0, "currency": "EUR", "closed": 5, "won": 1, "organization": "beta"},
        {"id": "w2", "amount": 1600.0, "currency": "CNY", "closed": 5, "won": 1, "organization": "beta"},
        {"id": "o1", "amount": 800.0, "currency": "CNY", "organization": "acme", "owner": "rep"},
        {"id": "o2", "amount": 50.0, "currency": "EUR", "organization": "acme", "owner": "rep"},
        {"id": "o3", "amount": 50.0, "currency": "EUR", "organization": "beta", "owner": "col1"},
    ]
    p = shop(opportunities=deals, interactions=mail("rep", "ann", 60))
    board = make_board(p, {}, p.index["rep"], WeeklyParams())
    assert board.worth.value[p.index["acme"]] == pytest.approx(800 * 200 / 1600 + 50)
    assert "value_converted" in codes(line_of(p, "ann").reasons)


def test_open_amounts_of_other_reps_deals_do_not_count_for_mine():
    deal = {"id": "d", "organization": "beta", "owner": "col1", "amount": 9e6, "currency": "EUR"}
    p = shop(interactions=mail("rep", "cat", 60), opportunities=[deal])
    assert line_of(p, "cat").gain < 1.0
    assert line_of(p, "beta", rep=None).gain > 1e5


def test_five_colleagues_overload_a_contact_unless_it_wrote_last():
    busy = [r for i in range(1, 6) for r in mail(f"col{i}", "ann", 80 + i, 90 + i)]
    p = shop(interactions=busy)
    assert listed(p, weekly(p, {}, rep=p.index["rep"])) == ["bob"]
    [reason] = why_not(p, {}, p.index["rep"], p.index["ann"])
    assert reason == Phrase("weekly.overloaded", {"colleagues": 5, "touches": 10})
    waiting = shop(interactions=[*busy, *mail("ann", "col1", 99)])
    assert "ann" in listed(waiting, weekly(waiting, {}, rep=waiting.index["rep"]))
    assert "wrote_last" in codes(line_of(waiting, "ann", rep="col1").reasons)


def test_list_and_robot_mail_tires_nobody():
    spam = [r for i in range(1, 6) for r in mail(f"col{i}", "ann", *range(75, 99), kind="list_mail")]
    p = shop(interactions=spam)
    assert "ann" in listed(p, weekly(p, {}, rep=p.index["rep"]))


@pytest.mark.parametrize("mark", ["left", "restricted"])
def test_who_left_or_is_restricted_is_never_listed(mark):
    p = shop(people=[{"id": "ann", "organization": "acme", mark: True}], interactions=mail("rep", "ann", 50))
    result = weekly(p, {}, rep=p.index["rep"])
    assert listed(p, result) == ["bob"] and result.left_out == {f"weekly.{mark}": 1}
    assert refusals(p, "ann") == [mark]


def test_snoozed_contacts_and_accounts_stay_away():
    p = shop(interactions=mail("rep", "ann", 50))
    assert refusals(p, "ann", away=frozenset({"ann"})) == ["away"]
    assert refusals(p, "ann", away=frozenset({"acme"})) == ["away"]


def test_suppliers_are_no_customers_unless_they_have_a_deal():
    there = {"id": "sue", "organization": "sup"}
    base = {
        "people": [there],
        "organizations": [{"id": "sup", "kind": "supplier"}],
        "interactions": mail("rep", "sue", 50),
    }
    assert refusals(shop(**base), "sue") == ["no_customer"]
    p = shop(**base, opportunities=[{"id": "d", "organization": "sup", "owner": "rep"}])
    assert refusals(p, "sue") == ["on_list"]


def test_why_not_has_an_answer_for_everybody():
    p = shop(interactions=mail("col1", "cat", 50) + mail("rep", "ann", 50), facts=[
        {"subject": "ann", "kind": "AUTHORED", "object": "paper"}])  # fmt: skip
    assert refusals(p, "rep") == ["yourself"]
    assert refusals(p, "col1") == ["internal"]
    assert refusals(p, "paper") == ["no_contact"]
    assert refusals(p, "cat") == ["not_yours", "knows"]
    assert refusals(p, "acme") == ["by_contact"]
    assert refusals(p, "beta") == ["not_your_account"]
    assert refusals(shop(facts=[{"subject": "rep", "kind": "OWNS", "object": "new"}]), "new") == ["no_deal"]
    assert refusals(p, "ann") == ["on_list"]
    assert refusals(p, "bob", rep=None)[0] == "other_contact"
    assert refusals(p, "acme", rep=None) == ["on_list"]
    for language in ("en", "zh"):
        for who in range(len(p)):
            assert all(x.text(language) for x in why_not(p, {}, p.index["rep"], who))


def test_below_the_end_of_the_list_the_rank_is_told():
    many = [{"id": f"x{i:02d}", "organization": "acme"} for i in range(30)]
    touched = [r for i in range(30) for r in mail("rep", f"x{i:02d}", 69 - i)]
    p = shop(people=many, interactions=touched)
    result = weekly(p, {}, rep=p.index["rep"])
    assert len(result.items) == 20 and result.left_out == {"weekly.below": 12}
    below = set(p.index) - {"rep", "acme", "beta", "cat", "ann", "bob"} - set(listed(p, result))
    who = min(i for i in below if i.startswith("x"))
    first = why_not(p, {}, p.index["rep"], p.index[who])[0]
    assert first.code == "weekly.below" and 20 < first.args["rank"] <= 32
    assert {k: first.args[k] for k in ("of", "size")} == {"of": 32, "size": 20}


def test_equal_gains_go_by_id_and_the_same_facts_give_the_same_list():
    people = [{"id": f"x{i}", "organization": "acme"} for i in (3, 1, 2)]
    p = shop(people=people)
    first = weekly(p, {}, rep=p.index["rep"])
    assert listed(p, first) == ["ann", "bob", "x1", "x2", "x3"]
    stored = [line.stored(p) for line in first.items]
    again = weekly(p, {}, rep=p.index["rep"], previous=stored)
    assert listed(p, again) == listed(p, first)
    assert all(line.changed == () for line in again.items), "nothing changed, so nothing is said to have changed"


def test_changes_name_new_lines_moves_falls_meetings_referrals_and_deals():
    p = shop(
        interactions=mail("rep", "ann", 60) + mail("rep", "bob", 97, kind="meeting"),
        facts=[{"subject": "cat", "kind": "REFERRED", "object": "ann", "from": 98}],
        opportunities=[{"id": "d", "organization": "acme", "owner": "rep", "created": 96}],
    )
    health = tie_scores(p, "relationship_health", [("rep", "ann", 0.4)])
    previous = [{"id": "ann", "rank": 3, "gain": 1.0, "health": 0.6}]
    result = weekly(p, {"relationship_health": health}, rep=p.index["rep"], previous=previous)
    changed = {p.entities.id[line.entity].decode(): line.changed for line in result.items}
    assert codes(changed["ann"]) == ["changed_up", "changed_health", "changed_referral", "changed_deal"]
    assert changed["ann"][1].args == {"points": 20.0} and changed["ann"][2].args == {"who": p.index["cat"]}
    assert codes(changed["bob"]) == ["changed_new", "changed_met", "changed_deal"]


def test_play_follows_the_state_of_the_tie():
    ties = mail("rep", "ann", 99) + mail("ann", "rep", 99.5) + mail("rep", "bob", 20) + mail("col1", "eve", 95)
    p = shop(interactions=ties, people=[{"id": "eve", "organization": "acme"}, {"id": "dan", "organization": "acme"}])
    assert [line_of(p, who).play for who in ("bob", "eve", "dan")] == ["reconnect", "ask_introduction", "second_thread"]
    assert Phrase("weekly.knows", {"who": p.index["col1"]}) in line_of(p, "eve").reasons
    deal = [{"id": "d", "organization": "acme", "owner": "rep"}]
    thin = shop(interactions=mail("rep", "ann", 90), opportunities=deal)
    assert line_of(thin, "ann").play == "second_thread"
    sick = shop(interactions=mail("rep", "ann", 90))
    health = tie_scores(
        sick, "relationship_health", [("rep", "ann", 0.4)], beside={"trend": [-0.2], "rhythm_days": [3.0]}
    )
    line = line_of(sick, "ann", {"relationship_health": health})
    assert line.play == "reconnect" and {"trend", "off_rhythm", "health"} <= set(codes(line.reasons))


def test_channel_is_where_the_contact_wrote_most_and_evidence_names_rows():
    rows = mail("ann", "rep", 60, 61, channel="wecom") + mail("ann", "rep", 62) + mail("rep", "ann", *range(63, 70))
    p = shop(interactions=rows)
    line = line_of(p, "ann")
    assert line.channel == "wecom"
    assert [table for table, _ in line.evidence] == ["interactions"] * 3
    assert [r for _, r in line.evidence] == sorted(p.interactions.row.tolist())[-3:][::-1]
    assert line_of(p, "bob").channel is None


def test_an_account_with_a_deal_and_no_known_contact_has_its_own_line():
    p = shop(organizations=[{"id": "new"}], opportunities=[{"id": "d", "organization": "new", "owner": "rep"}])
    line = line_of(p, "new")
    assert (line.contact, line.play, line.organization) == (-1, "find_contact", p.index["new"])
    assert "find_contact" in codes(line.reasons)
    assert line_of(p, "new", rep=None).contact == -1


def test_the_team_list_has_one_line_per_customer_and_names_the_contact_and_the_colleague():
    p = shop(interactions=mail("rep", "ann", 1) + mail("col1", "bob", 60) + mail("col1", "cat", 30))
    result = weekly(p, {}, rep=None)
    assert listed(p, result) == ["acme", "beta"]
    assert [p.entities.id[line.contact].decode() for line in result.items] == ["bob", "cat"]
    assert [p.entities.id[line.partner].decode() for line in result.items] == ["col1", "col1"]
    args = {x.code: x.args for x in result.items[0].reasons}
    assert args["weekly.contact"] == {"who": p.index["bob"]} and args["weekly.by"] == {"who": p.index["col1"]}


def test_nobody_said_who_we_are():
    p = shop(interactions=mail("rep", "ann", 60) + mail("cat", "rep", 70), own=False)
    assert not p.own_known
    result = weekly(p, {}, rep=p.index["rep"])
    assert set(listed(p, result)) == {"ann", "bob", "cat"} and codes(result.notes) == ["own_unknown_note"]
    with pytest.raises(InputError, match="--own"):
        weekly(p, {}, rep=None)


def test_wrong_reps_and_empty_graphs():
    p = shop()
    with pytest.raises(InputError):
        weekly(p, {}, rep=p.index["acme"])
    for who in (-1, len(p)):
        with pytest.raises(NotFoundError):
            weekly(p, {}, rep=who)
        with pytest.raises(NotFoundError):
            why_not(p, {}, p.index["rep"], who)
    alone = toy.build(people=[{"id": "rep", "internal": True}], as_of=1)
    assert weekly(alone, {}, rep=0).items == () == weekly(alone, {}, rep=None).items
    assert weekly(toy.build(own_known=True), {}, rep=None).items == ()


def test_names_are_never_in_a_phrase_only_indices():
    p = shop(interactions=mail("rep", "ann", 60), opportunities=[
        {"id": "d", "organization": "acme", "owner": "rep", "amount": 5.0, "currency": "EUR"}])  # fmt: skip
    for rep in (p.index["rep"], None):
        for line in weekly(p, {}, rep=rep).items:
            for reason in (*line.reasons, *line.changed):
                assert all(isinstance(reason.args[k], int) for k in ("who", "org", "work") if k in reason.args)
                assert reason.text("en") and reason.text("zh")


MAVEN = Path(__file__).parents[2] / ".." / "shared" / "data" / "crm-maven"


@pytest.mark.data
@pytest.mark.skipif(not MAVEN.exists(), reason="the crm-maven tables are not beside the project")
def test_a_pipeline_without_open_amounts_or_contacts_still_gives_lists():
    def table(name):
        with (MAVEN / name).open(encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def day(text):
        return (np.datetime64(text) - np.datetime64("1970-01-01")).astype(int).item()

    deals = []
    for row in table("sales_pipeline.csv"):
        closed = row["deal_stage"] in ("Won", "Lost")
        deals.append({
            "id": row["opportunity_id"], "organization": row["account"] or None, "owner": row["sales_agent"],
            "product": row["product"], "created": day(row["engage_date"]) if row["engage_date"] else 0,
            **({"closed": day(row["close_date"]), "won": int(row["deal_stage"] == "Won")} if closed else {}),
            **({"amount": float(row["close_value"])} if row["close_value"] else {}),
        })  # fmt: skip
    p = toy.build(
        people=[{"id": row["sales_agent"], "internal": True} for row in table("sales_teams.csv")],
        organizations=[{"id": row["account"], "industry": row["sector"]} for row in table("accounts.csv")],
        opportunities=deals, as_of=day("2018-01-01"),
    )  # fmt: skip
    agents = sorted({d["owner"] for d in deals if "won" not in d and d["organization"]})
    assert agents
    for agent in agents:
        result = weekly(p, {}, rep=p.index[agent])
        assert result.items and all(line.gain > 0 and line.play == "find_contact" for line in result.items)
        assert all("value_product" in codes(line.reasons) for line in result.items)
    assert len(weekly(p, {}, rep=None).items) == 20
