"""Seats, what-if and key people on the command line: read by people, and as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.cli.tables import CHINESE, Cli


def test_seats_json_has_the_promised_fields(sample_cli: Cli) -> None:
    found = sample_cli("seats", "-k", "4", "--at-most", "1", "--json").json
    fields = {"seats", "spread", "guarantee", "reached_excess", "sets", "seconds", "tried", "method", "audience"}
    assert fields <= found.keys()
    assert [s["rank"] for s in found["seats"]] == [1, 2, 3, 4]
    homes = [s["organization"]["id"] for s in found["seats"] if s["organization"]]
    assert len(set(homes)) == len(homes)
    assert found["spread"]["low"] <= found["spread"]["value"] <= found["spread"]["high"]
    assert found["spread"]["value"] >= found["tried"]["degree"]
    assert sum(s["marginal"] for s in found["seats"]) == pytest.approx(found["spread"]["value"])
    assert found["guarantee"]["certified_ratio"] > 0.6


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_seats_read_well(sample_cli: Cli, lang: str) -> None:
    shown = sample_cli("seats", "-k", "3", "--lang", lang)
    assert bool(CHINESE.search(shown.out.splitlines()[0])) == (lang == "zh")
    assert "[" not in shown.out
    assert not re.search(r"\d[eE]\+\d", shown.out)
    assert "99.9" in shown.out
    assert ("假设" if lang == "zh" else "assumed, not measured") in shown.err


def test_a_budget_is_kept_and_costs_come_from_a_file(sample_cli: Cli, tmp_path: Path) -> None:
    found = sample_cli("seats", "--budget", "7", "--cost-by", "level", "--json").json
    assert found["cost"] <= 7
    two = [s["person"]["key"] for s in found["seats"][:2]]
    prices = tmp_path / "prices.csv"
    prices.write_text("key,cost,remark\n" + "".join(f"{key},3,x\n" for key in two), encoding="utf-8-sig")
    bought = sample_cli("seats", "--budget", "5", "--costs", prices, "--json").json
    assert [s["cost"] for s in bought["seats"]] == [3]
    assert bought["seats"][0]["person"]["key"] in two


@pytest.mark.parametrize(
    ("text", "said"),
    [("key,cost\na,much\n", "line 2"), ("key;cost\na;1\n", "columns key and cost"), (None, "no file")],
)
def test_a_wrong_list_of_costs_is_told_with_its_line(
    sample_cli: Cli, tmp_path: Path, text: str | None, said: str
) -> None:
    prices = tmp_path / "prices.csv"
    if text is not None:
        prices.write_text(text)
    failed = sample_cli("seats", "--budget", "5", "--costs", prices, "--lang", "en", code=2)
    assert failed.code == 2
    assert str(prices) in failed.err
    assert said in failed.err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_whatif_reads_well(sample_cli: Cli, people: Mapping[str, str], lang: str) -> None:
    shown = sample_cli("whatif", "--remove", people["rep"], "--limit", "3", "--lang", lang)
    assert bool(CHINESE.search(shown.out.splitlines()[1])) == (lang == "zh")
    assert "→" in shown.out
    assert not re.search(r"\d[eE][+-]\d", shown.out)


def test_whatif_json_adds_up(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("whatif", "--remove", people["rep"], "--limit", "1000", "--json").json
    assert found["paths"]["loss"] == pytest.approx(sum(a["before"] - a["after"] for a in found["accounts"]), abs=1e-6)
    assert len(found["accounts"]) == found["accounts_hurt"]
    for currency, figure in found["pipeline"].items():
        lost = sum(d["amount"] * d["loss"] for d in found["deals"] if d["currency"] == currency and d["amount"])
        assert figure["loss"] == pytest.approx(lost, abs=0.01)
    losses = [a["before"] - a["after"] for a in found["accounts"]]
    assert losses == sorted(losses, reverse=True)


def test_ranking_agrees_with_one_at_a_time(sample_cli: Cli) -> None:
    first = sample_cli("whatif", "--rank", "--limit", "1", "--json").json["items"][0]
    alone = sample_cli("whatif", "--remove", first["person"]["key"], "--json").json
    assert first["paths"] == pytest.approx(alone["paths"]["loss"], abs=1e-9)
    assert (first["hurt"], first["sole"]) == (alone["accounts_hurt"], alone["accounts_cut"])
    assert first["cut_off"] == alone["people"]["loss"]
    shown = sample_cli("whatif", "--rank", "--limit", "2", "--lang", "en").out
    assert "Key people" in shown


def test_a_channel_that_goes_is_computed_anew(sample_cli: Cli) -> None:
    found = sample_cli("whatif", "--channel", "mail", "--json").json
    assert found["channel"] == "mail"
    assert found["ties"]["loss"] > 0


@pytest.mark.parametrize("args", [(), ("--rank", "--channel", "mail"), ("--channel", "fax")])
def test_what_cannot_be_asked_is_refused(sample_cli: Cli, args: tuple[str, ...]) -> None:
    assert sample_cli("whatif", *args, code=2).err
