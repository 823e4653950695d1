"""Jobs over HTTP, for the owner alone; and the lists the weekly task keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.answers import Ask
from api.answers.jobs import book_of, hand_out, place_of, reps
from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc import pipeline
from graphsvc.clock import iso_week, read_moment
from graphsvc.jobs import new_job
from graphsvc.policy import OWNER
from graphsvc.registry import find_source
from graphsvc.schedule import SETTING, with_planned
from graphsvc.stores import open_store
from graphsvc.work import Limits, work
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-03T12:00")
LIMITS = Limits(lease=60.0, hard=600.0)
REPS = ("ann@us.example", "bob@us.example")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Two reps with an account each, a colleague without one."""
    monkeypatch.delenv("GRAPHSVC_REDIS_URL", raising=False)
    folder = tmp_path / "in"
    folder.mkdir()
    people = [*REPS, "eve@us.example", "x@one.example", "y@two.example"]
    (folder / "people.csv").write_text("id,name,email,organization\n" + "".join(
        f"{p},{p.split('@')[0].title()},{p},{p.split('@')[1]}\n" for p in people
    ))  # fmt: skip
    (folder / "organizations.csv").write_text(
        "id,name,domain\none.example,One,one.example\ntwo.example,Two,two.example\n"
    )
    facts = "ann@us.example,OWNS,one.example\nbob@us.example,OWNS,two.example\n"
    (folder / "facts.csv").write_text("subject,kind,object\n" + facts)
    rows = [
        f"2026-05-{day:02d}T09:00,{a},{b},mail\n"
        for day in range(1, 29, 3)
        for a, b in ((REPS[0], people[3]), (people[3], REPS[0]), (REPS[1], people[4]), (people[4], REPS[1]))
    ]
    (folder / "interactions.csv").write_text("time,from,to,channel\n" + "".join(rows))
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    store.own(["us.example"], OWNER)
    pipeline.sync_named(store, "tables", {"path": folder})
    yield Workspace(store, lambda: NOW)
    store.close()


@pytest.fixture
def client(workspace: Workspace) -> TestClient:
    return TestClient(assemble(workspace, None), base_url="http://127.0.0.1", headers={"accept-language": "en"})


def test_lists_of_every_rep_and_the_team_are_kept_as_handed_out(workspace: Workspace) -> None:
    told: list[tuple[int, int]] = []
    report = hand_out(workspace, lambda done, total: told.append((done, total)))
    assert report["lists"] == 3 and told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    ask = Ask(workspace)
    week = iso_week(ask.moment.as_of)
    owners = [*(ask.projection.entities.id[r].decode() for r in reps(ask.projection)), "team:everybody"]
    assert len(owners) == 3
    kept = {owner: workspace.store.load_list(owner, week) for owner in owners}
    assert all(lines is not None for lines in kept.values()) and any(kept.values())
    runs = len(workspace.store.runs("list"))
    hand_out(workspace, lambda *_: None)
    assert {owner: workspace.store.load_list(owner, week) for owner in owners} == kept
    assert len(workspace.store.runs("list")) == runs, "a list that was handed out was made anew"


def test_reps_are_those_who_own_accounts(workspace: Workspace) -> None:
    ask = Ask(workspace)
    assert {ask.entities([r])[r].key for r in reps(ask.projection)} == set(REPS)


def test_the_weekly_task_is_a_job_and_stops_between_lists(workspace: Workspace) -> None:
    place = place_of(workspace)
    job = new_job("weekly", {}, NOW)
    place.book.add(job)
    steps = iter([False, False, True])  # at its begin, before the first list, before the second
    left = work(place, job.id, LIMITS, released=lambda: next(steps))
    assert left is not None and left.state == "queued" and len(workspace.store.runs("list")) == 1
    done = work(place, job.id, LIMITS)
    assert done is not None and done.state == "done" and len(workspace.store.runs("list")) == 3


def test_a_job_is_started_seen_and_cancelled(client: TestClient, workspace: Workspace) -> None:
    started = client.post("/v1/jobs", json={"kind": "score", "names": ["tie_strength"]}).json()["job"]
    assert (started["state"], started["args"]) == ("queued", {"names": ["tie_strength"]})
    other = client.post("/v1/jobs", json={"kind": "weekly"}).json()["job"]
    cancelled = client.post(f"/v1/jobs/{other['id']}/cancel").json()
    assert cancelled["job"]["state"] == "cancelled" and cancelled["log"][-1]["text"] == "Cancelling was asked for."
    assert client.post(f"/v1/jobs/{other['id']}/cancel").status_code == 422
    work(place_of(workspace), started["id"], LIMITS)
    seen = client.get(f"/v1/jobs/{started['id']}").json()
    assert seen["job"]["state"] == "done" and seen["job"]["report"]["rows"]["tie_strength"] > 0
    chinese = client.get(f"/v1/jobs/{started['id']}", headers={"accept-language": "zh"}).json()
    assert chinese["log"][-1]["text"] == "已完成。"
    assert [j["id"] for j in client.get("/v1/jobs?state=done").json()["items"]] == [started["id"]]
    assert {row["action"] for row in workspace.store.audit(OWNER)} >= {"api.job", "api.cancel"}


def test_from_afar_only_planned_sources_are_synced(client: TestClient, workspace: Workspace) -> None:
    assert client.post("/v1/jobs", json={"kind": "sync", "source": "/etc/passwd"}).status_code == 404
    assert client.post("/v1/jobs", json={"kind": "sync"}).status_code == 404
    assert client.post("/v1/jobs", json={"kind": "sync", "path": "/etc"}).status_code == 422
    setting = with_planned(None, find_source("tables"), "crm", "5m", {"path": "/in"})
    workspace.store.set_setting(SETTING, setting, OWNER)
    job = client.post("/v1/jobs", json={"kind": "sync", "source": "crm"}).json()["job"]
    assert (job["name"], job["args"]["options"]) == ("crm", {"path": "/in"})


@pytest.mark.parametrize(
    ("scopes", "roles"), [(["read", "write"], ["owner"]), (["read", "write", "admin"], ["rep"])], ids=["scope", "role"]
)
def test_jobs_are_the_owners(workspace: Workspace, scopes: list[str], roles: list[str]) -> None:
    token, entry = new_key("k", scopes, roles, "ann@us.example")
    headers = {"authorization": f"Bearer {token}"}
    client = TestClient(assemble(workspace, KeyRing([entry])), base_url="https://graph.example", headers=headers)
    assert client.get("/v1/jobs").status_code == 403
    assert client.get("/v1/jobs/nosuch").status_code == 403
    assert client.post("/v1/jobs", json={"kind": "fit"}).status_code == 403
    assert client.post("/v1/jobs/nosuch/cancel").status_code == 403
    assert book_of(workspace).list() == []


def test_an_unknown_job_is_404(client: TestClient) -> None:
    missing = client.get("/v1/jobs/nosuch")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:graphsvc:problem:jobs.no_such_job")
