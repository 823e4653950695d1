"""What every store promises of quarantine, audit, settings, its own check, and threads."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from graphsvc.errors import ForbiddenError
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, UNLIMITED, Caller
from graphsvc.records import Reject
from tests.contract.store.company import fill, mail, page


def test_quarantine_keeps_a_line_once_with_its_reason(store: Any) -> None:
    reason = phrase("sources.bad_time", where="a.csv:2", field="time", value="soon")
    bad = page("people", [], rejects=(Reject("a.csv:2", "people", reason, {"time": "soon"}),))
    reports = [store.merge(bad) for _ in range(2)]
    assert [r.quarantined for r in reports] == [1, 1]
    assert reports[0].reasons == {"sources.bad_time": 1}
    (line,) = store.quarantine(OWNER)
    assert (line["where"], line["code"], line["raw"], line["source"]) == (
        "a.csv:2",
        "sources.bad_time",
        {"time": "soon"},
        "crm",
    )
    assert store.quarantine(OWNER, source="other") == []


def test_audit_and_settings(store: Any) -> None:
    store.log(OWNER, "export", {"rows": 3})
    store.set_setting("timezone", "Asia/Shanghai", OWNER)
    assert store.setting("timezone") == "Asia/Shanghai"
    assert store.setting("none") is None
    assert [a["action"] for a in store.audit(OWNER)] == ["setting", "export"]
    with pytest.raises(ForbiddenError):
        store.audit(Caller(scopes=frozenset({"read"})))


def test_check_finds_a_sound_store(store: Any, kind: str) -> None:
    fill(store)
    found = {c["check"]: c["ok"] for c in store.check()}
    assert all(found.values()), found
    server = {"server", "indexes", "published", "edition", "memory", "gds"}
    own = server if kind == "neo4j" else {"integrity", "write_ahead_log", "free_space"}
    assert found.keys() >= {"schema_version", "change_log", "erasure_finished", *own}


def test_several_threads_read_while_one_writes(store: Any) -> None:
    fill(store)
    failures: list[BaseException] = []

    def read() -> None:
        try:
            for _ in range(20):
                delta = store.delta(0, OWNER, UNLIMITED)
                assert len(delta.tables["commits"]) == delta.sequence
                assert store.search("li na", OWNER, UNLIMITED)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for t in threads:
        t.start()
    for i in range(10):
        store.merge(page("interactions", [mail(i, "x", "y")], "threads"))
    for t in threads:
        t.join()
    assert failures == []
