"""Mail as a source: mbox, Maildir, folders of messages or of mboxes. Headers only; bodies are skipped, never kept.

One interaction per message and one row per recipient, with the role to, cc or bcc; the Message-ID names the
interaction, so that a message found in two mailboxes is one. Lists, robots and automatic answers are left out, since
nobody ties to a program: a discussion list is counted as list mail too, whoever answers whom on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.clock import now
from graphsvc.model import TABLES, TIME, Role, arrow_schema
from graphsvc.phrases import Phrase, phrase
from graphsvc.records import Page, Reject
from graphsvc.registry import source
from graphsvc.settings import settings
from ingest.mail_boxes import Found, Mailbox, State
from ingest.mail_headers import LeftOut, Message, Refused, read_message

if TYPE_CHECKING:
    from ingest.mail_addresses import Address

SCOPE = "message-id"
OLD = 631_152_000_000_000  # 1990-01-01: earlier mail is worth a note
_ROLE_NAMES = {role: role.name.lower() for role in Role}


class MailConfig(BaseModel):
    """Where a mailbox is and how to read it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="An mbox file, a Maildir, a folder of messages (.eml) or a folder of mboxes.")
    name: str = Field("mail", min_length=1, description="Name of this source instance; person keys are its own.")
    page_rows: int = Field(default_factory=lambda: settings().page_rows, ge=1, description="Rows per page.")
    received: int | None = Field(
        None, description="When the mailbox was fetched, as UTC microseconds since 1970; empty: now."
    )


@source(name="mail", config=MailConfig, every="5m")
def mail(config: MailConfig, cursor: str | None) -> Iterator[Page]:
    """Interactions and people of a mailbox, from where ``cursor`` left off.

    For each stretch of about ``page_rows`` rows come a page of people (those with a name among who wrote or
    received) and a page of interactions. ``read`` counts one per recipient and one per message that
    gave none; ``notes`` tell how many messages were taken.

    Raises
    ------
    InputError
        When there is no mailbox at the path.
    """
    box = Mailbox.open(config.path, cursor)
    if box.unchanged:
        return
    received = now() if config.received is None else config.received
    until, chunk = box.state.until, _Chunk(config.name, received, box.mark())
    for found in box.messages():
        if chunk.after is not None:
            yield from chunk.pages(box, chunk.after)
            chunk = _Chunk(config.name, received, chunk.after)
        chunk.add(found)
        chunk.end = box.position
        if chunk.read >= config.page_rows or box.position == until:
            chunk.after = box.mark()
            chunk.people_delivered = box.position == until
    yield from chunk.pages(box, box.finished())


class _Chunk:
    """Rows gathered for one pair of pages, column by column."""

    def __init__(self, name: str, received: int, begin: State) -> None:
        self.name, self.received, self.begin = name, received, begin
        self.end: tuple[str, int] = ("", -1)
        self.after: State | None = None  # set when the chunk is full
        self.people_delivered = False
        self.read = 0
        self.messages: list[Message] = []
        self.counts: list[int] = []
        self.to: list[str] = []
        self.role: list[str] = []
        self.names: Counter[Address] = Counter()
        self.rejects: list[Reject] = []
        self.left_out: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()

    def add(self, found: Found) -> None:
        """Take one message in; afterwards ``read`` has grown by its rows, at least by one."""
        reading = read_message(found.block, self.received) if not (found.refusal or found.left_out) else None
        if isinstance(reading, Message):
            self._take(found.where, reading)
            return
        self.read += 1
        if isinstance(reading, LeftOut):
            self.left_out[reading.code] += 1
        elif isinstance(reading, Refused):
            self.rejects.append(_reject(found.where, reading.reason, reading.raw))
        elif found.refusal is not None:
            self.rejects.append(_reject(found.where, found.refusal, {}))
        else:
            self.left_out[str(found.left_out)] += 1

    def _take(self, where: str, message: Message) -> None:
        count = len(message.recipients)
        self.read += count + message.robots + message.repeated + len(message.bad)
        if message.robots:
            self.left_out["mail.robot"] += message.robots
        if message.repeated:
            self.left_out["mail.repeated_recipient"] += message.repeated
        for text in message.bad:
            self.rejects.append(_bad_recipient(where, text, message))
        if not count:
            return
        if message.time < OLD:
            self.notes["sources.old_date"] += count
        self.messages.append(message)
        self.counts.append(count)
        self.names[message.sender] += 1
        for address, role in message.recipients:
            self.to.append(address.address)
            self.role.append(_ROLE_NAMES[role])
            self.names[address] += 1
            if address.address == message.sender.address:
                self.notes["sources.self_addressed"] += 1

    def pages(self, box: Mailbox, after: State) -> Iterator[Page]:
        """People first, with a cursor to where the chunk begins: an interrupted sync reads the chunk again."""
        people, again = self._people(), box.dump(self.begin, self.end)
        if len(people) and not self.people_delivered:
            yield Page(self.name, "people", people, cursor=again, read=len(people))
        self.notes["mail.messages"] = len(self.messages)
        yield Page(
            source=self.name,
            table="interactions",
            rows=self._interactions(),
            cursor=box.dump(after),
            scope=SCOPE,
            read=self.read,
            rejects=tuple(self.rejects),
            left_out=dict(self.left_out),
            notes={code: n for code, n in self.notes.items() if n},
        )

    def _interactions(self) -> pa.Table:
        spread = np.repeat(np.arange(len(self.messages)), self.counts)
        columns: dict[str, Any] = {
            "id": pa.array([m.id for m in self.messages], pa.string()).take(spread),
            "time": pa.array([m.time for m in self.messages], pa.int64()).cast(TIME).take(spread),
            "from": pa.array([m.sender.address for m in self.messages], pa.string()).take(spread),
            "to": pa.array(self.to, pa.string()),
            "role": pa.array(self.role, pa.string()),
            "channel": pa.array(["mail"] * len(self.to), pa.string()),
            "kind": pa.array(["reply" if m.reply else "mail" for m in self.messages], pa.string()).take(spread),
        }
        return _table("interactions", columns, len(self.to))

    def _people(self) -> pa.Table:
        """The name most often seen with each address; who has none is known by the interactions alone.

        An address is the same key in every source, so a row without a name would only take away one given before.
        """
        best: dict[str, str] = {}
        for person in sorted(self.names, key=lambda a: (-self.names[a], a.name or "")):
            if person.name is not None:
                best.setdefault(person.address, person.name)
        keys = sorted(best)
        columns: dict[str, Any] = {
            "id": pa.array(keys, pa.string()),
            "name": pa.array([best[k] for k in keys], pa.string()),
            "email": pa.array(keys, pa.string()),
        }
        return _table("people", columns, len(keys))


def _table(name: str, columns: dict[str, Any], rows: int) -> pa.Table:
    schema = arrow_schema(TABLES[name])
    arrays = [columns[f.name] if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    return pa.table(arrays, schema=schema)


def _bad_recipient(where: str, text: str, message: Message) -> Reject:
    raw = {"message-id": message.id or "", "from": message.sender.address, "to": text}
    return _reject(where, phrase("mail.bad_address", text=text[:100]), raw)


def _reject(where: str, reason: Phrase, raw: Mapping[str, str]) -> Reject:
    return Reject(where, "interactions", Phrase(reason.code, {"where": where, **reason.args}), raw)
