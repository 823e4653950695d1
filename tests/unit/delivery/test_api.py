"""Over HTTP: own preferences, the list as a file, and leaving the list by the link of a mail."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

import openpyxl
import pytest
from starlette.testclient import TestClient

from api.app import assemble
from api.delivery.config import Config
from api.delivery.post import Order, Post
from api.delivery.runs import run
from api.delivery.tokens import make_token, read_token
from api.keys import KeyRing, new_key
from graphsvc.policy import OWNER
from graphsvc.workspace import Workspace
from tests.servers.mail_sink import Sink
from tests.unit.delivery.company import REPS, WEEK

SetUp = Callable[[str], Config]
WANTED = {
    "language": "zh", "timezone": "Asia/Shanghai", "weekday": "tuesday", "hour": 9, "channels": ["mail"],
    "unsubscribed": False,
}  # fmt: skip


@pytest.fixture
def clients(workspace: Workspace, set_up: SetUp) -> Iterator[dict[str, TestClient]]:
    """The owner, a rep with the scope to write, one without, and somebody without a key."""
    set_up("[robots.room]\n")
    made = {
        "owner": new_key("o", ["read", "write"], ["owner"]),
        "rep": new_key("r", ["read", "write"], ["rep"], REPS[0]),
        "reader": new_key("x", ["read"], ["rep"], REPS[0]),
    }
    app = assemble(workspace, KeyRing([entry for _, entry in made.values()]))
    clients = {
        name: TestClient(app, base_url="https://graph.example", headers={"authorization": f"Bearer {token}"})
        for name, (token, _) in made.items()
    }
    yield clients | {"nobody": TestClient(app, base_url="https://graph.example")}


def test_a_rep_chooses_and_it_holds(clients: dict[str, TestClient], workspace: Workspace) -> None:
    url = f"/v1/delivery/{REPS[0]}"
    before = clients["rep"].get(url).json()
    assert before["configured"] and before["available"] == ["mail", "room"] and before["hour"] == 8
    assert before["next"] == "2026-06-08T08:00:00Z"
    after = clients["rep"].put(url, json=WANTED)
    assert after.status_code == 200, after.text
    assert {k: after.json()[k] for k in WANTED} == WANTED and after.json()["next"] == "2026-06-09T01:00:00Z"
    assert clients["owner"].get(url).json()["timezone"] == "Asia/Shanghai"
    assert any(row["action"] == "api.delivery" for row in workspace.store.audit(OWNER))


def test_nobody_chooses_for_somebody_else(clients: dict[str, TestClient]) -> None:
    other = f"/v1/delivery/{REPS[1]}"
    assert clients["rep"].get(other).status_code == clients["rep"].put(other, json=WANTED).status_code == 403
    assert clients["reader"].put(f"/v1/delivery/{REPS[0]}", json=WANTED).status_code == 403
    assert clients["nobody"].get(other).status_code == 401
    assert clients["owner"].put(other, json=WANTED).status_code == 200
    assert clients["rep"].get(f"/v1/top-file/{REPS[1]}").status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"timezone": "Mars/Olympus"}, {"timezone": "/etc/passwd"}, {"channels": ["pigeon"]}, {"hour": 24},
        {"weekday": "someday"}, {"language": "fr"}, {"extra": 1},
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused(clients: dict[str, TestClient], wrong: dict[str, object]) -> None:
    response = clients["rep"].put(f"/v1/delivery/{REPS[0]}", json=WANTED | wrong)
    assert response.status_code == 422 and response.json()["detail"]


def test_what_became_of_this_weeks_list_is_told(
    clients: dict[str, TestClient], workspace: Workspace, set_up: SetUp, sink: Sink
) -> None:
    sink.on = lambda stage, _: "554 no" if stage == "data" else None
    run(Post(set_up(""), workspace), Order(week=WEEK))
    told = clients["rep"].get(f"/v1/delivery/{REPS[0]}", headers={"accept-language": "zh"}).json()["delivered"]
    assert [(d["channel"], d["state"], d["week"]) for d in told] == [("mail", "failed", WEEK)]
    assert told[0]["reason"] == "邮件服务器拒绝了（554）。"


@pytest.mark.parametrize(
    ("form", "media", "start"),
    [
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("csv", "text/csv", b"\xef\xbb\xbf"),
        ("ics", "text/calendar", b"BEGIN:VCALENDAR"),
        ("html", "text/html", b"<!doctype html>"),
    ],
)
def test_the_list_comes_as_a_file(clients: dict[str, TestClient], form: str, media: str, start: bytes) -> None:
    url = f"/v1/top-file/{REPS[0]}?format={form}&week={WEEK}"
    response = clients["rep"].get(url)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith(media) and response.content.lstrip().startswith(start)
    assert response.headers["content-disposition"] == f'attachment; filename="{WEEK}.{form}"'
    again = clients["rep"].get(url, headers={"if-none-match": response.headers["etag"]})
    assert again.status_code == 304, "the same list is another file"


def test_a_file_speaks_the_readers_language(clients: dict[str, TestClient]) -> None:
    response = clients["rep"].get(f"/v1/top-file/{REPS[0]}", headers={"accept-language": "zh"})
    assert openpyxl.load_workbook(io.BytesIO(response.content)).worksheets[0]["B1"].value == "姓名"


@pytest.mark.parametrize(("who", "author"), [("owner", "o"), ("rep", "r")])
def test_a_file_says_whose_list_it_is_and_what_was_decided(
    clients: dict[str, TestClient], who: str, author: str
) -> None:
    items = clients["rep"].get(f"/v1/top/{REPS[0]}").json()["items"]
    orders = (
        {"key": items[0]["id"], "decision": "done", "reason": "=called"},
        {"key": items[1]["id"], "decision": "wrong", "reason": "left the firm"},
    )
    for order in orders:
        said = clients[who].post(f"/v1/top/{REPS[0]}/decisions", json=order)
        assert said.status_code == 200, said.text
    url, english = f"/v1/top-file/{REPS[0]}", {"accept-language": "en"}
    raw = clients["rep"].get(f"{url}?format=csv", headers=english).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(raw)))
    me = clients["rep"].get(f"/v1/people/{REPS[0]}").json()["entity"]["name"]
    assert {r["Rep"] for r in rows} == {me}
    told = {r["Name"]: (r["Rank"], r["Decision"], r["Why"], r["Until"], r["Decided by"]) for r in rows if r["Decision"]}
    assert told == {
        items[0]["name"]: ("1", "done", "'=called", "", author),
        items[1]["name"]: ("", "not right", "left the firm", "", author),
    }
    assert all(r["Decided on"] for r in rows if r["Decision"]) and all(r["On the page"] for r in rows)
    book = openpyxl.load_workbook(io.BytesIO(clients["rep"].get(url, headers=english).content))
    head, *lines = book.worksheets[0].iter_rows(values_only=True)
    sheet = [dict(zip(head, line, strict=True)) for line in lines]
    assert [r["Decision"] or "" for r in sheet] == [r["Decision"] for r in rows]
    assert [r["Why"] for r in sheet if r["Decision"]] == ["=called", "left the firm"], "a reason stays text"


# -- leaving ----------------------------------------------------------------------------------------------------------


def token_of(workspace: Workspace, key: str) -> str:
    return make_token(workspace.store, workspace.store.resolve(key, OWNER, "person")[0].id)


def test_the_link_asks_and_the_button_stops(
    clients: dict[str, TestClient], workspace: Workspace, set_up: SetUp, sink: Sink
) -> None:
    anybody, url = clients["nobody"], f"/v1/unsubscribe?token={token_of(workspace, REPS[0])}"
    page = anybody.get(url)
    assert page.status_code == 200 and f'action="{url}"' in page.text
    assert not clients["rep"].get(f"/v1/delivery/{REPS[0]}").json()["unsubscribed"], "a scanner must not stop anything"
    assert anybody.get(url, headers={"accept-language": "zh"}).text.count("不再接收") == 1
    body = {"List-Unsubscribe": "One-Click"}
    for _ in range(2):
        assert anybody.post(url, data=body).status_code == 200
    assert clients["rep"].get(f"/v1/delivery/{REPS[0]}").json()["unsubscribed"]
    run(Post(set_up(""), workspace), Order())
    assert REPS[0] not in sink.receivers() and len(sink.raw) == 3
    actions = [row["action"] for row in workspace.store.audit(OWNER)]
    assert actions.count("delivery.unsubscribe") == 1
    assert clients["rep"].put(f"/v1/delivery/{REPS[0]}", json=WANTED).json()["unsubscribed"] is False


def test_the_link_of_the_mail_is_that_link(clients: dict[str, TestClient], post: Post, sink: Sink) -> None:
    run(post, Order())
    link = str(sink.mails[0]["List-Unsubscribe"]).strip("<>")
    path = link.removeprefix("https://graph.us.example")
    assert clients["nobody"].post(path).status_code == 200
    body = sink.mails[0].get_body(("html",))
    assert body is not None and link in body.get_content()


def test_a_token_that_is_not_ours_stops_nothing(clients: dict[str, TestClient], workspace: Workspace) -> None:
    mine, other = (token_of(workspace, key) for key in REPS[:2])
    forged = mine[:32] + other[32:]
    for token in (forged, "0" * 64, mine[:-1] + ("0" if mine[-1] != "0" else "1")):
        assert clients["nobody"].post(f"/v1/unsubscribe?token={token}").status_code == 422
        assert read_token(workspace.store, token) is None
    assert clients["nobody"].post("/v1/unsubscribe?token=short").status_code == 422
    assert clients["nobody"].post("/v1/unsubscribe").status_code == 422
    assert not re.search("unsubscribed.:true", clients["owner"].get(f"/v1/delivery/{REPS[0]}").text)


def test_after_an_erasure_the_link_knows_nobody(clients: dict[str, TestClient], workspace: Workspace) -> None:
    token = token_of(workspace, REPS[0])
    workspace.store.erase(workspace.store.resolve(REPS[0], OWNER, "person")[0].id, OWNER)
    assert clients["nobody"].post(f"/v1/unsubscribe?token={token}").status_code == 404
