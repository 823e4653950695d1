"""Who is in question for a weekly list, what each is worth, and who must not be on it.

:mod:`algorithms.weekly` makes lines and reasons of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from algorithms.our_contacts import Last, last_contacts
from algorithms.outreach import (
    Chances,
    OutreachParams,
    Touches,
    Worth,
    account_worth,
    chances,
    ours,
    own_accounts,
    own_deals,
    touches,
    warm_contacts,
)
from graphsvc.errors import InputError, NotFoundError
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores, significant

NO_CUSTOMER = frozenset({"supplier", "partner", "own"})  # kinds of organizations that are no customers


@dataclass(frozen=True)
class Board:
    """Everything a list is made of, dense over entities; ``refused`` has a code for who must not be on it."""

    p: Projection
    scores: Mapping[str, Scores]
    rep: int | None
    params: OutreachParams
    us: Bools
    candidate: Bools
    organization: Index
    counted: Bools  # opportunities whose amounts count: the rep's own; all of them for the team
    worth: Worth
    touched: Touches
    chance: Chances
    warm: Ints
    strongest: Index
    gain: Floats  # of candidates, 0 elsewhere
    refused: Mapping[int, Phrase]
    ranking: Index  # candidates by gain, best first: contacts for a rep, one contact per customer for the team


def check_known(p: Projection, entity: int) -> None:
    """Refuse an index that is not in the Projection.

    Raises
    ------
    NotFoundError
        Naming the index.
    """
    if not 0 <= entity < len(p):
        raise NotFoundError("weekly.no_entity", entity=entity)


def make_board(p: Projection, scores: Mapping[str, Scores], rep: int | None, params: OutreachParams) -> Board:
    """Weigh everybody in question for the list of a rep, or of the team where ``rep`` is None.

    Raises
    ------
    NotFoundError
        When the rep is not in the Projection.
    InputError
        When the rep is no person; when the team is asked for and nobody said who we are.
    """
    if rep is not None:
        check_known(p, rep)
        if p.entities.label[rep] != Label.PERSON:
            raise InputError("weekly.rep_no_person")
    elif not p.own_known:
        raise InputError("weekly.own_unknown")
    us, deals = ours(p, rep), p.opportunities
    mine = own_accounts(p, rep) if rep is not None else p.organizations
    counted = own_deals(p, rep) if rep is not None else np.ones(len(deals), dtype=bool)
    worth, touched = account_worth(p, counted, params), touches(p, us, params)
    here = us & ~p.entities.left & ~p.entities.restricted  # a colleague who left has no tie to offer
    sides = here if rep is None else _only(p, rep)
    last = last_contacts(p, sides)
    chance = chances(p, scores, sides, params, last)
    warm, strongest = warm_contacts(p, scores, here)
    candidate, organization = _candidates(p, rep, mine, last, worth)
    gain, who = np.zeros(len(p)), np.flatnonzero(candidate)
    value = np.where(organization[who] >= 0, worth.value[organization[who]], 1.0)
    delta = np.maximum(chance.touched[who] - chance.now[who], 0.0)
    gain[who] = significant(value * delta * (1.0 - touched.fatigue[who]))
    refused = _refused(p, params, candidate, organization, (worth, touched, gain))
    free = candidate.copy()
    free[list(refused)] = False
    ranking = _ranking(np.flatnonzero(free), gain, organization, one_each=rep is None, per_account=params.per_account)
    return Board(
        p, scores, rep, params, us, candidate, organization, counted, worth, touched, chance, warm, strongest, gain,
        refused, ranking,
    )  # fmt: skip


def _only(p: Projection, rep: int) -> Bools:
    out = np.zeros(len(p), dtype=bool)
    out[rep] = True
    return out


def _candidates(p: Projection, rep: int | None, mine: Index, last: Last, worth: Worth) -> tuple[Bools, Index]:
    """Contacts of the accounts in question and own ties, and accounts with a deal and no known contact.

    The second array is the organization each entity stands for, -1 unknown.
    """
    e, n = p.entities, len(p)
    person = (e.label == Label.PERSON) & p.customer
    at_mine = np.zeros(n, dtype=bool)
    at_mine[mine] = True
    out = person & (e.organization >= 0) & at_mine[e.organization] if n else person
    if rep is not None:
        out[last.met[person[last.met]]] = True
        out[rep] = False
    staffed = np.bincount(e.organization[person & ~e.left & (e.organization >= 0)], minlength=n) > 0
    empty = at_mine & p.customer & ~staffed & (worth.deals > 0)
    organization = np.where(e.label == Label.ORGANIZATION, np.arange(n), e.organization).astype(np.int32)
    return out | empty, organization


def _refused(
    p: Projection,
    params: OutreachParams,
    candidate: Bools,
    organization: Index,
    figures: tuple[Worth, Touches, Floats],
) -> dict[int, Phrase]:
    """Who of the candidates must not be on the list, and why (the first reason that applies)."""
    e, (worth, touched, gain) = p.entities, figures
    away = np.isin(e.id, [ident.encode() for ident in sorted(params.away)])
    other = np.array([word in NO_CUSTOMER for word in p.words] + [False])[e.kind]
    at = np.maximum(organization, 0)
    placed = organization >= 0
    tests: tuple[tuple[str, Bools], ...] = (
        ("weekly.restricted", e.restricted | (placed & e.restricted[at])),
        ("weekly.left", e.left),
        ("weekly.away", away | (placed & away[at])),
        ("weekly.no_customer", placed & other[at] & (worth.deals[at] == 0)),
        ("weekly.overloaded", touched.fatigue >= params.overloaded),
        ("weekly.no_gain", gain <= 0.0),
    )
    out: dict[int, Phrase] = {}
    for code, test in tests if len(p) else ():
        for i in np.flatnonzero(candidate & test).tolist():
            if i not in out:
                out[i] = tired(touched, i, code) if code == "weekly.overloaded" else phrase(code)
    return out


def tired(touched: Touches, i: int, code: str) -> Phrase:
    """How many colleagues touched a contact how often lately, as one of the phrases that say so."""
    return phrase(code, colleagues=int(touched.colleagues[i]), touches=int(touched.touches[i]))


def _ranking(free: Ints, gain: Floats, organization: Index, *, one_each: bool, per_account: int) -> Index:
    """Candidates by gain, equal ones by id; of each organization only the best where ``one_each``.

    One account's amount stands behind each of its contacts, though only one deal can be won: after ``per_account``
    contacts of an account, the next ones wait until every account had as many lines.
    """
    order = free[np.lexsort((free, -gain[free]))]
    if one_each:
        _, first = np.unique(organization[order], return_index=True)
        return order[np.sort(first)].astype(np.int32)
    turn = _occurrence(organization[order]) // per_account
    turn[organization[order] < 0] = 0
    return order[np.argsort(turn, kind="stable")].astype(np.int32)


def _occurrence(group: Index) -> Ints:
    """How many equal values stand before each one."""
    by_group = np.argsort(group, kind="stable")
    _, start, size = np.unique(group[by_group], return_index=True, return_counts=True)
    out = np.empty(len(group), dtype=np.int64)
    out[by_group] = np.arange(len(group)) - np.repeat(start, size)
    return out
