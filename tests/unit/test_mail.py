"""The mail source: each message has one fate, what is taken equals the standard library's reading, nothing crashes."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import email.utils
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphsvc.errors import InputError
from graphsvc.records import Page
from ingest.mail import MailConfig, mail
from ingest.mail_addresses import clean_name, decode_words, parse_addresses
from ingest.mail_headers import LeftOut, Message, Refused, parse_date, read_message
from ingest.mail_mbox import BLOCK_BYTES, WINDOW, split_mbox

FORMATS = Path(__file__).parents[2] / ".." / "shared" / "data" / "formats"
NOW = 1_900_000_000_000_000
POSTMARK = "From a@b.org Mon Jan  5 10:00:00 2009"


def pages(path: Path, cursor: str | None = None, **options: Any) -> list[Page]:
    out = list(mail(MailConfig(path=path, received=NOW, **options), cursor))
    for page in out:
        assert page.read == page.rows.num_rows + len(page.rejects) + sum(page.left_out.values()), (
            "rows are not accounted"
        )
    return out


def interactions(found: list[Page]) -> list[dict[str, Any]]:
    return [row for page in found if page.table == "interactions" for row in page.rows.to_pylist()]


def names(found: list[Page]) -> dict[str, str | None]:
    return {r["id"]: r["name"] for page in found if page.table == "people" for r in page.rows.to_pylist()}


def header(**fields: str) -> bytes:
    given = {"From": "Ann <ann@x.org>", "To": "bob@y.org", "Date": "Mon, 5 Jan 2009 10:00:00 +0000"} | {
        k.replace("_", "-"): v for k, v in fields.items()
    }
    return "\n".join(f"{k}: {v}" for k, v in given.items() if v is not None).encode()


def read(**fields: str) -> Message | LeftOut | Refused:
    return read_message(header(**fields), NOW)


# -- addresses ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a@b.org", [("a@b.org", None)]),
        ("Ann Lee <Ann@B.org>", [("ann@b.org", "Ann Lee")]),
        ('"Lee, Ann" <a@b.org>, c@d.org', [("a@b.org", "Lee, Ann"), ("c@d.org", None)]),
        ("ann@b.org (Ann Lee)", [("ann@b.org", "Ann Lee")]),
        ("ann at b.org (Ann Lee)", [("ann@b.org", "Ann Lee")]),
        ("team: a@b.org, Cy <c@d.org>;", [("a@b.org", None), ("c@d.org", "Cy")]),
        ("undisclosed-recipients:;", []),
        ("<@relay.org,@other.org:ann@b.org>", [("ann@b.org", None)]),
        ("'ann@b.org' <ann@b.org>", [("ann@b.org", None)]),
        ("a@b.org; c@d.org", [("a@b.org", None), ("c@d.org", None)]),
        ('"ann lee"@b.org', [('"ann lee"@b.org', None)]),
        ('"unbalanced <a@b.org>, c@d.org', [("a@b.org", "unbalanced"), ("c@d.org", None)]),
        ("=?gb2312?B?1cXI/Q==?= <z@x.cn>", [("z@x.cn", "张三")]),
        ("=?utf-8?Q?Lee,_Ann?= <a@b.org>", [("a@b.org", "Lee, Ann")]),
        ("=?utf-8?q?Ann_=3Cann=40b=2Eorg=3E?=", [("ann@b.org", "Ann")]),
        ("A <a@b.org> =?utf-8?q?=2C?= C <c@d.org>", [("a@b.org", "A"), ("c@d.org", "C")]),
        ("<a@b.org> Ann Lee", [("a@b.org", "Ann Lee")]),
        ("mailto:a@b.org", [("a@b.org", None)]),
        ("张三 <z@例子.中国>", [("z@例子.中国", "张三")]),
    ],
)
def test_addresses_are_read_in_every_shape(text: str, expected: list[tuple[str, str | None]]) -> None:
    found = parse_addresses(text)
    assert [(a.address, a.name) for a in found.good] == expected
    assert found.bad == ()


@pytest.mark.parametrize("text", ["Ann Lee", "@", "a@", "<>@b", "/O=EXCH/CN=ANN", "(((((a@b.org", "a@b@c"])
def test_what_is_no_address_is_reported_not_invented(text: str) -> None:
    assert parse_addresses(text).good == ()
    assert len(parse_addresses(text).bad) == 1


def test_a_character_cut_between_two_encoded_words_is_whole_again() -> None:
    raw = "张三丰".encode("gb18030")
    import base64

    words = [base64.b64encode(part).decode() for part in (raw[:3], raw[3:])]
    assert decode_words(f"=?gbk?B?{words[0]}?=\r\n =?GBK?B?{words[1]}?=") == "张三丰"


@pytest.mark.parametrize("charset", ["zlib", "punycode", "x-unknown", "hex", "rot13", "idna", "unicode_escape"])
def test_an_unknown_or_dangerous_charset_is_read_as_a_guess(charset: str) -> None:
    assert clean_name(f"=?{charset}?Q?Ann?=") == "Ann"


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60_000 + "a@b.org", '"' * 60_001, "a " * 30_000, "<" * 60_000, "=?" * 30_000, "=?utf-8?q?" * 6_000,
        " " * 60_000 + "x", "a@b," * 15_000, "\\" * 60_000, "a at " * 12_000, "x:" * 30_000, "?= " * 20_000,
        ". " * 30_000,
    ],
    ids=lambda t: t[:6],
)  # fmt: skip
def test_hostile_addresses_are_read_without_backtracking(text: str) -> None:
    """A parser that backtracks would not come back from these within anybody's patience."""
    assert all("@" in found.address for found in parse_addresses(text).good)
    assert isinstance(clean_name(text), str | None)


# -- dates ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 5 Jan 2009 10:00:00 +0800", "2009-01-05T02:00:00"),
        ("5 Jan 2009 10:00 -0530", "2009-01-05T15:30:00"),
        ("Mon, 05 Jan 2009 10:00:00 GMT", "2009-01-05T10:00:00"),
        ("Mon, 05 Jan 2009 10:00:00 EST", "2009-01-05T15:00:00"),
        ("Mon, 5 Jan 2009 10:00:00 +0000 (UTC)", "2009-01-05T10:00:00"),
        ("Mon Jan  5 10:00:00 2009", "2009-01-05T10:00:00"),
        ("5 Jan 09 10:00:00 +0000", "2009-01-05T10:00:00"),
        ("2009-01-05T10:00:00+02:00", "2009-01-05T08:00:00"),
        ("01 Jan 2001 00:01+0000", "2001-01-01T00:01:00"),
    ],
)
def test_dates_in_the_shapes_mail_programs_wrote(text: str, expected: str) -> None:
    moment = dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)
    assert parse_date(text) == int(moment.timestamp()) * 1_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "32 Jan 2009 10:00:00", "1 Jan 1970 00:00:00 +0000", "1 Jan 99999"])
def test_no_date_is_not_a_wrong_date(text: str) -> None:
    assert parse_date(text) is None


# -- messages -------------------------------------------------------------------------------------------------------


def test_each_recipient_once_with_its_strongest_role() -> None:
    found = read(To="bob@y.org, Bob <BOB@y.org>", Cc="cy@z.org, bob@y.org", Bcc="dee@w.org")
    assert isinstance(found, Message)
    assert [(a.address, r.name) for a, r in found.recipients] == [
        ("bob@y.org", "TO"), ("cy@z.org", "CC"), ("dee@w.org", "BCC"),
    ]  # fmt: skip
    assert found.repeated == 2


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"List_Id": "<l.x.org>"}, "mail.list"),
        ({"List_Unsubscribe": "<mailto:u@x.org>"}, "mail.list"),
        ({"Precedence": "bulk"}, "mail.list"),
        ({"Precedence": "list", "In_Reply_To": "<1@x>"}, "mail.list"),
        ({"Auto_Submitted": "auto-generated"}, "mail.robot"),
        ({"Auto_Submitted": "auto-replied (vacation)", "Precedence": "bulk", "Return_Path": "<>"}, "mail.autoreply"),
        ({"X_Autoreply": "yes"}, "mail.autoreply"),
        ({"From": "no-reply@x.org"}, "mail.robot"),
        ({"From": "MAILER-DAEMON@x.org (Mail Delivery)"}, "mail.robot"),
        ({"From": "Jira <jira-notifications@x.org>"}, "mail.robot"),
        ({"Sender": "calendar-notification@google.com"}, "mail.robot"),
        ({"Return_Path": "<>"}, "mail.robot"),
        ({"Content_Type": "multipart/report; report-type=delivery-status"}, "mail.robot"),
        ({"To": "noreply@y.org"}, "mail.robot"),
        ({"To": "undisclosed-recipients:;"}, "mail.no_recipient"),
    ],
)
def test_lists_robots_and_automatic_answers_make_no_tie(fields: dict[str, str], code: str) -> None:
    assert read(**fields) == LeftOut(code)


@pytest.mark.parametrize("address", ["norbert@x.org", "notary@x.org", "info@x.org", "sales@x.org", "alertson@x.org"])
def test_people_with_robot_like_names_stay(address: str) -> None:
    assert isinstance(read(From=address), Message)


def test_auto_submitted_no_is_a_person() -> None:
    assert isinstance(read(Auto_Submitted="no", Precedence="normal"), Message)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Date": "soon"}, "mail.no_date"),
        ({"Date": ""}, "mail.no_date_header"),
        ({"Date": "Mon, 5 Jan 2099 10:00:00 +0000"}, "mail.future_date"),
        ({"From": "nobody in particular"}, "mail.no_sender"),
        ({"From": ""}, "mail.no_sender_header"),
        ({"To": ", ".join(f"a{i}@b.org" for i in range(2001))}, "mail.too_many_recipients"),
        ({"To": "x" * 70_000}, "mail.header_too_long"),
    ],
)
def test_unusable_messages_are_refused_with_a_reason(fields: dict[str, str], code: str) -> None:
    found = read(**fields)
    assert isinstance(found, Refused)
    assert found.reason.code == code
    assert all(len(v) <= 500 for v in found.raw.values())


def test_a_missing_date_is_taken_from_the_newest_received_header() -> None:
    block = b"Received: by b; Tue, 6 Jan 2009 10:00:00 +0000\nReceived: by a; Mon, 5 Jan 2009 10:00:00 +0000\n"
    found = read_message(block + header(Date="never"), NOW)
    assert isinstance(found, Message)
    assert found.time == parse_date("Tue, 6 Jan 2009 10:00:00 +0000")


def test_raw_8_bit_headers_are_read_by_the_bodys_charset() -> None:
    block = "From: 镕基 <z@x.cn>\nTo: b@y.cn\nDate: 5 Jan 2009 10:00 +0800\nContent-Type: text/plain; charset=GBK"
    found = read_message(block.encode("gbk"), NOW)
    assert isinstance(found, Message)
    assert found.sender.name == "镕基"


HEADER_NAMES = ["From", "To", "Cc", "Date", "Message-ID", "Received", "Sender", "Content-Type", "X-Any", "References"]
ODD = st.text(st.sampled_from('ab@.<>"(),:;\\ =?qQ_\t-0189é张\x00[]'), max_size=60)
PARTS = st.sampled_from(
    ["a@b.org", "<a@b.org>", '"A, B" ', "=?utf-8?q?=E5=BC=A0?=", "=?gb2312?B?1cXI?=", "team:", ";", ",", "(c)", " at ",
     "Mon, 5 Jan 2009 10:00:00", "+0800", "\n ", "\r\n\t", "\udc80"]
)  # fmt: skip
LINES = st.tuples(st.sampled_from(HEADER_NAMES), st.lists(ODD | PARTS, max_size=6).map("".join))


@settings(max_examples=150, deadline=None)
@given(st.lists(LINES, max_size=8))
def test_odd_headers_never_raise(lines: list[tuple[str, str]]) -> None:
    block = "\n".join(f"{k}: {v}" for k, v in lines).encode("utf-8", "surrogateescape")
    found = read_message(block, NOW)
    assert isinstance(found, Message | LeftOut | Refused)
    if isinstance(found, Message):
        texts = [found.sender.address, *(a.name or "" for a, _ in found.recipients), *found.bad, found.id or ""]
        assert "".join(texts).encode("utf-8"), "text that no store can keep"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400), lines=st.lists(LINES, max_size=6))
def test_any_mailbox_is_accounted_for(tmp_path: Path, body: bytes, lines: list[tuple[str, str]]) -> None:
    block = "\n".join(f"{k}: {v}" for k, v in lines).encode("utf-8", "surrogateescape")
    target = tmp_path / "any.mbox"
    target.write_bytes(b"\n\n".join([POSTMARK.encode() + b"\n" + block, body, POSTMARK.encode() + b"\n" + header()]))
    found = pages(target)
    assert sum(p.read for p in found if p.table == "interactions") >= 2


# -- mbox files -----------------------------------------------------------------------------------------------------


def mbox(count: int, seed: int = 1) -> bytes:
    r = random.Random(seed)
    people = [(f"Person {i}", f"p{i}@c{i % 30}.org") for i in range(200)]
    people += [("张三", "zhang@x.cn"), ("Müller, Jörg", "jm@y.de"), ('Tom "T" O\'Neil', "tom@z.org")]
    parts = [_one(r, people, i) for i in range(count)]
    # Folding headers, Python 3.11 now and then encodes a comma between two addresses and cannot read that back.
    parts = [p for p in parts if b"=?utf-8?q?=2C?=" not in p]
    return b"\n\n".join(parts) + b"\n"


def _one(r: random.Random, people: list[tuple[str, str]], i: int) -> bytes:
    message = email.message.EmailMessage(policy=email.policy.SMTPUTF8.clone(utf8=False, linesep="\n"))
    sender, *rest = r.sample(people, r.randint(2, 6))
    cut = r.randint(1, len(rest))
    moment = dt.datetime(2009, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=r.randint(-10, 12))))
    message["Received"] = "by mx.example.org; " + email.utils.format_datetime(moment)
    message["From"] = email.utils.formataddr(sender)
    message["To"] = ", ".join(email.utils.formataddr(p) for p in rest[:cut])
    if rest[cut:]:
        message["Cc"] = ", ".join(email.utils.formataddr(p) for p in rest[cut:])
    message["Date"] = email.utils.format_datetime(moment + dt.timedelta(minutes=17 * i))
    message["Message-ID"] = f"<{i}.{r.random()}@example.org>"
    if i % 3 == 0:
        message["In-Reply-To"] = f"<{i - 1}@example.org>"
    message["Subject"] = "offer " * r.randint(0, 40)
    body = "\n\n".join(["lorem ipsum"] * r.randint(1, 9) + ["From here on it is body"])
    return POSTMARK.encode() + b"\n" + message.as_bytes() + body.encode()


def oracle(path: Path) -> Iterator[dict[str, Any]]:
    """The same rows by the standard library's parsers, one message at a time."""
    for text in path.read_bytes().split(POSTMARK.encode() + b"\n")[1:]:
        message = email.message_from_bytes(text, policy=email.policy.default)
        sender = message["From"].addresses[0].addr_spec
        moment = message["Date"].datetime.astimezone(dt.UTC)
        for role in ("to", "cc"):
            for address in message[role].addresses if message[role] else ():
                yield {
                    "id": message["Message-ID"].strip("<>"), "time": moment, "from": sender, "to": address.addr_spec,
                    "role": role, "kind": "reply" if message["In-Reply-To"] else "mail",
                }  # fmt: skip


@pytest.mark.slow
def test_rows_equal_the_standard_librarys_on_5000_messages(tmp_path: Path) -> None:
    check_oracle(tmp_path, 5000)


def test_rows_equal_the_standard_librarys(tmp_path: Path) -> None:
    check_oracle(tmp_path, 400)


def check_oracle(tmp_path: Path, count: int) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(count))
    found = pages(path, page_rows=1000)
    columns = ("id", "time", "from", "to", "role", "kind")
    assert [{c: row[c] for c in columns} for row in interactions(found)] == list(oracle(path))
    assert names(found)["zhang@x.cn"] == "张三"
    assert names(found)["jm@y.de"] == "Müller, Jörg"
    assert {p.scope for p in found if p.table == "interactions"} == {"message-id"}


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_bodies_are_skipped_and_only_real_from_lines_part_messages(tmp_path: Path, end: bytes) -> None:
    lines = [POSTMARK.encode(), *header(Message_ID="<1@x>").split(b"\n"), b"", b"From my point of view", b"",
             b"From there: on", POSTMARK.encode(), b"To: body@text.org", b"", POSTMARK.encode(),
             *header(Message_ID="<2@x>").split(b"\n"), b"", b"bye", b""]  # fmt: skip
    path = tmp_path / "in.mbox"
    path.write_bytes(end.join(lines))
    assert [r["id"] for r in interactions(pages(path))] == ["1@x", "2@x"]


@pytest.mark.parametrize("shift", range(-12, 12, 3))
def test_messages_across_window_borders_are_found(tmp_path: Path, shift: int) -> None:
    first = POSTMARK.encode() + b"\n" + header(Message_ID="<1@x>") + b"\n\n"
    body = b"x" * 70 + b"\n"
    fill = body * ((WINDOW - len(first)) // len(body))
    fill += b"y" * (WINDOW - len(first) - len(fill) + shift) + b"\n\n"
    path = tmp_path / "in.mbox"
    path.write_bytes(first + fill + POSTMARK.encode() + b"\n" + header(Message_ID="<2@x>") + b"\n\nbye\n")
    with path.open("rb") as stream:
        parts = list(split_mbox(stream))
    assert [p.at for p in parts] == [0, len(first) + len(fill)]
    assert parts[1].block == header(Message_ID="<2@x>")


def test_headers_without_end_are_refused_and_the_next_message_taken(tmp_path: Path) -> None:
    long = POSTMARK.encode() + b"\n" + header() + b"\nX-Long: " + b"y" * BLOCK_BYTES + b"\n\nbody\n\n"
    path = tmp_path / "in.mbox"
    path.write_bytes(long + POSTMARK.encode() + b"\n" + header(Message_ID="<2@x>") + b"\n\nbye\n")
    found = pages(path)
    assert [r.reason.code for p in found for r in p.rejects] == ["mail.headers_too_long"]
    assert [r["id"] for r in interactions(found)] == ["2@x"]


def test_a_grown_mbox_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(20))
    first = pages(path)
    assert pages(path, first[-1].cursor) == [], "an unchanged mailbox gave pages"
    with path.open("ab") as stream:
        stream.write(b"\n" + POSTMARK.encode() + b"\n" + header(Message_ID="<new@x>") + b"\n\nhello\n")
    second = pages(path, first[-1].cursor)
    assert [r["id"] for r in interactions(second)] == ["new@x"]
    assert pages(path, second[-1].cursor) == []


def test_a_rewritten_mbox_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(20))
    cursor = pages(path)[-1].cursor
    path.write_bytes(mbox(30, seed=2))
    assert len(interactions(pages(path, cursor))) == len(interactions(pages(path)))


@pytest.mark.parametrize("page_rows", [1, 7, 40])
def test_page_size_changes_nothing(tmp_path: Path, page_rows: int) -> None:
    path = tmp_path / "in.mbox"
    path.write_bytes(mbox(40))
    assert interactions(pages(path, page_rows=page_rows)) == interactions(pages(path))


def test_a_name_is_the_one_most_often_seen(tmp_path: Path) -> None:
    path = tmp_path / "in.mbox"
    writers = ["Ann <a@x.org>", "ANN LEE <a@x.org>", "Ann Lee <a@x.org>", "Ann Lee <a@x.org>", "a@x.org", "a@x.org"]
    blocks = [POSTMARK.encode() + b"\n" + header(From=w, Message_ID=f"<{i}@x>") for i, w in enumerate(writers)]
    path.write_bytes(b"\n\nhi\n\n".join(blocks) + b"\n\nhi\n")
    assert names(pages(path)) == {"a@x.org": "Ann Lee"}


# -- folders --------------------------------------------------------------------------------------------------------


def maildir(root: Path, count: int) -> Path:
    for folder in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (root / folder).mkdir(parents=True)
    for i in range(count):
        folder = ("cur", "new", ".Sent/cur")[i % 3]
        (root / folder / f"{1000 + i}.host:2,S").write_bytes(header(Message_ID=f"<{i}@x>") + b"\n\nbody\n")
    (root / "tmp" / "half").write_bytes(header(Message_ID="<half@x>"))
    (root / "dovecot-uidlist").write_text("3 V1")
    return root


def test_a_maildir_with_subfolders_is_read_without_what_is_not_mail(tmp_path: Path) -> None:
    found = pages(maildir(tmp_path / "box", 9))
    assert {r["id"] for r in interactions(found)} == {f"{i}@x" for i in range(9)}
    assert not any(p.rejects for p in found)


def test_a_second_sync_of_a_folder_reads_only_what_changed(tmp_path: Path) -> None:
    root = maildir(tmp_path / "box", 6)
    cursor = pages(root)[-1].cursor
    assert pages(root, cursor) == []
    soon = time.time_ns() + 5_000_000_000  # later than the files of the first walk by more than a clock tick
    new = root / "new" / "9999.host"
    new.write_bytes(header(Message_ID="<late@x>") + b"\n\n")
    os.utime(new, ns=(soon, soon))
    second = pages(root, cursor)
    assert "late@x" in {r["id"] for r in interactions(second)}
    assert pages(root, second[-1].cursor) == []


def test_a_folder_of_everything_has_a_fate_for_every_file(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(header(Message_ID="<a@x>"))
    (tmp_path / "b").write_bytes(mbox(2))
    (tmp_path / "c.eml").write_bytes(b"")
    (tmp_path / "d.csv").write_bytes(b"id,name\n1,2\n")
    (tmp_path / "e.bin").write_bytes(bytes(range(256)) * 40)
    found = pages(tmp_path)
    assert [r.where for p in found for r in p.rejects] == ["d.csv", "e.bin"]
    assert {r.reason.code for p in found for r in p.rejects} == {"mail.not_mail"}
    assert found[-1].left_out == {"sources.empty_file": 1}
    assert found[-1].notes["mail.messages"] == 3


@pytest.mark.parametrize(("name", "code"), [("missing", "mail.no_path"), ("empty", "mail.empty_folder")])
def test_nothing_to_read_is_one_clear_sentence(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as error:
        pages(tmp_path / name)
    assert error.value.phrase.code == code
    assert name in error.value.text("en")
    assert name in error.value.text("zh")


# -- real samples ---------------------------------------------------------------------------------------------------


@pytest.mark.data
@pytest.mark.skipif(not FORMATS.exists(), reason="the real data sets are not beside the project")
@pytest.mark.parametrize(
    ("folder", "taken", "left_out", "refused"),
    [
        ("mbox-perceval", 0, {"mail.list": 5, "mail.no_recipient": 7}, 2),
        ("maildir-notmuch-default", 44, {"mail.list": 9}, 0),
        ("eml-cpython", 21, {"mail.list": 4, "mail.robot": 3, "mail.no_recipient": 2}, 18),
    ],
)
def test_real_samples(folder: str, taken: int, left_out: dict[str, int], refused: int) -> None:
    found = pages(FORMATS / folder)
    last = found[-1]
    assert last.notes.get("mail.messages", 0) == taken
    assert last.left_out == left_out
    assert len(last.rejects) == refused
    assert all(r.where in r.reason.text(language) for r in last.rejects for language in ("en", "zh"))
