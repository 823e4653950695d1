"""The one schema: what a source may say, which fields are personal, and the words of the domain.

Every table a source can deliver is one frozen pydantic model; the Arrow schema of a page, the documentation of the
columns, the store's tables and the list of what ``erase`` must remove all follow from these classes.
"""

from __future__ import annotations

import datetime as dt
import types
import typing
from enum import IntEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

TIME = pa.timestamp("us", tz="UTC")


class Personal:
    """Marks a field that says something of one person; ``Store.erase`` removes all of these."""


class Label(IntEnum):
    """What an entity is; the number is its code in stores and Projections."""

    PERSON = 0
    ORGANIZATION = 1
    WORK = 2
    OPPORTUNITY = 3
    TOPIC = 4


class Role(IntEnum):
    """How a participant took part, strongest first: of two roles of one participant the smaller code is kept."""

    TO = 0
    ORGANIZER = 1
    ATTENDEE = 2
    CC = 3
    BCC = 4
    OPTIONAL = 5
    OTHER = 6


class Level(IntEnum):
    """Seniority, lowest to highest; 0 is unknown and counts as a class of its own."""

    UNKNOWN = 0
    STAFF = 1
    MANAGER = 2
    DIRECTOR = 3
    VP = 4
    C_LEVEL = 5


class Won(IntEnum):
    """The outcome of an opportunity."""

    OPEN = -1
    LOST = 0
    WON = 1


class Row(BaseModel):
    """Base of the tables; ``TABLE`` is the table's name in files, pages and stores."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    TABLE: ClassVar[str]


class Person(Row):
    """A person: an external contact or an internal colleague."""

    TABLE: ClassVar[str] = "people"
    id: Annotated[str, Personal] = Field(description="Key of the person in this source.")
    name: Annotated[str | None, Personal] = Field(None, description="Full name as the source writes it.")
    email: Annotated[str | None, Personal] = Field(None, description="Mail address; joins the person across sources.")
    title: Annotated[str | None, Personal] = Field(None, description="Job title, any language.")
    level: Annotated[str | None, Personal] = Field(
        None, description="Seniority: c_level, vp, director, manager, staff; read from the title where empty."
    )
    organization: Annotated[str | None, Personal] = Field(None, description="Key of the employer (organizations.id).")
    internal: Annotated[bool | None, Personal] = Field(None, description="True for a colleague of ours.")


class Organization(Row):
    """A company or other body: customer, prospect, partner, supplier or own."""

    TABLE: ClassVar[str] = "organizations"
    id: str = Field(description="Key of the organization in this source.")
    name: str | None = Field(None, description="Name as the source writes it.")
    domain: str | None = Field(None, description="Mail domain; people with this domain belong here.")
    industry: str | None = Field(None, description="Industry or sector.")
    region: str | None = Field(None, description="Region or country.")
    kind: str | None = Field(None, description="customer, prospect, partner, supplier or own.")


class Interaction(Row):
    """One participant of one interaction: rows with the same ``id`` are one interaction.

    Without ``id``, rows of one source with equal (time, from, channel) are one interaction and its distinct ``to``
    are the participants.
    """

    TABLE: ClassVar[str] = "interactions"
    id: Annotated[str | None, Personal] = Field(None, description="Key of the interaction (a Message-ID, an event id).")
    time: dt.datetime = Field(description="When it happened: ISO 8601 (UTC unless an offset is given) or epoch time.")
    sender: Annotated[str, Personal] = Field(alias="from", description="Key or mail address of who acted.")
    to: Annotated[str, Personal] = Field(description="Key or mail address of one receiver or attendee.")
    role: str | None = Field(None, description="to, cc, bcc, organizer, attendee, optional; empty means to.")
    channel: str | None = Field(None, description="Where it happened: mail, calendar, phone, wecom, site ...")
    kind: str | None = Field(None, description="What happened: mail, meeting, call, chat, visit, share ...")
    weight: float | None = Field(None, description="Factor on the evidence weight; empty means 1; at least 0.")
    relevance: float | None = Field(None, description="How much it was about our subject, 0 to 1; empty = unmeasured.")
    topic: str | None = Field(None, description="Topic.")
    object: str | None = Field(None, description="Key of the work it was about (a design shared, a paper downloaded).")


class Fact(Row):
    """A dated statement: subject KIND object, valid from a time to a time."""

    TABLE: ClassVar[str] = "facts"
    subject: Annotated[str, Personal] = Field(description="Key of the subject; `organization:KEY` forces the label.")
    kind: str = Field(description="One of the fact kinds, such as FOLLOWS or ADOPTED.")
    object: Annotated[str, Personal] = Field(description="Key of the object; `person:KEY` forces the label.")
    valid_from: dt.datetime | None = Field(None, description="Start; for an event (ADOPTED) its time. Empty: always.")
    valid_to: dt.datetime | None = Field(None, description="End, exclusive; empty: still true.")
    weight: float | None = Field(None, description="Strength of the statement; empty means 1; at least 0.")
    role: Annotated[str | None, Personal] = Field(None, description="Role of a STAKEHOLDER_IN or WORKS_AT statement.")


class Work(Row):
    """Something made that others can take up: a design, repository, paper, post or solution."""

    TABLE: ClassVar[str] = "works"
    id: str = Field(description="Key of the work.")
    name: str | None = Field(None, description="Title.")
    kind: str | None = Field(None, description="design, repository, paper, post, solution ...")
    author: Annotated[str | None, Personal] = Field(None, description="Key of the author; several separated by `;`.")
    time: dt.datetime | None = Field(None, description="When it appeared.")
    topic: str | None = Field(None, description="Topic or pain it answers.")


class Opportunity(Row):
    """A deal with an organization."""

    TABLE: ClassVar[str] = "opportunities"
    id: str = Field(description="Key of the opportunity.")
    name: str | None = Field(None, description="Name.")
    organization: str | None = Field(None, description="Key of the account (organizations.id).")
    owner: Annotated[str | None, Personal] = Field(None, description="Key of the rep who owns it (people.id).")
    stage: str | None = Field(None, description="Stage as the source writes it; won and lost are recognised.")
    amount: float | None = Field(None, description="Amount in `currency`.")
    currency: str | None = Field(None, description="ISO 4217 code.")
    product: str | None = Field(None, description="Product or segment.")
    created: dt.datetime | None = Field(None, description="When it was opened.")
    closed: dt.datetime | None = Field(None, description="When it was won or lost; for an open one empty.")
    won: bool | None = Field(None, description="True won, false lost, empty open (read from the stage where empty).")


TABLES: dict[str, type[Row]] = {t.TABLE: t for t in (Person, Organization, Interaction, Fact, Work, Opportunity)}
TableName = Literal["people", "organizations", "interactions", "facts", "works", "opportunities"]

# Fact kind -> (labels its subject may have, labels its object may have); the first is meant unless a prefix says else.
_P, _O, _W, _D, _T = Label.PERSON, Label.ORGANIZATION, Label.WORK, Label.OPPORTUNITY, Label.TOPIC
FACT_KINDS: dict[str, tuple[tuple[Label, ...], tuple[Label, ...]]] = {
    "WORKS_AT": ((_P,), (_O,)),
    "REPORTS_TO": ((_P,), (_P,)),
    "OWNS": ((_P,), (_O,)),
    "SUPPLIES": ((_O,), (_O,)),
    "PARTNERS_WITH": ((_O,), (_O,)),
    "SUBSIDIARY_OF": ((_O,), (_O,)),
    "MEMBER_OF": ((_P, _O), (_O,)),
    "STAKEHOLDER_IN": ((_P,), (_D,)),
    "REFERRED": ((_P, _O), (_P, _O)),
    "AUTHORED": ((_P,), (_W,)),
    "ADOPTED": ((_P, _O), (_W,)),
    "SHARED": ((_P, _O), (_W,)),
    "FOLLOWS": ((_P,), (_P,)),
    "HAS_PAIN": ((_O, _P), (_T,)),
    "KNOWS": ((_P,), (_P,)),
    "ASKED_INTRODUCTION": ((_P,), (_P,)),
}

# Evidence factor of an interaction kind; an unknown kind weighs 1 and is reported.
KIND_WEIGHTS: dict[str, float] = {
    "mail": 1.0, "reply": 1.2, "chat": 0.6, "call": 2.0, "meeting": 3.0, "visit": 4.0, "event": 1.5,
    "share": 1.5, "download": 0.5, "ticket": 0.8, "list_mail": 0.02, "robot_mail": 0.0,
}  # fmt: skip
MUTUAL_KINDS = frozenset({"meeting", "call", "visit"})  # both sides act: half of the evidence counts each way
BUYING_ROLES = frozenset(  # of STAKEHOLDER_IN, lower case: who signs, not who advises
    {
        "decision maker", "decision_maker", "economic buyer", "economic_buyer", "economic decision maker", "buyer",
        "approver", "procurement", "purchasing", "executive sponsor", "executive_sponsor", "signer",
        "决策者", "决策人", "采购", "经济决策者", "审批人", "签约人",
    }
)  # fmt: skip
VOLUNTARY_KINDS = frozenset({"share"})  # a customer passing our content on, unasked


def column_names(table: type[Row]) -> list[str]:
    """Column names of a table as files and pages have them (``from``, not ``sender``)."""
    return [f.alias or name for name, f in table.model_fields.items()]


def required_columns(table: type[Row]) -> list[str]:
    """Columns a row of the table cannot do without."""
    return [f.alias or name for name, f in table.model_fields.items() if f.is_required()]


def personal_columns(table: type[Row]) -> list[str]:
    """Columns that hold something of a person."""
    return [f.alias or name for name, f in table.model_fields.items() if any(m is Personal for m in f.metadata)]


@cache
def arrow_schema(table: type[Row]) -> pa.Schema:
    """Arrow schema of a page of the table; every optional field is nullable."""
    return pa.schema(
        [
            pa.field(f.alias or name, _arrow_type(f.annotation), nullable=not f.is_required())
            for name, f in table.model_fields.items()
        ]
    )


def _arrow_type(annotation: Any) -> pa.DataType:
    kind = annotation
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        kind = next(a for a in typing.get_args(annotation) if a is not types.NoneType)
    mapping: dict[Any, pa.DataType] = {str: pa.string(), float: pa.float64(), bool: pa.bool_(), dt.datetime: TIME}
    return mapping[kind]
