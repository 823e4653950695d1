"""Answers about referral paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from algorithms.paths import MAX_HOPS, PathParams, find_paths, hop_probabilities
from api.answers.ask import Ask
from api.shapes import Entity, Hop, Path, PathsAnswer
from graphsvc.clock import show_moment
from graphsvc.phrases import phrase
from graphsvc.policy import GRID, coarse

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
    hops: int | None = None,
    min_probability: float = 0.01,
    via: Sequence[str] = (),
    avoid: Sequence[str] = (),
) -> PathsAnswer:
    """The k best loopless referral paths from a person, or from anybody of ours, to a person or organization.

    What a rep may learn of a path over other people's ties is its rank and a coarse step of its probability, whatever
    ``min_probability`` is: else asking again and again would tell it digit by digit.
    """
    ask.budget.limit(k)
    hops, owner = min(ask.budget.reach(hops), MAX_HOPS), ask.caller.is_owner
    found = find_paths(
        network(ask),
        ask.projection,
        to=ask.find(to),
        source=None if source is None else ask.find(source, "person"),
        k=k,
        hops=hops,
        min_probability=min_probability if owner or not 0 <= min_probability <= 1 else coarse(min_probability),
        via=[ask.find(v) for v in via],
        avoid=[ask.find(v) for v in avoid],
        seconds=min(2.0, ask.budget.seconds),
    )
    closed = [not all(ask.sight.tie(h.frm, h.to) for h in path.hops) for path in found.paths]
    names = ask.entities({i for path in found.paths for hop in path.hops for i in (hop.frm, hop.to)})
    strength = ask.workspace.effective("tie_strength", ask.moment)
    shown = [
        _path(ask, path, names, strength)
        for path, hide in zip(found.paths, closed, strict=True)
        if hide or path.probability >= min_probability * (1 - 1e-12)
    ]
    hidden = sum(not ask.sight.tie(h.frm, h.to) for path in found.paths for h in path.hops)
    notes = [phrase("policy.coarse_paths")] if any(closed) else []
    return PathsAnswer(
        meta=ask.meta("relationship_health", hidden=hidden, notes=(*found.notes, *notes)),
        as_of=show_moment(ask.projection.as_of),
        calibrated=found.calibrated,
        complete=found.complete,
        bound=found.bound if owner or found.bound is None else _next_step(found.bound),
        paths=shown,
    )


def _path(ask: Ask, path: FoundPath, names: dict[int, Entity], strength: Scores) -> Path:
    hops, whole = [], True
    for hop in path.hops:
        full = ask.sight.tie(hop.frm, hop.to)
        whole &= full
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
                evidence=ask.evidence("interactions", hop.rows)[0] if full else [],
            )
        )
    return Path(probability=path.probability if whole else coarse(path.probability), hops=hops)


def _next_step(bound: float) -> float:
    """A bound on what is missing, rounded up to the next coarse step."""
    return min((step for step in GRID if step >= bound), default=1.0)
