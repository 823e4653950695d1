"""What every store says when it cannot do what it is asked, and that it leaves things as they were."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from graphsvc.errors import GraphsvcError, InputError, NotFoundError, StoreError, TransientError
from graphsvc.phrases import catalogue
from graphsvc.settings import settings
from graphsvc.store import SCHEMA_VERSION
from graphsvc.stores import open_store
from tests.contract.store.company import SQLITE_ONLY, MakeStore, mail, page, person


def test_urls_that_name_no_store_are_explained(tmp_path: Path) -> None:
    for url, words in (
        ("neo4j://u:secret@host", "GRAPHSVC_NEO4J"),
        ("mysql://u:secret@x", "sqlite:///"),
        ("sqlite:///", "FILE"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            open_store(url)
        assert "secret" not in str(caught.value)
    with pytest.raises(NotFoundError, match="no database"):
        open_store(f"sqlite:///{tmp_path}/none.db", create=False)


@SQLITE_ONLY
def test_a_newer_schema_names_both_versions(make_store: MakeStore, tmp_path: Path) -> None:
    make_store("new").close()
    connection = sqlite3.connect(tmp_path / "new.db")
    connection.execute("PRAGMA user_version = 7")
    connection.close()
    with pytest.raises(StoreError, match=f"version 7, .* version {SCHEMA_VERSION}"):
        open_store(f"sqlite:///{tmp_path}/new.db")


def test_files_that_are_not_ours_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough to be taken for one" * 20)
    with pytest.raises(StoreError, match="damaged or no SQLite"):
        open_store(f"sqlite:///{tmp_path}/text.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t(x)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(f"sqlite:///{tmp_path}/other.db")


@SQLITE_ONLY
def test_a_writer_that_waits_too_long_says_so(
    make_store: MakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "0.05")
    settings.cache_clear()
    store = make_store("busy")
    other = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TransientError, match=r"more than 0.05 s"):
        store.merge(page("people", [person("1", "Li Na")]))
    other.execute("ROLLBACK")
    other.close()
    assert store.merge(page("people", [person("1", "Li Na")])).taken == 1


@SQLITE_ONLY
def test_a_full_disk_leaves_nothing_half_written(store: Any) -> None:
    store.merge(page("people", [person("1", "Li Na")], cursor="p1"))
    before = store.content_digest()
    connection = store.ledger.connection
    used = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {used + 2}")
    rows = [mail(i, f"a{i}@x.com", "b", id=f"<{i}>") for i in range(3000)]
    with pytest.raises(StoreError, match="disk is full"):
        store.merge(page("interactions", rows, cursor="p2"))
    connection.execute("PRAGMA max_page_count = 1000000000")
    assert (store.content_digest(), store.cursor("crm")) == (before, "p1")
    assert store.merge(page("interactions", rows, cursor="p2")).taken == 3000


def test_every_sentence_stands_in_both_languages() -> None:
    english, chinese = catalogue("en", "store"), catalogue("zh", "store")
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        fields = {part.split("}")[0] for part in text.split("{")[1:]}
        assert fields == {part.split("}")[0] for part in chinese[name].split("{")[1:]}, name


def test_a_bad_workspace_key_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", "not hex")
    settings.cache_clear()
    with pytest.raises(GraphsvcError, match="hexadecimal key"):
        open_store(f"sqlite:///{tmp_path}/key.db")
