"""What a path question asks for: a person, a company or a role there; from whom; over which ties."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from algorithms.path_network import Network
from algorithms.paths import MAX_HOPS, Wish
from algorithms.scenarios import team_of
from api.answers import filtering
from api.answers.ask import Ask
from graphsvc.errors import InputError
from graphsvc.filters import TieFilter
from graphsvc.kernels.ties import pair_key
from graphsvc.model import Label, Level
from graphsvc.policy import OWNER, coarse
from graphsvc.projection import Bools, Index, Ints, Projection

ROLE = "role:"  # role:ROLE@ORGANIZATION


@dataclass(frozen=True)
class PathQuestion:
    """A path question as people put it: keys, and what the ties and people on the way must be like.

    ``to`` is a person, an organization or a deal, or ``role:ROLE@ORGANIZATION``; ``source`` None stands for all of us,
    ``team`` (a manager) for who reports to them.
    """

    to: str
    source: str | None = None
    team: str | None = None
    k: int = 5
    hops: int | None = None
    min_probability: float = 0.01
    via: Sequence[str] = ()
    avoid: Sequence[str] = ()
    disjoint: bool = False
    filter: TieFilter = field(default_factory=TieFilter)


def target_of(ask: Ask, to: str) -> tuple[int, Bools | None]:
    """The entity a path should lead to, and the mask of who counts there; None: everybody.

    Raises
    ------
    ForbiddenError
        When a role is asked for at an organization whose people's roles are not the caller's to see.
    InputError
        When a role is not written as it should be.
    """
    if not to.startswith(ROLE):
        return ask.find(to), None
    role, at, key = to.removeprefix(ROLE).rpartition("@")
    if not at or not role.strip() or not key:
        raise InputError("asks.bad_role", text=to)
    organization = ask.find(key, "organization")
    if not ask.sight.entity(organization):
        raise ask.refusal(organization)
    return organization, holders(ask, organization, role)


def holders(ask: Ask, organization: int, role: str) -> Bools:
    """Who at an organization has a role: in one of its deals, by seniority level, or by words of the title."""
    p, word = ask.projection, _plain(role)
    people = np.flatnonzero(p.entities.organization == organization)
    out = np.zeros(len(p), dtype=bool)
    stakes = p.facts_of("STAKEHOLDER_IN", "WORKS_AT")
    same = np.append([_plain(w) == word for w in p.words], False)
    out[stakes.subject[same[stakes.role]]] = True
    level = next((v for v in Level if v and _plain(v.name) == word), None)
    if level is not None:
        out |= p.entities.level == level
    said = ask.describe([p.entities.id[i].decode() for i in people.tolist()], OWNER)
    titled = {d.id for d in said.values() if d.title and _has(d.title, word)}
    out[[i for i in people.tolist() if p.entities.id[i].decode() in titled]] = True
    out &= p.entities.organization == organization
    return out


def wish_of(ask: Ask, question: PathQuestion, among: Bools | None, network: Network) -> Wish:
    """The question with keys resolved and filters as masks, within the caller's budget and sight.

    Raises
    ------
    InputError
        When both a person and a team are to start.
    """
    least, owner = question.min_probability, ask.caller.is_owner
    if question.source is not None and question.team is not None:
        raise InputError("asks.from_or_team")
    nodes, edges = _masks(ask, question.filter, network)
    return Wish(
        k=question.k,
        hops=min(ask.budget.reach(question.hops), MAX_HOPS),
        min_probability=least if owner or not 0 <= least <= 1 else coarse(least),
        via=[ask.find(v) for v in question.via],
        avoid=[ask.find(v) for v in question.avoid],
        among=among,
        disjoint=question.disjoint,
        seconds=min(2.0, ask.budget.seconds),
        starts=None if question.team is None else team_of(ask.projection, ask.find(question.team)),
        nodes=nodes,
        edges=edges,
    )


def _masks(ask: Ask, wanted: TieFilter, network: Network) -> tuple[Bools | None, Bools | None]:
    """Which nodes, and which edges, of the network a filter keeps; None: all."""
    if wanted.any_person and wanted.any_tie:
        return None, None
    p, strength = ask.projection, ask.workspace.effective("tie_strength", ask.moment)
    ties, people = filtering.kept(ask, wanted, strength)
    if wanted.any_tie:
        return people, None
    key = ("path edges", p.sequence, p.as_of, p.known_at, id(network))
    rows = ask.workspace.kept.get(key, lambda: (network, _rows(p, network, strength.a, strength.b)))[1]
    return None if wanted.any_person else people, np.append(ties, False)[rows]


def _rows(p: Projection, network: Network, a: Index, b: Index | None) -> Ints:
    """Row of tie strength of each edge of the network, -1 where there is none."""
    tail, head = network.graph.tail, network.graph.head.astype(np.int32)
    keys = pair_key(a, a if b is None else b, len(p))
    wanted = pair_key(np.minimum(tail, head), np.maximum(tail, head), len(p))
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    out: Ints = np.where(keys[order[at]] == wanted, order[at], -1) if len(keys) else np.zeros(0, dtype=np.int64)
    return out


def _plain(text: str) -> str:
    """A role without case, underscores and hyphens.

    Examples
    --------
    >>> _plain("Economic_Buyer") == _plain("economic  buyer")
    True
    """
    return " ".join(re.sub(r"[_\-]", " ", text).casefold().split())


def _has(title: str, word: str) -> bool:
    """Whether a title holds the words of a role; in Chinese, where words have no gaps, as a part.

    Examples
    --------
    >>> _has("Deputy CTO, Europe", "cto"), _has("Director", "cto"), _has("首席技术官兼副总裁", "首席技术官")
    (True, False, True)
    """
    edge = r"(?<!\w){}(?!\w)" if word.isascii() else "{}"
    return re.search(edge.format(re.escape(word)), _plain(title)) is not None


def entities_of(paths: Iterable[Iterable[int]], p: Projection) -> set[int]:
    """People on some paths and their employers, whose names an answer shows."""
    people = {i for path in paths for i in path}
    homes = {int(p.entities.organization[i]) for i in people if p.entities.label[i] == Label.PERSON}
    return (people | homes) - {-1}
