"""A mail server that takes everything and keeps it: enough of RFC 5321 for one client at a time, on this machine.

``on`` is called at each stage of a mail with its number, before the server goes on: "mail", "rcpt", "data", "content"
(the whole mail is here, nothing is answered yet), "accepted" (the client has the answer). What it returns is answered
instead of the usual line; None is the usual line, an empty text hangs up.
"""

from __future__ import annotations

import email
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage

On = Callable[[str, int], str | None]
USUAL = {"mail": "250 ok", "rcpt": "250 ok", "data": "354 go on", "content": "250 kept"}


class Sink(socketserver.ThreadingTCPServer):
    """The server; ``mails`` are those it has said 250 to, in order."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.raw: list[bytes] = []
        self.lines: list[str] = []
        self.on: On = lambda stage, number: None
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    def ids(self) -> Counter[str]:
        """How often each Message-ID was accepted."""
        return Counter(str(mail["Message-ID"]) for mail in self.mails)

    def receivers(self) -> Counter[str]:
        """How often something was accepted for each address."""
        return Counter(mail["To"].addresses[0].addr_spec for mail in self.mails)


class _Session(socketserver.StreamRequestHandler):
    server: Sink

    def handle(self) -> None:
        self._say("220 sink ready")
        for line in iter(self.rfile.readline, b""):
            if not self._answer(line.decode(errors="replace").rstrip()):
                return

    def _answer(self, line: str) -> bool:
        self.server.lines.append(line)
        word = line.split(" ")[0].split(":")[0].upper()
        if word in ("EHLO", "HELO"):
            return self._say("250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8")
        if word in ("MAIL", "RCPT"):
            return self._stage(word.lower())
        if word == "DATA":
            return self._stage("data") and self._take()
        self._say("221 bye" if word == "QUIT" else "250 ok")
        return word != "QUIT"

    def _take(self) -> bool:
        """The mail itself: kept once it is whole and nothing speaks against it."""
        lines = []
        for line in iter(self.rfile.readline, b""):
            if line == b".\r\n":
                return self._keep(b"".join(lines))
            lines.append(line[1:] if line.startswith(b"..") else line)
        return False

    def _keep(self, raw: bytes) -> bool:
        answer = self.server.on("content", len(self.server.raw))
        if answer is None or answer.startswith("2") or answer == "":
            with self.server.lock:
                self.server.raw.append(raw)
        if answer == "":
            return False
        said = self._say(answer or USUAL["content"])
        self.server.on("accepted", len(self.server.raw))
        return said

    def _stage(self, name: str) -> bool:
        answer = self.server.on(name, len(self.server.raw))
        if answer == "":
            return False
        self._say(answer or USUAL[name])
        return answer is None or name != "data"

    def _say(self, text: str) -> bool:
        try:
            self.wfile.write(text.encode() + b"\r\n")
        except OSError:
            return False
        return True


@contextmanager
def mail_sink() -> Iterator[Sink]:
    """A sink that listens while the body runs."""
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join()
