"""The command line explains itself: every command has help in both languages, and the README names what exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.tables import CHINESE, Cli

ROOT = Path(__file__).parents[3]


def command_paths() -> Iterator[tuple[str, ...]]:
    """Every command and group of the tree, as words."""
    from graphsvc.cli.tree import command_line

    def below(item: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        yield words
        for name, part in getattr(item, "commands", {}).items():
            yield from below(part, (*words, name))

    return below(command_line(), ())


@pytest.mark.parametrize("words", list(command_paths()), ids=lambda w: " ".join(w) or "graphsvc")
def test_every_command_has_help_in_both_languages(sample_cli: Cli, words: tuple[str, ...]) -> None:
    english, chinese = (sample_cli(*words, "--help", "--lang", lang).out for lang in ("en", "zh"))
    assert "Usage:" in english and "用法：" in chinese
    assert not CHINESE.search(english), "Chinese in the English help"
    assert "Show this message" not in chinese and "Options:" not in chinese
    told = re.findall(r"^  (?:-\S+,? ?)+(?:<[^>]*>)?\s+(\S.*)$", chinese, re.M)
    assert all(CHINESE.search(line) for line in told if re.search("[a-z]{4} ", line)), "English in the Chinese help"
    assert "cli." not in english + chinese, "a code instead of its text"


def test_the_issue_names_these_commands() -> None:
    named = {
        "sample", "sync", "fit", "score", "top", "paths", "explain", "why-not", "export", "evaluate", "merge", "split",
        "override", "erase", "suggestions", "runs", "serve", "doctor",
    }  # fmt: skip
    tree = set(command_paths())
    assert named <= {words[0] for words in tree if words}
    assert {
        ("export", "scores"),
        ("export", "ties"),
        ("evaluate",),
        ("runs", "verify"),
        ("runs", "prune"),
    } <= tree


def test_readme_names_only_commands_and_options_that_exist(sample_cli: Cli) -> None:
    tree = set(command_paths())
    lines = [
        part.split("#")[0].split()
        for part in re.findall(
            r"(?:^|&& |(?<=`))graphsvc ((?!is )[a-z-][^`&\n]+)", (ROOT / "README.md").read_text("utf-8"), re.M
        )
    ]
    assert len(lines) > 8
    for words in lines:
        words = words[2:] if words[0] == "--lang" else words
        command = tuple(words[:2]) if tuple(words[:2]) in tree else (words[0],)
        assert command in tree, f"README: there is no `graphsvc {' '.join(words)}`"
        known = sample_cli(*command, "--help").out + sample_cli("--help").out
        unknown = [w for w in words if w.startswith("--") and not re.search(rf"{w}\b", known)]
        assert unknown == [], f"README: {command} has no {unknown}"


def test_common_options_stand_anywhere_and_are_forgotten_afterwards(sample_cli: Cli) -> None:
    assert sample_cli("--json", "search", "zhang").json == sample_cli("search", "zhang", "--json").json
    assert not sample_cli("doctor").out.startswith("{"), "--json of the call before still holds"
    assert CHINESE.search(sample_cli("doctor", "--lang=zh").out)
    assert not CHINESE.search(sample_cli("doctor").out), "--lang of the call before still holds"
