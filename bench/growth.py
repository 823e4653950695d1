"""How cost grows with the graph: every measure and kernel at three sizes, ``python -m bench growth``.

Each size runs in a process of its own, and says wall and processor seconds (which other programs disturb less) and its
peak resident memory. The exponent is fitted to processor seconds by least squares over log size. Measures run on
``5 n`` heavy-tailed ties (:mod:`bench.graphs`), scores on ``10 n`` interactions over ``2.5 n`` ties
(:mod:`bench.worlds`). Health is by the published prior, whose coefficients cost what learnt ones do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bench.graphs import heavy_tailed
from bench.measure import ROOT, Row, exponent
from bench.scale import Cost, Meter

SIZES = (10_000, 100_000, 1_000_000)
PER_PERSON, TIES_PER_PERSON, ROWS_PER_PERSON = 5, 2.5, 10
PIVOTS = 16
PAIRS, WARM_UP = 200, 20


def growth(_: Path) -> Iterator[Row]:
    """Every step with its seconds at each size and its exponent; then the error that sixteen pivots make."""
    found: dict[str, dict[int, Cost]] = {}
    for part in ("kernels", "scores"):
        for n in SIZES:
            for name, cost in measured(part, n).items():
                found.setdefault(name, {})[n] = cost
    for name, costs in found.items():
        yield _grown(name, costs)


def measured(part: str, n: int) -> dict[str, Cost]:
    """What a process of its own says of one part at one size."""
    words = [sys.executable, "-m", "bench.growth", part, str(n)]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    return {name: Cost(*cost) for name, *cost in json.loads(said.stdout.splitlines()[-1])}


def _grown(name: str, costs: dict[int, Cost]) -> Row:
    sizes, last = list(costs), costs[max(costs)]
    seconds = [max(c.cpu, 1e-6) for c in costs.values()]
    series = {"people": [float(n) for n in sizes], "seconds": seconds, "peak": [c.peak for c in costs.values()]}
    slope = f"people^{exponent(sizes, seconds):.2f}; " if len(sizes) > 1 else ""
    figure = f"{slope}{last.remark}".rstrip("; ")
    return Row(f"growth: {name}", figure, last.wall, last.peak, series=series)


# -- in a process of its own ------------------------------------------------------------------------------------------


def kernels(meter: Meter, n: int) -> None:
    """Measures, paths, seats and what-if on one graph."""
    from bench.seats import best, followed, network
    from graphsvc.kernels import measures as m
    from graphsvc.kernels.rr_sets import weighted_cascade
    from graphsvc.kernels.whatif import best_from, each_removed, incoming

    tail, head, strength = heavy_tailed(n, PER_PERSON * n, seed=1)
    turned = np.random.default_rng(2).random(len(tail)) < 0.5
    flow = m.Graph(n, np.where(turned, head, tail), np.where(turned, tail, head), strength, directed=True)
    ties = m.Graph(n, tail, head, strength, directed=False)
    meter("PageRank", lambda: m.pagerank(flow))
    meter("Leiden, 2 rounds", lambda: m.communities(ties))
    meter("core numbers", lambda: m.core_numbers(ties))
    meter("components", lambda: m.components(ties))
    meter(f"betweenness, {PIVOTS} pivots", lambda: m.betweenness(ties, PIVOTS))
    if n <= 10_000:
        exact: list[Any] = []
        meter("betweenness, exact", lambda: exact.append(m.betweenness(ties)))
        _remark(meter, error(exact[0], m.betweenness(ties, PIVOTS)))
    src, dst = followed(n, PER_PERSON * n)
    meter("seats k = 50", lambda: best(n, src, dst, weighted_cascade(n, dst), 50))
    made: list[Any] = []
    meter("path graph built", lambda: made.append(network(n, PER_PERSON * n)))
    graph, team, account = made[0]
    everybody = np.arange(n, dtype=np.int32)
    meter("what-if for every person", lambda: each_removed(best_from(incoming(graph), team), everybody, account))
    _paths(meter, graph)


def _paths(meter: Meter, graph: Any) -> None:
    """Median and 99th percentile of a query, as rows of their own."""
    from bench.paths import _each, _pairs

    pairs = _pairs(len(graph))
    _each(graph, pairs[:WARM_UP])
    seconds, _ = _each(graph, pairs[-PAIRS:])
    for name, q in (("median", 0.5), ("p99", 0.99)):
        value = float(np.quantile(seconds, q))
        meter(f"k = 5 paths, {name}", lambda: None)
        meter.rows[-1] = (f"k = 5 paths, {name}", value, value, *meter.rows[-1][3:])


def error(exact: Any, sampled: Any) -> str:
    """What sampling does to the largest: how many of the first hundred stay there, and how far off these are."""
    first = np.argsort(-exact, kind="stable")[:100]
    there = np.isin(np.argsort(-sampled, kind="stable")[:100], first).mean()
    off = np.median(np.abs(sampled[first] / exact[first] - 1.0))
    whole = np.corrcoef(exact, sampled)[0, 1]
    return (
        f"{PIVOTS} pivots beside it: correlation {whole:.3f}, of the first 100 {there:.0%} are found,"
        f" off by {off:.0%} at the median"
    )


def scores(meter: Meter, n: int) -> None:
    """Every score applied to a loaded Projection, in the order the product takes."""
    from bench.rescore import _models
    from bench.worlds import world
    from graphsvc.registry import Inputs, algorithms

    p = world(n, int(TIES_PER_PERSON * n), ROWS_PER_PERSON * n)
    models = _models(p)
    spec = algorithms()["influence"]
    if spec.fit is not None:
        models["influence"] = spec.fit(p, spec.params())
    p = replace(p)  # as loaded: nothing worked out of it is kept
    made: dict[str, Any] = {}
    for name, spec in algorithms().items():
        given = Inputs(made, models.get(name))
        meter(name, lambda spec=spec, given=given: made.__setitem__(spec.name, spec.compute(p, spec.params(), given)))
        _remark(meter, f"{len(made[name]):,} rows")


def _remark(meter: Meter, text: str) -> None:
    meter.rows[-1] = (*meter.rows[-1][:-1], text)


PARTS: dict[str, Callable[[Meter, int], None]] = {"kernels": kernels, "scores": scores}

if __name__ == "__main__":
    measure = Meter()
    PARTS[sys.argv[1]](Meter(), 1_000)  # imports, and compiled loops from their cache
    PARTS[sys.argv[1]](measure, int(sys.argv[2]))
    print(json.dumps(measure.rows))
