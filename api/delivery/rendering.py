"""Letters as HTML and as plain text, from the templates in ``api/templates``; every value is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from api.delivery.letters import REASONS, Letter, speaking
from api.delivery.texts import say, week_days
from graphsvc.extras import needs
from graphsvc.phrases import current_language

if TYPE_CHECKING:
    from jinja2 import Environment

TAGS = {"en": "en", "zh": "zh-Hans"}
FONTS = {
    "en": "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;",
    "zh": "font-family:system-ui,-apple-system,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;",
}


# The texts that templates may use.
WORDS = frozenset({
    "news_count", "open_list", "best_channel", "worth", "done", "evidence", "why_you", "attached",
    "unsubscribe", "head_rep", "head_lines", "head_decided", "head_open", "row", "at_risk", "nothing_at_risk",
    "why_manager",
})  # fmt: skip


@cache
def environment() -> Environment:
    """The templates; whatever is not markup of ours is escaped, and a misspelt name is an error."""
    needs("jinja2", "deliver")
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("api", "templates"), autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip


def render(template: str, **values: Any) -> str:
    """A template in the language in use."""
    language = current_language()
    return environment().get_template(template).render(say=_worded, tag=TAGS[language], font=FONTS[language], **values)


def _worded(name: str, /, **args: str | int) -> str:
    if name not in WORDS:
        raise KeyError(name)
    return say(name, **args)


def unsubscribe_page(language: str, token: str | None = None) -> str:
    """The page that asks whether to leave the list, or without a token says that it is done."""
    with speaking(language):
        action = f"/v1/unsubscribe?{urlencode({'token': token})}" if token else ""
        text = say("page_ask") if token else say("page_done")
        title, button = say("page_title"), say("page_button")
        return render("unsubscribe.html.j2", title=title, text=text, button=button, action=action)


def subject_of(letter: Letter) -> str:
    """What the letter is about, in its language."""
    with speaking(letter.language):
        return say("subject", week=letter.number, count=len(letter.lines))


def html_of(letter: Letter) -> str:
    """A letter as an HTML page that needs nothing from elsewhere."""
    return _written("list.html.j2", letter)


def text_of(letter: Letter) -> str:
    """A letter as plain text."""
    return _written("list.txt.j2", letter)


def _written(template: str, letter: Letter) -> str:
    with speaking(letter.language):
        gist = ", ".join(line.name for line in letter.lines[:3])
        title = subject_of(letter)
        return render(template, letter=letter, title=title, gist=gist, days=week_days(letter.week), most=REASONS)
