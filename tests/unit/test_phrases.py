"""Every sentence exists in English and Chinese with the same blanks, every code used is written, and none is left over."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from graphsvc.phrases import LANGUAGES

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "graphsvc" / "locale"
PACKAGES = ("graphsvc", "ingest", "algorithms", "queries", "api")
CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
ADDED_LATER = {"where"}  # sources know it where they make the Reject


@cache
def texts(language: str) -> dict[str, str]:
    """Sentence by code, over all themes."""
    out: dict[str, str] = {}
    for path in sorted((LOCALE / language).glob("*.toml")):
        out |= {f"{path.stem}.{name}": text for name, text in tomllib.loads(path.read_text("utf-8")).items()}
    return out


def blanks(text: str) -> set[str]:
    """Names of the ``{placeholders}`` of a sentence."""
    return {name.partition(".")[0].partition("[")[0] for _, name, _, _ in string.Formatter().parse(text) if name}


@cache
def trees() -> dict[str, ast.Module]:
    """Syntax tree of every module of ours, by path."""
    files = [f for package in PACKAGES for f in sorted((ROOT / package).rglob("*.py"))]
    return {str(f.relative_to(ROOT)): ast.parse(f.read_text("utf-8")) for f in files}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Calls that take a phrase code first, with the code: ``phrase``, ``Phrase`` and the errors."""
    for file, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and _takes_code(function):
                code = first.value if "." in first.value else f"errors.{first.value}"
                yield f"{file}:{node.lineno}", node, code


OURS = {"phrase", "Phrase"}


@cache
def _errors() -> frozenset[str]:
    tree = trees()["graphsvc/errors.py"]
    names = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
    return frozenset(names - {"AmbiguousError"})  # its first argument is the text searched for


def _takes_code(function: str) -> bool:
    return function in OURS or function in _errors()


@cache
def strings() -> tuple[frozenset[str], tuple[str, ...]]:
    """All string constants outside docstrings, and a pattern for each f-string."""
    constants: set[str] = set()
    patterns: set[str] = set()
    for tree in trees().values():
        documentation = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                pieces = [
                    re.escape(str(v.value)) if isinstance(v, ast.Constant) else "[a-z0-9_.]+" for v in node.values
                ]
                patterns.add("".join(pieces))
    return frozenset(constants), tuple(sorted(p for p in patterns if re.match(r"[a-z]+\\\.|\[a-z0-9_\.\]\+_[a-z]", p)))


def test_both_languages_have_the_same_files() -> None:
    files = [{p.name for p in (LOCALE / language).glob("*.toml")} for language in LANGUAGES]
    assert files[0] == files[1]


def test_both_languages_say_the_same_things() -> None:
    english, chinese = (set(texts(language)) for language in ("en", "zh"))
    assert english - chinese == set(), "not written in Chinese"
    assert chinese - english == set(), "not written in English"


def test_both_languages_have_the_same_blanks() -> None:
    english, chinese = texts("en"), texts("zh")
    different = {
        code: (sorted(blanks(english[code])), sorted(blanks(chinese[code])))
        for code in english.keys() & chinese.keys()
        if blanks(english[code]) != blanks(chinese[code])
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_not_empty_and_can_be_filled(language: str) -> None:
    for code, text in texts(language).items():
        assert text.strip() == text != "", f"{code} is empty or has stray spaces"
        assert text.format(**dict.fromkeys(blanks(text), 1)), f"{code} cannot be filled"


def test_chinese_is_chinese() -> None:
    plain = [
        code for code, text in texts("zh").items() if not re.search("[一-鿿]", text) and re.search("[a-z]{3} ", text)
    ]
    assert plain == [], "left in English"


def test_every_code_used_is_written() -> None:
    missing = sorted({(where, code) for where, _, code in calls() if code not in texts("en")})
    assert missing == []


def test_every_string_that_looks_like_a_code_is_one() -> None:
    """Codes handed on in variables and tables, where no call shows them."""
    themes = {code.partition(".")[0] for code in texts("en")}
    endings = {"csv", "toml", "json", "jsonl", "parquet", "py", "db", "txt", "md", "sql", "mbox", "html", "js", "yaml"}
    modules = {f.removesuffix(".py").replace("/", ".").partition(".")[2] for f in trees()}
    suspects = {
        s for s in strings()[0]
        if CODE.fullmatch(s) and s.partition(".")[0] in themes and s.partition(".")[2] not in endings
    }  # fmt: skip
    assert sorted(suspects - set(texts("en")) - modules) == []


def test_every_blank_is_filled_where_the_code_is_used() -> None:
    wrong = []
    for where, node, code in calls():
        given = {k.arg for k in node.keywords}
        if None in given or len(node.args) > 1 or code not in texts("en"):
            continue
        lacking = blanks(texts("en")[code]) - {g for g in given if g} - ADDED_LATER
        if lacking:
            wrong.append(f"{where} {code} lacks {sorted(lacking)}")
    assert wrong == []


def test_no_sentence_is_left_over() -> None:
    constants, patterns = strings()
    any_pattern = re.compile("|".join(patterns) or "(?!)")
    unused = sorted(
        code
        for code in texts("en")
        if code not in constants and code.partition(".")[2] not in constants and not any_pattern.fullmatch(code)
    )
    assert unused == []
