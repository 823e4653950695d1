"""The product on Neo4j gives what it gives on SQLite: the sample company and Enron, from files to lists and exports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.csv as csv
import pytest

from graphsvc.registry import algorithms
from graphsvc.sample import write_sample
from graphsvc.settings import settings
from tests.command_line import Said, call

pytestmark = pytest.mark.neo4j
KEY = "5c" * 32
TOLERANCE = 1e-9
COLUMNS = ("--map", "from=from_id", "--map", "to=to_id", "--map", "role=rec_type")
ENRON = Path(__file__).parents[3] / ".." / "shared" / "data" / "mail-enron" / "messages.csv.gz"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, neo4j_url: str) -> Iterator[None]:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    yield
    settings.cache_clear()


def run(db: object, *args: object) -> Said:
    said = call(*args, "--db", db)
    assert said.code == 0, f"graphsvc {' '.join(map(str, args))} on {str(db)[:5]} left with {said.code}: {said.err}"
    return said


def exported(db: object, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Every score and all ties as files, without the id of the run that made them."""
    out = {}
    for name in [*algorithms(), "ties"]:
        file = folder / f"{name}.csv"
        run(db, "export", *(["ties"] if name == "ties" else ["scores", name]), "--out", file)
        table = csv.read_csv(file)
        out[name] = table.drop_columns([c for c in table.column_names if c == "run_id"]).to_pylist()
    return out


def near(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=TOLERANCE, abs=1e-12, nan_ok=True)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(near(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(near, one, other))
    return bool(one == other)


def same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        assert len(one[name]) == len(other[name]), f"{name}: another number of rows"
        for a, b in zip(one[name], other[name], strict=True):
            assert near(a, b), f"{name}: {a} is not {b}"


def without_meta(text: str) -> Any:
    """An answer without what says when and by which run it was computed; of a cursor, that there is one."""
    answer = json.loads(text)
    answer.pop("meta", None)
    if "next_cursor" in answer:
        answer["next_cursor"] = answer["next_cursor"] is not None
    return answer


def test_the_sample_company_gives_the_same_list_paths_and_exports(neo4j_url: str, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample", scale=0.05)
    truth = json.loads((tmp_path / "sample" / "truth.json").read_text(encoding="utf-8"))["truths"]
    found, answers = [], []
    for db in (tmp_path / "w.db", neo4j_url):
        for source in ("crm", "tables", "mail"):
            run(db, "sync", source, tmp_path / "sample" / source, "--own", "yuanlan.example")
        run(db, "fit")
        run(db, "score")
        folder = tmp_path / f"out-{len(found)}"
        folder.mkdir()
        found.append(exported(db, folder))
        path = truth["referral_path"]
        asked = [("top", truth["dying_tie"]["rep"]), ("paths", "--to", path["target"], "--from", path["rep"]),
                 ("search", "yuan"), ("suggestions",)]  # fmt: skip
        answers.append([without_meta(run(db, *map(_key, question), "--json").out) for question in asked])
    same(*found)
    for one, other in zip(*answers, strict=True):
        assert near(one, other)


def _key(value: Any) -> str:
    return value["key"] if isinstance(value, dict) else str(value)


@pytest.mark.data
@pytest.mark.skipif(not ENRON.exists(), reason="the Enron mail set is not beside the project")
def test_enron_gives_identical_exports(neo4j_url: str, tmp_path: Path) -> None:
    found = []
    for db in (tmp_path / "w.db", neo4j_url):
        run(db, "sync", "tables", ENRON, "--table", "interactions", *COLUMNS)
        run(db, "score")
        folder = tmp_path / f"out-{len(found)}"
        folder.mkdir()
        found.append(exported(db, folder))
    assert len(found[0]["ties"]) > 2_000
    same(*found)
