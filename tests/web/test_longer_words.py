"""Another language has longer words: with all texts 40 % longer nothing is cut off."""

import json

import pytest

from api.site import page_texts
from tests.web.conftest import settle

CUT = """() => [...document.querySelectorAll('button, summary, th, legend, label, nav a, .tag, h1, h2, h3, dt, option')]
  .filter(e => e.checkVisibility() && getComputedStyle(e).overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1)
  .map(e => e.tagName + ' ' + e.textContent.trim().slice(0, 40))"""


def longer(text: str) -> str:
    """A text with accents, and two fifths longer."""
    return "⟨" + text + " " + "ẋ" * max(2, int(0.4 * len(text))) + "⟩"


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("view", ["top", "map", "paths", "boards"])
def test_longer_words_are_not_cut_off(page, view, width):
    texts = {code: longer(text) for code, text in page_texts("en").items()}
    page.route(
        "**/web/texts/en.json", lambda route: route.fulfill(body=json.dumps(texts), content_type="application/json")
    )
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/?view={view}")
    settle(page)
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
