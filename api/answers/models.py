"""Answers about models: how they stand, what they learnt, how they compare, and what a person decides on them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from api.answers.ask import Ask
from api.model_shapes import (
    CheckAnswer,
    CheckedModel,
    CompareAnswer,
    ComparedModel,
    ModelAnswer,
    ModelEntry,
)
from api.shapes import ModelsAnswer
from graphsvc import canary
from graphsvc.clock import show_moment
from graphsvc.comparing import compare as compare_models
from graphsvc.comparing import find_model
from graphsvc.errors import ForbiddenError
from graphsvc.models import ModelState, State
from graphsvc.policy import require
from graphsvc.registry import find_judge
from graphsvc.scores import Model

Decision = Literal["active", "frozen", "retired"]


def models(ask: Ask, name: str | None = None, limit: int = 50, state: State | None = None) -> ModelsAnswer:
    """Models of T or before, newest first, with their state; what they learnt beside coefficients is the owner's."""
    ask.budget.limit(limit)
    stand = {s.model: s for s in ask.workspace.store.model_states(name)}
    found = [m for m in ask.workspace.store.models(name, ask.as_of) if state is None or _is(stand.get(m.id), state)]
    items = [_item(ask, m, stand.get(m.id)) for m in found[:limit]]
    hidden = 0 if ask.caller.is_owner else sum(bool(m.content) for m in found[:limit])
    return ModelsAnswer(meta=ask.meta(hidden=hidden), items=items)


def model(ask: Ask, ident: str) -> ModelAnswer:
    """One model with its coefficients by group and its history.

    Raises
    ------
    NotFoundError, InputError
        There is none of this id; several begin with it.
    """
    require(ask.caller, "read")
    found = find_model(ask.workspace, ident)
    history = [s for s in ask.workspace.store.model_states(found.name) if s.model == found.id]
    judge = find_judge(found.name)
    groups = dict(judge.groups(found)) if judge else {}
    by_group: dict[str, dict[str, float]] = {}
    for name, value in found.coefficients.items():
        by_group.setdefault(groups.get(name, "intercept" if name == "intercept" else ""), {})[name] = value
    hidden = 0 if ask.caller.is_owner else int(bool(found.content)) + sum(bool(s.said) for s in history)
    return ModelAnswer(
        meta=ask.meta(hidden=hidden),
        model=_item(ask, found, history[-1] if history else None),
        groups=by_group,
        history=[_entry(ask, s) for s in history],
    )


def compare(ask: Ask, a: str, b: str) -> CompareAnswer:
    """Two models of one score on the same rows. It counts outcomes over all ties, and so is the owner's.

    Raises
    ------
    NotFoundError, InputError
        No such model; models of different scores.
    ForbiddenError
        The caller is not the owner.
    """
    _owner(ask, "read")
    one, two = find_model(ask.workspace, a), find_model(ask.workspace, b)
    key = ("compared", one.id, two.id, ask.workspace.store.sequence, ask.moment.as_of, ask.moment.known_at)
    found = ask.workspace.kept.get(key, lambda: compare_models(ask.workspace, one, two, ask.moment))
    return CompareAnswer(
        meta=ask.meta(),
        name=one.name,
        protocol=found.protocol,
        rows=found.rows,
        dates=found.dates,
        difference=found.difference,
        error=found.error,
        a=_compared(ask, one, found.figures[0]),
        b=_compared(ask, two, found.figures[1]),
        coefficients={name: list(pair) for name, pair in found.coefficients.items()},
    )


def decide_model(ask: Ask, ident: str, state: Decision, reason: str) -> ModelAnswer:
    """Promote, freeze, thaw or retire a model by hand; author and reason are kept.

    Raises
    ------
    InputError
        Its state does not allow it.
    ForbiddenError
        The caller is not the owner, or may not administer.
    """
    _owner(ask, "admin")
    canary.decide(ask.workspace, find_model(ask.workspace, ident), state, ask.caller, reason)
    return model(ask, ident)


def check_models(ask: Ask, names: list[str]) -> CheckAnswer:
    """Judge the scoring models on what came since they were fitted; freezes and thaws by rule.

    Raises
    ------
    ForbiddenError
        The caller is not the owner, or may not administer.
    """
    _owner(ask, "admin")
    items = [
        CheckedModel(
            name=c.score,
            id=c.model,
            state=c.state.state,
            changed=c.changed,
            findings=[ask.text(f.reason) for f in c.findings],
            figures=c.figures,
        )
        for c in canary.check(ask.workspace, names)
    ]
    return CheckAnswer(meta=ask.meta(), items=items)


def _owner(ask: Ask, scope: str) -> None:
    require(ask.caller, scope)
    if not ask.caller.is_owner:
        raise ForbiddenError("models.owner_only")


def _is(found: ModelState | None, state: State) -> bool:
    return found is not None and found.state == state


def _item(ask: Ask, m: Model, state: ModelState | None) -> dict[str, Any]:
    shown = asdict(m) | {"id": m.id, "as_of": show_moment(m.as_of), "label_cutoff": show_moment(m.label_cutoff)}
    if not ask.caller.is_owner:
        shown["content"] = {}
    entry = _entry(ask, state).model_dump(exclude={"detail"}) if state else dict.fromkeys(("state", "since", "author"))
    return shown | entry | ({} if state else {"reason": None})


def _entry(ask: Ask, s: ModelState) -> ModelEntry:
    owner = ask.caller.is_owner
    reason = s.why() if owner else ask.text(s.reason)
    detail = dict(s.detail) if owner else {}
    return ModelEntry(state=s.state, since=show_moment(s.time), author=s.author, reason=reason, detail=detail)


def _compared(ask: Ask, m: Model, figures: Any) -> ComparedModel:
    state = ask.workspace.standing(m.name).state_of(m.id)
    return ComparedModel(
        id=m.id,
        as_of=show_moment(m.as_of),
        label_cutoff=show_moment(m.label_cutoff),
        state=state.state if state else None,
        figures=dict(figures),
    )
