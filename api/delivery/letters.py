"""What a week's list says to one rep, worked out once and then written as mail, sheet, calendar or message.

A list is made as the rep: what they may not see is neither in it nor counted out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from api.answers.ask import Ask
from api.answers.weekly import top
from api.delivery.config import Config
from api.delivery.preferences import Preferences
from api.delivery.texts import amount, clean, say
from api.delivery.tokens import make_token
from api.shapes import AwayItem, LineDecision, TopItem
from graphsvc.clock import iso_week
from graphsvc.phrases import catalogue, current_language, use_language
from graphsvc.policy import OWNER, Caller
from graphsvc.workspace import Workspace

REASONS = 5  # of each line in a letter; the rest is on the page


@dataclass(frozen=True)
class Verdict:
    """What was decided on somebody, as text; dates are ISO 8601 days."""

    state: str
    date: str
    until: str
    reason: str
    author: str


@dataclass(frozen=True)
class Away:
    """Somebody whom a decision keeps off the list."""

    name: str
    verdict: Verdict
    link: str


@dataclass(frozen=True)
class Line:
    """One line, as text; ``gain`` stays a number for the sheet."""

    rank: int
    name: str
    company: str
    gain: float
    currency: str | None
    worth: str
    reasons: tuple[str, ...]
    changed: tuple[str, ...]
    play: str
    channel: str
    evidence: int
    link: str
    done: bool
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Letter:
    """One rep's week."""

    rep: str  # public id
    name: str
    address: str | None
    language: str
    week: str
    wants: Preferences
    lines: tuple[Line, ...]
    notes: tuple[str, ...]  # what holds for all of it, such as how old the data are
    link: str
    unsubscribe: str
    away: tuple[Away, ...] = ()

    @property
    def number(self) -> int:
        """Number of the week in its year."""
        return int(self.week.partition("W")[2])

    @property
    def news(self) -> int:
        """Lines on which something changed."""
        return sum(bool(line.changed) for line in self.lines)


def as_rep(workspace: Workspace, rep: str) -> Ask:
    """A question that a rep asks."""
    return Ask(workspace, Caller(rep, frozenset({"rep"}), "delivery", frozenset({"read"})))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Another language for a while."""
    before = current_language()
    use_language(language)
    try:
        yield
    finally:
        use_language(before)


def letter(config: Config, workspace: Workspace, rep: str, wants: Preferences, week: str | None = None) -> Letter:
    """A rep's letter of an ISO week (default: that of T), as they may see it, in their language."""
    ask = as_rep(workspace, rep)
    week = week or iso_week(ask.moment.as_of)
    with speaking(wants.language):
        return letter_of(ask, config, rep, wants, week)


def letter_of(ask: Ask, config: Config, rep: str, wants: Preferences, week: str) -> Letter:
    """A rep's letter as the caller may see it, in the language in use; ``rep`` is a public id."""
    found = top(ask, rep, None, week)
    told = ask.workspace.store.describe([rep], OWNER).get(rep)  # the receiver's own address
    return Letter(
        rep=rep,
        name=clean((told.name or told.key) if told else rep),
        address=told.email if told else None,
        language=current_language(),
        week=found.week,
        wants=wants,
        lines=tuple(_line(config, rep, found.week, item) for item in found.items),
        notes=notes_of(ask.workspace),
        link=page(config, view="top", rep=rep, week=found.week),
        unsubscribe=leaving(config, ask.workspace, rep),
        away=tuple(_away(config, rep, found.week, item) for item in found.away),
    )


def notes_of(workspace: Workspace) -> tuple[str, ...]:
    """What holds for all that is said: how old the data are, where they are older than a week."""
    stale = workspace.moment().why
    return (say("stale", days=stale.args["days"]),) if stale else ()


def keep(workspace: Workspace, rep: str, week: str) -> None:
    """Keep the list of the present week as it is handed out, where the weekly job has not done so yet."""
    owner = Ask(workspace)
    if iso_week(owner.moment.as_of) == week and workspace.store.load_list(rep, week) is None:
        top(owner, rep, None, week, keep=True)


def leaving(config: Config, workspace: Workspace, who: str) -> str:
    """The link by which somebody leaves the list."""
    return f"{config.base_url}/v1/unsubscribe?{urlencode({'token': make_token(workspace.store, who)})}"


def page(config: Config, **state: str) -> str:
    """A link into the page; states hold public ids only."""
    return f"{config.base_url}/?{urlencode(state)}"


def _line(config: Config, rep: str, week: str, item: TopItem) -> Line:
    return Line(
        rank=item.rank,
        name=clean(item.name or item.key),
        company=clean(item.organization),
        gain=item.gain,
        currency=item.currency,
        worth=amount(item.gain, item.currency),
        reasons=tuple(clean(r) for r in item.reasons),
        changed=tuple(clean(c) for c in item.changed),
        play=clean(item.play_text),
        channel=_channel(item.channel),
        evidence=len(item.evidence),
        link=_link(config, rep, week, item.id),
        done=item.decision is not None,
        verdict=_verdict(item.decision) if item.decision else None,
    )


def _away(config: Config, rep: str, week: str, item: AwayItem) -> Away:
    entity = item.entity
    return Away(
        name=clean(entity.name or entity.key),
        verdict=_verdict(item.decision),
        link=_link(config, rep, week, entity.id, entity.label),
    )


def _verdict(decided: LineDecision) -> Verdict:
    return Verdict(
        state=say(f"decided_{decided.state}"),
        date=decided.time[:10],
        until=(decided.until or "")[:10],
        reason=clean(decided.reason),
        author=clean(decided.author),
    )


def _link(config: Config, rep: str, week: str, ident: str, label: str = "person") -> str:
    return page(config, view="top", rep=rep, week=week, panel=f"{label}:{ident}")


def _channel(name: str | None) -> str:
    texts = catalogue(current_language(), "cli")
    return clean(texts.get(f"word_channel_{name}".lower(), name)) if name else ""
