"""Nobody can tell from an answer which store gave it: random histories told to SQLite and to Neo4j give the same."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from api import answers
from api.answers import Ask
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.registry import algorithms
from graphsvc.settings import settings
from graphsvc.store import Store
from graphsvc.workspace import Moment, Workspace
from tests.contract.differential.history import DAYS, FIRMS, OURS, T0, THEIRS, History

KEY = "6b" * 32
START = int(T0.timestamp() * 1e6)
DAY = 86_400_000_000
TOLERANCE = 1e-9


@pytest.fixture(autouse=True)
def _fixed_workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    yield
    settings.cache_clear()


class Clock:
    """Record time: moves when a step begins."""

    def __init__(self) -> None:
        self.now = START + DAYS * DAY

    def step(self, number: int) -> None:
        self.now = START + (DAYS + 1) * DAY + number * 3_600_000_000

    def __call__(self) -> int:
        return self.now


def told(store: Any, clock: Clock, seed: int, *, whole: bool) -> tuple[list[str], dict[str, Any]]:
    """What the steps of a history said, and everything that can be asked afterwards; ``whole``: answers too."""
    said = History(seed).tell(store, clock.step)
    workspace = Workspace(store, clock)
    found = {"digest": store.content_digest(), "sequence": store.sequence, **looked_up(store, workspace, clock)}
    if whole:
        found |= answered(workspace)
    workspace.close()
    return said, found


def looked_up(store: Store, workspace: Workspace, clock: Clock) -> dict[str, Any]:
    """Columns at several T and known_at, and what keys and texts mean."""
    tables = store.delta(0, OWNER, UNLIMITED).tables
    out: dict[str, Any] = {"rows": {n: len(t) for n, t in tables.items()}}
    out["columns"] = {n: t.to_pydict() for n, t in tables.items()}
    for as_of, known_at in (
        (START + 200 * DAY, None),
        (START + (DAYS + 1) * DAY, None),
        (clock.now, clock.now - DAY // 3),
    ):
        moment = Moment(as_of, known_at)
        out[f"projection {as_of} {known_at}"] = workspace.projection(moment).digest
    for text in ("name", "甲", "firm", "c1", "x.example", "wo"):
        out[f"search {text}"] = [c.__dict__ for c in store.search(text, OWNER, UNLIMITED)]
    for key in (*OURS[:2], *THEIRS[:3], FIRMS[0], "c1@x.example"):
        out[f"resolve {key}"] = [c.__dict__ for c in store.resolve(key, OWNER)]
        out[f"records {key}"] = store.record_ids(key, OWNER)
    ids = sorted(workspace.projection(workspace.moment()).index)
    out["described"] = {k: d.__dict__ for k, d in store.describe(ids, OWNER).items()}
    out["described then"] = {k: d.__dict__ for k, d in store.describe(ids, OWNER, 3).items()}
    for table in ("interactions", "facts"):
        out[f"evidence {table}"] = [e.__dict__ for e in store.evidence(table, tables[table]["pk"].to_pylist(), OWNER)]
    out["latest"] = store.latest_event(clock.now)
    out["changes"] = list(store.changes(0, OWNER, UNLIMITED))
    return out


def answered(workspace: Workspace) -> dict[str, Any]:
    """Scores, paths, lists and explanations."""
    out: dict[str, Any] = {}
    moment = Moment(START + (DAYS + 1) * DAY)
    for name in algorithms():
        table = workspace.scores(name, moment)
        out[f"score {name}"] = [table.a.tolist(), table.value.tolist(), {t: v.tolist() for t, v in table.terms.items()}]
    ask = Ask(workspace, as_of=moment.as_of)
    out["top"] = _said(lambda: answers.top(ask, OURS[0]))
    out["team"] = _said(lambda: answers.top(ask, None))
    for key in THEIRS[:3]:
        out[f"paths {key}"] = _said(lambda key=key: answers.paths(ask, key, source=OURS[1]))
        out[f"explain {key}"] = _said(lambda key=key: answers.explain(ask, "depth", key))
    out["ties"] = _plain(answers.relationships(ask))
    return out


def _said(ask: Any) -> Any:
    from graphsvc.errors import GraphsvcError

    try:
        return _plain(ask())
    except GraphsvcError as error:
        return error.text("en")


def _plain(answer: Any) -> Any:
    return answer.model_dump(mode="json")


def differences(one: Any, other: Any, at: str = "") -> Iterator[str]:
    """Where two plain values differ by more than the tolerance."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key, "-"), other.get(key, "-"), f"{at}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for i, (a, b) in enumerate(zip(one, other, strict=True)):
            yield from differences(a, b, f"{at}[{i}]")
    elif isinstance(one, float) and isinstance(other, float):
        if not math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-12) and not (np.isnan(one) and np.isnan(other)):
            yield f"{at}: {one!r} != {other!r}"
    elif one != other:
        yield f"{at}: {one!r} != {other!r}"


@pytest.mark.neo4j
@pytest.mark.parametrize(
    "seeds",
    [*(range(s, s + 5) for s in range(0, 50, 5)), pytest.param(range(1000, 1300), marks=pytest.mark.slow)],
    ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}",
)
def test_histories_give_the_same_answers_on_both_stores(
    seeds: range, neo4j_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphsvc.stores.neo4j import Neo4jStore
    from graphsvc.stores.sqlite import SqliteStore

    monkeypatch.setenv("GRAPHSVC_NEO4J_USER", neo4j_server.user)
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", neo4j_server.password)
    settings.cache_clear()
    for seed in seeds:
        neo4j_server.wipe(schema=False)
        one, other = Clock(), Clock()
        with closing(SqliteStore(tmp_path / f"{seed}.db", clock=one)) as file:
            expected = told(file, one, seed, whole=seed % 5 == 0)
        with closing(Neo4jStore(neo4j_server.url, clock=other)) as server:
            found = told(server, other, seed, whole=seed % 5 == 0)
        assert found[0] == expected[0], f"history {seed}: the steps did not say the same"
        wrong = list(differences(expected[1], found[1]))
        assert not wrong, f"history {seed}: {wrong[:5]}"


@pytest.mark.parametrize("seed", [3, 11])
def test_a_history_says_something(seed: int, tmp_path: Path) -> None:
    """The histories are no empty ones: people, ties, corrections and refusals are in them."""
    from graphsvc.stores.sqlite import SqliteStore

    clock = Clock()
    with closing(SqliteStore(tmp_path / "w.db", clock=clock)) as store:
        said, found = told(store, clock, seed, whole=True)
    assert any("MergeReport" in line for line in said)
    assert found["rows"]["interactions"] > 50
    assert found["rows"]["members"] > 20
    assert len(found["ties"]["items"]) > 10
