"""What a rep gets: in their language, escaped everywhere, and nothing they may not see."""

from __future__ import annotations

import csv
import datetime as dt
import email
import io
import re
from dataclasses import replace
from email import policy
from email.message import EmailMessage
from html.parser import HTMLParser

import icalendar
import openpyxl
import pytest

from api.answers import decisions
from api.answers.ask import Ask
from api.answers.weekly import top
from api.delivery.letters import Letter, Line, as_rep, keep
from api.delivery.mail import as_bytes
from api.delivery.packing import as_file, as_mail, as_message
from api.delivery.post import Order, Post, Task
from api.delivery.preferences import Preferences
from api.delivery.rendering import html_of, text_of
from api.delivery.robots import BYTES
from api.delivery.texts import amount, clean
from graphsvc.phrases import use_language
from tests.unit.delivery.company import BOSS, HOSTILE, NOW, REPS, WEEK

MADE = dt.datetime(2026, 6, 3, 12, tzinfo=dt.UTC)
STEERING = re.compile("[\u202a-\u202e\u200e\u200f\u2066-\u2069]")


def task_of(post: Post, rep: str, **wants: object) -> Task:
    index = post.ask.find(rep, "person")
    ident = post.ask.projection.entities.id[index].decode()
    found = next(t for t in post.tasks(Order(week=WEEK), NOW) if t.rep == ident)
    return replace(found, wants=replace(found.wants, **wants))


@pytest.fixture
def hostile(post: Post) -> Letter:
    """The list of the rep whose contacts have hostile names."""
    return post.letter(task_of(post, REPS[1]))


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(html: str) -> Tags:
    page = Tags()
    page.feed(html)
    return page


def test_the_list_is_the_reps_own(post: Post) -> None:
    letter = post.letter(task_of(post, REPS[0]))
    ident = letter.rep
    assert [line.name for line in letter.lines] == [
        clean(i.name) for i in top(as_rep(post.workspace, ident), ident, None, WEEK).items
    ]
    assert letter.lines and letter.address == REPS[0] and letter.week == WEEK


def test_what_a_rep_may_not_see_is_not_in_it(post: Post) -> None:
    """No contact of other accounts is in it, and rights hide words of the list, never lines."""
    task = task_of(post, REPS[0])
    whole = html_of(post.letter(task)) + text_of(post.letter(task))
    strangers = [f"c{i}.{j}@client{i}.example" for i in range(1, 4) for j in range(3)]
    assert not [s for s in strangers if s in whole]
    mine = top(as_rep(post.workspace, task.rep), task.rep, None, WEEK)
    owners = top(Ask(post.workspace), task.rep, None, WEEK)
    assert [i.id for i in mine.items] == [i.id for i in owners.items], "rights must hide words, not lines"


def test_markup_in_names_stays_text(hostile: Letter) -> None:
    page = parsed(html_of(hostile))
    assert not [t for t, _ in page.tags if t in ("script", "img", "iframe", "link", "object")]
    assert not [a for _, attrs in page.tags for a in attrs if a.startswith("on")]
    assert any("<script>alert(1)</script>" in text for text in page.texts), "the name itself is shown"
    assert not STEERING.search(html_of(hostile)) and not STEERING.search(text_of(hostile))


def test_links_hold_ids_only_and_lead_into_the_page(hostile: Letter) -> None:
    links = {str(a["href"]) for t, a in parsed(html_of(hostile)).tags if t == "a"}
    known = re.compile(
        r"https://graph\.us\.example/(\?view=top&rep=[0-9a-f]{32}&week=2026-W23(&panel=person%3A[0-9a-f]{32})?"
        r"|v1/unsubscribe\?token=[0-9a-f]{64})"
    )
    assert len(links) == len(hostile.lines) + 2 and all(known.fullmatch(link) for link in links), links


def test_nothing_is_loaded_from_elsewhere(hostile: Letter) -> None:
    html = html_of(hostile)
    assert not re.search(r"url\(|@import|src=|<link", html)
    assert "prefers-color-scheme: dark" in html


def sent(post: Post, letter: Letter) -> EmailMessage:
    raw = as_bytes(as_mail(post.config, post.workspace.store, letter, MADE))
    assert b"\r\n" in raw and not re.search(rb"[^\r]\n", raw), "lines end with CR LF"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    return email.message_from_bytes(raw, policy=policy.default)


def test_a_mail_has_text_page_sheet_and_calendar(post: Post, hostile: Letter) -> None:
    mail = sent(post, hostile)
    types = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert types == ["text/plain", "text/html", sheet, "text/calendar"]
    assert [p.get_filename() for p in mail.iter_attachments()] == ["2026-W23.xlsx", "2026-W23.ics"]
    assert mail["To"].addresses[0].addr_spec == REPS[1] and mail["From"].addresses[0].domain == "us.example"
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Id"] == "<weekly.graph.us.example>"


def test_one_click_unsubscribing_reads_as_rfc_8058_wants_it(post: Post, hostile: Letter) -> None:
    raw = as_bytes(as_mail(post.config, post.workspace.store, hostile, MADE))
    assert re.search(rb"^List-Unsubscribe: <https://\S+>\r$", raw, re.MULTILINE), "cut up, nobody can call it"
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_a_chinese_subject_reads_back(post: Post) -> None:
    letter = post.letter(task_of(post, REPS[0], language="zh"))
    raw = as_bytes(as_mail(post.config, post.workspace.store, letter, MADE))
    assert raw.split(b"\r\n\r\n")[0].isascii()
    assert sent(post, letter)["Subject"] == f"第 23 周：你的 {len(letter.lines)} 次重点沟通"
    assert 'lang="zh-Hans"' in html_of(letter) and "首选渠道" in text_of(letter)


def test_a_name_with_line_breaks_adds_no_header(post: Post, hostile: Letter) -> None:
    evil = replace(hostile, name=clean("Ann\r\nBcc: all@us.example"))
    mail = sent(post, evil)
    assert mail["Bcc"] is None and len(mail["To"].addresses) == 1


def test_the_same_letter_is_the_same_mail(post: Post, hostile: Letter) -> None:
    one, two = (as_bytes(as_mail(post.config, post.workspace.store, hostile, MADE)) for _ in range(2))
    assert one == two
    other = as_mail(post.config, post.workspace.store, replace(hostile, week="2026-W24"), MADE)
    assert other["Message-ID"] not in one.decode() and hostile.rep not in str(other["Message-ID"])


# -- files ------------------------------------------------------------------------------------------------------------


def test_the_sheet_holds_text_where_a_formula_would_be(hostile: Letter) -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_file(hostile, "xlsx", MADE)))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert not [c.coordinate for c in cells if c.data_type == "f"]
    names = [c for c in cells if isinstance(c.value, str) and c.value.startswith("=HYPERLINK")]
    assert len(names) == len(hostile.lines) and all(c.quotePrefix for c in names), "editing the cell would run it"
    rows = list(book.worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [r[0] for r in rows] == [line.rank for line in hostile.lines]
    assert [r[2] for r in rows] == [line.company for line in hostile.lines]


def test_csv_cells_are_no_formulas_and_read_back(hostile: Letter) -> None:
    raw = as_file(hostile, "csv", MADE)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert len(rows) == 1 + len(hostile.lines) and all(len(r) == len(rows[0]) for r in rows)
    assert not [c for r in rows for c in r if c[:1] in ("=", "+", "@", "\t")]
    assert rows[1][1] == "'" + hostile.lines[0].name


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Shanghai", "UTC"])
def test_the_calendar_reminds_once_at_the_reps_hour(post: Post, zone: str) -> None:
    letter = post.letter(task_of(post, REPS[1], timezone=zone, weekday="tuesday", hour=7))
    read = icalendar.Calendar.from_ical(as_file(letter, "ics", MADE))
    events = read.walk("VEVENT")
    assert len(events) == 1 and not read.walk("VTODO")
    start = events[0].decoded("dtstart")
    assert start.isoformat().startswith("2026-06-02T07:00:00") and events[0]["transp"] == "TRANSPARENT"
    assert start.timestamp() * 1e6 == letter.wants.due(WEEK)
    assert letter.link in str(events[0]["description"]) and len(events[0].walk("VALARM")) == 1


def test_to_dos_stand_beside_it_where_they_are_wanted(hostile: Letter) -> None:
    raw = as_file(hostile, "ics", MADE, todos=True)
    read = icalendar.Calendar.from_ical(raw)
    todos = read.walk("VTODO")
    assert len(todos) == len(hostile.lines) and len({str(t["uid"]) for t in todos}) == len(todos)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75, "RFC 5545 folds lines at 75 octets"


# -- messages and figures ---------------------------------------------------------------------------------------------


def line(rank: int) -> Line:
    long = "很长的名字" * 12
    return Line(
        rank, long, long, 1.0, None, "1", ("r",), ("有变化",), "重新联系", "邮件", 3, "https://x.example/", False
    )


def test_a_robots_message_fits_and_says_what_is_missing(hostile: Letter) -> None:
    full = replace(hostile, language="zh", lines=tuple(line(i) for i in range(1, 21)))
    text = as_message(full, details=True)
    shown = len(re.findall(r"^\d+\. ", text, re.MULTILINE))
    assert 1 <= shown < 20 and len(text.encode()) <= BYTES and f"另有 {20 - shown} 位" in text
    assert full.link in text


def test_a_room_reads_no_names_unless_told_so(hostile: Letter) -> None:
    text = as_message(hostile, details=False)
    assert "HYPERLINK" not in text and "Client" not in text and hostile.link in text


@pytest.mark.parametrize(
    ("language", "value", "currency", "shown"),
    [
        ("en", 650214.3, "EUR", "€650,000"),
        ("zh", 650214.3, "CNY", "¥650,000"),
        ("en", 1234.5, "JPY", "¥1,230"),
        ("en", 0.034, None, "0.03 units"),
        ("zh", 3.0, None, "3 个单位"),
        ("en", 10.0, "XQZ", "XQZ10"),
    ],
)
def test_amounts_are_written_as_the_language_does(
    language: str, value: float, currency: str | None, shown: str
) -> None:
    use_language(language)
    try:
        assert amount(value, currency).replace("\xa0", "") == shown.replace("\xa0", "")
    finally:
        use_language(None)


def test_long_and_steering_texts_are_tamed() -> None:
    assert len(clean("x" * 1000)) == 200 and clean("a\u202eb\r\n\x00c") == "a b c"
    assert clean(HOSTILE) == "=HYPERLINK(1)<script>alert(1)</script> da"
    assert clean("חיים") == "חיים" and clean(None) == ""


def test_the_manager_gets_counts_of_the_team_and_who_has_nothing(post: Post) -> None:
    tasks = [t for t in post.tasks(Order(week=WEEK, digests=True), NOW) if t.channel == "digest"]
    assert len(tasks) == 1 and len(tasks[0].team) == len(REPS)
    made = post.digest(tasks[0])
    assert made.address == BOSS and {r.lines for r in made.rows} == {0}, "no list is kept yet"
    assert {r.said for r in made.rows} == {"Nothing on the list this week."}
    present = post.present
    keep(post.workspace, tasks[0].team[0], present)
    again = post.digest(replace(tasks[0], week=present))
    first = next(r for r in again.rows if tasks[0].team[0] in r.link)
    assert (first.lines, first.decided, first.open) == (3, 0, 3)
    contact = post.workspace.store.load_list(tasks[0].team[0], present)[0]["id"]
    decisions.decide_line(post.ask, tasks[0].team[0], contact, decisions.Order("wrong", reason="left the company"))
    later = post.digest(replace(tasks[0], week=present))
    first = next(r for r in later.rows if tasks[0].team[0] in r.link)
    assert (first.lines, first.decided, first.open) == (3, 1, 2), "a line that is not right is decided"


def test_preferences_say_when() -> None:
    wants = Preferences("en", "Europe/Berlin", "sunday", 2, ("mail",))
    assert wants.day("2026-W13") == dt.date(2026, 3, 29)
