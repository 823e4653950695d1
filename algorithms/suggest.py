"""Suggestions: next steps that follow from the scores, each with its evidence, gain, owner and expiry.

A play asks for its own evidence, and stays silent without it: *reconnect* a tie whose health fell, *ask_introduction*
to a stakeholder none of whose ties is ours, a *second_thread* where an open deal hangs by one, *invite* who is
followed, *grow_breadth* or *grow_depth* by quadrant, *invest_pivot* in who carries things outward, *rest* who is
overloaded, *hand_over* what a leaver leaves. Gains are on the scale of the weekly list: V (an account's value) times a
probability. For plays whose effect nobody has measured, the probability is ``programme`` times a share, which orders
them and predicts nothing.

Suggestions outlive a Projection, so that ``who`` and ``org`` in their phrases are public ids, which whoever answers
replaces by names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from pydantic import Field

from algorithms.outreach import WARM, OutreachParams
from algorithms.paths import Network, evidence_of, find_paths, hop_probabilities
from algorithms.weekly_board import Board, make_board
from graphsvc.kernels.ties import TieTable, pair_key, ties
from graphsvc.model import Label, Won
from graphsvc.phrases import phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores, significant
from graphsvc.suggestions import Play, Suggestion

Evidence = tuple[tuple[str, int], ...]
ROWS = 3  # evidence rows of a suggestion: the latest


class SuggestParams(OutreachParams):
    """Defaults of the suggestions, beside those of the weekly list."""

    expiry_days: float = Field(28.0, gt=0, description="A suggestion nobody decided on expires after this time.")
    per_play: int = Field(25, ge=1, description="At most so many suggestions of one play.")
    health_fall: float = Field(0.05, gt=0, description="Fall of relationship health that calls for a reconnect.")
    high: float = Field(60.0, description="Depth or breadth from which it is high [points].")
    low: float = Field(40.0, description="Depth or breadth below which it is low [points].")
    programme: float = Field(0.05, gt=0, le=1, description="Share of an account's value a programme may move.")
    introduction_hops: int = Field(3, ge=2, le=6, description="Longest path of an introduction.")
    introduction_asks: int = Field(100, ge=1, description="At most so many stakeholders are searched for.")


@dataclass(frozen=True)
class _Desk:
    """What all plays look at; ``owner`` is per organization who of us owns it, -1 for nobody."""

    p: Projection
    scores: Mapping[str, Scores]
    params: SuggestParams
    board: Board
    owner: Index
    network: Network | None
    table: TieTable
    run_id: str | None

    def organization(self, entity: int) -> int:
        """The account an entity belongs to, or is; -1 unknown."""
        return int(self.board.organization[entity])

    def value(self, entity: int) -> float:
        """Value of the account an entity belongs to."""
        organization = self.organization(entity)
        return float(self.board.worth.value[organization]) if organization >= 0 else 1.0

    def ally(self, entity: int) -> int:
        """Who of us should act: the owner of the account, else whoever has the strongest tie; -1 for nobody."""
        organization = self.organization(entity)
        owner = int(self.owner[organization]) if organization >= 0 else -1
        return owner if owner >= 0 else int(self.board.strongest[entity])

    def name(self, entity: int) -> str:
        """Public id, "" for nobody."""
        return self.p.entities.id[entity].decode() if entity >= 0 else ""

    def make(
        self, play: Play, ends: tuple[int, int, int], gain: float, evidence: Evidence, **figures: float
    ) -> Suggestion:
        """A suggestion for ``ends`` = (owner, target, through), -1 for nobody; ``figures`` go into its phrase."""
        owner, target, through = ends
        organization = self.name(self.organization(target)) or self.name(target)
        reasons = [phrase(f"suggest.{play}", who=self.name(target), org=organization, **figures)]
        reasons += [phrase(f"suggest.{play}_through", who=self.name(through))] if through >= 0 else []
        return Suggestion(
            play=play,
            owner=self.name(owner) or None,
            target=self.name(target),
            through=self.name(through) or None,
            gain=float(significant(np.array([gain]))[0]),
            reasons=tuple(reasons),
            evidence=evidence,
            run_id=self.run_id,
            expires=self.p.as_of + int(self.params.expiry_days * DAY),
        )

    def tie_rows(self, a: int, b: int) -> Evidence:
        """The latest interactions of two people."""
        rows = evidence_of(self.table, self.p, a, b) if a >= 0 and b >= 0 else ()
        return tuple(("interactions", row) for row in rows)

    def fact_rows(self, entity: int, *kinds: str) -> Evidence:
        """The latest facts of some kinds that name an entity."""
        facts = self.p.facts_of(*kinds)
        hit = np.flatnonzero((facts.subject == entity) | (facts.object == entity))
        hit = hit[np.argsort(-facts.valid_from[hit].astype(np.float64), kind="stable")][:ROWS]
        return tuple(("facts", int(row)) for row in facts.row[hit])

    def account_rows(self, organization: int) -> Evidence:
        """The latest contacts of us and the people of an account, else who owns it."""
        x, us = self.p.interactions, self.board.us
        there = self.p.entities.organization == organization
        rows = np.flatnonzero((there[x.actor] & us[x.target]) | (us[x.actor] & there[x.target]))[-ROWS:]
        found = tuple(("interactions", int(row)) for row in x.row[rows][::-1])
        return found or self.fact_rows(organization, "OWNS")


def suggestions(
    p: Projection, scores: Mapping[str, Scores], *, run_id: str | None, params: SuggestParams | None = None
) -> list[Suggestion]:
    """All suggestions the scores give, by gain, highest first; equal ones by id.

    Parameters
    ----------
    scores : any of ``tie_strength``, ``relationship_health``, ``active``, ``influence``, ``depth``, ``breadth``,
        ``ecosystem``; a play whose score is missing makes no suggestion.
    run_id : the run that made the scores.

    Returns
    -------
    Proposed suggestions; empty where nobody said who we are, as there is nobody to act.
    """
    if not p.own_known:
        return []
    desk = _desk(p, scores, run_id, params or SuggestParams())
    found: dict[str, Suggestion] = {}
    for play in PLAYS:
        made = sorted((s for s in play(desk) if s.gain > 0), key=lambda s: (-s.gain, s.id))
        for s in made[: desk.params.per_play]:
            found.setdefault(s.id, s)
    return sorted(found.values(), key=lambda s: (-s.gain, s.id))


def _desk(p: Projection, scores: Mapping[str, Scores], run_id: str | None, params: SuggestParams) -> _Desk:
    strength = scores.get("tie_strength")
    network = hop_probabilities(p, strength, scores.get("relationship_health")) if strength is not None else None
    table = network.table if network is not None else ties(p, 90.0)
    return _Desk(p, scores, params, make_board(p, scores, None, params), account_owners(p), network, table, run_id)


def account_owners(p: Projection) -> Index:
    """Who owns each organization: by fact, else by its newest open opportunity; who left owns nothing."""
    out = np.full(len(p), -1, dtype=np.int32)
    gone = p.entities.left | p.entities.restricted
    deals, owns = p.opportunities, p.facts_of("OWNS")
    is_open = (deals.won == Won.OPEN) & (deals.organization >= 0) & (deals.owner >= 0)
    for i in np.flatnonzero(is_open)[np.argsort(deals.created[is_open], kind="stable")].tolist():
        if not gone[deals.owner[i]]:
            out[deals.organization[i]] = deals.owner[i]
    for subject, account in zip(owns.subject[::-1].tolist(), owns.object[::-1].tolist(), strict=True):
        if not gone[subject]:
            out[account] = subject
    return out


def _free(desk: _Desk) -> Bools:
    """Who may be suggested: customers, not gone, restricted, away or overloaded."""
    e, board = desk.p.entities, desk.board
    away = np.isin(e.id, [ident.encode() for ident in sorted(desk.params.away)])
    out: Bools = desk.p.customer & ~e.left & ~e.restricted & ~away & (board.touched.fatigue < desk.params.overloaded)
    return out


def _outward_ties(desk: _Desk, scores: Scores | None, us: Bools) -> tuple[Ints, Index, Index]:
    """Rows of a tie score between ``us`` and customers: rows, contacts, our side."""
    if scores is None or scores.b is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing.astype(np.int32), nothing.astype(np.int32)
    customer = desk.p.customer
    a, b = scores.a, scores.b
    rows = np.flatnonzero(((us[a] & customer[b]) | (us[b] & customer[a])) & np.isfinite(scores.value))
    return rows, np.where(us[a], b, a)[rows], np.where(us[a], a, b)[rows]


# -- plays --------------------------------------------------------------------------------------------------------


def _reconnect(desk: _Desk) -> Iterator[Suggestion]:
    """Ties worth keeping whose health fell or is poor for their own rhythm; gain as in the weekly list."""
    p, board, health = desk.p, desk.board, desk.scores.get("relationship_health")
    here = board.us & ~p.entities.left & ~p.entities.restricted
    rows, contact, ally = _outward_ties(desk, health, here)
    if health is None:
        return
    trend = _numbers(health, "trend", rows)
    band = health.beside.get("band")
    poor = band[rows].astype(str) == "poor" if band is not None else np.zeros(len(rows), dtype=bool)
    now = np.nan_to_num(_numbers(health, "active", rows), nan=0.0) if "active" in health.beside else health.value[rows]
    delta = np.maximum(board.chance.touched[contact] - now, 0.0) * (1.0 - board.touched.fatigue[contact])
    value = np.where(board.organization >= 0, board.worth.value[board.organization], 1.0)
    gain = np.where((poor | (trend <= -desk.params.health_fall)) & _free(desk)[contact], value[contact] * delta, 0.0)
    worth_it = np.flatnonzero((gain > 0) & _valuable(desk, contact, ally))
    for i in worth_it[np.argsort(-gain[worth_it], kind="stable")][: desk.params.per_play].tolist():
        who, mate, percent = int(contact[i]), int(ally[i]), 100 * float(health.value[rows[i]])
        yield desk.make(
            "reconnect", (mate, who, -1), float(gain[i]), desk.tie_rows(who, mate), percent=round(percent, 1)
        )


def _valuable(desk: _Desk, contact: Index, ally: Index) -> Bools:
    """Per tie: warm, or at an account with an open deal."""
    organization, strength, n = desk.board.organization[contact], desk.scores.get("tie_strength"), len(desk.p)
    deal: Bools = (organization >= 0) & (desk.board.worth.deals[organization] > 0)
    if strength is None or strength.b is None:
        return deal
    keys = pair_key(strength.a, strength.b, n)[strength.value >= WARM]
    return deal | np.isin(pair_key(np.minimum(contact, ally), np.maximum(contact, ally), n), keys)


def _introductions(desk: _Desk) -> Iterator[Suggestion]:
    """Stakeholders of open deals whom the deal's owner does not know, and the best way to them; gain = V * P(path) * P.

    The last factor is P(active) after a fresh contact, by the published curve.
    """
    p, network = desk.p, desk.network
    if network is None:
        return
    met = 1.0 / (1.0 + np.exp(-desk.params.active_today))
    wanted = sorted(set(_strangers(desk)), key=lambda pair: (-desk.value(pair[1]), pair))
    for owner, who in wanted[: desk.params.introduction_asks]:
        found = find_paths(network, p, to=who, source=owner, k=1, hops=desk.params.introduction_hops, seconds=0.2)
        for path in found.paths:
            through, last = path.hops[0].to, path.hops[-1]
            yield desk.make(
                "ask_introduction", (owner, who, through), desk.value(who) * path.probability * met,
                tuple(("interactions", row) for row in (*path.hops[0].rows, *last.rows)),
                percent=round(100 * path.probability, 1),
            )  # fmt: skip


def _strangers(desk: _Desk) -> Iterator[tuple[int, int]]:
    """(owner, stakeholder) of open deals without a tie between them."""
    p, free, deals = desk.p, _free(desk), desk.p.opportunities
    stakes = p.facts_of("STAKEHOLDER_IN")
    row_of = {int(entity): i for i, entity in enumerate(deals.entity.tolist())}
    pairs = [(row_of.get(int(deal)), int(who)) for who, deal in zip(stakes.subject, stakes.object, strict=True)]
    open_at = np.flatnonzero((deals.won == Won.OPEN) & (deals.organization >= 0))
    buyers = np.flatnonzero(p.entities.buyer & free & (p.entities.label == Label.PERSON))
    there = np.isin(p.entities.organization[buyers], deals.organization[open_at])
    ends = [(desk.ally(who) if row is None else _deal_owner(desk, row), who) for row, who in pairs
            if row is None or deals.won[row] == Won.OPEN]  # fmt: skip
    ends += [(int(desk.owner[p.entities.organization[who]]), who) for who in buyers[there].tolist()]
    for owner, who in ends:
        if owner >= 0 and owner != who and free[who] and desk.table.row_of(owner, who) is None:
            yield owner, who


def _deal_owner(desk: _Desk, row: int) -> int:
    owner, account = int(desk.p.opportunities.owner[row]), int(desk.p.opportunities.organization[row])
    if owner >= 0 and not desk.p.entities.left[owner]:
        return owner
    return int(desk.owner[account]) if account >= 0 else -1


def _second_threads(desk: _Desk) -> Iterator[Suggestion]:
    """Open deals that hang by one warm tie or none; gain = V * P(nobody there is active) * P(a first touch is met)."""
    p, board, params = desk.p, desk.board, desk.params
    known = (board.chance.partner >= 0) & (p.entities.organization >= 0)
    best = np.zeros(len(p))
    np.maximum.at(best, p.entities.organization[known], board.chance.now[known])
    thin = _free(desk) & (p.entities.label == Label.ORGANIZATION) & (board.worth.deals > 0) & (board.warm < 2)
    for account in np.flatnonzero(thin).tolist():
        gain = desk.value(account) * (1.0 - best[account]) * (params.never_touched - params.never)
        yield desk.make(
            "second_thread", (desk.ally(account), account, -1), gain, desk.account_rows(account),
            warm=int(board.warm[account]), deals=int(board.worth.deals[account]),
        )  # fmt: skip


def _invitations(desk: _Desk) -> Iterator[Suggestion]:
    """Customers whose followers still have something to adopt, or whose work was taken up: the top twentieth."""
    influence = desk.scores.get("influence")
    if influence is None or influence.b is not None:
        return
    reach = _numbers(influence, "reach", np.arange(len(influence)))
    figure = np.where(np.isfinite(reach) & (reach > 0), reach, 0.0)
    figure = np.where(figure.any(), figure, np.nan_to_num(influence.value))
    figure = np.where(_free(desk)[influence.a], figure, 0.0)
    order = np.lexsort((influence.a, -figure))[: max(1, -(-int((figure > 0).sum()) // 20))]
    for i in order.tolist():
        who, share = int(influence.a[i]), float(figure[i] / max(figure.max(), 1e-12))
        evidence = desk.fact_rows(who, "AUTHORED", "ADOPTED", "FOLLOWS")
        gain = desk.value(who) * desk.params.programme * share
        yield desk.make("invite", (desk.ally(who), who, -1), gain, evidence, figure=round(float(figure[i]), 1))


def _quadrants(desk: _Desk) -> Iterator[Suggestion]:
    """Deep but narrow customers: grow breadth (a white paper); broad but shallow ones: grow depth (a closed salon)."""
    depth, breadth = desk.scores.get("depth"), desk.scores.get("breadth")
    if depth is None or breadth is None or depth.b is not None or breadth.b is not None:
        return
    n, params = len(desk.p), desk.params
    deep, broad = depth.dense(n), breadth.dense(n)
    both = np.isfinite(deep) & np.isfinite(broad) & _free(desk)
    accounts = both & (desk.p.entities.label == Label.ORGANIZATION)
    narrow = (deep >= params.high) & (broad < params.low)
    shallow = (broad >= params.high) & (deep < params.low)
    plays: tuple[tuple[Play, Bools], ...] = (("grow_breadth", narrow), ("grow_depth", shallow))
    for play, quadrant in plays:
        for who in np.flatnonzero(quadrant & (accounts if accounts.any() else both)).tolist():
            gain = desk.value(who) * params.programme * abs(deep[who] - broad[who]) / 100.0
            yield desk.make(
                play, (desk.ally(who), who, -1), gain, desk.account_rows(desk.organization(who)),
                depth=round(float(deep[who])), breadth=round(float(broad[who])),
            )  # fmt: skip


def _pivots(desk: _Desk) -> Iterator[Suggestion]:
    """Organizations that carry things outward: invest."""
    ecosystem = desk.scores.get("ecosystem")
    verdict = ecosystem.beside.get("verdict") if ecosystem is not None else None
    if ecosystem is None or verdict is None:
        return
    value, free = np.nan_to_num(ecosystem.value), _free(desk)
    for i in np.flatnonzero((verdict.astype(str) == "pivot") & free[ecosystem.a]).tolist():
        who = int(ecosystem.a[i])
        gain = desk.value(who) * desk.params.programme * float(value[i] / max(value.max(), 1e-12))
        evidence = desk.fact_rows(who, "REFERRED", "SHARED", "SUPPLIES", "PARTNERS_WITH") or desk.account_rows(who)
        yield desk.make("invest_pivot", (desk.ally(who), who, -1), gain, evidence, figure=round(float(value[i]), 1))


def _rests(desk: _Desk) -> Iterator[Suggestion]:
    """Contacts our people wear out: leave them in peace."""
    p, x, board = desk.p, desk.p.interactions, desk.board
    tired = p.customer & ~p.entities.left & ~p.entities.restricted & (p.entities.label == Label.PERSON)
    tired = tired & (board.touched.fatigue >= desk.params.overloaded)
    for who in np.flatnonzero(tired).tolist():
        rows = np.flatnonzero((x.target == who) & board.us[x.actor])[-ROWS:]
        evidence = tuple(("interactions", int(row)) for row in x.row[rows][::-1])
        gain = desk.value(who) * desk.params.programme * float(board.touched.fatigue[who])
        yield desk.make(
            "rest", (desk.ally(who), who, -1), gain, evidence,
            colleagues=int(board.touched.colleagues[who]), touches=int(board.touched.touches[who]),
        )  # fmt: skip


def _hand_overs(desk: _Desk) -> Iterator[Suggestion]:
    """Warm ties and accounts of colleagues who left; gain = V * P(active) of what would be lost."""
    p, e = desk.p, desk.p.entities
    leaver = e.internal & e.left & (e.label == Label.PERSON)
    strength, free = desk.scores.get("tie_strength"), _free(desk)
    rows, contact, ally = _outward_ties(desk, strength, leaver)
    for i in np.flatnonzero(free[contact]).tolist():
        if strength is not None and strength.value[rows[i]] >= WARM:
            who, left = int(contact[i]), int(ally[i])
            gain = desk.value(who) * float(desk.board.chance.touched[who])
            yield desk.make("hand_over", (desk.ally(who), who, left), gain, desk.tie_rows(who, left))
    owns = p.facts_of("OWNS")
    for i in np.flatnonzero(leaver[owns.subject] & free[owns.object]).tolist():
        account, left = int(owns.object[i]), int(owns.subject[i])
        gain = desk.value(account) * desk.params.programme
        yield desk.make("hand_over", (desk.ally(account), account, left), gain, (("facts", int(owns.row[i])),))


def _numbers(scores: Scores, name: str, rows: Ints) -> Floats:
    """A numeric column beside a score; NaN where it is missing or holds words."""
    column = scores.beside.get(name)
    if column is None or column.dtype.kind not in "fiub":
        return np.full(len(rows), np.nan)
    return column[rows].astype(np.float64)


PLAYS: tuple[Callable[[_Desk], Iterator[Suggestion]], ...] = (
    _reconnect, _introductions, _second_threads, _invitations, _quadrants, _pivots, _rests, _hand_overs,
)  # fmt: skip
