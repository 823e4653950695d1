"""The check that keeps the two READMEs in step finds what is missing."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("readme_in_step", ROOT / "scripts" / "readme_in_step.py")
check = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check)

ENGLISH = (
    "# a\n\n`x` [docs](docs/a.md)\n\n## b\n\n```sh\nmake demo  # sets up\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
)


def test_a_translation_of_comments_and_sentences_is_in_step():
    chinese = ENGLISH.replace("# sets up", "# 安装").replace("# a", "# 甲").replace("| a | b |", "| 甲 | 乙 |")
    assert check.difference(ENGLISH, chinese) is None


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("## b", "### b", "heading"),
        ("make demo", "make test", "command"),
        ("docs/a.md", "docs/b.md", "link"),
        ("| 1 | 2 |\n", "", "row of a table"),
        ("`x`", "`y`", "name"),
    ],
)
def test_what_one_of_the_two_lacks_is_named(old, new, what):
    assert check.difference(ENGLISH, ENGLISH.replace(old, new)).startswith(what)
    assert check.difference(ENGLISH.replace(old, new), ENGLISH).startswith(what)
