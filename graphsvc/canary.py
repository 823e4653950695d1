"""What becomes of models: a new one enters beside the old, is promoted, and the scoring one is frozen and thawed.

The rules are told in :mod:`graphsvc.models`; here they are applied to a workspace. A decision is kept only where nobody
decided meanwhile; else it is taken again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from graphsvc.errors import InputError, TransientError
from graphsvc.kernels.drift import paired
from graphsvc.models import RULE, ModelState, Standing, State, check_decision, standing
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import Caller
from graphsvc.projection import DAY, Projection
from graphsvc.registry import AlgorithmSpec, algorithms, find_algorithm, find_judge
from graphsvc.scores import Model
from graphsvc.trials import Finding, Trial, from_clock, from_labels, from_shift, from_volume, told, unseen
from graphsvc.workspace import Workspace

MARGIN = 0.002  # a difference in log loss below it is no difference [nats]
UNTOLD_DAYS = 28  # age of the scoring model from which a new one takes over though nothing can be told
TRIES = 5  # decisions taken again because somebody else decided meanwhile
Verdict = tuple[bool, Phrase, dict[str, Any]]  # promote?, why, the figures


@dataclass(frozen=True)
class Checked:
    """What a check found of the model that scores."""

    score: str
    model: str
    state: ModelState
    findings: tuple[Finding, ...]
    figures: dict[str, float]  # of its probabilities on labels after its cut-off
    changed: bool


@dataclass(frozen=True)
class _Bench:
    """One score's scoring model at a moment, with what is needed to judge it; each part is made once."""

    workspace: Workspace
    spec: AlgorithmSpec
    p: Projection
    model: Model

    @cached_property
    def trial(self) -> Trial | None:
        """Rows to judge it on; None where the score has no judge."""
        judge = find_judge(self.spec.name)
        if judge is None:
            return None
        return judge.trial(self.p, self.spec.params(), [self.model], self.model.label_cutoff)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it."""
        judge, trial = find_judge(self.spec.name), self.trial
        found = [from_clock(self.model, self.workspace.moment().as_of), from_volume(self.p)]
        if judge is not None and trial is not None and not self.model.cold_start:
            new = unseen(trial, self.model.label_cutoff)
            found.append(from_labels(self.model, new, new.said[0]))
            now, then = (
                judge.profile(self.p, self.spec.params(), self.model, at) for at in (self.p.as_of, self.model.as_of)
            )
            found.append(from_shift(self.model, now, then))
        return tuple(f for f in found if f is not None)

    @property
    def applies(self) -> bool:
        """Can it be applied to today's features, by today's algorithm?"""
        judge = find_judge(self.spec.name)
        same = self.model.version == self.spec.version
        return same and (judge is None or judge.applies(self.p, self.model))


# -- at a fit ---------------------------------------------------------------------------------------------------------


def enter(workspace: Workspace, model: Model, p: Projection) -> ModelState | None:
    """Give a newly fitted model its place: active, or canary beside the scoring one; gives its state.

    None for a model of a date before the scoring model's, which never had a state.
    """
    spec, benches = find_algorithm(model.name), dict[str, _Bench]()

    def decide(stand: Standing) -> list[ModelState]:
        scoring = _scoring(workspace, spec, stand)
        if scoring is None:
            return [] if stand.newest else [_entry(workspace, model, "active", phrase("models.first"))]
        state, kept = scoring
        bench = benches.setdefault(kept.id, _Bench(workspace, spec, p, kept))
        return _entered(bench, stand, state, model)

    _settle(workspace, spec.name, decide)
    return workspace.standing(spec.name).state_of(model.id)


def _entered(bench: _Bench, stand: Standing, state: ModelState, model: Model) -> list[ModelState]:
    """What is to be kept when a model enters beside the scoring one."""
    workspace, old = bench.workspace, bench.model
    known = stand.state_of(model.id)
    out = [] if state.pk else [state]  # it scored before states were kept: now it has one
    if model.id == old.id or model.as_of < old.as_of or (known and known.state == "retired" and not known.by_rule):
        return out
    promote, why, detail = _at_once(bench, state, model) or (False, phrase("models.first"), {})
    if not promote:
        changes = _condition(bench, state)
        out += changes
        promote, why, detail = _verdict(bench, (changes or [state])[-1], model)
    waiting = stand.candidate
    if waiting and waiting.model != model.id:
        newer = phrase("models.newer_candidate", id=model.id)
        out.append(replace(_next(workspace, waiting), state="retired", reason=newer))
    if promote:
        replaced = replace(_next(workspace, state), state="retired", reason=phrase("models.replaced", id=model.id))
        return [*out, replaced, _entry(workspace, model, "active", why, detail)]
    same = known is not None and known.state == "candidate"
    return out if same else [*out, _entry(workspace, model, "candidate", why, detail)]


def _at_once(bench: _Bench, state: ModelState, model: Model) -> Verdict | None:
    """Cases in which nothing is compared; None where the labels decide."""
    if bench.model.cold_start and not model.cold_start:
        return True, phrase("models.learnt"), {}
    if not bench.applies:
        return True, phrase("models.other_version", old=bench.model.version, new=model.version), {}
    free = state.state == "active" or state.by_rule
    if bench.model.cold_start and free:
        return True, phrase("models.newer"), {}
    if bench.model.coefficients == model.coefficients and free:
        return True, phrase("models.same"), {}
    if bench.trial is None and free and not bench.findings:
        return True, phrase("models.newer"), {}
    return None


def _verdict(bench: _Bench, state: ModelState, model: Model) -> Verdict:
    """Is the new model to take the place of the scoring one?"""
    if state.state == "frozen" and not state.by_rule:
        return False, phrase("models.frozen_by_hand", id=bench.model.id), {}
    if model.cold_start:
        return False, phrase("models.cold"), {}
    if "missing" in state.causes or bench.trial is None:
        return False, phrase("models.data_missing", id=bench.model.id), {}
    trial, seen = _rows(bench, state)
    said = trial.said[0]
    if said is None or not trial.tells:
        return _untold(bench, state, model, trial)
    if state.state == "frozen" and (wrong := from_labels(model, trial, trial.forecast)) is not None:
        return False, phrase("models.fails_too", id=bench.model.id), dict(wrong.detail)
    better, error = paired(trial.y, trial.forecast, said, trial.one, trial.two)
    detail = {"rows": len(trial), "dates": trial.dates, "seen": seen, "difference": better, "error": error,
              "old": told(trial, said), "new": told(trial, trial.forecast)}  # fmt: skip
    worse = better < -max(error, MARGIN)
    code = "models.not_worse" if not worse else "models.worse_seen" if seen else "models.worse"
    why = phrase(
        code,
        difference=f"{-better:+.4f}",
        error=f"{error:.4f}",
        rows=len(trial),
        id=bench.model.id,
    )
    return not worse, why, detail


def _rows(bench: _Bench, state: ModelState) -> tuple[Trial, bool]:
    """The rows two models are compared on, and whether the scoring one has seen some of their labels."""
    trial = bench.trial
    assert trial is not None  # noqa: S101
    trial = trial.only(np.isfinite(trial.forecast))
    if "shift" in state.causes:
        return trial.only(trial.at >= int(state.detail.get("as_of", state.time))), False
    new = unseen(trial, bench.model.label_cutoff)
    return (new, False) if len(new) else (trial, True)


def _untold(bench: _Bench, state: ModelState, model: Model, trial: Trial) -> Verdict:
    if "shift" in state.causes:
        return False, phrase("models.too_new", id=bench.model.id, rows=len(trial)), {"rows": len(trial)}
    days = (model.as_of - bench.model.as_of) / DAY
    old = days >= UNTOLD_DAYS and state.state == "active"
    return old, phrase("models.untold", rows=len(trial), days=round(days)), {"rows": len(trial)}


# -- checks -----------------------------------------------------------------------------------------------------------


def check(workspace: Workspace, names: Sequence[str] = ()) -> list[Checked]:
    """Judge the scoring models on what came since they were fitted; freezes and thaws by rule."""
    p = workspace.projection(workspace.moment())
    specs = [find_algorithm(n) for n in names] if names else list(algorithms().values())
    found = (_check(workspace, spec, p) for spec in specs if spec.fit is not None)
    return [c for c in found if c is not None]


def _check(workspace: Workspace, spec: AlgorithmSpec, p: Projection) -> Checked | None:
    benches = dict[str, _Bench]()

    def decide(stand: Standing) -> list[ModelState]:
        scoring = _scoring(workspace, spec, stand)
        benches.clear()
        if scoring is None:
            return []
        state, model = scoring
        bench = benches.setdefault(model.id, _Bench(workspace, spec, p, model))
        changes = _condition(bench, state) if bench.applies else []
        return changes if state.pk else [state, *changes]

    changed = _settle(workspace, spec.name, decide)
    for bench in benches.values():
        state = workspace.standing(spec.name).state_of(bench.model.id)
        trial = bench.trial and unseen(bench.trial, bench.model.label_cutoff)
        figures = told(trial, trial.said[0]) if trial is not None else {}
        if state is not None:
            return Checked(spec.name, bench.model.id, state, bench.findings, figures, changed)
    return None


def _condition(bench: _Bench, state: ModelState) -> list[ModelState]:
    """The scoring model frozen, frozen for another reason, or thawed, where that is so; what a person froze stays."""
    if state.state == "frozen" and not state.by_rule:
        return []
    causes = sorted({f.cause for f in bench.findings})
    if causes == sorted(state.causes if state.state == "frozen" else ()):
        return []
    new = _next(bench.workspace, state)
    if not causes:
        return [replace(new, state="active", reason=phrase("models.passes"))]
    first = bench.findings[0]
    since = state.detail.get("as_of", bench.p.as_of) if state.state == "frozen" else bench.p.as_of
    figures: dict[str, Any] = {f.cause: dict(f.detail) for f in bench.findings}
    detail = {"causes": causes, "as_of": since, **figures}
    return [replace(new, state="frozen", reason=first.reason, detail=detail)]


# -- by hand ----------------------------------------------------------------------------------------------------------


def decide(workspace: Workspace, model: Model, state: State, caller: Caller, reason: str) -> ModelState:
    """Promote, freeze, thaw or retire a model by hand; whoever scored before is retired by a promotion.

    Raises
    ------
    InputError
        Its state does not allow it.
    NotFoundError
        It is a model of a date in the past, which never had a state.
    """
    spec = find_algorithm(model.name)
    if state == "active" and model.version != spec.version:
        raise InputError("models.cannot_apply", id=model.id, version=model.version, now=spec.version)

    def changes(stand: Standing) -> list[ModelState]:
        scoring = _scoring(workspace, spec, stand)
        known = stand.state_of(model.id)
        if known is None and scoring is not None and scoring[1].id == model.id:
            known = scoring[0]
        check_decision(known, model.id, state)
        mine = replace(_entry(workspace, model, state, phrase(f"models.by_hand_{state}")), author=caller.name)
        entry = replace(mine, said=reason or None)
        if state != "active" or scoring is None or scoring[1].id == model.id:
            return [entry]
        gone = replace(_next(workspace, scoring[0]), state="retired", reason=phrase("models.replaced", id=model.id))
        return [replace(gone, author=caller.name), entry]

    _settle(workspace, spec.name, changes)
    workspace.store.log(caller, "model", {"model": model.id, "state": state})
    found = workspace.standing(spec.name).state_of(model.id)
    assert found is not None  # noqa: S101
    return found


# -- inside -----------------------------------------------------------------------------------------------------------


def _scoring(workspace: Workspace, spec: AlgorithmSpec, stand: Standing) -> tuple[ModelState, Model] | None:
    """The scoring model and its state; before states were kept, the newest of a fit scored."""
    kept = workspace.store.models(spec.name)
    if stand.newest:
        found = next((m for m in kept if stand.scoring and m.id == stand.scoring.model), None)
        return (stand.scoring, found) if stand.scoring and found else None
    old = workspace.newest_fitted(spec, kept)
    if old is None:
        return None
    return replace(_entry(workspace, old, "active", phrase("models.inherited")), time=old.as_of), old


def _settle(workspace: Workspace, score: str, decide: Callable[[Standing], list[ModelState]]) -> bool:
    """Take a decision and keep it; again, where somebody decided meanwhile. True when there was something to keep."""
    for _ in range(TRIES):
        stand = standing(workspace.store.model_states(), score)
        decided = decide(stand)
        if not decided:
            return False
        if workspace.store.add_model_states(decided, stand.last):
            workspace.models_changed()
            return True
    raise TransientError("models.busy", score=score)


def _entry(
    workspace: Workspace, model: Model, state: State, reason: Phrase, detail: dict[str, Any] | None = None
) -> ModelState:
    return ModelState(model.id, model.name, state, workspace.clock(), RULE, reason, None, detail or {})


def _next(workspace: Workspace, state: ModelState) -> ModelState:
    """A further entry about the same model, by rule, to be filled in."""
    return replace(state, time=workspace.clock(), author=RULE, said=None, detail={}, pk=0)
