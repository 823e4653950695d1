"""Files that nobody wrote for us: edge lists, exports, one bad value among good ones; nothing is misread in silence."""

import datetime as dt
import json
import os
import shlex

import pyarrow as pa
import pytest

from graphsvc.cleaning import clean
from graphsvc.errors import InputError
from graphsvc.phrases import Phrase
from graphsvc.pipeline import sync_named
from graphsvc.policy import OWNER
from graphsvc.stores import open_store
from graphsvc.times import TimeHabit, parse_times
from graphsvc.words import number
from ingest.mail import MailConfig, mail
from ingest.tables import TablesConfig, tables

RECEIVED = 1_800_000_000_000_000
BY_NUMBER = {"from": "1", "to": "2", "time": "3"}


def pages(path, cursor=None, **options):
    out = list(tables(TablesConfig(path=path, received=RECEIVED, **options), cursor))
    for page in out:
        assert page.read == len(page.rows) + len(page.rejects) + sum(page.left_out.values()), "a row has no fate"
    return out


def rows(out):
    return [r for p in out for r in p.rows.to_pylist()]


def ties(out):
    return [(r["from"], r["to"]) for r in rows(out)]


def days(out):
    return [r["time"].date().isoformat() for r in rows(out)]


def refused(out):
    return [(r.where, r.reason.code.removeprefix("sources.")) for p in out for r in p.rejects]


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def column(folder, times, name="interactions.csv"):
    return write(folder, name, "time,from,to\n" + "".join(f"{t},a{i},b\n" for i, t in enumerate(times)))


# -- dates without dashes ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", ["00000000", "20240332", "99999999"])
@pytest.mark.parametrize("page_rows", [1, 2, 100])
def test_one_bad_date_never_turns_those_beside_it_into_1970(tmp_path, bad, page_rows):
    out = pages(column(tmp_path, ["20240305", "20240306", bad, "20240307"]), page_rows=page_rows)
    assert days(out) == ["2024-03-05", "2024-03-06", "2024-03-07"]
    assert refused(out) == [("interactions.csv:4", "bad_time")]


@pytest.mark.parametrize(
    ("times", "kept", "where"),
    [
        (["20240305", "20240306", "1709600000"], ["2024-03-05", "2024-03-06"], 4),
        (["1709600000", "20240305", "1709700000"], ["2024-03-05", "2024-03-06"], 3),
    ],
)
@pytest.mark.parametrize("page_rows", [1, 100])
def test_of_dates_and_epochs_in_one_column_the_fewer_are_refused(tmp_path, times, kept, where, page_rows):
    out = pages(column(tmp_path, times), page_rows=page_rows)
    assert days(out) == kept
    assert refused(out) == [(f"interactions.csv:{where}", "mixed_times")]


def test_a_day_that_never_ends_is_a_date_like_any_other() -> None:
    times, wrong = parse_times(pa.array(["20240305", "20240306", "99991231"]), years=False)
    assert times.to_pylist()[2] == dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
    assert not wrong.any()


def test_local_times_are_of_the_zone_that_was_said_and_an_offset_wins(tmp_path):
    times = ["2024-03-05 10:00:00", "2024-03-05T10:00:00Z", "2024/3/5 10:00", "20240305"]
    path = column(tmp_path, [*times, *times])
    hours = [r["time"].strftime("%d %H") for r in rows(pages(path, timezone="Asia/Shanghai"))]
    assert hours[:4] == ["05 02", "05 10", "05 02", "04 16"]
    assert [r["time"].hour for r in rows(pages(path))][:4] == [10, 10, 10, 0]
    with pytest.raises(InputError, match="IANA"):
        pages(path, timezone="Peking Standard")


def test_summer_time_counts_in_a_whole_column_as_value_by_value():
    texts = ["2024-01-05 10:00:00", "2024-07-05 10:00:00", "2024-10-27 02:30:00", "2024-03-31 02:30:00"]
    habit = TimeHabit(zone="Europe/Berlin")
    whole = parse_times(pa.array(texts), years=False, habit=habit)[0].to_pylist()
    single = [parse_times(pa.array([t.replace("-", "/")]), years=False, habit=habit)[0][0].as_py() for t in texts]
    assert whole == single
    assert [t.hour for t in whole] == [9, 8, 0, 1]


def test_day_or_month_first_must_be_said_and_then_is_read(tmp_path):
    path = column(tmp_path, ["03/05/2024", "5.3.2024 9:05", "31/12/2024"])
    assert refused(pages(path))[0] == ("interactions.csv:2", "day_or_month")
    assert days(pages(path, date_order="dmy")) == ["2024-05-03", "2024-03-05", "2024-12-31"]
    out = pages(path, date_order="mdy")
    assert days(out) == ["2024-03-05", "2024-05-03"]
    assert len(refused(out)) == 1
    with pytest.raises(InputError, match="dmy"):
        pages(path, date_order="ydm")


# -- numbers -----------------------------------------------------------------------------------------------------------


def amounts(texts):
    raw = pa.table({"id": [str(i) for i in range(len(texts))], "amount": texts})
    done = clean("opportunities", raw, where=str, received=RECEIVED)
    return done.rows["amount"].to_pylist(), [r.reason.code for r in done.rejects]


def test_where_a_decimal_comma_occurs_a_dot_parts_thousands():
    assert amounts(["1.250,50", "1,5", "1.250", "7"]) == ([1250.5, 1.5, 1250.0, 7.0], [])
    assert amounts(["1,250.50", "1.5", "1.250"]) == ([1250.5, 1.5, 1.25], [])
    assert amounts(["1.250,50", "2.000,00", "1.25"]) == ([1250.5, 2000.0], ["sources.bad_number"])


@pytest.mark.parametrize(
    ("text", "value"),
    [("€ 1.000.000", 1e6), ("1 250,50", 1250.5), ("(500)", -500.0), ("1.250 €", 1.25), ("1250,5", 1250.5)],
)
def test_numbers_as_accountants_write_them(text, value):
    assert number(text) == value


# -- receivers ---------------------------------------------------------------------------------------------------------


def test_several_receivers_in_one_field_are_as_many_people(tmp_path):
    text = 'time,from,to\n2024-01-01,Ann <Ann@x.com>,"B@x.com; ""Doe, C"" <c@x.com>"\n2024-01-02,a,c;d\n'
    text += '2024-01-03,a,"b@x.com; who?"\n2024-01-04,"a@x.com, b@x.com",c\n'
    for size in (1, 100):
        out = pages(write(tmp_path, "interactions.csv", text), page_rows=size)
        assert ties(out) == [("ann@x.com", "b@x.com"), ("ann@x.com", "c@x.com"), ("a", "c;d")]
        assert refused(out) == [("interactions.csv:4", "several_people"), ("interactions.csv:5", "several_people")]


@pytest.mark.parametrize("array", [True, False])
def test_a_list_of_receivers_in_json_is_a_row_each_and_no_key_is_made_of_an_object(tmp_path, array):
    lists = [["lisi", "wangwu"], ["zhao"], {"x": 1}, True, [], ["a", ["b"]]]
    records = [{"time": "2024-01-01", "from": "a", "tolist": x} for x in lists]
    records.append({"time": "2024-01-01", "from": ["a", "b"], "tolist": "c"})
    lines = json.dumps(records) if array else "".join(json.dumps(r) + "\n" for r in records)
    path = write(tmp_path, "interactions.json", lines)
    for size in (1, 100):
        out = pages(path, map=["to=tolist"], page_rows=size)
        assert ties(out) == [("a", "lisi"), ("a", "wangwu"), ("a", "zhao")]
        codes = ["no_key", "no_key", "empty_field", "no_key", "no_key"]
        assert sorted(refused(out)) == [(f"interactions.json:{i + 3}", code) for i, code in enumerate(codes)]


# -- files without a header, of blanks, with comments ------------------------------------------------------------------

EDGES = {
    "blanks.txt": "145 195 1709600000\n145 196  1709600001\n  7\t196 1709600002 \n",
    "tabs.txt": "% asym\n% 3 edges\n145\t195\t1709600000\n145\t196\t1709600001\n7\t196\t1709600002\n",
    "snap.txt": "# Directed graph\n# From\tTo\n145 195 1709600000\r\n145 196 1709600001\r\n7 196 1709600002\r\n",
    "plain.csv": "145,195,1709600000.5\n145,196,1709600001\n7,196,1709600002",
}


@pytest.mark.parametrize("name", EDGES)
def test_an_edge_list_is_refused_with_the_very_command_that_reads_it(tmp_path, name):
    path = write(tmp_path, name, EDGES[name])
    with pytest.raises(InputError) as error:
        pages(path)
    assert error.value.phrase.code == "sources.headless"
    words = shlex.split(str(error.value.phrase.args["command"]))
    assert words[:5] == ["graphsvc", "sync", "tables", str(path), "--no-header"]
    given = [w for w in words[5:] if w != "--map"]
    assert given == ["from=1", "to=2", "time=3"]
    for size in (1, 2, 100):
        out = pages(path, no_header=True, map=given, page_rows=size)
        assert ties(out) == [("145", "195"), ("145", "196"), ("7", "196")]
        assert days(out) == ["2024-03-05"] * 3


def test_a_rating_between_the_people_and_the_time_is_not_taken_for_the_time(tmp_path):
    path = write(tmp_path, "otc.csv", "6,2,4,1289241911.72836\n6,5,2,1289241941.53378\n")
    with pytest.raises(InputError, match="time=4"):
        pages(path)
    assert days(pages(path, no_header=True, map={"from": "1", "to": "2", "time": "4"})) == ["2010-11-08"] * 2


def test_pairs_without_a_time_are_given_one(tmp_path):
    path = write(tmp_path, "pairs.txt", "0 1\n0 2\n")
    with pytest.raises(InputError, match="--map time==2024-01-01"):
        pages(path)


def test_row_numbers_hold_without_a_header_and_below_comments(tmp_path):
    path = write(tmp_path, "edges.txt", "# one\n# two\n1 2 1709600000\n3 4\n5 6 soon\n7 8 1709600001\n")
    for size in (1, 100):
        out = pages(path, no_header=True, map=BY_NUMBER, page_rows=size)
        assert ties(out) == [("1", "2"), ("7", "8")]
        assert sorted(refused(out)) == [("edges.txt:4", "bad_row"), ("edges.txt:5", "bad_time")]


def test_a_quote_never_closed_in_the_first_row_of_data_is_refused_not_taken_for_a_header(tmp_path):
    path = write(tmp_path, "edges.csv", '"1,2,1709600000\n3,4,1709600001\n5,6,1709600002\n')
    out = pages(path, no_header=True, map=BY_NUMBER)
    assert ties(out) == [("3", "4"), ("5", "6")]
    assert refused(out) == [("edges.csv:1", "open_quote")]


@pytest.mark.parametrize(
    "text",
    ["from to time\na b 2024-01-01\nb c 2024-01-02\n", "sep=;\nfrom;to;time\na;b;2024-01-01\nb;c;2024-01-02\n",
     "# made by hand\nfrom,to,time\na,b,2024-01-01\nb,c,2024-01-02\n"],
)  # fmt: skip
def test_headers_between_blanks_and_below_what_is_none_are_found(tmp_path, text):
    out = pages(write(tmp_path, "some.csv", text))
    assert ties(out) == [("a", "b"), ("b", "c")]
    assert days(out) == ["2024-01-01", "2024-01-02"]


def test_a_header_that_begins_with_a_hash_is_a_header(tmp_path):
    path = write(tmp_path, "people.csv", "#id,name\n1,Ann\n")
    assert [r["name"] for r in rows(pages(path, map={"id": "#id"}))] == ["Ann"]


def test_columns_of_one_word_names_with_blanks_in_values_stay_whole(tmp_path):
    path = write(tmp_path, "people.tsv", "id\tname\n1\tAnn Lee\n2\tBo Li\n")
    assert [r["name"] for r in rows(pages(path))] == ["Ann Lee", "Bo Li"]
    write(tmp_path, "people.csv", "id\nAnn Lee\nBob\n")
    assert [r["id"] for r in rows(pages(tmp_path / "people.csv"))] == ["Ann Lee", "Bob"]


def test_markup_is_called_so_and_its_text_is_not_printed(tmp_path):
    with pytest.raises(InputError, match="XML") as error:
        pages(write(tmp_path, "graph.graphml", '<?xml version="1.0"?>\n<graphml><node id="secret"/></graphml>'))
    assert "secret" not in str(error.value)


def test_an_array_too_large_to_be_read_at_once_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.json_files.ARRAY_LIMIT", 10)
    with pytest.raises(InputError, match="one object per line"):
        pages(write(tmp_path, "interactions.json", '[{"from": "a", "to": "b", "time": "2024-01-01"}]'))


# -- repeats -----------------------------------------------------------------------------------------------------------


def test_every_repeat_counts_when_asked_whatever_its_other_columns_say(tmp_path):
    text = "time,from,to,channel,weight,topic\n"
    text += "".join(f"2024-01-01,a,b,mail,{w},{t}\n" for w, t in ((1, "x"), (5, "x"), (1, "y"), (1, "x")))
    path = write(tmp_path, "interactions.csv", text)
    out = pages(path, keep_repeats=True)
    ids = [r["id"] for r in rows(out)]
    assert len(set(ids)) == 4 and ids[0] is None
    for size in (1, 3):
        assert [r["id"] for r in rows(pages(path, keep_repeats=True, page_rows=size))] == ids
    write(tmp_path, "interactions.csv", text + "2024-01-01,a,b,mail,9,z\n")
    assert [r["id"] for r in rows(pages(path, keep_repeats=True))][:4] == ids, "a grown file keeps its ids"


# -- what is not read --------------------------------------------------------------------------------------------------


def test_everything_left_out_of_a_folder_is_named(tmp_path):
    column(tmp_path, ["2024-01-01"])
    for name in ("contacts.xlsx", "notes.txt", "foo.csv", ".hidden"):
        write(tmp_path, name, "x\n1\n")
    (tmp_path / "sub").mkdir()
    text = " ".join(str(r) for p in pages(tmp_path) for r in p.remarks)
    assert all(name in text for name in ("contacts.xlsx", "notes.txt", "foo.csv", "sub/"))
    assert "CSV UTF-8" in text and ".hidden" not in text


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_refused_at_once_in_every_language(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for read, config in ((tables, TablesConfig), (mail, MailConfig)):
        with pytest.raises(InputError) as error:
            list(read(config(path=tmp_path / "pipe"), None))
        assert error.value.phrase.code == "sources.no_plain_file"
        assert all("pipe" in error.value.text(language) for language in ("en", "zh"))


def test_the_sentences_hold_both_languages():
    for code in ("mixed_times", "day_or_month", "several_people", "no_key"):
        told = Phrase(f"sources.{code}", {"where": "x.csv:2", "field": "to", "value": "v"})
        assert "x.csv:2" in told.text("en") and "x.csv:2" in told.text("zh")


# -- what a sync says and keeps ----------------------------------------------------------------------------------------


def synced(store, path, **options):
    return sync_named(store, "tables", {"path": path, "received": RECEIVED, **options})


@pytest.fixture
def store(tmp_path):
    return open_store(f"sqlite:///{tmp_path / 'g.db'}")


def places(store):
    return sorted(r["where"] for r in store.quarantine(OWNER, None, 100))


def test_a_sync_gives_examples_of_its_own_rows_and_not_of_another_file(store, tmp_path):
    one, two = (write(tmp_path, f"{n}.csv", f"time,from,to\n2024-01-01,a,b\n{n},a,b\n") for n in ("one", "two"))
    assert synced(store, one).examples["sources.bad_time"].args["where"] == "one.csv:3"
    assert synced(store, two).examples["sources.bad_time"].args["where"] == "two.csv:3"
    assert places(store) == ["one.csv:3", "two.csv:3"]


def test_rows_of_a_mended_file_leave_quarantine_and_those_of_others_stay(store, tmp_path):
    one = column(tmp_path, ["soon", "2024-01-01", "later"], "one.csv")
    other = column(tmp_path, ["never"], "one.csv.old.csv")
    synced(store, one)
    synced(store, other)
    assert places(store) == ["one.csv.old.csv:2", "one.csv:2", "one.csv:4"]
    column(tmp_path, ["2024-01-02", "2024-01-01", "later"], "one.csv")
    for size in (1, 100):
        synced(store, one, page_rows=size)
        assert places(store) == ["one.csv.old.csv:2", "one.csv:4"]
    column(tmp_path, ["2024-01-02", "2024-01-01", "2024-01-03"], "one.csv")
    synced(store, one)
    assert places(store) == ["one.csv.old.csv:2"]


def test_a_file_synced_again_with_repeats_kept_adds_nothing(store, tmp_path):
    text = "time,from,to,weight\n" + "".join(f"2024-01-01,a,b,{w}\n" for w in (1, 5, 1, 2))
    path = write(tmp_path, "interactions.csv", text)
    assert synced(store, path, keep_repeats=True).total.taken == 4
    write(tmp_path, "interactions.csv", text + "2024-01-01,a,c,1\n")
    again = synced(store, path, keep_repeats=True).total
    assert (again.taken, again.repeated) == (1, 4)


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("sap.csv", "no_table", r"Datum, Von.*--table.*--map"), ("book.xlsx", "spreadsheet", "CSV UTF-8")],
)
def test_a_file_of_no_table_is_told_what_to_say(tmp_path, name, code, says):
    with pytest.raises(InputError, match=says) as error:
        pages(write(tmp_path, name, "Datum;Von;An\n20240305;x;y\n"))
    assert error.value.phrase.code == f"sources.{code}"


def test_a_file_without_rights_is_refused_with_how_to_mend_it(tmp_path, monkeypatch):
    path = column(tmp_path, ["2024-01-01"])
    monkeypatch.setattr("ingest.files.encoding_of", lambda _: (_ for _ in ()).throw(PermissionError(13, "denied")))
    with pytest.raises(InputError) as error:
        pages(path)
    assert error.value.phrase.code == "sources.unreadable"
