"""What every store promises of who is who: links, splits, overrides, and whose side one is on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphsvc.errors import InputError, NotFoundError
from graphsvc.policy import OWNER
from graphsvc.projecting import project
from graphsvc.projection import DAY
from graphsvc.records import Page
from tests.contract.store.company import T0, MakeStore, fill, mail, only, page, person, replica_of, rows_of

Clocked = tuple[Any, Callable[[float], None]]


def moment(day: float) -> int:
    return int(T0.timestamp() * 1e6 + day * DAY)


@pytest.fixture
def clocked(store: Any) -> Clocked:
    """A store, and what sets its clock to a day after T0."""

    def at(day: float) -> None:
        store.ledger.clock = lambda: moment(day)

    return store, at


def test_a_mail_address_joins_sources(store: Any) -> None:
    fill(store)
    assert only(store, "1", "person") == only(store, "LI.NA@ex.cn") == only(store, "Li Na")
    store.merge(page("people", [person("hr-9", "Na Li", "li.na@ex.cn")], "hr"))
    assert only(store, "hr-9") == only(store, "1", "person")
    assert store.merge(page("people", [person("hr-8", "Wang", "wang@ours.com")], "hr")).linked == 1


def test_a_changed_address_moves_the_link(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na", "old@ex.cn")]))
    store.merge(page("people", [person("1", "Li Na", "new@ex.cn")]))
    assert only(store, "1") == only(store, "new@ex.cn")
    assert only(store, "old@ex.cn") != only(store, "1")
    assert [(x["rec"], x["gone"]) for x in rows_of(store, "links", live=False)] == [(1, 2), (2, 0)]


def test_link_and_split_restore_the_former_ids(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na", "li@ex.cn")]))
    store.merge(page("people", [person("2", "Na Li", "nali@ex.cn")], "hr"))
    a, b = only(store, "1"), only(store, "2")
    assert store.link(b, a, OWNER, "same desk") == a
    assert only(store, "2") == only(store, "nali@ex.cn") == a
    assert store.describe([b], OWNER)[b].id == a
    assert sorted(store.split(b, None, OWNER)) == sorted([a, b])
    assert (only(store, "1"), only(store, "li@ex.cn")) == (a, a)
    assert (only(store, "2"), only(store, "nali@ex.cn")) == (b, b)
    store.link(a, b, OWNER)
    assert sorted(store.split(a, b, OWNER)) == sorted([a, b])


def test_known_at_sees_the_links_of_then(make_store: MakeStore, tmp_path: Path) -> None:
    from graphsvc.stores.sqlite import SqliteStore

    now = iter(range(1_000, 10_000, 1_000))
    store = SqliteStore(tmp_path / "clock.db", clock=lambda: next(now))
    store.merge(page("interactions", [mail(1, "a", "b"), mail(1, "c", "b")]))  # at 1000
    store.link(only(store, "a"), only(store, "c"), OWNER)  # at 2000
    store.split(only(store, "a"), None, OWNER)  # at 3000
    replica, end = replica_of(store), int(T0.timestamp() * 1e6) + 9 * DAY
    assert [len(project(replica, end, known).people) for known in (1_000, 2_000, 3_000)] == [3, 2, 3]
    store.close()


def test_a_split_blocks_the_exact_key_until_a_new_judgement(store: Any) -> None:
    row = person("1", "Info desk", "info@ex.cn")
    store.merge(page("people", [row]))
    store.merge(page("people", [person("2", "Other", "info@ex.cn")], "hr"))
    crm, hr = (m.id for k in ("1", "2") for m in store.resolve(k, OWNER))
    assert crm == hr
    member = next(m["id"] for m in rows_of(store, "members") if m["pk"] == 1 or m["id"] != crm)
    restored = store.split(member, None, OWNER, "shared mailbox")
    assert len(restored) == 2
    store.merge(page("people", [row | {"title": "Desk"}]))
    store.merge(page("people", [person("2", "Other", "info@ex.cn", title="x")], "hr"))
    assert len({c.id for k in ("1", "2", "info@ex.cn") for c in store.resolve(k, OWNER)}) == 2
    store.link(*restored, OWNER)
    assert len({c.id for k in ("1", "2", "info@ex.cn") for c in store.resolve(k, OWNER)}) == 1


def test_decisions_that_make_no_sense_are_refused(store: Any) -> None:
    fill(store)
    org, li_na = only(store, "o1"), only(store, "Li Na")
    with pytest.raises(InputError, match="different kinds"):
        store.link(org, li_na, OWNER)
    with pytest.raises(InputError, match="same record"):
        store.link(li_na, li_na, OWNER)
    with pytest.raises(NotFoundError, match="nothing to split"):
        store.split(org, None, OWNER)
    with pytest.raises(NotFoundError):
        store.link(li_na, "f" * 32, OWNER)


def test_overrides_replace_each_other_and_clear(store: Any) -> None:
    fill(store)
    a, b = only(store, "Li Na"), only(store, "王伟")
    store.override("tie_strength", a, b, 3.0, OWNER, "saw them talk")
    store.override("tie_strength", b, a, 4.0, OWNER, "more than that")
    assert [j["value"] for j in rows_of(store, "judgements")] == [4.0]
    store.override("tie_strength", a, b, None, OWNER, "")
    assert rows_of(store, "judgements") == []
    store.override("restricted", a, None, 1.0, OWNER, "asked us")
    assert project(replica_of(store), int(2e15)).entities.restricted.sum() == 1


def test_an_override_holds_from_when_it_was_said_and_a_restriction_at_every_date(clocked: Clocked) -> None:
    """T0 is 2024-01-01; contacts on days 1, 2 and 3. What is said while nothing happens belongs to the last contact."""
    store, at = clocked
    at(1.5)
    fill(store)
    a, b = only(store, "Li Na"), only(store, "王伟")
    for day, value in ((1.6, 1.0), (2.5, 2.0), (90, 3.0), (95, None)):
        at(day)
        store.override("tie_strength", a, b, value, OWNER, "")
    store.override("restricted", a, None, 1.0, OWNER, "")
    replica = replica_of(store)

    def held(day: float, known: float | None = None) -> list[float]:
        p = project(replica, moment(day), None if known is None else moment(known))
        assert p.entities.restricted.sum() == (1 if known is None else 0)
        return [value for *_, value in p.overrides]

    assert [held(day) for day in (1.1, 1.9, 2.1, 2.9)] == [[1.0], [1.0], [2.0], [2.0]]
    assert [held(day) for day in (3.5, 96)] == [[], []], "nothing happened after day 3: T stands still since"
    assert [held(3.5, known) for known in (1.55, 1.7, 3.4, 91)] == [[], [1.0], [2.0], [3.0]]
    assert held(1.1, 91) == [1.0]


def test_an_override_of_today_leaves_earlier_dates_as_computed(clocked: Clocked) -> None:
    store, at = clocked
    at(10)
    fill(store)
    store.override("depth", only(store, "Li Na"), None, 3.0, OWNER, "")
    replica = replica_of(store)
    assert [len(project(replica, moment(day)).overrides) for day in (1.5, 2.9, 3, 10, 11)] == [0, 0, 1, 1, 1]


def test_own_takes_domains_addresses_and_known_keys(store: Any) -> None:
    fill(store)
    store.own(["ours.com", "Boss@private.com", "2"], OWNER)
    sequence = store.sequence
    store.own(["ours.com"], OWNER)
    assert store.sequence == sequence
    words = {w["pk"]: w["text"] for w in rows_of(store, "words")}
    assert [words.get(r["domain"]) for r in rows_of(store, "own") if r["domain"] >= 0] == ["ours.com"]
    assert len(rows_of(store, "own")) == 3
    store.own(["late-key"], OWNER)
    assert len(rows_of(store, "own")) == 3
    store.merge(page("people", [person("late-key", "Late")]))
    assert len(rows_of(store, "own")) == 4


def _companies(source: str, *rows: tuple[str, str | None]) -> Page:
    return page("organizations", [{"id": key, "domain": domain} for key, domain in rows], source=source)


def test_organizations_of_two_sources_with_one_domain_are_one(store):
    """An account of the CRM and a company of the tables with the same mail domain are one organization."""
    store.merge(_companies("crm", ("001", "acme.example"), ("002", "other.example")))
    report = store.merge(_companies("tables", ("acme", "acme.example")))
    assert report.linked == 1
    assert store.resolve("001", OWNER)[0].id == store.resolve("acme", OWNER, "organization")[0].id
    assert store.resolve("002", OWNER)[0].id != store.resolve("001", OWNER)[0].id


def test_branches_that_share_a_domain_within_one_source_join_nobody_in_any_order(store):
    """Two accounts of one source with one domain are branches: then the domain is no key, whatever came first."""
    store.merge(_companies("crm", ("east", "acme.example")))
    store.merge(_companies("tables", ("acme", "acme.example")))
    store.merge(_companies("crm", ("west", "acme.example")))
    assert len({store.resolve(k, OWNER, "organization")[0].id for k in ("east", "west", "acme")}) == 3
    store.merge(_companies("crm", ("west", "west.example")))
    assert store.resolve("east", OWNER)[0].id == store.resolve("acme", OWNER, "organization")[0].id
