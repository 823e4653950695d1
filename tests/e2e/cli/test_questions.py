"""Questions to the command line: search, top, why-not, paths and explain, to read and as JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.cli.tables import CHINESE, SCORES, Cli, best, rows_of


def test_search_finds_by_name_and_key(sample_cli: Cli, people: Mapping[str, str]) -> None:
    items = sample_cli("search", people["influencer"], "--json").json["items"]
    assert items[0]["label"] == "person" and items[0]["name"]
    shown = sample_cli("search", items[0]["name"], "--lang", "zh").out
    assert items[0]["name"] in shown and "人员" in shown and "person" not in shown
    assert "zzzzzz" in sample_cli("search", "zzzzzz").err


def test_top_json_has_the_promised_fields(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("top", people["rep"], "--json").json
    assert {"rep", "week", "as_of", "items"} <= found.keys()
    assert re.fullmatch(r"\d{4}-W\d\d", found["week"])
    assert found["items"] and len(found["items"]) <= 20
    for rank, item in enumerate(found["items"], 1):
        fields = {"rank", "key", "name", "organization", "gain", "reasons", "evidence", "play", "channel", "changed"}
        assert fields <= item.keys()
        assert item["rank"] == rank and item["reasons"] and item["gain"] > 0
    gains = [i["gain"] for i in found["items"]]
    assert gains == sorted(gains, reverse=True) or len(set(gains)) == len(gains)
    assert any(e["record_id"] for i in found["items"] for e in i["evidence"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_top_reads_well(sample_cli: Cli, people: Mapping[str, str], lang: str) -> None:
    shown = sample_cli("top", people["rep"], "--lang", lang)
    assert not re.search(r"\d[eE]\+\d", shown.out), "a number in powers of ten"
    assert not re.search(r"\d{5,}", shown.out), "a number without separators"
    if lang == "zh":
        plays = r"\b(reconnect|keep_in_touch|rest|wecom|phone|calendar|site)\b"
        assert not re.search(plays, shown.out), "a machine's word in Chinese output"
    assert "AUC" in shown.err, "no measured accuracy"


def test_top_of_the_team_and_of_a_week(sample_cli: Cli, people: Mapping[str, str]) -> None:
    team = sample_cli("top", "--team", "everybody", "--json").json
    assert team["rep"] == "everybody" and team["items"]
    past = sample_cli("top", people["rep"], "--week", "2026-W20", "--json").json
    assert past["week"] == "2026-W20" and past["as_of"] == "2026-05-11T00:00:00Z"


def test_why_not_gives_a_reason_for_those_off_the_list(sample_cli: Cli, people: Mapping[str, str]) -> None:
    found = sample_cli("why-not", people["rep"], people["other_contact"], "--json").json
    assert found["rank"] is None and all(found["reasons"]) and found["reasons"]
    first = sample_cli("top", people["rep"], "--json").json["items"][0]
    assert sample_cli("why-not", people["rep"], first["key"], "--json").json["rank"] == 1
    assert sample_cli("why-not", people["rep"], people["other_contact"], "--lang", "zh").out.count("\n") > 1


def test_paths_json_has_the_promised_fields(sample_cli: Cli) -> None:
    target = sample_cli.truth["truths"]["referral_path"]["target"]
    key = target if isinstance(target, str) else target["key"]
    found = sample_cli("paths", "--to", key, "--json").json
    assert {"as_of", "calibrated", "paths"} <= found.keys() and found["calibrated"] is False
    assert found["paths"]
    for path in found["paths"]:
        assert path["probability"] == pytest.approx(math.prod(h["probability"] for h in path["hops"]), rel=1e-9)
        assert sum(h["weakest"] for h in path["hops"]) == 1
        for hop in path["hops"]:
            assert {"from", "to", "probability", "weakest", "evidence"} <= hop.keys()
            assert hop["evidence"] and all(e["record_id"] for e in hop["evidence"])
        for before, after in zip(path["hops"], path["hops"][1:], strict=False):
            assert before["to"] == after["from"]
    assert "score" in sample_cli("paths", "--to", key).out, "an uncalibrated number is not called a score"
    assert "评分" in sample_cli("paths", "--to", key, "--lang", "zh").out


@pytest.mark.parametrize("name", SCORES)
def test_explain_adds_up_and_opens_to_source_records(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    keys = best(exports[name])
    found = sample_cli("explain", name, *keys, "--json", "--limit", "3").json
    summed = math.fsum(t["value"] for t in found["terms"] if t["kind"] != "subgraph" and t["value"] is not None)
    link, value = found["score"]["link"], found["score"]["value"]
    shown_as = {"identity": lambda x: x, "log": lambda x: 100 * math.exp(x), "logit": lambda x: 1 / (1 + math.exp(-x))}
    assert shown_as[link](summed) == pytest.approx(value, rel=1e-6), "the terms do not add up to the score"
    assert any(t["evidence"] for t in found["terms"]), "nothing opens down to a record"
    for lang in ("en", "zh"):
        shown = sample_cli("explain", name, *keys, "--lang", lang)
        assert "nan" not in shown.out and not re.search(r"\d[eE][+-]\d", shown.out)
        assert bool(CHINESE.search(shown.out.splitlines()[1])) == (lang == "zh") or link == "logit"


@pytest.mark.parametrize("name", ["ecosystem", "breadth", "influence"])
def test_explain_of_null_says_why(sample_cli: Cli, exports: Mapping[str, Path], name: str) -> None:
    empty = next(r for r in rows_of(exports[name]) if not r["value"])
    shown = sample_cli("explain", name, empty["key"]).out
    assert empty["reason"] and empty["reason"] in shown
    assert sample_cli("explain", name, empty["key"], "--json").json["score"]["value"] is None
