"""Rows are cleaned without loss: a good row comes out typed, a bad one with a sentence that says how to mend it."""

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from graphsvc import columns, words
from graphsvc.cleaning import clean
from graphsvc.model import FACT_KINDS, TABLES, arrow_schema
from graphsvc.phrases import catalogue
from graphsvc.times import parse_time, parse_times

RECEIVED = 1_800_000_000_000_000  # 2027-01-15


def run(table, rows, received=RECEIVED):
    names = dict.fromkeys(k for r in rows for k in r)
    raw = pa.table({n: [r.get(n) for r in rows] for n in names})
    done = clean(table, raw, where=lambda i: f"{table}.csv:{i + 2}", received=received)
    assert done.rows.schema.equals(arrow_schema(TABLES[table])), "rows must have exactly the model's columns"
    assert len(done.rows) == len(done.positions)
    assert len(done.rejects) == len(done.reject_positions)
    assert sorted([*done.positions.tolist(), *done.reject_positions.tolist()]) == list(range(len(rows)))
    return done


def event(**more):
    return {"time": "2026-01-02T03:04:05Z", "from": "a", "to": "b"} | more


def fact(kind, subject, object_):
    return {"subject": subject, "kind": kind, "object": object_}


def us(*args):
    return int(dt.datetime(*args, tzinfo=dt.UTC).timestamp() * 1_000_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-01-02T03:04:05Z", us(2026, 1, 2, 3, 4, 5)), ("2026-01-02 03:04:05", us(2026, 1, 2, 3, 4, 5)),
     ("2026-01-02", us(2026, 1, 2)), ("2026-01-02T03:04:05.5+08:00", us(2026, 1, 1, 19, 4, 5) + 500_000),
     ("2026-01-02T03:04", us(2026, 1, 2, 3, 4)), ("2026-01-02T03:04:05.123456789Z", us(2026, 1, 2, 3, 4, 5) + 123_456),
     ("2026-01-02 03:04:05 +0800", us(2026, 1, 1, 19, 4, 5)), ("2026-01-02 03:04:05 UTC", us(2026, 1, 2, 3, 4, 5)),
     ("1767323045", us(2026, 1, 2, 3, 4, 5)), ("1767323045000", us(2026, 1, 2, 3, 4, 5)),
     ("1767323045000000", us(2026, 1, 2, 3, 4, 5)), ("1767323045.25", us(2026, 1, 2, 3, 4, 5) + 250_000),
     ("20260102", us(2026, 1, 2)), ("2026/1/2 3:04", us(2026, 1, 2, 3, 4)), ("2026年1月2日", us(2026, 1, 2)),
     ("-86400", us(1969, 12, 31)), ("2026-01-02T03:04:05.000Z", us(2026, 1, 2, 3, 4, 5))],
)  # fmt: skip
def test_times_people_write_are_understood(text, expected):
    assert parse_time(text) == expected
    column, wrong = parse_times(pa.array([text] * 3), years=False)
    assert column.cast(pa.int64()).to_pylist() == [expected] * 3
    assert not wrong.any()


@pytest.mark.parametrize(
    "text",
    ["soon", "2026-02-30", "2026-13-01", "01/02/2026", "0000-00-00", "2026-01-02T25:00:00Z", "1e400", "nan", "2026",
     "99999999999999999999999", "2026/2/30", "12:30"],
)  # fmt: skip
def test_what_is_no_time_is_refused_not_guessed(text):
    assert parse_time(text) is None
    assert parse_times(pa.array(["2026-01-01", text]), years=False)[1].tolist() == [False, True]


def test_a_bare_year_is_its_first_day_for_facts_only():
    fact = {"subject": "f1", "kind": "ADOPTED", "object": "corn", "valid_from": "1946"}
    assert run("facts", [fact]).rows["valid_from"][0].as_py() == dt.datetime(1946, 1, 1, tzinfo=dt.UTC)
    assert [r.reason.code for r in run("interactions", [event(time="1946")]).rejects] == ["sources.bad_time"]


def test_one_odd_time_among_many_forms_costs_only_its_row():
    texts = ["2026-01-02T03:04:05Z", "2026-01-02 03:04:05", "1767323045"] * 700 + ["soon"] + ["2026-01-02"] * 900
    done = run("interactions", [event(time=t) for t in texts])
    assert [r.where for r in done.rejects] == ["interactions.csv:2102"]
    assert set(done.rows["time"].cast(pa.int64()).to_pylist()) == {us(2026, 1, 2, 3, 4, 5), us(2026, 1, 2)}


@pytest.mark.parametrize(
    "values",
    [pa.array([1767323045000], pa.timestamp("ms")), pa.array([1767323045], pa.timestamp("s", tz="Asia/Shanghai")),
     pa.array([1767323045]), pa.array([1767323045.0]), pa.array([1767323045000000000], pa.timestamp("ns", tz="UTC")),
     pa.array(["2026-01-02T03:04:05"]).dictionary_encode(), pa.chunked_array([["2026-01-02T03:04:05Z"]])],
)  # fmt: skip
def test_typed_columns_are_taken_as_they_are(values):
    raw = pa.table({"time": values, "from": pa.array([7]), "to": pa.array([8.0])})
    done = clean("interactions", raw, where=str, received=RECEIVED)
    row = done.rows.to_pylist()[0]
    assert (row["time"], row["from"], row["to"]) == (dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC), "7", "8")


BAD = [
    ("interactions", event(**{"from": "  "}), "from", "empty_field"),
    ("interactions", event(to=None), "to", "empty_field"),
    ("interactions", event(time="yesterday"), "time", "bad_time"),
    ("interactions", event(time="2027-01-18"), "time", "future"),
    ("interactions", event(weight="heavy"), "weight", "bad_number"),
    ("interactions", event(weight="NaN"), "weight", "bad_number"),
    ("interactions", event(weight="inf"), "weight", "bad_number"),
    ("interactions", event(weight="-1"), "weight", "negative"),
    ("interactions", event(relevance="1.01"), "relevance", "outside_one"),
    ("interactions", event(relevance="-0.5"), "relevance", "outside_one"),
    ("interactions", event(to="caf\ufffd"), "to", "broken_text"),
    ("interactions", event(to="a\x00b"), "to", "broken_text"),
    ("interactions", event(to="é" * 2001), "to", "too_long"),
    ("people", {"id": "p", "name": "x" * 4001}, "name", "too_long"),
    ("works", {"id": "w", "author": "a;" + "x" * 4001}, "author", "too_long"),
    ("facts", {"subject": "a", "kind": "LIKES", "object": "b"}, "kind", "unknown_fact"),
    ("facts", {"subject": "a", "kind": "KNOWS", "object": ""}, "object", "empty_field"),
    ("facts", {"subject": "a", "kind": "KNOWS", "object": "b", "valid_from": "2020", "valid_to": "2019"}, "valid_to",
     "ends_early"),
    ("facts", {"subject": "a", "kind": "ADOPTED", "object": "b", "valid_from": "2030-01-01"}, "valid_from", "future"),
    ("facts", {"subject": "a", "kind": "KNOWS", "object": "b", "weight": "-2"}, "weight", "negative"),
    ("people", {"id": "p", "internal": "perhaps"}, "internal", "bad_flag"),
    ("people", {"id": "", "name": "x"}, "id", "empty_field"),
    ("opportunities", {"id": "d", "amount": "lots"}, "amount", "bad_number"),
    ("opportunities", {"id": "d", "won": "true", "closed": "2030-01-01"}, "closed", "future"),
    ("works", {"id": "w", "time": "2030-01-01"}, "time", "future"),
]  # fmt: skip


def test_a_long_list_of_authors_is_no_long_key():
    authors = ";".join(f"author {i}" for i in range(3000))
    assert run("works", [{"id": "w", "author": authors}]).rows["author"].to_pylist() == [authors]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("table", "row", "column", "code"), BAD)
def test_a_bad_row_is_refused_with_where_what_and_how_to_mend(table, row, column, code, language):
    done = run(table, [row])
    (reject,) = done.rejects
    assert reject.reason.code == f"sources.{code}"
    sentence = reject.reason.text(language)
    assert sentence.startswith(f"{table}.csv:2")
    assert column in sentence
    assert reject.table == table
    assert len(done.rows) == 0


def test_the_sentence_for_an_unknown_fact_lists_the_kinds():
    (reject,) = run("facts", [{"subject": "a", "kind": "LIKES", "object": "b"}]).rejects
    assert all(kind in str(reject.reason) for kind in FACT_KINDS)


def test_a_long_wrong_value_is_quoted_short_and_quarantine_keeps_no_more_than_needed():
    (reject,) = run("interactions", [event(time="x" * 9000)]).rejects
    assert len(str(reject.reason)) < 300
    assert len(reject.raw["time"]) <= 500
    assert reject.raw["from"] == "a"


def test_bytes_that_are_no_utf8_spoil_only_their_row():
    raw = pa.table({"time": ["2026-01-01"] * 2, "from": ["a", "b"], "to": pa.array([b"caf\xe9", b"caf\xc3\xa9"])})
    broken = raw.set_column(2, "to", pa.Array.from_buffers(pa.string(), 2, raw["to"].chunk(0).buffers()))
    for table in (raw, broken):
        done = clean("interactions", table, where=str, received=RECEIVED)
        assert done.rows["to"].to_pylist() == ["café"]
        assert [r.reason.code for r in done.rejects] == ["sources.broken_text"]


def test_keys_are_stripped_composed_and_mail_addresses_lower_cased():
    done = run("interactions", [event(**{"from": " Ann@Example.COM ", "to": "Zoe\u0301", "id": "<A@B>"})])
    row = done.rows.to_pylist()[0]
    assert (row["from"], row["to"], row["id"]) == ("ann@example.com", "Zo\u00e9", "<A@B>")
    assert run("people", [{"id": "Ann@X.com"}]).rows["id"].to_pylist() == ["ann@x.com"]


def test_roles_and_kinds_have_synonyms_and_the_unknown_is_taken_and_noted():
    rows = [event(role=r, kind=k) for r, k in (("TO", "E-Mail"), ("organiser", "会议"), ("Required", "pigeon"),
                                               ("mascot", ""), ("抄送", "Phone Call"), ("", None))]  # fmt: skip
    done = run("interactions", rows)
    assert done.rows["role"].to_pylist() == ["to", "organizer", "attendee", "other", "cc", None]
    assert done.rows["kind"].to_pylist() == ["mail", "meeting", "pigeon", None, "call", None]
    assert done.notes == {"sources.unknown_role": 1, "sources.unknown_kind": 1}


def test_self_addressed_and_very_old_rows_are_taken_and_noted():
    done = run("interactions", [event(to="a"), event(time="1979-12-31 21:00:00"), event()])
    assert len(done.rows) == 3
    assert done.notes == {"sources.self_addressed": 1, "sources.old_date": 1}


def test_notes_count_only_rows_that_were_taken():
    assert run("interactions", [event(to="a", weight="-1")]).notes == {}


def test_a_time_less_than_a_day_ahead_is_taken():
    assert len(run("interactions", [event(time="2027-01-16T07:00:00Z")]).rows) == 1


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("No", False), ("是", True), ("否", False), ("1", True),
                                                ("0", False), ("Y", True), ("", None), (True, True)])  # fmt: skip
def test_yes_and_no(text, expected):
    assert run("people", [{"id": "p", "internal": text}]).rows["internal"].to_pylist() == [expected]


def test_a_mail_address_that_is_none_is_left_empty_so_that_nobody_is_joined_by_it():
    done = run("people", [{"id": "1", "email": "n/a"}, {"id": "2", "email": "Ann <ANN@x.com>"}])
    assert done.rows["email"].to_pylist() == [None, "ann@x.com"]
    assert done.notes == {"sources.odd_email": 1}


def test_an_open_deal_has_no_close_date_only_an_expected_one():
    day = "2026-01-01"
    rows = [
        {"id": "1", "stage": "Engaging", "closed": day},
        {"id": "2", "stage": "Won", "closed": day},
        {"id": "3", "won": "false", "closed": day},
        {"id": "4", "won": "open", "closed": "2029-01-01"},
    ]
    done = run("opportunities", rows)
    assert [c is None for c in done.rows["closed"].to_pylist()] == [True, False, False, True]
    assert done.rows["won"].to_pylist() == [None, None, False, None]
    assert done.notes == {"sources.expected_close": 2}


def test_currencies_and_amounts():
    rows = [{"id": "1", "currency": "usd", "amount": "1,234.5"}, {"id": "2", "currency": "￥", "amount": "¥12,000"},
            {"id": "3", "currency": "beads", "amount": "-5"}]  # fmt: skip
    done = run("opportunities", rows)
    assert done.rows["currency"].to_pylist() == ["USD", "CNY", None]
    assert done.rows["amount"].to_pylist() == [1234.5, 12000.0, -5.0]
    assert done.notes == {"sources.odd_currency": 1, "sources.negative_amount": 1}


def test_domains_and_kinds_of_organizations():
    rows = [{"id": "1", "domain": "https://www.Acme.com/x", "kind": "Customer - Direct"}, {"id": "2", "domain": "tbd"}]
    assert run("organizations", rows).rows.select(["domain", "kind"]).to_pylist() == [
        {"domain": "acme.com", "kind": "customer"}, {"domain": None, "kind": None}]  # fmt: skip


def test_fact_kinds_in_any_writing():
    rows = [{"subject": "a", "kind": k, "object": "b"} for k in ("follows", "Reports To", "WORKS-AT")]
    assert run("facts", rows).rows["kind"].to_pylist() == ["FOLLOWS", "REPORTS_TO", "WORKS_AT"]


@pytest.mark.parametrize(
    ("kind", "subject", "object_", "field"),
    [
        ("WORKS_AT", "person:a", "person:b", "object"),
        ("REPORTS_TO", "a", "Organization:o", "object"),
        ("SUPPLIES", "person:a", "organization:b", "subject"),
        ("HAS_PAIN", "o", "work:life", "object"),
        ("WORKS_AT", "person:a", "organization:person:b", None),
        ("REFERRED", "organization:a", "person:b", None),
        ("HAS_PAIN", "o", "Work: too much of it", None),
        ("WORKS_AT", "crm:17", "sap:4", None),
    ],
)
def test_a_prefix_of_another_label_is_refused_and_makes_no_entity_of_that_name(kind, subject, object_, field):
    done = run("facts", [{"subject": "a", "kind": kind, "object": "b"}, fact(kind, subject, object_)])
    assert done.rows.num_rows == (1 if field else 2)
    if field:
        [reject] = done.rejects
        assert (reject.reason.code, reject.reason.args["field"]) == ("sources.wrong_label", field)
        assert f"{kind} takes" in reject.reason.text("en") and kind in reject.reason.text("zh")


@pytest.mark.parametrize("table", sorted(TABLES))
def test_no_rows_and_no_columns_are_no_error(table):
    assert len(clean(table, pa.table({}), where=str, received=0).rows) == 0
    nulls = pa.table({n: pa.nulls(2) for n in arrow_schema(TABLES[table]).names})
    assert len(clean(table, nulls, where=str, received=0).rejects) == 2


def test_cleaning_again_changes_nothing():
    first = run(
        "interactions", [event(role="TO", kind="Email", channel="WeCom", weight="2"), event(id="x", relevance="0.5")]
    )
    again = clean("interactions", first.rows, where=str, received=RECEIVED)
    assert again.rows.equals(first.rows)


def test_words_known_to_the_model_map_to_themselves():
    assert [words.kind(k) for k in words.KINDS] == list(words.KINDS)
    assert [words.fact_kind(k) for k in FACT_KINDS] == list(FACT_KINDS)


@pytest.mark.slow
def test_a_million_interactions_are_all_cleaned():
    n = 1_000_000
    rng = np.random.default_rng(1)
    when = rng.integers(1_500_000_000, 1_700_000_000, n).astype("datetime64[s]").astype(str)
    raw = pa.table({"id": [f"<m{i}@x>" for i in range(n)], "time": when, "from": rng.integers(0, 9999, n).astype(str),
                    "to": rng.integers(0, 9999, n).astype(str), "kind": np.repeat("mail", n)})  # fmt: skip
    done = clean("interactions", raw, where=str, received=RECEIVED)
    assert len(done.rows) == n


def test_the_documented_columns_are_those_of_the_model():
    text = (Path(__file__).parents[2] / "docs" / "sources.md").read_text(encoding="utf-8")
    assert columns.in_step(text) == text, "run `python -m graphsvc.columns docs/sources.md`"
    for model in TABLES.values():
        assert all(f"`{name}`" in text for name in arrow_schema(model).names)


def test_every_sentence_of_the_sources_is_written_in_both_languages_with_the_same_arguments():
    def arguments(language):
        texts = catalogue(language, "sources")
        return {code: sorted(set(re.findall(r"{(\w+)}", text))) for code, text in texts.items()}

    assert arguments("en") == arguments("zh")
    root = Path(__file__).parents[2]
    written = [*(root / "ingest").glob("*.py"), *(root / "graphsvc").rglob("*.py")]
    used = {c for f in written for c in re.findall(r'"sources\.(\w+)"', f.read_text(encoding="utf-8"))}
    assert used == set(arguments("en"))


def test_numbers_in_a_column_of_epoch_seconds_are_never_dates_by_chance() -> None:
    """A log that counts seconds from zero holds numbers such as 20261008 and 2001: they are seconds like the rest."""
    seconds = [5, 2001, 20_261_008, 69_459_254]
    for column in (pa.array([str(s) for s in seconds]), pa.array(seconds), pa.array([*map(str, seconds), "soon"])):
        times, wrong = parse_times(column, years=False)
        assert times.cast(pa.int64()).to_pylist()[:4] == [s * 1_000_000 for s in seconds]
        assert wrong.tolist()[:4] == [False] * 4


def test_a_column_of_nothing_but_dates_without_dashes_is_dates() -> None:
    times, wrong = parse_times(pa.array(["20261008", "20240229", None]), years=False)
    assert [t and t.date().isoformat() for t in times.to_pylist()] == ["2026-10-08", "2024-02-29", None]
    assert not wrong.any()
