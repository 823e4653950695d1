"""Corrections by the command line: overrides, merges, splits, erasures and decisions on suggestions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.tables import Cli, exported


def test_an_override_survives_is_shown_beside_and_used(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    tie = (people["rep"], people["contact"])
    computed = own_cli("explain", "relationship_health", *tie, "--json").json["score"]["value"]
    before = own_cli("top", people["rep"], "--json").json
    own_cli("override", "relationship_health", *tie, "--value", "0.01", "--reason", "I know better")
    own_cli("override", "active", *tie, "--value", "0.01")
    own_cli("score")
    rows = exported(own_cli, "relationship_health", tmp_path / "x.csv")
    [row] = [r for r in rows if r["override"]]
    assert float(row["override"]) == 0.01
    assert float(row["value"]) == pytest.approx(computed, rel=1e-6), "the computed value gave way"
    shown = own_cli("explain", "relationship_health", *tie)
    assert "0.01" in shown.out
    after = own_cli("top", people["rep"], "--json").json
    assert after["items"] != before["items"], "the list does not use the override"
    own_cli("override", "relationship_health", *tie, "--clear")
    own_cli("override", "active", *tie, "--clear")
    assert own_cli("top", people["rep"], "--json").json["items"] == before["items"]


def test_a_restriction_keeps_a_person_off_lists(own_cli: Cli, people: Mapping[str, str]) -> None:
    first = own_cli("top", people["rep"], "--json").json["items"][0]["key"]
    own_cli("override", "restricted", first, "--value", "1")
    assert first not in [i["key"] for i in own_cli("top", people["rep"], "--json").json["items"]]
    assert own_cli("why-not", people["rep"], first, "--json").json["rank"] is None


def test_merge_then_split_restores_the_export(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    names = ("tie_strength", "depth")
    before = [exported(own_cli, n, tmp_path / "a.csv") for n in names]
    pair = (people["contact"], people["other_contact"])
    merged = own_cli("merge", *pair, "--json").json["id"]
    both = [own_cli("search", key, "--json").json["items"][0]["id"] for key in pair]
    assert both == [merged, merged]
    assert exported(own_cli, names[0], tmp_path / "b.csv") != before[0]
    apart = own_cli("split", pair[1], "--json").json["ids"]
    assert len(set(apart)) >= 1
    assert [exported(own_cli, n, tmp_path / "c.csv") for n in names] == before


def test_erase_leaves_nothing_of_the_person(own_cli: Cli, people: Mapping[str, str], tmp_path: Path) -> None:
    key = people["contact"]
    [found] = own_cli("search", key, "--json").json["items"][:1]
    removed = own_cli("erase", key, "--yes", "--json").json
    assert removed["id"] == found["id"] and sum(removed["removed"].values()) > 0
    for text in (key, found["name"]):
        assert found["id"] not in [e["id"] for e in own_cli("search", text, "--json").json["items"]]
    for args in (("explain", "depth", key), ("why-not", people["rep"], key), ("paths", "--to", key)):
        own_cli(*args, code=3)
    own_cli("score")
    for name in ("tie_strength", "depth", "influence"):
        out = tmp_path / f"{name}.csv"
        exported(own_cli, name, out)
        assert key not in out.read_text("utf-8") and found["key"] not in out.read_text("utf-8")
    own_cli("sync", "mail", own_cli.folder / "mail")
    (tmp_path / "people.csv").write_text(f"id,name,email\n{key},Back Again,{key}\n")
    report = own_cli("sync", "tables", tmp_path / "people.csv", "--name", "again", "--json").json
    assert report["total"]["blocked"] == 1 and report["total"]["taken"] == 0
    own_cli("explain", "depth", key, code=3)


def test_erase_asks_first(own_cli: Cli, people: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    import typer

    asked: list[str] = []

    def no(text: str, **_: Any) -> None:
        asked.append(text)
        raise typer.Abort

    monkeypatch.setattr(typer, "confirm", no)
    own_cli("erase", people["contact"], code=1)
    assert own_cli("search", people["contact"], "--json").json["items"][0]["name"] in asked[0]
    own_cli("explain", "depth", people["contact"])


def test_a_declined_suggestion_stays_away(own_cli: Cli) -> None:
    proposed = own_cli("suggestions", "--json", "--state", "proposed").json["items"]
    assert proposed
    first = proposed[0]
    own_cli("suggestions", first["id"], "--state", "declined", "--reason", "not now, not ever")
    own_cli("score")
    assert first["id"] not in [s["id"] for s in own_cli("suggestions", "--json", "--state", "proposed").json["items"]]
    [declined] = own_cli("suggestions", "--json", "--state", "declined").json["items"]
    assert (declined["id"], declined["reason"], declined["state"]) == (first["id"], "not now, not ever", "declined")
    assert "not now, not ever" in own_cli("suggestions", "--state", "declined").out
    own_cli("suggestions", first["id"], "--state", "confirmed", code=2)


def test_suggestions_read_well_in_chinese(sample_cli: Cli) -> None:
    shown = sample_cli("suggestions", "--lang", "zh").out
    assert not re.search(r"\b(reconnect|proposed|ask_introduction|invite)\b", shown)
    assert not re.search(r"\d[eE]\+\d", shown)


def test_own_is_kept(own_cli: Cli) -> None:
    assert own_cli("own", "partner.example", "--json").json["own"] == ["partner.example"]
