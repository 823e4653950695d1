"""What every store promises of finding and describing entities and the records behind them."""

from __future__ import annotations

from typing import Any

import pytest

from graphsvc.errors import ForbiddenError, InputError
from graphsvc.policy import OWNER, UNLIMITED, Budget, Caller
from tests.contract.store.company import T0, fill, only, page, person


def test_search_finds_words_parts_and_chinese(store: Any) -> None:
    fill(store)
    li_na, org = only(store, "Li Na"), only(store, "o1")
    for text in ("li na", "LI.NA@", "sales vp", "ex.cn"):
        assert li_na in [c.id for c in store.search(text, OWNER, UNLIMITED)], text
    for text in ("数据公司", "公司", "海", "据公 上"):
        assert [c.id for c in store.search(text, OWNER, UNLIMITED)] == [org], text
    assert store.search("王", OWNER, UNLIMITED)[0].name == "王伟"
    assert store.search('"; DROP', OWNER, UNLIMITED) == []
    assert store.search("%", OWNER, UNLIMITED) == []
    assert store.search(" ", OWNER, UNLIMITED) == []
    assert store.search("na", OWNER, UNLIMITED, "organization") == []
    assert len(store.search("a", OWNER, Budget(rows=1))) == 1
    with pytest.raises(InputError, match="kind of entity"):
        store.search("x", OWNER, UNLIMITED, "alien")


def test_resolve_lists_every_meaning(store: Any) -> None:
    fill(store)
    store.merge(page("people", [person("x", "Same"), person("y", "Same"), person("o1", "Clash")]))
    assert [c.key for c in store.resolve("Same", OWNER)] == ["x", "y"]
    assert [c.label for c in store.resolve("o1", OWNER)] == ["person", "organization"]
    assert only(store, "organization:o1") == only(store, "o1", "organization")
    assert only(store, only(store, "Li Na")) == only(store, "Li Na")
    assert only(store, "li na") == only(store, "Li Na")
    assert store.resolve("nobody", OWNER) == []


def test_describe_hides_the_address_from_others(store: Any) -> None:
    fill(store)
    li_na = only(store, "Li Na")
    shown = store.describe([li_na, "f" * 32], OWNER)
    assert set(shown) == {li_na}
    said = shown[li_na]
    assert (said.key, said.source, said.name, said.email) == ("1", "crm", "Li Na", "li.na@ex.cn")
    rep = Caller(entity=None, roles=frozenset({"rep"}))
    assert store.describe([li_na], rep)[li_na].email is None
    with pytest.raises(ForbiddenError):
        store.describe([li_na], Caller(scopes=frozenset()))


def test_evidence_names_the_source_record(store: Any) -> None:
    fill(store)
    first, second = store.evidence("interactions", [1, 2], OWNER)
    assert (first.source, first.record_id, first.role) == ("mailbox", "<1@m>", "to")
    assert second.record_id == "2024-01-03T00:00:00Z|li.na@ex.cn|mail"
    assert (second.subject, second.object) == (only(store, "Li Na"), only(store, "王伟"))
    (fact,) = store.evidence("facts", [1], OWNER)
    assert (fact.record_id, fact.kind, fact.time) == ("1|ADOPTED|w1", "ADOPTED", int(T0.timestamp() * 1e6))
