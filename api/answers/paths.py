"""Answers about referral paths: who can introduce us, and whom we would have to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from algorithms.lacks import lacks as find_lacks
from algorithms.path_asks import Asks, decided_asks
from algorithms.path_network import Network, PathParams, hop_probabilities
from algorithms.paths import MAX_HOPS, Wish, find_paths
from api.answers.ask import Ask
from api.shapes import Entity, Evidence, Hop, Path, PathsAnswer
from api.shapes_paths import LackItem, LacksAnswer
from graphsvc.clock import show_moment
from graphsvc.kernels.ties import pair_key
from graphsvc.phrases import phrase
from graphsvc.policy import GRID, OWNER, coarse, rounded
from graphsvc.projection import Ints, Projection
from graphsvc.scores import Scores

if TYPE_CHECKING:
    from algorithms.lacks import Lack
    from algorithms.paths import Path as FoundPath
    from graphsvc.suggestions import Suggestion


@dataclass(frozen=True)
class Ties:
    """Tie strength with its rows by pair, for look-ups that do not go through all ties."""

    strength: Scores
    keys: Ints
    order: Ints
    n: int

    def row_of(self, u: int, v: int) -> int | None:
        """Row of the tie of two people, None where they have none."""
        key = min(u, v) * self.n + max(u, v)
        at = int(np.searchsorted(self.keys, key))
        return int(self.order[at]) if at < len(self.keys) and self.keys[at] == key else None


def network(ask: Ask) -> Network:
    """The hop probabilities at T, made once per Projection, scores and asks decided on."""
    p, health = ask.projection, ask.scores("relationship_health")
    decided = _introductions(ask)
    key = ("network", p.sequence, p.as_of, p.known_at, health.model_id, tuple((s.id, s.decided) for s in decided))
    return ask.workspace.kept.get(key, lambda: _network(ask, p, decided))


def _network(ask: Ask, p: Projection, decided: Sequence[Suggestion]) -> Network:
    strength, health = (ask.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health"))
    return hop_probabilities(p, strength, health, PathParams(), _asks(p, decided))


def _introductions(ask: Ask) -> list[Suggestion]:
    """Confirmed suggestions to ask for an introduction."""
    found = ask.workspace.store.suggestions(OWNER, "confirmed")
    return [s for s in found if s.play == "ask_introduction" and s.owner and s.through and s.decided is not None]


def _asks(p: Projection, decided: Iterable[Suggestion]) -> Asks:
    """Those of them whose people the Projection knows, as asks."""
    rows = [(*(p.index.get(i or "", -1) for i in (s.owner, s.through, s.target)), s.decided or 0) for s in decided]
    table = np.array([row for row in rows if min(row[:3]) >= 0], dtype=np.int64).reshape(-1, 4)
    asker, asked, target = table[:, :3].T.astype(np.int32)
    return decided_asks(p, (asker, asked, target), table[:, 3])


def _ties(ask: Ask) -> Ties:
    p, n = ask.projection, len(ask.projection)
    health = ask.scores("tie_strength")

    def make() -> Ties:
        strength = ask.workspace.effective("tie_strength", ask.moment)
        keys = pair_key(strength.a, strength.a if strength.b is None else strength.b, n)
        order = np.argsort(keys, kind="stable")
        return Ties(strength, keys[order], order, n)

    return ask.workspace.kept.get(("path ties", p.sequence, p.as_of, p.known_at, health.model_id), make)


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
    disjoint: bool = False,
) -> PathsAnswer:
    """The k best loopless referral paths from a person, or from anybody of ours, to a person or organization.

    What a rep may learn of a path over other people's ties is its rank and a coarse step of its probability, whatever
    ``min_probability`` is: else asking again and again would tell it digit by digit.
    """
    ask.budget.limit(k)
    hops, owner = min(ask.budget.reach(hops), MAX_HOPS), ask.caller.is_owner
    wish = Wish(
        k=k,
        hops=hops,
        min_probability=min_probability if owner or not 0 <= min_probability <= 1 else coarse(min_probability),
        via=[ask.find(v) for v in via],
        avoid=[ask.find(v) for v in avoid],
        disjoint=disjoint,
        seconds=min(2.0, ask.budget.seconds),
    )
    start = None if source is None else ask.find(source, "person")
    found = find_paths(network(ask), ask.projection, to=ask.find(to), source=start, wish=wish)
    closed = [not all(ask.sight.tie(h.frm, h.to) for h in path.hops) for path in found.paths]
    names = ask.entities({i for path in found.paths for hop in path.hops for i in (hop.frm, hop.to)})
    ties = _ties(ask)
    mine = [row for path in found.paths for h in path.hops if ask.sight.tie(h.frm, h.to) for row in h.rows]
    records = ask.evidence_by_row("interactions", mine)[0]
    shown = [
        _path(ask, path, names, ties, records)
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


def _path(ask: Ask, path: FoundPath, names: dict[int, Entity], ties: Ties, records: Mapping[int, Evidence]) -> Path:
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
                band=ask.band(ties.strength, ties.row_of(hop.frm, hop.to)),
                open_asks=hop.open_asks if full else None,
                evidence=[records[row] for row in hop.rows if row in records] if full else [],
            )
        )
    return Path(probability=path.probability if whole else coarse(path.probability), hops=hops)


def lacks(ask: Ask, to: str, source: str | None = None, *, k: int = 10, hops: int | None = None) -> LacksAnswer:
    """The new ties that would bring us closest to a person or organization.

    Who is not the owner sees probabilities as coarse steps: they rest on ties that are not theirs.
    """
    ask.budget.limit(k)
    start = None if source is None else ask.find(source, "person")
    found = find_lacks(
        network(ask), ask.projection, to=ask.find(to), source=start, hops=min(ask.budget.reach(hops), MAX_HOPS), k=k,
        seconds=min(2.0, ask.budget.seconds),
    )  # fmt: skip
    names = ask.entities({i for item in found.items for i in (*item.path, *item.meeting, item.frm, item.to)})
    shown = _shown(ask, found.people)
    return LacksAnswer(
        meta=ask.meta("relationship_health", notes=found.notes),
        as_of=show_moment(ask.projection.as_of),
        calibrated=found.calibrated,
        complete=found.complete,
        people=found.people,
        beside=found.beside,
        now=shown(found.now),
        direct=shown(found.direct),
        strength=None if np.isnan(found.strength) else found.strength,
        items=[_lack(item, rank, names, shown) for rank, item in enumerate(found.items, 1)],
    )


def _shown(ask: Ask, people: int) -> Callable[[float], float]:
    """How a caller sees a probability, or a sum of some, over ties that are not theirs."""
    if ask.caller.is_owner:
        return float
    return coarse if people == 1 else lambda sum_: rounded(sum_, 1)


def _lack(item: Lack, rank: int, names: dict[int, Entity], shown: Callable[[float], float]) -> LackItem:
    return LackItem(
        rank=rank,
        from_=names[item.frm],
        to=names[item.to],
        probability=shown(item.probability),
        gain=shown(item.gain),
        path=[names[i] for i in item.path],
        meeting=[names[i] for i in item.meeting],
        knows=item.knows,
    )


def _next_step(bound: float) -> float:
    """A bound on what is missing, rounded up to the next coarse step."""
    return min((step for step in GRID if step >= bound), default=1.0)
