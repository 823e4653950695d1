"""Data into the command line: every row accounted for, wrong input answered with one sentence and its code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.e2e.cli.tables import Cli


def test_sync_twice_adds_nothing(own_cli: Cli) -> None:
    before = own_cli("search", "a", "--json").json["meta"]["sequence"]
    for source in ("crm", "tables", "mail"):
        report = own_cli("sync", source, own_cli.folder / source, "--json").json
        assert report["total"]["taken"] == report["total"]["quarantined"] == 0
    assert own_cli("search", "a", "--json").json["meta"]["sequence"] == before


def test_sync_accounts_for_every_row(own_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "interactions.csv").write_text(
        "time,from,to\n2026-01-01,a@x.example,b@x.example\n2026-01-01,a@x.example,b@x.example\nsoon,a@x.example,c@x.example\n"
    )
    report = own_cli("sync", "tables", tmp_path, "--name", "odd", "--json").json
    total = report["total"]
    assert (total["read"], total["taken"], total["quarantined"]) == (3, 1, 1)
    kept = own_cli("quarantine", "--source", "odd", "--json").json
    assert [r["where"] for r in kept] and "soon" in json.dumps(kept)
    shown = own_cli("quarantine", "--source", "odd")
    assert "soon" in shown.out
    again = own_cli("sync", "tables", tmp_path, "--name", "odd")
    assert "taken" not in again.out or re.search(r"interactions\s+\d+\s+0", again.out)


def test_the_report_of_a_sync_gives_an_example_of_its_own_file(own_cli: Cli, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"time,from,to\nbad-{name},a@x.example,b@x.example\n")
        shown = own_cli("sync", "tables", tmp_path / f"{name}.csv", "--name", "both")
        assert f"{name}.csv:2: time “bad-{name}”" in shown.out


def test_the_options_for_files_of_others_reach_the_source(own_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "edges.txt").write_text("# made elsewhere\n1 2 05.03.2024\n2 3 31.12.2024\n")
    mapped = ["--map", "from=1", "--map", "to=2", "--map", "time=3"]
    said = ["--date-order", "dmy", "--timezone", "Asia/Shanghai", "--name", "edges", "--json"]
    report = own_cli("sync", "tables", tmp_path / "edges.txt", "--no-header", *mapped, *said).json
    assert report["total"]["taken"] == 2


def test_sample_writes_what_its_readme_says(sample_cli: Cli, tmp_path: Path) -> None:
    said = sample_cli("sample", tmp_path / "s", "--scale", "0.05", "--json").json
    assert said["folder"] == str(tmp_path / "s") and said["interaction_rows"] > 1000
    assert (tmp_path / "s" / "truth.json").read_bytes() == (sample_cli.folder / "truth.json").read_bytes()


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (("sync", "nosuch", "."), 3, "crm, mail, tables"),
        (("sync", "mail", "/no/such"), 2, "/no/such"),
        (("sync", "tables", ".", "--preset", "maven"), 2, "--preset"),
        (("sync", "tables", ".", "--map", "from"), 2, "--map"),
        (("sample", "x", "--end", "soon"), 2, "soon"),
        (("top",), 2, "--team"),
        (("top", "a", "--team", "b"), 2, "--team"),
        (("top", "zzzz"), 3, "zzzz"),
        (("top", "--team", "x", "--week", "2026-99"), 2, "2026-W47"),
        (("score", "--as-of", "yesterday"), 2, "yesterday"),
        (("score", "nosuch"), 3, "tie_strength"),
        (("fit", "nosuch"), 3, "nosuch"),
        (("explain", "nosuch", "a"), 3, "nosuch"),
        (("explain", "influence", "zzzz"), 3, "zzzz"),
        (("explain", "tie_strength", "yuan.lu@yuanlan.example"), 3, "both sides"),
        (("paths", "--to", "zzzz"), 3, "zzzz"),
        (("why-not", "zzzz", "zzzz"), 3, "zzzz"),
        (("export", "scores", "depth", "--out", "x.xls"), 2, ".parquet"),
        (("export", "ties", "--out", "/no/such/x.csv"), 6, "/no/such/x.csv"),
        (("suggestions", "zzzz", "--state", "declined"), 3, "zzzz"),
        (("suggestions", "zzzz"), 2, "--state"),
        (("override", "depth", "zzzz", "--value", "1", "--clear"), 2, "--clear"),
        (("override", "nosuch", "yuan.lu@yuanlan.example", "--value", "1"), 3, "nosuch"),
        (("override", "influence", "yuan.lu@yuanlan.example", "--value", "nan"), 2, "nan"),
        (("override", "depth", "yuan.lu@yuanlan.example", "--value", "101"), 2, "100"),
        (("runs", "verify", "nosuch"), 3, "nosuch"),
        (("keys", "k", "--scope", "all"), 2, "admin"),
        (("--as", "zzzz", "doctor"), 3, "zzzz"),
        (("nosuch",), 2, "nosuch"),
        (("doctor", "--lang", "fr"), 2, "zh"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, tuple) else None,
)
def test_wrong_input_gets_one_sentence_and_its_code(
    sample_cli: Cli, args: tuple[str, ...], code: int, says: str
) -> None:
    answer = sample_cli(*args, code=code)
    assert says in answer.err and "Traceback" not in answer.err
    assert answer.out == ""


def test_no_database_is_said(sample_cli: Cli, tmp_path: Path) -> None:
    missing = type(sample_cli)(tmp_path / "none.db", tmp_path)
    assert "none.db" in missing("top", "--team", "x", code=3).err
    assert not (tmp_path / "none.db").exists(), "asking created a database"


def test_an_ambiguous_key_lists_its_candidates(own_cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,name\ntwin-1,Kim Twin\ntwin-2,Kim Twin\n")
    own_cli("sync", "tables", tmp_path, "--name", "twins")
    answer = own_cli("explain", "influence", "Kim Twin", "--json", code=2)
    assert {c["key"] for c in answer.json["candidates"]} == {"twin-1", "twin-2"}
    assert answer.json["status"] == 409
    ids = [c["id"] for c in answer.json["candidates"]]
    assert all(i in answer.err for i in ids), "the sentence names the candidates' ids"
    assert own_cli("why-not", "yuan.lu@yuanlan.example", ids[0], "--json").json["key"] in {"twin-1", "twin-2"}
