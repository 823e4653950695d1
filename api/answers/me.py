"""Who asks, and what there is to choose from: reps, teams, channels, kinds, the range of time, the scores."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from algorithms.scenarios import team_of
from api.answers.ask import Ask
from api.answers.jobs import reps
from api.shapes import Entity
from api.shapes_panels import MeAnswer, ScoreKind, Team
from graphsvc import __version__
from graphsvc.clock import iso_week, show_moment
from graphsvc.model import Label, Level
from graphsvc.projection import Projection
from graphsvc.registry import algorithms


def me(ask: Ask) -> MeAnswer:
    """The caller and the choices; a rep is told of no other rep, and of the own teams only."""
    p, caller = ask.projection, ask.caller
    mine = -1 if caller.is_owner else p.index.get(caller.entity or "", -1)
    chosen = _choices(ask)
    listed = chosen["reps"] if caller.is_owner else [mine]
    names = ask.entities([*listed, mine, *chosen["teams"]])
    times = p.interactions.time
    return MeAnswer(
        meta=ask.meta(),
        name=caller.name,
        entity=names.get(mine),
        owner=caller.is_owner,
        scopes=sorted(caller.scopes),
        version=__version__,
        week=iso_week(p.as_of),
        timezone=ask.workspace.store.setting("timezone") or "UTC",
        reps=sorted((names[i] for i in listed if i in names), key=_called),
        teams=_teams(chosen["teams"], names, mine, everybody=caller.is_owner),
        channels=chosen["channels"],
        kinds=chosen["kinds"],
        levels=chosen["levels"],
        industries=chosen["industries"],
        first=show_moment(int(times[0])) if len(times) else None,
        last=show_moment(int(times[-1])) if len(times) else None,
        scores=[ScoreKind(name=s.name, of=s.of, unit=s.unit) for s in algorithms().values()],
    )


def teams_of(ask: Ask) -> list[Team]:
    """All teams, by size, largest first."""
    teams = _choices(ask)["teams"]
    return _teams(teams, ask.entities(teams), -1, everybody=True)


def _choices(ask: Ask) -> dict[str, Any]:
    """What does not depend on who asks."""
    p = ask.projection

    def make() -> dict[str, Any]:
        e, x = p.entities, p.interactions
        people = e.label == Label.PERSON
        return {
            "reps": reps(p),
            "teams": {boss: set(team_of(p, boss).tolist()) for boss in _managers(p)},
            "channels": _words(p, x.channel),
            "kinds": _words(p, x.kind),
            "levels": [Level(int(v)).name.lower() for v in np.unique(e.level[people])],
            "industries": _words(p, e.industry),
        }

    return ask.workspace.kept.get(("choices", p.sequence, p.as_of, p.known_at), make)


def _managers(p: Projection) -> list[int]:
    """Whom somebody of ours reports to now."""
    boss, ours = p.facts_of("REPORTS_TO"), p.entities.internal
    inside = ours[boss.subject] & ours[boss.object] if p.own_known else np.ones(len(boss), dtype=bool)
    return [int(i) for i in np.unique(boss.object[inside])]


def _teams(teams: dict[int, set[int]], names: dict[int, Entity], mine: int, *, everybody: bool) -> list[Team]:
    """Teams by size, largest first."""
    made = [
        Team(id=names[boss].id, name=_called(names[boss]), size=len(who))
        for boss, who in teams.items()
        if boss in names and (everybody or mine in who)
    ]
    return sorted(made, key=lambda t: (-t.size, t.name, t.id))


def _words(p: Projection, codes: NDArray[np.signedinteger[Any]]) -> list[str]:
    """The words that a column of codes uses, ascending; counted, not sorted, since the column may be long."""
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=0))
    return [p.words[int(c)] for c in used]


def _called(e: Entity) -> str:
    return e.name or e.key
