"""The files of the sample company, read back."""

from __future__ import annotations

import csv
import gzip
import mailbox
from email.utils import getaddresses

OWN = "@yuanlan.example"


END = "2026-10-30T23:59:59"


def read(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def messages(folder):
    for path in sorted(folder.glob("*.mbox")):
        box = mailbox.mbox(path, create=False)
        yield from ((path.name, message) for message in box)
        box.close()


def addresses(message, *headers):
    return [a for _, a in getaddresses([v for h in headers for v in message.get_all(h, [])])]


def facts(sample, kind):
    return [f for f in sample.facts if f["kind"] == kind]


def domain(address):
    return address.split("@")[1]
