"""The tables of the SQLite store, created whole or led there from an older version step by step."""

from __future__ import annotations

import sqlite3

from graphsvc.store import DELTA_TABLES, SCHEMA_VERSION
from graphsvc.stores import sqlite_text
from graphsvc.stores.tables import SHELVES

APPLICATION_ID = 0x67737663  # "gsvc", in the file's header

_INDEXES = (
    "CREATE UNIQUE INDEX members_key ON members(label, space, key)",
    "CREATE UNIQUE INDEX members_id ON members(id)",
    "CREATE INDEX members_text ON members(key)",
    "CREATE INDEX links_a ON links(a) WHERE gone = 0",
    "CREATE INDEX links_b ON links(b) WHERE gone = 0",
    "CREATE UNIQUE INDEX words_text ON words(text)",
    "CREATE UNIQUE INDEX people_claim ON people(member, source, gone)",
    "CREATE INDEX people_name ON people(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX organizations_claim ON organizations(member, source, gone)",
    "CREATE INDEX organizations_name ON organizations(name) WHERE gone = 0",
    "CREATE INDEX organizations_domain ON organizations(domain) WHERE domain >= 0",
    "CREATE UNIQUE INDEX works_claim ON works(member, source, gone)",
    "CREATE INDEX works_name ON works(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX opportunities_claim ON opportunities(member, source, gone)",
    "CREATE INDEX opportunities_name ON opportunities(name) WHERE gone = 0",
    "CREATE UNIQUE INDEX facts_claim ON facts(subject, object, kind, valid_from, role, source, origin, gone)",
    "CREATE INDEX facts_object ON facts(object)",
    "CREATE UNIQUE INDEX interactions_claim ON interactions(time, key, target, gone)",
    "CREATE INDEX interactions_record ON interactions(key) WHERE record_id IS NOT NULL AND gone = 0",
)
_JOBS = (
    *sqlite_text.shelf_ddl("jobs"),
    *sqlite_text.shelf_ddl("job_lines"),
    "CREATE UNIQUE INDEX jobs_once ON jobs(slot) WHERE slot IS NOT NULL",
)
# The full-text index of ``found`` holds no text of its own; triggers keep it in step.
_SEARCH = (
    *sqlite_text.shelf_ddl("found"),
    "CREATE VIRTUAL TABLE found_words USING fts5(text, content = 'found', content_rowid = 'member', "
    "tokenize = 'trigram')",
    "CREATE TRIGGER found_added AFTER INSERT ON found BEGIN"
    " INSERT INTO found_words(rowid, text) VALUES (new.member, new.text); END",
    "CREATE TRIGGER found_removed AFTER DELETE ON found BEGIN"
    " INSERT INTO found_words(found_words, rowid, text) VALUES ('delete', old.member, old.text); END",
    "CREATE TRIGGER found_changed AFTER UPDATE ON found BEGIN"
    " INSERT INTO found_words(found_words, rowid, text) VALUES ('delete', old.member, old.text);"
    " INSERT INTO found_words(rowid, text) VALUES (new.member, new.text); END",
)
_NUMBERED = ("sources", "quarantine", "runs", "models", "audit")
_SERVED_BY_KEYS = ("also_row", "change_seq", "score_parts_kept", "lists_rep", "job_lines_job")

# Version n -> statements that lead from n to n + 1.
MIGRATIONS: dict[int, tuple[str, ...]] = {
    # Scores are kept in parts (they can be computed again), search has one text per member, jobs are new.
    1: (
        "DROP TABLE scores",
        "DROP TABLE score_sets",
        "DROP TABLE found",
        *sqlite_text.shelf_ddl("score_sets"),
        *sqlite_text.shelf_ddl("score_parts"),
        *_SEARCH,
        *_JOBS,
        *(
            f"INSERT INTO handles(what, last) SELECT '{t}', max(pk) FROM {t} WHERE true HAVING max(pk) > 0"  # noqa: S608
            for t in _NUMBERED
        ),
        "INSERT OR REPLACE INTO meta(name, value) VALUES ('search_due', '1')",
    ),
    # Models have a history of states; indexes that began as the key does are gone.
    2: (*sqlite_text.shelf_ddl("model_states"), *(f"DROP INDEX IF EXISTS {name}" for name in _SERVED_BY_KEYS)),
    # What people keep beside the graph.
    3: tuple(sqlite_text.shelf_ddl("documents")),
}


def create(connection: sqlite3.Connection) -> None:
    """Create every table and index of the newest version; the caller holds the write lock."""
    for table in DELTA_TABLES:
        connection.execute(sqlite_text.core_ddl(table))
    for shelf in SHELVES.keys() - {"found", "jobs", "job_lines"}:
        for statement in sqlite_text.shelf_ddl(shelf):
            connection.execute(statement)
    for statement in (*_SEARCH, *_JOBS, *_INDEXES):
        connection.execute(statement)
    mark(connection)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Lead an older database to the newest version, step by step; the caller holds the write lock."""
    for step in range(version, SCHEMA_VERSION):
        for statement in MIGRATIONS[step]:
            connection.execute(statement)
    mark(connection)


def mark(connection: sqlite3.Connection) -> None:
    """Write our mark and the schema version into the file's header."""
    connection.execute("PRAGMA application_id = " + str(APPLICATION_ID))
    connection.execute("PRAGMA user_version = " + str(SCHEMA_VERSION))
