"""What the tests of the map do with it: open it, wait for its layout, find nodes on it."""

from typing import Any

from tests.web.conftest import settle

CANVAS = "document.querySelector('influence-map')"


def open_map(page: Any, query: str) -> None:
    """Open a map by its address and wait until it is laid out."""
    page.goto(f"/?view=map&{query}")
    laid_out(page)


def laid_out(page: Any) -> None:
    """Wait until nothing loads and every node has its place."""
    settle(page)
    for _ in range(600):
        if page.evaluate(f"!{CANVAS} || ({CANVAS}.graph.nodes.length > 0 && !{CANVAS}.busy)"):
            page.wait_for_timeout(120)  # nodes glide to their places
            return
        page.wait_for_timeout(50)
    raise AssertionError("the map is never laid out")


def nodes(page: Any) -> list[dict[str, Any]]:
    """Nodes as drawn."""
    return list(page.evaluate(f"{CANVAS}.graph.nodes"))


def edges(page: Any) -> list[dict[str, Any]]:
    """Edges as drawn."""
    return list(page.evaluate(f"{CANVAS}.graph.edges"))


def places(page: Any) -> dict[str, list[float]]:
    """World coordinates of the nodes, by id."""
    return dict(page.evaluate(f"Object.fromEntries({CANVAS}.layout.positions)"))


def spot(page: Any, ident: str) -> tuple[float, float]:
    """Where a node is in the window [CSS px]."""
    box = page.locator("influence-map").bounding_box()
    x, y = page.evaluate(f"id => {CANVAS}.spotOf(id)", ident)
    return float(box["x"] + x), float(box["y"] + y)


def free_node(page: Any, besides: set[str], label: str = "person") -> str:
    """Id of a node that lies in the open: on the canvas, under nothing, away from others."""
    found = page.evaluate(
        f"""([label, besides]) => {{
            const map = {CANVAS}, box = map.getBoundingClientRect();
            const at = map.graph.nodes.map(n => [n, map.spotOf(n.id)]).filter(([, s]) => s);
            const clear = ([n, s]) => document.elementFromPoint(box.x + s[0], box.y + s[1]) === map
                && at.every(([m, t]) => m === n || Math.hypot(s[0] - t[0], s[1] - t[1]) > 24);
            return at.find(p => p[0].label === label && !besides.includes(p[0].id) && clear(p))?.[0].id ?? '';
        }}""",
        [label, sorted(besides)],
    )
    assert found, "no node lies in the open"
    return str(found)


def until(page: Any, expression: str, why: str) -> None:
    """Wait until an expression holds."""
    for _ in range(400):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(why)
