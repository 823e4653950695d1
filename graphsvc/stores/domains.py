"""Joining organizations across sources by their mail domain, an exact key like a person's mail address.

Two records of one source with the same domain (branches, subsidiaries) are two organizations; a domain that any source
uses twice therefore joins nobody. The rule looks at the live records only, so that the order of arrival is nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter

from graphsvc.stores.links import apart_among, insert_links
from graphsvc.stores.names import Names
from queries.links import AutomaticLinks, DomainRecord, DomainRecords, DomainsOf


def put_domain_links(names: Names, members: Iterable[int]) -> int:
    """Bring the automatic links of organizations in step with the domains of some changed ones; counts new joins."""
    change, chosen = names.change, sorted(members)
    domains = sorted(row.domain for row in change.ask(DomainsOf(chosen))) if chosen else []
    records = change.ask(DomainRecords(domains)) if domains else []
    wanted = _wanted([r for r in records if r.live])
    stored = _stored(names, sorted({r.member for r in records}))
    change.retire("links", [pk for pair, pk in stored.items() if pair not in wanted])
    new = sorted(wanted - stored.keys())
    apart = apart_among(change, new)
    new = [pair for pair in new if pair not in apart]
    insert_links(change, new, judged=0, author=None, reason=None)
    return len(new)


def _wanted(records: Sequence[DomainRecord]) -> set[tuple[int, int]]:
    """Joins of the live records, sorted by domain and member: the first member of a domain with each further one."""
    out: set[tuple[int, int]] = set()
    for _, group in groupby(records, key=attrgetter("domain")):
        found = list(group)
        if max(Counter(r.source for r in found).values()) == 1:
            first = found[0].member
            out |= {(first, r.member) for r in found if r.member != first}
    return out


def _stored(names: Names, organizations: Sequence[int]) -> dict[tuple[int, int], int]:
    """Automatic links among some organizations, with their handles."""
    among = set(organizations)
    held = names.change.ask(AutomaticLinks(organizations)) if organizations else []
    return {(link.a, link.b): link.pk for link in held if link.b in among}
