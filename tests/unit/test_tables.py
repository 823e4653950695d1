"""Files become pages: every row has one fate, a re-run resumes, an unchanged folder is read cheaply."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphsvc.errors import InputError
from graphsvc.model import TABLES, arrow_schema
from ingest.tables import TablesConfig, tables

RECEIVED = 1_800_000_000_000_000
DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
INTERACTIONS = "time,from,to\n2026-01-01,a,b\n2026-01-02,a,c\n2026-01-03,b,c\n"


def pages(path, cursor=None, **options):
    out = list(tables(TablesConfig(path=path, received=RECEIVED, **options), cursor))
    for page in out:
        assert page.read == len(page.rows) + len(page.rejects) + sum(page.left_out.values()), "a row has no fate"
        assert page.rows.schema.equals(arrow_schema(TABLES[page.table]))
    return out


def totals(out):
    notes, left = Counter(), Counter()
    for page in out:
        notes.update(page.notes)
        left.update(page.left_out)
    return sum(p.read for p in out), sum(len(p.rows) for p in out), dict(notes), dict(left)


def rows(out, table=None):
    return [r for p in out if table in (None, p.table) for r in p.rows.to_pylist()]


def write(folder, name, text, encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return folder / name


def told(out):
    return [str(r) for p in out for r in p.remarks]


def test_files_are_recognised_by_name_and_come_in_a_fixed_order(tmp_path):
    write(tmp_path, "interactions-2026.csv", INTERACTIONS)
    write(tmp_path, "Contacts.csv", "id,name\na,Ann\n")
    write(tmp_path, "accounts.csv", "id,name\no,Org\n")
    write(tmp_path, "facts.csv", "subject,kind,object\na,KNOWS,b\n")
    write(tmp_path, "readme.txt", "hello")
    write(tmp_path, "zebra.csv", "x\n1\n")
    out = pages(tmp_path)
    assert [p.table for p in out if p.read] == ["organizations", "people", "facts", "interactions"]
    assert totals(out)[:2] == (6, 6)
    assert any("zebra.csv" in t for t in told(out))


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "jsonl", "jsonl.gz", "tsv", "semicolons", "bom", "crlf"])
def test_all_forms_of_a_file_give_the_same_rows(tmp_path, kind):
    records = [
        {"time": "2026-01-01", "from": "a", "to": 'b "q"'},
        {"time": "2026-01-02", "from": "王\n五", "to": "c;d,e"},
    ]

    def separated(d):
        quoted = ['"' + str(v).replace('"', '""') + '"' for r in records for v in r.values()]
        return d.join(["time", "from", "to"]) + "\n" + d.join(quoted[:3]) + "\n" + d.join(quoted[3:]) + "\n"

    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist(records), tmp_path / "interactions.parquet")
    elif kind.endswith(".gz"):
        text = lines if "json" in kind else separated(",")
        (tmp_path / f"interactions.{kind}").write_bytes(gzip.compress(text.encode()))
    elif kind == "jsonl":
        write(tmp_path, "interactions.jsonl", lines)
    elif kind == "tsv":
        write(tmp_path, "interactions.tsv", separated("\t"))
    else:
        text = separated(";" if kind == "semicolons" else ",")
        text = text.replace("\n", "\r\n").replace("王\r\n五", "王\n五") if kind == "crlf" else text
        write(tmp_path, "interactions.csv", text, "utf-8-sig" if kind == "bom" else "utf-8")
    found = [(r["time"].day, r["from"], r["to"]) for r in rows(pages(tmp_path))]
    assert found == [(1, "a", 'b "q"'), (2, "王\n五", "c;d,e")]


def test_chinese_excel_exports_are_read_and_said_to_be(tmp_path):
    write(tmp_path, "people.csv", "id,name,title\n1,王小明,总经理\n2,李雷,采购经理\n", "gb18030")
    out = pages(tmp_path)
    assert [r["name"] for r in rows(out)] == ["王小明", "李雷"]
    assert any("GB18030" in t for t in told(out))


def test_utf16_with_its_mark_is_read(tmp_path):
    write(tmp_path, "people.csv", "id\tname\n1\t王小明\n", "utf-16")
    assert [r["name"] for r in rows(pages(tmp_path))] == ["王小明"]


def test_one_broken_byte_does_not_turn_a_utf8_file_into_another_encoding(tmp_path):
    text = "".join(f"{i},王小明\n" for i in range(50)).encode()
    (tmp_path / "people.csv").write_bytes(b"id,name\n" + text + b"x,caf\xe9\n" + text.replace(b"\n", b"0\n"))
    out = pages(tmp_path)
    assert totals(out)[:2] == (101, 100)
    (reject,) = [r for p in out for r in p.rejects]
    assert (reject.where, reject.reason.code) == ("people.csv:52", "sources.broken_text")


def test_latin1_is_refused_row_by_row_not_read_as_rare_chinese(tmp_path):
    write(tmp_path, "people.csv", "id,name\n1,Müller\n2,Ann\n3,Zoë Gänsle\n", "latin-1")
    out = pages(tmp_path)
    assert [r["name"] for r in rows(out)] == ["Ann"]
    assert [r.where for p in out for r in p.rejects] == ["people.csv:2", "people.csv:4"]


def test_rows_with_a_wrong_number_of_fields_are_refused_with_their_row_number(tmp_path):
    text = 'id,name\n1,"Ann\nLee"\n\n2\n3,Bob,x,y\n4,Cy\n'
    write(tmp_path, "people.csv", text)
    for size in (1, 2, 100):
        out = pages(tmp_path, page_rows=size)
        assert [r["id"] for r in rows(out)] == ["1", "4"]
        assert [r.where for p in out for r in p.rejects] == ["people.csv:4", "people.csv:5"]
        assert totals(out)[3] == {"sources.blank_row": 1}
        assert totals(out)[0] == 5


def test_row_numbers_hold_after_broken_rows_and_across_pages(tmp_path):
    lines = [f"2026-01-0{i % 9 + 1},a,b" if i % 7 else "2026-01-01,a" for i in range(100)]
    lines = ["soon,a,b" if i % 10 == 3 else line for i, line in enumerate(lines)]
    write(tmp_path, "interactions.csv", "time,from,to\n" + "\n".join(lines) + "\n")
    expected = sorted(i + 2 for i, line in enumerate(lines) if line.startswith("soon") or line.count(",") == 1)
    out = pages(tmp_path, page_rows=8)
    assert sorted(int(r.where.split(":")[1]) for p in out for r in p.rejects) == expected
    assert totals(out)[0] == 100


def test_json_lines_that_are_no_objects_are_refused_and_mixed_types_are_taken(tmp_path):
    lines = [
        '{"id": 1, "name": "Ann", "internal": true}',
        "{oops",
        "[1]",
        "",
        '{"id": "b", "level": null, "extra": {"x": 1}}',
    ]
    write(tmp_path, "people.jsonl", "\n".join(lines))
    out = pages(tmp_path)
    assert [(r["id"], r["internal"]) for r in rows(out)] == [("1", True), ("b", None)]
    assert [(r.where, r.reason.code) for p in out for r in p.rejects] == [
        ("people.jsonl:2", "sources.bad_json"), ("people.jsonl:3", "sources.bad_json")]  # fmt: skip


def test_a_file_that_breaks_off_gives_the_rows_before_the_break_and_the_next_file(tmp_path):
    body = INTERACTIONS + "".join(f"2026-02-01,a{i * 7919 % 10007},b{i * 104729 % 10007}\n" for i in range(400_000))
    (tmp_path / "interactions.csv.gz").write_bytes(gzip.compress(body.encode(), 1)[:-2_000])
    write(tmp_path, "interactions2.csv", INTERACTIONS)
    out = pages(tmp_path)
    (reject,) = [r for p in out for r in p.rejects]
    assert reject.reason.code == "sources.damaged_file"
    assert totals(out)[1] > 100_000


@pytest.mark.parametrize("text", ["", "id,name\n", "\n"])
def test_an_empty_file_is_a_note_not_a_crash(tmp_path, text):
    write(tmp_path, "people.csv", text)
    write(tmp_path, "interactions.csv", INTERACTIONS)
    out = pages(tmp_path)
    assert totals(out)[1] == 3
    assert totals(out)[2] == {"sources.empty_file": 1}


def test_headers_are_mapped_and_constants_fill_columns(tmp_path):
    path = write(tmp_path, "advice.csv", "from_id,to_id\n1,2\n1,3\n")
    options = {"table": "facts", "map": ["subject=from_id", "facts.object=to_id", "kind==FOLLOWS"]}
    assert [(r["subject"], r["kind"], r["object"]) for r in rows(pages(path, **options))] == [
        ("1", "FOLLOWS", "2"), ("1", "FOLLOWS", "3")]  # fmt: skip
    as_dict = {"subject": "from_id", "facts.object": "to_id", "kind": "=FOLLOWS"}
    assert TablesConfig(path=path, map=as_dict).map == TablesConfig(path=path, map=options["map"]).map


def test_a_column_can_be_left_out_and_unused_ones_are_named(tmp_path):
    write(tmp_path, "people.csv", "ID,Name,level,age\n1,Ann,3,33\n")
    out = pages(tmp_path, map=["people.level="])
    assert rows(out)[0] | {"level": None} == rows(out)[0]
    assert rows(out)[0]["name"] == "Ann"
    assert any("level, age" in t for t in told(out))


def test_headers_are_checked_before_a_row_is_taken(tmp_path):
    write(tmp_path, "people.csv", "id,name\n1,Ann\n")
    write(tmp_path, "interactions.csv", "time,from_id,to\n2026-01-01,a,b\n")
    source = tables(TablesConfig(path=tmp_path, received=RECEIVED), None)
    with pytest.raises(InputError, match=r"interactions\.csv.*from.*from_id.*--map") as error:
        next(source)
    assert error.value.phrase.code == "sources.no_column"


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (["from"], "bad_map"),
        (["colour=x"], "bad_map"),
        (["people.subject=x"], "bad_map"),
        (["interactions.from=no"], "no_header"),
        (["topic=no"], "no_header"),
    ],
)
def test_a_wrong_mapping_is_one_clear_sentence(tmp_path, entries, code):
    write(tmp_path, "interactions.csv", INTERACTIONS)
    with pytest.raises(InputError) as error:
        pages(tmp_path, map=entries)
    assert error.value.phrase.code == f"sources.{code}"
    assert all(error.value.text(language) for language in ("en", "zh"))


def test_a_mapping_for_a_folder_need_not_fit_every_file_but_one_for_a_file_must(tmp_path):
    path = write(tmp_path, "interactions.csv", INTERACTIONS)
    write(tmp_path, "interactions2.csv", INTERACTIONS.replace("from", "sender"))
    assert totals(pages(tmp_path, map=["from=sender"]))[1] == 6
    for options in ({}, {"table": "interactions"}):
        with pytest.raises(InputError, match="no column “sender”"):
            pages(path, map=["from=sender"], **options)


def test_a_header_that_occurs_twice_is_an_error_where_it_is_used(tmp_path):
    write(tmp_path, "people.csv", "id,name,name\n1,a,b\n")
    with pytest.raises(InputError, match="more than once"):
        pages(tmp_path)
    assert len(rows(pages(tmp_path, map=["name="]))) == 1


def test_no_table_and_no_path_say_what_was_looked_for(tmp_path):
    with pytest.raises(InputError, match=r"people.*\.parquet.*--table"):
        pages(tmp_path)
    with pytest.raises(InputError, match="no file or folder"):
        pages(tmp_path / "nowhere")


def test_a_parquet_file_that_is_none_is_one_clear_sentence(tmp_path):
    write(tmp_path, "people.parquet", "not parquet")
    with pytest.raises(InputError, match=r"people\.parquet cannot be read as Parquet"):
        pages(tmp_path)


def test_an_unchanged_folder_is_not_read_again_and_a_changed_file_is(tmp_path):
    write(tmp_path, "people.csv", "id\n1\n")
    path = write(tmp_path, "interactions.csv", INTERACTIONS)
    cursor = pages(tmp_path)[-1].cursor
    again = pages(tmp_path, cursor)
    assert totals(again)[:3] == (0, 0, {"sources.unchanged_file": 2})
    os.utime(path, ns=(1, 1))
    assert totals(pages(tmp_path, cursor))[2] == {"sources.unchanged_file": 2}, "a touched file has the same bytes"
    write(tmp_path, "interactions.csv", INTERACTIONS + "2026-01-04,b,c\n")
    assert totals(pages(tmp_path, cursor))[:3] == (4, 4, {"sources.unchanged_file": 1})
    assert totals(pages(tmp_path, cursor, map=["kind==mail"]))[1] == 5, "another mapping reads everything again"


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_an_interrupted_sync_goes_on_at_the_next_row(tmp_path, kind):
    records = [{"time": f"2026-01-{i % 28 + 1:02d}", "from": f"a{i}", "to": "b"} for i in range(25)]
    if kind == "csv":
        write(tmp_path, "interactions.csv", "time,from,to\n" + "".join(",".join(r.values()) + "\n" for r in records))
    elif kind == "jsonl":
        write(tmp_path, "interactions.jsonl", "".join(json.dumps(r) + "\n" for r in records))
    else:
        pq.write_table(pa.Table.from_pylist(records), tmp_path / "interactions.parquet")
    write(tmp_path, "people.csv", "id\n1\n2\n")
    whole = pages(tmp_path, page_rows=10)
    for stop in range(1, len(whole)):
        rest = pages(tmp_path, whole[stop - 1].cursor, page_rows=10)
        assert rows(whole[:stop]) + rows([p for p in rest if p.read]) == rows(whole), f"after page {stop}"
        assert rest[-1].cursor == whole[-1].cursor


def test_repeats_are_kept_apart_when_asked_also_after_an_interruption(tmp_path):
    text = "time,from,to\n" + "2026-01-01,a,b\n2026-01-01,a,c\n" * 3 + "2026-01-02,a,b\n"
    write(tmp_path, "interactions.csv", text)
    out = pages(tmp_path, keep_repeats=True, page_rows=3)
    ids = [r["id"] for r in rows(out)]
    assert ids[0:2] == [None, None]
    assert ids[2] == ids[3] != ids[4] == ids[5]
    assert ids[6] is None
    assert totals(out)[2] == {"sources.kept_repeats": 4}
    rest = pages(tmp_path, out[0].cursor, keep_repeats=True, page_rows=3)
    assert [r["id"] for r in rows(rest)] == ids[3:]
    assert [r["id"] for r in rows(pages(tmp_path))] == [None] * 7


def test_the_cursor_holds_no_wall_clock_and_pages_are_the_same_each_time(tmp_path):
    write(tmp_path, "interactions.csv", INTERACTIONS)
    one, two = pages(tmp_path), pages(tmp_path)
    assert [p.cursor for p in one] == [p.cursor for p in two]
    assert all(a.rows.equals(b.rows) for a, b in zip(one, two, strict=True))


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="the real data sets are not beside the project")
class TestRealFiles:
    def test_every_enron_row_is_accounted_for(self):
        options = {"table": "interactions", "map": ["from=from_id", "to=to_id", "role=rec_type"]}
        out = pages(DATA / "mail-enron", **options)
        assert totals(out) == (125_409, 125_409, {"sources.self_addressed": 16_483, "sources.old_date": 174}, {})
        assert Counter(r["role"] for r in rows(out)) == {"to": 81_023, "cc": 22_193, "bcc": 22_193}

    def test_networks_come_in_as_facts_by_constants(self):
        ends = ["subject=from_id", "object=to_id"]
        for path, kind, count in (("diffusion-brfarmers/nominations.csv", "FOLLOWS", 2927),
                                  ("advice-krackhardt/advice.csv", "FOLLOWS", 190),
                                  ("advice-krackhardt/reports_to.csv", "REPORTS_TO", 20)):  # fmt: skip
            out = pages(DATA / path, table="facts", map=[*ends, f"kind=={kind}"])
            assert totals(out)[:2] == (count, count)
            assert {r["kind"] for r in rows(out)} == {kind}
