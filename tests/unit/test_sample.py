"""The sample company: the same seed gives the same bytes, files agree with one another, truths are really in them."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import json
import mailbox
from collections import Counter, defaultdict
from email.header import decode_header, make_header
from email.utils import getaddresses, parsedate_to_datetime
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from graphsvc.model import (
    BUYING_ROLES,
    FACT_KINDS,
    KIND_WEIGHTS,
    MUTUAL_KINDS,
    Fact,
    Interaction,
    Organization,
    Person,
    Role,
    Work,
    column_names,
)
from graphsvc.sample import TRUTHS, write_sample
from graphsvc.sample.crm import record_id

OWN = "@yuanlan.example"
END = "2026-10-30T23:59:59"


def read(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def messages(folder):
    for path in sorted(folder.glob("*.mbox")):
        box = mailbox.mbox(path, create=False)
        yield from ((path.name, message) for message in box)
        box.close()


def addresses(message, *headers):
    return [a for _, a in getaddresses([v for h in headers for v in message.get_all(h, [])])]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    report = write_sample(folder)
    tables = {p.name.split(".")[0]: read(p) for p in (folder / "tables").iterdir()}
    crm = {p.stem: read(p) for p in (folder / "crm").iterdir()}
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    mails = list(messages(folder / "mail"))
    human = [m for _, m in mails if not any(m[h] for h in ("List-Id", "Precedence", "Auto-Submitted"))]
    return SimpleNamespace(
        folder=folder, report=report, crm=crm, truth=truth["truths"], whole=truth, mails=mails, human=human, **tables
    )


@pytest.fixture(scope="module")
def contacts(sample):
    """Everything one person did to another, over all three sources: (time, from, to, kind); second addresses undone."""
    rows = [(r["time"], r["from"], r["to"], r["kind"]) for r in sample.interactions]
    seen, known = set(), {pair["b"]: pair["a"] for pair in sample.whole["duplicates"]}
    for message in sample.human:
        if message["Message-ID"] not in seen:
            seen.add(message["Message-ID"])
            time = parsedate_to_datetime(message["Date"]).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            (sender,) = addresses(message, "From")
            kind = "reply" if message["In-Reply-To"] else "mail"
            everybody = addresses(message, "To", "Cc")
            rows += [(time, known.get(sender, sender), known.get(to, to), kind) for to in everybody]
    people = {c["Id"]: c["Email"] for c in sample.crm["Contact"]} | {u["Id"]: u["Email"] for u in sample.crm["User"]}
    for task in sample.crm["Task"]:
        sides = people[task["OwnerId"]], people[task["WhoId"]]
        sides = sides[::-1] if task["CallType"] == "Inbound" else sides
        rows.append((task["CompletedDateTime"], *sides, "call"))
    rows += [(e["StartDateTime"], people[e["OwnerId"]], people[e["WhoId"]], "visit") for e in sample.crm["Event"]]
    return sorted(rows)


def between(contacts, a, b):
    return [(time, sender, kind) for time, sender, to, kind in contacts if {sender, to} == {a, b}]


def facts(sample, kind):
    return [f for f in sample.facts if f["kind"] == kind]


def domain(address):
    return address.split("@")[1]


def digest(folder):
    paths = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in paths}


def test_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path):
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_sample(tmp_path / name, seed=seed, scale=0.05)
    first, again = digest(tmp_path / "a"), digest(tmp_path / "b")
    assert first == again
    other = digest(tmp_path / "c")
    bulk = [n for n in first if n.startswith(("tables/", "crm/"))]
    assert not any(first[n] == other[n] for n in bulk if n in other)


def test_writing_again_leaves_nothing_of_another_seed(tmp_path):
    write_sample(tmp_path / "a", seed=3, scale=0.05)
    write_sample(tmp_path / "a", seed=4, scale=0.05)
    write_sample(tmp_path / "b", seed=4, scale=0.05)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_every_file_is_told_and_measured(tmp_path):
    told = []
    report = write_sample(tmp_path, seed=3, scale=0.05, progress=told.append)
    assert set(told) <= set(report.rows) == set(report.sizes) == set(digest(tmp_path))
    assert set(report.rows) - set(told) == {"truth.json", "README.md"}


def test_end_date_moves_everything(tmp_path):
    write_sample(tmp_path, scale=0.05, end=dt.date(2025, 6, 1))
    times = [r["time"] for r in read(tmp_path / "tables" / "interactions.csv.gz")]
    assert min(times) >= "2023-06-02" and "2025-05-25" < max(times) < "2025-06-02"


def test_size_and_speed(sample):
    report = sample.report
    assert report.seconds < 10
    assert report.people == 4000 and report.organizations == 301
    assert 180_000 <= report.interaction_rows <= 215_000
    assert report.interaction_rows > len(sample.interactions) > 150_000
    assert 8_000 <= len(sample.mails) <= 26_000
    staff = [p for p in sample.people if p["internal"] == "true"]
    assert len(staff) == len(sample.crm["User"]) == 60
    assert 18 <= len({a["OwnerId"] for a in sample.crm["Account"]}) <= 22


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("people", Person),
        ("organizations", Organization),
        ("interactions", Interaction),
        ("facts", Fact),
        ("works", Work),
    ],
)
def test_tables_have_the_columns_of_the_model(sample, name, table):
    assert set(getattr(sample, name)[0]) <= set(column_names(table))


def test_words_are_those_of_the_model(sample):
    assert {r["kind"] for r in sample.interactions} <= set(KIND_WEIGHTS)
    assert {r["role"] for r in sample.interactions} <= {r.name.lower() for r in Role}
    assert {f["kind"] for f in sample.facts} <= set(FACT_KINDS)


def test_nothing_happens_after_the_end(sample, contacts):
    assert contacts[-1][0] <= END and contacts[0][0] >= "2024-10-30"
    for fact in sample.facts:
        assert fact["valid_from"] <= END and fact["valid_to"] <= END
    for deal in sample.crm["Opportunity"]:
        assert deal["CreatedDate"] <= END
        assert (deal["CloseDate"] <= END) or deal["IsClosed"] == "false"


def test_keys_resolve_between_the_files(sample, contacts):
    people = {p["email"] for p in sample.people} | {c["Email"] for c in sample.crm["Contact"]}
    orgs, works = {o["id"] for o in sample.organizations}, {w["id"] for w in sample.works}
    assert {p for _, sender, to, _ in contacts for p in (sender, to)} <= people
    assert {r["object"] for r in sample.interactions} - {""} <= works
    assert {w["author"] for w in sample.works} <= people
    assert {p["organization"] for p in sample.people} <= orgs
    assert {a["Website"].removeprefix("https://www.") for a in sample.crm["Account"]} <= orgs
    known = {"PERSON": people, "ORGANIZATION": orgs, "WORK": works, "TOPIC": {f["object"] for f in sample.facts}}
    for fact in sample.facts:
        subjects, objects = FACT_KINDS[fact["kind"]]
        assert any(fact["subject"] in known[label.name] for label in subjects), fact
        said = fact["object"].removeprefix("organization:")
        assert any(said in known[label.name] for label in objects), fact
        assert (said != fact["object"]) == (fact["kind"] == "REFERRED"), fact


def test_crm_keys_resolve_within_the_export(sample):
    ids = {name: {r["Id"] for r in rows} for name, rows in sample.crm.items()}
    for table, column, target in (
        ("Contact", "AccountId", "Account"),
        ("Contact", "ReportsToId", "Contact"),
        ("Contact", "OwnerId", "User"),
        ("Account", "OwnerId", "User"),
        ("Opportunity", "AccountId", "Account"),
        ("Opportunity", "OwnerId", "User"),
        ("OpportunityContactRole", "OpportunityId", "Opportunity"),
        ("OpportunityContactRole", "ContactId", "Contact"),
        ("Task", "WhoId", "Contact"),
        ("Task", "WhatId", "Account"),
        ("Event", "WhoId", "Contact"),
        ("Event", "OwnerId", "User"),
    ):
        assert {r[column] for r in sample.crm[table]} - {""} <= ids[target], (table, column)
    for name, rows in sample.crm.items():
        assert len(ids[name]) == len(rows), name
    assert len({c["Email"] for c in sample.crm["Contact"]}) == len(sample.crm["Contact"])


def test_salesforce_ids_carry_their_case_check():
    assert record_id("Account", 0) == "0015g0000000000AAA"
    assert record_id("Account", 10) == "0015g000000000AAAQ"  # an upper-case letter in the last place: bit 4, letter Q
    assert len({record_id("Contact", n) for n in range(5000)}) == 5000


def test_ids_of_interactions_are_unique_and_recipients_do_not_repeat(sample):
    assert len({(r["id"], r["to"]) for r in sample.interactions}) == len(sample.interactions)
    by_id = defaultdict(set)
    for r in sample.interactions:
        by_id[r["id"]].add((r["time"], r["from"], r["channel"], r["kind"]))
        assert r["from"] != r["to"]
    assert all(len(v) == 1 for v in by_id.values())


def test_mailboxes_hold_what_a_mail_source_must_tell_apart(sample):
    for name, message in sample.mails:
        owner = sample.whole["mailboxes"][int(name.removeprefix("rep-").removesuffix(".mbox")) - 1]
        assert owner in addresses(message, "From", "To", "Cc")
    identifiers = {m["Message-ID"] for _, m in sample.mails}
    answers = [m for m in sample.human if m["In-Reply-To"]]
    assert len(answers) > 2000
    assert sum(m["In-Reply-To"] in identifiers for m in answers) > 0.9 * len(answers)
    machines = Counter(h for _, m in sample.mails for h in ("List-Id", "Precedence", "Auto-Submitted") if m[h])
    assert min(machines[h] for h in ("List-Id", "Precedence", "Auto-Submitted")) > 200
    assert len({m["Message-ID"] for m in sample.human}) < len(sample.human)  # a mail between two owners lies in both


def test_chinese_names_are_encoded_and_decode_to_the_same_name(sample):
    names = {p["email"]: p["name"] for p in sample.people} | {c["Email"]: c["Name"] for c in sample.crm["Contact"]}
    names |= {pair["b"]: names[pair["a"]] for pair in sample.whole["duplicates"]}
    raw = [m["From"] for m in sample.human[:2000]]
    assert any(r.lower().startswith("=?utf-8?b?") for r in raw) and any(r.startswith("=?gbk?B?") for r in raw)
    for header in raw:
        ((name, address),) = getaddresses([header])
        assert str(make_header(decode_header(name))) == names[address]


def test_people_work_on_weekdays_and_rest_at_new_year(contacts):
    days = Counter(time[:10] for time, *_ in contacts)
    weekday = Counter()
    for day, count in days.items():
        weekday[dt.date.fromisoformat(day).weekday()] += count
    assert weekday[5] + weekday[6] < 0.08 * sum(weekday.values())
    festival = sum(days[f"2026-02-{d}"] for d in range(16, 21))
    ordinary = sum(days[f"2026-03-{d:02}"] for d in range(9, 14))
    assert festival < 0.35 * ordinary


def test_activity_is_heavy_tailed_and_contacts_know_one_another(contacts):
    pairs = Counter(frozenset((a, b)) for _, a, b, _ in contacts)
    counts = sorted(pairs.values(), reverse=True)
    assert sum(counts[: len(counts) // 10]) > 0.4 * sum(counts)
    outside = [p for p in pairs if not any(a.endswith(OWN) for a in p)]
    across = [p for p in outside if len({domain(a) for a in p}) == 2]
    assert len(across) > 1500


@pytest.fixture(scope="module")
def client_ties(contacts):
    """Acts between us and contacts as columns: pair, day, whether they acted, whether we did."""
    start, pairs, rows = dt.datetime.fromisoformat("2024-10-30"), {}, []
    for time, a, b, kind in contacts:
        if a.endswith(OWN) != b.endswith(OWN):
            pair = pairs.setdefault((a, b) if a.endswith(OWN) else (b, a), len(pairs))
            day = (dt.datetime.fromisoformat(time[:19]) - start).total_seconds() / 86_400
            mutual = kind in MUTUAL_KINDS
            rows.append((pair, day, not a.endswith(OWN) or mutual, a.endswith(OWN) or mutual))
    pair, day, theirs, ours = map(np.array, zip(*rows, strict=True))
    return SimpleNamespace(pair=pair, day=day, theirs=theirs, ours=ours, n=len(pairs))


def state_at(ties, day):
    """What is known of each pair at a day: contacts, last contact, last acts of either side, their rhythm."""
    past = ties.day <= day
    known = SimpleNamespace(count=np.bincount(ties.pair[past], minlength=ties.n))
    for name, rows in (("last", past), ("theirs", past & ties.theirs), ("ours", past & ties.ours)):
        at = np.full(ties.n, -1e4)
        np.maximum.at(at, ties.pair[rows], ties.day[rows])
        setattr(known, name, at)
    acted = past & ties.theirs
    first = np.full(ties.n, 1e4)
    np.minimum.at(first, ties.pair[acted], ties.day[acted])
    known.days = np.bincount(np.unique(ties.pair[acted] * 1000 + ties.day[acted].astype(int)) // 1000, minlength=ties.n)
    known.rhythm = np.where(known.days >= 6, (known.theirs - first) / np.maximum(known.days - 1, 1), np.inf)
    after = past & ties.ours & (ties.day > known.theirs[ties.pair])
    known.unanswered = np.bincount(ties.pair[after], minlength=ties.n)
    next_days = (ties.day > day) & (ties.day <= day + 28) & ties.theirs
    known.acts = np.bincount(ties.pair[next_days], minlength=ties.n) > 0
    return known


REFERENCES = range(731 - 28 * 20, 731 - 27, 28)


def test_silence_tells_whether_the_other_side_will_act(client_ties):
    since, acts = [], []
    for day in REFERENCES:
        known = state_at(client_ties, day)
        rows = (known.count >= 2) & (day - known.last <= 180)
        since.append((day - known.theirs)[rows])
        acts.append(known.acts[rows])
    since, acts = np.concatenate(since), np.concatenate(acts)
    place = np.searchsorted(np.sort(since[~acts]), since[acts])  # the silent with a shorter silence
    assert 0.78 <= 1 - place.mean() / (~acts).sum() <= 0.88
    assert 0.35 <= acts.mean() <= 0.65


def test_a_lively_contact_silent_for_three_rhythms_seldom_comes_back(client_ties):
    gone, usual = [], []
    for day in REFERENCES:
        known = state_at(client_ties, day)
        lively = known.rhythm <= 35
        silent = day - known.theirs >= 3 * known.rhythm
        writes_on = (known.unanswered >= 2) & (day - known.ours <= 28)
        gone.append(known.acts[lively & silent & writes_on])
        usual.append(known.acts[lively & (day - known.theirs <= known.rhythm)])
    assert len(np.concatenate(gone)) > 150
    assert np.concatenate(gone).mean() < 0.25 < 0.75 < np.concatenate(usual).mean()


def test_ties_fade_break_off_start_and_stay(client_ties):
    midway, end = state_at(client_ties, 400), state_at(client_ties, 730)
    lively = (midway.rhythm <= 35) & (400 - midway.theirs <= 2 * midway.rhythm)
    later = end.theirs[lively] > 640
    assert lively.sum() > 500 and 0.10 <= 1 - later.mean() <= 0.40  # gone in the 330 days after
    assert ((midway.count == 0) & (end.rhythm <= 35)).sum() > 150  # new ones since
    steady = (end.rhythm <= 35) & (730 - end.theirs <= 2 * end.rhythm) & (midway.rhythm <= 35)
    assert steady.sum() > 350


def test_people_leave_and_nothing_happens_afterwards(sample, contacts):
    left = {f["subject"]: f["valid_to"] for f in facts(sample, "WORKS_AT") if f["valid_to"] >= "2024-10-30"}
    assert 0.04 * 3940 <= len(left) <= 0.08 * 3940  # three in a hundred a year
    late = [(t, who) for t, a, b, _ in contacts for who in (a, b) if t >= left.get(who, "9")]
    assert not [who for t, who in late if left[who] > "2024-11-01"]


def test_duplicates_have_one_address_in_the_crm_and_another_in_the_mailboxes(sample):
    pairs = sample.whole["duplicates"]
    assert len(pairs) >= 18
    crm = {c["Email"] for c in sample.crm["Contact"]}
    posted = {a for m in sample.human for a in addresses(m, "From", "To", "Cc")}
    listed = {p["email"] for p in sample.people} | {a for r in sample.interactions for a in (r["from"], r["to"])}
    text = json.dumps(sample.truth)
    for pair in pairs:
        assert pair["a"] in crm and pair["a"] not in posted
        assert pair["b"] in posted and pair["b"] not in crm | listed
        assert pair["a"] not in text and pair["b"] not in text


def test_every_truth_is_written(sample):
    assert list(sample.truth) == list(TRUTHS)
    assert sample.whole["own"] == "yuanlan.example" and len(sample.whole["mailboxes"]) == 5


def test_readme_names_the_three_syncs(sample):
    text = (sample.folder / "README.md").read_text(encoding="utf-8")
    for name in ("crm", "tables", "mail"):
        assert text.count(f"graphsvc sync {name} {name} --own yuanlan.example") == 2


# -- the planted truths, counted in the files ----------------------------------------------------------------------


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
