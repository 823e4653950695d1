"""The map in a browser without a GPU: frames per second of panning beside a bare canvas, and long tasks of a layout."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, sync_playwright

from bench.measure import ROOT, Row, processor
from tests.web.graph_pages import Graph, Map, made_up, opened, tasks
from tests.web.static_site import CHROMIUM, FLAGS, static_site

SIZES = ((500, 1_500, 50), (1_000, 5_000, 30), (2_000, 10_000, None))  # nodes, edges, goal [frames/s]
LARGE = (5_000, 20_000)
SECONDS = 3
ROUNDS = 3  # map and bare canvas take turns, so that both meet the same machine
LONG = 50  # a task longer than this is felt [ms]
PAN = (ROOT / "bench" / "web" / "pan.js").read_text()
SPOTS = """
() => {
  window.spots = Object.fromEntries(window.graph.nodes.map((n) => [n.id, map.spotOf(n.id)]));
  const [a, b] = window.graph.nodes.map((n) => n.id), at = map.layout.positions, p = at.get(a), q = at.get(b);
  const zoom = (window.spots[a][0] - window.spots[b][0]) / (p[0] - q[0]);
  window.scale = Math.max(0.55, Math.sqrt(zoom));
}
"""
LAY_OUT = """
() => new Promise((done) => {
  window.slow = [];
  const note = (list) => window.slow.push(...list.getEntries().map((e) => e.duration));
  new PerformanceObserver(note).observe({type: 'longtask'});
  map.addEventListener('layout-done', () => setTimeout(done, 1500), {once: true});
  map.graph = window.graph;
})
"""


def web(_: Path) -> Iterator[Row]:
    """Panning at three sizes, then a layout."""
    with static_site({}) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            for nodes, edges, goal in SIZES:
                yield panning(browser, url, made_up(nodes, edges), goal)
            yield layout(browser, url, made_up(*LARGE))
        finally:
            browser.close()


def panning(browser: Browser, url: str, graph: Graph, goal: int | None) -> Row:
    """Median frames per second of the map, and of the bare loop right after it; seconds are those of one frame.

    Processor time per frame, over all processes of the browser, tells the two apart where both reach the display's pace
    or where the machine is busy with other things.
    """
    ours: list[tuple[float, float]] = []
    bare: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        with opened(browser, url, viewport={"width": 1280, "height": 800}) as chart:
            chart.page.evaluate("(g) => { window.graph = g; }", graph)
            chart.show(graph)
            chart.page.evaluate(SPOTS)
            ours.append(paced(chart, "map"))
            bare.append(paced(chart, "bare"))
    what = f"map, panning {len(graph['nodes']):,} nodes, {len(graph['edges']):,} edges"
    aim = ">= 0.9 x" if goal is None else f">= {goal} frames/s, >= 0.9 x"
    (rate, cost), (bare_rate, bare_cost) = medians(ours), medians(bare)
    figure = (
        f"{rate:.0f} frames/s ({bare_rate:.0f}), {cost * 1000:.1f} ms of processor a frame ({bare_cost * 1000:.1f})"
    )
    return Row(what, figure, 1 / rate, None, "bare canvas, a frame", 1 / bare_rate, aim)


def paced(chart: Map, who: str) -> tuple[float, float]:
    """Frames per second, and processor seconds per frame."""
    before = used()
    rate: float = chart.page.evaluate(PAN, [who, SECONDS])
    return rate, (used() - before) / (rate * SECONDS)


def medians(runs: list[tuple[float, float]]) -> tuple[float, float]:
    """Of each of the two."""
    return median(r for r, _ in runs), median(c for _, c in runs)


def used() -> float:
    """Processor seconds so far of all processes below this one."""
    parent: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parent[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    ours = {os.getpid()}
    while more := {p for p, above in parent.items() if above in ours} - ours:
        ours |= more
    total = 0.0
    for pid in ours - {os.getpid()}:
        with suppress(OSError):
            total += processor(pid)
    return total


def layout(browser: Browser, url: str, graph: Graph) -> Row:
    """The longest task of the main thread while a large graph is laid out, by its processor time and by the clock."""
    with opened(browser, url, viewport={"width": 1280, "height": 800}) as chart:
        chart.page.evaluate("(g) => { window.graph = g; }", graph)
        begin = time.perf_counter()
        took = tasks(browser, chart.page, LAY_OUT)
        seconds = time.perf_counter() - begin - 1.5
        slow: list[float] = chart.page.evaluate("() => window.slow")
    figure = (
        f"longest task {took[0]:.0f} ms of processor; {sum(t > LONG for t in slow)} tasks over {LONG} ms by the clock"
    )
    what = f"map, layout of {len(graph['nodes']):,} nodes, {len(graph['edges']):,} edges"
    return Row(what, figure, seconds, None, None, None, f"no task over {LONG} ms")
