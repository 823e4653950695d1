"""Runs and jobs grouped by kind and day: what is frequent buries nothing, and a rep is told no more than before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graphsvc.jobs import Job
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.scores import Run
from tests.contract.policy.world import NOW, World, clients_of, opened, world_rows

HOUR = DAY // 24


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Forty lists on one day, two fits and a sync before them; jobs, one of which failed."""
    workspace = opened(tmp_path_factory.mktemp("ran") / "ran.db", world_rows())
    store = workspace.store
    store.save_run(Run("r0", "sync", "crm", NOW - 2 * DAY, 2.0, NOW, None, 1, "1", report={"rows": 7}))
    for number in (1, 2):
        store.save_run(Run(f"r{number}", "fit", "depth", NOW - DAY + number, 2.0, NOW, None, 1, "1"))
    for number in range(3, 43):
        store.save_run(Run(f"r{number}", "list", "2026-W23", NOW - HOUR + number, 2.0, NOW, None, 1, "1"))
    for number in range(30):
        state = "failed" if number == 3 else "done"
        assert store.add_job(Job(f"j{number}", "score", created=NOW - HOUR + number, state=state))
    assert store.add_job(Job("fit", "fit", created=NOW - DAY))
    yield World(workspace, clients_of(workspace))
    store.close()


def test_runs_come_by_kind_and_day_latest_first(ran: World) -> None:
    found = ran.get("owner", "/v1/runs", grouped=True, limit=20)
    assert [(g["kind"], g["day"], g["count"], g["seconds"]) for g in found["groups"]] == [
        ("list", "2026-06-01", 40, 80.0), ("fit", "2026-05-31", 2, 4.0), ("sync", "2026-05-30", 1, 2.0),
    ]  # fmt: skip
    assert found["items"] == [] and found["meta"]["total"] == 3
    assert [g["latest"]["id"] for g in found["groups"]] == ["r42", "r2", "r0"]
    plain = {r["id"]: r for r in ran.get("owner", "/v1/runs", limit=100)["items"]}
    assert all(plain[g["latest"]["id"]] == g["latest"] for g in found["groups"])
    assert ran.get("owner", "/v1/runs", limit=100)["groups"] == []
    assert [g["kind"] for g in ran.get("owner", "/v1/runs", grouped=True, limit=1)["groups"]] == ["list"]
    assert [g["count"] for g in ran.get("owner", "/v1/runs", grouped=True, kind="fit")["groups"]] == [2]


def test_what_a_sync_reported_is_the_owners_here_too(ran: World) -> None:
    told = [ran.get(who, "/v1/runs", grouped=True)["groups"][-1]["latest"]["report"] for who in ("owner", "anna")]
    assert told == [{"rows": 7}, {}]
    assert ran.get("anna", "/v1/runs", grouped=True)["meta"]["hidden"] == 1


def test_days_are_those_of_the_workspace(ran: World) -> None:
    ran.workspace.store.set_setting("timezone", "Pacific/Kiritimati", OWNER)
    assert ran.get("owner", "/v1/runs", grouped=True)["groups"][0]["day"] == "2026-06-02"
    ran.workspace.store.set_setting("timezone", "UTC", OWNER)


def test_jobs_say_how_many_failed(ran: World) -> None:
    found = ran.get("owner", "/v1/jobs", grouped=True)
    assert [(g["kind"], g["count"], g["states"]) for g in found["groups"]] == [
        ("score", 30, {"done": 29, "failed": 1}), ("fit", 1, {"queued": 1}),
    ]  # fmt: skip
    assert (found["items"], found["groups"][0]["latest"]["id"]) == ([], "j29")
    assert [g["count"] for g in ran.get("owner", "/v1/jobs", grouped=True, state="failed")["groups"]] == [1]
    assert ran.clients["anna"].get("/v1/jobs?grouped=true").status_code == 403
