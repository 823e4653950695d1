"""Bad input through the command line: good rows in, bad ones in quarantine with a reason, or one clear sentence."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphsvc.stores.sqlite import SqliteStore

Files = dict[str, str | bytes]
GOOD = "time,from,to\n2024-01-01,a,b\n"
POSTMARK = "From a@x.com Mon Jan  5 10:00:00 2009\n"
MAIL = "From: Ann <a@x.com>\nTo: b@y.com\nDate: Mon, 5 Jan 2009 10:00:00 +0000\nMessage-ID: <1@x>\n\nHello\n\n"


def many(n: int) -> str:
    return "time,from,to\n" + "".join(
        f"2024-01-01T{i // 3600:02}:{i // 60 % 60:02}:{i % 60:02},p{i},b\n" for i in range(n)
    )


def zipped(n: int) -> bytes:
    return gzip.compress(many(n).encode(), mtime=0)


def parquet(columns: dict[str, Any], **options: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink, **options)
    return sink.getvalue()


def written(folder: Path, files: Files) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def digest(db: Path) -> str:
    with closing(SqliteStore(db, create=False)) as store:
        return store.content_digest()


def is_one_sentence(text: str) -> bool:
    """One line for a person: no traceback, no gap left open, an end."""
    lines = text.strip().splitlines()
    return (
        len(lines) == 1
        and "Traceback" not in text
        and "{" not in text
        and (text.strip()[-1] in ".。" or "Li [person]" in text)
    )


def chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


# -- nothing can be done -----------------------------------------------------------------------------------------------

NOT_TEXT = "sources.not_text"
REFUSED: list[tuple[str, Files, str, list[str], str]] = [
    ("missing columns", {"interactions.csv": "when,sender\n1,2\n"}, "tables", [], "sources.no_column"),
    ("a header that is not closed", {"interactions.csv": 'time,from,"to\n1,a,b\n'}, "tables", [], "sources.no_column"),
    ("a header twice", {"interactions.csv": "time,from,to,to\n2024,a,b,c\n"}, "tables", [], "sources.twice_column"),
    ("no file at all", {}, "tables", [], "sources.no_tables"),
    ("no file of a known name", {"stuff.csv": GOOD}, "tables", [], "sources.no_tables"),
    ("a mapping without =", {"interactions.csv": GOOD}, "tables", ["--map", "from"], "errors.bad_map"),
    ("a mapping of no column", {"interactions.csv": GOOD}, "tables", ["--map", "sender=a"], "sources.bad_map"),
    ("a mapping of no table", {"interactions.csv": GOOD}, "tables", ["--map", "x.from=a"], "sources.bad_map"),
    ("a mapping to no header", {"interactions.csv": GOOD}, "tables", ["--map", "from=nobody"], "sources.unused_map"),
    ("an unknown table", {"interactions.csv": GOOD}, "tables", ["--table", "mails"], "sources.unknown_table"),
    ("an unknown source", {"interactions.csv": GOOD}, "sheets", [], "errors.no_source"),
    ("an option of another source", {"interactions.csv": GOOD}, "mail", ["--keep-repeats"], "errors.no_such_option"),
    ("an unknown preset", {"accounts.csv": "account\nx\n"}, "crm", ["--preset", "sap"], "sources.unknown_preset"),
    ("random bytes", {"interactions.csv": bytes(range(256)) * 20}, "tables", [], NOT_TEXT),
    ("a picture", {"people.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(2000)}, "tables", [], NOT_TEXT),
    ("a database", {"people.csv": b"SQLite format 3\0" + bytes(4000)}, "tables", [], NOT_TEXT),
    ("UTF-16 without mark", {"people.csv": "id,name\n1,Zoë\n".encode("utf-16-le")}, "tables", [], NOT_TEXT),
    ("a gzip cut in its head", {"interactions.csv.gz": zipped(100)[:8]}, "tables", [], "sources.bad_file"),
    ("a parquet cut", {"people.parquet": parquet({"id": ["a"] * 99})[:200]}, "tables", [], "sources.bad_file"),
    ("a parquet that is none", {"people.parquet": GOOD}, "tables", [], "sources.bad_file"),
    ("one JSON document", {"people.jsonl": json.dumps({"a": {}}, indent=1)}, "tables", [], "sources.no_objects"),
    ("no export", {"x.csv": "a,b\n1,2\n"}, "crm", [], "sources.no_export"),
    ("an export cut", {"Accounts.json": '{"records": ['}, "crm", [], "sources.bad_file"),
    ("JSON too deep", {"Accounts.json": "[" * 100_000}, "crm", [], "sources.bad_file"),
    ("an export of bytes", {n: bytes(range(128, 256)) for n in ("accounts.csv", "sales_pipeline.csv", "products.csv",
        "sales_teams.csv")}, "crm", [], NOT_TEXT),
    ("an empty mail folder", {}, "mail", [], "mail.empty_folder"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "source", "more", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_taken_is_one_sentence_and_takes_nothing(tmp_path, cli, files, source, more, code):
    folder, db = written(tmp_path / "in", files), tmp_path / "g.db"
    found = cli("--db", db, "--json", "sync", source, folder, *more)
    assert found.code in (2, 3) and found.json["error"] == code
    assert is_one_sentence(found.err), found.err
    in_chinese = cli("--db", db, "--lang", "zh", "sync", source, folder, *more)
    assert in_chinese.code == found.code and is_one_sentence(in_chinese.err) and chinese(in_chinese.err)
    assert in_chinese.out == ""
    if db.exists():
        with closing(SqliteStore(db, create=False)) as store:
            assert store.sequence == 0, "something was half-written"


def test_a_bad_file_keeps_the_whole_folder_out_and_a_mended_one_lets_it_in(tmp_path, cli):
    folder, db = (
        written(tmp_path / "in", {"people.csv": "id\na\n", "interactions.csv": "x,y\n1,2\n"}),
        tmp_path / "g.db",
    )
    assert cli("--db", db, "sync", "tables", folder).code == 2
    with closing(SqliteStore(db, create=False)) as store:
        assert store.sequence == 0
    written(folder, {"interactions.csv": GOOD})
    assert cli("--db", db, "--json", "sync", "tables", folder).json["total"]["taken"] == 2


# -- good rows in, bad rows in quarantine ------------------------------------------------------------------------------

WEIGHTS = "time,from,to,weight\n" + "".join(
    f"2024-01-{i:02},a,b,{w}\n" for i, w in enumerate(["1", "-1", "NaN", "inf", "1e308", "x", "", "0", "1e9"], 1)
)
TIMES = "time,from,to\n" + "".join(
    f"{t},a,b{i}\n"
    for i, t in enumerate(["2024-01-01T08:00:00+08:00", "1704067200", "1704067200000", "1704067200000000",
        "2024-01-01", "2024年1月1日", "yesterday", "2024-02-30", "2024-01-01T25:00", "1e400", "nan", "", "2099-01-01",
        "4102444800", "9999-12-31T23:59:59Z", "99999999999999999999"])
)  # fmt: skip
LINES = [
    '{"time":"2024-01-01","from":"a","to":"b"}', '{"time":', "null", "[1]", '"x"', "", '{"time":NaN,"from":1,"to":2}',
    '{"from":"\\ud800","time":1,"to":"x"}', '{"time":' + "[" * 5000 + "]" * 5000 + "}",
    '{"time":1704067200,"from":1,"to":2.0}',
]  # fmt: skip
NAMES = 'id,name,email\n"a\nb","x\ny",n@x.com\nc,"\u202eevil",c@x.com\nd,"=HYPERLINK(""http://x"")",d@x.com\n' \
        'e,"+1",e@x.com\nf,"\x1b[31mred",f@x.com\n" ",blank,h@x.com\n'  # fmt: skip
WIDE = (
    "time,from,to," + ",".join(f"c{i}" for i in range(5000)) + "\n2024-01-01,a,b," + "," * 4999 + "\n2024-01-02,a,b\n"
)
FACTS = "subject,kind,object,valid_from,valid_to\nnobody,WORKS_AT,nowhere,,\na,HATES,b,,\na,KNOWS,,,\n" \
        "a,WORKS_AT,o,2024-02-01,2024-01-01\na,ADOPTED,w,2099-01-01,\n"  # fmt: skip
DEALS = "id,organization,amount,currency,stage\n1,o,NaN,USD,Won\n2,o,1e400,USD,Won\n3,o,1e300,USD,Won\n" \
        "4,o,-5,???,odd\n5,o,\"1,000.50\",usd,Lost\n"  # fmt: skip

TAKEN: list[tuple[str, str, Files, int, dict[str, int]]] = [  # what, source, files, taken, others by reason
    ("wrong, future and odd times", "tables", {"interactions.csv": TIMES}, 6,
        {"sources.bad_time": 5, "sources.mixed_times": 1, "sources.empty_field": 1, "sources.future": 3}),
    ("weights", "tables", {"interactions.csv": WEIGHTS}, 4,
        {"sources.negative": 1, "sources.bad_number": 3, "sources.too_large": 1}),
    ("facts", "tables", {"facts.csv": FACTS}, 1,
        {"sources.unknown_fact": 1, "sources.empty_field": 1, "sources.ends_early": 1, "sources.future": 1}),
    ("amounts", "tables", {"opportunities.csv": DEALS}, 2, {"sources.bad_number": 2, "sources.too_large": 1}),
    ("bytes that are no UTF-8", "tables", {"people.csv": b"id,name\n1,Ok\n2,\xff\xfe\xfa\n"}, 1,
        {"sources.broken_text": 1}),
    ("GB18030", "tables", {"people.csv": "id,name\n1,王小明\n2,李雷\n".encode("gb18030")}, 2, {}),
    ("UTF-16", "tables", {"people.csv": "id,name\n1,王小明\n2,Zoë\n".encode("utf-16")}, 2, {}),
    ("zero bytes", "tables", {"interactions.csv": "time,from,to\n2024-01-01,a,b\n2024-01-02,a\0x,b\n"}, 1,
        {"sources.broken_text": 1}),
    ("an empty file", "tables", {"interactions.csv": "", "people.csv": "id\na\n"}, 1, {}),
    ("blank lines only", "tables", {"interactions.csv": "\n\n  \n"}, 0, {}),
    ("a header only", "tables", {"interactions.csv": "time,from,to\n"}, 0, {}),
    ("a header only, its line not ended", "tables", {"interactions.csv": "time,from,to"}, 0, {}),
    ("a last line not ended", "tables", {"interactions.csv": GOOD.strip()}, 1, {}),
    ("ragged rows", "tables", {"interactions.csv": GOOD + "2024-01-02,a\n2024-01-03,a,b,c,d\n2024-01-04,a,b\n"}, 2,
        {"sources.bad_row": 2}),
    ("a quote never closed", "tables", {"interactions.csv": GOOD + '2024-01-02,"a,b\n2024-01-03,a,b\n'}, 2,
        {"sources.open_quote": 1}),
    ("a quote never closed before more than 1 MB", "tables",
        {"interactions.csv": GOOD + '2024-01-02,"a,b\n' + many(45_000).partition("\n")[2]}, 45_001,
        {"sources.open_quote": 1}),
    ("a stray quote and a line break within quotes", "tables",
        {"people.csv": 'id,name\n1,a 5" pipe\n2,"two\nlines ""here"""\n3,x\n'}, 3, {}),
    ("a field of 10 MB", "tables", {"people.csv": f"id,name\n1,{'x' * 10_000_000}\n2,ok\n"}, 1,
        {"sources.row_too_long": 1}),
    ("5,000 columns", "tables", {"interactions.csv": WIDE}, 1, {"sources.bad_row": 1}),
    ("line ends of old Macs", "tables", {"interactions.csv": "time,from,to\r2024-01-01,a,b\r2024-01-02,a,b\r"}, 2, {}),
    ("odd names", "tables", {"people.csv": NAMES}, 5, {"sources.empty_field": 1}),
    ("a name that is plain but the ending .gz", "tables", {"interactions.csv.gz": GOOD}, 1, {}),
    ("broken JSON Lines", "tables", {"interactions.jsonl": "\n".join(LINES)}, 2,
        {"sources.bad_json": 7, "sources.blank_row": 1}),
    ("a JSON Lines gzip cut", "tables",
        {"people.jsonl.gz": gzip.compress(b"".join(b'{"id":"%x"}\n' % (i * i) for i in range(999)), mtime=0)[:999]}, -1,
        {"sources.damaged_file": 1}),
    ("nested parquet", "tables", {"people.parquet": parquet({"id": ["a", "b"], "name": [{"x": 1}, None]})}, 2, {}),
    ("a parquet page damaged", "tables", {"people.parquet": (lambda b: b[:8] + bytes(90) + b[98:])(
        parquet({"id": [f"{i * i:x}" for i in range(500)]}, compression="none"))}, 0, {"sources.damaged_file": 1}),
    ("an mbox that is none", "mail", {"a.mbox": "hello\nworld\n", "b.mbox": POSTMARK + MAIL}, 2, {"mail.not_mail": 1}),
    ("mail of bytes", "mail", {"a.mbox": bytes(range(256)) * 9, "b.eml": MAIL}, 2, {"mail.not_mail": 1}),
    ("huge headers", "mail", {"a.mbox": POSTMARK + "X: " + "y" * 9_000_000 + "\n" + MAIL + POSTMARK + MAIL}, 2,
        {"mail.headers_too_long": 1}),
    ("deep headers", "mail", {"a.eml": MAIL.replace("b@y.com", "(" * 99_999), "b.eml": MAIL}, 2,
        {"mail.header_too_long": 1}),
    ("5,000 receivers", "mail", {"a.eml": MAIL.replace("b@y.com", ",".join(f"u{i}@y.com" for i in range(5000)))}, 0,
        {"mail.too_many_recipients": 1}),
    ("mail of the future", "mail", {"a.eml": MAIL.replace("2009", "2099"), "b.eml": MAIL}, 2, {"mail.future_date": 1}),
    ("zero bytes in a sender", "mail", {"a.eml": MAIL.replace("a@x", "a\0@x")}, 0, {"mail.no_sender": 1}),
    ("an empty mail file", "mail", {"a.eml": "", "b.eml": MAIL}, 2, {"sources.empty_file": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "files", "taken", "lost"), [t[1:] for t in TAKEN], ids=[t[0] for t in TAKEN])
def test_good_rows_are_taken_and_each_bad_one_has_its_reason(tmp_path, cli, source, files, taken, lost):
    folder, db = written(tmp_path / "in", files), tmp_path / "g.db"
    found = cli("--db", db, "--json", "sync", source, folder)
    assert found.code == 0, found.err
    total = found.json["total"]
    assert total["accounted"] and total["reasons"] == lost
    assert total["taken"] == taken if taken >= 0 else total["taken"] > 20
    rows = cli("--db", db, "--json", "quarantine", "--limit", "1000").json
    assert len(rows) == total["quarantined"]
    for row in rows:
        assert row["where"].partition(":")[0] in files and is_one_sentence(row["reason"]), row
    shown = cli("--db", db, "--lang", "zh", "quarantine", "--limit", "1000")
    assert shown.code == 0 and (not rows or chinese(shown.out))
    before = digest(db)
    again = cli("--db", db, "--lang", "zh", "sync", source, folder)
    assert again.code == 0 and digest(db) == before, "a second sync changed something"


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_gzip_that_breaks_off_gives_every_whole_row_before_the_break(tmp_path, cli, content_of, part):
    whole = zipped(8_000)
    folder, db = written(tmp_path / "in", {"interactions.csv.gz": whole[: int(len(whole) * part)]}), tmp_path / "g.db"
    total = cli("--db", db, "--json", "sync", "tables", folder).json["total"]
    assert total["reasons"] == {"sources.damaged_file": 1} and total["taken"] > 0.25 * 8_000
    alone = written(tmp_path / "alone", {"interactions.csv": "\n".join(many(8_000).splitlines()[: total["taken"] + 1])})
    other = tmp_path / "h.db"
    cli("--db", other, "sync", "tables", alone)
    mended = written(folder, {"interactions.csv.gz": whole})
    assert cli("--db", db, "--json", "sync", "tables", mended).json["total"]["taken"] == 8_000 - total["taken"]
    cli("--db", other, "sync", "tables", mended)
    assert content_of(db) == content_of(other), "a row before the break was not what it is in the whole file"


def test_the_tables_a_person_sees_name_reasons_and_hide_what_steers_a_terminal(tmp_path, cli):
    folder, db = written(tmp_path / "in", {"interactions.csv": GOOD + "\x1b[31m\u202esoon,a,b\n"}), tmp_path / "g.db"
    for language, word in (("en", "is not a time"), ("zh", "不是时间")):
        synced = cli("--db", tmp_path / f"{language}.db", "--lang", language, "sync", "tables", folder)
        assert synced.code == 0 and word in synced.out and "where" not in synced.out
    cli("--db", db, "sync", "tables", folder)
    shown = cli("--db", db, "quarantine").out
    assert "interactions.csv:3" in shown and "\x1b" not in shown and "\u202e" not in shown


def test_file_names_that_are_no_text_are_shown_and_remembered(tmp_path, cli):
    folder, db = tmp_path / "in", tmp_path / "g.db"
    folder.mkdir()
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/interactions-\xff.csv"))
    try:
        odd.write_text(GOOD + "soon,a,b\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    (folder / "people\n2.csv").write_text("id\nx\n")
    assert cli("--db", db, "--json", "sync", "tables", folder).json["total"]["taken"] == 2
    assert cli("--db", db, "--json", "sync", "tables", folder).json["total"]["read"] == 0
    assert cli("--db", db, "--json", "quarantine").json[0]["where"] == "interactions-\\xff.csv:3"
    records = Path(os.fsdecode(os.fsencode(folder) + b"/Accounts-\xff.json"))
    records.write_text('{"records":[{"attributes":{"type":"Account","referenceId":"A"},"Name":"x"}]}')
    assert cli("--db", db, "--json", "sync", "crm", records).json["total"]["taken"] == 1


# -- paths -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["tables", "mail", "crm"])
def test_paths_that_lead_nowhere_are_one_sentence(tmp_path, cli, source):
    loop, gone, empty = tmp_path / "people.csv", tmp_path / "gone.csv", tmp_path / "empty"
    loop.symlink_to(loop)
    gone.symlink_to(tmp_path / "nothing")
    empty.mkdir()
    (empty / "again").symlink_to(empty)
    (empty / "accounts.csv").mkdir()
    under = tmp_path / "file"
    under.write_text("x")
    for path in (loop, gone, empty, tmp_path / "no", under / "x"):
        found = cli("--db", tmp_path / "g.db", "sync", source, path)
        assert found.code == 2 and is_one_sentence(found.err), (path, found.err)
        assert chinese(cli("--db", tmp_path / "g.db", "--lang", "zh", "sync", source, path).err)


@pytest.mark.parametrize("source", ["tables", "crm"])
@pytest.mark.parametrize("method", ["open", "iterdir"])
def test_what_may_not_be_read_is_said_so(tmp_path, cli, monkeypatch, source, method):
    folder = written(tmp_path / "in", {"accounts.csv": "account,id\nx,1\n", "sales_pipeline.csv": "a\n"})
    real: Callable[..., Any] = getattr(Path, method)

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if folder in (self, self.parent):
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, method, refuse)  # tests may run as root, who may read everything
    found = cli("--db", tmp_path / "g.db", "--json", "sync", source, folder)
    assert found.code == 2 and found.json["error"] == "sources.unreadable" and is_one_sentence(found.err)


def test_a_mail_that_may_not_be_read_is_quarantined_and_the_next_one_taken(tmp_path, cli, monkeypatch):
    folder = written(tmp_path / "in", {"a.eml": MAIL, "b.eml": MAIL.replace("1@x", "2@x")})
    real = Path.open

    def refuse(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self.name == "a.eml":
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    total = cli("--db", tmp_path / "g.db", "--json", "sync", "mail", folder).json["total"]
    assert total["taken"] == 2 and total["reasons"] == {"mail.unreadable": 1}


# -- keys that nobody knows --------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path, cli):
    folder, db = (
        written(tmp_path / "in", {"interactions.csv": GOOD, "people.csv": "id,name\na,Li\nb,Li\n"}),
        tmp_path / "g.db",
    )
    assert cli("--db", db, "sync", "tables", folder).code == 0
    return db


@pytest.mark.parametrize(
    ("command", "code", "exit_code"),
    [
        (["top", "nobody"], "errors.not_found", 3),
        (["paths", "--to", "nobody"], "errors.not_found", 3),
        (["explain", "tie_strength", "nobody", "a"], "errors.not_found", 3),
        (["explain", "charm", "a"], "errors.no_score", 3),
        (["explain", "tie_strength", "a"], "errors.needs_two", 3),
        (["why-not", "a", "nobody"], "errors.not_found", 3),
        (["merge", "a", "nobody"], "errors.not_found", 3),
        (["erase", "nobody", "--yes"], "errors.not_found", 3),
        (["top", "Li"], "errors.ambiguous", 2),
        (["top", "a", "--week", "2026-99"], "errors.bad_week", 2),
        (["score", "--as-of", "soon"], "errors.bad_moment", 2),
        (["score", "charm"], "errors.no_score", 3),
        (["export", "scores", "tie_strength", "--out", "x.xls"], "errors.bad_out", 2),
        (["runs", "verify", "none"], "errors.no_run", 3),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else None,
)  # fmt: skip
def test_a_question_about_the_unknown_is_one_sentence(cli, small, command, code, exit_code):
    found = cli("--db", small, "--json", *command)
    assert found.code == exit_code and found.json["error"] == code
    assert is_one_sentence(found.err), found.err
    assert chinese(cli("--db", small, "--lang", "zh", *command).err)


@pytest.mark.parametrize(("name", "value"), [("GRAPHSVC_WAIT_SECONDS", "-1"), ("GRAPHSVC_PAGE_ROWS", "many")])
def test_a_setting_that_cannot_be_is_one_sentence(tmp_path, cli, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    found = cli("--db", tmp_path / "g.db", "runs")
    assert found.code == 2 and name in found.err and is_one_sentence(found.err)


@pytest.mark.parametrize("command", [["top", "\udcff"], ["search", "a\udcff"], ["sync", "crm", "/tmp/\udcff"]])
@pytest.mark.parametrize("form", [["--json"], []])
def test_arguments_that_are_no_text_are_one_sentence(cli, small, command, form):
    found = cli("--db", small, *form, *command)
    assert found.code == 2 and is_one_sentence(found.err)


def test_extreme_but_valid_weights_still_give_finite_scores(tmp_path, cli):
    rows = [
        f"2024-01-{1 + i % 28:02},p{i % 5},q{i % 3},{w}\n" for i, w in enumerate(["1e9"] * 30 + ["0"] * 9 + ["1e-300"])
    ]
    files: Files = {"interactions.csv": "time,from,to,weight\n" + "".join(rows),
        "facts.csv": "subject,kind,object,valid_from\nq1,WORKS_AT,q1,\nq1,REPORTS_TO,q2,\nq2,REPORTS_TO,q1,\n"
        "q1,FOLLOWS,q1,\nq1,ADOPTED,q1,2024\nghost,WORKS_AT,nowhere,\n",
        "opportunities.csv": "id,organization,amount,stage,owner\n1,o,1e15,Won,p1\n2,o,,Open,p1\n"}  # fmt: skip
    folder, db = written(tmp_path / "in", files), tmp_path / "g.db"
    for command in (["sync", "tables", folder], ["fit"], ["score"], ["top", "p1"]):
        found = cli("--db", db, "--json", *command)
        assert found.code == 0, (command, found.err)
    for name in ("tie_strength", "depth", "relationship_health"):
        out = tmp_path / f"{name}.jsonl"
        assert cli("--db", db, "export", "scores", name, "--out", out).code == 0
        values = [json.loads(line)["value"] for line in out.read_text().splitlines()]
        assert values and all(v is None or math.isfinite(v) for v in values), name
