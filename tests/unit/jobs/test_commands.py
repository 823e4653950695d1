"""Jobs and schedule on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import Said

Run = Callable[..., Said]


@pytest.fixture
def run(cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``graphsvc ARGS`` on one database, without Redis."""
    monkeypatch.delenv("GRAPHSVC_REDIS_URL", raising=False)
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    return lambda *args: cli(*args, "--db", tmp_path / "w.db")


def test_a_job_runs_here_where_there_is_no_redis(run: Run, folder: Path) -> None:
    done = run("jobs", "run", "sync", "tables", folder, "--set", "page_rows=2", "--json")
    assert done.code == 0, done.err
    assert (done.json["state"], done.json["done_rows"], done.json["report"]["total"]["read"]) == ("done", 10, 10)
    shown = run("jobs", "show", done.json["id"])
    assert "Attempt 1" in shown.out and "Done." in shown.out
    assert "Attempt 1" not in run("jobs", "show", done.json["id"], "--lang", "zh").out, "the log is not in Chinese"
    assert [job["id"] for job in run("jobs", "--json").json] == [done.json["id"]]
    for kind in ("fit", "score", "weekly"):
        assert run("jobs", "run", kind, "--json").json["state"] == "done"
    assert run("jobs", "--state", "failed", "--json").json == []


def test_a_failed_job_leaves_with_an_error(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "people.csv").write_text("nonsense\n1\n")
    failed = run("jobs", "run", "sync", "tables", folder)
    assert failed.code == 1 and "people.csv" in failed.err and "failed" in failed.err


def test_a_job_left_for_later_waits_and_can_be_cancelled(run: Run, folder: Path) -> None:
    waiting = run("jobs", "run", "sync", "tables", folder, "--later", "--json").json
    assert waiting["state"] == "queued"
    assert run("jobs", "cancel", waiting["id"], "--json").json["state"] == "cancelled"
    again = run("jobs", "cancel", waiting["id"])
    assert again.code == 2 and "cancelled" in again.err


def test_the_schedule_is_added_to_listed_and_removed_from(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert run("schedule", "add", "sync", "tables", folder.name, "--every", "5m", "--name", "crm").code == 0
    listed = {(row["kind"], row["name"]): row for row in run("schedule", "list", "--json").json}
    assert listed["sync", "crm"]["every"] == "5m" and listed["weekly", "lists"]["every"] == "1w"
    monkeypatch.chdir("/")
    by_name = run("jobs", "run", "sync", "crm", "--json").json
    assert by_name["state"] == "done" and by_name["done_rows"] == 10, "the path was not kept whole"
    assert run("schedule", "remove", "crm").code == 0
    assert ("sync", "crm") not in {(row["kind"], row["name"]) for row in run("schedule", "--json").json}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("schedule", "add", "sync", "tables", ".", "--every", "soon"), 2, "soon"),
        (("schedule", "add", "sync", "tables", "."), 2, "--every"),
        (("schedule", "add", "sync", "nosuch", ".", "--every", "5m"), 3, "nosuch"),
        (("schedule", "add", "sync", "tables", ".", "--every", "5m", "--set", "colour=red"), 2, "colour"),
        (("schedule", "add", "sync", "tables", ".", "--every", "5m", "--set", "colour"), 2, "NAME=VALUE"),
        (("schedule", "remove", "nosuch"), 3, "nosuch"),
        (("jobs", "show", "nosuch"), 3, "nosuch"),
        (("jobs", "run", "score", "happiness"), 3, "happiness"),
        (("jobs", "run", "sync"), 2, "sync tables"),
        (("jobs", "run", "sync", "nosuch"), 3, "nosuch"),
        (("jobs", "run", "dance"), 2, "dance"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else None,
)
def test_wrong_input_gets_one_sentence(run: Run, tmp_path: Path, args: tuple[str, ...], code: int, says: str) -> None:
    assert run("jobs", "run", "fit", "--later").code in (0, 3)
    run("schedule", "add", "sync", "tables", tmp_path, "--every", "1d", "--name", "there")
    said = run(*args)
    assert (said.code, says in said.err, "Traceback" in said.err) == (code, True, False), said.err


def test_jobs_are_not_for_reps(run: Run, folder: Path) -> None:
    run("jobs", "run", "sync", "tables", folder)
    for args in (("jobs",), ("jobs", "run", "fit"), ("schedule",), ("jobs", "cancel", "x")):
        assert run(*args, "--as", "p1@x.example").code == 4
