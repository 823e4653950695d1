"""A file of an older schema version opens as one of the newest: nothing said is lost, search finds what it found."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from graphsvc.models import RULE, ModelState
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.scores import Model
from graphsvc.store import SCHEMA_VERSION
from graphsvc.stores import open_store
from tests.contract.differential.history import History

# What version 3 had in place of what version 4 has, version 2 of version 3, and version 1 of version 2.
THIRD = ("DROP TABLE documents", "PRAGMA user_version = 3")
SECOND = (THIRD[0], "DROP TABLE model_states", "PRAGMA user_version = 2")
FIRST = (
    *SECOND[:2],
    "DROP TABLE jobs",
    "DROP TABLE job_lines",
    "DROP TRIGGER found_added",
    "DROP TRIGGER found_removed",
    "DROP TRIGGER found_changed",
    "DROP TABLE found_words",
    "DROP TABLE found",
    "DROP TABLE score_sets",
    "DROP TABLE score_parts",
    "DELETE FROM handles WHERE what IN ('sources', 'quarantine', 'runs', 'models', 'audit', 'score_sets')",
    "CREATE TABLE score_sets(pk INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, name TEXT NOT NULL, "
    "shape BLOB NOT NULL, UNIQUE(run_id, name)) STRICT",
    "CREATE TABLE scores(kept INTEGER NOT NULL, row INTEGER NOT NULL, a TEXT NOT NULL, PRIMARY KEY(kept, row)) "
    "STRICT, WITHOUT ROWID",
    "CREATE VIRTUAL TABLE found USING fts5(key, name, title, email, tokenize = 'trigram')",
    "PRAGMA user_version = 1",
)


def test_a_file_of_version_one_is_led_to_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        History(4).tell(store, lambda _: None)
        digest, audit = store.content_digest(), store.audit(OWNER, 1000)
        found = store.search("name", OWNER, UNLIMITED)
        sequence = store.sequence
    with closing(sqlite3.connect(path)) as connection:
        for statement in FIRST:
            connection.execute(statement)
        connection.commit()
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert (store.content_digest(), store.audit(OWNER, 1000)) == (digest, audit)
        assert found
        assert store.search("name", OWNER, UNLIMITED) == found
        assert store.sequence >= sequence
        store.set_setting("timezone", "UTC", OWNER)
        assert len(store.audit(OWNER, 1000)) == len(audit) + 1, "no number is given out twice"
        assert all(c["ok"] for c in store.check() if c["check"] == "schema_version")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION


def test_a_file_of_version_two_gets_a_history_of_models(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    model = Model("active", 1, 5, 5, "d", {"x": 0.5})
    with closing(open_store(f"sqlite:///{path}")) as store:
        History(4).tell(store, lambda _: None)
        store.save_model(model)
        digest = store.content_digest()
    with closing(sqlite3.connect(path)) as connection:
        for statement in SECOND:
            connection.execute(statement)
        connection.commit()
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert (store.content_digest(), store.models(), store.model_states()) == (digest, [model], [])
        assert store.add_model_states([ModelState(model.id, "active", "active", 6, RULE, phrase("models.first"))], 0)
        assert all(c["ok"] for c in store.check() if c["check"] == "schema_version")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION


def test_a_file_of_version_three_gets_a_shelf_of_documents(tmp_path: Path) -> None:
    path = tmp_path / "w.db"
    with closing(open_store(f"sqlite:///{path}")) as store:
        History(4).tell(store, lambda _: None)
        digest, sequence = store.content_digest(), store.sequence
    with closing(sqlite3.connect(path)) as connection:
        for statement in THIRD:
            connection.execute(statement)
        connection.commit()
    with closing(open_store(f"sqlite:///{path}")) as store:
        assert (store.content_digest(), store.sequence, store.documents("view")) == (digest, sequence, [])
        kept = store.put_document("view", "v1", "owner", {"name": "mine"}, 0)
        assert store.document("view", "v1") == kept
        assert all(c["ok"] for c in store.check() if c["check"] == "schema_version")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION
