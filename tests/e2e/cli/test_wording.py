"""What the command line says where an answer is not the expected one: which side, which option, and each thing once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from graphsvc.phrases import LANGUAGES, phrase
from tests.e2e.cli.tables import CHINESE, Cli


def test_a_missing_score_of_a_tie_names_both_sides(sample_cli: Cli, people: Mapping[str, str]) -> None:
    said = sample_cli("explain", "tie_strength", people["contact"], people["other_contact"], code=3).err
    for who in ("contact", "other_contact"):
        assert sample_cli("search", people[who], "--json").json["items"][0]["name"] in said


def test_what_was_not_on_record_yet_is_told_by_the_option_that_was_given(
    sample_cli: Cli, people: Mapping[str, str]
) -> None:
    asked = ("explain", "relationship_health", people["rep"], people["contact"])
    said = sample_cli(*asked, "--known-at", "1999-01-01", code=3).err
    assert "--known-at" in said and "--as-of" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_evaluation_is_refused_with_a_whole_sentence(own_cli: Cli, language: str) -> None:
    said = own_cli("--lang", language, "evaluate", "nothing", code=3).err.strip()
    assert said.endswith("." if language == "en" else "。") and "health" in said
    assert "There is no" in said or CHINESE.search(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_that_nobody_said_who_is_ours_is_told_once(sample_cli: Cli, tmp_path: Path, language: str) -> None:
    fresh_cli = type(sample_cli)(tmp_path / "g.db", tmp_path)
    (tmp_path / "interactions.csv").write_text("time,from,to\n2026-05-01,ann,bob\n2026-05-02,bob,ann\n")
    fresh_cli("sync", "tables", tmp_path)
    for asked in (("explain", "tie_strength", "ann", "bob"), ("top", "ann")):
        said = fresh_cli("--lang", language, *asked).err
        start = phrase("scores.own_unknown").text(language).partition("`")[0].strip(" (（")
        assert said.count(start) == 1, said
