"""Search: a fixed set of queries over a small directory, and what holds of any: rights, time, erasure, bad input."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from api.answers import Ask, search
from graphsvc.clock import read_moment
from graphsvc.errors import BudgetError
from graphsvc.policy import OWNER, Budget
from graphsvc.workspace import Workspace
from tests.contract.store.company import only, page

DATA = Path(__file__).parents[2] / "data"
NOW = read_moment("2026-06-01T12:00")
TOP = 5


def directory() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads((DATA / "search_directory.json").read_text("utf-8"))
    return found


def filled(store: Any) -> Workspace:
    """A workspace of the directory; later tables name entities of earlier ones."""
    for table, rows in directory().items():
        store.merge(page(table, rows))
    return Workspace(store, clock=lambda: NOW)


def keys(workspace: Workspace, text: str, limit: int = TOP, label: str | None = None) -> list[str]:
    return [item.key for item in search(Ask(workspace), text, label, limit).items]


def names(workspace: Workspace, text: str) -> list[str | None]:
    return [item.name for item in search(Ask(workspace), text).items]


def how(workspace: Workspace, text: str) -> str:
    return search(Ask(workspace), text, limit=1).items[0].matched


def test_what_is_asked_for_is_among_the_first_five(store: Any) -> None:
    workspace = filled(store)
    asked = json.loads((DATA / "search_queries.json").read_text("utf-8"))
    assert len(asked) >= 200
    assert max(Counter((q["kind"], q["text"]) for q in asked).values()) == 1, "a query must not count twice"
    missed, kinds = defaultdict(list), Counter(q["kind"] for q in asked)
    for q in asked:
        found = keys(workspace, q["text"])
        if not set(q["want"]) <= set(found):
            missed[q["kind"]].append(f"{q['text']!r}: wanted {q['want']}, got {found}")
    for kind, misses in missed.items():
        print(f"{kind}: {len(misses)} of {kinds[kind]}", *misses, sep="\n  ")
    recall = 1 - sum(map(len, missed.values())) / len(asked)
    assert recall >= 0.98, f"top-{TOP} recall {recall:.3f}: {dict(missed)}"
    assert all(len(misses) <= max(1, kinds[kind] // 10) for kind, misses in missed.items()), dict(missed)


def test_an_answer_says_what_tells_people_apart_and_what_fits(store: Any) -> None:
    workspace = filled(store)
    first = search(Ask(workspace), "zenggf", limit=1).items[0]
    assert first.organization is not None
    assert (first.name, first.organization.name, first.title) == ("曾国藩", "华为技术有限公司", "首席技术官")
    store.own(["yuanlan.example"], OWNER)
    inside = {i.name: i.internal for i in search(Ask(workspace), "远岚").items}
    assert inside == {"远岚软件有限公司": True, "沈从文": True, "周强": True, "Amy 王小美": True}
    assert [how(workspace, text) for text in ("曾国藩", "zengguofan", "zgf", "曾國藩", "p1", "guofan.zeng@hua")] == [
        "name", "pinyin", "initials", "traditional", "key", "email",
    ]  # fmt: skip
    assert [how(workspace, text) for text in ("基金经理", "smiht", "edge gateway")] == ["title", "similar", "name"]
    assert {i.matched for i in search(Ask(workspace), "jiaotong", "person").items} == {"organization"}


def test_labels_and_limits_hold(store: Any) -> None:
    workspace = filled(store)
    assert keys(workspace, "华为", label="organization") == ["hw"]
    assert "hw" not in keys(workspace, "华为", label="person", limit=50)
    assert keys(workspace, "华为", label="opportunity") == ["d1"]
    assert keys(workspace, "cold", label="work") == ["w3"]
    assert len(keys(workspace, "zhang", limit=2)) == 2
    assert set(keys(workspace, "zhang", limit=3)) < set(keys(workspace, "zhang", limit=100))
    with pytest.raises(BudgetError):
        search(Ask(workspace, budget=Budget(rows=3)), "zhang", limit=4)


def test_the_better_reading_comes_first(store: Any) -> None:
    workspace = filled(store)
    assert keys(workspace, "acme")[0] == "acme", "the company itself before its people and its namesakes"
    assert keys(workspace, "johnson")[0] == "p69", "the name as typed before a similar one"
    assert keys(workspace, "zeng")[:2] in (["p2", "p1"], ["p1", "p2"]), "the surname before rarer readings"
    assert keys(workspace, "张薇")[0] == "p15", "the characters typed before others of the same sound"
    assert keys(workspace, "lu")[0] not in ("p24",)


HOSTILE = (
    "x" * 200, "王" * 200, "a " * 100, "aaaaaaaaaaab " * 15, "%", "_", '"', "*", "^", "(", "[", "\\", "a|b", "(a+)+$",
    '%_"*', '" OR 1=1 --', "name:*", "NEAR(a b)", "a*", "AND", "-zhang", "\u202e\u202d\u200f", "\u202egnahz", "\x00",
    "zh\x00ang", "\ud800", "😀", "😀zhang", "👨‍👩‍👧", "…—·。，", "\n\n", "\t", "'; DROP TABLE people", "\u0300" * 50,
    "ﷺ" * 60, "İı", "ß", "\ufeff",
)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_gets_an_answer(store: Any, text: str) -> None:
    workspace = filled(store)
    items = search(Ask(workspace), text, limit=10).items
    assert len({i.id for i in items}) == len(items) <= 10
    if not any(c.isalnum() for c in text):
        assert items == []


HOSTILE_NAMES = (
    "a " * 100,
    "aaaaaaaa " * 22,
    "a" * 200,
    "王" * 200,
    "ab" * 100,
    "%" * 200,
    "\u202e" * 200,
    "A\nB\x00C",
)


def test_names_made_to_slow_it_down_do_not(store: Any) -> None:
    """A pattern that can go on in two ways from each letter would need 2^n steps: this test would not end."""
    rows = [{"id": f"h{n}.{i}", "name": name} for n, name in enumerate(HOSTILE_NAMES) for i in range(50)]
    store.merge(page("people", rows))
    store.merge(page("organizations", [row | {"id": f"o{row['id']}"} for row in rows]))
    workspace = Workspace(store, clock=lambda: NOW)
    for text in (
        "aaaaaaaaab",
        "aaaaaaaaaaaaab",
        "a a a a a a a a",
        "ababababac",
        "王王王王王李",
        "王王王李 王王王王李",
    ):
        assert len(search(Ask(workspace), text, limit=10).items) <= 10


def test_marks_of_direction_and_zero_bytes_change_nothing(store: Any) -> None:
    workspace = filled(store)
    assert keys(workspace, "\u202ezeng\u200bguofan\u202c") == keys(workspace, "zengguofan")
    assert keys(workspace, "ＺＥＮＧguofan") == keys(workspace, "zengguofan")
    assert keys(workspace, "zeng\x00guofan") == keys(workspace, "zeng guofan")


def test_what_changes_is_found_at_once_and_what_goes_is_not(store: Any) -> None:
    workspace = filled(store)
    assert names(workspace, "renminglu") == []
    row = {"id": "p77", "name": "任明露", "email": "yi.zhu@zhilian.example", "organization": "zl"}
    store.merge(page("people", [row]))
    assert names(workspace, "renminglu") == ["任明露"]
    assert names(workspace, "朱一") == [], "the name before is gone"
    store.retract("crm", "people", ["p77"])
    assert names(workspace, "renminglu") == []
    rebuilt = Workspace(store, clock=lambda: NOW)
    for text in ("zhang", "zhilian", "p77", "yi.zhu", "zgf"):
        assert keys(workspace, text, 50) == keys(rebuilt, text, 50), text


def test_a_merge_makes_one_entity_of_two_and_a_split_two_of_one(store: Any) -> None:
    workspace = filled(store)
    a, b = only(store, "p14"), only(store, "p16")
    assert set(keys(workspace, "张伟")) >= {"p14", "p16"}
    store.link(a, b, OWNER, "same")
    together = [i for i in search(Ask(workspace), "张伟").items if i.name == "张伟"]
    assert len(together) == 1
    assert [i.id for i in search(Ask(workspace), "zhangwei88").items] == [together[0].id]
    store.split(b, None, OWNER)
    assert set(keys(workspace, "张伟")) >= {"p14", "p16"}


def test_nothing_of_an_erased_person_is_left_in_memory(store: Any) -> None:
    workspace = filled(store)
    before = workspace.directory()
    assert names(workspace, "zengguofan") == ["曾国藩"]
    store.erase(only(store, "p1"), OWNER)
    for text in ("曾国藩", "zengguofan", "zgf", "曾國藩", "guofan.zeng", "p1"):
        assert "曾国藩" not in names(workspace, text), text
    after = workspace.directory()
    assert after is not before
    held = [lines.text for lines in (after.latin, after.native, after.keys, after.titles)]
    assert not [word for word in ("曾国藩", "ZengGuoFan", "guofan.zeng") for text in held if word in text]
    assert not {b"guofan", b"zengguofan"} & set(after.vocabulary.tolist())


def test_only_entities_of_the_moment_are_found(store: Any) -> None:
    workspace = filled(store)
    past = Ask(workspace, known_at=read_moment("2000-01-01"))
    assert search(past, "zhang").items == []
    then = Ask(workspace, as_of=read_moment("2025-01-01"))
    assert {i.id for i in search(then, "zhang").items} <= {i.decode() for i in then.projection.entities.id}
    assert search(then, "zengguofan").items[0].name == "曾国藩"


def test_an_empty_workspace_finds_nothing(store: Any) -> None:
    workspace = Workspace(store, clock=lambda: NOW)
    assert [search(Ask(workspace), text).items for text in ("a", "王", "x y")] == [[], [], []]


def ranked(store: Any, texts: Sequence[str]) -> dict[str, list[str]]:
    workspace = filled(store)
    return {text: [i.id for i in search(Ask(workspace), text, limit=20).items] for text in texts}


@pytest.mark.neo4j
def test_both_stores_rank_alike(make_store: Any, kind: str) -> None:
    if kind != "neo4j":
        pytest.skip("compares the server's store with a file")
    texts = [q["text"] for q in json.loads((DATA / "search_queries.json").read_text("utf-8"))][::7]
    assert ranked(make_store("main"), texts) == ranked(make_store("other"), texts)
