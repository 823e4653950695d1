"""Tests on held-out time, run over a workspace: its past as evaluations may see it, their runs, what was measured."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.evaluations import Evaluation
from graphsvc.pipeline import new_run
from graphsvc.projection import Projection
from graphsvc.registry import EvaluationSpec, evaluations, find_evaluation
from graphsvc.scores import Run, Scores
from graphsvc.workspace import Moment, Workspace, code_version

if TYPE_CHECKING:
    from pydantic import BaseModel

Tell = Callable[[str, str, float], None]  # which evaluation, what it is doing, the fraction done


@dataclass(frozen=True)
class History:
    """A workspace's past up to a moment, as known at it (:class:`graphsvc.evaluations.Past`)."""

    workspace: Workspace
    moment: Moment

    @property
    def now(self) -> Projection:
        """The graph at the moment."""
        return self.workspace.projection(self.moment)

    def at(self, as_of: int) -> Projection:
        """The graph at an earlier date."""
        return self.workspace.projection(self._then(as_of))

    def scores(self, name: str, as_of: int) -> Scores:
        """A score at an earlier date, by a model of the Monday before it."""
        return self.workspace.scores(name, self._then(as_of))

    def _then(self, as_of: int) -> Moment:
        if as_of > self.moment.as_of:
            raise ValueError(f"{as_of} lies after {self.moment.as_of}: an evaluation asked for the future")
        return Moment(as_of, self.moment.known_at)


def evaluate(
    workspace: Workspace,
    moment: Moment,
    names: Sequence[str],
    options: Mapping[str, Any],
    tell: Tell | None = None,
) -> Iterator[tuple[EvaluationSpec, Evaluation]]:
    """Run evaluations one after the other, each kept as a run as soon as it is done.

    Parameters
    ----------
    names : of evaluations; empty or ``all``: every one, in the order of their names.
    options : parameters by name; with several evaluations each takes those it knows.

    Raises
    ------
    NotFoundError
        When there is no such evaluation.
    InputError
        When one that was asked for by name has no such option.
    """
    every = not names or "all" in names
    chosen = list(evaluations().values()) if every else [find_evaluation(n) for n in dict.fromkeys(names)]
    prepared = [(spec, _params(spec, options, strict=len(chosen) == 1)) for spec in chosen]
    for spec, params in prepared:
        yield spec, _one(workspace, moment, spec, params, tell)


def measured(workspace: Workspace, moment: Moment) -> Mapping[str, Mapping[str, float]]:
    """Figures of the newest evaluation of each score (or of ``weekly``, ``paths``) that was made of T or before."""
    store = workspace.store
    newest = store.runs("evaluate", limit=1)
    key = ("measured", newest[0].id if newest else None, moment.as_of)
    return workspace.kept.get(key, lambda: _measured(store.runs("evaluate", limit=200), moment.as_of))


def _measured(runs: Sequence[Run], as_of: int) -> Mapping[str, Mapping[str, float]]:
    out: dict[str, Mapping[str, float]] = {}
    for run in runs:  # newest first
        if run.as_of is not None and run.as_of <= as_of and run.version == code_version():
            figures = {k: float(v) for k, v in run.report.get("figures", {}).items() if v is not None}
            for name in run.report.get("of", ()) if figures else ():
                out.setdefault(name, figures)
    return out


def latest(workspace: Workspace, moment: Moment) -> list[Run]:
    """The newest run of each evaluation that was made of T or before, by name."""
    out: dict[str, Run] = {}
    for run in workspace.store.runs("evaluate", limit=200):
        if run.as_of is not None and run.as_of <= moment.as_of and "verdict" in run.report:
            out.setdefault(run.name, run)
    return [out[name] for name in sorted(out)]


def _params(spec: EvaluationSpec, options: Mapping[str, Any], *, strict: bool) -> BaseModel:
    known = {k: v for k, v in options.items() if k in spec.params.model_fields}
    if strict and (strange := sorted(options.keys() - known.keys())):
        raise InputError("evaluations.no_option", name=spec.name, option=strange[0].removesuffix("_days"))
    return spec.params(**known)


def _one(
    workspace: Workspace, moment: Moment, spec: EvaluationSpec, params: BaseModel, tell: Tell | None
) -> Evaluation:
    """Run one evaluation and keep it."""
    begin, run = time.perf_counter(), new_run("evaluate", spec.name, workspace.store, workspace.clock)
    past = History(workspace, moment)
    found = spec.run(past, params, lambda what, part: tell(spec.name, what, part) if tell else None)
    done = replace(
        run,
        seconds=time.perf_counter() - begin,
        as_of=past.now.as_of,
        known_at=moment.known_at,
        digest=past.now.digest,
        version=code_version(),
        params=params.model_dump(mode="json"),
        report=as_report(spec, found),
    )
    workspace.store.save_run(done)
    return found


def as_report(spec: EvaluationSpec, found: Evaluation) -> dict[str, Any]:
    """An evaluation as plain JSON values: what a run keeps and other programs read."""
    return {
        "name": spec.name,
        "of": list(spec.of),
        "told": found.told,
        "figures": dict(found.figures),
        "verdict": asdict(found.verdict),
        "protocol": asdict(found.protocol),
        "detail": dict(found.detail),
    }


def document(done: Sequence[tuple[EvaluationSpec, Evaluation]], p: Projection) -> dict[str, Any]:
    """Several evaluations as one JSON document, sentences in the reader's language."""
    said = [
        as_report(spec, found) | {"verdict": found.verdict.text(), "protocol": found.protocol.text()}
        for spec, found in done
    ]
    return {"as_of": show_moment(p.as_of), "sequence": p.sequence, "version": code_version(), "evaluations": said}
