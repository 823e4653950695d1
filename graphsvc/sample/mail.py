"""Writes the mailboxes of a few reps: mbox files with the headers a mail source meets in the wild."""

from __future__ import annotations

import base64
import datetime as dt
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

import numpy as np

from graphsvc.model import Role
from graphsvc.sample import words
from graphsvc.sample.calendar import DAYS
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Bools, Ints
from graphsvc.sample.rows import KIND, Rows


@dataclass(frozen=True)
class Machine:
    """A sender that is no person: the header that gives it away and the subject it writes."""

    address: str
    header: str
    subject: str
    per_year: int


MACHINES = [
    Machine("digest@plant-weekly.example", "List-Id: Plant weekly <news.plant-weekly.example>", "Plant weekly", 52),
    Machine(
        "news@trade-fair.example",
        "Precedence: bulk\nList-Unsubscribe: <mailto:off@trade-fair.example>",
        "Fair news",
        24,
    ),
    Machine("no-reply@expense-tool.example", "Auto-Submitted: auto-generated", "Your expense report", 30),
    Machine(
        f"sales-all@{words.OWN_DOMAIN}", f"List-Id: <sales-all.{words.OWN_DOMAIN}>\nPrecedence: list", "销售周报", 52
    ),
]


def in_mailboxes(company: Company, owners: Sequence[int], rows: Rows) -> Bools:
    """Rows of mails in which an owner of a mailbox takes part, with all their participants."""
    box = np.zeros(len(company.people), dtype=bool)
    box[list(owners)] = True
    mail = np.isin(rows["kind"], (KIND["mail"], KIND["reply"]))
    touched = mail & (box[rows["actor"]] | box[rows["target"]])
    seen = np.zeros(int(rows["number"].max(initial=-1)) + 1, dtype=bool)
    seen[rows["number"][touched]] = True
    out: Bools = seen[rows["number"]] & mail
    return out


class Postman:
    """Turns mail rows into messages; one message has one text, in whichever mailboxes it lies."""

    def __init__(self, company: Company, rows: Rows, second: Mapping[int, str]) -> None:
        self._company, self._rows = company, rows
        self.address = [second.get(i, known) for i, known in enumerate(company.people.email)]
        self._names: dict[int, str] = {}
        self._starts = np.flatnonzero(np.diff(rows["number"], prepend=-1)).tolist()
        self.messages = {int(rows["number"][s]): self._message(int(s), int(e)) for s, e in self._spans()}

    def _spans(self) -> Iterator[tuple[int, int]]:
        yield from zip(self._starts, [*self._starts[1:], len(self._rows)], strict=True)

    def _message(self, start: int, stop: int) -> str:
        rows, people = self._rows[start:stop], self._company.people
        number, sender, parent = int(rows["number"][0]), int(rows["actor"][0]), int(rows["parent"][0])
        to = [int(t) for t, r in zip(rows["target"], rows["role"], strict=True) if r != Role.CC]
        cc = [int(t) for t, r in zip(rows["target"], rows["role"], strict=True) if r == Role.CC]
        subject = words.SUBJECTS[(sender * 5 + to[0] * 3 if to else sender) % len(words.SUBJECTS)]
        headers = [
            f"Message-ID: {self.identifier(number, sender)}",
            f"From: {self._name(sender)}",
            f"To: {self._all(to)}" if to else "To: undisclosed-recipients:;",
            *([f"Cc: {self._all(cc)}"] if cc else []),
            f"Subject: {encoded(('Re: ' if parent >= 0 else '') + subject)}",
        ]
        if parent >= 0:
            asked = self.identifier(parent, to[0])
            headers += [f"In-Reply-To: {asked}", f"References: {asked}"]
        moment = Moment(int(rows["time"][0]), int(people.offset[sender]))
        return assemble(self.address[sender], moment, headers, words.BODIES[number % len(words.BODIES)])

    def identifier(self, number: int, sender: int) -> str:
        """Message-ID of an interaction, at the sender's domain."""
        return f"<{number:07d}.{(number * 2_654_435_761) % 2**32:08x}@{self.address[sender].partition('@')[2]}>"

    def _all(self, people: Sequence[int]) -> str:
        return ",\n ".join(self._name(p) for p in people)

    def _name(self, person: int) -> str:
        if person not in self._names:
            people = self._company.people
            charset = "gbk" if person % 5 == 0 else "utf-8"
            self._names[person] = f"{encoded(people.name[person].full, charset)} <{self.address[person]}>"
        return self._names[person]


@dataclass(frozen=True)
class Moment:
    """A time [s] and the hours its place is ahead of UTC."""

    time: int
    offset: int


def encoded(text: str, charset: str = "utf-8") -> str:
    """A header text as RFC 2047 wants it: encoded words where it is not plain ASCII."""
    if text.isascii():
        return text
    word = base64.b64encode(text.encode(charset)).decode("ascii")
    return f"=?{charset}?B?{word}?="


def assemble(sender: str, moment: Moment, headers: Sequence[str], body: str) -> str:
    """One message of an mbox file, envelope line first."""
    zone = dt.timezone(dt.timedelta(hours=moment.offset))
    date = format_datetime(dt.datetime.fromtimestamp(moment.time, zone))
    lines = [
        f"From {sender} {time.asctime(time.gmtime(moment.time))}",
        f"Date: {date}",
        *headers,
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        body,
        "",
        "",
    ]
    return "\n".join(lines)


def write_mailboxes(
    folder: Path,
    rng: np.random.Generator,
    company: Company,
    owners: Sequence[int],
    rows: Rows,
    second: Mapping[int, str],
) -> Mapping[str, int]:
    """Write one mbox per owner from rows of :func:`in_mailboxes`; gives the messages by file name.

    People in ``second`` write from the address given there, not from the one the other files know.
    """
    postman = Postman(company, rows, second)
    counts = {}
    for box, owner in enumerate(owners, start=1):
        mine = rows[(rows["actor"] == owner) | (rows["target"] == owner)]
        number, first = np.unique(mine["number"], return_index=True)
        letters = [(int(mine["time"][f]), postman.messages[int(n)]) for n, f in zip(number, first, strict=True)]
        letters += _machine_mail(rng, company, owner) + _away_notes(
            rng, company, postman.address, mine[mine["actor"] == owner]
        )
        letters.sort(key=lambda letter: letter[0])
        name = f"rep-{box}.mbox"
        (folder / name).write_text("".join(text for _, text in letters), encoding="utf-8", newline="\n")
        counts[name] = len(letters)
    return counts


def _machine_mail(rng: np.random.Generator, company: Company, owner: int) -> list[tuple[int, str]]:
    """Newsletters, lists and robots."""
    letters = []
    for machine in MACHINES:
        n = machine.per_year * 2
        day: Ints = company.calendar.days((np.arange(n) + 0.5) / n, np.zeros(n), np.full(n, float(DAYS)))
        for k, at in enumerate(company.calendar.moments(rng, day, np.full(n, 8)).tolist()):
            sender, domain = machine.address, machine.address.split("@")[1]
            headers = [
                f"Message-ID: <{machine.subject.encode().hex()[:8]}.{owner}.{k}@{domain}>",
                f"From: {sender}",
                f"To: {company.people.email[owner]}",
                f"Subject: {encoded(machine.subject)}",
                machine.header,
            ]
            letters.append((at, assemble(sender, Moment(at, 8), headers, "...")))
    return letters


def _away_notes(
    rng: np.random.Generator, company: Company, address: Sequence[str], sent: Rows
) -> list[tuple[int, str]]:
    """Out-of-office answers to some of the owner's mails: they come from a person's address, but nobody wrote them."""
    sent = sent[sent["time"] < company.calendar.limit - 60]
    letters = []
    for row in sent[np.sort(rng.permutation(len(sent))[: len(sent) // 40])]:
        owner, away, at = int(row["actor"]), int(row["target"]), int(row["time"]) + 20
        sender = address[away]
        headers = [
            f"Message-ID: <auto.{int(row['number']):07d}.{away}@{sender.partition('@')[2]}>",
            f"From: {sender}",
            f"To: {company.people.email[owner]}",
            f"Subject: {encoded('自动回复: Automatic reply')}",
            "Auto-Submitted: auto-replied",
        ]
        letters.append((at, assemble(sender, Moment(at, int(company.people.offset[away])), headers, "...")))
    return letters
