"""Communities, brokers, silent groups and verdicts of the sample company, as a user asks for them."""

from __future__ import annotations

import pytest

from tests.e2e.cli.tables import Cli


@pytest.mark.parametrize("command", ["communities", "brokers", "silent", "ecosystem"])
def test_a_command_speaks_both_languages_and_json(sample_cli: Cli, command: str) -> None:
    plain = sample_cli(command, "--limit", 3)
    assert (plain.code, plain.out.strip() != "") == (0, True), plain.err
    assert sample_cli(command, "--limit", 3, "--lang", "zh").out != plain.out
    assert sample_cli(command, "--limit", 3, "--json").json["meta"]["own_known"] is True


def test_planted_pivots_and_lighthouses_have_a_stability(sample_cli: Cli) -> None:
    items = sample_cli("ecosystem", "--json").json["items"]
    assessed = [i["beside"] for i in items if i["value"] is not None]
    assert {"pivot", "lighthouse"} <= {b["verdict"] for b in assessed}
    assert all(0 <= b["stable"] <= 1 for b in assessed)
    assert all(i["beside"]["stable"] is None for i in items if i["value"] is None)


def test_silence_is_against_the_pairs_own_rhythm(sample_cli: Cli) -> None:
    found = sample_cli("silent", "--json", "--limit", 50).json
    assert found["by"] == "organization" and found["counts"]["in_rhythm"] > 0
    for pair in found["items"]:
        assert pair["days"] >= 21 and pair["chance"] <= 0.1 and pair["days"] > pair["typical_days"]
    shorter = sample_cli("silent", "--json", "--weeks", 2).json["counts"]
    assert shorter["talking"] < found["counts"]["talking"]


def test_nobody_outside_is_ours(sample_cli: Cli) -> None:
    outside = sample_cli("brokers", "--json", "--side", "outside", "--limit", 5).json["items"]
    assert outside and not any(b["internal"] for b in outside)
    assert all(b["low"] <= b["high"] for b in outside)


def test_a_wrong_option_is_told(sample_cli: Cli) -> None:
    assert "planet" in sample_cli("silent", "--by", "planet", code=2).err
    assert sample_cli("communities", "--resolution", "0", code=2).err
