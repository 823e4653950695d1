"""What every store promises of single records and decisions: each as its source has it, who decided, and why."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from api.answers.live import look
from graphsvc.errors import ForbiddenError
from graphsvc.jobs import Job
from graphsvc.policy import OWNER, Caller
from graphsvc.scores import Run
from graphsvc.workspace import Workspace
from tests.contract.store.company import page, person, rows_of

REP = Caller("x", frozenset({"rep"}), "rep", frozenset({"read"}))


def merged(store: Any) -> tuple[str, str]:
    store.merge(page("people", [person("1", "Li Na", "li@ex.cn")]))
    store.merge(page("people", [person("2", "Na Li", "nali@ex.cn")], "hr"))
    a, b = (store.record_ids(key, OWNER, "person")[0] for key in ("1", "2"))
    store.link(a, b, OWNER, "same desk")
    return a, b


def test_merged_records_are_described_each_by_itself(store: Any) -> None:
    a, b = merged(store)
    assert {d.name for d in store.describe([a, b], OWNER).values()} == {"Li Na"}, "together they are one"
    told = store.describe_records([a, b], OWNER)
    assert {i: (d.id, d.key, d.name, d.email) for i, d in told.items()} == {
        a: (a, "1", "Li Na", "li@ex.cn"),
        b: (b, "2", "Na Li", "nali@ex.cn"),
    }
    assert told[b].source == "hr" != told[a].source
    assert [d.email for d in store.describe_records([a], REP).values()] == [None], "an address is the owner's"
    assert store.describe_records(["0" * 32], OWNER) == {}
    before = store.sequence
    store.merge(page("people", [person("2", "Na Li-Berg", "nali@ex.cn")], "hr"))
    assert store.describe_records([b], OWNER)[b].name == "Na Li-Berg"
    assert store.describe_records([b], OWNER, before)[b].name == "Na Li"


def test_decisions_tell_who_and_why(store: Any) -> None:
    a, b = merged(store)
    (link,) = [x["pk"] for x in rows_of(store, "links") if x["judged"]]
    assert store.said_by("links", [link], OWNER) == {link: (OWNER.name, "same desk")}
    store.split(a, b, OWNER, "two of them")
    store.override("depth", a, None, 3.0, REP_WRITER, "I met her")
    said = store.said_by("judgements", [x["pk"] for x in rows_of(store, "judgements")], OWNER)
    assert sorted(said.values()) == [(OWNER.name, "two of them"), ("svc", "I met her")]
    assert store.said_by("links", [], OWNER) == {} == store.said_by("links", [10**6], OWNER)
    with pytest.raises(ForbiddenError):
        store.said_by("links", [link], Caller(None, frozenset(), "w", frozenset({"write"})))


REP_WRITER = Caller("x", frozenset({"rep"}), "svc", frozenset({"read", "write"}))


def test_a_look_tells_of_writes_and_jobs(store: Any) -> None:
    workspace = Workspace(store)
    first = look(workspace, jobs=True)
    assert look(workspace, jobs=True) == first, "nothing new, nothing to tell"
    merged(store)
    second = look(workspace, jobs=False)
    assert (second.sequence, second.jobs) == (store.sequence, None) and second.sequence > first.sequence
    store.add_job(Job("j1", "fit", created=1))
    store.change_job("j1", ("queued",), state="running", progress=0.126)
    assert look(workspace, jobs=True).jobs == {
        "j1": {"id": "j1", "kind": "fit", "name": "", "state": "running", "progress": 0.13}
    }


def test_kept_scores_come_back_by_some_columns(store: Any) -> None:
    table = pa.table({"a": ["x", "y"], "b": pa.nulls(2, pa.string()), "value": [1.5, None], "term:z": [1.0, 2.0]})
    run = Run("r1", "score", "all", 1, 0.0, 1, 1, 1, "v")
    store.save_run(run)
    store.save_scores(run, "depth", table)
    assert store.load_scores("depth", "r1").column_names == table.column_names
    some = store.load_scores("depth", "r1", ("value", "a"))
    assert some.to_pydict() == {"a": ["x", "y"], "value": [1.5, None]}
    assert store.load_scores("depth", "r2", ("a",)) is None
