"""The sample company, written and read back once."""

from __future__ import annotations

import datetime as dt
import json
from email.utils import parsedate_to_datetime
from types import SimpleNamespace

import pytest

from graphsvc.sample import write_sample
from tests.unit.sample.files import addresses, messages, read


@pytest.fixture(scope="package")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    report = write_sample(folder)
    tables = {p.name.split(".")[0]: read(p) for p in (folder / "tables").iterdir()}
    crm = {p.stem: read(p) for p in (folder / "crm").iterdir()}
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    mails = list(messages(folder / "mail"))
    human = [m for _, m in mails if not any(m[h] for h in ("List-Id", "Precedence", "Auto-Submitted"))]
    return SimpleNamespace(
        folder=folder, report=report, crm=crm, truth=truth["truths"], whole=truth, mails=mails, human=human, **tables
    )


@pytest.fixture(scope="package")
def contacts(sample):
    """Everything one person did to another, over all three sources: (time, from, to, kind); second addresses undone."""
    rows = [(r["time"], r["from"], r["to"], r["kind"]) for r in sample.interactions]
    seen, known = set(), {pair["b"]: pair["a"] for pair in sample.whole["duplicates"]}
    for message in sample.human:
        if message["Message-ID"] not in seen:
            seen.add(message["Message-ID"])
            time = parsedate_to_datetime(message["Date"]).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            (sender,) = addresses(message, "From")
            kind = "reply" if message["In-Reply-To"] else "mail"
            everybody = addresses(message, "To", "Cc")
            rows += [(time, known.get(sender, sender), known.get(to, to), kind) for to in everybody]
    people = {c["Id"]: c["Email"] for c in sample.crm["Contact"]} | {u["Id"]: u["Email"] for u in sample.crm["User"]}
    for task in sample.crm["Task"]:
        sides = people[task["OwnerId"]], people[task["WhoId"]]
        sides = sides[::-1] if task["CallType"] == "Inbound" else sides
        rows.append((task["CompletedDateTime"], *sides, "call"))
    rows += [(e["StartDateTime"], people[e["OwnerId"]], people[e["WhoId"]], "visit") for e in sample.crm["Event"]]
    return sorted(rows)
