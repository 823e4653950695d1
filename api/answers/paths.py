"""Answers about referral paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from algorithms.paths import PathParams, find_paths, hop_probabilities
from api.answers.ask import Ask
from api.shapes import Entity, Hop, Path, PathsAnswer
from graphsvc.clock import show_moment

if TYPE_CHECKING:
    from algorithms.paths import Network
    from algorithms.paths import Path as FoundPath
    from graphsvc.scores import Scores


def network(ask: Ask) -> Network:
    """The hop probabilities at T, made once per Projection."""
    p = ask.projection
    strength, health = (ask.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health"))
    key = ("network", p.sequence, p.as_of, p.known_at, health.model_id)
    return ask.workspace.kept.get(key, lambda: hop_probabilities(p, strength, health, PathParams()))


def paths(
    ask: Ask,
    to: str,
    source: str | None = None,
    *,
    k: int = 5,
    hops: int = 6,
    min_probability: float = 0.01,
    via: Sequence[str] = (),
    avoid: Sequence[str] = (),
) -> PathsAnswer:
    """The k best loopless referral paths from a person, or from anybody of ours, to a person or organization."""
    found = find_paths(
        network(ask),
        ask.projection,
        to=ask.find(to),
        source=None if source is None else ask.find(source, "person"),
        k=k,
        hops=min(hops, ask.budget.hops),
        min_probability=min_probability,
        via=[ask.find(v) for v in via],
        avoid=[ask.find(v) for v in avoid],
        seconds=min(2.0, ask.budget.seconds),
    )
    names = ask.entities({i for path in found.paths for hop in path.hops for i in (hop.frm, hop.to)})
    strength = ask.workspace.effective("tie_strength", ask.moment)
    shown = [_path(ask, path, names, strength) for path in found.paths]
    hidden = sum(not ask.sight.tie(h.frm, h.to) for path in found.paths for h in path.hops)
    return PathsAnswer(
        meta=ask.meta("relationship_health", hidden=hidden, notes=found.notes),
        as_of=show_moment(ask.projection.as_of),
        calibrated=found.calibrated,
        complete=found.complete,
        bound=found.bound,
        paths=shown,
    )


def _path(ask: Ask, path: FoundPath, names: dict[int, Entity], strength: Scores) -> Path:
    hops = []
    for hop in path.hops:
        full = ask.sight.tie(hop.frm, hop.to)
        start, end = names[hop.frm], names[hop.to]
        hops.append(
            Hop(
                from_=start.key,
                from_name=start.name,
                to=end.key,
                to_name=end.name,
                probability=hop.probability if full else None,
                weakest=hop.weakest,
                band=ask.band(strength, strength.row_of(hop.frm, hop.to)),
                evidence=ask.evidence("interactions", hop.rows) if full else [],
            )
        )
    return Path(probability=path.probability, hops=hops)
