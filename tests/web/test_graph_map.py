"""The map's element in a real browser: its picture, its layout, its pointer and its keyboard."""

from __future__ import annotations

import base64
import io
import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.web.graph_pages import Graph, Map, edge, made_up, node, opened, tasks
from tests.web.static_site import CHROMIUM, FLAGS, static_site

pytestmark = pytest.mark.web

STAR: Graph = {
    "nodes": [node("hub", radius=14), node("east"), node("west"), node("north"), node("far")],
    "edges": [
        edge("hub", "east", width=3), edge("hub", "west", width=1), edge("north", "hub", directed=True, dash=True),
        edge("east", "far"),
    ],
}  # fmt: skip
PLACES = {"hub": [0, 0], "east": [150, 10], "west": [-150, 0], "north": [5, -120], "far": [300, 60]}
HOSTILE = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "\u202eevil\u0000\u0007",
    "名" * 300,
    "&amp;",
    "",
]
LONG_TASK = 50  # what a person begins to feel [ms]
PNG = """
async () => {
  const blob = await document.getElementById('map').toPng(2);
  return btoa(String.fromCharCode(...new Uint8Array(await blob.arrayBuffer())));
}
"""
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with static_site({}) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def chart(browser: Browser, site: str) -> Iterator[Map]:
    with opened(browser, site) as chart:
        yield chart


@pytest.fixture
def star(chart: Map) -> Map:
    chart.show(STAR, positions=PLACES)
    return chart


def test_the_same_seed_gives_the_same_places_in_any_order(chart: Map, browser: Browser, site: str) -> None:
    graph = made_up(120, 400)
    first = chart.show(graph, seed=7)
    turned = {"nodes": graph["nodes"][::-1], "edges": [e | {"a": e["b"], "b": e["a"]} for e in graph["edges"][::-1]]}
    with opened(browser, site) as again:
        assert again.show(turned, seed=7) == first, "order of nodes, edges and ends do not matter"
    with opened(browser, site) as other:
        assert other.show(graph, seed=8) != first, "the seed does matter"


def test_a_layout_keeps_nodes_apart_and_groups_together(chart: Map) -> None:
    graph = made_up(120, 400)
    places = chart.show(graph)
    groups = {n["id"]: n["group"] for n in graph["nodes"]}
    near = [min((distance(places[a], places[b]), b) for b in places if b != a) for a in places]
    assert min(d for d, _ in near) > 8, "no node lies on another"
    same = sum(groups[a] == groups[b] for a, (_, b) in zip(places, near, strict=True))
    assert same > 0.7 * len(places), "the nearest neighbour is mostly of the same group"


def test_new_nodes_start_beside_their_neighbours_and_kept_ones_move_little(chart: Map) -> None:
    graph = made_up(60, 160)
    before = chart.show(graph)
    new = [node("x"), node("y")]
    after = chart.show(
        {"nodes": [*graph["nodes"], *new], "edges": [*graph["edges"], edge("x", "n0"), edge("y", "x")]},
        positions=before,
        pinned=("n1",),
    )
    moved = sorted(distance(before[i], after[i]) for i in before)
    size = max(distance(p, q) for p in before.values() for q in before.values())
    assert moved[len(moved) // 2] < 0.03 * size, "half of the kept nodes hardly move"
    assert after["n1"] == pytest.approx(before["n1"], abs=1e-3), "a pinned node does not move"
    assert distance(after["x"], after["n0"]) < 0.3 * size, "new ones are where their neighbours are"


def test_places_given_are_kept_and_nothing_is_laid_out(star: Map) -> None:
    assert star.page.evaluate("() => Object.fromEntries(document.getElementById('map').layout.positions)") == PLACES
    assert not star.page.evaluate("() => document.getElementById('map').busy")
    assert star.said() == "laid 5 4"


def test_nothing_is_drawn_while_nothing_changes(star: Map) -> None:
    frames = "() => document.getElementById('map').frames"
    before = star.page.evaluate(frames)
    star.page.wait_for_timeout(400)
    assert star.page.evaluate(frames) == before
    star.page.mouse.wheel(0, -200)
    star.rest()
    assert star.page.evaluate(frames) > before


def test_a_click_opens_what_lies_there(star: Map) -> None:
    star.page.mouse.click(*star.spot("east"))
    assert [e["id"] for e in star.heard("node-open")] == ["east"]
    (ax, ay), (bx, by) = star.spot("hub"), star.spot("west")
    star.page.mouse.click((ax + bx) / 2, (ay + by) / 2 + 2)
    assert [(e["a"], e["b"]) for e in star.heard("edge-open")] == [("hub", "west")]
    star.page.mouse.click(20, 580)
    assert [e["ids"] for e in star.heard("selection")] == [[]], "a click beside everything selects nothing"


def test_small_nodes_have_targets_of_24_pixels(star: Map) -> None:
    star.page.evaluate("() => document.getElementById('map').zoomBy(0.2)")
    star.rest()
    x, y = star.spot("far")
    star.page.mouse.click(x + 10, y)
    assert [e["id"] for e in star.heard("node-open")] == ["far"]


def test_control_click_selects_several(star: Map) -> None:
    star.page.mouse.click(*star.spot("east"))
    star.page.keyboard.down("Control")
    star.page.mouse.click(*star.spot("west"))
    star.page.keyboard.up("Control")
    assert star.page.evaluate("() => [...document.getElementById('map').selected].sort()") == ["east", "west"]


def test_dragging_a_node_pins_it_and_dragging_the_ground_does_not_move_it(star: Map) -> None:
    x, y = star.spot("east")
    star.page.mouse.move(x, y)
    star.page.mouse.down()
    star.page.mouse.move(x + 40, y + 50, steps=4)
    star.page.mouse.up()
    pins = star.heard("node-pin")
    assert [(p["id"], p["pinned"]) for p in pins] == [("east", True)]
    assert star.spot("east") == pytest.approx((x + 40, y + 50), abs=1)
    star.page.mouse.move(30, 30)
    star.page.mouse.down()
    star.page.mouse.move(80, 45, steps=4)
    star.page.mouse.up()
    assert star.spot("east") == pytest.approx((x + 90, y + 65), abs=1), "the picture moved"
    at = star.page.evaluate("() => document.getElementById('map').layout.positions.get('east')")
    assert at == pytest.approx([pins[0]["x"], pins[0]["y"]])
    assert star.heard("node-open") == [], "a drag is no click"


def test_the_wheel_zooms_about_the_pointer(star: Map) -> None:
    x, y = star.spot("east")
    star.page.mouse.move(x, y)
    before = star.spot("hub")
    star.page.mouse.wheel(0, -300)
    star.rest()
    assert star.spot("east") == pytest.approx((x, y), abs=1)
    assert distance(star.spot("hub"), (x, y)) > 1.3 * distance(before, (x, y))


def test_the_right_button_asks_for_the_menu(star: Map) -> None:
    x, y = star.spot("west")
    star.page.mouse.click(x, y, button="right")
    assert [(e["id"], e["x"], e["y"]) for e in star.heard("node-menu")] == [("west", x, y)]


def test_two_fingers_zoom_and_a_long_press_asks_for_the_menu(browser: Browser, site: str) -> None:
    with opened(browser, site, has_touch=True) as chart:
        chart.show(STAR, positions=PLACES)
        (x, y), cdp = chart.spot("hub"), chart.page.context.new_cdp_session(chart.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            at = [{"x": px, "y": py, "id": i} for i, (px, py) in enumerate(points)]
            cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        before = distance(chart.spot("east"), chart.spot("west"))
        touch("touchStart", (x - 40, y + 60), (x + 40, y + 60))
        touch("touchMove", (x - 80, y + 60), (x + 80, y + 60))
        touch("touchEnd")
        chart.rest()
        assert distance(chart.spot("east"), chart.spot("west")) == pytest.approx(2 * before, rel=0.1)
        touch("touchStart", chart.spot("hub"))
        chart.page.wait_for_timeout(700)
        touch("touchEnd")
        assert [e["id"] for e in chart.heard("node-menu")] == ["hub"]


def test_the_keyboard_walks_along_edges_and_says_where_it_is(star: Map) -> None:
    keys = star.page.keyboard
    keys.press("Tab")
    assert star.said() == "at hub 3", "the largest node first"
    steps = (("Shift+ArrowRight", "at east 2"), ("Shift+ArrowRight", "at far 1"),
             ("Shift+ArrowUp", "none from far"), ("Home", "at hub 3"),
             ("Shift+ArrowUp", "at north 1"), ("Control+ArrowDown", "at hub 3"),
             (".", "at east 2"), (".", "at north 1"), (",", "at east 2"))  # fmt: skip
    for key, where in steps:
        keys.press(key)
        assert star.said() == where, key


def test_every_act_of_the_pointer_has_a_key(star: Map) -> None:
    keys = star.page.keyboard
    keys.press("Tab")
    keys.press("Shift+ArrowRight")
    acts: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("Enter", "node-open", {}), ("Space", "selection", {"ids": ["east"]}),
        ("Space", "node-expand", {}), ("p", "node-pin", {"pinned": True}), ("P", "node-pin", {"pinned": False}),
        ("Delete", "node-hide", {}), ("h", "node-hide", {}), ("Shift+F10", "node-menu", {}),
        ("Escape", "selection", {"ids": []}),
    )  # fmt: skip
    for key, kind, more in acts:
        keys.press(key)
        events = star.heard(kind)
        expected = more if kind == "selection" else {"id": "east"} | more
        assert [{k: e[k] for k in expected} for e in events] == [expected], key
    x, y = star.spot("hub")
    keys.press("ArrowRight")
    assert star.spot("hub") == pytest.approx((x - 60, y)), "arrows move the picture"
    gap = distance(star.spot("hub"), star.spot("east"))
    keys.press("+")
    assert distance(star.spot("hub"), star.spot("east")) == pytest.approx(1.25 * gap)
    keys.press("0")
    assert star.spot("hub") == pytest.approx((x, y), abs=1), "all is shown again"


def test_the_element_has_a_name_help_and_a_live_region(star: Map) -> None:
    element = star.page.locator("influence-map")
    assert element.get_attribute("role") == "application"
    assert element.get_attribute("aria-label") == "Map of ties"
    described = element.get_attribute("aria-describedby")
    assert star.page.locator(f"#{described}").inner_text() == "Arrow keys move."
    assert star.page.locator("influence-map canvas[aria-hidden=true]").count() == 2


def test_the_focus_ring_is_seen_by_keyboard_only(star: Map) -> None:
    star.page.mouse.click(*star.spot("west"))
    star.page.mouse.move(5, 5)
    star.rest()
    x, y = star.spot("west")
    clip = {"x": x - 24, "y": y - 24, "width": 48, "height": 48}
    by_pointer = star.page.screenshot(clip=clip)
    star.page.keyboard.press("Shift+ArrowRight")
    star.page.keyboard.press("Shift+ArrowLeft")
    star.rest()
    assert star.said() == "at west 1"
    assert star.page.screenshot(clip=clip) != by_pointer


def test_a_png_is_what_is_seen_at_the_size_asked_for(star: Map) -> None:
    picture = base64.b64decode(star.page.evaluate(PNG))
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])) == (1800, 1200)
    assert len(picture) > 5000, "there is something on it"


def test_an_svg_holds_all_nodes_and_edges_and_hostile_names_stay_text(chart: Map) -> None:
    nodes = [
        node(f"h{i}", text=name, sub=name, shape=("circle", "square", "diamond")[i % 3])
        for i, name in enumerate(HOSTILE)
    ]
    edges = [edge("h0", f"h{i}", directed=i % 2 == 0, dash=i == 1) for i in range(1, len(HOSTILE))]
    chart.show({"nodes": nodes, "edges": [*edges, edge("h0", "unknown")]})
    chart.page.evaluate("() => document.getElementById('map').zoomBy(2)")
    text = chart.page.evaluate("() => document.getElementById('map').toSvg()")
    root = ET.parse(io.StringIO(text)).getroot()
    assert len(root.findall(f".//{SVG}g[@class='node']")) == len(nodes)
    assert len(root.findall(f".//{SVG}g[@class='edges']/{SVG}line")) == len(edges), "an edge to nobody is left out"
    assert root.find(f".//{SVG}script") is None and root.find(f".//{SVG}img") is None
    titles = [t.text for t in root.findall(f".//{SVG}g[@class='node']/{SVG}title")]
    assert HOSTILE[0] in titles and HOSTILE[1] in titles
    for label in root.findall(f".//{SVG}text"):
        assert (label.text or "").startswith("\u2068") and (label.text or "").endswith("\u2069"), (
            "direction ends with the name"
        )


def test_a_change_of_theme_redraws_in_its_colours(star: Map) -> None:
    star.page.mouse.move(5, 5)
    light = star.page.screenshot()
    star.page.evaluate("() => document.documentElement.setAttribute('data-theme', 'dark')")
    star.rest()
    dark = star.page.screenshot()
    assert light != dark
    ground = star.page.evaluate(
        "() => getComputedStyle(document.documentElement).getPropertyValue('--map-ground').trim()"
    )
    assert f'fill="{ground}"' in star.page.evaluate("() => document.getElementById('map').toSvg()")


FADED = """
(graph) => new Promise((done) => {
  const map = document.getElementById('map'), seen = {coming: new Set(), going: new Set(), drawn: 0};
  const from = map.frames;
  let still = 0;
  const look = () => {
    for (const kind of ['coming', 'going']) for (const id of map.fading[kind]) seen[kind].add(id);
    still = map.fading.coming.length + map.fading.going.length + Number(map.busy) ? 0 : still + 1;
    if (still > 30) done({coming: [...seen.coming], going: [...seen.going], drawn: map.frames - from});
    else requestAnimationFrame(look);
  };
  map.graph = graph;
  requestAnimationFrame(look);
})
"""
LATER: Graph = {
    "nodes": [*STAR["nodes"][:4], node("new")],
    "edges": [*STAR["edges"][:2], edge("hub", "new"), edge("east", "north")],
}


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_what_comes_and_goes_fades_unless_motion_is_not_wanted(browser: Browser, site: str, motion: str) -> None:
    with opened(browser, site, reduced_motion=motion) as chart:
        chart.show(STAR, positions=PLACES)
        seen = chart.page.evaluate(FADED, LATER)
        expected = (["new"], ["far"]) if motion == "no-preference" else ([], [])
        assert (seen["coming"], seen["going"]) == expected
        assert motion == "reduce" or seen["drawn"] > 3, "it takes some frames"
        frames = chart.page.evaluate("() => document.getElementById('map').frames")
        chart.page.wait_for_timeout(300)
        assert chart.page.evaluate("() => document.getElementById('map').frames") == frames, "then nothing is drawn"


def test_after_a_fade_the_picture_is_that_of_the_graph_alone(browser: Browser, site: str) -> None:
    places = PLACES | {"new": [80, 120]}
    pictures = []
    for first in (STAR, LATER):
        with opened(browser, site, reduced_motion="no-preference") as chart:
            chart.page.mouse.move(5, 5)
            chart.show(first, positions=places)
            chart.page.evaluate(FADED, LATER)
            chart.page.evaluate("() => document.getElementById('map').fit(false)")
            chart.rest()
            pictures.append(chart.page.screenshot())
    assert pictures[0] == pictures[1]


def test_another_map_appears_at_once(browser: Browser, site: str) -> None:
    with opened(browser, site, reduced_motion="no-preference") as chart:
        chart.show(STAR, positions=PLACES)
        other = {"nodes": [node("x"), node("y")], "edges": [edge("x", "y")]}
        seen = chart.page.evaluate(FADED, other)
        assert (seen["coming"], seen["going"]) == ([], []), "who shares nobody has nothing to fade"


def test_a_fade_of_a_thousand_nodes_keeps_the_main_thread_free(browser: Browser, site: str) -> None:
    graph = made_up(1000, 2400)
    kept = {n["id"] for n in graph["nodes"][:700]}
    fewer = {
        "nodes": graph["nodes"][:700],
        "edges": [e for e in graph["edges"] if e["a"] in kept and e["b"] in kept],
    }
    with opened(browser, site, reduced_motion="no-preference") as chart:
        chart.show(graph)
        took = tasks(browser, chart.page, f"() => ({FADED})({json.dumps(fewer)})")
        assert len(took) > 20, "tasks were seen"
        assert took[0] <= LONG_TASK


def test_an_empty_graph_and_an_element_taken_away_are_no_trouble(chart: Map) -> None:
    chart.show({"nodes": [], "edges": []})
    chart.page.keyboard.press("Tab")
    chart.page.keyboard.press("Enter")
    chart.page.keyboard.press("Shift+ArrowRight")
    assert chart.page.evaluate("() => document.getElementById('map').toSvg()").startswith("<svg")
    chart.page.evaluate(
        "(g) => { const map = document.getElementById('map'); map.graph = g; map.remove(); }", made_up(300, 900)
    )
    chart.page.wait_for_timeout(300)


def test_laying_out_5000_nodes_keeps_the_main_thread_free(browser: Browser, chart: Map) -> None:
    chart.page.evaluate("(g) => { window.graph = g; }", made_up(5000, 20_000))
    took = tasks(
        browser,
        chart.page,
        """() => new Promise((done) => {
          map.addEventListener('layout-done', () => setTimeout(done, 1500), {once: true});
          map.graph = window.graph;
        })""",
    )
    assert len(took) > 100, "tasks were seen"
    assert took[0] <= LONG_TASK


def distance(p: list[float] | tuple[float, float], q: list[float] | tuple[float, float]) -> float:
    return ((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2) ** 0.5
