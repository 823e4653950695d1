"""Each sentence exists in English and Chinese with the same blanks; each code used is written, none is left over."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from graphsvc.phrases import LANGUAGES, catalogue, filled, gist, phrase

ROOT = Path(__file__).parents[2]
LOCALE = ROOT / "graphsvc" / "locale"
PACKAGES = ("graphsvc", "ingest", "algorithms", "queries", "api")
CODE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
ADDED_LATER = {"where"}  # sources know it where they make the Reject


@cache
def texts(language: str) -> dict[str, str]:
    """Sentence by code, over all themes but those of the page (``tests/unit/api/test_page_sources.py``)."""
    out: dict[str, str] = {}
    for path in sorted(p for p in (LOCALE / language).glob("*.toml") if not p.stem.startswith("web")):
        out |= {f"{path.stem}.{name}": text for name, text in tomllib.loads(path.read_text("utf-8")).items()}
    return out


HALF_WIDTH = re.compile(r"[\u4e00-\u9fff）”][,;!?:(]|[,;!?):][\u4e00-\u9fff（“]")
LITERAL = re.compile(r"`[^`]*`|\S*://\S*|\brole:\S*")  # what is typed as it stands


def test_chinese_sentences_have_chinese_punctuation() -> None:
    told = {code: LITERAL.sub("", re.sub(r"\{[^{}]*\}", "中", text)) for code, text in texts("zh").items()}
    assert {code: text for code, text in told.items() if HALF_WIDTH.search(text)} == {}


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
            if isinstance(first, ast.Constant) and isinstance(first.value, str) and _takes_code(file, function):
                code = first.value if "." in first.value else f"{_theme(file, function)}.{first.value}"
                yield f"{file}:{node.lineno}", node, code


@cache
def _errors() -> frozenset[str]:
    tree = trees()["graphsvc/errors.py"]
    names = {n.name for n in tree.body if isinstance(n, ast.ClassDef)}
    return frozenset(names - {"AmbiguousError"})  # its first argument is the text searched for


def _takes_code(file: str, function: str) -> bool:
    return function in ("phrase", "Phrase") or function in _errors() or (function == "say" and _is_cli(file))


def _theme(file: str, function: str) -> str:
    return "cli" if function == "say" and _is_cli(file) else "errors"


def _is_cli(file: str) -> bool:
    return file.startswith("graphsvc/cli")


@cache
def strings() -> tuple[frozenset[str], tuple[str, ...]]:
    """All string constants outside docstrings and f-strings, and a pattern for each f-string with some fixed text."""
    constants: set[str] = set()
    patterns: set[str] = set()
    for tree in trees().values():
        nodes = list(ast.walk(tree))
        parts = {id(v) for n in nodes if isinstance(n, ast.JoinedStr) for v in n.values}
        parts |= {id(n.value) for n in nodes if isinstance(n, ast.Expr)}
        for node in nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                constants.add(node.value)
            elif isinstance(node, ast.JoinedStr) and len(_fixed(node)) >= 3:
                patterns.add("".join(re.escape(_literal(v)) or "[a-z0-9_]+" for v in node.values))
    return frozenset(constants), tuple(sorted(patterns))


@cache
def actions() -> frozenset[str]:
    """Names of actions in the audit log, which have the form of codes but are for machines."""
    found = (n for tree in trees().values() for n in ast.walk(tree) if isinstance(n, ast.Call))
    logged = (n for n in found if isinstance(n.func, ast.Attribute) and n.func.attr in ("log", "written"))
    return frozenset(str(a.value) for n in logged for a in n.args if isinstance(a, ast.Constant))


def _literal(value: ast.expr) -> str:
    return str(value.value) if isinstance(value, ast.Constant) else ""


def _fixed(node: ast.JoinedStr) -> str:
    """The letters that stand fixed in an f-string, beyond a theme."""
    return re.sub("[^a-z]", "", re.sub(r"^[a-z]+\.", "", "".join(_literal(v) for v in node.values)))


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
        assert text.strip(), f"{code} is empty"
        assert filled(text, dict.fromkeys(blanks(text), 1)), f"{code} cannot be filled"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_leaves_the_plural_to_its_reader(language: str) -> None:
    lazy = [code for code, text in texts(language).items() if "(s)" in text]
    lazy += [p.name for p in (LOCALE / language).glob("web*.toml") if "(s)" in p.read_text("utf-8")]
    assert lazy == []


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (1, "en", "1 tie joins two colleagues"),
        (7964, "en", "7,964 ties join two colleagues"),
        (0, "en", "0 ties join two colleagues"),
        (7964, "zh", "有 7,964 条关系"),
    ],
)
def test_what_is_counted_stands_in_the_fitting_form_with_its_thousands_apart(
    count: int, language: str, said: str
) -> None:
    assert phrase("health.no_other_side", count=count).text(language).startswith(said)


def test_a_number_that_counts_nothing_stays_as_it_is() -> None:
    assert filled("port {port}, {share:.1f}", {"port": 8080, "share": 2}) == "port 8080, 2.0"


def test_a_gist_leaves_a_gap_also_where_something_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    assert catalogue("en", "health")["warm_ties"].startswith("{count:")
    assert gist("health.warm_ties") == "… independent warm ties: different people on both sides."


def test_chinese_is_chinese() -> None:
    plain = [
        code for code, text in texts("zh").items() if not re.search("[一-鿿]", text) and re.search("[a-z]{3} ", text)
    ]
    assert plain == [], "left in English"


def test_every_code_used_is_written() -> None:
    missing = sorted({(where, code) for where, _, code in calls() if code not in texts("en")})
    assert missing == [], missing


def test_every_string_that_looks_like_a_code_is_one() -> None:
    """Codes handed on in variables and tables, where no call shows them."""
    themes = {code.partition(".")[0] for code in texts("en")}
    endings = {"csv", "toml", "json", "jsonl", "parquet", "py", "db", "txt", "md", "sql", "mbox", "html", "js", "yaml"}
    modules = {f.removesuffix(".py").replace("/", ".").partition(".")[2] for f in trees()}
    suspects = {
        s for s in strings()[0]
        if CODE.fullmatch(s) and s.partition(".")[0] in themes and s.partition(".")[2] not in endings
    }  # fmt: skip
    unwritten = sorted(suspects - set(texts("en")) - modules - actions())
    assert unwritten == [], ", ".join(unwritten)


def test_every_blank_is_filled_where_the_code_is_used() -> None:
    wrong = []
    for where, node, code in calls():
        given = {k.arg for k in node.keywords}
        if None in given or len(node.args) > 1 or code not in texts("en"):
            continue
        lacking = blanks(texts("en")[code]) - {g for g in given if g} - ADDED_LATER
        if lacking:
            wrong.append(f"{where} {code} lacks {sorted(lacking)}")
    assert wrong == [], "; ".join(wrong)


def test_no_sentence_is_left_over() -> None:
    constants, patterns = strings()
    composed = re.compile("|".join(patterns) or "(?!)")
    unused = []
    for code in texts("en"):
        name = code.partition(".")[2]
        if not {code, name} & constants and not composed.fullmatch(code) and not composed.fullmatch(name):
            unused.append(code)
    assert unused == [], ", ".join(unused)
