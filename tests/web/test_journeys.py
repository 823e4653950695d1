"""What people come for, done as they do it: from the list, over a path, down to the source message."""

import json
import re
import urllib.request

import pytest

from api.keys import add_key, new_key
from tests.web.conftest import picture, served, settle, use, violations, watched


@pytest.fixture
def target(site):
    """Somebody outside whom none of ours knows directly, planted in the sample company."""
    return site.id_of(site.truth["truths"]["referral_path"]["target"]["key"])


def open_path_to(page, site, target):
    page.goto(f"/?view=paths&to={target}")
    settle(page)


def test_who_can_introduce_me_and_why_takes_three_actions(page, site):
    """Type a name and press Enter, follow "who can introduce me", open the evidence of a hop."""
    name = site.truth["truths"]["referral_path"]["target"]["name"]
    page.goto("/")
    settle(page)
    box = page.get_by_role("combobox", name="Search people")
    box.fill(name)
    page.wait_for_selector("[role=option]")
    box.press("Enter")  # 1: the person is open
    page.get_by_role("link", name="Who can introduce me").first.click()  # 2: the ways
    page.wait_for_selector(".path-card")
    page.locator(".hop summary").first.click()  # 3: why
    page.wait_for_selector(".hop details[open] .evidence li")
    assert page.locator(".path-card").count() >= 1
    assert re.search(r"\w+: \S+", page.locator(".hop details[open] .evidence code").first.inner_text())


def test_the_weakest_hop_is_marked_in_words(page, site, target):
    open_path_to(page, site, target)
    for card in page.locator(".path-card").all():
        several = card.locator(".hop").count() > 1  # a single step is not weaker than others
        assert card.locator(".hop.weakest").count() == several
        assert ("weakest step" in card.inner_text()) == several


def test_alternatives_avoid_whom_one_leaves_out(page, site, target):
    open_path_to(page, site, target)
    first = page.locator(".path-card").first.locator(".stop a").nth(1)
    left_out = re.search(r"person(?::|%3A)(\w+)", first.get_attribute("href"))[1]
    page.goto(f"/?view=paths&to={target}&avoid={left_out}")
    settle(page)
    links = page.locator(".path-card .stop a").evaluate_all("links => links.map(l => l.href)")
    assert not [link for link in links if f"person%3A{left_out}" in link]


def test_an_introduction_is_drafted_in_both_languages_and_the_ask_recorded(own_page, own_site):
    target = own_site.truth["truths"]["referral_path"]["target"]
    rep = own_site.id_of(own_site.truth["truths"]["referral_path"]["rep"]["key"])
    own_page.goto(f"/?view=paths&to={own_site.id_of(target['key'])}&from={rep}")
    settle(own_page)
    own_page.get_by_role("button", name="Ask for the introduction").first.click()
    own_page.wait_for_selector("dialog textarea")
    english = own_page.input_value("dialog textarea")
    own_page.get_by_label("Language of the draft").select_option("zh")
    own_page.wait_for_selector("dialog textarea[lang=zh-CN]")
    chinese = own_page.input_value("dialog textarea")
    assert english != chinese and target["name"] in english and target["name"] in chinese
    assert violations(own_page) == []
    picture(own_page, "ask-en-light")
    own_page.get_by_role("button", name="Record the ask").click()
    own_page.wait_for_selector("dialog", state="detached")
    assert len(own_site.get("/asks")["items"]) == 1


def first_rep(site):
    return site.id_of(site.truth["truths"]["dying_tie"]["rep"]["key"])


def test_a_line_is_done_put_off_or_not_right_and_can_be_taken_back(own_page, own_site):
    own_page.goto(f"/?view=top&rep={first_rep(own_site)}")
    settle(own_page)
    lines = own_page.locator(".line")
    count = lines.count()
    first, second = (lines.nth(i).get_attribute("data-id") for i in (0, 1))
    lines.nth(0).get_by_role("button", name="Done").click()
    own_page.wait_for_selector(f".line.done[data-id='{first}']")
    line = own_page.locator(f".line[data-id='{second}']")
    line.locator("summary", has_text="Not right").click()
    line.get_by_label("Why is it not right?").fill("left the company")
    line.get_by_role("button", name="Not right").click()
    own_page.wait_for_selector(f".line[data-id='{second}']", state="detached")
    own_page.reload()
    settle(own_page)
    assert own_page.locator(f".line[data-id='{second}']").count() == 0, "the correction must stay"
    assert "left the company" in own_page.inner_text("main")
    own_page.locator("section", has_text="Kept off the list").get_by_role("button", name="Take back").first.click()
    own_page.wait_for_selector(f".line[data-id='{second}']")
    assert own_page.locator(".line").count() == count


def test_why_somebody_is_not_on_the_list(page, site):
    page.goto(f"/?view=top&rep={first_rep(site)}")
    settle(page)
    box = page.get_by_role("combobox", name="Name of a person or company")
    box.fill(site.truth["truths"]["referral_path"]["target"]["name"])
    page.wait_for_selector(".why-not [role=option]")
    box.press("Enter")
    page.wait_for_selector(".why-answer li")


def test_a_score_opens_from_its_bar_down_to_the_source_message(page, site):
    rep = site.get("/me")["reps"][0]
    tie = site.get(f"/relationships?key={rep['id']}&limit=1")["items"][0]
    page.goto(f"/?view=top&panel=tie:{tie['a']['id']},{tie['b']['id']}")
    settle(page)
    page.locator("aside.panel .score-row", has_text="tie strength").get_by_role("link").click()
    page.wait_for_selector("svg.terms")
    said = [t["value"] for t in site.get(f"/explain/tie_strength?key={tie['a']['id']}&other={tie['b']['id']}")["terms"]]
    assert page.locator("svg.terms rect.term").count() == len(said)
    page.locator(".term-open summary").last.click()
    page.wait_for_selector(".term-open[open] .evidence code")
    picture(page, "panel-score-en-light")
    assert violations(page, "'aside.panel'") == []


def test_a_merge_is_undone_from_the_panel(own_page, own_site):
    people = own_site.get("/people?text=e&limit=50")["items"]
    merged = next(p for p in people if len(own_site.get(f"/corrections?key={p['id']}")["records"]) > 1)
    own_page.goto(f"/?view=top&panel=person:{merged['id']}")
    settle(own_page)
    own_page.get_by_role("button", name="Undo").first.click()
    own_page.wait_for_selector("text=Kept; everything shown follows it.")
    assert own_site.get(f"/corrections?key={merged['id']}")["items"][0]["kind"] == "split"


@pytest.mark.parametrize("panel", ["person:" + "0" * 32, "tie:a,b", "score:no_such,1", "organization:x"])
def test_dead_links_say_so_and_break_nothing(page, expected_errors, panel):
    expected_errors.patterns.append("Failed to load resource")
    page.goto(f"/?view=top&panel={panel}")
    settle(page)
    page.wait_for_selector("aside.panel .problem")
    assert page.locator("main").inner_text().strip()


@pytest.mark.parametrize("board", ["health", "ecosystem", "silent", "steps", "data", "trust"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_board_opens(page, board, language):
    use(page, language, "dark")
    page.goto(f"/?view=boards&board={board}")
    settle(page)
    picture(page, f"board-{board}-{language}-dark")
    assert "⟦" not in page.inner_text("body")
    assert violations(page) == []


def test_the_hand_over_names_colleagues_or_that_nobody_knows_them(page, site):
    page.goto(f"/?view=top&rep={first_rep(site)}&tab=handover")
    settle(page)
    picture(page, "handover-en-light")
    answer = site.get(f"/handover/{first_rep(site)}")
    assert page.locator("main section.card").count() == len(answer["accounts"]) > 0
    assert violations(page) == []


def test_a_state_opened_again_shows_the_same(page, site, target):
    for url in (f"/?view=paths&to={target}&k=3", f"/?view=top&rep={first_rep(site)}", "/?view=boards&board=ecosystem"):
        page.goto(url)
        settle(page)
        first = page.inner_text("main")
        page.reload()
        settle(page)
        assert page.inner_text("main") == first
        assert len(page.url) < 2_000 and not re.search(r"[一-鿿]|@", page.url), "links hold ids only"


def test_the_page_follows_the_workspace_by_itself(own_page, own_site):
    rep = own_site.get("/me")["reps"][0]
    own_page.goto("/?view=boards&board=data")
    settle(own_page)
    own_page.wait_for_selector(".settings .dot:not(.off)")
    own_page.wait_for_timeout(1_500)  # until the stream has told the state it starts from
    line = {"table": "interactions", "time": "2026-10-30T10:00:00Z", "from": rep["key"], "to": "new@them.example"}
    request = urllib.request.Request(
        f"{own_site.url}/v1/records",
        data=json.dumps(line).encode(),
        headers={"Content-Type": "application/x-ndjson"},
        method="POST",
    )
    with own_page.expect_response("**/v1/boards/freshness*", timeout=30_000):
        assert json.load(urllib.request.urlopen(request))["accepted"] == 1
    settle(own_page)


def test_a_rep_is_told_what_is_not_theirs_to_see(browser, company, site, tmp_path, expected_errors):
    rep = site.truth["truths"]["dying_tie"]["rep"]["key"]
    stranger = site.id_of(site.truth["truths"]["referral_path"]["target"]["key"])
    keys = tmp_path / "keys.json"
    token, entry = new_key("rep", ("read", "write"), ("rep",), rep)
    add_key(keys, entry)
    expected_errors.patterns.append("401")
    with served(company[0], GRAPHSVC_API_KEYS=str(keys)) as url, watched(browser, url, expected_errors) as page:
        page.goto(f"/?view=top&panel=person:{stranger}")
        page.get_by_label("Key").fill(token)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_selector("aside.panel h2")
        settle(page)
        assert "not yours to see" in page.inner_text("aside.panel")
        assert page.locator(".line").count() > 0, "the own list opens"
        for view in ("map", "paths", "boards"):
            page.goto(f"/?view={view}")
            settle(page)
            assert page.locator("main .problem").count() == 0, view
            picture(page, f"rep-{view}-en-light")
