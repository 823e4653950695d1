"""``paths`` with team and alternatives, and ``lacks``, as people and programs see them."""

from __future__ import annotations

import pytest

from tests.e2e.cli.tables import CHINESE, Cli


def target_of(cli: Cli) -> str:
    target = cli.truth["truths"]["referral_path"]["target"]
    return str(target if isinstance(target, str) else target["key"])


def test_alternatives_share_nobody_between_their_ends(sample_cli: Cli) -> None:
    key = target_of(sample_cli)
    found = sample_cli(
        "paths", "--to", key, "--team", "--disjoint", "-k", "3", "--min-probability", "1e-5", "--json"
    ).json
    inner = [h["from"] for p in found["paths"] for h in p["hops"][1:]]
    assert len(found["paths"]) > 1 and len(inner) == len(set(inner))


def test_open_asks_of_an_introducer_are_shown(sample_cli: Cli) -> None:
    key = target_of(sample_cli)
    truth = sample_cli.truth["truths"]["referral_path"]
    weak = truth["weaker_path"]
    found = sample_cli("paths", "--to", key, "--from", weak[0], "-k", "10", "--min-probability", "1e-6", "--json").json
    asks = {h["from"]: h["open_asks"] for p in found["paths"] for h in p["hops"][1:]}
    assert asks[weak[1]] == 3, "three reps wait for this introducer already"
    assert all(p["hops"][0]["open_asks"] == 0 for p in found["paths"]), "who asks is not asked"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_team_and_from_together_are_refused(sample_cli: Cli, lang: str) -> None:
    refused = sample_cli("paths", "--to", target_of(sample_cli), "--from", "x", "--team", "--lang", lang, code=2)
    assert "--team" in refused.err and bool(CHINESE.search(refused.err)) == (lang == "zh")


def test_lacks_names_ties_that_raise_the_best_path(sample_cli: Cli) -> None:
    found = sample_cli("lacks", "--to", target_of(sample_cli), "-k", "5", "--json").json
    assert found["people"] == 1 and found["complete"] and 0 < found["now"] < found["direct"] <= 1
    gains = [item["gain"] for item in found["items"]]
    assert gains and gains == sorted(gains, reverse=True) and min(gains) > 0
    for item in found["items"]:
        if not found["beside"]:
            assert item["probability"] == pytest.approx(found["now"] + item["gain"])
        assert item["path"][-1]["key"] and item["to"] in item["path"] and item["from"] in item["path"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_lacks_reads_well(sample_cli: Cli, lang: str) -> None:
    shown = sample_cli("lacks", "--to", target_of(sample_cli), "-k", "3", "--lang", lang)
    assert "⇢" in shown.out and "nan" not in shown.out
    assert bool(CHINESE.search(shown.out.splitlines()[0])) == (lang == "zh")
    help_ = sample_cli("lacks", "--help", "--lang", lang).out
    assert "--to" in help_ and "paths." not in help_
