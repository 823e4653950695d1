"""Results of the command line: exports, evaluations, runs and their upkeep, keys and the server."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.tables import SCORES, TIES, Cli, best, exported, opened, rows_of


@pytest.mark.parametrize("name", SCORES)
def test_export_header_and_rows(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    header = exports[name].read_text("utf-8").partition("\n")[0].split(",")
    node = ["key", "label", "value", "rank", "low", "high"]
    start = ["a_key", "b_key", "value", "low", "high"] if name in TIES else node
    assert header[: len(start)] == start and header[-1] == "run_id"
    terms = sample_cli("explain", name, *best(exports[name]), "--json").json["score"]["terms"]
    assert header[len(start) : len(start) + len(terms)] == list(terms), "the terms do not follow the value"
    rows = rows_of(exports[name])
    assert all(r["value"] or r["reason"] for r in rows), "a null without its reason"
    if name in TIES:
        assert all(r["a_key"] < r["b_key"] for r in rows)
    else:
        ranks = [int(r["rank"]) for r in rows if r["rank"]]
        assert ranks == list(range(1, len(ranks) + 1))
    assert len({r["run_id"] for r in rows}) == 1 and rows[0]["run_id"]


def test_export_forms_agree(sample_cli: Cli, tmp_path: Path) -> None:
    tables = [exported(sample_cli, "influence", tmp_path / f"x.{e}") for e in ("csv", "csv.gz", "parquet", "jsonl")]
    first = [(r["key"], r["label"], r["value"] and float(r["value"])) for r in tables[0]]
    for table in tables[1:]:
        assert [(r["key"], r["label"], r["value"] and float(r["value"])) for r in table] == first


def test_export_ties_and_its_keys_are_the_sources(sample_cli: Cli, tmp_path: Path) -> None:
    said = sample_cli("export", "ties", "--out", tmp_path / "t.csv", "--json").json
    rows = rows_of(tmp_path / "t.csv")
    assert said["rows"] == len(rows) > 100
    assert {"relationship_health", "active", "strength_ab", "strength_ba", "last_time"} <= rows[0].keys()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*Z", r["last_time"]) for r in rows), "a moment as a bare number"
    keys = {r["a_key"] for r in rows} | {r["b_key"] for r in rows}
    internal = [k for k in keys if re.fullmatch("[0-9a-f]{32}", k)]
    assert internal == [], "an internal id where the source's key is known"
    tie = next(r for r in rows if float(r["strength_ab"]) > 0)
    found = sample_cli("explain", "tie_strength", tie["a_key"], tie["b_key"], "--json").json
    assert found["score"]["value"] == pytest.approx(float(tie["value"]), rel=1e-8)


def test_export_of_the_past_uses_nothing_later(sample_cli: Cli, tmp_path: Path) -> None:
    """The same as from a database that holds only what had happened by then, whatever the models."""
    then = "2026-03-01"
    cut = tmp_path / "cut"
    cut.mkdir()
    for name, column in (("interactions.csv.gz", "time"), ("facts.csv", "valid_from"), ("works.csv", "time")):
        _only_until(sample_cli.folder / "tables" / name, cut / name.removesuffix(".gz"), column, then)
    for name in ("people.csv", "organizations.csv"):
        (cut / name).write_bytes((sample_cli.folder / "tables" / name).read_bytes())
    whole, part = (type(sample_cli)(tmp_path / f"{n}.db", sample_cli.folder) for n in ("whole", "part"))
    for cli, folder in ((whole, sample_cli.folder / "tables"), (part, cut)):
        cli("sync", "tables", folder, "--name", "tables", "--own", "yuanlan.example")
    for name in ("relationship_health", "organization_health", "depth", "breadth", "influence", "ecosystem"):
        mine, theirs = (exported(c, name, tmp_path / f"{i}.csv", "--as-of", then) for i, c in enumerate((whole, part)))
        assert mine == theirs, f"{name} as of {then} knew something later"


def _only_until(source: Path, target: Path, column: str, then: str) -> None:
    with opened(source) as file, target.open("w", encoding="utf-8", newline="") as out:
        reader = csv.DictReader(file)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        for row in reader:
            if not row[column] or row[column] <= then:
                writer.writerow(row | ({"valid_to": ""} if (row.get("valid_to") or "") > then else {}))


def test_evaluate_health_json(own_cli: Cli) -> None:
    found = own_cli("evaluate", "health", "--json").json
    assert {"horizon_days", "protocol", "test_rows", "alive_rate", "model", "baselines"} <= found.keys()
    assert found["horizon_days"] == 28 and found["test_rows"] > 0 and 0 < found["alive_rate"] < 1
    formulas = {"recency", "frequency_90d", "half_life_90d", "half_life_fitted", "breadbox", "pega_90d", "bgnbd"}
    assert found["baselines"].keys() == formulas
    for figures in (found["model"], *found["baselines"].values()):
        assert {"auc", "ap", "brier", "ece"} <= figures.keys()
        assert all(0 <= figures[k] <= 1 for k in ("auc", "ap", "brier", "ece"))
    kept = own_cli("runs", "--kind", "evaluate", "--json").json[0]["report"]
    assert kept["detail"]["test_rows"] == found["test_rows"]


def test_runs_are_listed_and_verify_says_equal(own_cli: Cli) -> None:
    kinds = [r["kind"] for r in own_cli("runs", "--json").json]
    assert {"sync", "fit", "score"} <= set(kinds)
    newest = own_cli("runs", "--json", "--kind", "score").json[0]
    assert newest["started"].endswith("Z") and newest["as_of"].endswith("Z")
    verified = own_cli("runs", "verify", newest["id"], "--json").json
    assert verified["equal"] is True and set(verified["largest_relative_difference"]) <= set(SCORES)
    own_cli("fit", "--as-of", "2026-06-01")
    assert own_cli("runs", "verify", newest["id"], "--json").json["equal"] is True, "a later fit changed an old run"
    assert newest["id"] in own_cli("runs", "--lang", "zh").out


def test_score_as_of_and_prune(own_cli: Cli) -> None:
    done = own_cli("score", "tie_strength", "--as-of", "2026-06-01", "--json").json
    assert done["as_of"] == "2026-06-01T00:00:00Z" and done["scores"][0]["name"] == "tie_strength"
    own_cli("score", "tie_strength", "--as-of", "2026-05-01")
    assert own_cli("runs", "prune", "--keep", "1", "--json").json["dropped"] >= 1
    assert own_cli("runs", "prune", "--keep", "1", "--json").json["dropped"] == 0


def test_doctor(sample_cli: Cli) -> None:
    found = sample_cli("doctor", "--json").json
    assert found["ok"] and all(c["ok"] for c in found["checks"])
    assert "GB" in sample_cli("doctor").out


def test_keys_go_into_the_file_as_hashes(sample_cli: Cli, tmp_path: Path, people: Mapping[str, str]) -> None:
    made = sample_cli("keys", "list-page", "--rep", people["rep"], "--file", tmp_path / "keys.json").json
    assert made["token"] and made["token"] not in (tmp_path / "keys.json").read_text("utf-8")
    assert sample_cli("top", "--team", "x", "--json").json["items"], "the rep of the key became the caller"


def test_serve_hands_over_to_the_api(sample_cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    import api.app

    asked: list[tuple[Any, ...]] = []

    def serve(url: str, host: str, port: int, ready: Callable[[], None], beside: Callable[..., Any]) -> None:
        asked.append((url, host, port, beside is nullcontext))
        ready()

    monkeypatch.setattr(api.app, "serve", serve)
    assert "http://127.0.0.1:8123/" in sample_cli("serve", "--port", "8123").err
    sample_cli("serve", "--port", "8123", "--no-schedule")
    place = (f"sqlite:///{sample_cli.db}", "127.0.0.1", 8123)
    assert asked == [(*place, False), (*place, True)], "the schedule runs beside the API unless it is left out"
