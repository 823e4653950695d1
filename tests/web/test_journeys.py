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


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_step_by_way_of_somebody_says_why_it_is_less_than_the_tie_alone(page, site, target, language):
    use(page, language)
    path = site.get(f"/paths?to={target}")["paths"][0]
    open_path_to(page, site, target)
    hops = page.locator(".path-card").first.locator(".hop")
    assert hops.count() == len(path["hops"]) > 1
    assert hops.first.locator(".hop-why").count() == 0, "who asks passes nothing on"
    for i, hop in enumerate(path["hops"][1:], 1):
        said = hops.nth(i).locator(".hop-why").inner_text()
        assert hop["probability"] == pytest.approx(hop["tie"] * hop["pass_on"])
        assert f"{round(100 * hop['tie'])}%" in said
        assert f"{round(100 * hop['pass_on'])}%" in said
        assert hop["from_name"] in said


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


def record(page, url):
    """Record the ask of the first way."""
    page.goto(url)
    settle(page)
    page.get_by_role("button", name="Ask for the introduction").first.click()
    page.wait_for_selector("dialog textarea")
    page.get_by_role("button", name="Record the ask").click()
    page.wait_for_selector("dialog", state="detached")


def test_an_ask_already_open_is_refused_in_words_and_is_taken_back(own_page, own_site, expected_errors):
    expected_errors.patterns.append("409")
    target = own_site.id_of(own_site.truth["truths"]["referral_path"]["target"]["key"])
    rep = own_site.id_of(own_site.truth["truths"]["referral_path"]["rep"]["key"])
    ways = f"/?view=paths&to={target}&from={rep}"
    record(own_page, ways)
    record(own_page, ways)
    own_page.wait_for_selector(".messages .error")
    assert re.search(r"\d{4}-\d\d-\d\d", own_page.inner_text(".messages .error")), "when it was asked is told"
    own_page.goto("/?view=boards&board=steps")
    settle(own_page)
    line = own_page.locator("li", has_text="waiting")
    line.get_by_role("button", name="Take back").click()
    own_page.wait_for_selector("text=Taken back")
    settle(own_page)
    assert own_site.get("/asks?state=open")["items"] == []
    record(own_page, ways)
    assert own_page.locator(".messages .error").count() == 0, "what was taken back may be asked again"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_next_steps_follow_the_date(page, site, language):
    use(page, language)
    day = site.get("/me")["last"][:4] + "-06-01"
    given = site.get(f"/recommendations?state=proposed&limit=60&as_of={day}")
    page.goto(f"/?view=boards&board=steps&as_of={day}")
    settle(page)
    assert page.locator("main article.card").count() == len(given["items"]) > 0
    shown = page.locator("main article.card h3 a").evaluate_all("links => links.map(l => new URL(l.href).search)")
    assert all(item["target"]["id"] in link for item, link in zip(given["items"], shown, strict=True))
    assert page.locator("main article.card button").count() == 0, "one decides on what is proposed now"
    picture(page, f"board-steps-then-{language}-light")
    assert violations(page) == []


def test_what_the_api_cannot_give_for_a_date_is_said_where_it_would_be(page, expected_errors):
    expected_errors.patterns.append("422")
    page.route(
        "**/v1/recommendations?*",
        lambda route: route.fulfill(status=422, json={"detail": "There is nothing to score at this date."}),
    )
    page.goto("/?view=boards&board=steps&as_of=2026-06-01")
    settle(page)
    assert "There is nothing to score at this date." in page.inner_text("main .problem")
    assert page.get_by_role("heading", name="Asks for introductions").count() == 1, "the rest of the board is there"


def test_closest_relationships_say_who_is_ours(page, site):
    rep = site.get("/me")["reps"][0]["id"]
    contact = next(
        t for t in site.get(f"/relationships?key={rep}&limit=50")["items"] if t["a_internal"] != t["b_internal"]
    )
    outside = contact["b" if contact["a_internal"] else "a"]["id"]
    organization = site.get(f"/people/{outside}")["organization"]["id"]
    for kind, key in (("person", outside), ("organization", organization)):
        page.goto(f"/?view=boards&panel={kind}:{key}")
        settle(page)
        lines = page.locator("aside.panel section", has_text="Closest relationships").locator("li")
        for i, tie in enumerate(site.get(f"/relationships?key={key}&limit=12")["items"]):
            ends = [end for end in ("a", "b") if tie[end]["id"] != key]
            assert lines.nth(i).get_by_text("one of ours").count() == sum(tie[f"{end}_internal"] for end in ends)


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
    for button, ending in (("Excel", "xlsx"), ("CSV", "csv")):
        with page.expect_download() as download:
            page.get_by_role("button", name=button).click()
        assert download.value.suggested_filename.endswith(f".{ending}")
        assert download.value.path().stat().st_size > 500


def test_ranks_say_of_how_many(page, site):
    rep = first_rep(site)
    items = site.get(f"/top/{rep}")["items"]
    page.goto(f"/?view=top&rep={rep}&panel=organization:{items[0]['organization_id']}")
    settle(page)
    assert f"the first of {items[0]['of']:,} ranked" in page.inner_text("main")
    scores = site.get(f"/organizations/{items[0]['organization_id']}")["scores"]
    told = page.locator("aside.panel .score-row").all_inner_texts()
    for score in (s for s in scores if s["rank"]):
        assert any(f"rank {score['rank']:,} of {score['of']:,}" in row for row in told), score["name"]
    on_it = site.get(f"/why-not/{rep}?key={items[1]['id']}")
    page.locator(".why-not input").fill(items[1]["key"])
    page.wait_for_selector(".why-not [role=option]")
    page.locator(".why-not input").press("Enter")
    page.wait_for_selector(".why-answer p")
    assert f"in place {on_it['rank']} of {on_it['of']:,} ranked" in page.inner_text(".why-answer")


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
