"""Mail servers and robots that refuse, hang up and lie: what is certain afterwards is said, and nothing else."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from apprise.plugins.wecombot import NotifyWeComBot
from pydantic import SecretStr

from api.delivery import smtp
from api.delivery.config import Config
from api.delivery.journal import Outcome
from api.delivery.post import Order, Post
from api.delivery.robots import open_robot, tell
from api.delivery.runs import run
from graphsvc.errors import InputError
from graphsvc.workspace import Workspace
from tests.servers.mail_sink import Sink
from tests.unit.delivery.company import REPS


def mail(to: str = "ann@us.example", text: str = "hello\n.\n.x\n") -> EmailMessage:
    out = EmailMessage()
    out["From"], out["To"], out["Subject"], out["Message-ID"] = "lists@us.example", to, "s", "<1@us.example>"
    out.set_content(text)
    return out


def send(sink: Sink, message: EmailMessage | None = None) -> Outcome:
    return smtp.send(smtp.read_server(SecretStr(sink.url)), message or mail())


def test_a_mail_arrives_as_it_was_sent(sink: Sink) -> None:
    assert send(sink).kind == "sent"
    assert sink.mails[0].get_content().replace("\r\n", "\n") == "hello\n.\n.x\n", "lone dots end no mail"


@pytest.mark.parametrize(
    ("stage", "answer", "kind"),
    [
        ("mail", "451 later", "retry"),
        ("rcpt", "550 no such user", "refused"),
        ("rcpt", "450 busy", "retry"),
        ("rcpt", "", "retry"),
        ("data", "554 no", "refused"),
        ("data", "", "retry"),
        ("content", "452 full", "retry"),
        ("content", "554 spam", "refused"),
        ("content", "", "unclear"),
    ],
)
def test_what_a_server_says_at_each_stage(sink: Sink, stage: str, answer: str, kind: str) -> None:
    sink.on = lambda at, _: answer if at == stage else None
    found = send(sink)
    assert found.kind == kind
    assert found.reason is not None and found.reason.text("en") and "ann" not in found.reason.text("en")


def test_a_server_that_is_not_there_gets_it_later() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = smtp.read_server(SecretStr(f"smtp://127.0.0.1:{port}"))
    assert smtp.send(server, mail()).kind == "retry"


def test_an_address_in_chinese_goes_to_servers_that_take_it(sink: Sink) -> None:
    assert send(sink, mail("王芳@us.example")).kind == "sent"
    assert any("王芳@us.example" in line and line.lower().startswith("rcpt") for line in sink.lines)


@pytest.mark.parametrize("url", ["", "http://x", "smtp://", "smtp://host:port", "lists@us.example"])
def test_a_wrong_server_is_said_without_repeating_it(url: str) -> None:
    with pytest.raises(InputError) as refused:
        smtp.read_server(SecretStr(url))
    assert refused.value.phrase.code == "delivery.bad_smtp" and not refused.value.phrase.args


def test_a_password_is_in_no_text_of_a_server() -> None:
    server = smtp.read_server(SecretStr("smtps://lists:s%40cret@mail.us.example"))
    assert server.password is not None and server.password.get_secret_value() == "s@cret"
    assert "s@cret" not in repr(server) and (server.port, server.starts_tls) == (465, False)
    assert smtp.read_server(SecretStr("smtp://mail.us.example")).starts_tls, "passwords and names would go in the clear"


# -- robots -----------------------------------------------------------------------------------------------------------


@dataclass
class Room:
    """A chat's server: what it was told, and what it answers."""

    port: int
    bodies: list[dict[str, object]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    answer: bytes = b"ok"
    hang_up: bool = False


@contextmanager
def room() -> Iterator[Room]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            here.bodies.append(json.loads(body))
            here.paths.append(self.path)
            if here.hang_up:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(here.status)
            self.send_header("content-length", str(len(here.answer)))
            self.end_headers()
            self.wfile.write(here.answer)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        here = Room(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield here
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def chat() -> Iterator[Room]:
    with room() as made:
        yield made


def mattermost(chat: Room) -> SecretStr:
    return SecretStr(f"mmost://lists@127.0.0.1:{chat.port}/3ccdd113474722377935511fc85d3dd4")


def wecom(chat: Room, monkeypatch: pytest.MonkeyPatch) -> SecretStr:
    """WeCom's host stands fixed in the plugin, as an attribute of its class: the fake takes its place there."""
    url = f"http://127.0.0.1:{chat.port}/cgi-bin/webhook/send?key={{key}}"
    monkeypatch.setattr(NotifyWeComBot, "notify_url", url)
    return SecretStr("wecombot://693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa")


def test_mattermost_hears_it_once(chat: Room) -> None:
    assert tell(open_robot(mattermost(chat)), "第 23 周 & <b>\nline").kind == "sent"
    assert [b["text"] for b in chat.bodies] == ["第 23 周 & <b>\nline"]


def test_wecom_hears_it_once(chat: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.answer = b'{"errcode":0,"errmsg":"ok"}'
    assert tell(open_robot(wecom(chat, monkeypatch)), "第 23 周").kind == "sent"
    assert chat.bodies == [{"msgtype": "text", "text": {"content": "第 23 周"}}]
    assert chat.paths == ["/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"]


def test_wecom_that_answers_200_with_an_error_has_not_taken_it(chat: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.answer = b'{"errcode":93000,"errmsg":"invalid webhook url"}'
    found = tell(open_robot(wecom(chat, monkeypatch)), "x")
    assert found.kind == "refused" and found.reason is not None and found.reason.args["code"] == "93000"


@pytest.mark.parametrize(
    ("status", "kind"), [(200, "sent"), (404, "refused"), (429, "retry"), (503, "retry"), (500, "unclear")]
)
def test_what_a_robots_server_says(chat: Room, status: int, kind: str) -> None:
    chat.status = status
    assert tell(open_robot(mattermost(chat)), "x").kind == kind
    assert len(chat.bodies) == 1, "told twice by itself"


def test_a_robot_that_hangs_up_may_have_heard(chat: Room) -> None:
    chat.hang_up = True
    assert tell(open_robot(mattermost(chat)), "x").kind == "unclear"


def test_a_robot_that_is_not_there_has_not(chat: Room) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gone = Room(free.getsockname()[1])
    assert tell(open_robot(mattermost(gone)), "x").kind == "retry"


def test_the_key_of_a_robot_is_in_no_log(
    chat: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat.status = 404
    tell(open_robot(wecom(chat, monkeypatch)), "x")
    assert "693a91f6" not in caplog.text


@pytest.mark.parametrize("url", ["", "nonsense", "nochat://x"])
def test_a_wrong_robot_is_said_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        open_robot(SecretStr(url))
    assert refused.value.phrase.code == "delivery.bad_robot"


def test_a_rep_gets_mail_and_message_each_once_and_the_room_reads_no_names(
    workspace: Workspace, set_up: Callable[[str], Config], sink: Sink, chat: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    more = 'channels = ["mail", "room", "wecom"]\n[robots.room]\n[robots.wecom]\ndetails = true\n'
    monkeypatch.setenv("GRAPHSVC_ROBOT_ROOM", mattermost(chat).get_secret_value())
    monkeypatch.setenv("GRAPHSVC_ROBOT_WECOM", wecom(chat, monkeypatch).get_secret_value())
    post = Post(set_up(more), workspace)
    assert run(post, Order()).counts() == {"sent": 12}
    assert run(Post(post.config, workspace), Order()).left == 12
    plain = [str(b["text"]) for b in chat.bodies if "msgtype" not in b]
    named = [str(b["text"]) for b in chat.bodies if "msgtype" in b]
    assert len(plain) == len(named) == len(REPS) and len(sink.raw) == len(REPS)
    assert not [text for text in plain if "Client" in text] and all("Client" in text for text in named)
