"""A small company for deliveries: reps with an account each, a manager, a colleague without accounts; odd names."""

from __future__ import annotations

from pathlib import Path

from graphsvc import pipeline
from graphsvc.clock import read_moment
from graphsvc.policy import OWNER
from graphsvc.store import Store

NOW = read_moment("2026-06-03T12:00")  # a Wednesday of week 23
WEEK = "2026-W23"
REPS = tuple(f"rep{i}@us.example" for i in range(4))
BOSS = "boss@us.example"
HOSTILE = "=HYPERLINK(1)<script>alert(1)</script>\u202eda\u200f"
NAMES = ("王芳", HOSTILE, "Lena Weber", "חיים")


def fill(store: Store, folder: Path) -> None:
    """Sync the company into a store."""
    folder.mkdir()
    people = [(r, f"Rep {i}") for i, r in enumerate(REPS)] + [(BOSS, "Mia Boss"), ("eve@us.example", "Eve")]
    people += [(f"c{i}.{j}@client{i}.example", f"{NAMES[i]} {j}") for i in range(4) for j in range(3)]
    rows = "".join(f'{key},"{name}",{key},{key.split("@")[1]}\n' for key, name in people)
    (folder / "people.csv").write_text("id,name,email,organization\n" + rows)
    accounts = "".join(f"client{i}.example,Client & Söhne {i},client{i}.example\n" for i in range(4))
    (folder / "organizations.csv").write_text("id,name,domain\n" + accounts)
    facts = "".join(f"{r},OWNS,client{i}.example\n{r},REPORTS_TO,{BOSS}\n" for i, r in enumerate(REPS))
    (folder / "facts.csv").write_text("subject,kind,object\n" + facts)
    mails = [
        f"2026-05-{day:02d}T09:{i}{j},{a},{b},mail\n"
        for i, rep in enumerate(REPS)
        for j in range(3)
        for day in range(1 + j, 30, 3 + i)
        for a, b in (((rep, f"c{i}.{j}@client{i}.example"), (f"c{i}.{j}@client{i}.example", rep))[day % 2],)
    ]
    (folder / "interactions.csv").write_text("time,from,to,channel\n" + "".join(mails))
    store.own(["us.example"], OWNER)
    pipeline.sync_named(store, "tables", {"path": folder})


def write_config(folder: Path, more: str = "") -> Path:
    """A delivery file in a folder."""
    path = folder / "delivery.toml"
    text = 'sender = "Weekly list <lists@us.example>"\nbase_url = "https://graph.us.example"\n'
    path.write_text(text + more, encoding="utf-8")
    return path
