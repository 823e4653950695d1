"""The command line as a rep: what is others' stays closed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.cli.tables import Cli, exported


def test_a_rep_does_not_open_what_is_others(sample_cli: Cli, people: Mapping[str, str]) -> None:
    rep = ("--as", people["rep"])
    theirs = (people["other_rep"], people["other_contact"])
    sample_cli(*rep, "explain", "relationship_health", *theirs, code=4)
    sample_cli(*rep, "top", people["other_rep"], code=4)
    sample_cli(*rep, "top", "--team", "x", code=4)
    opened = sample_cli(*rep, "explain", "relationship_health", people["rep"], people["contact"], "--json").json
    assert any(t["evidence"] for t in opened["terms"])
    assert sample_cli(*rep, "top", people["rep"], "--json").json["items"]


def test_a_rep_sees_of_others_ties_the_band_only(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("--as", people["rep"], "paths", "--to", people["other_contact"], "--json").json
    mine = [e["key"] for e in sample_cli("search", people["rep"], "--json").json["items"]]
    others = [h for p in found["paths"] for h in p["hops"] if not {h["from"], h["to"]} & set(mine)]
    assert others and found["meta"]["hidden"]
    assert all(h["probability"] is None and h["evidence"] == [] and h["band"] for h in others)
    assert "not yours" in sample_cli("--as", people["rep"], "paths", "--to", people["other_contact"]).out


def test_a_rep_exports_own_rows_only(sample_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    whole = exported(sample_cli, "tie_strength", tmp_path / "a.csv")
    part = exported(sample_cli, "tie_strength", tmp_path / "b.csv", "--as", people["rep"])
    assert 0 < len(part) < len(whole)
    [me] = set.intersection(*({r["a_key"], r["b_key"]} for r in part))
    assert me == sample_cli("search", people["rep"], "--json").json["items"][0]["key"]


@pytest.mark.parametrize(
    "args",
    [
        ("merge", "{rep}", "{contact}"), ("split", "{rep}"), ("erase", "{contact}", "--yes"), ("own", "x.example"),
        ("quarantine",), ("fit",), ("score",), ("runs", "prune"), ("sync", "tables", "."), ("evaluate", "health"),
        ("override", "influence", "{influencer}", "--value", "3"), ("keys", "k", "--rep", "{rep}"),
        ("keys", "k"), ("copy", "{db}", "{copied}"), ("serve", "--port", "0"), ("runs", "verify"),
        ("snapshot", "{copied}"), ("jobs",), ("schedule", "list"), ("deliver",),
    ],
    ids=lambda a: a[0],
)  # fmt: skip
def test_a_rep_does_not_rule(own_cli: Cli, people: Mapping[str, str], args: tuple[str, ...], tmp_path: Path) -> None:
    places = {"db": tmp_path / "no.db", "copied": tmp_path / "copied.db"}
    own_cli("--as", people["rep"], *(a.format(**people, **places) for a in args), code=4)
    assert not places["copied"].exists()
