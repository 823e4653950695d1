"""What every store promises of an erased person beside the graph: texts lose them, and nobody else is touched."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from graphsvc.jobs import Job, new_job, written
from graphsvc.phrases import phrase
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.scores import Run
from graphsvc.store import DELTA_TABLES
from graphsvc.stores.ledger import Reader
from graphsvc.stores.results import unpack
from graphsvc.stores.tables import SHELVES
from tests.contract.store.company import fill, only, page, person, scores_table
from tests.contract.store.test_erasure import SECRETS, erasable

NAME, ADDRESS = "Zerlina Quaxelberg", "zerlina.quax@private-quax.org"


def with_person(store: Any) -> str:
    """A store with one person who is to be erased; gives the id."""
    fill(store)
    store.merge(page("people", [person("k77", NAME, ADDRESS)]))
    return only(store, ADDRESS)


def keep_job(store: Any, **args: Any) -> Job:
    job = new_job("sync", args, 1)
    assert store.add_job(job)
    return job


def all_texts(store: Any) -> str:
    """Everything any row of any table says, without case."""

    def whole(reader: Reader) -> list[Any]:
        return [row for table in (*DELTA_TABLES, *SHELVES) for row in reader.rows(table, 0, 1_000_000)]

    values = [value for row in store.ledger.read(whole) for value in row]
    return repr([unpack(v).to_pydict() if isinstance(v, bytes) else v for v in values]).casefold()


def test_no_row_of_any_table_names_an_erased_person(store: Any) -> None:
    who = erasable(store)
    hidden = [*SECRETS, "private-quax.org", "fan of quax"]
    before = all_texts(store)
    assert [text for text in hidden if text.casefold() not in before] == []

    store.erase(who, OWNER)

    after = all_texts(store)
    assert [text for text in hidden if text.casefold() in after] == []


def test_jobs_and_their_logs_lose_an_erased_person(store: Any) -> None:
    who = with_person(store)
    about = keep_job(store, name="crm", path=f"/exports/{ADDRESS.upper()}.mbox")
    other = keep_job(store, name="crm", path="/exports/all.csv")
    note = written(phrase("sources.bad_time", where=NAME, field="y", value="z"))
    store.change_job(other.id, ("queued",), note=note, report='{"read": 3}')
    store.log_job(about.id, "started", 2)
    for moment, line in enumerate(("started", f"took {NAME} in", "ended"), start=2):
        store.log_job(other.id, line, moment)

    counts = store.erase(who, OWNER)

    assert (counts["jobs"], counts["job_lines"]) == (2, 2)
    assert store.get_job(about.id) is None
    left = store.get_job(other.id)
    assert (left.note, left.report, left.args) == (None, '{"read": 3}', other.args)
    assert store.job_lines(other.id) == [(2, "started"), (4, "ended")]
    assert store.job_lines(about.id) == []


def test_scores_lose_the_rows_that_name_an_erased_person_and_keep_the_rest_as_it_was(store: Any) -> None:
    who, others = with_person(store), [only(store, "1", "person"), only(store, "2")]
    rows = scores_table([who, *others])
    rows = rows.append_column("beside:path", pa.array([[], ["x", f"via {who}"], ["y"]]))
    untouched = scores_table(others)
    run = Run("r1", "score", "depth", 1, 0.1, 1, 1, 1, "v")
    store.save_run(run)
    store.save_scores(run, "depth", rows)
    store.save_scores(run, "pull", untouched)

    assert store.erase(who, OWNER)["scores"] == 2
    assert store.load_scores("depth", "r1").equals(rows.slice(2), check_metadata=True)
    assert store.load_scores("pull", "r1").equals(untouched, check_metadata=True)


def test_who_shared_an_erased_address_stays_and_is_no_longer_found_by_it(store: Any) -> None:
    with_person(store)
    store.merge(page("people", [person("k78", "Yann Quill", ADDRESS)]))
    store.split(only(store, "k78"), None, OWNER)  # the address stays with the other record
    assert {c.name for c in store.search("private-quax", OWNER, UNLIMITED)} == {NAME, "Yann Quill"}

    store.erase(only(store, ADDRESS), OWNER)

    (left,) = store.resolve("k77", OWNER)
    assert (left.name, store.describe([left.id], OWNER)[left.id].email) == (NAME, None)
    assert store.resolve("k78", OWNER) == []
    assert store.search("private-quax", OWNER, UNLIMITED) == []
    assert [c.id for c in store.search("quaxelberg", OWNER, UNLIMITED)] == [left.id]


def test_withdrawing_several_records_at_once_counts_each_once(store: Any) -> None:
    fill(store)
    store.merge(page("people", [person(f"w{i}", f"Withdrawn {i}", f"w{i}@w.example") for i in range(5)], "other"))
    report = store.retract("other", "people", ["w0", "w1", "w1", "nobody", "w4"])
    assert (report.read, report.updated, report.repeated) == (5, 3, 2)
    again = store.retract("other", "people", ["w0", "w1"])
    assert (again.updated, again.repeated, again.sequence) == (0, 2, report.sequence)
