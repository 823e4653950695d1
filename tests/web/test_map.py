"""The influence map as people use it: exploring, by hand and by keyboard; look, filters, time, what-if, files."""

import json
import re
import statistics
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from tests.web.conftest import settle
from tests.web.map_page import CANVAS, edges, free_node, laid_out, nodes, open_map, places, spot, until


@pytest.fixture
def rep(site):
    """Id of somebody who owns accounts."""
    return site.get("/me")["reps"][0]["id"]


def asked(page):
    """Parameters of the address."""
    return parse_qs(urlsplit(page.url).query)


# -- exploring ---------------------------------------------------------------------------------------------------------


def test_without_a_focus_the_whole_company_is_shown_as_groups_and_a_group_opens(page, site):
    open_map(page, "")
    assert page.inner_text("h1") == "The whole company"
    groups = {g["id"]: g for g in site.get("/overview?by=community")["groups"]}
    assert {n["id"] for n in nodes(page)} == set(groups)
    biggest = max(nodes(page), key=lambda n: n["radius"])["id"]
    page.mouse.click(*spot(page, biggest))
    page.wait_for_url(re.compile("focus="))
    laid_out(page)
    assert set(asked(page)["focus"]) == {m["id"] for m in groups[biggest]["members"]}
    assert {m["id"] for m in groups[biggest]["members"]} <= {n["id"] for n in nodes(page)}


@pytest.mark.parametrize("by", ["organization", "team"])
def test_the_company_is_grouped_otherwise(page, site, by):
    open_map(page, f"by={by}")
    assert {n["id"] for n in nodes(page)} == {g["id"] for g in site.get(f"/overview?by={by}")["groups"]}
    page.goto(f"/?view=map&by={by}&as=table")
    settle(page)
    assert page.locator("table").count() == 2


def test_a_click_opens_the_panel_of_a_person_and_a_link_that_of_a_relationship(page, rep):
    open_map(page, f"focus={rep}")
    other = free_node(page, {rep})
    page.mouse.click(*spot(page, other))
    page.wait_for_url(re.compile(f"panel=person%3A{other}"))
    page.wait_for_selector("aside.panel")
    laid_out(page)
    pairs = [(e["a"], e["b"]) for e in edges(page) if other in (e["a"], e["b"])]
    (ax, ay), (bx, by) = (spot(page, i) for i in pairs[0])
    for share in (0.5, 0.35, 0.65, 0.25, 0.75):
        page.mouse.click(ax + share * (bx - ax), ay + share * (by - ay))
        page.wait_for_timeout(400)
        if "panel=tie" in page.url:
            break
    assert "panel=tie" in page.url, "a click on a link opens no relationship"


def test_a_double_click_expands_in_place(page, rep):
    open_map(page, f"focus={rep}&limit=60")
    other, before = free_node(page, {rep}), places(page)
    page.mouse.dblclick(*spot(page, other))
    page.wait_for_url(re.compile(other))
    laid_out(page)
    assert set(asked(page)["focus"]) == {rep, other}
    assert "panel" not in asked(page), "the first of two clicks opened a panel"
    after, shown = places(page), {n["id"] for n in nodes(page)}
    assert set(before) <= shown, "expanding took somebody off the map"
    moved = [abs(after[i][0] - x) + abs(after[i][1] - y) for i, (x, y) in before.items()]
    spread = max(abs(x) + abs(y) for x, y in before.values())
    assert statistics.median(moved) < 0.15 * spread, "expanding threw the layout over"


def test_the_map_is_used_by_keyboard_alone(page, rep):
    open_map(page, f"focus={rep}")
    page.locator("influence-map").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+F10")
    page.wait_for_selector("[role=menu]")
    name = page.get_attribute("[role=menu]", "aria-label")
    items = page.locator("[role=menuitem]")
    assert page.evaluate("document.activeElement.getAttribute('role')") == "menuitem"
    page.keyboard.press("End")
    assert items.last.evaluate("e => e === document.activeElement")
    page.keyboard.press("ArrowDown")
    assert items.first.evaluate("e => e === document.activeElement")
    page.keyboard.press("Escape")
    page.wait_for_selector("[role=menu]", state="detached")
    assert page.evaluate(f"document.activeElement === {CANVAS}"), "the focus is lost when the menu closes"
    page.keyboard.press("e")
    page.wait_for_url(lambda url: len(parse_qs(urlsplit(url).query).get("focus", [])) == 2)
    laid_out(page)
    other = next(i for i in asked(page)["focus"] if i != rep)
    assert next(n for n in nodes(page) if n["id"] == other)["text"] == name
    page.keyboard.press("Enter")
    page.wait_for_selector("aside.panel h2")
    laid_out(page)  # the panel takes room from the map
    page.locator("influence-map").focus()
    page.keyboard.press("h")
    page.wait_for_url(re.compile("hide="))
    laid_out(page)
    assert other not in {n["id"] for n in nodes(page)}


def test_the_menu_is_opened_by_the_right_button_and_by_the_bar(page, rep):
    open_map(page, f"focus={rep}")
    other = free_node(page, {rep})
    page.mouse.click(*spot(page, other), button="right")
    by_hand = page.locator("[role=menuitem]").all_inner_texts()
    page.keyboard.press("Escape")
    page.mouse.click(*spot(page, other))
    page.wait_for_url(re.compile("panel=person"))
    page.locator(".map-selection button[aria-haspopup=menu]").click()
    assert page.locator("[role=menuitem]").all_inner_texts() == by_hand
    page.get_by_role("menuitem", name="New map around this").click()
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query)["focus"] == [other])


def test_a_pinned_node_stays_where_it_was_put_also_in_a_link(page, rep):
    open_map(page, f"focus={rep}&limit=40")
    other = free_node(page, {rep})
    x, y = spot(page, other)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y + 40, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile("pin="))
    put = places(page)[other]
    page.goto(page.url)
    laid_out(page)
    assert places(page)[other] == pytest.approx(put, abs=1)
    assert page.evaluate(f"{CANVAS}.layout.pinned.has('{other}')")


def test_from_a_team_to_an_account(page, site):
    team = site.get("/me")["teams"][0]
    account = next(g for g in site.get("/overview?by=organization")["groups"] if not g["ours"])
    open_map(page, f"team={team['id']}&to={account['members'][0]['id']}")
    answer = site.get(f"/map?team={team['id']}&to={account['members'][0]['id']}")
    assert {n["id"] for n in nodes(page)} == {n["id"] for n in answer["nodes"]}
    assert "→" in page.inner_text("h1")
    assert team["name"] in page.inner_text("h1")


def test_steps_of_the_best_ways_are_marked_on_the_way_to_somebody(page, site):
    team = site.get("/me")["teams"][0]["id"]
    target = site.id_of(site.truth["truths"]["referral_path"]["target"]["key"])
    ways = site.get(f"/map?team={team}&to={target}")["paths"]
    assert ways and all(way[-1] == target for way in ways)
    steps = {step for way in ways for step in pairwise(way)}
    open_map(page, f"team={team}&to={target}")
    marked = [e for e in edges(page) if e.get("strong")]
    assert {frozenset((e["a"], e["b"])) for e in marked} == {frozenset(step) for step in steps}
    assert all((e["a"], e["b"]) in steps and e["directed"] for e in marked), "arrows lead to the target"
    best = {frozenset(step) for step in pairwise(ways[0])}
    thick = {frozenset((e["a"], e["b"])) for e in marked if e["width"] == max(m["width"] for m in marked)}
    assert thick == best, "the best way is told apart without colours"
    assert len({e["color"] for e in marked}) == 1
    assert not {e["color"] for e in marked} & {e["color"] for e in edges(page) if not e.get("strong")}
    assert "a step of the best ways" in page.inner_text(".map-legend")
    page.goto(page.url + "&as=table")
    settle(page)
    column = page.locator("table").last.locator("thead th").all_inner_texts().index("Ways, from the best") + 1
    told = page.locator("table").last.locator(f"tbody tr td:nth-child({column})").all_inner_texts()
    assert sum(bool(text.strip()) for text in told) == len(marked)
    assert "1" in {n.strip() for text in told for n in text.split(",")}


def test_a_map_to_nobody_marks_no_way(page, rep):
    open_map(page, f"focus={rep}")
    assert not any(e.get("strong") for e in edges(page))
    assert "best ways" not in page.inner_text(".map-legend")


# -- look, filters, time -----------------------------------------------------------------------------------------------


def test_size_and_colour_follow_the_choice(page, site, rep):
    open_map(page, f"focus={rep}")
    page.locator("#drop-look").click()
    page.get_by_label("Size by").select_option("depth")
    page.wait_for_url(re.compile("size=depth"))
    settle(page)
    depth = {n["id"]: n["scores"].get("depth", 0) for n in site.get(f"/map?focus={rep}")["nodes"] if n["id"] != rep}
    drawn = sorted((n for n in nodes(page) if n["id"] in depth), key=lambda n: depth[n["id"]])
    radii = [n["radius"] for n in drawn]
    assert radii == sorted(radii)
    assert radii[0] < radii[-1]
    page.get_by_label("Colour by").select_option("internal")
    page.wait_for_url(re.compile("colour=internal"))
    internal = {n["id"]: n["internal"] for n in site.get(f"/map?focus={rep}")["nodes"]}
    colours = {(internal[n["id"]], n["color"]) for n in nodes(page)}
    assert len(colours) == len({inside for inside, _ in colours}) == 2


def test_a_group_of_the_legend_fades_all_others(page, rep):
    open_map(page, f"focus={rep}&colour=internal")
    button = page.locator(".legend-group").filter(has_text="ours")
    button.click()
    page.wait_for_url(re.compile("only=ours"))
    assert button.get_attribute("aria-pressed") == "true"
    bright = [n for n in nodes(page) if not n.get("faded")]
    assert 0 < len(bright) < len(nodes(page))
    assert len({n["color"] for n in bright}) == 1
    page.get_by_role("button", name="Show all groups").click()
    until(page, f"{CANVAS}.graph.nodes.every(n => !n.faded)", "somebody stays faded")


def test_filters_hold_and_stay_when_the_view_changes(page, site, rep):
    open_map(page, f"focus={rep}")
    page.locator("#drop-filters").click()
    page.locator("#sheet-filters").get_by_label("mail", exact=True).first.check()
    page.wait_for_url(re.compile("channel=mail"))
    laid_out(page)
    assert {n["id"] for n in nodes(page)} == {n["id"] for n in site.get(f"/map?focus={rep}&channel=mail")["nodes"]}
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Paths").first.click()
    page.wait_for_url(re.compile("view=paths"))
    assert asked(page)["channel"] == ["mail"]


def test_the_time_slider_moves_the_map_and_keeps_places(page, site, rep):
    open_map(page, f"focus={rep}&size=equal")
    before = places(page)
    page.locator(".time-slider input[type=range]").evaluate(
        "r => { r.value = String(Number(r.max) - 90); r.dispatchEvent(new Event('input', {bubbles: true})) }"
    )
    page.wait_for_url(re.compile("as_of="))
    day = asked(page)["as_of"][0]
    then = site.get(f"/map?focus={rep}&as_of={day}")
    until(page, f"{CANVAS}.graph.nodes.length === {len(then['nodes'])}", "the map does not follow the date")
    laid_out(page)
    assert {n["id"] for n in nodes(page)} == {n["id"] for n in then["nodes"]}
    after, spread = places(page), max(abs(x) + abs(y) for x, y in before.values())
    moved = [abs(after[n["id"]][0] - before[n["id"]][0]) for n in then["nodes"] if n["id"] in before]
    assert statistics.median(moved) < 0.15 * spread


def test_who_comes_and_goes_between_two_dates_fades(page, site, rep):
    open_map(page, f"focus={rep}&size=equal")
    day = site.get("/me")["last"][:4] + "-03-01"
    now, then = ({n["id"] for n in site.get(f"/map?focus={rep}{at}")["nodes"]} for at in ("", f"&as_of={day}"))
    assert now - then, "somebody came since"
    page.evaluate(
        f"""() => {{ window.faded = {{coming: new Set(), going: new Set()}}; const look = () => {{
            for (const kind of ['coming', 'going']) for (const id of {CANVAS}.fading[kind]) window.faded[kind].add(id);
            requestAnimationFrame(look); }}; look(); }}"""
    )
    faded = "Object.fromEntries(['coming', 'going'].map(kind => [kind, [...window.faded[kind]]]))"
    page.get_by_label("Date", exact=True).fill(day)
    until(page, f"{CANVAS}.graph.nodes.length === {len(then)}", "the map does not follow the date")
    laid_out(page)
    assert set(page.evaluate(faded)["going"]) == now - then
    page.get_by_role("button", name="Newest").click()
    until(page, f"{CANVAS}.graph.nodes.length === {len(now)}", "the map does not come back")
    laid_out(page)
    assert set(page.evaluate(faded)["coming"]) >= now - then
    until(page, f"{CANVAS}.fading.coming.length + {CANVAS}.fading.going.length === 0", "somebody fades for ever")


def test_figures_of_an_earlier_day_come_after_the_map(page, site, rep):
    day = site.get("/me")["last"][:4] + "-01-15"
    open_map(page, f"focus={rep}&as_of={day}&size=depth")
    until(page, f"new Set({CANVAS}.graph.nodes.map(n => n.radius)).size > 2", "sizes of that day never come")


def test_two_dates_compared_in_form_and_words(page, site, rep):
    last = site.get("/me")["last"]
    day = f"{int(last[:4]) - 1}{last[4:10]}"
    answer = site.get(f"/map?focus={rep}&compare={day}&limit=500")
    open_map(page, f"focus={rep}&compare={day}&limit=500")
    assert {n["id"]: n.get("change") for n in nodes(page)} == {n["id"]: n["change"] for n in answer["nodes"]}
    found = {e["change"] for e in answer["edges"]} - {None}
    legend = page.inner_text(".map-legend")
    words = {"new": "new link", "gone": "link gone", "stronger": "stronger", "weaker": "weaker"}
    assert all(words[change] in legend for change in found)
    assert f"{answer['compare']['new']} new" in page.inner_text(".map-head")
    page.goto(page.url + "&as=table")
    settle(page)
    assert page.locator("th", has_text="Change").count() == 2


def test_what_if_somebody_left_is_shown_on_the_map(page, site, rep):
    open_map(page, f"focus={rep}&without={rep}")
    box = page.locator(".map-side")
    assert site.get("/me")["reps"][0]["name"] in box.inner_text()
    assert re.search(r"\d+ accounts?", box.inner_text())
    ghost = next(n for n in nodes(page) if n["id"] == rep)
    assert ghost["faded"]
    assert ghost["change"] == "gone"
    assert any(n.get("sub") == "Would be hurt" and n.get("ring") for n in nodes(page))
    page.get_by_role("button", name=re.compile("^Put .* back")).click()
    page.wait_for_url(lambda url: "without" not in url)
    until(page, f"{CANVAS}.graph.nodes.every(n => !n.faded)", "who was put back stays a ghost")


# -- table, files, links -----------------------------------------------------------------------------------------------


def test_the_table_holds_what_the_map_shows_and_sorts(page, site, rep):
    answer = site.get(f"/map?focus={rep}")
    page.goto(f"/?view=map&focus={rep}&as=table")
    settle(page)
    people, links = page.locator("table").all()
    assert people.locator("tbody tr").count() == len(answer["nodes"])
    assert links.locator("tbody tr").count() == min(len(answer["edges"]), 500)
    people.get_by_role("button", name="PageRank").click()
    page.wait_for_url(re.compile("sort=-pagerank"))
    most = max(answer["nodes"], key=lambda n: n["scores"].get("pagerank", 0))
    assert people.locator("tbody tr").first.locator("a").first.inner_text() == most["name"]
    links.locator("tbody tr").first.get_by_role("link").nth(1).click()
    page.wait_for_url(re.compile("panel=tie"))


@pytest.mark.parametrize(
    ("button", "ending"), [("Excel", "xlsx"), ("CSV", "csv"), ("GraphML", "graphml"), ("GEXF", "gexf")]
)
def test_tables_and_graph_files_are_saved(page, rep, button, ending):
    open_map(page, f"focus={rep}&limit=20")
    page.locator("#drop-export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename.endswith(f".{ending}")
    assert download.value.path().stat().st_size > 500


def test_pictures_are_saved_and_json_reads_back_equal(page, site, rep):
    open_map(page, f"focus={rep}&limit=20")
    saved = {}
    for button in ("Picture (PNG)", "Picture to enlarge (SVG)", "JSON"):
        page.locator("#drop-export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name=button, exact=True).click()
        saved[button] = download.value.path().read_bytes()
    assert saved["Picture (PNG)"].startswith(b"\x89PNG")
    drawing = ElementTree.fromstring(saved["Picture to enlarge (SVG)"])
    names = "".join(drawing.itertext())
    assert sum(n["text"] in names for n in nodes(page)) > 5
    read, answer = json.loads(saved["JSON"]), site.get(f"/map?focus={rep}&limit=20")
    assert [n["id"] for n in read["nodes"]] == [n["id"] for n in answer["nodes"]]


def test_every_state_is_a_link(page, browser, site, rep):
    query = f"focus={rep}&limit=60&size=depth&colour=role&only=none&channel=mail&panel=person:{rep}"
    open_map(page, query)
    seen = nodes(page)
    page.goto("/?view=top")
    page.goto(f"/?view=map&{query}")
    laid_out(page)
    assert nodes(page) == seen
    assert not re.search(r"[@\u4e00-\u9fff]", page.url), "a name is in the address"
