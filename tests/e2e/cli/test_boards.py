"""``graphsvc board`` and ``graphsvc handover`` over the sample company, as a person runs them."""

from __future__ import annotations

import pytest

from tests.e2e.cli.tables import CHINESE, Cli


@pytest.mark.parametrize("words", [("board", "health"), ("board", "ecosystem"), ("board", "freshness")])
def test_boards_are_told_and_given_as_json(sample_cli: Cli, words: tuple[str, ...]) -> None:
    said = sample_cli(*words)
    assert said.code == 0 and said.out.strip()
    found = sample_cli(*words, "--json").json
    assert found["meta"]["as_of"] == found["as_of"]
    assert CHINESE.search(sample_cli(*words, "--lang", "zh").out)


def test_a_board_narrows_and_says_what_is_wrong(sample_cli: Cli) -> None:
    whole = sample_cli("board", "health", "--json").json
    team = whole["teams"][0]
    one = sample_cli("board", "health", "--team", team["id"], "--json").json
    assert one["scope"]["name"] == f"Team of {team['name']}" and one["count"] < whole["count"]
    assert "Germany" in sample_cli("board", "health", "--territory", "Atlantis", code=2).err


def test_a_hand_over_is_told_account_by_account(sample_cli: Cli) -> None:
    rep = sample_cli("board", "health", "--json").json["accounts"][0]["owner"]["key"]
    said = sample_cli("handover", rep)
    found = sample_cli("handover", rep, "--json").json
    assert found["people"] and found["accounts"][0]["owned"]
    assert found["accounts"][0]["organization"]["name"] in said.out
    assert sample_cli("handover", rep, "--as", found["rep"]["key"], "--json").json["meta"]["hidden"] > 0
