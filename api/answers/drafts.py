"""Drafts of messages that ask for an introduction: fixed sentences, and only facts the caller may see.

A draft is plain text. Names come from records and may hold anything, so that what would steer a terminal or a mail
program, break a line or turn the reading around is taken out of them.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

import numpy as np

from api.aliases import aliased
from api.answers.ask import Ask
from api.answers.asks import Ends, ends_of
from api.shapes import Entity
from api.shapes_boards import DraftAnswer
from graphsvc.clock import show_moment
from graphsvc.phrases import catalogue, phrase

Language = Literal["en", "zh"]
LONGEST = 120  # characters of a name in a message
_OUT = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})  # control, format (turning marks), private, line ends


def draft(ask: Ask, to: str, through: str, source: str | None = None, language: Language = "en") -> DraftAnswer:
    """A message of ``source`` to ``through`` that asks for an introduction to ``to``, in one of the languages.

    That the introducer and the target are in touch is told only to who may see their tie.

    Raises
    ------
    ForbiddenError, InputError
        As for an ask (:func:`api.answers.asks.ends_of`).
    """
    ends = ends_of(ask, to, through, source)
    home = int(ask.projection.entities.organization[ends.to])
    names = ask.entities({ends.asker, ends.through, ends.to, home} - {-1})
    seen = ask.sight.tie(ends.through, ends.to)
    said = _Words(language)
    company = plain(names[home]) if home in names else ""
    code, facts = _whom(plain(names[ends.to]), _title(ask, ends.to), company)
    whom = said(code, **facts)
    why = _why(ask, ends, said) if seen else ""
    asker, introducer = (plain(names[i]) for i in (ends.asker, ends.through))
    parts = [said("hello", name=introducer), said("ask", whom=whom), why, said("easy"), said("thanks", name=asker)]
    hidden = 0 if seen else 1
    return DraftAnswer(
        meta=ask.meta(hidden=hidden),
        language=language,
        subject=said("subject", name=plain(names[ends.to])),
        body="\n\n".join(part for part in parts if part),
    )


def plain(entity: Entity) -> str:
    """A name, else a key, as one line of a message may hold it."""
    return one_line(entity.name or entity.key)


def one_line(text: str) -> str:
    r"""Text of a record on one line, without what steers or turns the reading around, cut where it is very long.

    Examples
    --------
    >>> one_line("Ann\n\nBcc: all\u202e \x00<b>")
    'Ann Bcc: all <b>'
    """
    kept = "".join(" " if c.isspace() else "" if unicodedata.category(c) in _OUT else c for c in text)
    line = " ".join(kept.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


class _Words:
    """The texts of drafts in one language, whatever the reader's."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def __call__(self, name: str, /, **args: str) -> str:
        return phrase(f"drafts.{name}", **args).text(self._language)

    def channel(self, name: str | None) -> str:
        """How one says that something came over a channel; nothing for a channel nobody has words for."""
        return catalogue(self._language, "drafts").get(f"channel_{name}", "")


def _whom(name: str, title: str, company: str) -> tuple[str, dict[str, str]]:
    """Who the target is, by the facts there are: the text's name and what goes into it."""
    if title and company:
        return "whom_title_company", {"name": name, "title": title, "company": company}
    if title:
        return "whom_title", {"name": name, "title": title}
    return ("whom_company", {"name": name, "company": company}) if company else ("whom", {"name": name})


def _title(ask: Ask, who: int) -> str:
    """The title of somebody the caller may open, else nothing."""
    if not ask.sight.entity(who) or aliased():
        return ""
    return one_line(ask.known(who).title or "")


def _why(ask: Ask, ends: Ends, said: _Words) -> str:
    """Why this introducer: their last contact with the target, and where it was."""
    p, x = ask.projection, ask.projection.interactions
    both = ((x.actor == ends.through) & (x.target == ends.to)) | ((x.actor == ends.to) & (x.target == ends.through))
    rows = np.flatnonzero(both)
    if not len(rows):
        return ""
    last = int(rows[-1])
    date = show_moment(int(x.time[last]))[:10]
    channel = said.channel(p.text(int(x.channel[last])))
    return said("why_channel", date=date, channel=channel) if channel else said("why", date=date)
