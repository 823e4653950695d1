"""Answers about referral paths: who can introduce us, and whom we would have to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from algorithms.lacks import lacks as find_lacks
from algorithms.path_asks import Asks, decided_asks
from algorithms.path_network import Network, PathParams, hop_probabilities, renewed_hops
from algorithms.paths import MAX_HOPS, find_paths
from api.aliases import aliased
from api.answers.ask import Ask
from api.answers.path_wishes import PathQuestion, entities_of, target_of, wish_of
from api.answers.standing import followed, known_until, proposes, stood
from api.shapes import Entity, Evidence, Hop, Path, PathsAnswer
from api.shapes_paths import LackItem, LacksAnswer
from graphsvc.clock import show_moment
from graphsvc.kernels.ties import pair_key
from graphsvc.kernels.whatif import Incoming, incoming
from graphsvc.phrases import phrase
from graphsvc.policy import GRID, OWNER, coarse, rounded
from graphsvc.projection import FOREVER, Floats, Ints, Projection
from graphsvc.scores import Scores

if TYPE_CHECKING:
    from algorithms.lacks import Lack
    from algorithms.paths import Hop as FoundHop
    from algorithms.paths import Path as FoundPath
    from graphsvc.incremental import Touched
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
    asked = tuple((s.id, s.decided) for s in decided)
    rests_on, moment = (health.model_id, asked), replace(ask.moment, held=[p])

    def renew(old: Network, touched: Touched) -> Network | None:
        return _renewed(ask, p, decided, old, touched)

    return ask.workspace.renewable("network", moment, rests_on, lambda: _network(ask, p, decided), renew)


def incoming_of(ask: Ask, net: Network) -> Incoming:
    """The edges of a network by where they lead, made once per network."""
    return ask.workspace.kept.get(("incoming", id(net)), lambda: (net, incoming(net.graph)))[1]


def _network(ask: Ask, p: Projection, decided: Sequence[Suggestion]) -> Network:
    strength, health = (ask.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health"))
    return hop_probabilities(p, strength, health, PathParams(), _asks(p, decided))


def _renewed(ask: Ask, p: Projection, decided: Sequence[Suggestion], old: Network, touched: Touched) -> Network | None:
    """The network after a few events, of the last one."""
    strength, health = (ask.workspace.effective(n, ask.moment) for n in ("tie_strength", "relationship_health"))
    return renewed_hops(old, p, (strength, health), touched, PathParams(), _asks(p, decided))


def _introductions(ask: Ask) -> list[Suggestion]:
    """Suggestions to ask for an introduction that were confirmed by the moment asked about, their people as of now.

    ``decided`` is when, see :func:`asked_at`. What was taken back later still counts at an earlier T.
    """
    store, live = ask.workspace.store, known_until(ask) == FOREVER
    found = [s for s in store.suggestions(OWNER, "confirmed" if live else None) if s.play == "ask_introduction"]
    asks = [s for s in stood(ask, found) if s.state == "confirmed" and s.owner and s.through and s.decided is not None]
    to = followed(ask, (i for s in asks for i in (s.owner, s.target, s.through)))
    return [
        replace(s, owner=owner, target=target, through=through, decided=asked_at(ask, s))
        for s in asks
        for _, owner, target, through in (proposes(s, to),)
    ]


def asked_at(ask: Ask, s: Suggestion) -> int:
    """When an ask was made [us]: where T stands still because nothing new came in, an ask of later belongs to it."""
    made, live = s.decided or 0, ask.as_of is None and ask.known_at is None
    return min(made, ask.projection.as_of) if live else made


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
    """:func:`paths_for`, over all ties."""
    question = PathQuestion(
        to, source, k=k, hops=hops, min_probability=min_probability, via=via, avoid=avoid, disjoint=disjoint
    )
    return paths_for(ask, question)


def paths_for(ask: Ask, question: PathQuestion) -> PathsAnswer:
    """The k best loopless referral paths from a person, or from anybody of ours, to a person, organization or role.

    What a rep may learn of a path over other people's ties is its rank and a coarse step of its probability, whatever
    ``min_probability`` is: else asking again and again would tell it digit by digit.
    """
    ask.budget.limit(question.k)
    p, net = ask.projection, network(ask)
    to, among = target_of(ask, question.to)
    start = None if question.source is None else ask.find(question.source, "person")
    found = find_paths(net, p, to=to, source=start, wish=wish_of(ask, question, among, net))
    closed = [not all(ask.sight.tie(h.frm, h.to) for h in path.hops) for path in found.paths]
    told = _told(ask, found.paths, net)
    least = question.min_probability * (1 - 1e-12)
    shown = [
        _path(ask, path, told)
        for path, hide in zip(found.paths, closed, strict=True)
        if hide or path.probability >= least
    ]
    hidden = sum(not ask.sight.tie(h.frm, h.to) for path in found.paths for h in path.hops)
    notes = [phrase("policy.coarse_paths")] if any(closed) else []
    exact = ask.caller.is_owner or found.bound is None
    return PathsAnswer(
        meta=ask.meta("relationship_health", hidden=hidden, notes=(*found.notes, *notes)),
        as_of=show_moment(p.as_of),
        calibrated=found.calibrated,
        complete=found.complete,
        bound=found.bound if exact or found.bound is None else _next_step(found.bound),
        paths=shown,
    )


@dataclass(frozen=True)
class _Told:
    """What hops are shown with: names, titles the caller may see, ties, source records and who passes on."""

    names: Mapping[int, Entity]
    titles: Mapping[int, str | None]
    ties: Ties
    records: Mapping[int, Evidence]
    pass_on: Floats


def _told(ask: Ask, found: Sequence[FoundPath], net: Network) -> _Told:
    hops = [h for path in found for h in path.hops]
    shown = entities_of(((h.frm, h.to) for h in hops), ask.projection)
    said = ask.described({h.to for h in hops})
    titles = {i: d.title for i, d in said.items() if ask.sight.entity(i) and not aliased()}
    mine = [row for h in hops if ask.sight.tie(h.frm, h.to) for row in h.rows]
    records = ask.evidence_by_row("interactions", mine)[0]
    return _Told(ask.entities(shown), titles, _ties(ask), records, net.graph.pass_on)


def _path(ask: Ask, path: FoundPath, told: _Told) -> Path:
    whole = all(ask.sight.tie(hop.frm, hop.to) for hop in path.hops)
    hops = [_hop(ask, hop, told, first=place == 0) for place, hop in enumerate(path.hops)]
    return Path(probability=path.probability if whole else coarse(path.probability), hops=hops)


def _hop(ask: Ask, hop: FoundHop, told: _Told, *, first: bool) -> Hop:
    full, records = ask.sight.tie(hop.frm, hop.to), told.records
    pass_on = 1.0 if first else float(told.pass_on[hop.frm])  # who asks has nobody to wait for
    start, end = told.names[hop.frm], told.names[hop.to]
    homes = [told.names.get(int(ask.projection.entities.organization[i])) for i in (hop.frm, hop.to)]
    return Hop(
        from_=start.key,
        from_id=start.id,
        from_name=start.name,
        from_organization=(homes[0].name or homes[0].key) if homes[0] else None,
        to=end.key,
        to_id=end.id,
        to_name=end.name,
        to_organization=(homes[1].name or homes[1].key) if homes[1] else None,
        title=told.titles.get(hop.to),
        probability=hop.probability if full else None,
        tie=hop.probability / pass_on if full else None,
        pass_on=pass_on if full else None,
        weakest=hop.weakest,
        band=ask.band(told.ties.strength, told.ties.row_of(hop.frm, hop.to)),
        open_asks=hop.open_asks if full else None,
        evidence=[records[row] for row in hop.rows if row in records] if full else [],
    )


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
