"""CRM exports as data: which files an export has, and what claims each row of them makes.

A preset names the objects of an export and, for each claim, where its columns are read from: ``=text`` is that text in
every row, ``A|B`` the first of these headers that is filled, and ``*name`` is worked out by :mod:`ingest.crm_rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphsvc.model import TableName


@dataclass(frozen=True)
class Claim:
    """What each row of an object says in one table of the model.

    Attributes
    ----------
    object : the export's object, such as Account.
    columns : column of the model -> header, ``=text`` or ``A|B``.
    needs : columns of the model without which a row makes no such claim (an account without a parent).
    distinct : rows that say the same make one claim (managers named by many agents).
    """

    object: str
    table: TableName
    columns: Mapping[str, str]
    needs: tuple[str, ...] = ()
    distinct: bool = False


@dataclass(frozen=True)
class Preset:
    """One kind of CRM export.

    Attributes
    ----------
    objects : object -> names its file may have, without ending, in lower case.
    signs : objects of which one at least must be there for the preset to fit.
    required : object -> headers its file must have.
    claims : what the rows say.
    """

    name: str
    objects: Mapping[str, tuple[str, ...]]
    signs: tuple[str, ...]
    required: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()


SALESFORCE = Preset(
    name="salesforce",
    objects={
        "Account": ("account", "accounts"),
        "Contact": ("contact", "contacts"),
        "User": ("user", "users"),
        "Opportunity": ("opportunity", "opportunities"),
        "OpportunityContactRole": ("opportunitycontactrole", "opportunitycontactroles"),
        "Task": ("task", "tasks"),
        "Event": ("event", "events"),
    },
    signs=("Account", "Contact", "Opportunity", "User", "Task", "Event", "OpportunityContactRole"),
    required={
        "Account": ("Id",),
        "Contact": ("Id",),
        "User": ("Id",),
        "Opportunity": ("Id",),
        "OpportunityContactRole": ("OpportunityId", "ContactId"),
        "Task": ("Id", "OwnerId", "WhoId"),
        "Event": ("Id", "OwnerId", "WhoId"),
    },
    claims=(
        Claim(
            "Account",
            "organizations",
            {
                "id": "Id", "name": "Name", "domain": "Website", "industry": "Industry",
                "region": "BillingCountry|BillingCountryCode|ShippingCountry", "kind": "Type",
            },
        ),
        Claim(
            "User",
            "people",
            {"id": "Id", "name": "*name", "email": "Email", "title": "Title", "internal": "=true"},
        ),
        Claim(
            "Contact",
            "people",
            {"id": "Id", "name": "*name", "email": "Email", "title": "Title", "organization": "AccountId"},
        ),
        Claim(
            "Opportunity",
            "opportunities",
            {
                "id": "Id", "name": "Name", "organization": "AccountId", "owner": "OwnerId", "stage": "StageName",
                "amount": "Amount", "currency": "CurrencyIsoCode", "product": "Product__c|Product2|ProductFamily",
                "created": "CreatedDate", "closed": "CloseDate", "won": "*won",
            },
        ),
        Claim("Account", "facts", {"subject": "OwnerId", "kind": "=OWNS", "object": "Id"}, ("subject",)),
        Claim("Account", "facts", {"subject": "Id", "kind": "=SUBSIDIARY_OF", "object": "ParentId"}, ("object",)),
        Claim("Contact", "facts", {"subject": "Id", "kind": "=REPORTS_TO", "object": "ReportsToId"}, ("object",)),
        Claim("User", "facts", {"subject": "Id", "kind": "=REPORTS_TO", "object": "ManagerId"}, ("object",)),
        Claim(
            "OpportunityContactRole",
            "facts",
            {
                "subject": "ContactId", "kind": "=STAKEHOLDER_IN", "object": "OpportunityId", "role": "Role",
                "valid_from": "CreatedDate",
            },
        ),
        Claim(
            "Task",
            "interactions",
            {"id": "Id", "time": "CompletedDateTime|ActivityDate", "from": "*from", "to": "*to", "channel": "*channel",
             "kind": "*kind"},
        ),
        Claim(
            "Event",
            "interactions",
            {"id": "Id", "time": "StartDateTime|ActivityDateTime|ActivityDate", "from": "OwnerId", "to": "WhoId",
             "role": "=attendee", "channel": "*channel", "kind": "*kind"},
        ),
    ),
)  # fmt: skip

MAVEN = Preset(
    name="maven",
    objects={
        "accounts": ("accounts",),
        "products": ("products",),
        "sales_teams": ("sales_teams",),
        "sales_pipeline": ("sales_pipeline",),
    },
    signs=("sales_pipeline",),
    required={
        "accounts": ("account",),
        "products": ("product",),
        "sales_teams": ("sales_agent",),
        "sales_pipeline": ("opportunity_id", "sales_agent", "deal_stage"),
    },
    claims=(
        Claim(
            "accounts",
            "organizations",
            {"id": "account", "name": "account", "industry": "sector", "region": "office_location"},
        ),
        Claim("sales_teams", "people", {"id": "sales_agent", "name": "sales_agent", "internal": "=true"}),
        Claim(
            "sales_teams",
            "people",
            {"id": "manager", "name": "manager", "level": "=manager", "internal": "=true"},
            needs=("id",),
            distinct=True,
        ),
        Claim(
            "sales_pipeline",
            "opportunities",
            {
                "id": "opportunity_id", "organization": "account", "owner": "sales_agent", "stage": "deal_stage",
                "amount": "close_value", "currency": "=USD", "product": "*product", "created": "engage_date",
                "closed": "close_date",
            },
        ),
        Claim(
            "accounts",
            "facts",
            {"subject": "account", "kind": "=SUBSIDIARY_OF", "object": "subsidiary_of"},
            ("object",),
        ),
        Claim(
            "sales_teams", "facts", {"subject": "sales_agent", "kind": "=REPORTS_TO", "object": "manager"}, ("object",)
        ),
        Claim(
            "sales_pipeline",
            "facts",
            {"subject": "sales_agent", "kind": "=OWNS", "object": "account", "valid_from": "*first_engaged"},
            needs=("subject", "object"),
            distinct=True,
        ),
    ),
)  # fmt: skip

PRESETS: dict[str, Preset] = {p.name: p for p in (MAVEN, SALESFORCE)}  # the narrower one is tried first
