"""The sample company: the same seed gives the same bytes, and its files agree with one another."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from email.header import decode_header, make_header
from email.utils import getaddresses

import pytest

from graphsvc.model import FACT_KINDS, KIND_WEIGHTS, Fact, Interaction, Organization, Person, Role, Work, column_names
from graphsvc.sample import TRUTHS, write_sample
from graphsvc.sample.crm import record_id
from tests.unit.sample.files import END, addresses, read


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
