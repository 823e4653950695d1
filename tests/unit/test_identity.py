"""Ids: what they depend on and what not."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphsvc.identity import (
    clean_key,
    components,
    domain_of,
    endpoint,
    entity_id,
    is_address,
    locate,
    moment_key,
    record_key,
)
from graphsvc.model import Label

KEY = b"\x01" * 32


@pytest.mark.parametrize(
    "text", ["a@b.cn", "A.B+tag@sub.example.com", "王伟@例子.公司", "root@localhost", "o'neil@x.ie"]
)
def test_addresses_are_recognised(text: str) -> None:
    assert is_address(text)


@pytest.mark.parametrize("text", ["", "a", "@b.cn", "a@", "a b@c.cn", "<a@b.cn>", "a@b@c", "a@b.", "x@ y"])
def test_other_texts_are_no_addresses(text: str) -> None:
    assert not is_address(text)


def test_an_address_is_one_person_in_every_source_and_spelling() -> None:
    ids = {entity_id(KEY, Label.PERSON, *locate(t, s)) for t, s in ((" Li@Ex.cn", "crm"), ("li@ex.cn ", "mail"))}
    assert len(ids) == 1


def test_another_source_label_or_workspace_is_another_id() -> None:
    base = entity_id(KEY, Label.PERSON, "crm", "17")
    others = {
        entity_id(KEY, Label.ORGANIZATION, "crm", "17"),
        entity_id(KEY, Label.PERSON, "hr", "17"),
        entity_id(b"\x02" * 32, Label.PERSON, "crm", "17"),
    }
    assert len(others | {base}) == 4
    assert len(base) == 32
    assert int(base, 16) >= 0


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_form_does_not_matter(text: str) -> None:
    assert clean_key(clean_key(text)) == clean_key(text)
    assert clean_key(unicodedata.normalize("NFD", text)) == clean_key(text)


def test_domain_of_an_address() -> None:
    assert domain_of("a@Ex.CN") == "ex.cn"


def test_interaction_keys_fit_64_bits_and_differ_by_every_part() -> None:
    keys = {
        record_key("message-id", "<1@m>"),
        record_key("crm", "<1@m>"),
        record_key("message-id", "<2@m>"),
        moment_key("crm", "ab", "mail"),
        moment_key("crm", "ab", ""),
        moment_key("crm", "abmail", ""),
    }
    assert len(keys) == 6
    assert all(-(2**63) <= k < 2**63 for k in keys)


def test_prefixes_force_only_labels_the_kind_allows() -> None:
    assert endpoint("organization:acme", "REFERRED", 1) == ("acme", Label.ORGANIZATION, None)
    assert endpoint("person:x", "HAS_PAIN", 0) == ("x", Label.PERSON, None)
    assert endpoint("work:x", "FOLLOWS", 0) == ("work:x", Label.PERSON, None)
    assert endpoint("person:", "FOLLOWS", 0) == ("person:", Label.PERSON, None)
    assert endpoint("x", "HAS_PAIN", 0) == ("x", Label.ORGANIZATION, Label.PERSON)


@given(st.integers(1, 12), st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=12), st.randoms())
def test_components_equal_a_plain_search(n: int, links: list[tuple[int, int]], random: object) -> None:
    links = [(a % n, b % n) for a, b in links]
    ids = np.array([f"{(i * 7) % n:02d}".encode() for i in range(n)], dtype="S32")
    rec = np.array([i % 3 for i in range(n)], dtype=np.int64)
    ends = np.array(links, dtype=np.int64).reshape(-1, 2)
    head = components(ends[:, 0], ends[:, 1], n, rec, ids)
    for start in range(n):
        seen, todo = {start}, [start]
        while todo:
            here = todo.pop()
            for a, b in links:
                for x, y in ((a, b), (b, a)):
                    if x == here and y not in seen:
                        seen.add(y)
                        todo.append(y)
        assert head[start] == min(seen, key=lambda i: (rec[i], ids[i]))
