"""All models applied and all scores aggregated, 1 M people and 10 M interactions: ``python -m bench apply``.

From a loaded Projection (:mod:`bench.worlds`), in a process of its own, each score in the order the product takes;
nothing that one score worked out is there before it. Peers do what they can of the same, each in a process of its own
and from the same columns: pandas sums decayed evidence by tie (``tie_strength``) and the parts of ``depth`` by
customer; networkx ranks people by PageRank, and is stopped after ``PATIENCE`` seconds. Nothing is extrapolated.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.growth import ROWS_PER_PERSON, TIES_PER_PERSON, measured
from bench.histories import END, history
from bench.measure import ROOT, Row, peak
from graphsvc.clock import DAY

PEOPLE = 1_000_000
PATIENCE = 90
HALF_LIFE = 90.0
GOAL = "<= 60 s, <= 6 GB"


def apply(folder: Path) -> Iterator[Row]:
    """Every score, all together, and the peers."""
    costs = measured("scores", PEOPLE)
    peers = {name: _peer(name, PEOPLE) for name in PEERS}
    said = f"{PEOPLE:,} people, {ROWS_PER_PERSON * PEOPLE:,} interactions"
    for name, cost in costs.items():
        figure = f"{cost.cpu:.1f} s processor; {cost.remark}"
        peer = next((p for p, of in OF.items() if of == name and peers[p] is not None), None)
        yield Row(f"{said}: {name}", figure, cost.wall, cost.peak, peer, peers[peer] if peer else None)
    whole, cpu = (sum(column) for column in zip(*((c.wall, c.cpu) for c in costs.values()), strict=True))
    most = max(c.peak for c in costs.values())
    yield Row(f"{said}: all scores", f"{cpu:.1f} s processor", whole, most, goal=GOAL)
    yield from _ranked(said, peers)


def _ranked(said: str, peers: dict[str, float | None]) -> Iterator[Row]:
    """PageRank alone, beside networkx at this size and at one it can."""
    for people, name in ((PEOPLE, "networkx, PageRank"), (PEOPLE // 10, "networkx, PageRank, a tenth")):
        ours = _peer(OURS, people)
        if ours is None:
            raise RuntimeError(f"PageRank took more than {PATIENCE} s")
        theirs = peers[name] if people == PEOPLE else _peer("networkx, PageRank", people)
        told = said if people == PEOPLE else f"{people:,} people, {ROWS_PER_PERSON * people:,} interactions"
        text = "" if theirs else f"networkx did not finish in {PATIENCE} s"
        yield Row(f"{told}: PageRank alone", text, ours, None, "networkx" if theirs else None, theirs)


def _peer(name: str, people: int) -> float | None:
    """Seconds of a peer's process without what it takes to make the graph; None when its patience ends."""
    if name not in STEPS:
        return None
    words = [sys.executable, "-m", "bench.apply", name, str(people)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return None
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"])


# -- in a process of its own ------------------------------------------------------------------------------------------


def pandas_ties(people: int) -> Callable[[], object]:
    """Decayed evidence by unordered pair and direction, and the score ``tie_strength``."""
    frame = _frame(people)

    def step() -> object:
        age = (END - frame["time"]) / DAY
        weight = np.exp2(-age / HALF_LIFE)
        a, b = frame[["actor", "target"]].min(axis=1), frame[["actor", "target"]].max(axis=1)
        forth = weight.where(frame["actor"] < frame["target"], 0.0)
        sums = frame.assign(a=a, b=b, forth=forth, back=weight - forth).groupby(["a", "b"])[["forth", "back"]].sum()
        return 0.2 * (sums["forth"] + sums["back"]) + 1.6 * sums.min(axis=1)

    return step


def pandas_depth(people: int) -> Callable[[], object]:
    """Frequency and entropy of channels per customer, and the ranks of both."""
    frame = _frame(people)

    def step() -> object:
        weight = np.exp2((frame["time"] - END) / DAY / HALF_LIFE)
        long = frame.assign(weight=weight)
        sums = sum(
            long.groupby([side, "channel"])["weight"].sum().rename_axis(["who", "channel"])
            for side in ("actor", "target")
        )
        total = sums.groupby("who").sum()
        share = sums / total.reindex(sums.index.get_level_values("who")).to_numpy()
        coverage = np.exp(-(share * np.log(share)).groupby("who").sum())
        return total.rank(pct=True), coverage.rank(pct=True)

    return step


def networkx_rank(people: int) -> Callable[[], object]:
    """PageRank along interactions, target to actor, weighted by their number."""
    import networkx as nx

    p, _ = history(people, int(TIES_PER_PERSON * people), ROWS_PER_PERSON * people)
    src, dst, weight = _followed(p)
    g: Any = nx.DiGraph()
    g.add_weighted_edges_from(zip(src.tolist(), dst.tolist(), weight.tolist(), strict=True))
    return lambda: nx.pagerank(g, 0.85, tol=1e-12, max_iter=500)


def our_rank(people: int) -> Callable[[], object]:
    """The same by the product."""
    from graphsvc.kernels import measures as m

    p, _ = history(people, int(TIES_PER_PERSON * people), ROWS_PER_PERSON * people)
    src, dst, weight = _followed(p)
    g = m.Graph(len(p), src, dst, weight, directed=True)
    m.pagerank(m.Graph(3, src[:0], dst[:0], weight[:0], directed=True))
    return lambda: m.pagerank(g, 0.85)


def _followed(p: Any) -> tuple[Any, Any, Any]:
    from graphsvc.kernels import measures as m

    x = p.interactions
    g = m.graph(len(p), x.target, x.actor, np.ones(len(x)), directed=True)
    return g.src, g.dst, g.weight


def _frame(people: int) -> Any:
    import pandas as pd

    p, _ = history(people, int(TIES_PER_PERSON * people), ROWS_PER_PERSON * people)
    x = p.interactions
    columns = {"time": x.time, "actor": x.actor, "target": x.target, "channel": x.channel}
    return pd.DataFrame({name: np.array(column) for name, column in columns.items()})


OURS = "PageRank by the product"
PEERS = ("pandas, sums by tie", "pandas, sums by customer and channel", "networkx, PageRank")
OF = {PEERS[0]: "tie_strength", PEERS[1]: "depth"}
STEPS: dict[str, Callable[[int], Callable[[], object]]] = {
    PEERS[0]: pandas_ties, PEERS[1]: pandas_depth, PEERS[2]: networkx_rank, OURS: our_rank,
}  # fmt: skip

if __name__ == "__main__":
    step = STEPS[sys.argv[1]](int(sys.argv[2]))
    begin = time.perf_counter()
    step()
    print(json.dumps({"seconds": time.perf_counter() - begin, "peak": peak()}))
