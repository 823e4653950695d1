"""Do the path probabilities say who will be introduced to whom? Recorded asks where there are enough, and a proxy.

*Asks*: probability of the hop to who was asked, from what was known before the ask, against what came of it; told from
50 outcomes on.

*New ties*, a proxy that needs no recorded asks: among pairs of people who had no contact by a date T, who meets within
the window after it through a common contact (somebody who had contact with both within 14 days before)? The probability
of the best path at T ranks them among random pairs of strangers, beside what is simpler: the number of hops, of common
contacts (Liben-Nowell & Kleinberg 2007), recent ones among them,
contacts shared with few others (Adamic & Adar 2003), contacts in all. Random
pairs are mostly far apart, which makes the task easy; so the same is asked among pairs with a common contact at T.

References
----------
Liben-Nowell, D. & Kleinberg, J. (2007). The link-prediction problem for social networks. JASIST 58(7), 1019-1031.
Adamic, L. & Adar, E. (2003). Friends and neighbors on the web. Social Networks 25(3), 211-230.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy import sparse

from algorithms.path_asks import Asks, recorded_asks
from algorithms.path_network import Network, hop_probabilities
from graphsvc.clock import show_moment
from graphsvc.evaluations import Evaluation, Past, Plot, Progress, Series, Table
from graphsvc.kernels.metrics import auc, average_precision, brier, calibration_error
from graphsvc.kernels.paths import Limits, PathGraph, k_best_paths, path_graph
from graphsvc.kernels.ties import contacts, pair_key
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.registry import evaluation

RIVALS = ("hops", "common", "recent", "adamic_adar", "contacts")
RECENT = 90 * DAY
OURS = ("paths", "together")  # the best path, and the best ones together
TOGETHER = 10
POOLS = ("random", "near")  # whom new ties are ranked among: strangers at random, strangers with a common contact
ENOUGH = 30  # new ties from which anything is told
ENOUGH_ASKS = 50
LEAST = 1e-6  # path probabilities below it count as none
REPLICATES = 200
SURE = 2.0  # standard errors from which a difference is told


class PathsTest(BaseModel):
    """How paths are tested."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(28.0, gt=0, description="Window in which people meet [days].")
    start: int | None = Field(None, description="No date before it [us].")
    dates: int = Field(8, ge=1, description="Past dates, one window apart, newest first.")
    history_days: float = Field(90.0, ge=0, description="History before the first date [days].")
    common_days: float = Field(14.0, gt=0, description="Contact of the introducer with both within it before [days].")
    most: int = Field(300, ge=1, description="At most so many new ties per date.")
    others: int = Field(10, ge=1, description="Strangers that stay strangers, per new tie.")
    seed: int = Field(0, description="Seed of the strangers and of the bootstrap.")


@dataclass(frozen=True)
class _Pool:
    """Pairs of strangers: who met, and what each ranking says of them."""

    met: Bools
    says: Mapping[str, Floats]


@evaluation(name="paths", of=("paths",), params=PathsTest)
def evaluate_paths(past: Past, params: PathsTest, progress: Progress) -> Evaluation:
    """Test of path probabilities on recorded asks, and on who was introduced to whom.

    Returns
    -------
    ``figures``: ``auc`` and ``auc_near`` of the proxy, those of the best rival, ``new_ties``, ``asks``; ``detail`` has
    every ranking's figures with standard errors (bootstrap over pairs), and those of the asks.
    """
    dates = _dates(past.now, params)
    pools: dict[str, list[_Pool]] = {name: [] for name in POOLS}
    asked: list[tuple[Floats, Floats]] = []
    for done, at in enumerate(dates):
        progress(show_moment(at)[:10], done / len(dates))
        p = past.at(at)
        network = hop_probabilities(p, past.scores("tie_strength", at), past.scores("relationship_health", at))
        asked.append(_asked(past.now, p, network, at + int(params.horizon_days * DAY)))
        for name, pool in _pools(past.now, p, network, params):
            pools[name].append(pool)
    joined = {name: _joined(some) for name, some in pools.items()}
    asks = _asks(np.concatenate([a for a, _ in asked] or [np.zeros(0)]),
                 np.concatenate([y for _, y in asked] or [np.zeros(0)]))  # fmt: skip
    protocol = phrase(
        "evaluate_paths.protocol", dates=len(dates), days=f"{params.horizon_days:g}", before=f"{params.common_days:g}",
        others=params.others,
    )  # fmt: skip
    new = {name: 0 if pool is None else int(pool.met.sum()) for name, pool in joined.items()}
    if new["random"] < ENOUGH:
        verdict = phrase("evaluate_paths.too_little", new=new["random"], least=ENOUGH, asks=asks["asks"])
        detail = {"dates": len(dates), "new_ties": new["random"], "asks": asks}
        return Evaluation("paths", verdict, protocol, told=False, detail=detail)
    told = {n: _compared(pool, params.seed) for n, pool in joined.items() if pool is not None and new[n] >= ENOUGH}
    return _told(told, asks, protocol, new)


def _dates(p: Projection, params: PathsTest) -> list[int]:
    """Dates back from the newest one whose window has passed, with enough history before; ascending [us]."""
    if not len(p.interactions):
        return []
    step = int(params.horizon_days * DAY)
    oldest = int(p.interactions.time[len(p.interactions) // 200]) + int(params.history_days * DAY)
    oldest = max(oldest, params.start or oldest)
    return sorted(at for k in range(params.dates) if (at := p.as_of - (k + 1) * step) >= oldest)


# -- recorded asks ----------------------------------------------------------------------------------------------------


def _asked(now: Projection, p: Projection, network: Network, until: int) -> tuple[Floats, Floats]:
    """What was said before of the asks made in the window, and what came of them."""
    asks = recorded_asks(now)
    asks = asks.take((asks.time > p.as_of) & (asks.time <= until) & ~np.isnan(asks.outcome))
    said = np.array([_hop(now, p, network, asks, i) for i in range(len(asks))], dtype=np.float64)
    return said[~np.isnan(said)], asks.outcome[~np.isnan(said)]


def _hop(now: Projection, p: Projection, network: Network, asks: Asks, i: int) -> float:
    ends = [p.index.get(now.entities.id[int(e[i])].decode(), -1) for e in (asks.asker, asks.asked)]
    if min(ends) < 0:
        return float("nan")
    found = k_best_paths(network.graph, np.array([ends[0]]), np.array([ends[1]]), Limits(1, 1, 0.0))
    return found.paths[0].probability if found.paths else float("nan")


def _asks(said: Floats, outcome: Floats) -> dict[str, Any]:
    """Figures of the asks; only how many there are where those are too few."""
    out: dict[str, Any] = {"asks": len(said), "needed": ENOUGH_ASKS}
    if len(said) >= ENOUGH_ASKS and 0 < outcome.sum() < len(said):
        measures = (("auc", auc), ("brier", brier), ("calibration_error", calibration_error))
        out |= {name: float(measure(outcome, said)) for name, measure in measures}
        out["base_rate"] = float(outcome.mean())
    return out


# -- new ties ---------------------------------------------------------------------------------------------------------


def _pools(now: Projection, p: Projection, network: Network, params: PathsTest) -> Iterator[tuple[str, _Pool]]:
    """New ties of the window after a date, each time among strangers of one kind."""
    rng = np.random.default_rng([params.seed, p.as_of % 2**32])
    place = now.places_in(p)
    neighbours, recent = _neighbours(p), _neighbours(p, p.as_of - RECENT)
    may = network.usable & (np.diff(neighbours.indptr) > 0)
    window = (p.as_of, p.as_of + int(params.horizon_days * DAY))
    met, later = _introduced(now, window, params, (place, may))
    met = met[np.sort(rng.permutation(len(met))[: params.most])]
    if not len(met):
        return
    tied = {*zip(*(ends.tolist() for ends in neighbours.nonzero()), strict=True)} | later
    plain = _plain(neighbours)
    near = met[np.asarray(neighbours[met[:, 0]].multiply(neighbours[met[:, 1]]).sum(axis=1)).ravel() > 0]
    for name, pairs in (("random", met), ("near", near)):
        draw = _anybody(np.flatnonzero(may)) if name == "random" else _at_two_steps(neighbours, np.flatnonzero(may))
        others = _strangers(draw, rng, tied, len(pairs) * params.others)
        both = np.concatenate([pairs, others])
        says = dict(_rankings(network.graph, plain, (neighbours, recent), both))
        yield name, _Pool(np.arange(len(both)) < len(pairs), says)


def _neighbours(p: Projection, since: int | None = None) -> sparse.csr_array:
    """Who had contact with whom by T, and after ``since``, each way, as a matrix of ones."""
    x, rows = p.interactions, np.flatnonzero(contacts(p))
    rows = rows if since is None else rows[x.time[rows] > since]
    a, b = np.r_[x.actor[rows], x.target[rows]], np.r_[x.target[rows], x.actor[rows]]
    keys = np.unique(pair_key(a, b, len(p)))
    ends = keys // max(len(p), 1), keys % max(len(p), 1)
    return sparse.csr_array((np.ones(len(keys)), ends), shape=(len(p), len(p)))


def _introduced(
    now: Projection, window: tuple[int, int], params: PathsTest, known: tuple[Index, Bools]
) -> tuple[Ints, set[tuple[int, int]]]:
    """Pairs (indices at T) that first met in the window through a common contact; and all that met in it."""
    x, n, (place, may) = now.interactions, len(now), known
    rows = np.flatnonzero(contacts(now) & (x.time <= window[1]))
    low, high = np.minimum(x.actor[rows], x.target[rows]), np.maximum(x.actor[rows], x.target[rows])
    keys, first = np.unique(pair_key(low, high, n), return_index=True)  # rows are by time: the first is the earliest
    when = x.time[rows][first]
    new = when > window[0]
    a, b = (keys[new] // n).astype(np.int64), (keys[new] % n).astype(np.int64)
    one, two = place[a], place[b]
    seen = (one >= 0) & (two >= 0)
    later = {*zip(one[seen].tolist(), two[seen].tolist(), strict=True)}
    good = seen & may[one] & may[two]
    around = _around(now, rows, window[0] - int(params.common_days * DAY))
    span = int(params.common_days * DAY)
    pairs = [
        (int(one[i]), int(two[i]))
        for i in np.flatnonzero(good).tolist()
        if _with(around, int(a[i]), int(when[new][i]), span) & _with(around, int(b[i]), int(when[new][i]), span)
        - {int(a[i]), int(b[i])}
    ]  # fmt: skip
    return np.array(pairs, dtype=np.int64).reshape(-1, 2), later | {(v, u) for u, v in later}


Around = Mapping[int, tuple[Ints, Ints]]


def _around(now: Projection, rows: Ints, since: int) -> Around:
    """Per person the times and partners of contacts since some time, by time."""
    x, rows = now.interactions, rows[now.interactions.time[rows] >= since]
    who = np.r_[x.actor[rows], x.target[rows]]
    other, when = np.r_[x.target[rows], x.actor[rows]].astype(np.int64), np.r_[x.time[rows], x.time[rows]]
    order = np.lexsort((when, who))
    who, other, when = who[order], other[order], when[order]
    people, start = np.unique(who, return_index=True)
    ends = [*start.tolist(), len(who)][1:]
    return {int(w): (when[s:e], other[s:e]) for w, s, e in zip(people, start.tolist(), ends, strict=True)}


def _with(around: Around, who: int, when: int, span: int) -> set[int]:
    """Whom somebody had contact with in the time before, and at it."""
    times, others = around[who]
    return set(others[np.searchsorted(times, when - span) : np.searchsorted(times, when, side="right")].tolist())


Draw = Any  # (generator, how many) -> pairs


def _anybody(people: Ints) -> Draw:
    return lambda rng, count: rng.choice(people, (count, 2))


def _at_two_steps(neighbours: sparse.csr_array, people: Ints) -> Draw:
    """Ends of random walks of two steps."""

    def draw(rng: np.random.Generator, count: int) -> Ints:
        one = rng.choice(people, count)
        two = one
        for _ in range(2):
            start, stop = neighbours.indptr[two], neighbours.indptr[two + 1]
            two = neighbours.indices[start + (rng.random(count) * (stop - start)).astype(np.int64)]
        keep = np.isin(two, people)
        return np.column_stack([one[keep], two[keep]]).astype(np.int64)

    return draw


def _strangers(draw: Draw, rng: np.random.Generator, tied: set[tuple[int, int]], count: int) -> Ints:
    """Distinct pairs without a tie by T that did not meet in the window; fewer where there are not enough."""
    out: dict[tuple[int, int], None] = {}
    for _ in range(50):
        for u, v in draw(rng, 2 * count).tolist():
            pair = (min(u, v), max(u, v))
            if u != v and pair not in tied and len(out) < count:
                out[pair] = None
        if len(out) == count:
            break
    return np.array(list(out), dtype=np.int64).reshape(-1, 2)


def _plain(neighbours: sparse.csr_array) -> PathGraph:
    """The graph in which every hop is alike, so that the best path is the shortest."""
    a, b = neighbours.nonzero()
    n = neighbours.shape[0]
    return path_graph(n, a.astype(np.int32), b.astype(np.int32), np.full(len(a), 0.5), np.ones(n))


def _rankings(
    graph: PathGraph, plain: PathGraph, who: tuple[sparse.csr_array, sparse.csr_array], pairs: Ints
) -> Iterator[tuple[str, Floats]]:
    """What each ranking says of pairs of strangers; more is likelier to meet. ``who`` had contact: ever, recently."""
    neighbours, recent = who
    degree = np.diff(neighbours.indptr).astype(np.float64)
    yield "paths", _best(graph, pairs, LEAST)
    yield "together", _best(graph, pairs, LEAST, TOGETHER)
    yield "hops", np.maximum(_best(plain, pairs, 0.5**6), 0.5**7)
    both = neighbours[pairs[:, 0]].multiply(neighbours[pairs[:, 1]]).tocsr()
    yield "common", np.asarray(both.sum(axis=1)).ravel()
    shared = recent[pairs[:, 0]].multiply(recent[pairs[:, 1]])
    yield "recent", np.asarray(shared.sum(axis=1)).ravel()
    yield "adamic_adar", both @ (1.0 / np.log(np.maximum(degree, 2.0)))
    yield "contacts", degree[pairs[:, 0]] * degree[pairs[:, 1]]


def _best(graph: PathGraph, pairs: Ints, least: float, k: int = 1) -> Floats:
    """Chance that one of the k best paths between the ends of each pair works, taken as independent."""
    found = (k_best_paths(graph, np.array([u]), np.array([v]), Limits(k, 6, least)).paths for u, v in pairs.tolist())
    return np.array([1.0 - float(np.prod([1.0 - path.probability for path in paths])) for paths in found])


# -- figures ----------------------------------------------------------------------------------------------------------


def _joined(pools: Sequence[_Pool]) -> _Pool | None:
    if not pools:
        return None
    says = {name: np.concatenate([pool.says[name] for pool in pools]) for name in (*OURS, *RIVALS)}
    return _Pool(np.concatenate([pool.met for pool in pools]), says)


def _compared(pool: _Pool, seed: int) -> dict[str, dict[str, float]]:
    """Figures of every ranking, with the lead of the paths over it and its error by bootstrap over pairs."""
    y, rng, names = pool.met.astype(np.float64), np.random.default_rng(seed), (*OURS, *RIVALS)
    draws: list[list[float]] = []
    hits, misses = np.flatnonzero(pool.met), np.flatnonzero(~pool.met)
    for _ in range(REPLICATES):
        rows = np.r_[rng.choice(hits, len(hits)), rng.choice(misses, len(misses))]
        draws.append([auc(y[rows], pool.says[name][rows]) for name in names])
    table, spread = {}, np.array(draws)
    for i, name in enumerate(names):
        says = pool.says[name]
        table[name] = {
            "auc": float(auc(y, says)), "auc_se": float(spread[:, i].std()),
            "lead": float(auc(y, pool.says["paths"]) - auc(y, says)),
            "lead_se": float((spread[:, 0] - spread[:, i]).std()),
            "ap": float(average_precision(y, says)), "precision": _precision(y, says, len(hits)),
        }  # fmt: skip
    return table


def _precision(y: Floats, says: Floats, size: int) -> float:
    """Expected share of hits among the first ``size``, equals in random order."""
    least = np.sort(says)[::-1][size - 1]
    above, level = says > least, says == least
    return float((y[above].sum() + y[level].mean() * (size - above.sum())) / size)


Compared = Mapping[str, Mapping[str, float]]


def _told(
    told: Mapping[str, Compared], asks: Mapping[str, Any], protocol: Phrase, new: Mapping[str, int]
) -> Evaluation:
    main = told["near" if "near" in told else "random"]
    rival = max(RIVALS, key=lambda n: main[n]["auc"])
    lead, sure = main[rival]["lead"], SURE * main[rival]["lead_se"]
    code = "verdict" if lead > sure else "worse" if lead < -sure else "no_better"
    verdict = phrase(
        f"evaluate_paths.{code}",
        new=new["random"], auc=f"{told['random']['paths']['auc']:.3f}", near=f"{main['paths']['auc']:.3f}",
        rival=phrase(f"evaluate_paths.by_{rival}").text(), rival_auc=f"{main[rival]['auc']:.3f}", asks=asks["asks"],
        needed=ENOUGH_ASKS,
    )  # fmt: skip
    figures = {
        "auc": told["random"]["paths"]["auc"], "auc_near": told["near"]["paths"]["auc"] if "near" in told else None,
        "auc_rival": main[rival]["auc"], "new_ties": float(new["random"]), "asks": float(asks["asks"]),
        "asks_auc": asks.get("auc"), "asks_calibration_error": asks.get("calibration_error"),
    }  # fmt: skip
    tables = [_table(name, rows) for name, rows in told.items()]
    return Evaluation(
        "paths", verdict, protocol, told=True, figures=figures, tables=(*tables, _asks_table(asks)),
        plots=(_plot(told),),
        detail={"new_ties": dict(new), "rankings": {n: dict(t) for n, t in told.items()}, "asks": asks},
    )  # fmt: skip


def _table(pool: str, rows: Compared) -> Table:
    heads = ("ranking", "auc", "error", "lead", "error", "ap", "precision")
    columns = ("auc", "auc_se", "lead", "lead_se", "ap", "precision")
    return Table(
        phrase(f"evaluate_paths.among_{pool}"),
        tuple(phrase(f"evaluate_paths.head_{h}") for h in heads),
        tuple((phrase(f"evaluate_paths.by_{name}"), *(row[c] for c in columns)) for name, row in rows.items()),
    )


def _asks_table(asks: Mapping[str, Any]) -> Table:
    names = ("asks", "needed", "base_rate", "auc", "brier", "calibration_error")
    return Table(
        phrase("evaluate_paths.of_asks"),
        (phrase("evaluate_paths.head_what"), phrase("evaluate_paths.head_value")),
        tuple((phrase(f"evaluate_paths.asks_{name}"), asks.get(name)) for name in names),
    )


def _plot(told: Mapping[str, Compared]) -> Plot:
    names = (*OURS, *RIVALS)
    place = tuple(float(i) for i in range(len(names)))
    series = tuple(
        Series(
            phrase(f"evaluate_paths.among_{pool}"), place, tuple(rows[n]["auc"] for n in names),
            tuple(rows[n]["auc_se"] for n in names),
        )
        for pool, rows in told.items()
    )  # fmt: skip
    return Plot(
        phrase("evaluate_paths.plot"), phrase("evaluate_paths.head_ranking"), phrase("evaluate_paths.head_auc"), series,
        kind="bars", labels=tuple(phrase(f"evaluate_paths.by_{n}") for n in names),
    )  # fmt: skip
