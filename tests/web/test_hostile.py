"""Names with markup, marks that turn the direction, and 200 characters: nothing runs, nothing overflows."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.conftest import Site, _graphsvc, picture, served, settle, use, watched

MARKUP = "<img src=x onerror=\"document.title='broken'\">"
TURNED = "Anna \u202egnp.exe\u2066 Müller"
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 6
SCRIPT = "</script><script>document.title='broken'</script>"
HOLDERS = """[...document.querySelectorAll('main *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.includes('\\u202e')))
  .map(e => e.tagName)"""
NAMES = {"x": MARKUP, "y": TURNED, "z": LONG, "w": SCRIPT, "v": "{{7*7}} ${document.title='broken'} ⟦a⟧"}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hostile")
    files = folder / "files"
    files.mkdir()
    write(files / "organizations.csv", ["id", "name"], [["us", "Us"], ["o", LONG], ["m", MARKUP]])
    people = [[key, name, f"{key}@them.example", SCRIPT, "o", "no"] for key, name in NAMES.items()]
    people.append(["rep", MARKUP, "rep@us.example", "rep", "us", "yes"])
    write(files / "people.csv", ["id", "name", "email", "title", "organization", "internal"], people)
    rows = [
        [
            f"2026-{1 + i % 6:02}-{1 + i % 27:02}T08:00:00Z",
            *(("rep", key) if i % 2 else (key, "rep")),
            "mail",
            "<b>mail</b>",
        ]
        for i in range(80)
        for key in NAMES
    ]
    rows += [[f"2026-05-{1 + i:02}T09:00:00Z", "x", "y", "chat", "chat"] for i in range(9)]
    write(files / "interactions.csv", ["time", "from", "to", "kind", "channel"], rows)
    write(files / "facts.csv", ["kind", "subject", "object"], [["OWNS", "rep", "o"]])
    database = folder / "hostile.db"
    for command in (("sync", "tables", str(files), "--own", "us.example"), ("fit",), ("score",)):
        _graphsvc(database, *command)
    with served(database) as url:
        yield Site(url, {}, database)


def write(path: Path, header: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.fixture
def hostile_page(browser: Any, hostile: Site, expected_errors: Any) -> Iterator[Any]:
    with watched(browser, hostile.url, expected_errors) as page:
        yield page


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_of_a_name_runs_or_overflows(hostile_page, hostile, width):
    page = hostile_page
    use(page, "zh" if width == 360 else "en")
    page.set_viewport_size({"width": width, "height": 800})
    ids = {key: hostile.id_of(f"{key}@them.example") for key in NAMES}
    rep = hostile.id_of("rep@us.example")
    addresses = [
        f"/?view=top&rep={rep}",
        f"/?view=top&rep={rep}&tab=handover",
        f"/?view=map&focus={ids['x']}",
        f"/?view=map&focus={ids['x']}&as=table",
        f"/?view=paths&to={ids['y']}",
        f"/?view=boards&board=health&panel=person:{ids['z']}",
        f"/?view=boards&board=data&panel=tie:{rep},{ids['w']}",
        f"/?view=top&panel=score:tie_strength,{rep},{ids['v']}",
    ]
    for address in addresses:
        page.goto(address)
        settle(page)
        assert page.title() != "broken" and "broken" not in page.title(), address
        assert page.locator("img[src=x]").count() == 0, address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
    picture(page, f"hostile-{width}")


def test_a_name_that_turns_the_direction_stays_inside_itself(hostile_page, hostile):
    page = hostile_page
    page.goto(f"/?view=paths&to={hostile.id_of('y@them.example')}")
    settle(page)
    loose = page.evaluate(HOLDERS)
    assert set(loose) <= {"BDI"}


def test_hostile_text_in_the_address_is_only_text(hostile_page, expected_errors):
    expected_errors.patterns.append("Failed to load resource")
    page = hostile_page
    for query in (
        "view=map&focus=%3Cimg%20src%3Dx%3E",
        "view=top&rep=%22%3E%3Cscript%3E",
        "view=paths&to=__proto__",
        "panel=__proto__:x",
        "view=constructor",
    ):
        page.goto(f"/?{query}")
        settle(page)
        assert page.locator("img[src=x]").count() == 0
        assert page.locator("main").inner_text().strip()
