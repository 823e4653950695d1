"""A made-up sales organisation in real file formats, with planted truths: what `make demo` and the tests run on.

Everything is drawn from one seed: the same seed, end and scale give the same bytes. Nobody and no company in it exists.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graphsvc.phrases import Phrase
from graphsvc.sample import crm, facts, interactions, mail, tables, truths, truths_orgs
from graphsvc.sample.calendar import Calendar
from graphsvc.sample.cast import MAILBOXES, Cast
from graphsvc.sample.company import Company, found
from graphsvc.sample.draw import Bools, Ints
from graphsvc.sample.duplicates import second_addresses
from graphsvc.sample.facts import Book
from graphsvc.sample.rows import Ledger, Rows
from graphsvc.sample.words import OWN_DOMAIN

DEFAULT_END = dt.date(2026, 10, 30)
Progress = Callable[[str], None]

TRUTHS: dict[str, Callable[[Cast], dict[str, Any]]] = {
    "hidden_influencer": truths.hidden_influencer,
    "dying_tie": truths.dying_tie,
    "ignored_rep": truths.ignored_rep,
    "referral_star": truths_orgs.referral_star,
    "supply_chain": truths_orgs.supply_chain,
    "overloaded_account": truths.overloaded_account,
    "inflated": truths_orgs.inflated,
    "left_person": truths.left_person,
    "pivot": truths_orgs.pivot,
    "lighthouse": truths_orgs.lighthouse,
    "referral_path": truths.referral_path,
}


@dataclass(frozen=True)
class SampleReport:
    """What was written: rows (mail: messages) and bytes by file, and the seconds it took."""

    folder: str
    own: str  # own mail domain, for ``--own``
    seed: int
    start: dt.date
    end: dt.date
    rows: Mapping[str, int]
    sizes: Mapping[str, int]
    people: int
    organizations: int
    interaction_rows: int
    truths: tuple[str, ...]
    seconds: float


def write_sample(
    folder: Path, *, seed: int = 7, end: dt.date = DEFAULT_END, scale: float = 1.0, progress: Progress | None = None
) -> SampleReport:
    """Write the sample company into ``folder``; files there of the same names are replaced.

    Parameters
    ----------
    folder : made with its parents where missing.
    seed : of the one random generator.
    end : last day of the two years.
    scale : 1 gives about 300 accounts, 4,000 people and 200,000 interaction rows; at least 90 and 1,200.
    progress : told the name of each file once it is written.
    """
    began = time.perf_counter()
    rng = np.random.default_rng(seed)
    company = found(rng, Calendar(end), scale)
    ledger, book = Ledger(), Book(company)
    planted, cast = _plant(rng, company, ledger, book, scale)
    rows = ledger.rows(company)
    posted = mail.in_mailboxes(company, company.staff("sales")[:MAILBOXES], rows)
    second = second_addresses(rng, company, rows[posted], cast)
    counts = _write(folder, rng, book, Posted(rows, posted, second), progress or (lambda _: None))
    truth = {"duplicates": _pairs(company, second), "truths": planted}
    counts |= _explain(folder, company, truth, {"seed": seed, "scale": scale})
    return SampleReport(
        folder=str(folder),
        own=OWN_DOMAIN,
        seed=seed,
        start=company.calendar.start,
        end=end,
        rows=counts,
        sizes={name: (folder / name).stat().st_size for name in counts},
        people=len(company.people),
        organizations=len(company.orgs),
        interaction_rows=len(rows),
        truths=tuple(planted),
        seconds=time.perf_counter() - began,
    )


@dataclass(frozen=True)
class Posted:
    """All rows, which of them lie in mailboxes, and the addresses by which people are known there alone."""

    rows: Rows
    posted: Bools
    second: Mapping[int, str]


def _pairs(company: Company, second: Mapping[int, str]) -> list[dict[str, str]]:
    return [{"a": company.people.email[i], "b": address} for i, address in second.items()]


def _plant(
    rng: np.random.Generator, company: Company, ledger: Ledger, book: Book, scale: float
) -> tuple[dict[str, Any], Ints]:
    """First the truths, then chance around them, which leaves the cast alone; gives the truths and the cast."""
    works = facts.own_works(rng, book)
    cast = Cast(rng, company, ledger, book, works)
    planted = {name: plant(cast) for name, plant in TRUTHS.items()}
    facts.background(rng, book, scale)
    facts.adopt_ours(rng, book, works)
    facts.share_ours(rng, book, works, round(60 * scale))
    ties = interactions.background(rng, company, ledger, scale)
    interactions.downloads(rng, company, ledger, works, round(5000 * scale), ties)
    interactions.pass_on(rng, company, ledger, works, round(900 * scale))
    return planted, cast.people


def _write(folder: Path, rng: np.random.Generator, book: Book, all_rows: Posted, progress: Progress) -> dict[str, int]:
    company, owners = book.company, book.company.staff("sales")[:MAILBOXES]
    for name in ("tables", "mail", "crm"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows, posted = all_rows.rows, all_rows.posted
    logged = crm.in_crm(company, rows)
    target = folder / "tables"
    counts = {
        "tables/people.csv": tables.write_people(target / "people.csv", book),
        "tables/organizations.csv": tables.write_organizations(target / "organizations.csv", company),
        "tables/works.csv": tables.write_works(target / "works.csv", book),
        "tables/facts.csv": tables.write_facts(target / "facts.csv", book),
    }
    bulk = rows[~posted & ~logged]
    counts["tables/interactions.csv.gz"] = tables.write_interactions(target / "interactions.csv.gz", book, bulk)
    boxes = mail.write_mailboxes(folder / "mail", rng, company, owners, rows[posted], all_rows.second)
    export = crm.write_crm(folder / "crm", book, rows[logged])
    counts |= {f"mail/{name}": n for name, n in boxes.items()} | {f"crm/{name}": n for name, n in export.items()}
    for name in counts:
        progress(name)
    return counts


def _explain(folder: Path, company: Company, planted: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, int]:
    """truth.json and README.md, in both languages."""
    owners = company.staff("sales")[:MAILBOXES]
    whole = {
        "own": OWN_DOMAIN,
        "start": company.calendar.iso(0),
        "end": company.calendar.iso(company.calendar.last + 1 - 1 / 86_400),
        "made": dict(made),
        "mailboxes": [company.people.email[i] for i in owners],
        **planted,
    }
    text = json.dumps(whole, ensure_ascii=False, indent=1) + "\n"
    (folder / "truth.json").write_text(text, encoding="utf-8", newline="\n")
    readme = "\n".join(Phrase("sample.readme", {"own": OWN_DOMAIN}).text(language) for language in ("en", "zh"))
    (folder / "README.md").write_text(readme, encoding="utf-8", newline="\n")
    return {"truth.json": len(planted["truths"]), "README.md": readme.count("\n")}
