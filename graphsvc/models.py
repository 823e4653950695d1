"""The life of a model: who scores, who waits beside it, and why; states are added, never changed.

    candidate ──▶ active ──▶ retired
                  │    ▲
                  ▼    │
                  frozen

At most one model of a score scores, the *active* or the *frozen* one. A *candidate* (canary) is beside it: kept, judged
and compared, but never used for an answer. *Retired* models stay, so that old runs can be verified and any of them can
be promoted again by hand.

**Promotion by rule**, at every fit. The first model of a score is active at once; so is one that follows a model of
another version of the algorithm (which cannot be applied to today's features) or a published prior. Any other becomes a
candidate and is judged against the scoring model on the same rows: the reference dates whose labels the scoring model
has not seen; where every date's window began before its label cut-off, those that end after it, else the newest three
(the scoring model then has the advantage of having seen the labels). The scoring model is applied as it is, the
candidate speaks by its own walk-forward forecasts. It is promoted when it is not worse in log loss by more than one
standard error of the paired difference (and more than 0.002 nats: a forecast learns from a sample); else it stays until
the next fit brings a new one. Where there are too few rows to tell, it takes over once the scoring model is four weeks
old. A model that a person retired is never promoted by rule.

**Frozen** by rule, at every fit and every check, for one of these:

- ``labels``: labels after its cut-off contradict it: |rate - mean probability| > 0.05 and beyond three standard errors,
  or a calibration slope beyond a factor of e^0.5 of 1 and three standard errors away from it.
- ``shift``: what it is applied to has another distribution than when it was fitted (population stability index > 0.25
  and beyond what chance gives).
- ``past``: so has it, but because the past it was fitted on has been filled in or taken away since (a source more).
- ``missing``: a channel, or everything, has gone silent: data are missing, or a clock jumped.

A frozen model keeps scoring: the last good model is better than one that learnt from broken data. Answers say so. It is
active again by itself once a check finds nothing. Until then a candidate takes its place by rule only when its own
forecasts pass the same check of labels: after ``labels`` on the very rows that condemned the frozen one, after ``past``
on all there are, after ``shift`` on reference dates since the freeze; after ``missing`` never. What a person froze,
only a person thaws or replaces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from graphsvc.errors import InputError, NotFoundError
from graphsvc.phrases import Phrase, phrase

State = Literal["candidate", "active", "frozen", "retired"]
Cause = Literal["labels", "past", "shift", "missing"]
RULE = "rule"  # author of what no person decided
SCORING: tuple[State, ...] = ("active", "frozen")
ALLOWED: Mapping[State, tuple[State, ...]] = {  # what a person may turn a state into
    "candidate": ("active", "retired"),
    "active": ("frozen",),
    "frozen": ("active",),
    "retired": ("active",),
}


@dataclass(frozen=True)
class ModelState:
    """One entry of a model's history.

    Attributes
    ----------
    model, score : id of the model and name of its score.
    time : when it was decided [us].
    author : who decided: ``rule``, or the name of a caller (of a key, never of a person).
    reason : why; ``said`` is what a person gave as the reason, None by rule.
    detail : the figures the decision stands on, JSON values.
    pk : place in the order of all decisions; 0 until it is kept.
    """

    model: str
    score: str
    state: State
    time: int
    author: str
    reason: Phrase
    said: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    pk: int = 0

    @property
    def by_rule(self) -> bool:
        """No person decided it."""
        return self.author == RULE

    @property
    def causes(self) -> frozenset[Cause]:
        """Why a frozen model was frozen by rule."""
        return frozenset(self.detail.get("causes", ()))

    def why(self, language: str | None = None) -> str:
        """The reason as a person reads it: in the words of whoever gave it, else the rule's."""
        return self.said or self.reason.text(language)


@dataclass(frozen=True)
class Standing:
    """How a score's models stand: the newest state of each, and the order number of the last decision on any."""

    newest: Mapping[str, ModelState]
    last: int

    @property
    def scoring(self) -> ModelState | None:
        """The model that scores."""
        return self._one(SCORING)

    @property
    def candidate(self) -> ModelState | None:
        """The model beside it."""
        return self._one(("candidate",))

    def state_of(self, model: str) -> ModelState | None:
        """The newest state of a model; None where it never had one (it was made for a date in the past)."""
        return self.newest.get(model)

    def _one(self, states: Sequence[State]) -> ModelState | None:
        found = [s for s in self.newest.values() if s.state in states]
        return max(found, key=lambda s: s.pk, default=None)


def standing(history: Iterable[ModelState], score: str) -> Standing:
    """How the models of a score stand, from the whole history of decisions, of all scores, in any order.

    Examples
    --------
    >>> first = ModelState("m1", "active", "active", 1, RULE, Phrase("models.first"), pk=1)
    >>> standing([first], "active").scoring.model
    'm1'
    """
    entries = sorted(history, key=lambda s: s.pk)
    return Standing({s.model: s for s in entries if s.score == score}, max((s.pk for s in entries), default=0))


def check_decision(found: ModelState | None, model: str, state: State) -> None:
    """Refuse what a person may not do with a model.

    Raises
    ------
    NotFoundError
        The model never was more than a model of a date in the past.
    InputError
        Its state does not allow it, naming the state it has.
    """
    if found is None:
        raise NotFoundError("models.never_entered", id=model)
    if state not in ALLOWED[found.state]:
        raise InputError(f"models.cannot_{_DEED[state]}", id=model, state=phrase(f"models.state_{found.state}").text())


_DEED: Mapping[State, str] = {"active": "promote", "frozen": "freeze", "retired": "retire", "candidate": "wait"}


def dump_phrase(said: Phrase) -> str:
    """A phrase as it is kept."""
    return json.dumps({"code": said.code, "args": dict(said.args)}, sort_keys=True, ensure_ascii=False)


def load_phrase(text: str) -> Phrase:
    """The phrase that :func:`dump_phrase` wrote.

    Examples
    --------
    >>> load_phrase(dump_phrase(Phrase("models.first", {"n": 1})))
    Phrase(code='models.first', args={'n': 1})
    """
    kept = json.loads(text)
    return Phrase(kept["code"], kept["args"])
