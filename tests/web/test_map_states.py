"""The influence map in every state: saved with notes, refused, empty, cut, nasty names, a phone, all readers."""

import json
import re
import urllib.request

import pytest

from tests.web.conftest import picture, settle, use, violations
from tests.web.map_page import CANVAS, free_node, laid_out, nodes, open_map, places, spot, until

BOTH = pytest.mark.parametrize(
    ("language", "theme"), [("en", "light"), ("en", "dark"), ("zh", "light"), ("zh", "dark")]
)
NASTY = [
    '<img src=x onerror="window.hacked = 1">',
    "\u202e\u2067gnp.exe \u05d0\u05d1\u05d2",
    "W" * 200,
    "超长的中文名称" * 28,
    "{name} ${n} \u0000\ud800",
    "",
]


@pytest.fixture
def rep(site):
    """Id of somebody who owns accounts."""
    return site.get("/me")["reps"][0]["id"]


# -- saved maps --------------------------------------------------------------------------------------------------------


def save(page, name, note=""):
    """Save the map that is open, under a name."""
    page.locator("#drop-saved").click()
    page.get_by_role("button", name="Save this map").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_label("Note on the map").fill(note)
    page.locator("dialog").get_by_role("button", name="Save").click()
    page.wait_for_url(re.compile("saved="))
    laid_out(page)
    return re.search(r"saved=(\w+)", page.url)[1]


def test_a_map_is_saved_with_notes_pins_and_look_and_opened_by_its_id_alone(own_page, own_site):
    rep = own_site.get("/me")["reps"][0]["id"]
    open_map(own_page, f"focus={rep}&limit=40&size=depth")
    other = free_node(own_page, {rep})
    own_page.mouse.click(*spot(own_page, other), button="right")
    own_page.get_by_role("menuitem", name="Pin here").click()
    own_page.wait_for_url(re.compile("pin="))
    pinned = places(own_page)[other]
    ident = save(own_page, "Key account <b>", "for the meeting")
    own_page.mouse.click(*spot(own_page, other), button="right")
    own_page.get_by_role("menuitem", name="Add a note").click()
    own_page.get_by_label(re.compile("^Note on (?!the map)")).fill("Was at university with the CTO")
    own_page.locator("dialog").get_by_role("button", name="Save").click()
    until(own_page, f"{CANVAS}.graph.nodes.some(n => n.sub === 'Was at university with the CTO')", "no note on the map")
    own_page.goto(f"/?view=map&saved={ident}")
    own_page.wait_for_url(re.compile("size=depth"))
    laid_out(own_page)
    assert own_page.inner_text("h1") == "Key account <b>"
    assert next(n for n in nodes(own_page) if n["id"] == other)["sub"] == "Was at university with the CTO"
    assert places(own_page)[other] == pytest.approx(pinned, abs=1)
    own_page.locator("#drop-saved").click()
    sheet = own_page.inner_text("#sheet-saved")
    assert "for the meeting" in sheet
    assert "Was at university with the CTO" in sheet


def opened_alone(page, ident):
    """Open a saved map by its link in a page that has shown nothing yet; where its nodes are."""
    page.goto("/?view=top")
    page.goto(f"/?view=map&saved={ident}")
    page.wait_for_url(re.compile("limit="))
    laid_out(page)
    return places(page)


def test_a_saved_map_shows_its_note_and_the_places_it_was_saved_with(own_page, own_site):
    rep, other = (r["id"] for r in own_site.get("/me")["reps"][:2])
    open_map(own_page, f"focus={other}&limit=30")
    put_on(own_page, rep)
    wandered = places(own_page)
    ident = save(own_page, "Wandered", "Ask before\nthe renewal")
    assert violations(own_page) == []
    assert places(own_page) == wandered, "saving moves nobody"
    note = own_page.locator(".map-note")
    assert " ".join(note.inner_text().split()) == "Note on this map Ask before the renewal"
    shown = {n["id"] for n in nodes(own_page)}
    again, twice = opened_alone(own_page, ident), opened_alone(own_page, ident)
    assert again == twice
    assert {n["id"] for n in nodes(own_page)} == shown
    assert [again[i] for i in sorted(shown)] == [pytest.approx(wandered[i], abs=0.06) for i in sorted(shown)]
    assert "pin=" not in own_page.url
    assert own_page.locator(".map-note").is_visible()
    own_page.goto(own_page.url + "&as=table")
    settle(own_page)
    assert "the renewal" in own_page.inner_text(".map-note"), "the table has it too"


def test_going_back_to_a_saved_map_brings_its_places_back(own_page, own_site):
    rep = own_site.get("/me")["reps"][0]["id"]
    open_map(own_page, f"focus={rep}&limit=30")
    ident = save(own_page, "To come back to")
    saved = places(own_page)
    who = free_node(own_page, {rep})
    x, y = spot(own_page, who)
    own_page.mouse.move(x, y)
    own_page.mouse.down()
    own_page.mouse.move(x + 70, y + 30, steps=4)
    own_page.mouse.up()
    own_page.wait_for_url(re.compile("pin="))
    assert places(own_page)[who] != pytest.approx(saved[who], abs=5)
    own_page.locator("#drop-saved").click()
    own_page.get_by_role("link", name="Back to what was saved").click()
    own_page.wait_for_url(lambda url: "pin=" not in url and ident in url)
    laid_out(own_page)
    after = places(own_page)
    assert all(after[i] == pytest.approx(at, abs=0.06) for i, at in saved.items())


def put_on(page, ident):
    """Put somebody else on the map that is open, as the search in its sheet does: places go on from there."""
    page.evaluate(
        """id => document.querySelector('#sheet-people search-box')
            .dispatchEvent(new CustomEvent('pick', {detail: {id}, bubbles: true}))""",
        ident,
    )
    page.wait_for_url(re.compile(ident))
    laid_out(page)
    page.wait_for_timeout(300)


def test_who_saves_second_is_told_and_keeps_a_copy(own_page, own_site, expected_errors):
    expected_errors.patterns.append("409")
    rep = own_site.get("/me")["reps"][0]["id"]
    open_map(own_page, f"focus={rep}&limit=20")
    ident = save(own_page, "Ours")
    change(own_site, ident, "Theirs")
    own_page.locator("#drop-saved").click()
    own_page.get_by_role("button", name="Save changes").click()
    own_page.locator("dialog").get_by_role("button", name="Save").click()
    own_page.wait_for_selector("dialog .problem")
    own_page.get_by_role("button", name="Save mine as a copy").click()
    own_page.wait_for_url(lambda url: ident not in url)
    until(own_page, "document.querySelectorAll('dialog').length === 0", "the dialog stays")
    assert sorted(v["name"] for v in own_site.get("/views")["items"]) == ["Ours", "Theirs"]


def change(site, ident, name):
    """Save over a map as somebody else would."""
    item = site.get(f"/views/{ident}")["item"]
    body = {k: item[k] for k in ("note", "state", "notes", "shared", "version")} | {"name": name}
    request = urllib.request.Request(
        f"{site.url}/v1/views/{ident}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=30).close()


def test_a_saved_map_is_deleted_after_a_question(own_page, own_site):
    rep = own_site.get("/me")["reps"][0]["id"]
    open_map(own_page, f"focus={rep}&limit=20")
    save(own_page, "Short lived")
    own_page.locator("#drop-saved").click()
    own_page.get_by_role("button", name=re.compile("Delete “Short lived”")).click()
    own_page.locator("dialog").get_by_role("button", name="Delete").click()
    own_page.wait_for_url(lambda url: "saved=" not in url)
    assert own_site.get("/views")["items"] == []


def test_a_saved_map_that_is_no_more_says_so(page, expected_errors):
    expected_errors.patterns.append("404")
    page.goto("/?view=map&saved=0123456789abcdef")
    settle(page)
    assert page.locator(".problem").count() == 1
    assert page.locator("influence-map").count() == 1, "the overview is there all the same"


# -- refused, empty, cut -----------------------------------------------------------------------------------------------


def test_a_dead_link_leads_to_the_whole_company(page, expected_errors):
    expected_errors.patterns.append("404")
    page.goto("/?view=map&focus=" + "0" * 32)
    settle(page)
    assert page.locator(".map-refused .problem").inner_text().strip()
    page.locator(".map-refused").get_by_role("link", name="Whole company").click()
    laid_out(page)
    assert page.inner_text("h1") == "The whole company"


def test_too_many_nodes_are_refused_with_a_hint_and_a_way_back(page, rep, expected_errors):
    expected_errors.patterns.append("4(22|00|13)")
    page.goto(f"/?view=map&focus={rep}&limit=100000")
    settle(page)
    assert "5000" in page.inner_text(".problem")
    page.get_by_role("link", name="Usual size").click()
    laid_out(page)
    assert len(nodes(page)) > 1


def test_one_dead_id_among_others_is_said(page, rep):
    open_map(page, f"focus={rep}&focus={'0' * 32}")
    assert "1 of those asked for is not there" in page.inner_text(".map-banner")


def test_filters_that_leave_nobody_are_said_and_cleared(page, rep):
    open_map(page, f"focus={rep}&strength_min=99999&facts=false")
    assert "No contacts here" in page.inner_text(".map-banner")
    page.locator(".map-banner").get_by_role("link", name="Clear filters").click()
    until(page, f"{CANVAS}.graph.nodes.length > 1", "the filters stay")


def test_what_did_not_fit_is_counted_and_fetched(page, site, rep):
    open_map(page, f"focus={rep}&limit=20")
    cut = site.get(f"/map?focus={rep}&limit=20")["cut"]
    assert page.inner_text(".map-banner").startswith(f"{cut} more did not fit")
    page.get_by_role("link", name=re.compile("Show up to")).click()
    until(page, f"{CANVAS}.graph.nodes.length > 20", "no more are shown")


def test_an_error_of_the_api_is_told_and_tried_again(page, rep, expected_errors):
    expected_errors.patterns.append("500")
    broken = [True]
    page.route(
        "**/v1/map?*",
        lambda route: route.fulfill(status=500, json={"detail": "It broke."}) if broken else route.continue_(),
    )
    page.goto(f"/?view=map&focus={rep}")
    settle(page)
    assert "It broke." in page.inner_text(".map-refused")
    broken.clear()
    page.get_by_role("button", name="Try again").click()
    laid_out(page)
    assert len(nodes(page)) > 1


# -- names -------------------------------------------------------------------------------------------------------------


def nasty(site, rep):
    """An answer of the API with names nobody should have."""
    answer = site.get(f"/map?focus={rep}&limit=12")
    for i, node in enumerate(answer["nodes"]):
        node["name"] = NASTY[i % len(NASTY)]
        node["organization"] = NASTY[(i + 1) % len(NASTY)]
        node["title"] = NASTY[(i + 2) % len(NASTY)]
    for i, entity in enumerate(answer["center"]):
        entity["name"] = NASTY[i]
    for i, group in enumerate(answer["groups"]):
        group["name"] = NASTY[i % len(NASTY)]
    return answer


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("shown", ["colour=organization", "colour=group&as=table"])
def test_no_name_breaks_runs_or_overflows(page, site, rep, shown, width):
    page.set_viewport_size({"width": width, "height": 740})
    answer = json.dumps(nasty(site, rep))
    page.route("**/v1/map?*", lambda route: route.fulfill(body=answer, content_type="application/json"))
    page.goto(f"/?view=map&focus={rep}&{shown}")
    laid_out(page)
    if "table" not in shown:
        page.evaluate(
            f"{CANVAS}.dispatchEvent(new CustomEvent('selection', {{detail: {{ids: [{CANVAS}.graph.nodes[2].id]}}}}))"
        )
        page.wait_for_selector(".map-selection")
    picture(page, f"map-names-{width}-{'table' if 'table' in shown else 'map'}")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert NASTY[0] in page.inner_text("h1")


# -- all readers -------------------------------------------------------------------------------------------------------

STATES = [
    "focus={rep}",
    "focus={rep}&without={rep}&compare=2026-03-01",
    "focus={rep}&as=table",
    "",
    "by=organization&as=table",
]


@BOTH
@pytest.mark.parametrize("state", STATES)
def test_no_rule_of_accessibility_is_broken(page, rep, language, theme, state):
    use(page, language, theme)
    open_map(page, state.format(rep=rep))
    picture(page, f"map-{STATES.index(state)}-{language}-{theme}")
    assert "⟦" not in page.inner_text("body"), "a text is missing"
    assert violations(page) == []


@BOTH
def test_sheets_menu_and_dialogs_break_no_rule_and_cut_no_word(page, rep, language, theme):
    use(page, language, theme)
    open_map(page, f"focus={rep}")
    for name in ("people", "look", "filters", "compare", "saved", "export"):
        page.locator(f"#drop-{name}").click()
        settle(page)
        picture(page, f"map-sheet-{name}-{language}-{theme}")
        assert violations(page) == [], name
        assert cut_words(page, f"#sheet-{name}") == []
        page.keyboard.press("Escape")
    page.mouse.click(*spot(page, free_node(page, {rep})), button="right")
    picture(page, f"map-menu-{language}-{theme}")
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator(".map-zoom button").last.click()
    picture(page, f"map-keys-{language}-{theme}")
    assert violations(page) == []
    assert cut_words(page, "body") == []


def cut_words(page, within):
    """Texts of controls that do not fit into them."""
    return page.evaluate(
        """within => {
            const words = 'button, a, summary, label, legend, h1, h2, dt, dd';
            const hides = (e, side) => getComputedStyle(e)[side] === 'hidden';
            const cut = e => e.scrollWidth > e.clientWidth + 1 && hides(e, 'overflowX')
                || e.scrollHeight > e.clientHeight + 3 && hides(e, 'overflowY');
            return [...document.querySelector(within).querySelectorAll(words)]
                .filter(e => e.checkVisibility() && cut(e)).map(e => e.textContent.trim().slice(0, 60));
        }""",
        within,
    )


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [360, 390])
def test_a_phone_shows_it_all(page, rep, language, width):
    page.set_viewport_size({"width": width, "height": 844})
    use(page, language)
    open_map(page, f"focus={rep}&without={rep}")
    picture(page, f"phone-map-{width}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("people", "filters", "saved"):
        page.locator(f"#drop-{name}").click()
        settle(page)
        picture(page, f"phone-map-{name}-{width}-{language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    small = page.evaluate(
        """[...document.querySelectorAll('main button, main a, main summary')].filter(e => e.checkVisibility())
            .map(e => [e.getBoundingClientRect(), e.textContent.trim()])
            .filter(([box]) => box.width < 24 || box.height < 22).map(([, text]) => text)"""
    )
    assert small == [], "too small for a finger"


def test_on_a_phone_a_tap_selects_and_a_second_one_opens_details(page, rep):
    page.set_viewport_size({"width": 390, "height": 844})
    open_map(page, f"focus={rep}&limit=15")
    other = free_node(page, {rep})
    page.mouse.click(*spot(page, other))
    page.wait_for_selector(".map-selection")
    page.wait_for_timeout(400)
    assert "panel" not in page.url
    page.mouse.click(*spot(page, other))
    page.wait_for_url(re.compile("panel=person"))
