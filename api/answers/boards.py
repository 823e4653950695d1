"""Boards: how relationships stand over a team or territory, and organizations by depth and breadth.

A rep's boards hold own accounts and own ties only; what is left out is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from algorithms.board_ecosystem import QUADRANTS, Quadrants, quadrants
from algorithms.board_health import FALL, Accounts, TieBoard, accounts, tie_board, values_before
from algorithms.health_trend import TREND_DAYS
from algorithms.scenarios import team_of
from api.answers.ask import Ask
from api.answers.me import teams_of
from api.shapes import Entity
from api.shapes_boards import (
    AccountHealth,
    AtRisk,
    Bands,
    Cuts,
    EcosystemBoard,
    EcosystemItem,
    HealthBin,
    HealthBoard,
    Mover,
    Scope,
)
from graphsvc.clock import show_moment
from graphsvc.errors import ForbiddenError, InputError
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.registry import Inputs, find_algorithm
from graphsvc.scores import Model, Scores

TIES, ACCOUNTS = "relationship_health", "organization_health"
BEYOND = 2.0  # standard errors of chance


@dataclass(frozen=True)
class HealthQuestion:
    """What a health board covers: a manager's team, a territory; and the earlier date [us] changes are against."""

    team: str | None = None
    territory: str | None = None
    since: int | None = None
    limit: int = 20


def health_board(ask: Ask, question: HealthQuestion) -> HealthBoard:
    """Relationship health of a team or territory: distribution, bands, what moved, which accounts are at risk.

    Both dates are judged by the model in use now, so that a change is one of the ties, never of the model.

    Raises
    ------
    ForbiddenError
        When a rep asks for a team.
    InputError
        When ``since`` is not before T, or the territory is not known.
    """
    limit, p = ask.budget.limit(question.limit), ask.projection
    since = _since(ask, question.since)
    every, ties = _accounts(ask, since), _ties(ask, since)
    territories = _territories(p, every.entity[_own(ask, every.entity)])
    among, members = _scope(ask, question, territories)
    chosen = every.take(_own(ask, every.entity) & among[every.entity] & _owned(every, members))
    kept = ties.take(_own_ties(ask, ties) & _in_scope(p, ties, among, members))
    hidden = 0 if ask.caller.is_owner else int((~_own(ask, every.entity)).sum() + (~_own_ties(ask, ties)).sum())
    risky, poorest = chosen.at_risk(), chosen.poorest()
    told = _Told(ask, chosen, since)
    return HealthBoard(
        meta=ask.meta(TIES, ACCOUNTS, hidden=hidden, notes=_notes(ask)),
        as_of=show_moment(p.as_of),
        since=show_moment(since),
        teams=teams_of(ask) if ask.caller.is_owner else [],
        territories=territories,
        scope=_named(ask, question),
        count=len(kept),
        distribution=_distribution(kept),
        bands=_bands(ask, kept),
        movers=_movers(ask, kept, since, limit),
        at_risk=told.at_risk(risky[:limit]),
        at_risk_count=len(risky),
        accounts=told.accounts(poorest[:limit]),
        accounts_count=len(chosen),
    )


def ecosystem_board(ask: Ask, limit: int = 500) -> EcosystemBoard:
    """Organizations by depth and breadth, cut at the medians of those assessed, with a play for each."""
    ask.budget.limit(limit)
    p, (depth, breadth, outward) = ask.projection, (ask.scores(n) for n in ("depth", "breadth", "ecosystem"))
    effective = [ask.workspace.effective(s.name, ask.moment) for s in (depth, breadth, outward)]
    found = quadrants(p, *effective)
    order = found.order()
    mine = order[_own(ask, found.entity)[order]]
    names = ask.entities(found.entity[mine[:limit]].tolist())
    count = np.bincount(found.quadrant[mine], minlength=len(QUADRANTS)).tolist()
    return EcosystemBoard(
        meta=ask.meta("depth", "breadth", "ecosystem", hidden=len(order) - len(mine)),
        as_of=show_moment(p.as_of),
        cuts=Cuts(depth=_number(found.cuts[0]), breadth=_number(found.cuts[1])),
        counts=dict(zip(QUADRANTS, count, strict=True)),
        items=[_ecosystem_item(ask, found, int(row), names, (depth, breadth)) for row in mine[:limit]],
    )


# -- what a board covers ----------------------------------------------------------------------------------------------


def _since(ask: Ask, since: int | None) -> int:
    as_of = ask.projection.as_of
    if since is None:
        return as_of - int(TREND_DAYS * DAY)
    if since >= as_of:
        raise InputError("boards.since_later", since=show_moment(since), as_of=show_moment(as_of))
    return since


def _scope(ask: Ask, question: HealthQuestion, territories: Sequence[str]) -> tuple[Bools, Bools | None]:
    """Organizations in the territory, and the people of the team (None: everybody), over entities."""
    p, among, members = ask.projection, np.ones(len(ask.projection), dtype=bool), None
    if question.team is not None:
        if not ask.caller.is_owner:
            raise ForbiddenError("boards.team_for_owner")
        members = np.zeros(len(p), dtype=bool)
        members[team_of(p, ask.find(question.team))] = True
    if question.territory is not None:
        if question.territory not in territories:
            raise InputError("boards.no_territory", name=question.territory, names=", ".join(territories) or "–")
        among = p.entities.region == p.words.index(question.territory)
    return among, members


def _named(ask: Ask, question: HealthQuestion) -> Scope:
    if question.team is None:
        return Scope(name=question.territory or phrase("boards.everything").text(), territory=question.territory)
    manager = ask.entities([ask.find(question.team)]).popitem()[1]
    parts = [phrase("boards.team_of", name=manager.name or manager.key).text(), question.territory]
    return Scope(name=" · ".join(p for p in parts if p), team=manager.id, territory=question.territory)


def _territories(p: Projection, organizations: Index) -> list[str]:
    """Regions of some organizations."""
    return sorted({p.words[c] for c in np.unique(p.entities.region[organizations]).tolist() if c >= 0})


def _own(ask: Ask, entities: Index) -> Bools:
    if ask.caller.is_owner:
        return np.ones(len(entities), dtype=bool)
    return ask.sight.own[entities]


def _own_ties(ask: Ask, ties: TieBoard) -> Bools:
    return ask.sight.ties(ties.ours, ties.theirs)


def _owned(rows: Accounts, members: Bools | None) -> Bools:
    """Accounts that belong to somebody of the team."""
    if members is None:
        return np.ones(len(rows), dtype=bool)
    return (rows.owner >= 0) & members[rows.owner]


def _in_scope(p: Projection, ties: TieBoard, among: Bools, members: Bools | None) -> Bools:
    home = p.entities.organization[ties.theirs]
    out: Bools = among.all() | ((home >= 0) & among[home])
    return out if members is None else out & members[ties.ours]


def _notes(ask: Ask) -> list[Phrase]:
    return [] if ask.caller.is_owner else [phrase("boards.own_only")]


# -- at two dates -----------------------------------------------------------------------------------------------------


def _accounts(ask: Ask, since: int) -> Accounts:
    health = ask.workspace.effective(ACCOUNTS, ask.moment)
    p, made = ask.projection, ask.scores(ACCOUNTS).model_id
    key = ("board accounts", p.sequence, p.as_of, p.known_at, since, made, ask.workspace.models_decided)
    return ask.workspace.kept.get(key, lambda: accounts(p, health, _before(ask, ACCOUNTS, health, since)))


def _ties(ask: Ask, since: int) -> TieBoard:
    health = ask.workspace.effective(TIES, ask.moment)
    p, made = ask.projection, ask.scores(TIES).model_id
    key = ("board ties", p.sequence, p.as_of, p.known_at, since, made, ask.workspace.models_decided)
    return ask.workspace.kept.get(key, lambda: tie_board(p, health, _before(ask, TIES, health, since)))


def _before(ask: Ask, name: str, now: Scores, since: int) -> Floats:
    earlier, then = _then(ask, since)
    return values_before(ask.projection, now, then[name], earlier)


def _then(ask: Ask, since: int) -> tuple[Projection, Mapping[str, Scores]]:
    """The graph at an earlier date, and the scores there by the models in use now."""
    w, p = ask.workspace, ask.projection
    models = {name: ask.scores(name).model_id for name in ("active", TIES, ACCOUNTS)}
    key = ("board then", p.sequence, since, p.known_at, tuple(models.values()))

    def make() -> tuple[Projection, Mapping[str, Scores]]:
        earlier = w.projection(replace(ask.moment, as_of=since, why=None, held=[]))
        made: dict[str, Scores] = {}
        for name, model in models.items():
            spec = find_algorithm(name)
            inputs = Inputs({n: made[n] for n in spec.uses}, _model(ask, name, model))
            made[name] = spec.compute(earlier, spec.params(), inputs)
        return earlier, made

    return w.kept.get(key, make)


def _model(ask: Ask, name: str, wanted: str | None) -> Model | None:
    kept = ask.workspace.store.models(name, ask.projection.as_of) if wanted else []
    return next((m for m in kept if m.id == wanted), None)


# -- health in words --------------------------------------------------------------------------------------------------


def _distribution(ties: TieBoard) -> list[HealthBin]:
    count = ties.distribution().tolist()
    return [HealthBin(low=i / len(count), high=(i + 1) / len(count), ties=n) for i, n in enumerate(count)]


def _bands(ask: Ask, ties: TieBoard) -> Bands:
    column = ask.scores(TIES).beside.get("band")
    words = np.array([], dtype=str) if column is None else column[ties.rows].astype(str)
    return Bands(**{name: int((words == name).sum()) for name in Bands.model_fields})


def _movers(ask: Ask, ties: TieBoard, since: int, count: int) -> list[Mover]:
    rows = ties.movers(count)
    names = ask.entities({*ties.ours[rows].tolist(), *ties.theirs[rows].tolist()})
    z = ask.scores(TIES).beside.get("trend_z")
    known = z is not None and since == ask.projection.as_of - int(TREND_DAYS * DAY)
    chance = z[ties.rows].astype(np.float64) if z is not None and known else np.full(len(ties), np.nan)
    return [
        Mover(
            a=names[int(ties.ours[i])],
            b=names[int(ties.theirs[i])],
            before=float(ties.before[i]),
            after=float(ties.value[i]),
            change=float(ties.value[i] - ties.before[i]),
            beyond_chance=bool(abs(chance[i]) > BEYOND) if np.isfinite(chance[i]) else None,
        )
        for i in rows.tolist()
    ]


@dataclass(frozen=True)
class _Told:
    """Accounts as answers have them."""

    ask: Ask
    found: Accounts
    since: int

    def accounts(self, rows: Ints) -> list[AccountHealth]:
        """The plain rows."""
        names = self._names(rows)
        return [AccountHealth(**self._plain(i, names)) for i in rows.tolist()]

    def at_risk(self, rows: Ints) -> list[AtRisk]:
        """The rows with what is at stake and why."""
        names, f = self._names(rows), self.found
        currency = self.ask.projection.text(f.worth.currency)
        return [
            AtRisk(
                **self._plain(i, names),
                amount=(amount := _number(f.amount[i])),
                currency=currency if amount is not None else None,
                why=[self.ask.text(r) for r in self._why(i)],
            )
            for i in rows.tolist()
        ]

    def _names(self, rows: Ints) -> dict[int, Entity]:
        return self.ask.entities({*self.found.entity[rows].tolist(), *self.found.owner[rows].tolist()} - {-1})

    def _plain(self, i: int, names: Mapping[int, Entity]) -> dict[str, object]:
        f = self.found
        warm = _number(f.warm[i])
        return {
            "organization": names[int(f.entity[i])],
            "owner": names.get(int(f.owner[i])),
            "health": _number(f.health[i]),
            "warm_ties": None if warm is None else int(warm),
            "change": _number(f.change[i]),
            "last": show_moment(int(f.last[i])) if f.last[i] > 0 else None,
        }

    def _why(self, i: int) -> list[Phrase]:
        """Why an account is at risk, what weighs most first."""
        f, out = self.found, list[Phrase]()
        if f.poor[i]:
            percents = {k: round(100 * float(v[i]), 1) for k, v in (("health", f.health), ("expected", f.expected))}
            out.append(phrase("boards.why_poor", **percents))
        if f.change[i] <= -FALL:
            points = round(-100 * float(f.change[i]), 1)
            out.append(phrase("boards.why_fell", points=points, date=show_moment(self.since)[:10]))
        if np.isnan(f.health[i]):
            out.append(phrase("boards.why_gone", date=show_moment(self.since)[:10]))
        if f.silent[i] > f.rhythm[i]:
            out.append(phrase("boards.why_silent", days=int(f.silent[i]), rhythm=round(float(f.rhythm[i]), 1)))
        if f.warm[i] <= 1:
            out.append(phrase("boards.why_one_tie" if f.warm[i] == 1 else "boards.why_no_tie"))
        return [*out, phrase("boards.why_open", deals=int(f.open_deals[i]))] if f.open_deals[i] else out


# -- quadrants in words -----------------------------------------------------------------------------------------------


def _ecosystem_item(
    ask: Ask, found: Quadrants, row: int, names: Mapping[int, Entity], scores: tuple[Scores, Scores]
) -> EcosystemItem:
    entity, play = int(found.entity[row]), found.play(row)
    quadrant = QUADRANTS[int(found.quadrant[row])]
    return EcosystemItem(
        organization=names[entity],
        depth=_number(found.depth[row]),
        breadth=_number(found.breadth[row]),
        ecosystem=_number(found.ecosystem[row]),
        verdict=str(found.verdict[row]) or None,
        quadrant=quadrant,
        play=play,
        play_text=_play_text(play, str(found.verdict[row])),
        reason=_reason(ask, entity, scores) if quadrant == "not_assessed" else None,
    )


def _play_text(play: str, verdict: str) -> str:
    if play == "serve":
        return phrase("boards.play_serve").text()
    if play == "invest_pivot" and verdict != "pivot":
        return phrase("boards.play_invest").text()
    return phrase(f"answers.play_{play}").text()


def _reason(ask: Ask, entity: int, scores: tuple[Scores, Scores]) -> str:
    """Why depth or breadth is not known."""
    for s in scores:
        row = s.row_of(entity)
        if row is not None and s.reason is not None and s.reason[row] >= 0:
            return ask.text(s.reasons[int(s.reason[row])])
    return phrase("boards.no_evidence").text()


def _number(value: float | np.floating) -> float | None:
    return None if np.isnan(value) else float(value)
