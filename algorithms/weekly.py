"""The weekly list: the twenty conversations worth most, for a rep by contact, for the team by customer; and "why not".

    gain = V * delta_p * (1 - fatigue)

V is the account's open amount, else the shrunken mean won amount of its product or industry, else 1 unit. delta_p is
P(active within 28 days | touched now) - P(active | not): what the model of ``active`` expects without a touch, and how
often such silences were answered (:mod:`algorithms.response`); model-implied, no experiment. Fatigue comes from the
touches of all colleagues (:mod:`algorithms.outreach`). The same facts give the same list; equal gains go by id.

Names never stand in a Phrase here: arguments ``who``, ``org`` and ``work`` are entity indices, that whoever answers a
reader replaces by names, after asking who may see them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from algorithms.outreach import Basis, Grounds, OutreachParams, best_channel, own_accounts, unanswered
from algorithms.weekly_board import Board, check_known, make_board, tired
from graphsvc.model import Label, Won
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Projection, take
from graphsvc.scores import Scores
from graphsvc.suggestions import Play

WEEK = 7 * DAY
MANY = 3  # messages without an answer that are worth telling
HEALTH_FALL = 0.05  # a fall of relationship health that is worth telling
LONG_SILENCE = 60  # days after which a tie is woken rather than kept, where its rhythm is unknown
EVENTS = frozenset({"meeting", "event", "visit"})
WeeklyParams = OutreachParams


@dataclass(frozen=True)
class WeeklyLine:
    """One line. ``entity`` is the contact (rep), the customer (team), or an account without a known contact.

    ``contact`` is the person to talk to (-1: none known), ``partner`` who of us has the tie (-1: nobody). ``evidence``
    holds (table, row handle) pairs; ``channel`` is None where the contact never wrote. ``health`` is NaN where unknown.
    """

    rank: int
    entity: int
    organization: int
    contact: int
    partner: int
    gain: float
    reasons: tuple[Phrase, ...]
    evidence: tuple[tuple[str, int], ...]
    play: Play
    channel: str | None
    changed: tuple[Phrase, ...]
    health: float

    def stored(self, p: Projection) -> dict[str, Any]:
        """What next week's list needs to say what changed, and a later study to learn what contact did; ids only."""
        health = None if np.isnan(self.health) else self.health
        ends = {"contact": self.contact, "organization": self.organization, "partner": self.partner}
        ids = {k: p.entities.id[i].decode() for k, i in ends.items() if i >= 0}
        line = {"id": p.entities.id[self.entity].decode(), "rank": self.rank, "gain": self.gain, "health": health}
        return {**line, **ids, "play": self.play, "channel": self.channel}


@dataclass(frozen=True)
class WeeklyList:
    """The lines, how many candidates were left out for which reason (code -> count), and the unit of the gains."""

    items: tuple[WeeklyLine, ...]
    left_out: Mapping[str, int]
    currency: str | None
    notes: tuple[Phrase, ...] = ()


def weekly(
    p: Projection,
    scores: Mapping[str, Scores],
    *,
    rep: int | None,
    params: OutreachParams | None = None,
    previous: Sequence[Mapping[str, Any]] | None = None,
) -> WeeklyList:
    """The week's list of a rep, or of the team where ``rep`` is None.

    Parameters
    ----------
    scores : any of ``active``, ``relationship_health``, ``tie_strength``; what is missing is replaced by the published
        cold-start curve and said in the reasons.
    previous : last week's items as :meth:`WeeklyLine.stored` gave them; they change nothing but ``changed``.

    Raises
    ------
    NotFoundError
        When the rep is not in the Projection.
    InputError
        When the rep is no person; when the team is asked for and nobody said who we are.
    """
    board = make_board(p, scores, rep, params or OutreachParams())
    rows = board.ranking[: board.params.size].tolist()
    near = _near(board, rows)
    items = tuple(_line(near, rank, who, previous) for rank, who in enumerate(rows, 1))
    left_out: dict[str, int] = {}
    for reason in board.refused.values():
        left_out[reason.code] = left_out.get(reason.code, 0) + 1
    below = len(board.ranking) - len(rows)
    if below:
        left_out["weekly.below"] = below
    currency = None if (board.worth.basis == Basis.UNIT).all() else p.text(board.worth.currency)
    notes = () if p.own_known else (phrase("weekly.own_unknown_note"),)
    return WeeklyList(items, dict(sorted(left_out.items())), currency, notes)


def why_not(
    p: Projection,
    scores: Mapping[str, Scores],
    rep: int | None,
    contact: int,
    params: OutreachParams | None = None,
) -> list[Phrase]:
    """Why a contact (or an account) is not on the list, what weighs most first; or at which rank it is on it.

    Raises
    ------
    NotFoundError, InputError
        As :func:`weekly`; also when ``contact`` is not in the Projection.
    """
    check_known(p, contact)
    board = make_board(p, scores, rep, params or OutreachParams())
    place = _place(board, contact)
    if place is not None and place <= board.params.size:
        return [phrase("weekly.on_list", rank=place, of=len(board.ranking))]
    out = [] if board.candidate[contact] else _not_candidate(board, contact)
    out += [board.refused[contact], *_silence(board, contact)] if contact in board.refused else []
    if place is not None:
        out.append(phrase("weekly.below", rank=place, of=len(board.ranking), size=board.params.size))
    elif rep is None and contact not in board.refused and board.candidate[contact]:
        out.append(phrase("weekly.other_contact", org=int(board.organization[contact])))
    if board.candidate[contact] and contact not in board.refused:
        out += _reasons(board, contact)
    return out or [phrase("weekly.no_evidence")]


# -- why not ----------------------------------------------------------------------------------------------------


def _place(board: Board, entity: int) -> int | None:
    """Rank of a contact; for the team also that of its customer."""
    column = board.ranking
    if board.rep is None and board.p.entities.label[entity] == Label.ORGANIZATION:
        column = board.organization[column]
    hit = np.flatnonzero(column == entity)
    return int(hit[0]) + 1 if len(hit) else None


def _not_candidate(board: Board, entity: int) -> list[Phrase]:
    """Why an entity is not even a candidate."""
    e = board.p.entities
    if entity == board.rep:
        return [phrase("weekly.yourself")]
    if e.label[entity] not in (Label.PERSON, Label.ORGANIZATION):
        return [phrase("weekly.no_contact")]
    if e.internal[entity]:
        return [phrase("weekly.internal")]
    out = [phrase("weekly.restricted")] if e.restricted[entity] else []
    out += [phrase("weekly.left")] if e.left[entity] else []
    if e.label[entity] == Label.ORGANIZATION:
        people = np.flatnonzero((e.organization == entity) & board.candidate)
        if len(people):
            return [*out, phrase("weekly.by_contact", count=len(people))]
        mine = board.rep is None or entity in own_accounts(board.p, board.rep)
        return [*out, phrase("weekly.no_deal" if mine else "weekly.not_your_account")]
    if board.rep is None:
        return [*out, phrase("weekly.no_organization")]
    out.append(phrase("weekly.not_yours"))
    if board.touched.fatigue[entity] >= board.params.overloaded:
        out.append(tired(board.touched, entity, "weekly.overloaded"))
    ally = int(board.strongest[entity])
    out.append(phrase("weekly.knows", who=ally) if ally >= 0 else phrase("weekly.no_evidence"))
    return out


# -- one line -------------------------------------------------------------------------------------------------------


def _near(board: Board, listed: Sequence[int]) -> Board:
    """The same board with only the interactions and facts that lines about these contacts can show."""
    from graphsvc.kernels.rows_loops import rows_of

    p, mine = board.p, np.zeros(len(board.p), dtype=bool)
    mine[list(listed)] = True
    x = take(p.interactions, rows_of(p.interactions.actor, p.interactions.target, mine, False))
    return replace(board, p=replace(p, interactions=x, facts=p.facts_of("OWNS", "REFERRED")))


def _line(board: Board, rank: int, who: int, previous: Sequence[Mapping[str, Any]] | None) -> WeeklyLine:
    p = board.p
    organization = int(board.organization[who])
    entity = organization if board.rep is None else who
    is_person = p.entities.label[who] == Label.PERSON
    partner = int(board.chance.partner[who])
    health = _health(board, who)
    channel = best_channel(p, board.us, who) if is_person else -1
    line = WeeklyLine(
        rank=rank, entity=entity, organization=organization, contact=who if is_person else -1, partner=partner,
        gain=float(board.gain[who]), reasons=tuple(_reasons(board, who)), evidence=_evidence(board, who),
        play=_play(board, who), channel=p.text(channel), changed=(), health=health.get("value", np.nan),
    )  # fmt: skip
    return _with_changes(board, line, previous)


def _with_changes(board: Board, line: WeeklyLine, previous: Sequence[Mapping[str, Any]] | None) -> WeeklyLine:
    return replace(line, changed=tuple(_moves(board, line, previous) + _news(board, line)))


def _reasons(board: Board, who: int) -> list[Phrase]:
    """Value, deal, chance, silence, health, tiredness: what the gain is made of, in that order."""
    return [
        *_value_reasons(board, who),
        *_deal_reasons(board, who),
        *_chance_reasons(board, who),
        *_tie_reasons(board, who),
    ]


def _value_reasons(board: Board, who: int) -> list[Phrase]:
    organization, worth = int(board.organization[who]), board.worth
    if organization < 0:
        return [phrase("weekly.value_unit")]
    basis = Basis(int(worth.basis[organization]))
    named = board.p.text(worth.currency)
    currency = f" {named}" if named else ""
    out = [
        phrase(f"weekly.value_{basis.name.lower()}", amount=round(float(worth.value[organization]), 2),
               currency=currency, org=organization, deals=int(worth.deals[organization]))
    ]  # fmt: skip
    return [*out, phrase("weekly.value_converted", currency=currency)] if worth.converted[organization] else out


def _deal_reasons(board: Board, who: int) -> list[Phrase]:
    """The newest open deal that counts here: product, stage and age, as far as known."""
    p, deals = board.p, board.p.opportunities
    rows = np.flatnonzero(board.counted & (deals.organization == board.organization[who]) & (deals.won == Won.OPEN))
    rows = rows[deals.organization[rows] >= 0]
    if not len(rows):
        return []
    row = rows[np.lexsort((deals.entity[rows], -deals.created[rows]))[0]]
    what = " · ".join(t for t in (p.text(int(deals.product[row])), p.text(int(deals.stage[row]))) if t)
    if not what:
        return []
    if deals.created[row] <= 0:
        return [phrase("weekly.deal_undated", what=what)]
    return [phrase("weekly.deal", what=what, days=int(p.age_days(deals.created[row : row + 1])[0]))]


def _chance_reasons(board: Board, who: int) -> list[Phrase]:
    chance = board.chance
    grounds = Grounds(int(chance.grounds[who])).name.lower()
    now, touched = (round(100 * float(c[who]), 1) for c in (chance.now, chance.touched))
    out = [phrase(f"weekly.chance_{grounds}", now=now, touched=touched)]
    if board.p.entities.label[who] != Label.PERSON:
        return [phrase("weekly.find_contact"), *out]
    if board.rep is None:
        through = [phrase("weekly.by", who=int(chance.partner[who]))] if chance.partner[who] >= 0 else []
        out = [phrase("weekly.contact", who=who), *through, *out]
    elif chance.partner[who] < 0 and board.strongest[who] >= 0:  # whom to ask for an introduction
        out.append(phrase("weekly.knows", who=int(board.strongest[who])))
    if board.p.entities.buyer[who]:
        out.append(phrase("weekly.buyer"))
    return out


def _tie_reasons(board: Board, who: int) -> list[Phrase]:
    touched, health = board.touched, _health(board, who)
    out: list[Phrase] = []
    silent = float(board.chance.silent_days[who])
    days = -1 if np.isnan(silent) else int(silent)
    if days >= 0 and touched.wrote_last[who]:
        out.append(phrase("weekly.wrote_last", days=days))
    elif days >= 0:
        out.append(phrase("weekly.silent", days=days))
    out += _silence(board, who)
    if health.get("rhythm_days", 0.0) > 0 and days > 2 * health["rhythm_days"]:
        out.append(phrase("weekly.off_rhythm", rhythm=round(health["rhythm_days"], 1)))
    if "value" in health:
        out.append(phrase("weekly.health", percent=round(100 * health["value"], 1)))
    if health.get("trend", 0.0) <= -HEALTH_FALL:
        out.append(phrase("weekly.trend", points=round(-100 * health["trend"], 1)))
    if touched.touches[who] and touched.fatigue[who] > 0:
        out.append(tired(touched, who, "weekly.touched"))
    return out


def _silence(board: Board, who: int) -> list[Phrase]:
    """That the contact has left several messages of ours without an answer."""
    count, days = unanswered(board.p, board.us, who)
    return [phrase("weekly.unanswered", count=count, days=int(days))] if count >= MANY else []


def _health(board: Board, who: int) -> dict[str, float]:
    """What ``relationship_health`` says of the contact's tie with us: value, trend, rhythm_days, as far as known."""
    scores, partner = board.scores.get("relationship_health"), int(board.chance.partner[who])
    row = scores.row_of(who, partner) if scores is not None and partner >= 0 else None
    if scores is None or row is None or np.isnan(scores.value[row]):
        return {}
    out = {"value": float(scores.value[row])}
    for name in ("trend", "rhythm_days"):
        column = scores.beside.get(name)
        if column is not None and column.dtype.kind in "fi" and np.isfinite(float(column[row])):
            out[name] = float(column[row])
    return out


def _evidence(board: Board, who: int) -> tuple[tuple[str, int], ...]:
    """The latest contacts with us, and for an account its OWNS facts."""
    p, x = board.p, board.p.interactions
    sides = (board.us if board.rep is None else np.arange(len(p)) == board.rep)[: len(p)]
    rows = np.flatnonzero(((x.actor == who) & sides[x.target]) | ((x.target == who) & sides[x.actor]))
    found = [("interactions", int(r)) for r in x.row[rows[-3:]][::-1]]
    owns = p.facts_of("OWNS")
    mine = owns.row[owns.object == board.organization[who]]
    return tuple(found or [("facts", int(r)) for r in mine[:3]])


def _play(board: Board, who: int) -> Play:
    """What to do: meet through a colleague, start a second thread, wake the tie, or keep in touch."""
    p, health, organization = board.p, _health(board, who), int(board.organization[who])
    thin = organization >= 0 and board.worth.deals[organization] > 0 and board.warm[organization] < 2
    if p.entities.label[who] != Label.PERSON:
        return "find_contact"
    if board.chance.partner[who] < 0:  # the rep never met them
        return "ask_introduction" if board.strongest[who] >= 0 else "second_thread"
    days = float(board.chance.silent_days[who])
    rhythm = health.get("rhythm_days", 0.0)
    waiting = bool(board.touched.wrote_last[who])
    if not waiting and (health.get("trend", 0.0) <= -HEALTH_FALL or (rhythm > 0 and days > 2 * rhythm)):
        return "reconnect"
    if thin:
        return "second_thread"
    return "keep_in_touch" if days <= LONG_SILENCE else "reconnect"


def _moves(board: Board, line: WeeklyLine, previous: Sequence[Mapping[str, Any]] | None) -> list[Phrase]:
    """New on the list, up or down, health fallen since: against last week's list."""
    if previous is None:
        return []
    ident = board.p.entities.id[line.entity].decode()
    before = next((item for item in previous if item.get("id") == ident), None)
    if before is None:
        return [phrase("weekly.changed_new")]
    out: list[Phrase] = []
    rank = int(before.get("rank", line.rank))
    if rank != line.rank:
        out.append(phrase("weekly.changed_up" if rank > line.rank else "weekly.changed_down", rank=rank))
    fall = float(before["health"]) - line.health if before.get("health") is not None else np.nan
    if fall >= HEALTH_FALL:
        out.append(phrase("weekly.changed_health", points=round(100 * fall, 1)))
    return out


def _news(board: Board, line: WeeklyLine) -> list[Phrase]:
    """What happened in the last seven days: they wrote, we met, somebody referred them, a deal was opened."""
    p, x, since = board.p, board.p.interactions, board.p.as_of - WEEK
    out: list[Phrase] = []
    if line.contact >= 0:
        recent = slice(int(np.searchsorted(x.time, since, side="right")), len(x))
        actor, target = x.actor[recent], x.target[recent]
        with_us = ((actor == line.contact) & board.us[target]) | ((target == line.contact) & board.us[actor])
        met = {p.text(int(code)) for code in np.unique(x.kind[recent][with_us])} & EVENTS
        if met:
            out.append(phrase("weekly.changed_met"))
        elif bool(((actor == line.contact) & with_us).any()):
            out.append(phrase("weekly.changed_wrote"))
    referred = p.facts_of("REFERRED")
    new = take(referred, referred.valid_from > since)
    for ends, others in ((new.object, new.subject), (new.subject, new.object)):
        for other in others[np.isin(ends, [e for e in (line.contact, line.organization) if e >= 0])][:1].tolist():
            is_person = p.entities.label[other] == Label.PERSON
            out.append(
                phrase("weekly.changed_referral", who=other)
                if is_person
                else phrase("weekly.changed_referral_org", org=other)
            )
    deals = p.opportunities
    opened = (deals.organization == line.organization) & (deals.created > since) & (deals.created <= p.as_of)
    return [*out, phrase("weekly.changed_deal")] if line.organization >= 0 and opened.any() else out
