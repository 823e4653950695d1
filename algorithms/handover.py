"""When a colleague leaves: who of the others is closest to each of their contacts, and whom nobody else knows.

The best heir of a contact has the strongest tie of their own (of equal ones the healthier); where nobody has one, who
stands at the beginning of the best path there that does not go through the leaver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.outreach import WARM
from algorithms.path_network import Network, usable
from graphsvc.errors import InputError
from graphsvc.kernels.ties import pair_key
from graphsvc.kernels.whatif import Incoming, best_from
from graphsvc.model import Label, Won
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

PATH_HOPS = 3
LEAST = 0.01  # a less probable path is none


@dataclass(frozen=True)
class Heritage:
    """One row per contact of who leaves, strongest tie first.

    ``row`` and ``own_row`` are rows of tie strength, of the leaver's tie and of the heir's own (-1: none); ``heir`` is
    -1 for nobody; ``paths`` lead from the heir to the contact where the heir has no tie, else are empty; ``known``
    says whether any other colleague has a tie; ``important`` are buyers, stakeholders of open deals and warm ties.
    """

    contact: Index
    row: Ints
    heir: Index
    own_row: Ints
    paths: tuple[tuple[int, ...], ...]
    known: Bools
    important: Bools

    def __len__(self) -> int:
        return len(self.contact)


def colleagues_of(p: Projection, rep: int, to: int | None = None) -> Index:
    """Who may take over from a rep: everybody of ours who is still here, or ``to`` alone.

    Raises
    ------
    InputError
        When nobody said who we are; when ``to`` is the rep, or nobody of ours who is still here.
    """
    if not p.own_known:
        raise InputError("boards.own_unknown")
    here: Index = np.flatnonzero(p.entities.internal & usable(p)).astype(np.int32)
    here = here[here != rep]
    if to is None:
        return here
    if to not in here:
        raise InputError("boards.no_heir")
    return np.array([to], dtype=np.int32)


def heritage(
    p: Projection, rep: int, heirs: Index, scores: tuple[Scores, Scores], ways: tuple[Network, Incoming]
) -> Heritage:
    """What a rep leaves behind, contact by contact.

    Parameters
    ----------
    heirs : who may take over (:func:`colleagues_of`).
    scores : ``tie_strength`` and ``relationship_health``.
    ways : the network of referral paths, and its edges by where they lead.
    """
    strength, health = scores
    rows = _own_rows(p, rep, strength)
    contact = _other(strength, rows, rep)
    heir, own = _closest(p, contact, heirs, strength, health)
    there = usable(p)
    there[rep] = False
    tree = best_from(ways[1], heirs, hops=PATH_HOPS, min_probability=LEAST, there=there)
    paths = tuple(() if h >= 0 else tree.path(int(c)) for h, c in zip(heir.tolist(), contact.tolist(), strict=True))
    first = np.array([path[0] if path else -1 for path in paths], dtype=np.int32)
    others = colleagues_of(p, rep)
    known = heir >= 0 if len(others) == len(heirs) else _closest(p, contact, others, strength, health)[0] >= 0
    important = _important(p)[contact] | (strength.value[rows] >= WARM)
    return Heritage(contact, rows, np.where(heir >= 0, heir, first), own, paths, known, important)


def _own_rows(p: Projection, rep: int, strength: Scores) -> Ints:
    """Rows of a rep's ties with customers who are there, strongest first."""
    rows = strength.rows_of(rep)
    other = _other(strength, rows, rep)
    fit = p.customer & usable(p)
    rows = rows[fit[other] & (strength.value[rows] > 0)]
    return rows[np.lexsort((rows, -strength.value[rows]))]


def _other(strength: Scores, rows: Ints, rep: int) -> Index:
    b = strength.a if strength.b is None else strength.b
    out: Index = np.where(strength.a[rows] == rep, b[rows], strength.a[rows]).astype(np.int32)
    return out


def _closest(p: Projection, contact: Index, heirs: Index, strength: Scores, health: Scores) -> tuple[Index, Ints]:
    """For each contact the heir with the strongest tie, -1 for nobody, and the row of that tie."""
    n, b = len(p), strength.a if strength.b is None else strength.b
    wanted, mine = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    wanted[contact], mine[heirs] = True, True
    rows = np.flatnonzero(((mine[strength.a] & wanted[b]) | (mine[b] & wanted[strength.a])) & (strength.value > 0))
    ours = mine[strength.a[rows]]
    who, mate = np.where(ours, b[rows], strength.a[rows]), np.where(ours, strength.a[rows], b[rows])
    order = np.lexsort((-rows, _healths(n, rows, strength, health), strength.value[rows]))  # the best comes last
    heir, own = np.full(n, -1, dtype=np.int32), np.full(n, -1, dtype=np.int64)
    heir[who[order]], own[who[order]] = mate[order], rows[order]
    return heir[contact], own[contact]


def _healths(n: int, rows: Ints, strength: Scores, health: Scores) -> Floats:
    """Health of some rows of tie strength, -1 where it has none."""
    if strength.b is None or health.b is None or not len(health):
        return np.full(len(rows), -1.0)
    keys = pair_key(health.a, health.b, n)
    order = np.argsort(keys, kind="stable")
    wanted = pair_key(strength.a[rows], strength.b[rows], n)
    at = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.nan_to_num(np.where(keys[at] == wanted, health.value[at], -1.0), nan=-1.0)


def _important(p: Projection) -> Bools:
    """Buyers, and who has a stake in an open deal."""
    deals, stakes = p.opportunities, p.facts_of("STAKEHOLDER_IN")
    out: Bools = p.entities.buyer & (p.entities.label == Label.PERSON)
    out[stakes.subject[np.isin(stakes.object, deals.entity[deals.won == Won.OPEN])]] = True
    return out
