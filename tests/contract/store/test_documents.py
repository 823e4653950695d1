"""What every store promises of documents: they come back as they were, one writer wins, an erased person is in none."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from graphsvc.documents import Document
from graphsvc.policy import OWNER
from tests.contract.store.company import MakeStore, only
from tests.contract.store.test_erasure_shelves import ADDRESS, NAME, with_person

VALUE = {"name": "Karte 客户", "notes": {"x": "=1+1"}, "list": [1, 2.5, None, True], "deep": {"a": [{"b": "\u202e"}]}}


def test_a_document_comes_back_as_it_was_kept(make_store: MakeStore) -> None:
    kept = make_store("main").put_document("view", "v1", "owner", VALUE, 0)
    assert kept is not None
    assert (kept.kind, kept.id, kept.owner, kept.value, kept.version) == ("view", "v1", "owner", VALUE, 1)
    assert kept.created == kept.changed > 0
    again = make_store("main")
    assert (again.document("view", "v1"), again.documents("view")) == (kept, [kept])
    assert (again.document("view", "v2"), again.document("ask", "v1"), again.documents("ask")) == (None, None, [])


def test_documents_are_listed_by_kind_and_owner_oldest_first(store: Any) -> None:
    for kind, ident, owner in (("view", "b", "ann"), ("view", "a", "bob"), ("ask", "b", "ann"), ("view", "c", "ann")):
        assert store.put_document(kind, ident, owner, {}, 0)
    store.put_document("view", "b", "ann", {"later": 1}, 1)
    assert [d.id for d in store.documents("view")] == ["b", "a", "c"], "a change moves nothing"
    assert [d.id for d in store.documents("view", "ann")] == ["b", "c"]
    assert store.documents("view", "nobody") == []


def test_a_document_is_changed_only_at_the_version_its_writer_read(store: Any) -> None:
    first = store.put_document("view", "v1", "ann", {"n": 1}, 0)
    assert store.put_document("view", "v1", "bob", {"n": 9}, 0) is None, "it is there"
    assert store.put_document("view", "v2", "bob", {"n": 9}, 1) is None, "it is not there"
    second = store.put_document("view", "v1", "bob", {"n": 2}, 1)
    assert second is not None
    assert (second.value, second.owner, second.version, second.created) == ({"n": 2}, "bob", 2, first.created)
    assert store.put_document("view", "v1", "ann", {"n": 3}, 1) is None, "somebody else was first"
    assert not store.drop_document("view", "v1", 1)
    assert store.document("view", "v1") == second


def test_a_dropped_document_is_gone_and_others_of_its_id_stay(store: Any) -> None:
    for kind in ("view", "ask"):
        store.put_document(kind, "v1", "ann", {}, 0)
    assert store.drop_document("view", "v1", 1)
    assert not store.drop_document("view", "v1", 1)
    assert (store.documents("view"), len(store.documents("ask"))) == ([], 1)
    kept = store.put_document("view", "v1", "ann", {}, 0)
    assert kept is not None and kept.version == 1


def test_of_writers_at_once_exactly_one_wins_each_version(store: Any) -> None:
    def change(writer: int) -> int:
        done = 0
        for version in range(5):
            done += store.put_document("view", "v1", "ann", {"by": writer}, version) is not None
        return done

    with ThreadPoolExecutor(4) as pool:
        won = sum(pool.map(change, range(4)))
    kept = store.document("view", "v1")
    assert won == kept.version


def test_documents_of_an_erased_person_go_and_those_that_name_them_lose_it(store: Any) -> None:
    who = with_person(store)
    other = only(store, "1", "person")
    value = {
        "name": f"About {NAME.upper()} and others",
        "state": f"view=map&focus={other}&focus={who}&hide={who},{other}",
        "notes": {who: "signs", other: f"ask {ADDRESS} first"},
        "items": [{"key": who}, {"key": other}, NAME],
        "count": 3,
    }
    store.put_document("view", "theirs", who, {"name": "own"}, 0)
    store.put_document("ask", f"x:{who}", "owner", {}, 0)
    store.put_document("ask", "to", "owner", {"to": who, "through": other}, 0)
    store.put_document("view", "names", other, value, 0)
    untouched = store.put_document("view", "else", other, {"notes": {other: "x"}}, 0)

    assert store.erase(who, OWNER)["documents"] == 4
    assert [d.id for d in store.documents("view")] == ["names", "else"]
    assert store.documents("ask") == []
    assert store.document("view", "else") == untouched
    left: Document = store.document("view", "names")
    assert left == dataclasses.replace(left, version=2, owner=other)
    assert left.value == {
        "name": "About  and others",
        "state": f"view=map&focus={other}&focus=&hide=,{other}",
        "notes": {other: "ask  first"},
        "items": [{"key": other}],
        "count": 3,
    }
    assert store.put_document("view", "names", other, value, 1) is None, "the old one is not written back"
