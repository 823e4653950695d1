"""CRM exports become claims: accounts, contacts, deals and activities, each row with one fate."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from graphsvc.errors import InputError
from graphsvc.model import TABLES, arrow_schema, column_names, required_columns
from ingest.crm import CrmConfig, crm
from ingest.crm_presets import PRESETS
from ingest.crm_rules import COLUMNS

RECEIVED = 1_800_000_000_000_000  # 2027-01-15
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the project")


def pages(path, cursor=None, **options):
    out = list(crm(CrmConfig(path=path, received=RECEIVED, **options), cursor))
    for page in out:
        assert page.read == len(page.rows) + len(page.rejects) + sum(page.left_out.values()), "a row has no fate"
        assert page.rows.schema.equals(arrow_schema(TABLES[page.table]))
    return out


def rows(out, table):
    return [r for p in out if p.table == table for r in p.rows.to_pylist()]


def counted(out, name):
    total = Counter()
    for page in out:
        total.update(getattr(page, name))
    return dict(total)


def facts(out):
    return {(r["subject"], r["kind"], r["object"]) for r in rows(out, "facts")}


EXPORT = {
    "Account.csv": "Id,Name,Website,Industry,Type,BillingCountry,ParentId,OwnerId,IsDeleted\n"
    "A1,Acme,https://www.acme.com,Steel,Customer - Direct,DE,,U1,false\n"
    "A2,Acme Sub,,Steel,Prospect,DE,A1,U2,false\nA3,Gone,,,,,,U1,true\n",
    "Contact.csv": "Id,AccountId,FirstName,LastName,Email,Title,ReportsToId\n"
    "C1,A1,Ann,Lee,ANN@acme.com,CTO,\nC2,A1,Bob,Ray,bob@acme.com,Buyer,C1\n",
    "User.csv": "Id,Name,Email,Title,IsActive,ManagerId\n"
    "U1,Eve,eve@ours.com,Sales,true,U2\nU2,Max,max@ours.com,VP,true,\n",
    "Opportunity.csv": "Id,AccountId,Name,Amount,CurrencyIsoCode,StageName,CloseDate,IsWon,IsClosed,CreatedDate,"
    "OwnerId\n"
    "O1,A1,Won one,100,EUR,Closed Won,2026-01-31,true,true,2025-12-01T00:00:00.000Z,U1\n"
    "O2,A1,Lost one,,EUR,Abandoned,2026-01-31,false,true,2025-12-01,U1\n"
    "O3,,Open one,300,EUR,Proposal,2029-01-31,false,false,2025-12-01,U2\n",
    "OpportunityContactRole.csv": "Id,OpportunityId,ContactId,Role,CreatedDate\nR1,O1,C1,Decision Maker,2025-12-02\n",
    "Task.csv": "Id,WhoId,OwnerId,ActivityDate,CompletedDateTime,Status,TaskSubtype,CallType,Subject,Type\n"
    "T1,C1,U1,2026-01-05,2026-01-06T10:00:00.000Z,Completed,Call,Outbound,Call,\n"
    "T2,C1,U1,2026-01-05,,Completed,Call,Inbound,Call,\n"
    "T3,C1,U1,2026-01-05,,Completed,Email,,Email: offer,\n"
    "T4,C1,U1,2026-01-05,,Not Started,Call,,Call,\n"
    "T5,,U1,2026-01-05,,Completed,Call,,Call,\n"
    "T6,C2,U1,soon,,Completed,Task,,Meeting: kick-off,\n"
    "T7,C2,U1,2026-01-07,,Completed,Task,,Prepare,\n",
    "Event.csv": "Id,WhoId,OwnerId,StartDateTime,EndDateTime,Type,IsPrivate\n"
    "E1,C1,U1,2026-02-01T09:00:00Z,2026-02-01T10:00:00Z,,false\n"
    "E2,C1,U1,2026-02-02T09:00:00Z,2026-02-02T10:00:00Z,Visit,false\n"
    "E3,C1,U1,2027-09-01T09:00:00Z,,,false\nE4,C1,U1,2026-02-03T09:00:00Z,,,true\n",
}


@pytest.fixture
def export(tmp_path):
    for name, text in EXPORT.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_accounts_contacts_and_users_become_organizations_and_people(export):
    out = pages(export)
    organizations = {r["id"]: r for r in rows(out, "organizations")}
    assert set(organizations) == {"A1", "A2"}
    assert (organizations["A1"]["domain"], organizations["A1"]["kind"]) == ("acme.com", "customer")
    people = {r["id"]: r for r in rows(out, "people")}
    assert people["U1"]["internal"] is True
    assert people["C1"] == {"id": "C1", "name": "Ann Lee", "email": "ann@acme.com", "title": "CTO", "level": None,
                            "organization": "A1", "internal": None}  # fmt: skip


def test_owners_parents_bosses_and_roles_become_facts(export):
    out = pages(export)
    assert facts(out) == {
        ("U1", "OWNS", "A1"), ("U2", "OWNS", "A2"), ("A2", "SUBSIDIARY_OF", "A1"), ("C2", "REPORTS_TO", "C1"),
        ("U1", "REPORTS_TO", "U2"), ("C1", "STAKEHOLDER_IN", "O1"),
    }  # fmt: skip
    (role,) = [r for r in rows(out, "facts") if r["role"]]
    assert (role["role"], role["valid_from"].day) == ("Decision Maker", 2)


def test_deals_are_won_lost_or_open_as_the_crm_says(export):
    out = pages(export)
    deals = {r["id"]: r for r in rows(out, "opportunities")}
    assert {k: r["won"] for k, r in deals.items()} == {"O1": True, "O2": False, "O3": None}
    assert deals["O3"]["closed"] is None
    assert deals["O2"]["closed"].year == 2026
    notes = counted(out, "notes")
    assert (notes["sources.expected_close"], notes["sources.no_account"]) == (1, 1)


def test_completed_activities_become_interactions_with_kind_channel_and_direction(export):
    out = pages(export)
    found = {r["id"]: (r["from"], r["to"], r["kind"], r["channel"], r["time"].day) for r in rows(out, "interactions")}
    assert found == {
        "T1": ("U1", "C1", "call", "phone", 6), "T2": ("C1", "U1", "call", "phone", 5),
        "T3": ("U1", "C1", "mail", "mail", 5), "T7": ("U1", "C2", "task", "crm", 7),
        "E1": ("U1", "C1", "meeting", "calendar", 1), "E2": ("U1", "C1", "visit", "calendar", 2),
    }  # fmt: skip


def test_every_row_left_out_or_refused_has_its_reason(export):
    out = pages(export)
    assert counted(out, "left_out") == {"sources.deleted_row": 1, "sources.not_done": 2, "sources.no_party": 1,
                                        "sources.private_row": 1}  # fmt: skip
    (reject,) = [r for p in out for r in p.rejects]
    assert (reject.where, reject.reason.code) == ("Task.csv:7", "sources.bad_time")
    assert counted(out, "notes")["sources.unknown_kind"] == 1


def test_headers_in_capitals_are_the_same_headers(tmp_path):
    (tmp_path / "Account.csv").write_text("ID,NAME,OWNERID\nA1,Acme,U1\n")
    out = pages(tmp_path)
    assert [r["name"] for r in rows(out, "organizations")] == ["Acme"]
    assert facts(out) == {("U1", "OWNS", "A1")}


def test_small_pages_say_the_same_and_an_interrupted_sync_goes_on(export):
    whole = pages(export, page_rows=1)
    for table in TABLES:
        assert rows(whole, table) == rows(pages(export), table)
    for stop in range(1, len(whole), 5):
        rest = pages(export, whole[stop - 1].cursor, page_rows=1)
        for table in TABLES:
            assert rows(whole[:stop], table) + rows(rest, table) == rows(whole, table), f"after page {stop}"
        assert rest[-1].cursor == whole[-1].cursor


def test_an_unchanged_export_is_not_read_again(export):
    cursor = pages(export)[-1].cursor
    (only,) = pages(export, cursor)
    assert (only.read, only.notes) == (0, {"sources.unchanged_file": 7})
    os.utime(export / "Task.csv", ns=(5, 5))
    assert len(pages(export, cursor)) == 1
    (export / "User.csv").write_text("Id,Name\nU9,New\n")
    assert [r["id"] for r in rows(pages(export, cursor), "people")] == ["U9", "C1", "C2"]


def test_records_in_sobject_tree_json_are_the_same_claims(tmp_path):
    records = [{"attributes": {"type": "Account", "referenceId": "AccountRef1"}, "Name": "Acme"},
               {"attributes": {"type": "Opportunity", "referenceId": "OppRef1"}, "AccountId": "@AccountRef1",
                "Amount": 5, "StageName": "Closed Won", "CloseDate": "2026-01-01"}]  # fmt: skip
    (tmp_path / "all.json").write_text(json.dumps({"records": records}))
    (tmp_path / "other.json").write_text(json.dumps({"records": [{"attributes": {"type": "Case"}, "Subject": "x"}]}))
    out = pages(tmp_path)
    (deal,) = rows(out, "opportunities")
    assert (deal["id"], deal["organization"], deal["amount"]) == ("OppRef1", "AccountRef1", 5.0)
    assert ["other.json" in str(r) for p in out for r in p.remarks] == [True]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [({}, "No CRM export"), ({"x.csv": "a\n1\n"}, "No CRM export"), ({"Account.csv": "Name\nAcme\n"}, "no column Id"),
     ({"Account.json": "{oops"}, "cannot be read as JSON"), ({"sales_pipeline.csv": "a,b\n1,2\n"}, "opportunity_id")],
)  # fmt: skip
def test_what_is_no_export_is_one_clear_sentence(tmp_path, files, sentence):
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=sentence) as error:
        pages(tmp_path)
    assert error.value.text("zh") != error.value.text("en")


def test_an_empty_export_is_a_note_not_a_crash(tmp_path):
    (tmp_path / "Account.csv").write_text("")
    (only,) = pages(tmp_path)
    assert (only.read, only.notes) == (0, {"sources.empty_file": 1})


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda p: p.name)
def test_presets_name_columns_that_exist_and_rules_that_are_written(preset):
    for claim in preset.claims:
        model = TABLES[claim.table]
        assert set(claim.columns) <= set(column_names(model))
        assert set(required_columns(model)) <= set(claim.columns)
        assert claim.object in preset.objects
        rules = [r[1:] for r in claim.columns.values() if r.startswith("*")]
        assert all((claim.object, rule) in COLUMNS for rule in rules)
    order = list(dict.fromkeys(c.table for c in preset.claims))
    assert order == [t for t in ("organizations", "people", "opportunities", "facts", "interactions") if t in order]


@real
@pytest.mark.data
def test_the_maven_pipeline_comes_in_whole():
    out = pages(DATA / "crm-maven")
    assert len(rows(out, "organizations")) == 85
    assert sum(bool(r["internal"]) for r in rows(out, "people")) == 41  # 35 agents, 6 managers
    deals = rows(out, "opportunities")
    assert Counter(r["stage"] for r in deals) == {"Won": 4238, "Lost": 2473, "Engaging": 1589, "Prospecting": 500}
    assert {r["product"] for r in deals} == {"GTX Basic", "GTX Pro", "MG Special", "MG Advanced", "GTX Plus Pro",
                                             "GTX Plus Basic", "GTK 500"}  # fmt: skip
    assert all((r["amount"] is None) == (r["stage"] in ("Engaging", "Prospecting")) for r in deals)
    assert counted(out, "notes") == {"sources.no_account": 1425, "sources.mended_product": 1480}
    kinds = Counter(kind for _, kind, _ in facts(out))
    assert (kinds["SUBSIDIARY_OF"], kinds["REPORTS_TO"]) == (15, 35)
    owns = {(r["subject"], r["object"]): r["valid_from"] for r in rows(out, "facts") if r["kind"] == "OWNS"}
    assert len(owns) == kinds["OWNS"], "one statement per agent and account"
    assert str(owns["Moses Frase", "Cancity"])[:10] == "2016-10-20"
    assert not any(p.rejects or p.left_out for p in out)


@real
@pytest.mark.data
def test_the_salesforce_samples_come_in():
    out = pages(DATA / "crm-salesforce-ebikes")
    assert len(rows(out, "organizations")) == 3
    (deal,) = rows(out, "opportunities")
    assert (deal["organization"], deal["amount"], deal["closed"]) == ("AccountRef3", 23000.0, None)
    nested = pages(DATA / "formats" / "api-json" / "salesforce_opportunity_with_contact_roles.json")
    assert {f[1] for f in facts(nested)} == {"STAKEHOLDER_IN"}
    assert len(facts(nested)) == 2
