"""What every source promises; sources are discovered, and each needs only a small sample here.

A new source without a sample fails ``test_every_source_has_a_sample``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graphsvc.errors import InputError
from graphsvc.model import TABLES, arrow_schema, required_columns
from graphsvc.phrases import LANGUAGES, Phrase, catalogue
from graphsvc.records import Page
from graphsvc.registry import SourceSpec, sources

RECEIVED = 1_900_000_000_000_000

POSTMARK = "From a@b.org Mon Jan  5 10:00:00 2009"


def mail_file(folder: Path) -> Path:
    """Nine messages: six between people, one of a list, one without date, one to a recipient that is none."""
    blocks = [
        f"From: Ann <ann@x.org>\nTo: Bob <bob{i}@y.org>, cy@z.org\nDate: {i} Jan 2009 10:00 +0800\nMessage-ID: <{i}@x>"
        for i in range(1, 7)
    ]
    blocks.insert(2, blocks[0].replace("<1@x>", "<l@x>") + "\nList-Id: <all.x.org>")
    blocks.insert(4, "From: ann@x.org\nTo: bob@y.org")
    blocks.insert(5, "From: ann@x.org\nTo: nobody\nDate: 9 Jan 2009 10:00:00 +0000")
    path = folder / "in.mbox"
    path.write_text("\n".join(f"{POSTMARK}\n{block}\n\nhello\n" for block in blocks))
    return path


def mail_folder(folder: Path) -> Path:
    """A Maildir of single messages with an mbox of old ones beside it."""
    box = folder / "box"
    for name in ("cur", "new", "old"):
        (box / name).mkdir(parents=True)
    mail_file(box / "old")
    for i in range(5):
        text = f"From: dee@x.org\nTo: Eve <eve@y.org>\nDate: {i + 1} Feb 2009 10:00:00 +0000\nMessage-ID: <d{i}@x>\n\n"
        (box / ("cur", "new")[i % 2] / f"{i}.host:2,S").write_text(text)
    return box


def table_folder(folder: Path) -> Path:
    """People, a fact and interactions, one of them without a time."""
    (folder / "people.csv").write_text("id,name,email\np1,Ann,ann@x.org\np2,李娜,lina@y.cn\np3,Bob,\n")
    (folder / "facts.csv").write_text("subject,kind,object,valid_from\np1,WORKS_AT,acme,2020-01-01\n")
    lines = [f"2026-01-{d:02d}T10:00:00Z,p{d % 3 + 1},p{(d + 1) % 3 + 1},mail" for d in range(1, 10)]
    lines.insert(4, "soon,p1,p2,mail")
    (folder / "interactions.csv").write_text("time,from,to,channel\n" + "\n".join(lines) + "\n")
    return folder


def maven_folder(folder: Path) -> Path:
    """Accounts, products, teams and deals as in the pipeline of the Maven challenge."""
    (folder / "accounts.csv").write_text(
        "account,sector,year_established,revenue,employees,office_location,subsidiary_of\n"
        "Acme,technolgy,1996,1100.04,2822,United States,\nBeta,medical,1999,251.41,495,Kenya,Acme\n"
    )
    (folder / "products.csv").write_text("product,series,sales_price\nGTX Pro,GTX,4821\n")
    (folder / "sales_teams.csv").write_text(
        "sales_agent,manager,regional_office\nAnna Snelling,Dustin Brinkmann,Central\n"
    )
    deals = [f"D{i},Anna Snelling,GTXPro,Acme,Won,2016-10-{i + 1:02d},2017-03-01,{1000 + i}" for i in range(5)]
    deals += ["D8,Anna Snelling,GTX Pro,,Prospecting,,,", "D9,Anna Snelling,GTX Pro,Beta,Won,soon,2017-03-01,5"]
    head = "opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value\n"
    (folder / "sales_pipeline.csv").write_text(head + "\n".join(deals) + "\n")
    return folder


def salesforce_folder(folder: Path) -> Path:
    """The usual objects of a Salesforce export."""
    (folder / "Account.csv").write_text("Id,Name,OwnerId,Industry\n001A,Acme,005A,Energy\n001B,Beta,005A,\n")
    (folder / "Contact.csv").write_text(
        "Id,AccountId,FirstName,LastName,Email,Title\n003A,001A,Ann,Lee,ann@acme.com,CTO\n003B,001B,Bo,Ek,bo@beta.com,\n"
    )
    (folder / "User.csv").write_text("Id,Name,Email\n005A,Rita Rep,rita@us.com\n")
    (folder / "Task.csv").write_text(
        "Id,OwnerId,WhoId,ActivityDate,Status,Subject,TaskSubtype\n"
        "00TA,005A,003A,2026-02-01,Completed,Hello,Email\n00TB,005A,003B,2026-02-02,Completed,Ring,Call\n"
        "00TC,005A,,2026-02-03,Completed,Nobody,Call\n"
    )
    return folder


SAMPLES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "mail-mbox": ("mail", mail_file),
    "mail-folder": ("mail", mail_folder),
    "tables": ("tables", table_folder),
    "crm-maven": ("crm", maven_folder),
    "crm-salesforce": ("crm", salesforce_folder),
}


@pytest.fixture(params=sorted(SAMPLES))
def sample(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[SourceSpec, Path]:
    """A source and the path of its sample."""
    name, make = SAMPLES[request.param]
    return sources()[name], make(tmp_path)


def read(sample: tuple[SourceSpec, Path], cursor: str | None = None, page_rows: int = 3) -> list[Page]:
    spec, path = sample
    return list(spec.read(spec.config(path=path, received=RECEIVED, page_rows=page_rows), cursor))


def rows(pages: list[Page]) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for page in pages:
        if len(page.rows):
            out.setdefault(page.table, []).extend(page.rows.to_pylist())
    return out


def test_every_source_has_a_sample() -> None:
    assert {name for name, _ in SAMPLES.values()} == set(sources())


@pytest.mark.parametrize("name", sorted(sources()))
def test_configuration_is_documented_and_strict(name: str) -> None:
    config = sources()[name].config
    undocumented = [field for field, info in config.model_fields.items() if not info.description]
    assert undocumented == []
    assert {"path", "name", "page_rows", "received"} <= set(config.model_fields)
    assert config.model_config.get("frozen") and config.model_config.get("extra") == "forbid"


@pytest.mark.parametrize("name", sorted(sources()))
def test_the_function_and_its_module_say_what_they_do(name: str) -> None:
    function = sources()[name].read
    assert inspect.getdoc(function), "the source has no docstring"
    assert inspect.getdoc(inspect.getmodule(function)), "the module has no docstring"


@pytest.mark.parametrize("name", sorted(sources()))
def test_a_path_that_is_not_there_is_one_clear_sentence(name: str, tmp_path: Path) -> None:
    spec = sources()[name]
    with pytest.raises(InputError) as error:
        list(spec.read(spec.config(path=tmp_path / "nothing-here"), None))
    for language in LANGUAGES:
        assert "nothing-here" in error.value.text(language)


def test_pages_have_exactly_the_columns_of_the_model(sample: tuple[SourceSpec, Path]) -> None:
    pages = read(sample)
    assert sum(len(p.rows) for p in pages) > 0
    for page in pages:
        model = TABLES[page.table]
        assert page.rows.schema.equals(arrow_schema(model)), f"{page.table} has other columns or types"
        empty = [c for c in required_columns(model) if page.rows.column(c).null_count]
        assert empty == [], f"required columns of {page.table} are empty"


def test_times_are_not_after_receipt(sample: tuple[SourceSpec, Path]) -> None:
    for page in read(sample):
        if page.table == "interactions" and len(page.rows):
            latest = max(page.rows.column("time").cast(pa.int64()).to_pylist())
            assert latest <= RECEIVED + 86_400_000_000


def test_every_row_read_has_one_fate(sample: tuple[SourceSpec, Path]) -> None:
    for page_rows in (1, 3, 1000):
        for page in read(sample, page_rows=page_rows):
            assert page.read == len(page.rows) + len(page.rejects) + sum(page.left_out.values())


def test_what_is_counted_does_not_depend_on_the_page_size(sample: tuple[SourceSpec, Path]) -> None:
    def fates(page_rows: int) -> tuple[int, list[str]]:
        pages = [p for p in read(sample, page_rows=page_rows) if p.table != "people"]
        return sum(p.read for p in pages), sorted(r.where for p in pages for r in p.rejects)

    assert fates(1) == fates(4) == fates(1000)


def test_the_same_input_twice_gives_equal_pages(sample: tuple[SourceSpec, Path]) -> None:
    first, second = read(sample), read(sample)
    assert len(first) == len(second)
    for a, b in zip(first, second, strict=True):
        assert a.rows.equals(b.rows)
        assert (a.table, a.cursor, a.scope, a.read) == (b.table, b.cursor, b.scope, b.read)
        assert (a.rejects, a.left_out, a.notes, a.remarks) == (b.rejects, b.left_out, b.notes, b.remarks)


@pytest.mark.parametrize("page_rows", [1, 3, 1000])
def test_resuming_from_any_page_gives_the_rest(sample: tuple[SourceSpec, Path], page_rows: int) -> None:
    pages = read(sample, page_rows=page_rows)
    for i, page in enumerate(pages):
        rest, expected = read(sample, page.cursor, page_rows), pages[i + 1 :]
        assert rows(rest) == rows(expected), f"after page {i} of {len(pages)}"
        assert [r.where for p in rest for r in p.rejects] == [r.where for p in expected for r in p.rejects]
        assert sum(p.read for p in rest) == sum(p.read for p in expected)


def test_an_unchanged_input_gives_no_rows_again(sample: tuple[SourceSpec, Path]) -> None:
    last = read(sample)[-1]
    assert last.cursor is not None
    again = read(sample, last.cursor)
    assert rows(again) == {}
    assert sum(p.read for p in again) == 0


def test_whatever_a_page_says_is_written_in_every_language(sample: tuple[SourceSpec, Path]) -> None:
    for page in read(sample):
        phrases: list[Phrase] = [r.reason for r in page.rejects] + list(page.remarks)
        for language in LANGUAGES:
            assert all(p.text(language) for p in phrases)
            for code in (*page.left_out, *page.notes):
                theme, _, name = code.partition(".")
                assert name in catalogue(language, theme), f"{code} is not written in {language}"
        assert all(r.where in r.reason.text("en") for r in page.rejects), "a reason does not say where"


def test_the_name_of_the_instance_is_on_every_page(sample: tuple[SourceSpec, Path]) -> None:
    spec, path = sample
    pages = spec.read(spec.config(path=path, name="other", received=RECEIVED), None)
    assert {p.source for p in pages} == {"other"}
