"""Writes a CRM export with the column names of Salesforce: accounts, contacts, users, deals, roles, activities."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from graphsvc.sample.company import Company, Deal
from graphsvc.sample.draw import Bools
from graphsvc.sample.facts import Book
from graphsvc.sample.rows import KIND, Rows
from graphsvc.sample.tables import write_csv
from graphsvc.sample.words import LEVELS

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
PREFIX = {
    "Account": "001", "Contact": "003", "User": "005", "Opportunity": "006", "OpportunityContactRole": "00K",
    "Task": "00T", "Event": "00U",
}  # fmt: skip


def record_id(table: str, number: int) -> str:
    """Salesforce id of 18 characters: type, running number in base 62, and the case check of three letters."""
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = _DIGITS[digit] + digits
    short = f"{PREFIX[table]}5g00000{digits.rjust(5, '0')}"
    bits = [sum(1 << k for k, c in enumerate(short[i : i + 5]) if "A" <= c <= "Z") for i in (0, 5, 10)]
    return short + "".join(_ALPHABET[b] for b in bits)


def in_crm(company: Company, rows: Rows) -> Bools:
    """Rows that reps logged in the CRM: half of the calls and most visits with contacts it knows."""
    people = company.people
    ours = people.internal[rows["actor"]] ^ people.internal[rows["target"]]
    known = people.in_crm[rows["actor"]] | people.in_crm[rows["target"]]
    call, visit = rows["kind"] == KIND["call"], rows["kind"] == KIND["visit"]
    logged = (call & (rows["number"] % 2 == 0)) | (visit & (rows["number"] % 4 != 0))
    out: Bools = ours & known & logged
    return out


def write_crm(folder: Path, book: Book, rows: Rows) -> Mapping[str, int]:
    """Write the export; gives the rows by file name."""
    company = book.company
    tables = {
        "Account": _accounts(company),
        "Contact": _contacts(company),
        "User": _users(company),
        "Opportunity": _opportunities(company),
        "OpportunityContactRole": _roles(company),
        "Task": _tasks(company, rows[rows["kind"] == KIND["call"]]),
        "Event": _events(company, rows[rows["kind"] == KIND["visit"]]),
    }
    counts = {}
    for name, records in tables.items():
        header = next(records)
        counts[f"{name}.csv"] = write_csv(folder / f"{name}.csv", header, records, quote=True)
    return counts


def _stamp(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _day(company: Company, day: float) -> str:
    return _stamp(company.calendar.zero + int(day * 86_400))


def _accounts(company: Company) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "Name",
        "Website",
        "Industry",
        "Type",
        "BillingState",
        "BillingCountry",
        "CurrencyIsoCode",
        "OwnerId",
        "CreatedDate",
        "IsDeleted",
    )
    for i, o in enumerate(company.orgs[1:], start=1):
        yield (
            record_id("Account", i),
            o.name,
            f"https://www.{o.domain}",
            o.industry,
            o.kind.capitalize(),
            o.region.name,
            o.region.country,
            o.region.currency,
            record_id("User", o.owner),
            _day(company, -400 + i % 350),
            "false",
        )


def _bosses(company: Company, org: int) -> dict[int, int]:
    """Who reports to whom, among the contacts of one account that the CRM knows: the next level up."""
    people = company.people
    team = [i for i in company.team_of(org) if people.in_crm[i] and np.isinf(people.leaves[i])]
    rank = {i: LEVELS.index(people.level[i]) for i in team}
    higher = {i: [j for j in team if rank[j] > rank[i]] for i in team}
    return {i: min(js, key=lambda j: (rank[j], j)) for i, js in higher.items() if js and i % 10 < 7}


def _contacts(company: Company) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "AccountId",
        "FirstName",
        "LastName",
        "Name",
        "Email",
        "Title",
        "ReportsToId",
        "OwnerId",
        "CreatedDate",
        "IsDeleted",
    )
    people = company.people
    for org in range(1, len(company.orgs)):
        bosses, owner = _bosses(company, org), record_id("User", company.orgs[org].owner)
        for i in company.team_of(org):
            if people.in_crm[i]:
                name, boss = people.name[i], record_id("Contact", bosses[i]) if i in bosses else ""
                yield (
                    record_id("Contact", i),
                    record_id("Account", org),
                    name.first,
                    name.last,
                    name.full,
                    people.email[i],
                    people.title[i],
                    boss,
                    owner,
                    _day(company, -380 + i % 370),
                    "false",
                )


def _users(company: Company) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "Username",
        "FirstName",
        "LastName",
        "Name",
        "Email",
        "Title",
        "Department",
        "IsActive",
    )
    people = company.people
    for i in company.team_of(0):
        name, mail = people.name[i], people.email[i]
        yield (
            record_id("User", i),
            mail,
            name.first,
            name.last,
            name.full,
            mail,
            people.title[i],
            people.department[i],
            "true",
        )


def _opportunities(company: Company) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "Name",
        "AccountId",
        "OwnerId",
        "StageName",
        "Amount",
        "CurrencyIsoCode",
        "CloseDate",
        "IsWon",
        "IsClosed",
        "Product__c",
        "CreatedDate",
        "IsDeleted",
    )
    for k, d in enumerate(company.deals):
        org = company.orgs[d.account]
        yield (
            record_id("Opportunity", k + 1),
            f"{org.name} - {d.product}",
            record_id("Account", d.account),
            record_id("User", d.owner),
            d.stage,
            f"{d.amount:.2f}",
            org.region.currency,
            _day(company, d.closed)[:10],
            _flag(d.won is True),
            _flag(d.won is not None),
            d.product,
            _day(company, d.created),
            "false",
        )


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _roles(company: Company) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "OpportunityId",
        "ContactId",
        "Role",
        "IsPrimary",
        "CreatedDate",
        "IsDeleted",
    )
    every: list[tuple[int, Deal, int]] = [(k, d, n) for k, d in enumerate(company.deals) for n in range(len(d.roles))]
    for number, (k, deal, n) in enumerate(every, start=1):
        person, role = deal.roles[n]
        yield (
            record_id("OpportunityContactRole", number),
            record_id("Opportunity", k + 1),
            record_id("Contact", person),
            role,
            _flag(n == 0),
            _day(company, deal.created),
            "false",
        )


def _activity(company: Company, row: np.void) -> tuple[int, int, bool]:
    """Contact, colleague of ours, and whether the contact began."""
    actor, target = int(row["actor"]), int(row["target"])
    inbound = bool(company.people.org[actor] != 0)
    return (actor, target, True) if inbound else (target, actor, False)


def _tasks(company: Company, rows: Rows) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "WhoId",
        "WhatId",
        "OwnerId",
        "Subject",
        "ActivityDate",
        "CompletedDateTime",
        "Status",
        "TaskSubtype",
        "CallType",
        "CreatedDate",
        "IsDeleted",
    )
    for number, row in enumerate(rows, start=1):
        contact, colleague, inbound = _activity(company, row)
        at, account = _stamp(int(row["time"])), record_id("Account", int(company.people.org[contact]))
        yield (
            record_id("Task", number),
            record_id("Contact", contact),
            account,
            record_id("User", colleague),
            "Call",
            at[:10],
            at,
            "Completed",
            "Call",
            "Inbound" if inbound else "Outbound",
            at,
            "false",
        )


def _events(company: Company, rows: Rows) -> Iterator[tuple[object, ...]]:
    yield (
        "Id",
        "WhoId",
        "WhatId",
        "OwnerId",
        "Subject",
        "Type",
        "StartDateTime",
        "EndDateTime",
        "CreatedDate",
        "IsDeleted",
    )
    for number, row in enumerate(rows, start=1):
        contact, colleague, _ = _activity(company, row)
        at, account = int(row["time"]), record_id("Account", int(company.people.org[contact]))
        yield (
            record_id("Event", number),
            record_id("Contact", contact),
            account,
            record_id("User", colleague),
            "Site visit",
            "Visit",
            _stamp(at),
            _stamp(at + 7200),
            _stamp(at),
            "false",
        )
