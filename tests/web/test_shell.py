"""The frame of the page: language, theme, sign-in, links, lost connection, keyboard."""

import re

import pytest

from tests.web.conftest import picture, served, settle, use, violations, watched

VIEWS = ("top", "map", "paths", "boards")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_and_breaks_no_rule_of_accessibility(page, view, theme, language):
    use(page, language, theme)
    page.goto(f"/?view={view}")
    settle(page)
    picture(page, f"{view}-{language}-{theme}")
    assert page.locator("html").get_attribute("lang") == {"en": "en", "zh": "zh-CN"}[language]
    assert "⟦" not in page.inner_text("body"), "a text is missing"
    assert violations(page) == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_a_phone(page, view, language):
    page.set_viewport_size({"width": 360, "height": 740})
    use(page, language)
    page.goto(f"/?view={view}")
    settle(page)
    picture(page, f"phone-{view}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_language_is_changed_without_losing_the_place(page):
    use(page, "en")
    page.goto("/?view=boards")
    settle(page)
    page.locator(".settings summary").click()
    page.get_by_label("Language").select_option("zh")
    page.wait_for_selector("nav >> text=看板")
    assert "view=boards" in page.url


def test_back_and_forward_go_through_the_views(page):
    page.goto("/?view=top")
    settle(page)
    page.get_by_role("link", name="Boards").click()
    page.wait_for_url(re.compile("view=boards"))
    page.go_back()
    page.wait_for_url(re.compile("view=top"))
    page.wait_for_selector("header nav a[aria-current=page] >> text=Weekly list")


def test_an_unknown_view_is_the_first_one(page):
    page.goto("/?view=nothing-of-that-name")
    settle(page)
    assert page.locator("main").inner_text().strip()


def test_the_date_holds_in_every_view(page):
    page.goto("/?view=top&as_of=2026-06-01")
    settle(page)
    page.get_by_role("link", name="Boards").click()
    page.wait_for_url(re.compile("view=boards"))
    assert "as_of=2026-06-01" in page.url


def test_a_wrong_key_leads_to_the_way_in_and_a_right_one_to_where_one_was(browser, company, tmp_path, expected_errors):
    from api.keys import add_key, new_key

    keys = tmp_path / "keys.json"
    token, entry = new_key("strategist", ("read", "write", "admin"), ("owner",))
    add_key(keys, entry)
    expected_errors.patterns.append("401")
    with served(company[0], GRAPHSVC_API_KEYS=str(keys)) as url, watched(browser, url, expected_errors) as page:
        page.goto("/?view=boards")
        page.get_by_label("Key").fill("gsk_wrong")
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector(".problem")
        picture(page, "sign-in")
        assert violations(page) == []
        page.get_by_label("Key").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("nav")
        settle(page)
        assert "view=boards" in page.url
        keys.write_text(keys.read_text().replace(entry.hash, "sha256:" + "0" * 64))
        page.get_by_role("link", name="Weekly list").click()
        page.wait_for_selector("input[type=password]")


def test_a_lost_connection_is_said_and_found_again(page, expected_errors):
    expected_errors.patterns += ["ERR_INTERNET_DISCONNECTED", "Failed to load resource", "no answer"]
    page.goto("/?view=top")
    settle(page)
    page.context.set_offline(True)
    page.get_by_role("link", name="Boards").click()
    page.wait_for_selector(".problem")
    assert "cannot be reached" in page.inner_text(".problem")
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector(".problem", state="detached")


def test_the_search_box_is_used_by_keyboard_alone(page, site):
    name = site.get("/me")["reps"][0]["name"]
    page.goto("/?view=top")
    settle(page)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.get_by_role("combobox", name="Search people")
    box.focus()
    page.keyboard.type(name)
    page.wait_for_selector("[role=option]")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("panel=person"))
    page.wait_for_selector("aside.panel")


def test_the_search_says_when_there_are_more_than_it_shows(page, site):
    total = site.get("/search?text=a&limit=12")["meta"]["total"]
    assert total > 12
    page.goto("/?view=top")
    settle(page)
    page.get_by_role("combobox", name="Search people").fill("a")
    page.wait_for_selector("[role=option]")
    said = f"The first 12 of {total}. Type more to narrow it down."
    assert page.locator(".main-search .hits > p").inner_text() == said
    assert page.locator(".main-search [role=status]").inner_text() == said, "it is read out too"
    assert violations(page, "'.main-search'") == []
    one = site.get("/me")["reps"][0]["key"]
    page.get_by_role("combobox", name="Search people").fill(one)
    page.wait_for_selector(".main-search .hits > p", state="detached")
    assert page.locator(".main-search [role=option]").count() == site.get(f"/search?text={one}")["meta"]["total"]


def test_one_of_something_is_not_several(page):
    page.goto("/?view=top")
    settle(page)
    say = "([code, args]) => import('/web/core/texts.js').then(texts => texts.t(code, args))"
    assert page.evaluate(say, ["map.count", {"nodes": 1, "edges": 1}]) == "1 on the map, 1 link"
    assert page.evaluate(say, ["map.count", {"nodes": 2000, "edges": 7964}]) == "2,000 on the map, 7,964 links"
    assert page.evaluate(say, ["map.age_older", {"days": 1}]) == "more than 1 day ago"


def test_a_drag_of_the_slider_asks_once_and_a_key_asks_at_once(page):
    page.goto("/?view=boards&board=data")
    settle(page)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/v1/boards/freshness" in request.url else None)
    slider = page.get_by_role("slider")
    slider.evaluate(
        """r => { for (const back of [10, 20, 30]) {
            r.value = String(Number(r.max) - back); r.dispatchEvent(new Event('input', {bubbles: true})); } }"""
    )
    page.wait_for_url(re.compile("as_of="))
    settle(page)
    assert len(asked) == 1, "only where it paused"
    dragged = re.search(r"as_of=([\d-]+)", page.url)[1]
    page.wait_for_timeout(500)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(lambda url: dragged not in url)
    settle(page)
    assert len(asked) == 2
    assert slider.evaluate("r => r === document.activeElement"), "the slider keeps the focus"


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", "\u202egnp.exe", "a" * 200, "%_\"'*", "😀"])
def test_whatever_is_searched_for_nothing_breaks(page, text):
    page.goto("/?view=top")
    settle(page)
    page.get_by_role("combobox", name="Search people").fill(text)
    page.wait_for_selector(".hits:not([hidden])")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_names_are_hidden_for_screenshots(page, site):
    use(page, alias=True)
    rep = site.get("/me")["reps"][0]
    page.goto(f"/?view=top&panel=person:{rep['id']}")
    settle(page)
    assert rep["name"] not in page.inner_text("body")
    assert re.search(r"Person [2-9A-Z]{4}", page.inner_text("body"))
