"""What the tests of the map share: made-up graphs, and the element with words of its own in an empty page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page

Graph = dict[str, list[dict[str, Any]]]

START = """
window.heard = [];
const map = document.getElementById('map');
map.texts = {label: 'Map of ties', help: 'Arrow keys move.', role: 'map', node: (n, k) => `at ${n.text} ${k}`,
  none: (n) => `none from ${n.text}`, selected: (n, on) => `${on ? 'selected' : 'left'} ${n.text}`,
  pinned: (n, on) => `${on ? 'pinned' : 'free'} ${n.text}`, hidden: (n) => `hidden ${n.text}`,
  laid: (nodes, edges) => `laid ${nodes} ${edges}`};
for (const type of ['node-open', 'node-menu', 'node-expand', 'node-hide', 'node-pin', 'edge-open', 'selection'])
  map.addEventListener(type, (e) => window.heard.push({type, ...e.detail}));
"""
SHOW = """
([graph, layout]) => new Promise((done) => {
  const map = document.getElementById('map');
  map.addEventListener('layout-done', (e) => done(Object.fromEntries(e.detail.positions)), {once: true});
  if (layout) map.layout = {seed: layout.seed, positions: new Map(layout.positions), pinned: new Set(layout.pinned)};
  map.graph = graph;
})
"""


@dataclass
class Map:
    """The element in its page; ``errors`` are what the console complained about."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def show(
        self,
        graph: Graph,
        seed: int = 1,
        positions: Mapping[str, list[float]] | None = None,
        pinned: tuple[str, ...] = (),
    ) -> dict[str, list[float]]:
        """Shows a graph and waits for its layout: the place of each node in world units."""
        layout = {"seed": seed, "positions": list((positions or {}).items()), "pinned": list(pinned)}
        places: dict[str, list[float]] = self.page.evaluate(SHOW, [graph, layout])
        self.rest()
        return places

    def rest(self) -> None:
        """Waits until nothing is drawn any more."""
        self.page.evaluate(
            """async () => { const map = document.getElementById('map'); let seen = -1;
               while (seen !== map.frames) { seen = map.frames; await new Promise((r) => setTimeout(r, 250)); } }"""
        )

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Events of one kind so far, forgotten once read."""
        events: list[dict[str, Any]] = self.page.evaluate("() => window.heard.splice(0)")
        return [e for e in events if e["type"] == kind]

    def spot(self, node: str) -> tuple[float, float]:
        """Where a node is in the window."""
        x, y = self.page.evaluate("(id) => document.getElementById('map').spotOf(id)", node)
        return x, y

    def said(self) -> str:
        """What was last told to people who do not see the picture."""
        return self.page.locator("influence-map [role=status]").inner_text()


@contextmanager
def opened(browser: Browser, url: str, **options: Any) -> Iterator[Map]:
    """The map in a new window; complaints of the console fail at the end."""
    context = browser.new_context(**({"viewport": {"width": 900, "height": 600}, "reduced_motion": "reduce"} | options))
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(url)
    page.evaluate("() => customElements.whenDefined('influence-map').then(() => null)")
    page.evaluate(f"() => {{{START}}}")
    try:
        yield Map(page, errors)
    finally:
        context.close()
    assert errors == [], "the console is clean"


def tasks(browser: Browser, page: Page, script: str) -> list[float]:
    """Processor time of each task of the page's main thread while a script runs, longest first [ms].

    Processor time and not the clock: a task that waits for its turn on a busy machine is no long task of ours.
    """
    browser.start_tracing(page=page, categories=["toplevel"])
    page.evaluate(script)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    main = {
        (e["pid"], e["tid"]) for e in events if e["name"] == "thread_name" and e["args"]["name"] == "CrRendererMain"
    }
    mine = (e for e in events if e["ph"] == "X" and (e["pid"], e["tid"]) in main and e["name"].endswith("RunTask"))
    return sorted((e.get("tdur", 0) / 1000 for e in mine), reverse=True)


def node(name: str, **more: Any) -> dict[str, Any]:
    """A person drawn as a disc."""
    return {"id": name, "label": "person", "text": name, "radius": 8, "color": "#5f8ae8", "shape": "circle"} | more


def edge(a: str, b: str, **more: Any) -> dict[str, Any]:
    """A tie."""
    return {"a": a, "b": b, "width": 2, "color": "#4a6fa5", "directed": False} | more


def made_up(nodes: int, edges: int, seed: int = 1) -> Graph:
    """A graph with ten groups and a few people everybody knows."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 10, nodes)
    order = np.argsort(group, kind="stable")
    start = np.searchsorted(group[order], np.arange(11))
    a = (nodes * rng.random(edges) ** 2).astype(int)
    inside = rng.random(edges) < 0.8
    low, high = start[group[a]], start[group[a] + 1]
    b = np.where(inside, order[(low + rng.random(edges) * (high - low)).astype(int)], rng.integers(0, nodes, edges))
    width = np.round(0.6 + 3.4 * rng.random(edges) ** 4, 2)
    keep = a != b
    return {
        "nodes": [node(f"n{i}", text=f"Person {i}", radius=6, group=int(group[i])) for i in range(nodes)],
        "edges": [
            edge(f"n{i}", f"n{j}", width=float(w)) for i, j, w in zip(a[keep], b[keep], width[keep], strict=True)
        ],
    }
