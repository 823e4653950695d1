"""The past: nothing after T has any influence on T, and known_at shows what was known then."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api import answers
from api.answers import Ask
from api.answers.history import history
from api.answers.map import influence_map
from api.answers.map_reach import MapWish
from api.answers.me import me
from api.answers.tie import tie
from graphsvc.clock import day_end
from graphsvc.clock import now as clock_now
from graphsvc.errors import NotFoundError
from graphsvc.pipeline import fit
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.registry import algorithms
from tests.contract.policy.world import NOW, Rows, deal, mail, opened, page, person, when, world_rows

THEN = day_end(NOW - 100 * DAY, dt.UTC)


def company(until: int) -> dict[str, Rows]:
    """A year and a half of a company; what is dated later than ``until`` is left out or not yet so."""
    rng = random.Random(7)
    reps = [f"r{i}@us.example" for i in range(4)]
    outside = [f"p{i}@c{i % 6}.example" for i in range(36)]
    tables: dict[str, Rows] = {
        "organizations": [{"id": f"c{i}", "name": f"Client {i}", "domain": f"c{i}.example"} for i in range(6)],
        "people": [person(k, k.split("@")[0], "us" if k in reps else f"c{k.split('@c')[1][0]}", k, "CTO")
                   for k in (*reps, *outside)],
        "works": [{"id": f"w{i}", "name": f"Work {i}", "author": outside[i], "time": when(NOW - (500 - 60 * i) * DAY)}
                  for i in range(5)],
        "facts": [], "opportunities": [], "interactions": [],
    }  # fmt: skip
    for i in range(2600):
        a, b = rng.choice(outside), rng.choice(reps if rng.random() < 0.8 else outside)
        b = reps[outside.index(a) % 4] if rng.random() < 0.6 else b
        kind, ends = rng.choice(("mail", "mail", "meeting", "share")), (a, b) if rng.random() < 0.5 else (b, a)
        at = NOW - int(rng.uniform(0, 540) ** 1.02 * DAY)
        tables["interactions"].append({"id": f"i{i}", "time": when(at), "from": ends[0], "to": ends[1], "kind": kind,
                                       "channel": "mail" if kind == "mail" else "calendar"})  # fmt: skip
    for i in range(120):
        kind = rng.choice(("FOLLOWS", "ADOPTED", "REFERRED", "STAKEHOLDER_IN", "OWNS"))
        ends = (rng.choice(outside), rng.choice(outside))
        ends = {"ADOPTED": (ends[0], f"w{i % 5}"), "STAKEHOLDER_IN": (ends[0], f"d{i % 8}"),
                "OWNS": (reps[i % 4], f"c{i % 6}")}.get(kind, ends)  # fmt: skip
        at = when(NOW - int(rng.uniform(0, 480) * DAY))
        tables["facts"].append({"subject": ends[0], "kind": kind, "object": ends[1], "valid_from": at})
    for i in range(8):
        row = deal(f"d{i}", f"Deal {i}", f"c{i % 6}", "anna", 1000.0 * (i + 1)) | {"owner": reps[i % 4]}
        closed = when(NOW - (150 - 30 * i) * DAY) if i < 5 else None
        tables["opportunities"].append(row | {"won": None if closed is None else i % 2 == 0, "closed": closed})
    return {name: _cut(name, rows, when(until)) for name, rows in tables.items()}


def _cut(table: str, rows: Rows, until: dt.datetime) -> Rows:
    column = {"interactions": "time", "facts": "valid_from", "opportunities": "created"}.get(table)
    kept = [dict(r) for r in rows if column is None or r[column] <= until]
    for row in kept:
        if row.get("closed") and row["closed"] > until:
            row |= {"won": None, "closed": None}
    return kept


def told(ask: Ask) -> dict[str, Any]:
    """What the main questions answer, without what says when and where they were asked."""
    said: dict[str, Any] = {}
    for name in algorithms():
        items = answers.scores(ask, name, limit=10_000).items
        said[name] = [i.model_dump() for i in items]
    for rep in ("r0@us.example", "r3@us.example"):
        said[f"top {rep}"] = answers.top(ask, rep).model_dump(exclude={"meta"})
        said[f"why-not {rep}"] = answers.why_not(ask, rep, "p5@c5.example").model_dump(exclude={"meta"})
    said["team"] = answers.top(ask, None, "us").model_dump(exclude={"meta"})
    for to in ("p7@c1.example", "c3"):
        said[f"paths {to}"] = answers.paths(ask, to, min_probability=0.0, hops=3).model_dump(exclude={"meta"})
    drawn = influence_map(ask, MapWish(focus=["c2"], hops=2, limit=500, scores=["all"]))
    said["map"] = drawn.model_dump(exclude={"meta"})
    said["ties"] = answers.relationships(ask, limit=10_000).model_dump(exclude={"meta"})
    for key, other in (("c2", None), ("r1@us.example", None), ("r1@us.example", "p1@c1.example")):
        said[f"history {key} {other}"] = history(ask, key, other).model_dump(exclude={"meta"})
    said["tie"] = tie(ask, "r1@us.example", "p1@c1.example").model_dump(exclude={"meta"})
    said["me"] = me(ask).model_dump(exclude={"meta"})
    said["explain"] = answers.explain(ask, "relationship_health", "r1@us.example", "p1@c1.example").model_dump()[
        "terms"
    ]
    said["steps"] = answers.recommendations(ask, limit=10_000).model_dump(exclude={"meta"})
    said["found"] = [e.model_dump() for e in answers.search(ask, "deal").items]
    return said


def differences(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two answers differ by more than 1e-9."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [d for k in a for d in differences(a[k], b[k], f"{where}/{k}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b, strict=True)) for d in differences(x, y, f"{where}/{i}")]
    if isinstance(a, float) and isinstance(b, float):
        return [] if a == pytest.approx(b, rel=1e-9, abs=1e-9) else [f"{where}: {a} != {b}"]
    return [] if a == b else [f"{where}: {str(a)[:200]} != {str(b)[:200]}"]


def test_nothing_after_t_has_any_influence(tmp_path: Path) -> None:
    whole, cut = opened(tmp_path / "whole.db", company(NOW)), opened(tmp_path / "cut.db", company(THEN))
    now = Ask(whole)
    fit(whole, now.moment)  # a model, scores, lists and suggestions of today, none of which T may know
    answers.refresh_suggestions(now)
    for s in [s for s in whole.store.suggestions(OWNER) if s.owner]:
        answers.decide(Ask(whole), s.id, "declined", "not now")
    one, two = Ask(whole, as_of=THEN), Ask(cut, as_of=THEN)
    health = one.scores("relationship_health")
    (model,) = [m for m in whole.store.models("relationship_health") if m.id == health.model_id]
    assert not model.cold_start and model.as_of <= THEN and model.label_cutoff <= THEN, "a fitted model is compared"
    before, after = told(two), told(one)
    assert before["top r0@us.example"]["items"] and before["paths c3"]["paths"] and before["active"]
    assert differences(after, before) == []
    assert one.scores("relationship_health").model_id == two.scores("relationship_health").model_id
    assert {m["id"] for m in answers.models(one).items} == {m["id"] for m in answers.models(two).items}
    whole.store.close()
    cut.store.close()


def _tick() -> int:
    """A moment after all commits so far and before all to come."""
    time.sleep(0.002)
    moment = clock_now()
    time.sleep(0.002)
    return moment


def _state(ask: Ask) -> dict[str, Any]:
    ties = answers.relationships(ask, limit=1000).items
    said: dict[str, Any] = {"ties": [t.model_dump() for t in ties]}
    for name in ("tie_strength", "depth"):
        said[name] = [i.model_dump() for i in answers.scores(ask, name, limit=1000).items]
    said["top"] = answers.top(ask, "anna@us.example").model_dump(exclude={"meta"})
    said["paths"] = answers.paths(ask, "crm-b2", min_probability=0.0).model_dump(exclude={"meta"})
    said["card"] = answers.entity(ask, "a1@acme.example").model_dump(exclude={"meta"})
    said["history"] = history(ask, "a1@acme.example").model_dump(exclude={"meta"})
    said["tie"] = tie(ask, "anna@us.example", "a1@acme.example").model_dump(exclude={"meta"})
    return said


def test_known_at_shows_what_was_known_then(tmp_path: Path) -> None:
    rows = world_rows()
    workspace = opened(tmp_path / "known.db", rows)
    store, t = workspace.store, NOW - DAY

    def then(known_at: int | None = None) -> dict[str, Any]:
        return _state(Ask(workspace, as_of=t, known_at=known_at))

    changes: dict[str, Callable[[], object]] = {
        "merge": lambda: answers.merge(Ask(workspace), "a1@acme.example", "a3@acme.example"),
        "late arrival": lambda: store.merge(
            page("interactions", [mail(f"late{i}", 20 + i, "a1@acme.example", "anna@us.example") for i in range(9)])
        ),
        "retract": lambda: store.retract("crm", "interactions", [f"open-anna0.{n}" for n in range(5)]),
        "override": lambda: answers.override(Ask(workspace), "depth", "acme", None, 42.0),
        "rename": lambda: store.merge(page("people", [person("a1@acme.example", "Ada Renamed", "acme")])),
        "split": lambda: answers.split(Ask(workspace), "a3@acme.example"),
    }
    seen: list[tuple[str, int, dict[str, Any]]] = []
    for name, change in changes.items():
        seen.append((name, _tick(), then()))
        change()
    for name, moment, state in seen:
        assert differences(then(moment), state) == [], f"known_at before the {name} must show the state before it"
    names = [state["card"]["entity"]["name"] for _, _, state in seen]
    assert names[0] == "Ada 1" and then()["card"]["entity"]["name"] == "Ada Renamed"
    states = [json.dumps(state, sort_keys=True) for _, _, state in seen] + [json.dumps(then(), sort_keys=True)]
    assert all(x != y for x, y in itertools.pairwise(states)), "every change must show"
    both = Ask(workspace, as_of=t, known_at=seen[1][1])
    assert both.find("a1@acme.example") == both.find("a3@acme.example"), "before the split they are one"
    apart = Ask(workspace, as_of=t, known_at=seen[0][1])
    assert apart.find("a1@acme.example") != apart.find("a3@acme.example"), "before the merge they are two"
    with pytest.raises(NotFoundError):
        answers.entity(Ask(workspace, known_at=0), "a1@acme.example")
    store.close()
