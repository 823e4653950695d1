"""The truths planted in the sample company are really in its files, counted there."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from itertools import pairwise

from graphsvc.model import BUYING_ROLES
from tests.unit.sample.files import END, OWN, domain, facts


def between(contacts, a, b):
    return [(time, sender, kind) for time, sender, to, kind in contacts if {sender, to} == {a, b}]


def test_hidden_influencer(sample):
    truth = sample.truth["hidden_influencer"]
    cto = truth["person"]["key"]
    assert truth["person"]["title"] in ("Chief Technology Officer", "首席技术官")
    adopted = {f["subject"]: f["valid_from"] for f in facts(sample, "ADOPTED") if f["object"] == truth["work"]}
    assert {a["key"]: a["time"] for a in truth["adopters"]} == adopted and len(adopted) == 23
    assert len({t[:10] for t in adopted.values()}) == 23
    assert {domain(a) for a in adopted} == set(truth["organizations"]) and len(truth["organizations"]) >= 12
    assert truth["person"]["organization"] not in truth["organizations"]
    follows = {f["subject"]: f["valid_from"] for f in facts(sample, "FOLLOWS") if f["object"] == cto}
    assert all(follows[person] < when for person, when in adopted.items())
    assert set(truth["followers_waiting"]) <= set(follows) - set(adopted)
    ids = {c["Id"]: c["Email"] for c in sample.crm["Contact"]}
    roles = [r for r in sample.crm["OpportunityContactRole"] if r["Role"].lower() in BUYING_ROLES]
    assert roles and cto in ids.values()
    assert cto not in {ids[r["ContactId"]] for r in roles}


def test_decoys_of_the_hidden_influencer(sample, contacts):
    busy, fashion = sample.truth["hidden_influencer"]["decoys"]
    authored = defaultdict(set)
    for fact in facts(sample, "AUTHORED"):
        authored[fact["subject"]].add(fact["object"])
    assert busy["key"] not in authored
    followers = Counter(f["object"] for f in facts(sample, "FOLLOWS"))
    assert followers[busy["key"]] > followers[sample.truth["hidden_influencer"]["person"]["key"]]
    received = Counter(to for _, _, to, kind in contacts if kind == "mail" and not to.endswith(OWN))
    assert received[busy["key"]] >= sorted(received.values())[-3]
    days = {f["valid_from"] for f in facts(sample, "ADOPTED") if f["object"] == fashion["work"]}
    adopters = {f["subject"] for f in facts(sample, "ADOPTED") if f["object"] == fashion["work"]}
    assert len(days) == 1 and len(adopters) == fashion["adopters"] > 23
    follows = {f["subject"] for f in facts(sample, "FOLLOWS") if f["object"] == fashion["key"]}
    near = {x for _, a, b, _ in contacts if fashion["key"] in (a, b) for x in (a, b)}
    assert not adopters & (follows | near)


def weeks_with(events, start, stop):
    return {
        (dt.datetime.fromisoformat(t[:19]) - dt.datetime.fromisoformat(start[:19])).days // 7
        for t in events
        if start <= t < stop
    }


def test_dying_tie(sample, contacts):
    truth = sample.truth["dying_tie"]
    rep, contact = truth["rep"]["key"], truth["contact"]["key"]
    events = between(contacts, rep, contact)
    lively = weeks_with([t for t, *_ in events], truth["weekly_from"], truth["fading_from"])
    assert len(lively) >= 75  # of about 90 weeks
    theirs = [t for t, sender, _ in events if sender == contact]
    before = [t for t in theirs if t < truth["fading_from"]]
    assert len(before) >= 60
    late = [t for t, *_ in events if t >= truth["fading_from"]]
    assert len(late) <= 8 and late[-1] < "2026-09-26"  # nothing at all in the last five weeks
    assert theirs[-1] < "2026-09-18"  # six weeks before the end
    assert len([t for t, sender, _ in events if sender == rep and t > theirs[-1]]) >= 1
    open_deals = [d for d in sample.crm["Opportunity"] if float(d["Amount"]) == truth["open_amount"]]
    assert any(d["IsClosed"] == "false" for d in open_deals)


def test_ignored_rep(sample, contacts):
    truth = sample.truth["ignored_rep"]
    rep, contact = truth["rep"]["key"], truth["contact"]["key"]
    events = between(contacts, rep, contact)
    before = Counter(sender for t, sender, _ in events if t < truth["silent_from"])
    after = Counter(sender for t, sender, _ in events if t >= truth["silent_from"])
    assert before[contact] > 40 and after[contact] == 0 and after[rep] >= 12
    assert not [1 for t, sender, _, _ in contacts if sender == contact and t >= truth["silent_from"]]
    assert {kind for t, _, kind in events if t >= truth["silent_from"]} == {"mail"}  # nothing two-sided
    weeks = weeks_with([t for t, *_ in events], truth["silent_from"], END)
    assert len(weeks) >= 12 and events[-1][0] > "2026-10-20"


def referrals(sample):
    """Who named which organization when."""
    return [
        (f["subject"], f["object"].removeprefix("organization:"), f["valid_from"]) for f in facts(sample, "REFERRED")
    ]


def test_referral_star(sample):
    truth = sample.truth["referral_star"]
    said = {name: time for who, name, time in referrals(sample) if who == truth["person"]["key"]}
    assert {r["organization"]["key"] for r in truth["referred"]} == set(said) and len(said) >= 5
    accounts = {a["Website"].removeprefix("https://www."): a["Id"] for a in sample.crm["Account"]}
    for org, day in said.items():
        deals = [d for d in sample.crm["Opportunity"] if d["AccountId"] == accounts[org]]
        assert [d["IsWon"] for d in deals] == ["true"] and deals[0]["CreatedDate"] > day
    (decoy,) = truth["decoys"]
    names = {name for who, name, _ in referrals(sample) if who == decoy["key"]}
    assert len(names) == 6
    assert not {accounts[n] for n in names} & {d["AccountId"] for d in sample.crm["Opportunity"]}
    counts = Counter(f["subject"] for f in facts(sample, "REFERRED"))
    assert sorted(counts.values())[-3] <= 2


def test_supply_chain(sample):
    truth = sample.truth["supply_chain"]
    chain = truth["organizations"]
    supplies = {(f["subject"], f["object"]) for f in facts(sample, "SUPPLIES")}
    assert len(chain) >= 6 and set(pairwise(chain)) <= supplies
    pained = {f["subject"] for f in facts(sample, "HAS_PAIN") if f["object"] == truth["topic"]}
    others = pained - set(chain)
    assert set(chain) <= pained and others
    assert not others & {end for pair in supplies for end in pair}


def test_overloaded_account(sample, contacts):
    truth = sample.truth["overloaded_account"]
    contact = truth["contact"]["key"]
    late = [(sender, to) for t, sender, to, _ in contacts if contact in (sender, to) and t >= truth["from"]]
    touches = Counter(sender for sender, to in late if to == contact)
    assert set(touches) == set(truth["colleagues"]) and len(touches) == 5
    assert sum(touches.values()) == truth["touches"] == 35
    assert contact not in {sender for sender, _ in late}
    assert sum(1 for t, sender, _, _ in contacts if sender == contact) > 30


def own_works(sample):
    return {w["id"] for w in sample.works if w["author"].endswith(OWN)}


def voluntary_shares(sample):
    ours = own_works(sample)
    shared = [r["from"] for r in sample.interactions if r["kind"] == "share" and r["object"] in ours]
    shared += [f["subject"] for f in facts(sample, "SHARED") if f["object"] in ours]
    return Counter(domain(who) for who in shared if not who.endswith(OWN))


def adopting_organizations(sample):
    author = {w["id"]: domain(w["author"]) for w in sample.works}
    found = defaultdict(set)
    for fact in facts(sample, "ADOPTED"):
        if domain(fact["subject"]) != author[fact["object"]]:
            found[author[fact["object"]]].add(domain(fact["subject"]))
    return found


def test_inflated_organizations_stay_below_the_threshold(sample, contacts):
    shares, adopting = voluntary_shares(sample), adopting_organizations(sample)
    referred = {key for who, name, _ in referrals(sample) for key in (domain(who), name)}
    knows = Counter(domain(f["object"]) for f in facts(sample, "KNOWS"))
    inflated = sample.truth["inflated"]["organizations"]
    assert len(inflated) == 3
    for org in inflated:
        key = org["key"]
        assert shares[key] == org["voluntary_shares"] < 3
        assert adopting[key] == set(org["adopting_organizations"]) and len(adopting[key]) < 3
        assert key not in referred
        assert knows[key] >= 40
        outward = [
            1 for _, a, b, kind in contacts if a.endswith(OWN) and domain(b) == key and kind in ("mail", "share")
        ]
        assert len(outward) >= 150
    rest = [n for org, n in knows.items() if org not in {o["key"] for o in inflated}]
    assert rest and max(rest) < 25


def test_left_person(sample, contacts):
    truth = sample.truth["left_person"]
    person, left = truth["person"]["key"], truth["left"]
    (job,) = (f for f in facts(sample, "WORKS_AT") if f["subject"] == person)
    assert job["valid_to"] == left and job["object"] == truth["organization"]["key"]
    mine = [(t, a, b) for t, a, b, _ in contacts if person in (a, b)]
    assert len(mine) > 250 and mine[-1][0] < left
    assert len({x for _, a, b in mine for x in (a, b)}) >= 13


def test_pivot_and_lighthouse(sample, contacts):
    shares, adopting = voluntary_shares(sample), adopting_organizations(sample)
    pivot, house = sample.truth["pivot"], sample.truth["lighthouse"]
    key = pivot["organization"]["key"]
    assert adopting[key] == set(pivot["adopting_organizations"]) and len(adopting[key]) >= 12
    assert shares[key] == pivot["voluntary_shares"] >= 3
    assert {f["object"] for f in facts(sample, "SUPPLIES") if f["subject"] == key} == set(pivot["supplied"])
    referred = {name for who, name, _ in referrals(sample) if domain(who) == key}
    assert referred == set(pivot["referred"])
    key = house["organization"]["key"]
    assert adopting[key] == set() and shares[key] == house["voluntary_shares"] >= 3
    account = next(a["Id"] for a in sample.crm["Account"] if a["Website"].endswith(f"www.{key}"))
    won = [d for d in sample.crm["Opportunity"] if d["AccountId"] == account and d["IsWon"] == "true"]
    assert len(won) == house["won_deals"] == 3
    depth = Counter(
        domain(a if b.endswith(OWN) else b) for _, a, b, _ in contacts if a.endswith(OWN) != b.endswith(OWN)
    )
    assert key in [org for org, _ in depth.most_common(3)]


def test_referral_path_is_the_only_short_way(sample, contacts):
    truth = sample.truth["referral_path"]
    near = defaultdict(set)
    strength = Counter()
    for _, a, b, _ in contacts:
        near[a].add(b)
        near[b].add(a)
        strength[frozenset((a, b))] += 1
    path, weaker, target = truth["path"], truth["weaker_path"], truth["target"]["key"]
    assert path[0] == truth["rep"]["key"] and path[-1] == weaker[-1] == target and len(path) == 4
    assert near[target] == {path[2], weaker[2]}
    assert near[path[2]] == {path[1], target} and near[weaker[2]] == {weaker[1], target}
    assert not any(a.endswith(OWN) for a in near[target] | near[path[2]] | near[weaker[2]])
    hops = [strength[frozenset(p)] for p in pairwise(path)]
    weak = [strength[frozenset(p)] for p in pairwise(weaker)]
    assert min(hops) > 200 and max(weak) < 30
    asks = [f for f in facts(sample, "ASKED_INTRODUCTION") if f["object"] == weaker[1] and not f["valid_to"]]
    assert len(asks) == 3
