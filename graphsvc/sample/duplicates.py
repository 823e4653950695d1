"""People known twice: the CRM has one mail address of them, the mailboxes another."""

from __future__ import annotations

import numpy as np

from graphsvc.sample.company import Company
from graphsvc.sample.draw import Ints
from graphsvc.sample.rows import Rows

COUNT = 20
AT_LEAST = 6  # rows in the mailboxes that such a person begins or receives
PRIVATE = "post-lark.example"  # a provider where anybody may have a mailbox


def second_addresses(rng: np.random.Generator, company: Company, rows: Rows, taken: Ints) -> dict[int, str]:
    """The other mail address of up to ``COUNT`` contacts of the CRM that write in mail ``rows``.

    Parameters
    ----------
    company : the people.
    rows : mails of the mailboxes.
    taken : people of the planted truths, which stay as they are.
    """
    people = company.people
    letters = np.bincount(np.r_[rows["actor"], rows["target"]], minlength=len(people))
    plain = np.array([o.plain for o in company.orgs])[people.org]
    fit = people.in_crm & ~people.reserved & ~plain & np.isinf(people.leaves) & (letters >= AT_LEAST)
    fit[taken] = False
    chosen = np.sort(rng.permutation(np.flatnonzero(fit))[:COUNT]).tolist()
    known, second = set(people.email), {}
    for k, person in enumerate(chosen):
        address = _variant(company, person, k)
        if address not in known:
            known.add(address)
            second[person] = address
    return second


def _variant(company: Company, person: int, k: int) -> str:
    """Parts of the local part exchanged, an initial for the first name, or a private mailbox, in turn."""
    local, _, domain = company.people.email[person].partition("@")
    given, _, family = local.partition(".")
    forms = (f"{family}.{given}", f"{given[0]}.{family}", f"{given}{family}", f"{given}.{family}.{k}")
    return f"{forms[k % 4]}@{PRIVATE if k % 4 == 3 else domain}"
