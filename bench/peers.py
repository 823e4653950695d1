"""Graph measures beside igraph, NetworKit, networkx and Graph Data Science: ``python -m bench peers``.

All start from the same arrays of edges, as the product does, and end with an array of values; what a library needs to
build its own graph counts, and is told beside what it computes. Each runs in a process of its own
(:mod:`bench.peer`) with as many threads as it likes, for at most ``PATIENCE`` seconds: stopped then, it takes at least
as long. Communities are compared by modularity: a faster partition of lower modularity is another answer. GDS:
the server's own computing alone, without sending the graph, projecting it, or taking the result. The row of the best
is that of the fastest of ``BEST`` that gave as good an answer.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from bench.gds import Gds, served
from bench.graphs import heavy_tailed
from bench.measure import ROOT, Row
from bench.peer import DAMPING, DIRECTED, PIVOTS, WEIGHTED, read
from graphsvc.kernels.communities import by_smallest, parts
from graphsvc.kernels.measures import Graph

SIZES = ((10_000, 50_000), (100_000, 500_000), (1_000_000, 5_000_000))
EXACT = 10_000  # people up to whom betweenness is exact
REPEAT = 3  # the median of so many, as long as they are short
PATIENCE, START = 60, 10  # seconds a peer may take for one figure, and to start, read and write its files
GOAL = "<= 1.2 x the best (ratio >= 0.83)"
BEST = ("igraph", "NetworKit", "GDS")
WORSE = 0.002  # modularity below ours by more than this is another answer
OURS = ("PageRank", "Leiden", "core numbers", "betweenness", "betweenness, 16 pivots")
PEERS = {
    "igraph": {name: name for name in OURS},
    "NetworKit": {**{name: name for name in OURS}, "Louvain": "Leiden"},
    "networkx": {**{name: name for name in OURS if name != "Leiden"}, "Louvain": "Leiden"},
}
SMALL: dict[str | tuple[str, str], int] = {  # people up to whom a peer is asked, beyond that it takes minutes
    "GDS": 100_000, "networkx": 10_000, ("networkx", "PageRank"): 100_000, ("networkx", "core numbers"): 100_000,
}  # fmt: skip
VALUES = """
CALL gds.graph.nodeProperty.stream($name, 'second') YIELD nodeId, propertyValue
RETURN collect(nodeId) AS vertex, collect(propertyValue) AS value"""
PROCEDURES: dict[str, tuple[str, dict[str, Any], str]] = {
    "PageRank": ("pageRank", {"tolerance": 1e-14, "maxIterations": 1000, "dampingFactor": DAMPING}, "rank"),
    "Leiden": ("leiden", {"randomSeed": 0, "concurrency": 1}, "community"),
    "core numbers": ("kcore", {}, "core"),
    "betweenness": ("betweenness", {}, "between"),
    "betweenness, 16 pivots": ("betweenness", {"samplingSize": PIVOTS, "samplingSeed": 0}, "sampled"),
}
Figures = dict[str, Any]


def peers(folder: Path) -> Iterator[Row]:
    """Every measure at every size beside every peer."""
    with served(folder) as gds:
        for n, m in SIZES:
            file = folder / f"{n}.npz"
            tail, head, strength = heavy_tailed(n, m, seed=1)
            np.savez(file, n=n, tail=tail, head=head, strength=strength)
            yield from _sized(file, n, m, gds)


def _sized(file: Path, n: int, m: int, gds: Gds | None) -> Iterator[Row]:
    for measure in OURS:
        if measure == "betweenness" and n > EXACT:
            continue
        ours, what = asked("ours", measure, file, REPEAT), f"{measure}, {n:,} / {m:,}"
        if ours is None:
            raise RuntimeError(f"{measure} took more than {PATIENCE} s")
        found = {}
        for peer, theirs in _asked(measure, file, n, gds):
            found[peer] = theirs
            yield row(f"{what} ({peer})", file, measure, ours, peer, theirs)
        yield best(what, ours, {peer: theirs for peer, theirs in found.items() if counts(file, measure, ours, theirs)})


def counts(file: Path, measure: str, ours: Figures, theirs: Figures | None) -> bool:
    """Whether a peer's answer is as good as ours; one that did not finish is not held against it."""
    if theirs is None or measure != "Leiden":
        return True
    one, two = (modularity(file, np.load(f["values"])) for f in (ours, theirs))
    return two >= one - WORSE


def best(what: str, ours: Figures, found: dict[str, Figures | None]) -> Row:
    """Ours beside the fastest of ``BEST``."""
    seconds = {peer: _total(theirs) for peer, theirs in found.items() if peer.partition(" ")[0] in BEST}
    first = min(seconds, key=seconds.__getitem__, default=None)
    asked = f"asked: {', '.join(seconds)}" if seconds else "no peer gave as good an answer"
    return Row(f"{what}: beside the best", asked, _total(ours), ours["peak"], first,
               None if first is None else seconds[first], GOAL,
               peer_at_least=first is not None and found[first] is None)  # fmt: skip


def _total(figures: Figures | None) -> float:
    """Seconds from arrays to an array; of one that did not finish, what it takes at least."""
    return PATIENCE if figures is None else figures["build"] + figures["compute"]


def _asked(measure: str, file: Path, n: int, gds: Gds | None) -> Iterator[tuple[str, Figures | None]]:
    """Figures of each peer for a measure, by its name; None: it did not finish."""
    for library, computes in PEERS.items():
        for theirs, mine in computes.items():
            if mine == measure and n <= SMALL.get((library, theirs), SMALL.get(library, n)):
                name = library if theirs == mine else f"{library} ({theirs})"
                yield name, asked(library, theirs, file, REPEAT)
    if gds is not None and n <= SMALL["GDS"]:
        try:
            yield "GDS", by_gds(gds, measure, file)
        except TimeoutError:
            yield "GDS", None


def asked(library: str, measure: str, file: Path, repeat: int) -> Figures | None:
    """What a library's process says; None when its patience ends."""
    words = [sys.executable, "-m", "bench.peer", library, measure, str(file), str(repeat)]
    try:
        done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=PATIENCE + START, check=True)
    except subprocess.TimeoutExpired:
        return None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"{library} failed at {measure}: {error.stderr[-2000:]}") from error
    out: Figures = json.loads(done.stdout.splitlines()[-1])
    return out


def row(what: str, file: Path, measure: str, ours: Figures, peer: str, theirs: Figures | None) -> Row:
    """Ours beside a peer's, both from arrays of edges to an array of values."""
    figure = f"{peer} did not finish in {PATIENCE} s"
    if theirs is not None:
        figure = f"{peer} builds {ms(theirs['build'])}, computes {ms(theirs['compute'])}"
        figure += f"; {said(file, measure, ours, theirs)}"
    return Row(what, figure, _total(ours), ours["peak"], peer, _total(theirs), GOAL, peer_at_least=theirs is None)


def ms(seconds: float) -> str:
    """Milliseconds, three digits, nothing in powers of ten.

    Examples
    --------
    >>> ms(0.0123456), ms(3.47)
    ('12.3 ms', '3,470 ms')
    """
    value = seconds * 1e3
    return f"{value:,.0f} ms" if value >= 1e3 else f"{value:.3g} ms"


def said(file: Path, measure: str, ours: Figures, theirs: Figures) -> str:
    """How far the two answers are apart."""
    one, two = (np.load(f["values"]) for f in (ours, theirs))
    if measure == "Leiden":
        return f"modularity {modularity(file, one):.4f}, theirs {modularity(file, two):.4f}"
    if measure == "core numbers":
        return "equal" if np.array_equal(one, two) else "NOT equal"
    if measure == "PageRank":
        return f"largest relative difference {np.abs(one / (two / two.sum()) - 1).max():.1e}"
    if np.allclose(one, two, rtol=1e-9, atol=1e-6):
        return "equal to 1e-9"
    return f"another estimate, correlation {np.corrcoef(one, two)[0, 1]:.3f}"


def modularity(file: Path, label: Any) -> float:
    """Of a partition of the kept graph."""
    edges = read(file, directed=False)
    graph = Graph(edges.n, edges.src, edges.dst, edges.weight, directed=False)
    names = np.unique(by_smallest(label), return_inverse=True)[1].astype(np.int32)
    return float(parts(graph, names).modularity.sum())


# -- Graph Data Science -----------------------------------------------------------------------------------------------


def by_gds(gds: Gds, measure: str, file: Path) -> Figures:
    """What the server says it computed for, the second time, when its compiler is warm; and the values."""
    procedure, options, column = PROCEDURES[measure]
    edges = read(file, measure in DIRECTED)
    weighted = {"relationshipWeightProperty": "weight"} if measure in WEIGHTED else {}
    with gds.graph(edges.n, edges.src, edges.dst, edges.weight, directed=edges.directed) as name:
        mutate = f"CALL gds.{procedure}.mutate($name, $options) YIELD computeMillis RETURN computeMillis AS ms"
        for said in ("first", "second"):
            told = gds.run(mutate, patience=PATIENCE, name=name, options=options | weighted | {"mutateProperty": said})
        (kept,) = gds.run(VALUES, name=name)
    values = np.zeros(edges.n)
    values[kept["vertex"]] = kept["value"]
    if measure.startswith("betweenness,"):
        values *= edges.n / PIVOTS
    out = Path(f"{file}.gds.{column}.npy")
    np.save(out, values)
    return {"build": 0.0, "compute": told[0]["ms"] / 1e3, "values": str(out)}
