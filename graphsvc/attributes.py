"""Who is in a Projection and what is known of them: members, employers, seniority, who is ours, who buys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.identity import components
from graphsvc.model import BUYING_ROLES, FACT_KINDS, Label
from graphsvc.projection import Bools, Entities, Facts, Index, Ints, take

if TYPE_CHECKING:
    from graphsvc.replica import ColumnTable, Replica

KINDS = tuple(sorted(FACT_KINDS))
OWN = "own"


@dataclass(frozen=True)
class Members:
    """Every member's entity: ``of[pk]`` is the entity's index (ascending public id), -1 for no such member."""

    of: Index
    canonical: Ints  # entity -> pk of its canonical member

    def __call__(self, handles: NDArray[Any]) -> Index:
        """Entity index per member pk; -1 stays -1."""
        out = np.full(len(handles), -1, dtype=np.int32)
        inside = (handles >= 0) & (handles < len(self.of))
        if inside.all():
            out = self.of[handles]
        else:
            out[inside] = self.of[handles[inside]]
        return out

    def heads(self, size: int) -> Ints:
        """Pk of the canonical member of each of the first ``size`` members; -1 for no such member."""
        out = np.full(size, -1, dtype=np.int64)
        of = self.of[:size]
        out[: len(of)][of >= 0] = self.canonical[of[of >= 0]]
        return out


def read_members(replica: Replica, sequence: int) -> Members:
    """Members and the entities they form at a sequence number: components over the links that held then."""
    table = replica.tables["members"]
    pks = np.flatnonzero(table.living & (table["rec"] <= sequence))
    position = np.full(table.size, -1, dtype=np.int64)
    position[pks] = np.arange(len(pks))
    links = replica.tables["links"]
    seen = replica.visible("links", sequence)
    a, b = position[links["a"][seen].astype(np.int64)], position[links["b"][seen].astype(np.int64)]
    both = (a >= 0) & (b >= 0)
    ids = table["id"][pks]
    head = components(a[both], b[both], len(pks), table["rec"][pks].astype(np.int64), ids)
    heads = np.flatnonzero(head == np.arange(len(head)))
    heads = heads[np.argsort(ids[heads], kind="stable")]
    rank = np.full(len(pks), -1, dtype=np.int32)
    rank[heads] = np.arange(len(heads), dtype=np.int32)
    of = np.full(max(table.size, 1), -1, dtype=np.int32)
    of[pks] = rank[head]
    return Members(of, pks[heads])


def described(replica: Replica, members: Members, sequence: int) -> Bools:
    """Per entity: some record describes it (it is more than a name in a fact or an address in a mail)."""
    out = np.zeros(len(members.canonical), dtype=bool)
    for name in ("people", "organizations", "works", "opportunities"):
        seen = replica.visible(name, sequence)
        out[members(replica.tables[name]["member"][seen])] = True
    return out


def _latest(table: ColumnTable, seen: Ints, members: Members, column: str, n: int, missing: float = -1) -> NDArray[Any]:
    """Value of a column per entity: the last claim that says something (claims stand in order of arrival)."""
    values = table[column][seen]
    out = np.full(n, missing, dtype=values.dtype)
    said = ~np.isnan(values) if values.dtype.kind == "f" else values != missing
    out[members(table["member"][seen])[said]] = values[said]
    return out


def read_entities(replica: Replica, members: Members, sequence: int) -> tuple[Entities, bool]:
    """What the records say of every entity, and whether anybody said by domain or key who is ours."""
    n, tables = len(members.canonical), replica.tables
    seen = {name: replica.visible(name, sequence) for name in ("people", "organizations", "works")}

    def latest(name: str, column: str) -> NDArray[Any]:
        return _latest(tables[name], seen[name], members, column, n)

    def marked(column: str) -> Bools:
        out = np.zeros(n, dtype=bool)
        rows = seen["people"][tables["people"][column][seen["people"]] == 1]
        out[members(tables["people"]["member"][rows])] = True
        return out

    label = tables["members"]["label"][members.canonical].astype(np.int8)
    internal, own_known = _internal(replica, members, sequence, (label, latest("organizations", "domain"), n))
    level = np.zeros(n, dtype=np.int8)
    people = tables["people"]
    np.maximum.at(level, members(people["member"][seen["people"]]), people["level"][seen["people"]].astype(np.int8))
    restricted = np.zeros(n, dtype=bool)
    restricted[judged(replica, members, sequence, "restricted")[0]] = True
    kind = latest("organizations", "kind")
    ours = [pk for pk, text in replica.words.items() if text.lower() == OWN]
    entities = Entities(
        id=tables["members"]["id"][members.canonical].astype("S32"),
        label=label,
        internal=internal | marked("internal") | ((label == Label.ORGANIZATION) & np.isin(kind, ours)),
        level=level,
        buyer=marked("signs"),
        organization=members(latest("people", "organization")),
        left=np.zeros(n, dtype=bool),
        restricted=restricted,
        industry=latest("organizations", "industry").astype(np.int32),
        region=latest("organizations", "region").astype(np.int32),
        kind=np.where(label == Label.WORK, latest("works", "kind"), kind).astype(np.int32),
        topic=latest("works", "topic").astype(np.int32),
        time=np.maximum(latest("works", "time"), 0).astype(np.int64),
    )
    return entities, own_known


def _internal(
    replica: Replica, members: Members, sequence: int, known: tuple[NDArray[np.int8], NDArray[Any], int]
) -> tuple[Bools, bool]:
    """Who is ours by what was said with ``own``: mail domains of people and organizations, and single keys."""
    label, org_domain, n = known
    table = replica.tables["members"]
    domains, keys = _own(replica, sequence)
    out = np.zeros(n, dtype=bool)
    alive = np.flatnonzero(table.living & (table["rec"] <= sequence))
    out[members(alive[np.isin(table["domain"][alive], domains)])] = True
    out[members(keys)] = True
    out |= (label == Label.ORGANIZATION) & np.isin(org_domain, domains)
    return out, bool(len(domains) or len(keys))


def says_own(replica: Replica, sequence: int) -> bool:
    """Did anybody say by domain or key who is ours?"""
    return any(len(said) for said in _own(replica, sequence))


def _own(replica: Replica, sequence: int) -> tuple[Ints, Ints]:
    own = replica.tables["own"]
    seen = replica.visible("own", sequence)
    domains, people = own["domain"][seen].astype(np.int64), own["member"][seen].astype(np.int64)
    return domains[domains >= 0], people[people >= 0]


def with_employers(
    replica: Replica, e: Entities, facts: Facts, members: Members, as_of: int, sequence: int
) -> Entities:
    """Employer and whether the person left it: dated WORKS_AT facts first, then the record, then the mail domain."""
    organization, left = e.organization.copy(), np.zeros(len(e), dtype=bool)
    works_at = take(facts, facts.kind == KINDS.index("WORKS_AT"))
    order = np.argsort(works_at.valid_from, kind="stable")
    works_at = take(works_at, order)
    ended = works_at.valid_to <= as_of
    past = take(works_at, ended)
    same = (organization[past.subject] == past.object) | (organization[past.subject] < 0)
    left[past.subject[same]] = True
    organization[past.subject[same]] = past.object[same]
    now = take(works_at, ~ended)
    organization[now.subject], left[now.subject] = now.object, False
    _by_domain(replica, e, organization, members, sequence)
    return replace(e, organization=organization, left=left)


def _by_domain(replica: Replica, e: Entities, organization: Index, members: Members, sequence: int) -> None:
    """People without a known employer belong to the organization that has their mail domain."""
    orgs, table = replica.tables["organizations"], replica.tables["members"]
    seen = replica.visible("organizations", sequence)
    domain, owner = orgs["domain"][seen], members(orgs["member"][seen])
    alive = np.flatnonzero(table.living & (table["rec"] <= sequence) & (table["domain"] >= 0))
    who, where = members(alive), table["domain"][alive]
    of_domain = np.full(max(int(where.max(initial=-1)), int(domain.max(initial=-1))) + 1, -1, dtype=np.int32)
    of_domain[domain[domain >= 0]] = owner[domain >= 0]  # the last claim counts
    known = of_domain[where]
    free = (known >= 0) & (who >= 0)
    free[free] = (organization[who[free]] < 0) & (e.label[who[free]] == Label.PERSON)
    organization[who[free]] = known[free]


def with_own_people(e: Entities) -> Entities:
    """Whoever works at an organization of ours is one of us."""
    employed = (e.organization >= 0) & (e.label == Label.PERSON)
    internal = e.internal.copy()
    internal[employed] |= e.internal[e.organization[employed]]
    return replace(e, internal=internal)


def with_buyers(replica: Replica, e: Entities, facts: Facts, members: Members, sequence: int) -> Entities:
    """Who holds a buying role: by title, as a stakeholder of a deal, or because a person said so."""
    buying = [pk for pk, text in replica.words.items() if text.lower() in BUYING_ROLES]
    stake = (facts.kind == KINDS.index("STAKEHOLDER_IN")) & np.isin(facts.role, buying)
    who, _, rows = judged(replica, members, sequence, "role")
    said = np.isin(replica.tables["judgements"]["name"][rows], buying)
    buyer = e.buyer.copy()
    buyer[facts.subject[stake]] = True
    buyer[who[said]] = True
    return replace(e, buyer=buyer)


def judged(replica: Replica, members: Members, sequence: int, kind: str) -> tuple[Index, Index, Ints]:
    """Entities (a, b) and row handles of one kind of judgement, in order of arrival."""
    table = replica.tables["judgements"]
    seen = replica.visible("judgements", sequence)
    codes = [pk for pk, text in replica.words.items() if text == kind]
    seen = seen[np.isin(table["kind"][seen], codes)]
    a, b = members(table["a"][seen]), members(table["b"][seen])
    return a[a >= 0], b[a >= 0], seen[a >= 0]
