"""The page's sources: every text is in both catalogues, none is in the code, and libraries are what they say."""

import hashlib
import json
import re

import pytest

from api.site import WEB, page_texts

VENDOR = WEB / "vendor"
SOURCES = sorted(path for path in WEB.rglob("*.js") if VENDOR not in path.parents)
CODE = re.compile(r"""\bt\(\s*["'`]([a-z_]+\.[a-z_0-9]+)["'`]""")
CHOSEN = re.compile(r"""["'`]([a-z_]+\.[a-z_0-9]+)["'`]""")  # as in t(a ? "x.y" : "x.z")
MADE = re.compile(r"\bt\(\s*`([a-z_]+\.[a-z_]*)\$\{")
TEMPLATE_TEXT = re.compile(r">([^<>`${}]*[A-Za-z一-鿿]{2,}[^<>`${}]*)<")
ATTRIBUTE = re.compile(r"""(?:aria-label|placeholder|title|alt)="([^"$]*[A-Za-z一-鿿][^"$]*)\"""")
OWN_NAMES = {"English", "中文", "graphsvc"}  # languages are named in themselves
TEXTS = {language: page_texts(language) for language in ("en", "zh")}


def forms(code):
    """What a code may stand for: itself or its plural forms."""
    return {code, f"{code}_one", f"{code}_other"}


def used():
    """Codes in the sources, written out or begun."""
    whole, begun = set(), set()
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        whole |= set(CODE.findall(text)) | {c for c in CHOSEN.findall(text) if c.split(".")[0] in THEMES}
        begun |= set(MADE.findall(text))
    return whole, begun


THEMES = {code.split(".")[0] for code in TEXTS["en"]}


def test_the_page_says_the_same_things_in_both_languages():
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
    for code, text in TEXTS["en"].items():
        slots = {language: set(re.findall(r"\{(\w+)[:}]", TEXTS[language][code])) for language in TEXTS}
        assert slots["en"] == slots["zh"], f"{code} has other arguments in Chinese"
        assert text.strip() and TEXTS["zh"][code].strip(), code


def test_a_counted_word_has_both_forms():
    for language, texts in TEXTS.items():
        for code, text in texts.items():
            for blank in re.findall(r"\{\w+:([^}]*)\}", text):
                assert re.fullmatch(r"[^|]+\|[^|]+", blank), f"{code} in {language}: {blank}"


def test_plural_forms_come_in_pairs():
    for code in TEXTS["en"]:
        if code.endswith("_one"):
            assert code.removesuffix("_one") + "_other" in TEXTS["en"], code


def test_every_text_the_page_asks_for_is_written():
    whole, begun = used()
    texts = TEXTS["en"].keys()
    missing = [code for code in whole if code.split(".")[0] in THEMES and not forms(code) & texts and ".js" not in code]
    assert not missing
    assert not [start for start in begun if not any(code.startswith(start) for code in texts)]


def test_every_text_is_asked_for():
    whole, begun = used()
    asked = {form for code in whole for form in forms(code)}
    unused = [
        c for c in TEXTS["en"] if c not in asked and not c.startswith("words.") and not c.startswith(tuple(begun))
    ]
    assert not unused


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_literal_a_person_reads_is_in_the_code(path):
    code = re.sub(r"^\s*(//|\*|/\*).*$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    literals = [text.strip() for text in TEMPLATE_TEXT.findall(code)] + ATTRIBUTE.findall(code)
    templates = "html`" in code or "svg`" in code
    assert not templates or not [
        text for text in literals if text not in OWN_NAMES and not re.search(r"[()=;/|&]", text)
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(WEB)))
def test_nothing_is_drawn_past_the_escaping(path):
    code = path.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|unsafeHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|style=", code
    )


def test_vendored_files_are_as_their_manifest_says():
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    listed = {}
    for library in manifest:
        assert re.fullmatch(r"\d+\.\d+\.\d+", library["version"]) and library["licence"], library["name"]
        listed.update({entry["path"]: entry["sha256"] for entry in library["files"]})
    there = {str(path.relative_to(VENDOR)) for path in VENDOR.rglob("*") if path.is_file()} - {"manifest.json"}
    assert there == listed.keys()
    for path, digest in listed.items():
        assert hashlib.sha256((VENDOR / path).read_bytes()).hexdigest() == digest, path


def test_every_library_brings_its_licence():
    for library in json.loads((VENDOR / "manifest.json").read_text()):
        folder = VENDOR / library["name"]
        assert any(path.name.upper().startswith("LICENSE") for path in folder.iterdir()), library["name"]
